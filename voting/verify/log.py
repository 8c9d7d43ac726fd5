"""Steps 2 to 4: the log, what it defined, and the course of the poll.

The order of a poll's events, as rules:
- poll_defined, issuing_opened of epochs 1, 2, ..., issuing_closed, roll_frozen, voting_opened,
  voting_closed, result_published follow each other, each once, and none is missing.
- ballot_issued stands between issuing_opened and issuing_closed, and names the current epoch.
- gap_accepted stands between issuing_closed and roll_frozen, at most once.
- ballots_released stands between voting_opened and voting_closed.
- assisted stands before voting_opened; card_replaced and approved anywhere after poll_defined.
Where the definition names witnesses, they have cosigned the checkpoints made on those entries that
tablets act upon, of issuing_opened the last.
"""

import json
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

from . import notes, witnesses
from .container import Block
from .definition import Definition
from .events import CHECKPOINTED
from .reading import Record
from .report import Failure
from .shapes import Shapes
from .strict import Malformed, b64, unb64
from .tree import Subtree, Tree, subtrees

_NEXT = {
    "nothing": {"poll_defined": "defined"},
    "defined": {"issuing_opened": "issuing", "assisted": "defined"},
    "issuing": {
        "issuing_opened": "issuing",
        "ballot_issued": "issuing",
        "issuing_closed": "registering",
        "assisted": "issuing",
    },
    "registering": {
        "gap_accepted": "accepted",
        "roll_frozen": "frozen",
        "assisted": "registering",
    },
    "accepted": {"roll_frozen": "frozen", "assisted": "accepted"},
    "frozen": {"voting_opened": "open", "assisted": "frozen"},
    "open": {"ballots_released": "open", "voting_closed": "closed"},
    "closed": {"result_published": "published"},
    "published": {},
}
# Of the poll's many entries only these are kept; whatever else is wanted is read again.
_KEPT = {"issuing_closed", "gap_accepted", "roll_frozen", "voting_closed", "result_published"}
_ANYWHERE = {"card_replaced", "approved"}


@dataclass(frozen=True)
class Entry:
    """An entry that step 1 has parsed strictly, and the number of its line."""

    line: int
    fields: dict[str, Any]

    @staticmethod
    def read(number: int, line: bytes) -> "Entry":
        return Entry(number, json.loads(line.decode()))

    @property
    def where(self) -> str:
        return f"log.jsonl line {self.line}"

    def __getitem__(self, name: str) -> Any:
        return self.fields[name]


def releases(record: Record) -> Iterator[Entry]:
    """The poll's ballots_released, read again: each has a whole tally, too much to keep them."""
    name, event = b64(record.definition.poll_hash), b'"event":"ballots_released"'
    for block in record.container["log.jsonl"].blocks():
        for number, line in block.lines() if event in block.data() else ():
            entry = Entry.read(number, line) if event in line else None
            if entry and entry["event"] == "ballots_released" and entry["poll"] == name:
                yield entry


# --- step 2


@dataclass(frozen=True)
class Log:
    """size: entries. root: of all of them. polls: the seq of each poll's first poll_defined.

    phases: those of the definition's poll, for step 4. restored: the seq of each entry that says
    that the server went on from a copy, and so may have lost what was logged before it. relay_keys:
    of each that shows a key to seal for, one a start of the server.
    """

    size: int
    root: bytes
    polls: dict[str, int]
    phases: "_Phases"
    restored: list[int]
    relay_keys: list[int]


def check_log(record: Record, noted: tuple[notes.Note, ...]) -> Log:
    """Entries in order; checkpoints signed, growing, prefixes, complete. `noted` are outside's."""
    poll, log = record.definition, record.container["log.jsonl"]
    _check_notes(record.notes, noted, poll)
    watch = _Watch([note.size for note in record.notes])
    roots = _by_size((*record.notes, *noted))
    tree, polls, phases = Tree(), dict[str, int](), _Phases(b64(poll.poll_hash))
    apart: dict[str, list[int]] = {"restored": [], "relay_key": []}
    due = poll.congress, b64(poll.log_key)
    work = partial(_checked, record.shapes, due, frozenset(roots))
    for telling, nodes in record.workers.in_order(work, log.blocks()):
        for number, line in telling:
            entry = Entry.read(number, line)
            watch.see(entry)
            phases.see(entry)
            if entry["event"] == "poll_defined":
                polls.setdefault(entry["poll"], number - 1)
            elif entry["event"] in apart:
                apart[entry["event"]].append(number - 1)
        tree.extend(nodes)
        for note in roots.pop(tree.size, ()):
            if note.root != tree.root():
                raise Failure(note.where, f"its root is not that of the first {note.size} entries")
    watch.end(tree.size)
    for left in roots.values():
        raise Failure(left[0].where, f"its size is beyond the log's {tree.size} entries")
    return Log(tree.size, tree.root(), polls, phases, apart["restored"], apart["relay_key"])


Opened = tuple[str, str]  # the congress and the log key of congress_opened


Stretch = tuple[list[tuple[int, bytes]], list[Subtree]]  # telling lines; all lines' part of a tree


def _checked(shapes: Shapes, due: Opened, sizes: frozenset[int], block: Block) -> Iterator[Stretch]:
    """In stretches up to each of these sizes of the log; Failure where an entry is astray."""
    before = block.before()
    last_at = Entry.read(0, before)["at"] if before else ""
    lines, told = list[bytes](), list[tuple[int, bytes]]()
    for number, line, match, telling in _walk(shapes, block):
        if match:
            seq, at, opened = int(match["seq"]), match["at"].decode(), None
        else:
            entry = Entry.read(number, line)
            seq, at, opened = entry["seq"], entry["at"], _opened(entry)
        if reason := _astray(number, seq, last_at <= at, opened, due):
            yield told, []
            raise Failure(block.where(number), reason)
        last_at = at
        lines.append(line)
        if telling:
            told.append((number, line))
        if number in sizes:
            yield told, subtrees(lines, number - len(lines))
            lines, told = [], []
    yield told, subtrees(lines, block.number - 1 + block.count - len(lines))


def _opened(entry: Entry) -> Opened | None:
    opens = entry["event"] == "congress_opened"
    return (entry["congress"], entry["log_key"]) if opens else None


def _astray(number: int, seq: int, later: bool, opened: Opened | None, due: Opened) -> str | None:
    if seq != number - 1:
        return f"seq is not {number - 1}"
    if not later:
        return "its time goes back"
    if (opened is not None) != (number == 1):
        return "congress_opened is the first entry and no other"
    if opened and opened[0] != due[0]:
        return "the log of another congress than the definition's"
    if opened and opened[1] != due[1]:
        return "another log key than the definition's"
    return None


def _walk(
    shapes: Shapes, block: Block
) -> Iterator[tuple[int, bytes, re.Match[bytes] | None, bool]]:
    """Each line, its match if it is one that comes once a deputy, and whether it is telling.

    A check-in tells nothing of the course of a poll, and a ballot issued no more than the one
    before it, if both are of one poll and epoch with no other entry between them.
    """
    told = b""
    for number, line in block.lines():
        if issued := shapes.issued(line):
            yield number, line, issued, issued["told"] != told
            told = issued["told"]
        elif checked_in := shapes.checked_in(line):
            yield number, line, checked_in, False
        else:
            yield number, line, None, True
            told = b""


def _check_notes(
    own: tuple[notes.Note, ...], noted: tuple[notes.Note, ...], poll: Definition
) -> None:
    for earlier, later in pairwise(own):  # before the signatures, which cost a hundred times more
        if later.size <= earlier.size:
            raise Failure(later.where, "the sizes of the checkpoints do not grow")
    for note in (*own, *noted):
        if not note.valid(poll.congress, poll.log_key):
            raise Failure(note.where, "not signed by the log key under the congress's name")
    witnesses.check_own(own, poll)


def _by_size(checkpoints: tuple[notes.Note, ...]) -> dict[int, list[notes.Note]]:
    found: dict[int, list[notes.Note]] = {}
    for note in checkpoints:
        found.setdefault(note.size, []).append(note)
    return found


class _Watch:
    """That after each phase change and release a checkpoint comes before the poll's next entry."""

    def __init__(self, sizes: list[int]) -> None:
        self._sizes = sizes
        self._waiting: dict[str, int] = {}

    def see(self, entry: Entry) -> None:
        poll, seq = entry.fields.get("poll"), entry["seq"]
        if poll is None:
            return
        since = self._waiting.pop(poll, None)
        if since is not None and not self._between(since, seq):
            raise Failure(entry.where, f"no checkpoint since line {since + 1} of the same poll")
        if entry["event"] in CHECKPOINTED:
            self._waiting[poll] = seq

    def _between(self, seq: int, upto: int) -> bool:
        """Whether a checkpoint holds entry `seq` and not entry `upto`."""
        place = bisect_right(self._sizes, seq)
        return place < len(self._sizes) and self._sizes[place] <= upto

    def end(self, size: int) -> None:
        if self._sizes[-1] != size:
            raise Failure("checkpoints.txt", f"the last is not of the whole log, {size} entries")


# --- step 3


def check_definition(record: Record, log: Log) -> None:
    """The definition is one that the log defined, its forerunner too; the roster is its roster."""
    poll = record.definition
    defined = log.polls.get(b64(poll.poll_hash))
    if defined is None:
        raise Failure("definition.json", "the log defines no poll of this hash")
    if poll.follows is not None and log.polls.get(poll.follows, defined) >= defined:
        raise Failure("definition.json", "follows names no poll that was defined earlier")
    if len(record.cards) != poll.roster_count:
        raise Failure("roster.jsonl", f"{len(record.cards)} lines, not {poll.roster_count}")
    if record.roster_root != poll.roster_root:
        raise Failure("roster.jsonl", "its tree hash is not the root in the definition")


# --- step 4


@dataclass(frozen=True)
class Course:
    """What the poll's entries say, once their order is checked.

    last_epoch, releases: how many issuing_opened and ballots_released there are. new_cards: the
    card_ids, as the log has them, of all card_replaced.
    """

    last_epoch: int
    issuing_closed: Entry
    gap_accepted: Entry | None
    roll_frozen: Entry
    releases: int
    voting_closed: Entry
    result_published: Entry
    new_cards: frozenset[str]

    @property
    def roll_root(self) -> bytes:
        return unb64(self.roll_frozen["root"])


class _Phases:
    """The walk of one poll's entries through the phases, up to the first out of place: `failure`.

    Step 2 reads the log, so the walk is made there; what is found is told in step 4.
    """

    def __init__(self, poll: str) -> None:
        self._poll = poll
        self.failure: Failure | None = None
        self.phase, self._epoch = "nothing", 0
        self.seen, self.seqs = Counter[str](), dict[str, int]()
        self.kept, self.new_cards = dict[str, Entry](), set[str]()

    def see(self, entry: Entry) -> None:
        if self.failure or entry.fields.get("poll") != self._poll:
            return
        event = entry["event"]
        try:
            self.phase = _step(self.phase, event)
            self._epoch = _epoch(entry, self._epoch)
        except Malformed as error:
            self.failure = Failure(entry.where, str(error))
            return
        self.seen[event] += 1
        self.seqs[event] = entry["seq"]
        if event in _KEPT:
            self.kept[event] = entry
        elif event == "card_replaced":
            self.new_cards.add(entry["card_id"])


def check_course(record: Record, phases: _Phases) -> Course:
    """The poll's entries stand where they belong, and witnesses saw those that need it."""
    if phases.failure:
        raise phases.failure
    if phases.phase != "published":
        raise Failure("log.jsonl", f"the poll's entries end in the phase '{phases.phase}'")
    needed = [phases.seqs[event] for event in witnesses.SEEN_BY_ALL]
    witnesses.check_seen(record.notes, needed, record.definition)
    return Course(
        last_epoch=phases.seen["issuing_opened"],
        issuing_closed=phases.kept["issuing_closed"],
        gap_accepted=phases.kept.get("gap_accepted"),
        roll_frozen=phases.kept["roll_frozen"],
        releases=phases.seen["ballots_released"],
        voting_closed=phases.kept["voting_closed"],
        result_published=phases.kept["result_published"],
        new_cards=frozenset(phases.new_cards),
    )


def _step(phase: str, event: str) -> str:
    if event == "poll_voided":
        raise Malformed("the poll was voided: a voided poll has no record")
    if event in _ANYWHERE and phase != "nothing":
        return phase
    if event not in _NEXT[phase]:
        raise Malformed(f"{event} cannot come in the phase '{phase}'")
    return _NEXT[phase][event]


def _epoch(entry: Entry, epoch: int) -> int:
    if entry["event"] == "issuing_opened":
        epoch += 1
    if entry.fields.get("epoch", epoch) != epoch:
        raise Malformed(f"{entry['event']} of epoch {entry['epoch']} where {epoch} is due")
    return epoch
