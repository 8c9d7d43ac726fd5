"""Steps 7 and 8: the ballots, and the batches in which they were released."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from .container import Block
from .crypto import p256_valid, sha256, tag
from .definition import Definition
from .fingerprint import fingerprint, joined, new_key
from .log import Course, Entry, releases
from .reading import Record, matched_lines
from .report import Failure
from .shapes import Matcher
from .strict import b64, unb64
from .tree import Tree, leaf_hash
from .workers import checked

Tally = list[list[int]]  # one row an item: the count of each mark, then of null
_NONE = b"null"
_NOT_SIGNED = "the signature over the roll's root and the marks is not the key's"

# --- step 7


@dataclass(frozen=True)
class Casting:
    """What every ballot of the poll has in common: what its signature and tracker begin with."""

    matches: Matcher
    signed: bytes
    tracked: bytes
    items: int
    marks: frozenset[bytes]
    limits: dict[bytes, int]
    most: int
    secret: bytes


class Ballot(NamedTuple):
    """A line of ballots.jsonl. again: the key is that of the line before."""

    line: bytes
    key_text: bytes
    key: bytes
    again: bool
    sig: bytes
    batch: int
    marks_text: bytes
    marks: list[bytes]


@dataclass
class Part:
    """What a block of ballots adds up to: of each batch the lines' hashes and the marks.

    keys: as on the roll, 87 characters. stray: a batch beyond the most that there can be.
    """

    keys: list[bytes] = field(default_factory=list)
    stray: int = 0
    blank: int = 0
    fingerprint: int = 0
    leaves: dict[int, list[bytes]] = field(default_factory=dict)
    marks: dict[int, list[Counter[bytes]]] = field(default_factory=dict)


@dataclass
class Batch:
    """What the ballots of one batch add up to."""

    tree: Tree
    tally: Tally


@dataclass
class Count:
    """What all ballots add up to; of their trackers (32 bytes) only the fingerprint.

    No more batches are added up than there can be; `stray` is one that a ballot names beyond them.
    """

    secret: bytes
    stray: int = 0
    blank: int = 0
    returned: int = 0
    trackers: int = 0
    batches: dict[int, Batch] = field(default_factory=dict)


def check_ballots(record: Record, course: Course, registered: int) -> Count:
    """Keys on the roll and at most once each, signatures valid, marks as the scale says."""
    poll, member = record.definition, record.container["ballots.jsonl"]
    count = Count(new_key())
    common = Casting(
        matches=record.shapes.ballot,
        signed=tag("cast") + poll.poll_hash + course.roll_root,
        tracked=tag("tracker") + poll.poll_hash,
        items=len(poll.items),
        marks=frozenset({_NONE, *map(_written, range(poll.marks))}),
        limits={_written(mark): most for mark, most in poll.limits.items()},
        most=_most_batches(poll, course, registered),
        secret=count.secret,
    )
    roll = _roll_keys(record)
    for part in record.workers.in_order(partial(_checked, common), member.blocks()):
        for key in part.keys:
            count.returned += 1
            if key not in roll:  # both are in the order of H(key): one pass meets them all
                where = f"ballots.jsonl line {count.returned}"
                raise Failure(where, "the key is not on the roll")
        _add(count, part, poll)
    return count


def _most_batches(poll: Definition, course: Course, registered: int) -> int:
    """A batch takes room for a whole tally, so only batches that step 8 can accept have any."""
    return min(course.releases, max(1, registered // poll.reserve))


def _roll_keys(record: Record) -> Iterator[bytes]:
    """As written: in lines that passed step 1 the key is the first field."""
    for block in record.container["roll.jsonl"].blocks():
        for _, line in block.lines():
            yield line[8:95]


def _checked(common: Casting, block: Block) -> Iterator[Part]:
    """Yields one part, of the ballots before the first failure."""
    ballots, failure = checked(
        block,
        _read(common.matches, block),
        (partial(_signed, common), _NOT_SIGNED),
        (lambda ballot: len(ballot.marks) == common.items, "not one mark an item"),
        (
            lambda ballot: common.marks.issuperset(ballot.marks),
            "a mark that the scale does not have",
        ),
        (partial(_within_limits, common), "a mark more often than its limit"),
        (lambda ballot: not ballot.again, "a second ballot of the key before"),
    )
    yield _part(common, ballots)
    if failure:
        raise failure


def _read(matches: Matcher, block: Block) -> Iterator[Ballot]:
    before = matches(block.before())
    last = unb64(before["key"]) if before else b""
    for _, match in matched_lines(matches, block):
        line, batch, key_text, marks_text, sig = match.group(0, "batch", "key", "marks", "sig")
        key = unb64(key_text)
        marks = marks_text[1:-1].split(b",") if marks_text != b"[]" else []
        yield Ballot(line, key_text, key, key == last, unb64(sig), int(batch), marks_text, marks)
        last = key


def _signed(common: Casting, ballot: Ballot) -> bool:
    return p256_valid(ballot.key, common.signed + ballot.marks_text, ballot.sig)


def _within_limits(common: Casting, ballot: Ballot) -> bool:
    return all(ballot.marks.count(mark) <= most for mark, most in common.limits.items())


def _written(mark: int) -> bytes:
    return b"%d" % mark


def _part(common: Casting, ballots: list[Ballot]) -> Part:
    part = Part(keys=[ballot.key_text for ballot in ballots])
    part.fingerprint = fingerprint(
        common.secret,
        (sha256(common.tracked, each.key, each.sig, each.marks_text) for each in ballots),
    )
    rows: dict[int, list[list[bytes]]] = {}
    for ballot in ballots:
        part.blank += ballot.marks.count(_NONE) == common.items
        if ballot.batch > common.most:
            part.stray = ballot.batch
        else:
            part.leaves.setdefault(ballot.batch, []).append(leaf_hash(ballot.line))
            rows.setdefault(ballot.batch, []).append(ballot.marks)
    for batch, marks in rows.items():
        part.marks[batch] = [Counter(column) for column in zip(*marks, strict=True)]
    return part


def _empty(poll: Definition) -> Tally:
    return [[0] * (poll.marks + 1) for _ in poll.items]


def _add(count: Count, part: Part, poll: Definition) -> None:
    count.stray = part.stray or count.stray
    count.blank += part.blank
    count.trackers = joined((count.trackers, part.fingerprint))
    for number, leaves in part.leaves.items():
        if number not in count.batches:
            count.batches[number] = Batch(Tree(), _empty(poll))
        batch = count.batches[number]
        for leaf in leaves:
            batch.tree.add(leaf)
        for row, marks in zip(batch.tally, part.marks[number], strict=True):
            for mark, times in marks.items():
                row[-1 if mark == _NONE else int(mark)] += times


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
