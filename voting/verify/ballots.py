"""Steps 7 and 8: the ballots, and the batches in which they were released."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from .crypto import p256_valid, sha256, tag
from .definition import Definition
from .fingerprint import Fingerprint
from .log import Course, Entry, releases
from .reading import Record
from .report import Failure
from .shapes import Matcher
from .strict import b64, base32, unb64
from .tree import Tree
from .workers import in_order

Tally = list[list[int]]  # one row an item: the count of each mark, then of null

# --- step 7


@dataclass(frozen=True)
class Casting:
    """What every ballot of the poll has in common: what its signature and tracker begin with."""

    matches: Matcher
    signed: bytes
    tracked: bytes
    poll: Definition


@dataclass(frozen=True)
class Ballot:
    """A valid ballot: key 65 bytes, tracker 52 base32 characters."""

    key: bytes
    tracker: bytes
    batch: int
    marks: list[int | None]


@dataclass
class Batch:
    """What the ballots of one batch add up to."""

    tree: Tree
    tally: Tally


@dataclass
class Count:
    """What all ballots add up to; of their trackers (52 base32 characters) only the fingerprint.

    No more than `most` batches are added up; `stray` is one that a ballot names beyond them.
    """

    most: int
    stray: int = 0
    blank: int = 0
    returned: int = 0
    trackers: Fingerprint = field(default_factory=Fingerprint)
    batches: dict[int, Batch] = field(default_factory=dict)


def check_ballots(record: Record, course: Course, registered: int) -> Count:
    """Keys on the roll and at most once each, signatures valid, marks as the scale says."""
    poll = record.definition
    signed = tag("cast") + poll.poll_hash + course.roll_root
    common = Casting(record.shapes.ballot, signed, tag("tracker") + poll.poll_hash, poll)
    count = Count(_most_batches(poll, course, registered))
    roll, last = _roll_keys(record), b""
    lines = record.container["ballots.jsonl"].lines()
    for (number, line), ballot in in_order(partial(_numbered, common), lines):
        where = f"ballots.jsonl line {number}"
        if isinstance(ballot, str):
            raise Failure(where, ballot)
        if ballot.key == last:
            raise Failure(where, "a second ballot of the key before")
        if ballot.key not in roll:  # both are in the order of H(key): one pass meets them all
            raise Failure(where, "the key is not on the roll")
        last = ballot.key
        _add(count, ballot, line, poll)
    return count


def _most_batches(poll: Definition, course: Course, registered: int) -> int:
    """A batch takes room for a whole tally, so only batches that step 8 can accept have any."""
    return min(course.releases, max(1, registered // poll.reserve))


def _roll_keys(record: Record) -> Iterator[bytes]:
    for _, line in record.container["roll.jsonl"].lines():
        match = record.shapes.roll(line)
        if match:
            yield unb64(match["key"])


def _numbered(common: Casting, numbered: tuple[int, bytes]) -> Ballot | str:
    return check_ballot(common, numbered[1])


def check_ballot(common: Casting, line: bytes) -> Ballot | str:
    """The ballot of a line, or why it is none. Depends on nothing else."""
    match = common.matches(line)
    if not match:
        return "not a ballot"
    key, sig, marks = unb64(match["key"]), unb64(match["sig"]), match["marks"]
    if not p256_valid(key, common.signed + marks, sig):
        return "the signature over the roll's root and the marks is not the key's"
    parsed = json.loads(marks)
    if reason := _against_scale(parsed, common.poll):
        return reason
    tracker = base32(sha256(common.tracked, key, sig, marks))
    return Ballot(key, tracker, int(match["batch"]), parsed)


def _against_scale(marks: list[int | None], poll: Definition) -> str | None:
    if len(marks) != len(poll.items):
        return "not one mark an item"
    if not {None, *range(poll.marks)}.issuperset(marks):
        return "a mark that the scale does not have"
    if any(marks.count(mark) > largest for mark, largest in poll.limits.items()):
        return "a mark more often than its limit"
    return None


def _empty(poll: Definition) -> Tally:
    return [[0] * (poll.marks + 1) for _ in poll.items]


def _add(count: Count, ballot: Ballot, line: bytes, poll: Definition) -> None:
    count.returned += 1
    count.trackers.add(ballot.tracker)
    count.blank += ballot.marks.count(None) == len(ballot.marks)
    if ballot.batch > count.most:
        count.stray = ballot.batch
        return
    if ballot.batch not in count.batches:
        count.batches[ballot.batch] = Batch(Tree(), _empty(poll))
    batch = count.batches[ballot.batch]
    batch.tree.add(line)
    for row, mark in zip(batch.tally, ballot.marks, strict=True):
        row[-1 if mark is None else mark] += 1


# --- step 8


def check_batches(record: Record, course: Course, count: Count, registered: int) -> Tally:
    """Every release is what its ballots add up to, and as large as the rule says.

    Returns the tally of all ballots.
    """
    running = _empty(record.definition)
    for number, entry in enumerate(releases(record), 1):
        if course.releases > 1:
            _check_several(entry, record.definition.reserve, registered)
        batch = count.batches.get(number)
        if entry["batch"] != number or batch is None:
            raise Failure(entry.where, f"not batch {number}, or one without ballots")
        _check_release(entry, batch, running)
    if count.stray:
        raise Failure("ballots.jsonl", f"batch {count.stray} was not released in the log")
    return running


def _check_several(entry: Entry, reserve: int, registered: int) -> None:
    """One of several releases, each as large as the reserve and all of a roll that allows them."""
    if registered < 4 * reserve:
        raise Failure(entry.where, "so small a roll is released in one batch, at closing")
    if entry["count"] < reserve:
        raise Failure(entry.where, f"smaller than the reserve of {reserve}")


def _check_release(entry: Entry, batch: Batch, running: Tally) -> None:
    """Adds the batch's tally to the running one, which the entry has to show."""
    for total, part in zip(running, batch.tally, strict=True):
        total[:] = map(sum, zip(total, part, strict=True))
    if entry["count"] != batch.tree.size:
        raise Failure(entry.where, f"count is not {batch.tree.size}")
    if entry["root"] != b64(batch.tree.root()):
        raise Failure(entry.where, "root is not the tree hash of the batch's ballots")
    if entry["tally"] != running:
        raise Failure(entry.where, "the running tally is not that of the ballots released so far")
