"""代写: a deputy who needs help names a helper; the fact is logged, the vote never is."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from voting.core.encoding import b64, parse_jcs, unb64
from voting.core.errors import Malformed, Refused, Unknown
from voting.core.events import Assisted
from voting.core.forms import is_text
from voting.core.phases import Phase
from voting.models.office import Deputy, LogEntry, Poll, ReplacedCard
from voting.steps import checkin, log, polls
from voting.steps.services import Services

BEFORE_VOTING = (Phase.DEFINED, Phase.ISSUING, Phase.REGISTERING, Phase.FROZEN)
MAX_HELPER = 64  # characters of a helper's name


@dataclass(frozen=True, slots=True)
class Help:
    """That a deputy named a helper, and when, as the log has it."""

    deputy: Deputy
    helper: str
    at: str


def assist(session: Session, services: Services, poll: Poll, number: str, helper: str) -> None:
    """Log whom the deputy of that number named as helper, before voting opens."""
    if poll.phase not in BEFORE_VOTING:
        raise Refused("too_late", "代写人须在定稿以后、开始表决以前登记。")
    deputy = session.get(Deputy, number)
    if deputy is None:
        raise Unknown("unknown_deputy", "名册中没有编号为「%(number)s」的代表。", number=number)
    if not is_text(helper) or len(helper) > MAX_HELPER:
        raise Malformed(
            "bad_text",
            "请填写代写人的姓名，最多%(most)s个字，不能含有控制字符。",
            most=MAX_HELPER,
        )
    hash_, _ = polls.defined(poll)
    card_id = checkin.roster_line(deputy).card_id
    log.append(session, services, Assisted(poll=b64(hash_), deputy=b64(card_id), helper=helper))


def helpers(session: Session, poll: Poll) -> list[Help]:
    """Who named whom in this poll, in the log's order."""
    hash_, _ = polls.defined(poll)
    entries = select(LogEntry).where(LogEntry.poll == b64(hash_), LogEntry.event == Assisted.event)
    found = []
    for entry in session.scalars(entries.order_by(LogEntry.seq)):
        event = parse_jcs(entry.entry)
        deputy = _holder(session, poll, unb64(event["deputy"], 16))
        if deputy:  # cards that were printed anew after the poll name nobody here
            found.append(Help(deputy, event["helper"], entry.at))
    return found


def _holder(session: Session, poll: Poll, card_id: bytes) -> Deputy | None:
    """Whose card it is, or was until it was replaced in this poll."""
    replaced = session.get(ReplacedCard, (poll.id, card_id))
    if replaced:
        return session.get(Deputy, replaced.number)
    return session.scalars(select(Deputy).where(Deputy.card_id == card_id)).first()
