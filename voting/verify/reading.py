"""Step 1: the record parsed strictly, member by member, before anything is believed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from . import definition, events, notes, roster
from .container import README, Container
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
    definition: definition.Definition
    cards: roster.Cards
    roster_root: bytes
    shapes: Shapes
    notes: tuple[notes.Note, ...]


def read(container: Container) -> Record:
    """Parse all members. Failure with member and line at the first that breaks its form."""
    _check_readme(container)
    whole = container["definition.json"].whole()
    poll = _parsed(definition.parse, whole, "definition.json")
    cards, root = roster.read(container["roster.jsonl"].lines())
    forms = shapes(len(poll.issuers))
    _check_lines(container, "issuances.jsonl", forms.issuance)
    _check_keyed_lines(container, "roll.jsonl", forms.roll)
    _check_keyed_lines(container, "ballots.jsonl", forms.ballot)
    entries = _check_log(container, forms.entry)
    lines = container["checkpoints.txt"].lines()
    checkpoints = tuple(notes.read(lines, entries, len(poll.witnesses)))
    _parsed(_check_result, container["result.json"].whole(), "result.json")
    _check_board(container, forms.board)
    return Record(container, poll, cards, root, forms, checkpoints)


def _parsed(parse: Callable[[S], T], data: S, where: str) -> T:
    try:
        return parse(data)
    except Malformed as error:
        raise Failure(where, str(error)) from None


def _check_readme(container: Container) -> None:
    if container["README.txt"].whole() != README:
        raise Failure("README.txt", "not the fixed text")


def _check_lines(container: Container, name: str, matches: Matcher) -> None:
    for _ in _matched_lines(container, name, matches):
        pass


def _matched_lines(
    container: Container, name: str, matches: Matcher
) -> Iterator[tuple[int, bytes, Any]]:
    for number, line in container[name].lines():
        match = matches(line)
        if not match:
            raise Failure(f"{name} line {number}", _why_not(line))
        yield number, line, match


def _why_not(line: bytes) -> str:
    try:
        loads(line)
    except Malformed as error:
        return str(error)
    return "not of this line's form: fields, lengths of keys and signatures, range of numbers"


def _check_keyed_lines(container: Container, name: str, matches: Matcher) -> None:
    """Keys are points of the curve, lines are ordered by H(key bytes)."""
    last = b""
    for number, _, match in _matched_lines(container, name, matches):
        key = unb64(match["key"])
        place = sha256(key)
        if not on_p256(key):
            raise Failure(f"{name} line {number}", "the key is not a point of P-256")
        if place < last:
            raise Failure(f"{name} line {number}", "out of the order of H(key)")
        last = place


def _check_log(container: Container, frequent: Matcher) -> int:
    """The number of entries. `frequent` matches those that come once a deputy."""
    number = 0
    for number, line in container["log.jsonl"].lines():
        match, where = frequent(line), f"log.jsonl line {number}"
        if match:
            _parsed(events.at, match["at"].decode("latin-1"), where)
        else:
            _parsed(events.parse, line, where)
    return number


def _check_board(container: Container, matches: Matcher) -> None:
    last = b""
    for number, line in container["board.txt"].lines():
        where = f"board.txt line {number}"
        if not matches(line):
            raise Failure(where, "not a tracker of 52 base32 characters")
        if line <= last:
            raise Failure(where, "out of order, or twice")
        last = line


def _check_result(data: bytes) -> None:
    """The form of result.json; its values are recomputed and compared in step 9."""
    _result(loads(data))
