"""Papers: 计票结果报告单, 公告 and 签到情况, as A4 pages to print and sign.

They are documents of a Chinese congress: whatever language the page around them speaks, what is
printed and signed is Chinese (`in_chinese`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import groupby

from flask import Blueprint, request
from flask_babel import force_locale
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from voting import db
from voting.core import messages, rules
from voting.core.encoding import Json, b64, parse_jcs, unb64
from voting.core.errors import Refused
from voting.core.phases import Phase
from voting.core.poll import Item, parse_roster, verification_code
from voting.models.office import LogEntry, Poll
from voting.models.paper import PaperVote
from voting.steps import after, export, late, log, paper, polls, publish
from voting.web import bars, outcome, words
from voting.web.audience import OFFICIALS, SCRUTINEER, SECRETARIAT, audience
from voting.web.desk import asker, page
from voting.web.language import FIRST
from voting.web.second import Second, second

pages = Blueprint("papers", __name__)

_NUMBER = re.compile(r"[0-9]{1,4}\Z")


@pages.app_template_global()
@pass_context
def in_chinese(context: Context, name: str) -> Markup:
    """A template with this page's values, in Chinese whatever language the page speaks."""
    with force_locale(FIRST):
        return Markup(context.environment.get_template(name).render(context.get_all()))


@pages.get("/polls/<int:poll_id>/report")
@audience(*OFFICIALS)
def report(poll_id: int) -> str:
    """计票结果报告单: signed after closing, and before the result is announced."""
    with db.reading() as session:
        poll = polls.by_id(session, poll_id)
        result = _counted(session, poll)
        hash_, definition = polls.defined(poll)
        lines = outcome.lines_of(definition, result)
        decision, turnout = definition.decision, result["turnout"]
        return page(
            "print/report.html",
            poll=poll,
            definition=definition,
            code=words.fours(verification_code(hash_)),
            name=b64(hash_),
            result=result,
            turnout=turnout,
            table=outcome.table(definition, lines),
            threshold=bars.threshold(decision, outcome.turnout(result)),
            over=bars.LINES[decision.form],
            base_name=bars.BASES[decision.base],
            result_hash=b64(messages.result_hash(result)),
            record_hash=_record_hash(session, poll),
            open=after.left_open(session, poll),
        )


def _counted(session: Session, poll: Poll) -> Json:
    """The result: for those who count and preside when voting is closed, for all when published."""
    if poll.phase == Phase.PUBLISHED:
        return parse_jcs(poll.result or b"")
    if poll.phase == Phase.CLOSED and asker().role != SECRETARIAT:
        return publish.decided(session, poll)
    raise Refused("not_yet", "结果公布以后才有报告单；停止表决以后，主席团和监票人可先核对。")


def _record_hash(session: Session, poll: Poll) -> str:
    """SHA-256 of the record, which is the same whenever it is written; '' before publication."""
    if poll.phase != Phase.PUBLISHED:
        return ""
    sha256, _size = export.fingerprint(session, poll)
    return sha256


@dataclass(frozen=True, slots=True)
class Group:
    """What one round adds to the 公告's list; `round` is None where there was only one."""

    round: int | None
    start: int
    listed: list[tuple[str, Second | None]]
    by_hand: bool = False


@pages.get("/polls/<int:poll_id>/notice")
@audience(*OFFICIALS)
def notice(poll_id: int) -> str:
    """公告: numbered, for the year that the title names, unless the office gives others.

    That of a vote on paper says so, and has no 核验码 and no hash.
    """
    with db.reading() as session:
        poll = polls.by_id(session, poll_id)
        result = after.result_of(session, poll)
        if result is None:
            raise Refused("not_yet", "结果公布以后才有公告。")
        hash_, definition = polls.defined(poll)
        by_hand = poll.phase == Phase.VOID
        number = _given("number", str(_place(session, poll)))
        year = _given("year", outcome.year(definition))
        chosen = after.chosen(session, poll)
        rounds = after.rounds(session, poll)
        lines = outcome.lines_of(definition, result)
        text = outcome.notice(definition, result, lines, year)
        text = replace(text, listed=[*after.chosen_earlier(session, poll), *text.listed])
        return page(
            "print/notice.html",
            poll=poll,
            definition=definition,
            code="" if by_hand else words.fours(verification_code(hash_)),
            name=b64(hash_),
            result_hash=b64(messages.result_hash(result)),
            by_hand=by_hand,
            number=number,
            year=year,
            text=text,
            groups=_groups(chosen, {each.number for each in rounds if each.by_hand})
            or [Group(None, 1, [(title, None) for title in text.listed])],
        )


def _groups(chosen: list[tuple[int, Item]], by_hand: set[int]) -> list[Group]:
    """The 公告's list, round by round, numbered through."""
    groups: list[Group] = []
    start = 1
    for number, found in groupby(chosen, lambda each: each[0]):
        listed = [(item.title, second(item)) for _, item in found]
        groups.append(Group(number, start, listed, number in by_hand))
        start += len(listed)
    return groups if len(groups) > 1 else [replace(each, round=None) for each in groups]


def _given(name: str, default: str) -> str:
    """A whole number that the office typed, else the default."""
    typed = request.args.get(name, "").strip()
    return typed if _NUMBER.match(typed) else default


def _place(session: Session, poll: Poll) -> int:
    """Which result of its meeting this is, from 1."""
    rows = select(func.count()).select_from(Poll)
    on_paper = Poll.id.in_(select(PaperVote.poll).where(PaperVote.ended == paper.ANNOUNCED))
    same = (Poll.meeting == poll.meeting) & ((Poll.phase == Phase.PUBLISHED) | on_paper)
    earlier = Poll.defined_seq <= poll.defined_seq
    return session.scalar(rows.where(same, earlier)) or 1


@dataclass(frozen=True, slots=True)
class Delegation:
    """A delegation's deputies: how many there are, who has checked in, who has not."""

    name: str
    here: list[str]
    away: list[str]


@pages.get("/polls/<int:poll_id>/attendance")
@audience(SECRETARIAT, SCRUTINEER)
def attendance(poll_id: int) -> str:
    """签到情况, by delegation and name."""
    with db.reading() as session:
        poll = polls.by_id(session, poll_id)
        hash_, definition = polls.defined(poll)
        delegations = _delegations(session, poll)
        here = sum(len(each.here) for each in delegations)
        need = rules.quorum_need(definition.roster.count, definition.decision.quorum)
        return page(
            "print/attendance.html",
            poll=poll,
            definition=definition,
            code=words.fours(verification_code(hash_)),
            name=b64(hash_),
            delegations=delegations,
            here=here,
            late=late.arrived(session, poll),
            need=need,
            settled=poll.checked_in is not None,
        )


def _delegations(session: Session, poll: Poll) -> list[Delegation]:
    """In the roster's order; who checked in after issuing had closed does not count here."""
    present = _present(session, poll)
    groups: dict[str, Delegation] = {}
    for line in parse_roster(poll.roster or b""):
        group = groups.setdefault(line.delegation, Delegation(line.delegation, [], []))
        (group.here if line.number in present else group.away).append(line.name)
    return list(groups.values())


def _present(session: Session, poll: Poll) -> set[str]:
    """The numbers of the deputies who had checked in when issuing closed, or have until now.

    A card that took a lost one's place after 定稿 is not on the roster; the log says whose it is.
    """
    holders = {line.card_id: line.number for line in parse_roster(poll.roster or b"")}
    for entry in _logged(session, poll, "card_replaced"):
        if entry["poll"] == b64(poll.hash or b""):
            holders[unb64(entry["card_id"], 16)] = entry["number"]
    checked_in = _logged(session, poll, "checked_in")
    cards = {unb64(each["deputy"], 16) for each in checked_in if each["meeting"] == poll.meeting}
    return {holders[card] for card in cards if card in holders}


def _logged(session: Session, poll: Poll, event: str) -> list[Json]:
    """The log's entries of that kind until issuing closed, or until now."""
    rows = select(LogEntry.entry).where(LogEntry.event == event)
    closed = log.latest(session, poll.hash or b"", "issuing_closed")
    if closed:
        rows = rows.where(LogEntry.seq < closed.seq)
    return [parse_jcs(entry) for entry in session.scalars(rows)]
