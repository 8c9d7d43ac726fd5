"""Preparing: the congress, its roster and cards, a poll's projects, and 定稿, which fixes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from voting.core import card, forms, plan, rehearsal, second
from voting.core import poll as core
from voting.core.encoding import Json, b64, is_id, join_lines
from voting.core.errors import Faulty, Malformed, Refused, Unknown
from voting.core.events import CongressOpened, PollDefined
from voting.core.phases import SETTLED, Phase
from voting.core.text import Text, text
from voting.models.office import Congress, Deputy, Meeting, Poll, Project
from voting.sheets.roster import RosterRow
from voting.steps import checkin, log, polls, witnesses
from voting.steps.services import Services

MAX_TITLE = 128  # characters of a meeting's or a poll's name


def open_congress(session: Session, services: Services, id_: str, name: str, title: str) -> None:
    """Open the congress that this instance serves: the log's first entry. `title` is the 届次."""
    if not is_id(id_):
        raise Malformed("bad_id", "届次编号只能用小写字母、数字和连字符，最多64个字符。")
    if not rehearsal.agree(id_, name):
        raise Malformed("bad_id", "只有彩排的编号以 -rehearsal 结尾，名称以【彩排】开头。")
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
    if not _is_title(title):
        raise Malformed("bad_text", _bad_title())
    if not _is_date(day):
        raise Malformed("bad_date", "会议日期应写成 2026-01-31 的样子。")
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


def make_cards(session: Session, digits: Mapping[str, str]) -> list[tuple[Deputy, str]]:
    """Give deputies new cards; the digits are returned to be printed once, never stored.

    `digits` are fresh 40-digit numbers by the deputies' own. Their earlier cards end, no others.
    """
    still(session)
    congress = polls.the_congress(session).id
    wanted = select(Deputy).where(Deputy.number.in_(digits)).order_by(Deputy.place)
    made = [(deputy, digits[deputy.number]) for deputy in session.scalars(wanted)]
    for deputy, number in made:
        keys = card.derive(number, congress)
        deputy.card_id, deputy.card_key = keys.card_id, keys.card_key
    return made


def deputy_of(session: Session, number: str) -> Deputy:
    """The deputy with that number; `Unknown` where the roster has none."""
    deputy = session.get(Deputy, number)
    if deputy is None:
        raise Unknown("unknown_deputy", "名册中没有这位代表，名册可能刚刚重新导入过。")
    return deputy


@dataclass(frozen=True, slots=True)
class PollPlan:
    """What the secretariat says of a draft; `seats` for choose and rank, else None."""

    title: str
    form: forms.Form
    seats: int | None
    reserve: int = 20
    round: int = 1
    follows: bytes | None = None
    rule: plan.Rule = field(default_factory=plan.Rule)


def plan_of(poll: Poll) -> PollPlan:
    """What was said of a poll, to be said again of another."""
    return PollPlan(
        title=poll.title,
        form=forms.Form(poll.form),
        seats=poll.seats,
        reserve=poll.reserve,
        round=poll.round,
        follows=poll.follows,
        rule=plan.Rule.of(poll.rule),
    )


def draft_poll(session: Session, wanted: PollPlan) -> Poll:
    """Add a draft at the current meeting."""
    meeting = polls.current_meeting(session)
    if meeting is None:
        raise Refused("no_meeting", "请先建立会议。")
    _check_plan(session, wanted)
    poll = Poll(meeting=meeting.id, phase=Phase.DRAFT, epoch=0)
    _fill(poll, wanted)
    session.add(poll)
    session.flush()
    return poll


def amend_draft(session: Session, poll: Poll, wanted: PollPlan) -> None:
    """Say something else of a draft; its projects stay."""
    check_draft(poll)
    _check_plan(session, wanted)
    _fill(poll, wanted)


def _fill(poll: Poll, wanted: PollPlan) -> None:
    poll.title, poll.round, poll.follows = wanted.title, wanted.round, wanted.follows
    poll.form, poll.seats, poll.reserve = wanted.form.value, wanted.seats, wanted.reserve
    poll.rule = wanted.rule.json()


def check_draft(poll: Poll) -> None:
    """Refuse where a poll has been defined."""
    if poll.phase != Phase.DRAFT:
        raise Refused("not_draft", "已经定稿，表决和候选项目不能更改。")


def _check_plan(session: Session, wanted: PollPlan) -> None:
    """What 定稿 would refuse, said of each field while it can be changed."""
    found = plan.faults(wanted.form, wanted.seats, wanted.rule)
    if not _is_title(wanted.title):
        found["title"] = _bad_title()
    if wanted.round < 1:
        found["round"] = text("轮次从 1 开始。")
    if wanted.reserve < core.MIN_RESERVE:
        found["reserve"] = text("每批保留的票数至少为 %(least)s。", least=core.MIN_RESERVE)
    ended = Poll.phase.in_((Phase.PUBLISHED, Phase.VOID))
    earlier = select(Poll.id).where(Poll.hash == wanted.follows, ended)
    if wanted.follows is not None and session.scalars(earlier).first() is None:
        found["follows"] = text("只能接续已经公布或作废的表决。")
    if found:
        raise Faulty(found)


def _is_title(title: str) -> bool:
    return forms.is_text(title) and len(title) <= MAX_TITLE


def _bad_title() -> Text:
    return text("名称不能为空，最多 %(most)s 个字，也不能含有控制字符。", most=MAX_TITLE)


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text  # it reads other spellings, too
    except ValueError:
        return False


def items_of(session: Session, poll: Poll) -> list[core.Item]:
    """A poll's candidate projects in their order."""
    rows = select(Project).where(Project.poll == poll.id).order_by(Project.place)
    return [core.Item(p.id, p.title, p.details) for p in session.scalars(rows)]


def check_items(poll: Poll, items: Sequence[core.Item]) -> None:
    """Refuse projects that do not go together with each other or with the poll's rule."""
    second.check(items)
    forms.check_form(*polls.form_of(poll), len(items))


def import_projects(session: Session, poll: Poll, items: Sequence[core.Item]) -> None:
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
    if services.named() != services.relay:
        raise Refused("relay_changed", "转送机已经另行登记，请先重新启动服务器，再定稿。")
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


def specimen(session: Session, poll: Poll) -> Json:
    """What a tablet needs of a poll, also of a draft, to show its ballot."""
    items = items_of(session, poll)
    if not items:
        raise Refused("no_items", "还没有候选项目，导入以后才有样票。")
    scale, _ = polls.form_of(poll)
    return {
        "poll": {"title": poll.title},
        "items": [item.to_json() for item in items],
        "scale": forms.scale_json(scale),
    }


def _definition(
    session: Session, services: Services, poll: Poll, roster: core.RosterHead
) -> core.Definition:
    congress = polls.the_congress(session)
    meeting = session.scalars(select(Meeting).where(Meeting.id == poll.meeting)).one()
    items = items_of(session, poll)
    check_items(poll, items)
    scale, decision = polls.form_of(poll)
    return core.Definition(
        congress=core.Congress(congress.id, congress.name, congress.session),
        meeting=core.Meeting(meeting.id, meeting.title, meeting.date),
        poll_id=f"poll-{poll.id}",
        title=poll.title,
        round=poll.round,
        follows=poll.follows,
        items=tuple(items),
        scale=scale,
        decision=decision,
        reserve=poll.reserve,
        issuers=tuple(issuer.issuer for issuer in services.issuers),
        roster=roster,
        log_key=services.log_public,
        witnesses=witnesses.active(session),
        relay=services.relay,
    )


def still(session: Session) -> None:
    """Refuse while a poll stands between 定稿 and publication."""
    busy = select(Poll.id).where(Poll.phase.in_(SETTLED)).limit(1)
    if session.scalars(busy).first() is not None:
        raise Refused("settled", "有表决已经定稿而尚未公布，名册、代表证和帐号暂时不能更改。")
