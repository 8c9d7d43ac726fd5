"""Preparing: the congress, its roster and cards, a poll's projects, and 定稿, which fixes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from voting.core import card, forms
from voting.core import poll as core
from voting.core.encoding import Json, b64, is_id, join_lines
from voting.core.errors import Malformed, Refused
from voting.core.events import CongressOpened, PollDefined
from voting.core.phases import SETTLED, Phase
from voting.models.office import Congress, Deputy, Meeting, Poll, Project
from voting.sheets.roster import RosterRow
from voting.steps import checkin, log, polls, witnesses
from voting.steps.services import Services

MAX_TITLE = 128  # characters of a meeting's or a poll's name


def open_congress(session: Session, services: Services, id_: str, name: str, title: str) -> None:
    """Open the congress that this instance serves: the log's first entry. `title` is the 届次."""
    if not is_id(id_):
        raise Malformed("bad_id", "届次编号只能用小写字母、数字和连字符，最多64个字符。")
    if session.scalars(select(Congress)).first():
        raise Refused("congress_exists", "这里已经建立了一届人民代表大会。")
    session.add(Congress(id=id_, name=name, session=title, log_key=services.log_public))
    session.flush()
    log.append(session, services, CongressOpened(congress=id_, log_key=b64(services.log_public)))


def open_meeting(session: Session, id_: str, title: str, day: str) -> Meeting:
    """Add a meeting, which deputies check in at from now on."""
    if not is_id(id_):
        raise Malformed("bad_id", "会议编号只能用小写字母、数字和连字符，最多64个字符。")
    if session.scalars(select(Meeting).where(Meeting.id == id_)).first():
        raise Refused("meeting_exists", "这个会议编号已经用过了。")
    still(session)
    _check_text(title, "会议名称")
    if not _is_date(day):
        raise Malformed("bad_date", "会议日期应写成2026-01-31的样子。")
    meeting = Meeting(id=id_, title=title, date=day)
    session.add(meeting)
    session.flush()
    return meeting


def roster_rows(session: Session) -> list[RosterRow]:
    """The roster as it stands, as it would be imported."""
    deputies = session.scalars(select(Deputy).order_by(Deputy.place))
    return [RosterRow(d.number, d.name, d.delegation, d.seat) for d in deputies]


def import_roster(session: Session, rows: list[RosterRow]) -> None:
    """Put the roster in place of the former one; a deputy who stays keeps the card.

    Where a number has passed to somebody else, the former holder's card ends with it.
    """
    still(session)
    former = session.scalars(select(Deputy))
    cards = {(d.number, d.name): (d.card_id, d.card_key) for d in former}
    kept = [row.number for row in rows]
    session.execute(delete(Deputy).where(Deputy.number.not_in(kept)))
    for place, row in enumerate(rows):
        card_id, card_key = cards.get((row.number, row.name), (None, None))
        deputy = Deputy(
            number=row.number,
            place=place,
            name=row.name,
            delegation=row.delegation,
            seat=row.seat,
            card_id=card_id,
            card_key=card_key,
        )
        session.merge(deputy)


def make_cards(session: Session, digits: list[str]) -> list[tuple[Deputy, str]]:
    """Give every deputy a new card; the digits are returned to be printed once, never stored.

    `digits` are fresh 40-digit numbers, one a deputy in the roster's order. Earlier cards end.
    """
    still(session)
    congress = polls.the_congress(session).id
    deputies = list(session.scalars(select(Deputy).order_by(Deputy.place)))
    for deputy, number in zip(deputies, digits, strict=True):
        made = card.derive(number, congress)
        deputy.card_id, deputy.card_key = made.card_id, made.card_key
    return list(zip(deputies, digits, strict=True))


@dataclass(frozen=True, slots=True)
class PollPlan:
    """What the secretariat says of a draft; `seats` for choose and rank, else None."""

    title: str
    form: forms.Form
    seats: int | None
    reserve: int = 20
    round: int = 1
    follows: bytes | None = None


def draft_poll(session: Session, plan: PollPlan) -> Poll:
    """Add a draft at the current meeting."""
    meeting = polls.current_meeting(session)
    if meeting is None:
        raise Refused("no_meeting", "请先建立会议。")
    _check_plan(session, plan)
    poll = Poll(
        meeting=meeting.id,
        title=plan.title,
        round=plan.round,
        follows=plan.follows,
        form=plan.form.value,
        seats=plan.seats,
        reserve=plan.reserve,
        phase=Phase.DRAFT,
        epoch=0,
    )
    session.add(poll)
    session.flush()
    return poll


def amend_draft(session: Session, poll: Poll, plan: PollPlan) -> None:
    """Say something else of a draft; its projects stay."""
    check_draft(poll)
    _check_plan(session, plan)
    poll.title, poll.round, poll.follows = plan.title, plan.round, plan.follows
    poll.form, poll.seats, poll.reserve = plan.form.value, plan.seats, plan.reserve


def check_draft(poll: Poll) -> None:
    """Refuse where a poll has been defined."""
    if poll.phase != Phase.DRAFT:
        raise Refused("not_draft", "已经定稿，表决和候选项目不能更改。")


def _check_plan(session: Session, plan: PollPlan) -> None:
    """What 定稿 would refuse, said while it can be changed."""
    _check_text(plan.title, "表决名称")
    if plan.round < 1 or (plan.seats is not None and plan.seats < 1):
        raise Malformed("bad_number", "轮次和应选数从1开始。")
    if plan.reserve < core.MIN_RESERVE:
        raise Malformed("bad_reserve", f"每批保留的票数至少为{core.MIN_RESERVE}。")
    ended = Poll.phase.in_((Phase.PUBLISHED, Phase.VOID))
    earlier = select(Poll.id).where(Poll.hash == plan.follows, ended)
    if plan.follows is not None and session.scalars(earlier).first() is None:
        raise Malformed("bad_follows", "只能接续已经公布或作废的表决。")


def _check_text(text: str, what: str) -> None:
    if not forms.is_text(text) or len(text) > MAX_TITLE:
        reason = f"{what}不能为空，最多{MAX_TITLE}个字，也不能含有控制字符。"
        raise Malformed("bad_text", reason)


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text  # it reads other spellings, too
    except ValueError:
        return False


def items_of(session: Session, poll: Poll) -> list[core.Item]:
    """A poll's candidate projects in their order."""
    rows = select(Project).where(Project.poll == poll.id).order_by(Project.place)
    return [core.Item(p.id, p.title, p.details) for p in session.scalars(rows)]


def import_projects(session: Session, poll: Poll, items: list[core.Item]) -> None:
    """Put a draft's candidate projects in place of the former ones, in this order."""
    check_draft(poll)
    session.execute(delete(Project).where(Project.poll == poll.id))
    for place, item in enumerate(items):
        details: dict[str, Json] = dict(item.more)
        session.add(
            Project(poll=poll.id, place=place, id=item.id, title=item.title, details=details)
        )


def define(session: Session, services: Services, poll: Poll) -> None:
    """定稿: fix the definition and the roster by their hashes."""
    meeting = polls.current_meeting(session)
    if meeting is not None:
        poll.meeting = meeting.id  # where deputies check in now, not where it was drafted
    deputies = session.scalars(select(Deputy).order_by(Deputy.place))
    lines = [checkin.roster_line(deputy) for deputy in deputies]
    definition = _definition(session, services, poll, core.roster_head(lines))
    poll.definition = definition.to_bytes()
    poll.roster = join_lines([line.to_bytes() for line in lines])
    poll.hash = definition.poll_hash
    poll.phase = Phase.DEFINED
    poll.defined_seq = log.append(session, services, PollDefined(poll=b64(poll.hash)))


def _definition(
    session: Session, services: Services, poll: Poll, roster: core.RosterHead
) -> core.Definition:
    congress = polls.the_congress(session)
    meeting = session.scalars(select(Meeting).where(Meeting.id == poll.meeting)).one()
    scale, decision = _form(poll)
    return core.Definition(
        congress=core.Congress(congress.id, congress.name, congress.session),
        meeting=core.Meeting(meeting.id, meeting.title, meeting.date),
        poll_id=f"poll-{poll.id}",
        title=poll.title,
        round=poll.round,
        follows=poll.follows,
        items=tuple(items_of(session, poll)),
        scale=scale,
        decision=decision,
        reserve=poll.reserve,
        issuers=tuple(issuer.issuer for issuer in services.issuers),
        roster=roster,
        log_key=services.log_public,
        witnesses=witnesses.active(session),
    )


def _form(poll: Poll) -> tuple[forms.Scale, forms.Decision]:
    match forms.Form(poll.form):
        case forms.Form.CHOOSE:
            return forms.form_choose(poll.seats or 0)
        case forms.Form.EACH:
            return forms.form_each()
        case forms.Form.GRADE:
            return forms.form_grade()
        case forms.Form.RANK:
            return forms.form_rank(poll.seats or 0)


def still(session: Session) -> None:
    """Refuse while a poll stands between 定稿 and publication."""
    busy = select(Poll.id).where(Poll.phase.in_(SETTLED)).limit(1)
    if session.scalars(busy).first() is not None:
        raise Refused("settled", "有表决已经定稿而尚未公布，名册、代表证和帐号暂时不能更改。")
