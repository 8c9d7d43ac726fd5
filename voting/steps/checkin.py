"""Check-in: a card's signature, once a meeting and deputy, logged whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from voting.core import messages, rules, signing
from voting.core.encoding import Json, b64
from voting.core.errors import Malformed, Unknown
from voting.core.events import CheckedIn
from voting.core.forms import TWO_THIRDS
from voting.core.phases import SETTLED, Phase
from voting.core.poll import RosterLine
from voting.db import looking, together
from voting.models.office import CheckIn, Congress, Deputy, Meeting, Poll
from voting.statements import Plain, Statement
from voting.steps import log, polls
from voting.steps.services import Services


@dataclass(frozen=True, slots=True)
class Delegation:
    """A delegation's deputies by name, in the roster's order; `name` may be ''."""

    name: str
    here: list[str]
    away: list[str]


def by_delegation(session: Session) -> list[Delegation]:
    """Who has checked in at the current meeting and who has not, in the roster's order."""
    meeting = polls.current_meeting(session)
    here = polls.here(session, meeting) if meeting else set()
    groups: dict[str, Delegation] = {}
    for deputy in session.scalars(select(Deputy).order_by(Deputy.place)):
        group = groups.setdefault(deputy.delegation, Delegation(deputy.delegation, [], []))
        (group.here if deputy.number in here else group.away).append(deputy.name)
    return list(groups.values())


def quorum(session: Session) -> int:
    """How many must check in for the vote that is next at this meeting."""
    coming = select(Poll).where(Poll.phase.not_in((Phase.PUBLISHED, Phase.VOID)))
    poll = polls.current(session)
    if poll is None or poll.phase not in SETTLED:
        poll = session.scalars(coming.order_by(Poll.id.desc())).first()
    if poll is None:
        return rules.quorum_need(polls.roster_count(session), TWO_THIRDS)
    return polls.quorum_need(session, poll)


def unknown_card() -> Unknown:
    """The refusal of a card that no deputy holds."""
    return Unknown("unknown_card", "名册中没有这张代表证，请联系工作人员。")


def roster_line(deputy: Deputy) -> RosterLine:
    """A deputy with a card as the roster's line."""
    if deputy.card_id is None or deputy.card_key is None:
        raise Unknown("unknown_card", "%(name)s 还没有代表证。", name=deputy.name)
    return RosterLine(
        card_id=deputy.card_id,
        card_key=deputy.card_key,
        delegation=deputy.delegation,
        name=deputy.name,
        number=deputy.number,
        seat=deputy.seat,
    )


# Everything that a check-in is decided on, in one statement; the meeting is the newest.
_NEWEST = select(func.max(Meeting.place)).scalar_subquery()
_SITUATION = Statement(
    select(
        Deputy.card_id,
        Deputy.card_key,
        Deputy.delegation,
        Deputy.name,
        Deputy.number,
        Deputy.seat,
        Meeting.id.label("meeting"),
        CheckIn.card_id.label("before"),
        select(Congress.id).scalar_subquery().label("congress"),
    )
    .select_from(Deputy)
    .outerjoin(Meeting, Meeting.place == _NEWEST)
    .outerjoin(CheckIn, (CheckIn.meeting == Meeting.id) & (CheckIn.number == Deputy.number))
    .where(Deputy.card_id == bindparam("card"))
)


def look_up(card_id: bytes) -> tuple[Json, bool]:
    """The roster line of a card's deputy, and whether the card has checked in at this meeting."""
    with looking() as plain:
        now = _situation(plain, card_id)
    return roster_line(now).to_json(), now.before == card_id


def check_in(services: Services, card_id: bytes, sig: bytes) -> None:
    """Check a deputy in at the current meeting; again changes nothing.

    `sig` is the card's, 64 bytes, over `messages.checkin`.
    """
    with looking() as plain:
        now = _situation(plain, card_id)
    if now.meeting is None:
        raise Unknown("no_meeting", "会议还没有建立，不能签到。")
    message = messages.checkin(now.congress, now.meeting, services.log_public)
    if not signing.p256_verify(now.card_key, sig, message):
        raise _bad_signature()
    together(lambda plain: _record(plain, services, now.meeting, card_id, sig))


def _situation(plain: Plain, card_id: bytes) -> Any:
    row = plain.first(_SITUATION, card=card_id)
    if row is None:
        raise unknown_card()
    return row


def _bad_signature() -> Malformed:
    return Malformed("bad_signature", "代表证签名未通过核验，请重新刷证。")


_ENTER = Statement(insert(CheckIn))
_CHANGE = Statement(
    update(CheckIn)
    .where(CheckIn.meeting == bindparam("of"), CheckIn.number == bindparam("whose"))
    .values(card_id=bindparam("card"), sig=bindparam("signed"))
)


def _record(plain: Plain, services: Services, meeting: str, card_id: bytes, sig: bytes) -> None:
    now = _situation(plain, card_id)
    if now.meeting != meeting:  # another was opened meanwhile: the signature is not for it
        raise _bad_signature()
    if now.before == card_id:
        return
    if now.before is None:
        plain.do(_ENTER, meeting=meeting, number=now.number, card_id=card_id, sig=sig)
    else:
        plain.do(_CHANGE, of=meeting, whose=now.number, card=card_id, signed=sig)
    event = CheckedIn(meeting=meeting, deputy=b64(card_id), sig=b64(sig))
    log.append(plain, services, event)
