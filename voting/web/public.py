"""Public pages: what this is, published results, the board of trackers. No cookie, no session."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, jsonify
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from voting import db
from voting.core import messages
from voting.core.encoding import Json, b64, parse_jcs, unb64
from voting.core.errors import Unknown
from voting.core.forms import Decision, Form
from voting.core.phases import Phase
from voting.core.poll import Definition, verification_code
from voting.core.rules import Turnout
from voting.models.office import Congress, Poll
from voting.steps import polls, publish
from voting.web import bars, words
from voting.web.audience import PUBLIC, audience
from voting.web.desk import public_page

pages = Blueprint("public", __name__)

MANNERS = {
    Form.CHOOSE: "以无记名差额票决方式决定下列项目为民生实事项目",
    Form.EACH: "以无记名逐项表决方式通过下列项目",
    Form.GRADE: "以无记名方式对下列项目进行测评，结果如下",
    Form.RANK: "以无记名排序票决方式决定下列项目为民生实事项目",
}


@pages.get("/")
@audience(PUBLIC)
def home() -> str:
    """What this is, and the ways from here."""
    with db.reading() as session:
        congress = session.scalars(select(Congress)).first()
        rows = select(Poll).where(Poll.phase == Phase.PUBLISHED).order_by(Poll.id.desc())
        published = [(b64(poll.hash or b""), poll) for poll in session.scalars(rows)]
        return public_page("public/home.html", congress=congress, published=published)


@pages.get("/results/<name>")
@audience(PUBLIC)
def results(name: str) -> str:
    """A published result."""
    with db.reading() as session:
        poll = _published(session, name)
        hash_, definition = polls.defined(poll)
        result = parse_jcs(poll.result or b"")
    turnout = Turnout(**result["turnout"])
    lines = _lines(definition, turnout, result)
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
        notice=_notice(definition, result, lines),
    )


@pages.get("/board/<name>")
@audience(PUBLIC)
def board(name: str) -> str:
    """The trackers of all ballots; a receipt is looked up in the reader's own browser."""
    with db.reading() as session:
        poll = _published(session, name)
        hash_, definition = polls.defined(poll)
        trackers = [line.decode() for line in publish.board_lines(session, poll)]
    return public_page(
        "public/board.html",
        definition=definition,
        name=name,
        code=words.fours(verification_code(hash_)),
        trackers=trackers,
    )


@pages.get("/health")
@audience(PUBLIC)
def health() -> Response:
    """That the server and its database answer."""
    with db.reading() as session:
        session.execute(text("SELECT 1"))
    return jsonify(ok=True)


def _published(session: Session, name: str) -> Poll:
    poll = session.scalars(select(Poll).where(Poll.hash == unb64(name, 32))).first()
    if poll and poll.phase == Phase.VOID and poll.result:
        raise Unknown("voided", "这项表决在公布以后已经作废，原结果无效。")
    if poll is None or poll.phase != Phase.PUBLISHED:
        raise Unknown("not_published", "没有这项表决，或者结果还没有公布。")
    return poll


@dataclass(frozen=True, slots=True)
class Line:
    """A project in the published result: its bar, place in the list, rank, and what became of it.

    `good` is whether it was chosen or passed.
    """

    row: bars.Row
    place: int
    rank: int | None
    not_voted: int | None
    outcome: str
    good: bool


def _lines(definition: Definition, turnout: Turnout, result: Json) -> list[Line]:
    """All projects, by rank and then in order."""
    items = result["items"]
    tally = [[*item["votes"], item["unmarked"]] for item in items]
    rows = bars.rows(definition, turnout, tally)
    lines = [
        Line(
            row=row,
            place=place,
            rank=item["rank"],
            not_voted=item["not_voted"],
            outcome=_outcome(definition, item, item["id"] in result["tied"]),
            good=bool(item["chosen"]),
        )
        for place, (row, item) in enumerate(zip(rows, items, strict=True), 1)
    ]
    return sorted(lines, key=lambda line: line.rank or 0)


def _outcome(definition: Definition, item: Json, tied: bool) -> str:
    decision = definition.decision
    if decision.form is Form.GRADE:
        return _grade(definition, item["grade"])
    if decision.form is Form.EACH:
        return "票决通过" if item["passed"] else "未通过"
    if item["chosen"]:
        return "入选"
    if tied:
        return "末位票数相同，待定" if decision.points is None else "末位得分相同，待定"
    return _not_chosen(decision, item["passed"])


def _not_chosen(decision: Decision, passed: bool) -> str:
    half = (decision.passing.num, decision.passing.den, decision.passing.over) == (1, 2, True)
    if passed:
        return "过半数，未入选" if half else "达到通过票数，未入选"
    return "未过半数" if half else "未达到通过票数"


def _grade(definition: Definition, grade: int | None) -> str:
    return "未评定" if grade is None else definition.scale.marks[grade].label


def _notice(definition: Definition, result: Json, lines: list[Line]) -> dict[str, Json]:
    """The sentence of the 公告, its list and who signs it; no list where nothing was chosen."""
    congress, meeting = definition.congress, definition.meeting
    who = words.meeting_name(congress.name, congress.session, meeting.title)
    listed = _noticed(definition, result, lines)
    manner = MANNERS[definition.decision.form] if listed else "对候选项目进行了表决，没有项目通过"
    return {
        "opening": f"{who}于{words.day(meeting.date)}{manner}",
        "listed": listed,
        "signed": f"{who}主席团",
        "date": words.day(meeting.date),
    }


def _noticed(definition: Definition, result: Json, lines: list[Line]) -> list[str]:
    if definition.decision.form is Form.GRADE:
        graded = [f"{line.row.title}：{line.outcome}" for line in lines]
        return graded if result["quorum"]["reached"] else []
    titles = {item.id: item.title for item in definition.items}
    return [titles[id_] for id_ in result["chosen"]]
