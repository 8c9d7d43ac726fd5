"""Papers: 计票结果报告单, 公告 and 签到情况, as A4 pages to print and sign."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from dataclasses import dataclass
from tempfile import TemporaryFile

from flask import Blueprint, request
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from voting import db
from voting.core import messages
from voting.core.encoding import Json, b64, parse_jcs, unb64
from voting.core.errors import Refused
from voting.core.phases import Phase
from voting.core.poll import RosterLine, parse_roster, verification_code
from voting.models.office import LogEntry, Poll
from voting.steps import export, log, polls, publish
from voting.web import bars, outcome, words
from voting.web.audience import OFFICIALS, SCRUTINEER, SECRETARIAT, audience
from voting.web.desk import asker, page

pages = Blueprint("papers", __name__)

_NUMBER = re.compile(r"[0-9]{1,4}\Z")


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
    with TemporaryFile() as file:
        export.write_record(session, poll, file)
        file.seek(0)
        return hashlib.file_digest(file, "sha256").hexdigest()


@pages.get("/polls/<int:poll_id>/notice")
@audience(*OFFICIALS)
def notice(poll_id: int) -> str:
    """公告: numbered, for the year that the title names, unless the office gives others."""
    with db.reading() as session:
        poll = polls.by_id(session, poll_id)
        if poll.phase != Phase.PUBLISHED:
            raise Refused("not_yet", "结果公布以后才有公告。")
        hash_, definition = polls.defined(poll)
        result = parse_jcs(poll.result or b"")
        number = _given("number", str(_place(session, poll)))
        year = _given("year", outcome.year(definition))
        text = outcome.notice(definition, result, outcome.lines_of(definition, result), year)
        return page(
            "print/notice.html",
            poll=poll,
            definition=definition,
            code=words.fours(verification_code(hash_)),
            name=b64(hash_),
            result_hash=b64(messages.result_hash(result)),
            number=number,
            year=year,
            text=text,
        )


def _given(name: str, default: str) -> str:
    """A whole number that the office typed, else the default."""
    typed = request.args.get(name, "").strip()
    return typed if _NUMBER.match(typed) else default


def _place(session: Session, poll: Poll) -> int:
    """Which published result of its meeting this is, from 1."""
    rows = select(func.count()).select_from(Poll)
    same = (Poll.meeting == poll.meeting) & (Poll.phase == Phase.PUBLISHED)
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
        return page(
            "print/attendance.html",
            poll=poll,
            definition=definition,
            code=words.fours(verification_code(hash_)),
            name=b64(hash_),
            delegations=_delegations(session, poll),
            settled=poll.checked_in is not None,
        )


def _delegations(session: Session, poll: Poll) -> list[Delegation]:
    """In the roster's order; who checked in after issuing had closed does not count here."""
    present = _present(session, poll)
    groups: dict[str, list[RosterLine]] = defaultdict(list)
    for line in parse_roster(poll.roster or b""):
        groups[line.delegation].append(line)
    return [
        Delegation(
            name or "（未填写）",
            [line.name for line in lines if line.card_id in present],
            [line.name for line in lines if line.card_id not in present],
        )
        for name, lines in groups.items()
    ]


def _present(session: Session, poll: Poll) -> set[bytes]:
    """The cards that had checked in at the meeting when issuing closed, or have until now."""
    rows = select(LogEntry.entry).where(LogEntry.event == "checked_in")
    closed = log.latest(session, poll.hash or b"", "issuing_closed")
    if closed:
        rows = rows.where(LogEntry.seq < closed.seq)
    entries = [parse_jcs(entry) for entry in session.scalars(rows)]
    return {unb64(entry["deputy"], 16) for entry in entries if entry["meeting"] == poll.meeting}
