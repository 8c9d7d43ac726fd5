"""What officials do for one deputy of a poll: replace a lost card, note who helps with writing."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from voting import db
from voting.cards.sheet import fresh_digits, print_card
from voting.core.errors import Refused
from voting.core.poll import RosterLine
from voting.models.office import Poll
from voting.steps import assist, late, polls, replace
from voting.steps.replace import Asked
from voting.web import words
from voting.web.audience import OFFICIALS, SCRUTINEER, SECRETARIAT, audience
from voting.web.desk import asker, page, services
from voting.web.poll import signed

pages = Blueprint("deputies", __name__)

WRITERS = (SECRETARIAT, SCRUTINEER)


@pages.get("/polls/<int:poll_id>/deputies")
@audience(*OFFICIALS)
def one(poll_id: int) -> str:
    """The forms for a lost card and for a helper, and what was done so far."""
    return _page(poll_id)


def _page(poll_id: int, **context: Any) -> str:
    with db.reading() as session:
        poll = polls.by_id(session, poll_id)
        polls.defined(poll)  # a draft has neither cards to replace nor helpers
        return page(
            "poll/deputies.html",
            poll=poll,
            blockers=replace.blockers(session, poll),
            asked=_asked(session, poll),
            helpers=assist.helpers(session, poll),
            late=late.arrived(session, poll),
            may_assist=asker().role in WRITERS and poll.phase in assist.BEFORE_VOTING,
            **{"error": "", "at": "", "typed": {}, **context},
        )


def _asked(session: Session, poll: Poll) -> list[dict[str, Any]]:
    return [_shown(wish) for wish in replace.asked(session, poll)]


def _shown(wish: Asked) -> dict[str, Any]:
    return {
        "deputy": wish.deputy,
        "digest": wish.digest,
        "people": [signed(person) for person in wish.people],
        "may": any(person.role != asker().role for person in wish.people),
    }


@pages.post("/polls/<int:poll_id>/deputies/replace")
@audience(*OFFICIALS)
def ask(poll_id: int) -> Response | tuple[str, int]:
    """Ask for a new card for a deputy who has lost the old one."""
    number = request.form.get("number", "").strip()
    try:
        replace.ask(services(), poll_id, number, asker().id)
    except Refused as refused:
        again = _page(poll_id, error=refused.message, at="replace", typed=request.form)
        return again, refused.status
    flash(_("已申请更换代表证，还需要另一位不同职责的人员确认。"))
    return redirect(url_for("deputies.one", poll_id=poll_id))


@pages.post("/polls/<int:poll_id>/deputies/confirm")
@audience(*OFFICIALS)
def confirm(poll_id: int) -> str | tuple[str, int]:
    """Confirm what another person asked for: the new card, printed in this answer only."""
    digest, digits = request.form.get("digest", ""), fresh_digits()
    try:
        line = replace.confirm(services(), poll_id, digest, asker().id, digits)
    except Refused as refused:
        return _page(poll_id, error=refused.message, at="replace"), refused.status
    return _print(poll_id, line, digits)


def _print(poll_id: int, line: RosterLine, digits: str) -> str:
    with db.reading() as session:
        congress = polls.the_congress(session)
        title = words.meeting_name(congress.name, congress.session, "")
    return page(
        "secretariat/cards.html",
        sheets=[[print_card(line, digits)]],
        replaced=line.name,
        title=title,
        back=url_for("deputies.one", poll_id=poll_id),
    )


@pages.post("/polls/<int:poll_id>/deputies/helper")
@audience(*WRITERS)
def note_helper(poll_id: int) -> Response | tuple[str, int]:
    """Log whom a deputy named as helper."""
    number, helper = (request.form.get(key, "").strip() for key in ("number", "helper"))
    try:
        with db.writing() as session:
            assist.assist(session, services(), polls.by_id(session, poll_id), number, helper)
    except Refused as refused:
        again = _page(poll_id, error=refused.message, at="helper", typed=request.form)
        return again, refused.status
    flash(_("已登记代写人。"))
    return redirect(url_for("deputies.one", poll_id=poll_id))
