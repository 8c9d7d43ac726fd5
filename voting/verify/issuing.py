"""Step 5: the issuances of the last epoch, each held against the log and the cards."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from .container import Block
from .crypto import IssuingKey, p256_valid, sha256, tag
from .hall import Due, Hall, Signed, read
from .log import Course
from .reading import Record, matched_lines
from .report import Failure
from .shapes import Matcher
from .strict import b64, unb64
from .workers import checked

_AT_ONCE = 256  # signatures of check-ins


@dataclass(frozen=True)
class Issued:
    """keys: of the last epoch, one an issuer. checked_in: deputies, when issuing closed."""

    keys: tuple[IssuingKey, ...]
    checked_in: int
    ballots: int
    check_ins: int


@dataclass(frozen=True)
class Request:
    """What every request of the last epoch has in common: what its `auth` begins with."""

    matches: Matcher
    front: bytes
    epoch: int
    keys: tuple[IssuingKey, ...]


def check_issuances(record: Record, course: Course) -> Issued:
    """Every entry of the log about deputies and keys, then every line of issuances.jsonl."""
    hall = Hall(record.definition, record.cards, course.last_epoch, course.new_cards)
    for _ in record.workers.in_order(partial(_verify, hall.message), _check_ins(record, hall)):
        pass
    check = partial(_check_lines, _common(record, hall))
    total = sum(record.workers.in_order(check, _due(record, hall)))
    if not total == len(hall.deputies) == course.issuing_closed["issued"]:
        entered, closed = len(hall.deputies), course.issuing_closed["issued"]
        reason = f"{total} lines, {entered} entries in the log, {closed} at issuing_closed"
        raise Failure("issuances.jsonl", reason)
    return Issued(hall.keys, hall.checked_in_at_close, total, hall.check_ins)


def _check_ins(record: Record, hall: Hall) -> Iterator[list[Signed]]:
    """Walks the log; what comes out still has to be verified, also what comes before a failure."""
    poll = record.definition
    work = partial(read, record.shapes, poll.meeting.encode(), b64(poll.poll_hash).encode())
    try:
        for seen in record.workers.in_order(work, record.container["log.jsonl"].blocks()):
            hall.see(seen)
            if len(hall.unverified) == _AT_ONCE:
                yield hall.taken()
    except Failure as failure:
        yield hall.taken()
        raise failure
    yield hall.taken()


def _verify(message: bytes, check_ins: list[Signed]) -> Iterator[None]:
    for number, card_key, sig in check_ins:
        if not p256_valid(card_key, message, sig):
            reason = "the check-in's signature is not the card's"
            raise Failure(f"log.jsonl line {number}", reason)
    yield


def _due(record: Record, hall: Hall) -> Iterator[tuple[Block, list[Due]]]:
    """Lines of issuances.jsonl beside what the log has in their places."""
    for block in record.container["issuances.jsonl"].blocks():
        first = block.number - 1
        yield block, hall.due(first, first + block.count)


class Issuance(NamedTuple):
    """A line of issuances.jsonl, beside what is due in its place."""

    due: Due
    match: re.Match[bytes]
    blinded: list[bytes]


def _check_lines(common: Request, placed: tuple[Block, list[Due]]) -> Iterator[int]:
    """Yields the number of lines."""
    block, due = placed
    lines, failure = checked(
        block,
        _issuances(common.matches, block, due),
        (_of_deputy, "another deputy than in the log"),
        (lambda line: int(line.match["epoch"]) == common.epoch, "not of the last epoch"),
        (_as_logged, "not the request that the log holds"),
        (partial(_asked, common), "auth is not the card's signature"),
        (partial(_answered, common), "a blind signature is not the issuer's"),
    )
    if failure:
        raise failure
    yield len(lines)


def _issuances(matches: Matcher, block: Block, due: list[Due]) -> Iterator[Issuance]:
    for number, match in matched_lines(matches, block):
        place = number - block.number
        if place == len(due):
            raise Failure(block.where(number), "more lines than entries in the log")
        yield Issuance(due[place], match, _texts(match["blinded"]))


def _of_deputy(line: Issuance) -> bool:
    card_id, _, _ = line.due
    return unb64(line.match["deputy"]) == card_id


def _as_logged(line: Issuance) -> bool:
    _, _, request = line.due
    return sha256(tag("request"), line.match["front"], line.match["rest"]) == request


def _asked(common: Request, line: Issuance) -> bool:
    _, card_key, _ = line.due
    message = common.front + b"".join(line.blinded)
    return p256_valid(card_key, message, unb64(line.match["auth"]))


def _answered(common: Request, line: Issuance) -> bool:
    answers = _texts(line.match["blind_sigs"])
    return all(
        key.opens(answer, question)
        for key, question, answer in zip(common.keys, line.blinded, answers, strict=True)
    )


def _common(record: Record, hall: Hall) -> Request:
    keys_hash = sha256(tag("keys"), *(key.spki for key in hall.keys))
    front = tag("issue") + record.definition.poll_hash + hall.epoch.to_bytes(4, "big") + keys_hash
    return Request(record.shapes.issuance, front, hall.epoch, hall.keys)


def _texts(listed: bytes) -> list[bytes]:
    return [unb64(text) for text in listed[1:-1].split(b'","')]
