"""The hall's screen, for a projector: it shows what the presidium has chosen, and nothing else.

It carries at most seven lines and no cookie. Figures come with the choice that they belong to: a
poll that has moved on since shows where it stands, in words, until the presidium chooses again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from voting import db
from voting.cards.sheet import qr_path
from voting.core import rules
from voting.core.encoding import Json, b64, parse_jcs
from voting.core.forms import Form
from voting.core.phases import Phase
from voting.core.poll import verification_code
from voting.core.text import text
from voting.models.office import Poll
from voting.steps import hall, log, paper, polls
from voting.steps.hall import What
from voting.web import outcome, witnesses, words
from voting.web.audience import PRESIDIUM, PUBLIC, audience
from voting.web.desk import asker, live, public_page, services
from voting.web.language import said

pages = Blueprint("hall", __name__)

LABELS = {
    What.TITLE: text("会议名称"),
    What.CODE: text("核验码"),
    What.CHECK_IN: text("签到"),
    What.VOTING: text("表决进行"),
    What.CLOSED: text("发出、收回"),
    What.RESULT: text("结果"),
    What.PAPER: text("纸质票"),
}
_MOVED_ON = {
    Phase.DRAFT: text("正在准备"),
    Phase.CLOSED: text("表决已停止"),
    Phase.PUBLISHED: text("结果已公布"),
    Phase.VOID: text("本次表决已作废"),
}
_REACHED = text("已达到法定人数（%(need)s 人）")
_NOT_REACHED = text("未达到法定人数（%(need)s 人）")
_UNPROVEN = {"code": "", "corner": ""}  # of a vote on paper there is no 核验码 to compare
_PASSED = {
    Form.CHOOSE: text("入选项目 %(n)s 项"),
    Form.EACH: text("票决通过 %(n)s 项"),
    Form.GRADE: text("测评结果"),
    Form.RANK: text("入选项目 %(n)s 项"),
}


@pages.get("/hall")
@audience(PUBLIC)
def screen() -> str:
    """The projector's page; what stands on it comes with the figures."""
    return public_page("public/hall.html")


@pages.get("/hall.json")
@audience(PUBLIC)
def figures() -> Response:
    """What the screen shows now."""
    with db.reading() as session:
        return live(state(session))


@pages.post("/presidium/hall")
@audience(PRESIDIUM)
def choose() -> BaseResponse:
    """Have the screen show something, at the presidium's word."""
    what = request.form.get("what", "")
    with db.writing() as session:
        poll = polls.by_id(session, request.form.get("poll", 0, type=int))
        hall.choose(session, services(), poll, what, asker().login)
        shown = poll.phase in (Phase.OPEN, Phase.CLOSED, Phase.PUBLISHED)
        back = "presidium.screen" if shown and "live" in request.form else "poll.one"
        onward = url_for(back, poll_id=poll.id)
    flash(_("大屏现在显示：%(what)s。", what=said(LABELS[What(what)])))
    return redirect(onward)


def offers(session: Session, poll: Poll) -> list[Json]:
    """What the presidium can choose from: name, label, whether it may now, whether it is shown."""
    chosen = hall.chosen(session)
    now = chosen[0] if chosen and chosen[1].id == poll.id else None
    return [
        {"name": what.value, "label": label, "may": hall.fits(what, poll), "shown": what is now}
        for what, label in LABELS.items()
        if what is not What.PAPER or poll.phase == Phase.VOID
    ]


def state(session: Session) -> Json:
    """The screen's texts: every kind of screen fills in those that it has."""
    congress, meeting = polls.the_congress(session), polls.current_meeting(session)
    title = meeting.title if meeting else ""
    empty: dict[str, Json] = {
        "what": What.TITLE,
        "meeting": words.meeting_name(congress.name, congress.session, title),
        "title": _("民生实事项目票决"),
        "code": "",
        "corner": "",
        "headline": "",
        "figures": [],
        "note": "",
        "warns": False,
        "projects": [],
        "witnessed": "",
    }
    chosen = hall.chosen(session)
    return empty | _texts(session, *chosen) if chosen else empty


def _texts(session: Session, what: What, poll: Poll) -> dict[str, Json]:
    named = _named(poll) | {"witnessed": witnesses.seen(session, poll)}
    if not hall.fits(what, poll):
        return named | {"headline": _MOVED_ON.get(Phase(poll.phase), "")}
    return named | {"what": what} | _SCREENS[what](session, poll)


def _named(poll: Poll) -> dict[str, Json]:
    """What stands on every screen of a poll."""
    code = words.fours(verification_code(poll.hash)) if poll.hash else ""
    whole = code.replace(" ", "\N{NO-BREAK SPACE}")
    corner = _("核验码 %(code)s", code=whole) if code else ""
    return {"title": words.titled(poll.title, poll.round), "code": code, "corner": corner}


def _title(_session: Session, poll: Poll) -> dict[str, Json]:
    return {"headline": _MOVED_ON[Phase.VOID] if poll.phase == Phase.VOID else ""}


def _code(_session: Session, poll: Poll) -> dict[str, Json]:
    hash_ = polls.defined(poll)[0]
    path, size = _qr(b64(hash_))
    qr = {"path": path, "size": size, "label": _("表决哈希的二维码")}
    return {"headline": _("请核对平板上的核验码"), "hash": b64(hash_), "qr": qr}


@lru_cache(maxsize=8)
def _qr(text: str) -> tuple[str, int]:
    """Drawn once a process: the screen asks each second."""
    return qr_path(text)


def _check_in(session: Session, poll: Poll) -> dict[str, Json]:
    definition = polls.defined(poll)[1]
    roster, present = definition.roster.count, polls.present(session, poll)
    need = rules.quorum_need(roster, definition.decision.quorum)
    reached = present >= need
    return {
        "headline": _("代表签到"),
        "figures": [[_("应到"), str(roster)], [_("实到"), str(present)]],
        "note": said(_REACHED if reached else _NOT_REACHED) % {"need": need},
        "warns": not reached,
    }


def _voting(session: Session, poll: Poll) -> dict[str, Json]:
    returned, issued = polls.returned(session, poll), polls.issued(session, poll)
    return {"headline": _("表决正在进行"), "figures": [[_("已收回"), f"{returned} / {issued}"]]}


def _closed(session: Session, poll: Poll) -> dict[str, Json]:
    """The figures as they were logged at closing."""
    entry = log.latest(session, poll.hash or b"", "voting_closed")
    closed = parse_jcs(entry.entry) if entry else {}
    figures = [[_("发出"), str(closed["issued"])], [_("收回"), str(closed["returned"])]]
    return {"headline": _MOVED_ON[Phase.CLOSED], "figures": figures}


def _paper(session: Session, poll: Poll) -> dict[str, Json]:
    """A vote on paper: that it is being taken, then its result, marked as counted by hand."""
    vote = paper.standing(session, poll)
    if vote is None or not vote.ended:
        headline = _("改用纸质票表决") if vote else _MOVED_ON[Phase.VOID]
        return {"what": What.TITLE, **_UNPROVEN, "headline": headline}
    shown = _decided(poll, paper.result(session, vote))
    notes = [_("纸质票、人工计票"), shown["note"]]
    note = _("；").join(filter(None, notes))
    return shown | {"what": What.RESULT, **_UNPROVEN, "note": note}


def _result(_session: Session, poll: Poll) -> dict[str, Json]:
    return _decided(poll, parse_jcs(poll.result or b""))


def _decided(poll: Poll, result: Json) -> dict[str, Json]:
    definition = polls.defined(poll)[1]
    form = definition.decision.form
    lines = [line for line in outcome.lines_of(definition, result) if _announced(form, line)]
    nothing = _("没有项目通过") if form is not Form.GRADE else _("没有评定")
    return {
        "headline": _(_PASSED[form], n=len(lines)) if lines else nothing,
        "projects": [[line.row.id, line.row.title, _said(form, line)] for line in lines],
        "note": _result_note(result),
        "warns": True,
    }


def _announced(form: Form, line: outcome.Line) -> bool:
    return line.outcome != outcome.NOT_GRADED if form is Form.GRADE else line.good


def _said(form: Form, line: outcome.Line) -> str:
    """The figure beside a project's name."""
    if form is Form.GRADE:
        return said(line.outcome)
    number = line.row.number
    return _("%(n)s 分", n=number) if form is Form.RANK else _("%(n)s 票", n=number)


def _result_note(result: Json) -> str:
    if not result["quorum"]["reached"]:
        return _("实到人数未达到法定人数")
    tied = len(result["tied"])
    return _("末位 %(n)s 项相同，由主席团决定", n=tied) if tied else ""


_SCREENS: dict[What, Callable[[Session, Poll], dict[str, Json]]] = {
    What.TITLE: _title,
    What.CODE: _code,
    What.CHECK_IN: _check_in,
    What.VOTING: _voting,
    What.CLOSED: _closed,
    What.RESULT: _result,
    What.PAPER: _paper,
}
