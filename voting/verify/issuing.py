"""Step 5: the issuances of the last epoch, each held against the log and the cards."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from .crypto import IssuingKey, p256_valid, sha256, tag
from .hall import CheckIn, Due, Hall
from .log import Course, entries
from .reading import Record
from .report import Failure
from .shapes import Matcher
from .strict import unb64
from .workers import in_order


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
    for check_in, good in in_order(partial(_signed, hall.message), _check_ins(record, hall)):
        if not good:
            raise Failure(check_in.where, "the check-in's signature is not the card's")
    total = 0
    check = partial(_why_not, _common(record, hall))
    for (number, _, _), reason in in_order(check, _due(record, hall)):
        total = number
        if reason:
            raise Failure(f"issuances.jsonl line {number}", reason)
    if not total == len(hall.deputies) == course.issuing_closed["issued"]:
        entered, closed = len(hall.deputies), course.issuing_closed["issued"]
        reason = f"{total} lines, {entered} entries in the log, {closed} at issuing_closed"
        raise Failure("issuances.jsonl", reason)
    return Issued(hall.keys, hall.checked_in_at_close, total, hall.check_ins)


def _check_ins(record: Record, hall: Hall) -> Iterator[CheckIn]:
    """Walks the log; what comes out still has to be verified."""
    for entry in entries(record):
        hall.see(entry)
        yield from hall.unverified
        hall.unverified.clear()


def _signed(message: bytes, check_in: CheckIn) -> bool:
    return p256_valid(check_in.card_key, message, check_in.sig)


def _due(record: Record, hall: Hall) -> Iterator[tuple[int, bytes, Due | None]]:
    """Each line of issuances.jsonl beside what the log has in its place."""
    for number, line in record.container["issuances.jsonl"].lines():
        yield number, line, hall.due(number - 1)


def _why_not(common: Request, placed: tuple[int, bytes, Due | None]) -> str | None:
    _, line, due = placed
    return check_issuance(common, line, due) if due else "more lines than entries in the log"


def _common(record: Record, hall: Hall) -> Request:
    keys_hash = sha256(tag("keys"), *(key.spki for key in hall.keys))
    front = tag("issue") + record.definition.poll_hash + hall.epoch.to_bytes(4, "big") + keys_hash
    return Request(record.shapes.issuance, front, hall.epoch, hall.keys)


def check_issuance(common: Request, line: bytes, due: Due) -> str | None:
    """Why this line is not the issuance that is due, or None. Depends on nothing else."""
    match = common.matches(line)
    if not match or unb64(match["deputy"]) != due.card_id:
        return "another deputy than in the log"
    if int(match["epoch"]) != common.epoch:
        return "not of the last epoch"
    if sha256(tag("request"), match["front"], match["rest"]) != due.request:
        return "not the request that the log holds"
    blinded = _texts(match["blinded"])
    if not p256_valid(due.card_key, common.front + b"".join(blinded), unb64(match["auth"])):
        return "auth is not the card's signature"
    answers = _texts(match["blind_sigs"])
    for key, question, answer in zip(common.keys, blinded, answers, strict=True):
        if not key.opens(answer, question):
            return "a blind signature is not the issuer's"
    return None


def _texts(listed: bytes) -> list[bytes]:
    return [unb64(text.strip(b'"')) for text in listed.split(b",")]
