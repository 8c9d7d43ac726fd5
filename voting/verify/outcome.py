"""Steps 9 and 10: the result, the figures, the board, and receipts from outside."""

import re
from collections.abc import Iterator
from dataclasses import fields as fields_of
from functools import partial
from itertools import pairwise

from .ballots import Count, Tally
from .container import Block
from .crypto import ed25519_valid, sha256, tag
from .definition import Definition
from .fingerprint import fingerprint, joined
from .issuing import Issued
from .log import Course
from .reading import Record
from .report import Failure
from .rules import Turnout, result_json
from .strict import Malformed, b64, b64_of, base32, fields, loads, unb64, unbase32
from .tree import Subtree, Tree, subtrees

# --- step 9


def check_result(
    record: Record, course: Course, turnout: Turnout, tally: Tally, blank: int
) -> None:
    """result.json is, byte for byte, what the definition makes of the tally; the log's hash too."""
    result = record.container["result.json"].whole()
    recomputed = result_json(record.definition, turnout, tally, blank)
    if result != recomputed:
        raise Failure("result.json", _difference(result, recomputed))
    if course.result_published["result"] != b64(sha256(tag("result"), result)):
        raise Failure(course.result_published.where, "result is not the hash of result.json")


def _difference(found: bytes, due: bytes) -> str:
    there, here = loads(found), loads(due)
    names = [name for name in here if there[name] != here[name]]
    return "not what the ballots give: " + ", ".join(names)


# --- step 10


def turnout_of(poll: Definition, issued: Issued, registered: int, count: Count) -> Turnout:
    return Turnout(
        roster=poll.roster_count,
        checked_in=issued.checked_in,
        issued=issued.ballots,
        registered=registered,
        returned=count.returned,
    )


def check_figures(course: Course, turnout: Turnout) -> None:
    """roster ≥ checked in ≥ issued ≥ registered ≥ returned, and as announced in the log."""
    figures = [(field.name, getattr(turnout, field.name)) for field in fields_of(turnout)]
    for (larger, more), (smaller, less) in pairwise(figures):
        if more < less:
            raise Failure("log.jsonl", f"{less} {smaller}, but {more} {larger}")
    for entry in (course.issuing_closed, course.roll_frozen, course.voting_closed):
        for name, figure in figures:
            if entry.fields.get(name, figure) != figure:
                raise Failure(entry.where, f"{name} is not {figure}")


def check_board(record: Record, course: Course, count: Count) -> None:
    """The board is the set of the ballots' trackers, and the log has its tree hash."""
    tree, prints = Tree(), list[int]()
    work, board = partial(_listed, count.secret), record.container["board.txt"]
    for part, nodes in record.workers.in_order(work, board.blocks()):
        prints.append(part)
        tree.extend(nodes)
    if tree.size != count.returned:
        raise Failure("board.txt", f"{tree.size} trackers of {count.returned} ballots")
    if joined(prints) != count.trackers:
        raise Failure("board.txt", "its trackers are not those of the ballots")
    if course.result_published["board"] != b64(tree.root()):
        raise Failure(course.result_published.where, "board is not the tree hash of board.txt")


def _listed(secret: bytes, block: Block) -> Iterator[tuple[int, list[Subtree]]]:
    """The fingerprint of a block's trackers, and their part of the board's tree."""
    lines = [line for _, line in block.lines()]
    yield fingerprint(secret, map(unbase32, lines)), subtrees(lines, block.number - 1)


# --- receipts

_receipt = fields({"promise": b64_of(64), "tracker": b64_of(32)})
_SHORT = re.compile("[A-Z2-7]{20}").fullmatch


def check_receipt(receipt: str, record: Record) -> str:
    """What a receipt proves, in a sentence; Failure if the record does not keep its promise."""
    short = re.sub("[ \t\r\n-]", "", receipt).upper()
    if _SHORT(short):
        _require(_on_board(record, short.encode()), receipt, "no tracker on the board begins so")
        return f"receipt {short[:4]}…: its tracker is on the board"
    try:
        value = loads(receipt.strip().encode())
        _receipt(value)
    except (Malformed, UnicodeError):
        raise Failure(_named(receipt), "neither 20 characters nor a QR code's JSON") from None
    tracker, promise = unb64(value["tracker"]), unb64(value["promise"])
    poll = record.definition
    signed = tag("receipt") + poll.poll_hash + tracker
    _require(ed25519_valid(poll.log_key, signed, promise), receipt, "its promise is not signed")
    _require(_on_board(record, base32(tracker)), receipt, "its tracker is not on the board")
    return f"receipt {base32(tracker)[:4].decode()}…: promise signed, tracker on the board"


def _on_board(record: Record, beginning: bytes) -> bool:
    return any(line.startswith(beginning) for _, line in record.container["board.txt"].lines())


def _require(condition: bool, receipt: str, otherwise: str) -> None:
    if not condition:
        raise Failure(_named(receipt), otherwise)


def _named(receipt: str) -> str:
    return f"receipt {receipt.strip()[:24]!a}"
