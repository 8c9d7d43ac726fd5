"""Step 1: the record parsed strictly, member by member, before anything is believed."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TypeVar

from . import definition, events, notes, roster
from .container import README, Block, Container
from .crypto import on_p256, sha256
from .report import Failure
from .shapes import Matcher, Shapes, shapes
from .strict import (
    LARGEST,
    Malformed,
    b64_of,
    count,
    either,
    fields,
    flag,
    integer,
    list_of,
    loads,
    nothing,
    positive,
    text,
    unb64,
)
from .workers import Workers

S = TypeVar("S")
T = TypeVar("T")

_result_item = fields(
    {
        "id": text,
        "votes": list_of(count),
        "unmarked": count,
        "not_voted": either(nothing, count),
        "points": either(nothing, integer(-LARGEST)),
        "passed": either(nothing, flag),
        "rank": either(nothing, positive),
        "chosen": either(nothing, flag),
        "grade": either(nothing, count),
    }
)
_turnout = ("roster", "checked_in", "issued", "registered", "returned")
_result = fields(
    {
        "v": integer(1, 1),
        "poll": b64_of(32),
        "turnout": fields(dict.fromkeys(_turnout, count)),
        "quorum": fields({"need": count, "reached": flag}),
        "blank": count,
        "items": list_of(_result_item),
        "chosen": list_of(text),
        "tied": list_of(text),
    }
)


@dataclass(frozen=True)
class Record:
    """A record whose every member is well formed; what it says is not yet checked."""

    container: Container
    workers: Workers
    definition: definition.Definition
    cards: roster.Cards
    roster_root: bytes
    shapes: Shapes
    notes: tuple[notes.Note, ...]


def read(container: Container, workers: Workers) -> Record:
    """Parse all members. Failure with member and line at the first that breaks its form."""

    def check(*names: str) -> None:
        blocks = chain.from_iterable(container[name].blocks() for name in names)
        for _ in workers.in_order(partial(_check, forms), blocks):
            pass

    _check_readme(container)
    whole = container["definition.json"].whole()
    poll = _parsed(definition.parse, whole, "definition.json")
    forms = shapes(len(poll.issuers))
    cards, root = roster.read(container["roster.jsonl"], forms.deputy, workers)
    check("issuances.jsonl", "roll.jsonl", "ballots.jsonl", "log.jsonl")
    lines, entries = container["checkpoints.txt"].lines(), container["log.jsonl"].count()
    checkpoints = tuple(notes.read(lines, entries, len(poll.witnesses)))
    _parsed(_check_result, container["result.json"].whole(), "result.json")
    check("board.txt")
    return Record(container, workers, poll, cards, root, forms, checkpoints)


def _parsed(parse: Callable[[S], T], data: S, where: str) -> T:
    try:
        return parse(data)
    except Malformed as error:
        raise Failure(where, str(error)) from None


def _check_readme(container: Container) -> None:
    if container["README.txt"].whole() != README:
        raise Failure("README.txt", "not the fixed text")


def _check(forms: Shapes, block: Block) -> Iterator[None]:
    """Failure at the first line that breaks the form of its member's lines."""
    if block.name == "issuances.jsonl":
        for _ in matched_lines(forms.issuance, block):
            pass
    elif block.name == "roll.jsonl":
        _check_keyed_lines(forms.roll, block)
    elif block.name == "ballots.jsonl":
        _check_keyed_lines(forms.ballot, block)
    elif block.name == "log.jsonl":
        _check_log(forms, block)
    else:
        _check_board(forms.board, block)
    yield


def matched_lines(matches: Matcher, block: Block) -> Iterator[tuple[int, re.Match[bytes]]]:
    """Line numbers from 1 and matches; Failure at a line that has none."""
    for number, line in block.lines():
        match = matches(line)
        if not match:
            raise Failure(block.where(number), _why_not(line))
        yield number, match


def _why_not(line: bytes) -> str:
    try:
        loads(line)
    except Malformed as error:
        return str(error)
    return "not of this line's form: fields, lengths of keys and signatures, range of numbers"


def _check_keyed_lines(matches: Matcher, block: Block) -> None:
    """Keys are points of the curve, lines are ordered by H(key bytes)."""
    before = matches(block.before())
    last = sha256(unb64(before["key"])) if before else b""
    for number, match in matched_lines(matches, block):
        key = unb64(match["key"])
        place = sha256(key)
        if not on_p256(key):
            raise Failure(block.where(number), "the key is not a point of P-256")
        if place < last:
            raise Failure(block.where(number), "out of the order of H(key)")
        last = place


def _check_log(forms: Shapes, block: Block) -> None:
    """Entries that come once a deputy are matched, the others parsed."""
    last_at = b""
    for number, line in block.lines():
        match = forms.issued(line) or forms.checked_in(line)
        if not match:
            _parsed(events.parse, line, block.where(number))
        elif match["at"] != last_at:  # many in a second
            _parsed(events.at, match["at"].decode("latin-1"), block.where(number))
            last_at = match["at"]


def _check_board(matches: Matcher, block: Block) -> None:
    last = block.before()
    for number, line in block.lines():
        if not matches(line):
            raise Failure(block.where(number), "not a tracker of 52 base32 characters")
        if line <= last:
            raise Failure(block.where(number), "out of order, or twice")
        last = line


def _check_result(data: bytes) -> None:
    """The form of result.json; its values are recomputed and compared in step 9."""
    _result(loads(data))
