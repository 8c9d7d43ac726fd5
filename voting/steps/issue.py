"""Issuing: the issuers sign blinded ballot keys for deputies who checked in, one each an epoch.

The box's side only passes on and logs; every issuer checks the request itself. An epoch opens with
new keys and ends the earlier ones; issuing closes by destroying the keys first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from voting.core import messages, signing
from voting.core.encoding import Json, b64, fields, jcs, parse_jcs, unb64
from voting.core.errors import Malformed, Refused
from voting.core.events import BallotIssued, IssuingClosed, IssuingOpened
from voting.core.phases import Phase
from voting.db import looking, together
from voting.models.office import CheckIn, Deputy, Issuance, Poll
from voting.statements import Plain, Statement
from voting.steps import checkin, log, polls
from voting.steps.services import Services


def make_keys(services: Services, poll: Poll, epoch: int) -> list[Json]:
    """Have every issuer make its key for `epoch`; the `keys` of `issuing_opened`.

    Not part of a transaction: it takes a second, and asked again it gives the same keys.
    """
    hash_, definition = polls.defined(poll)
    issuers = services.issuers_of(definition)
    opened = [i.open(poll.definition or b"", poll.roster or b"", epoch) for i in issuers]
    keys: list[Json] = [{"spki": b64(spki), "sig": b64(sig)} for spki, sig in opened]
    for issuer in issuers:
        issuer.confirm(hash_, epoch, keys)
    return keys


def destroy_keys(services: Services, poll: Poll) -> None:
    """Have every issuer destroy its key of this poll for good; returns when they are gone."""
    hash_, definition = polls.defined(poll)
    for issuer in services.issuers_of(definition):
        issuer.close(hash_)


def open_issuing(session: Session, services: Services, poll: Poll, keys: list[Json]) -> None:
    """Begin the next epoch with these keys."""
    hash_, _ = polls.defined(poll)
    poll.epoch += 1
    poll.phase = Phase.ISSUING
    log.append(session, services, IssuingOpened(poll=b64(hash_), epoch=poll.epoch, keys=keys))


def close_issuing(session: Session, services: Services, poll: Poll) -> None:
    """Log the end of issuing and open the common window; the keys are gone already."""
    hash_, _ = polls.defined(poll)
    poll.checked_in = polls.checked_in(session, poll.meeting, poll.id)
    poll.window_opened = services.seconds()
    poll.phase = Phase.REGISTERING
    issued = polls.issued(session, poll)
    event = IssuingClosed(poll=b64(hash_), issued=issued, checked_in=poll.checked_in)
    log.append(session, services, event)


@dataclass(frozen=True, slots=True)
class Request:
    """A deputy's request: `auth` 64 bytes, `blinded` 384 each, `card_id` 16; `sent` as JSON.

    Every value has one spelling, so that what was sent is passed on, and stored, as it is.
    """

    sent: dict[str, Json]
    auth: bytes
    blinded: tuple[bytes, ...]
    card_id: bytes
    epoch: int
    poll: bytes

    @classmethod
    def parse(cls, body: Json) -> Request:
        """From `{auth, blinded, deputy, epoch, poll}`; else `Malformed`."""
        shape = {
            "auth": str,
            "blinded": list,
            "deputy": str,
            "epoch": int,
            "poll": str,
        }
        auth, blinded, deputy, epoch, poll = fields(body, shape)
        if not 0 < epoch < 2**32 or not all(isinstance(value, str) for value in blinded):
            raise Malformed("bad_fields", "提交的数据中有字段的类型不对。")
        values = tuple(unb64(value, 384) for value in blinded)
        return cls(body, unb64(auth, 64), values, unb64(deputy, 16), epoch, unb64(poll, 32))


def issue(services: Services, body: Json) -> list[str]:
    """The blind signatures (b64) for a request; the same request again, the same answer."""
    request = Request.parse(body)
    with looking() as plain:
        now = _situation(plain, request)
    stored, order = _prepare(services, request, now)
    if stored:  # given again when it is durable, also at a standby
        return together(lambda _plain: stored)
    definition = polls.definition_of(now.definition)
    signatures = [issuer.issue(order) for issuer in services.issuers_of(definition)]
    return together(lambda plain: _record(plain, services, request, signatures))


# Everything that a request is decided on, in one statement.
_SITUATION = Statement(
    select(
        Poll.id,
        Poll.phase,
        Poll.epoch,
        Poll.window_opened,
        Poll.definition,
        Deputy.number,
        Deputy.card_key,
        CheckIn.sig,
        Issuance.line,
    )
    .select_from(Poll)
    .outerjoin(Deputy, Deputy.card_id == bindparam("card"))
    .outerjoin(
        CheckIn,
        (CheckIn.meeting == Poll.meeting)
        & (CheckIn.number == Deputy.number)
        & (CheckIn.card_id == Deputy.card_id),
    )
    .outerjoin(
        Issuance,
        (Issuance.poll == Poll.id)
        & (Issuance.epoch == Poll.epoch)
        & (Issuance.number == Deputy.number),
    )
    .where(Poll.hash == bindparam("poll"))
)
_INSERT = Statement(insert(Issuance))
Now = Any  # a row of `_SITUATION`


def _situation(plain: Plain, request: Request) -> Now:
    """Where poll and deputy stand, the card's check-in, and what the deputy was answered."""
    row = plain.first(_SITUATION, poll=request.poll, card=request.card_id)
    if row is None:
        raise polls.unknown()
    if row.card_key is None:
        raise checkin.unknown_card()
    return row


def _prepare(services: Services, request: Request, now: Now) -> tuple[list[str] | None, Json]:
    """What was answered before, else the order that goes to the issuers."""
    late = polls.window_is_open(services, now.phase, now.window_opened)
    if not late:
        _check_phase(now)
    polls.check_epoch(now.epoch, request.epoch)
    keys = polls.keys_of(request.poll, request.epoch)
    message = messages.issue(request.poll, request.epoch, keys, request.blinded)
    if not signing.p256_verify(now.card_key, request.auth, message):
        raise Malformed("bad_signature", "代表证签名未通过核验，请重新刷证。")
    stored = _answered(now, request)
    if late and stored is None:
        _check_phase(now)
    if now.sig is None:
        raise Refused("not_checked_in", "您还没有签到，请先签到。")
    order = {**request.sent, "checkin": b64(now.sig)}
    return stored, order


def _check_phase(now: Now) -> None:
    if now.phase != Phase.ISSUING:
        raise Refused("not_issuing", "现在不是发票的时间。")


def _answered(now: Now, request: Request) -> list[str] | None:
    if now.line is None:
        return None
    line = parse_jcs(now.line)
    if line["blinded"] != request.sent["blinded"]:
        raise Refused("already_issued", "您的表决票已经领取过了，请回到领取时的平板。")
    signatures: list[str] = line["blind_sigs"]
    return signatures


def _record(
    plain: Plain, services: Services, request: Request, signatures: list[bytes]
) -> list[str]:
    now = _situation(plain, request)
    _check_phase(now)
    polls.check_epoch(now.epoch, request.epoch)
    stored = _answered(now, request)
    if stored:
        return stored
    answer = [b64(signature) for signature in signatures]
    line = {name: request.sent[name] for name in ("auth", "blinded", "deputy", "epoch")}
    logged = messages.request_hash(request.auth, request.blinded, request.card_id, request.epoch)
    event = BallotIssued(
        poll=request.sent["poll"],
        deputy=request.sent["deputy"],
        epoch=request.epoch,
        request=b64(logged),
    )
    seq = log.append(plain, services, event)
    place = {"poll": now.id, "epoch": now.epoch, "number": now.number}
    plain.do(_INSERT, **place, seq=seq, line=jcs({**line, "blind_sigs": answer}))
    return answer
