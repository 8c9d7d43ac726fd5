"""Public pages: what this is, published results, the board of trackers. No cookie, no session."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from voting import db
from voting.core import messages
from voting.core.encoding import Json, b64, parse_jcs, unb64
from voting.core.errors import Unknown
from voting.core.phases import Phase
from voting.core.poll import Definition, verification_code
from voting.core.text import text
from voting.models.office import Congress, Poll
from voting.steps import after, log, paper, polls, publish
from voting.web import bars, outcome, second, tables, words
from voting.web.audience import PUBLIC, audience
from voting.web.desk import public_page

pages = Blueprint("public", __name__)


@pages.get("/")
@audience(PUBLIC)
def home() -> str:
    """What this is, and the ways from here."""
    with db.reading() as session:
        congress = session.scalars(select(Congress)).first()
        rows = select(Poll).where(Poll.phase == Phase.PUBLISHED).order_by(Poll.id.desc())
        published = [(b64(poll.hash or b""), poll) for poll in session.scalars(rows)]
        shown = {
            "congress": congress,
            "published": published,
            "papers": paper.announced(session),
            "restored": [parse_jcs(entry.entry) for entry in log.restored(session)],
        }
        return public_page("public/home.html", **shown)


@pages.get("/results/<name>")
@audience(PUBLIC)
def results(name: str) -> str:
    """A published result."""
    with db.reading() as session:
        poll = published(session, name)
        hash_, definition = polls.defined(poll)
        result = parse_jcs(poll.result or b"")
        earlier = after.chosen_earlier(session, poll)
    turnout = outcome.turnout(result)
    lines = outcome.lines_of(definition, result)
    notice = outcome.notice(definition, result, lines, outcome.year(definition))
    return public_page(
        "public/results.html",
        definition=definition,
        decision=definition.decision,
        name=name,
        code=words.fours(verification_code(hash_)),
        result=result,
        result_hash=b64(messages.result_hash(result)),
        turnout=turnout,
        lines=lines,
        threshold=bars.threshold(definition.decision, turnout),
        at=bars.line(definition, turnout),
        number_name=bars.NUMBERS[definition.decision.form],
        base_name=bars.BASES[definition.decision.base],
        over=bars.LINES[definition.decision.form],
        form=words.FORMS[definition.decision.form],
        notice=replace(notice, listed=[*earlier, *notice.listed]),
    )


@pages.get("/results/<name>/table.csv")
@audience(PUBLIC)
def results_csv(name: str) -> Response:
    """A published result's table, for any program."""
    _, data, _ = _table(name)
    return _attachment(tables.as_csv(data), tables.CSV_TYPE, name, "csv")


@pages.get("/results/<name>/table.xlsx")
@audience(PUBLIC)
def results_xlsx(name: str) -> Response:
    """A published result's table and totals, for spreadsheets."""
    definition, data, result = _table(name)
    totals = _totals(definition, result)
    return _attachment(tables.as_xlsx(data, totals), tables.XLSX_TYPE, name, "xlsx")


def _table(name: str) -> tuple[Definition, outcome.Table, Json]:
    with db.reading() as session:
        poll = published(session, name)
        _, definition = polls.defined(poll)
        result = parse_jcs(poll.result or b"")
    table = outcome.table(definition, outcome.lines_of(definition, result))
    return definition, second.beside(table, definition), result


def _totals(definition: Definition, result: Json) -> list[tuple[str, outcome.Cell]]:
    congress, meeting = definition.congress, definition.meeting
    held: list[tuple[str, outcome.Cell]] = [
        (text("会议"), words.meeting_name(congress.name, congress.session, meeting.title)),
        (text("日期"), meeting.date),
        (text("表决"), words.titled(definition.title, definition.round)),
    ]
    counts = result["turnout"]
    figures: list[tuple[str, outcome.Cell]] = [(words.FIGURES[key], counts[key]) for key in counts]
    returned = counts["returned"]
    figures += [(text("有效"), returned), (text("其中弃权票"), result["blank"]), (text("无效"), 0)]
    hash_ = definition.poll_hash
    named = [
        (text("核验码"), words.fours(verification_code(hash_))),
        (text("表决哈希"), b64(hash_)),
        (text("结果哈希"), b64(messages.result_hash(result))),
    ]
    return [*held, *figures, *named]


def _attachment(data: bytes, kind: str, name: str, ending: str) -> Response:
    code = verification_code(unb64(name, 32))
    response = Response(data, content_type=kind)
    response.headers.set(
        "Content-Disposition", "attachment", filename=f"piaojue-result-{code}.{ending}"
    )
    return response


@pages.get("/board/<name>")
@audience(PUBLIC)
def board(name: str) -> str:
    """The trackers of all ballots; a receipt is looked up in the reader's own browser."""
    with db.reading() as session:
        poll = published(session, name)
        hash_, definition = polls.defined(poll)
        trackers = [line.decode() for line in publish.board_lines(session, poll)]
    return public_page(
        "public/board.html",
        definition=definition,
        name=name,
        code=words.fours(verification_code(hash_)),
        trackers=trackers,
    )


def published(session: Session, name: str) -> Poll:
    """The published poll of that name; `Unknown` before, and after it was voided."""
    poll = session.scalars(select(Poll).where(Poll.hash == unb64(name, 32))).first()
    if poll and poll.phase == Phase.VOID and poll.result:
        raise Unknown("voided", "这项表决在公布以后已经作废，原结果无效。")
    if poll is None or poll.phase != Phase.PUBLISHED:
        raise Unknown("not_published", "没有这项表决，或者结果还没有公布。")
    return poll
