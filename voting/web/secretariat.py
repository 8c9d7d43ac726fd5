"""The secretariat's pages: the meeting, the roster and its cards, new polls and their projects."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from voting import db
from voting.core.encoding import b64, unb64
from voting.core.errors import Malformed, Refused
from voting.core.forms import Form
from voting.core.phases import Phase
from voting.models.office import Deputy, Poll, Project
from voting.sheets import projects as project_sheets
from voting.sheets import roster as roster_sheets
from voting.steps import fleet, polls, prepare
from voting.steps.prepare import PollPlan
from voting.web import words
from voting.web.audience import SECRETARIAT, audience
from voting.web.cards import fingerprint, print_cards, qr_path
from voting.web.desk import page
from voting.web.shell import shell

pages = Blueprint("secretariat", __name__)

_WHOLE = re.compile(r"[0-9]{1,6}\Z")
SEATED = (Form.CHOOSE, Form.RANK)


@pages.get("/office")
@audience(SECRETARIAT)
def overview() -> str:
    """The congress on one page."""
    return _overview()


def _overview(**context: Any) -> str:
    with db.reading() as session:
        deputies = _deputies(session)
        meeting = polls.current_meeting(session)
        check = url_for("tablet.check", _external=True)
        return page(
            "secretariat/office.html",
            congress=polls.the_congress(session),
            meeting=meeting,
            fleet=fleet.counted(session, meeting, shell().version),
            check=check,
            check_qr=qr_path(check),
            checked_in=_checked_in(session),
            roster=len(deputies),
            delegations=Counter(deputy.delegation for deputy in deputies),
            cards=sum(deputy.card_id is not None for deputy in deputies),
            fingerprint=fingerprint(deputies),
            polls=list(session.scalars(select(Poll).order_by(Poll.id.desc()))),
            settled=_settled(session),
            **{"error": "", "at": "", "typed": {}, **context},
        )


def _deputies(session: Session) -> list[Deputy]:
    return list(session.scalars(select(Deputy).order_by(Deputy.place)))


def _checked_in(session: Session) -> int:
    meeting = polls.current_meeting(session)
    return polls.present_at(session, meeting) if meeting else 0


def _settled(session: Session) -> str:
    """Why roster and cards stand still now, or ''."""
    try:
        prepare.still(session)
    except Refused as refused:
        return refused.message
    return ""


@pages.post("/office/meeting")
@audience(SECRETARIAT)
def open_meeting() -> Response | tuple[str, int]:
    """Open the meeting that deputies check in at from now on."""
    id_, title, date = (request.form.get(key, "").strip() for key in ("id", "title", "date"))
    try:
        with db.writing() as session:
            prepare.open_meeting(session, id_, title, date)
    except Refused as refused:
        again = _overview(error=refused.message, at="meeting", typed=request.form)
        return again, refused.status
    flash(f"会议「{title}」已建立。")
    return redirect(url_for("secretariat.overview"))


@pages.get("/office/roster")
@audience(SECRETARIAT)
def roster() -> str:
    """The roster by name, and the form to import it."""
    return roster_page()


def roster_page(**context: Any) -> str:
    """The page with what else it must say."""
    with db.reading() as session:
        deputies = _deputies(session)
        return page(
            "secretariat/roster.html",
            deputies=deputies,
            delegations=Counter(deputy.delegation for deputy in deputies),
            settled=_settled(session),
            columns=roster_sheets.COLUMNS,
            **{"error": "", **context},
        )


@pages.post("/office/cards")
@audience(SECRETARIAT)
def make_cards() -> str | tuple[str, int]:
    """New cards for everybody, printed in this answer and nowhere else; earlier cards end."""
    try:
        with db.writing() as session:
            deputies = _deputies(session)
            _check_wanted(deputies)
            made = print_cards(session, deputies)
            congress = polls.the_congress(session)
            name, session_name = congress.name, congress.session
    except Refused as refused:
        return _overview(error=refused.message, at="cards"), refused.status
    title = words.meeting_name(name, session_name, "")
    back = url_for("secretariat.overview")
    return page("secretariat/cards.html", sheets=made, count=len(deputies), title=title, back=back)


def _check_wanted(deputies: list[Deputy]) -> None:
    if not deputies:
        raise Refused("no_roster", "还没有代表名册，请先导入。")
    if request.form.get("cards") != fingerprint(deputies):
        raise Refused("cards_changed", "代表证刚刚重新生成过，请核对后再操作。")
    had = any(deputy.card_id for deputy in deputies)
    if had and request.form.get("confirm") != "yes":
        raise Refused("not_confirmed", "请先勾选确认：重新生成会使以前印发的代表证全部失效。")


@pages.get("/office/polls/new")
@audience(SECRETARIAT)
def new_poll() -> str:
    """The form for a new poll."""
    return _plan_form(None)


def _plan_form(poll_id: int | None, **context: Any) -> str:
    """The form for a new poll or, filled in, for a draft."""
    with db.reading() as session:
        draft = polls.by_id(session, poll_id) if poll_id else None
        ended = select(Poll).where(Poll.phase.in_((Phase.PUBLISHED, Phase.VOID)))
        earlier = [(b64(poll.hash or b""), poll) for poll in session.scalars(ended)]
        return page(
            "secretariat/plan.html",
            draft=draft,
            meeting=polls.current_meeting(session),
            earlier=earlier,
            forms=words.FORMS,
            **{"error": "", "typed": _typed(draft) if draft else {}, **context},
        )


def _typed(draft: Poll) -> dict[str, str]:
    """A draft as it would be typed in."""
    return {
        "title": draft.title,
        "form": draft.form,
        "seats": str(draft.seats or ""),
        "reserve": str(draft.reserve),
        "round": str(draft.round),
        "follows": b64(draft.follows) if draft.follows else "",
    }


@pages.post("/office/polls")
@audience(SECRETARIAT)
def create_poll() -> Response | tuple[str, int]:
    """Draft a poll at the current meeting; its projects come next."""
    try:
        plan = _plan(request.form)
        with db.writing() as session:
            poll_id = prepare.draft_poll(session, plan).id
    except Refused as refused:
        return _plan_form(None, error=refused.message, typed=request.form), refused.status
    flash("已建立草稿，请导入候选项目。")
    return redirect(url_for("secretariat.projects", poll_id=poll_id))


@pages.get("/office/polls/<int:poll_id>")
@audience(SECRETARIAT)
def edit_poll(poll_id: int) -> str:
    """The form for a draft that is to be amended, or used for another vote."""
    with db.reading() as session:
        prepare.check_draft(polls.by_id(session, poll_id))
    return _plan_form(poll_id)


@pages.post("/office/polls/<int:poll_id>")
@audience(SECRETARIAT)
def amend_poll(poll_id: int) -> Response | tuple[str, int]:
    """Amend a draft; its projects stay."""
    try:
        plan = _plan(request.form)
        with db.writing() as session:
            prepare.amend_draft(session, polls.by_id(session, poll_id), plan)
    except Refused as refused:
        return _plan_form(poll_id, error=refused.message, typed=request.form), refused.status
    flash("草稿已修改。")
    return redirect(url_for("poll.one", poll_id=poll_id))


def _plan(typed: Mapping[str, str]) -> PollPlan:
    if typed.get("form") not in set(Form):
        raise Malformed("bad_form", "请选择表决方式。")
    form = Form(typed["form"])
    follows = typed.get("follows", "")
    return PollPlan(
        title=typed.get("title", "").strip(),
        form=form,
        seats=_number(typed.get("seats", ""), "应选数") if form in SEATED else None,
        reserve=_number(typed.get("reserve", "") or "20", "每批保留的票数"),
        round=_number(typed.get("round", "") or "1", "轮次"),
        follows=unb64(follows, 32) if follows else None,
    )


def _number(text: str, what: str) -> int:
    if not _WHOLE.match(text.strip()):
        raise Malformed("bad_number", f"{what}应填整数。")
    return int(text)


@pages.get("/office/polls/<int:poll_id>/projects")
@audience(SECRETARIAT)
def projects(poll_id: int) -> str:
    """A poll's candidate projects, and the form to import them into a draft."""
    return projects_page(poll_id)


def projects_page(poll_id: int, **context: Any) -> str:
    """The page with what else it must say."""
    with db.reading() as session:
        rows = select(Project).where(Project.poll == poll_id).order_by(Project.place)
        return page(
            "secretariat/projects.html",
            poll=polls.by_id(session, poll_id),
            items=list(session.scalars(rows)),
            columns=project_sheets.COLUMNS,
            **{"error": "", **context},
        )
