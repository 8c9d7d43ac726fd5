"""The secretariat's pages: the congress on one page, the meeting, the roster, who has checked in.

`plans`, `projects` and `printing` add their own pages to the same blueprint.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from voting import db
from voting.cards.sheet import qr_path
from voting.core import phases, plan
from voting.core.encoding import Json, b64, jcs, sha256
from voting.core.errors import Refused
from voting.core.forms import Form
from voting.core.phases import SETTLED, Phase
from voting.core.text import Text
from voting.models.office import Deputy, Poll
from voting.sheets import roster as roster_sheets
from voting.steps import checkin, fleet, polls, prepare
from voting.web import words
from voting.web.audience import SECRETARIAT, audience
from voting.web.cards import fingerprint
from voting.web.desk import live, page, services
from voting.web.shell import shell

pages = Blueprint("secretariat", __name__)


@pages.get("/office")
@audience(SECRETARIAT)
def overview() -> str:
    """The congress on one page."""
    return overview_page()


def overview_page(**context: Any) -> str:
    """The page with what else it must say."""
    with db.reading() as session:
        deputies = deputies_of(session)
        meeting = polls.current_meeting(session)
        check = url_for("tablet.check", _external=True)
        return page(
            "secretariat/office.html",
            congress=polls.the_congress(session),
            meeting=meeting,
            fleet=fleet.counted(session, meeting, shell().version),
            check=check,
            check_qr=qr_path(check),
            state=_attendance(session),
            delegations=Counter(deputy.delegation for deputy in deputies),
            roster=len(deputies),
            cards=sum(deputy.card_id is not None for deputy in deputies),
            fingerprint=fingerprint(deputies),
            polls=[_row(session, poll) for poll in _all_polls(session)],
            settled=settled(session),
            **{"error": "", "at": "", "typed": {}, **context},
        )


def deputies_of(session: Session) -> list[Deputy]:
    """The roster in its order."""
    return list(session.scalars(select(Deputy).order_by(Deputy.place)))


def _all_polls(session: Session) -> list[Poll]:
    return list(session.scalars(select(Poll).order_by(Poll.id.desc())))


def settled(session: Session) -> str:
    """Why roster and cards stand still now, or ''."""
    try:
        prepare.still(session)
    except Refused as refused:
        return refused.message
    return ""


def _row(session: Session, poll: Poll) -> dict[str, Any]:
    """A poll as the overview shows it: where it stands, how it is decided, what is next."""
    facts = polls.facts(session, services(), poll)
    step = phases.step_after(facts.phase)
    return {
        "poll": poll,
        "phase": words.PHASES[facts.phase],
        "form": words.FORMS[Form(poll.form)],
        "items": facts.items,
        "rule": decision_of(session, poll),
        "next": step.label if step else "",
        "blockers": [*(phases.blockers(step, facts) if step else []), *_unfit(session, poll)],
    }


def _unfit(session: Session, poll: Poll) -> list[Text]:
    """Why a draft's projects and its rule do not go together."""
    items = prepare.items_of(session, poll)
    if poll.phase != Phase.DRAFT or not items:
        return []
    try:
        prepare.check_items(poll, items)
    except Refused as refused:
        return [refused.message]
    return []


def decision_of(session: Session, poll: Poll) -> dict[str, Any]:
    """How a poll is decided, in words, with what the law would have asked for."""
    scale, decision = polls.form_of(poll)
    fixed = polls.defined(poll)[1].roster.count if poll.definition else None
    roster = polls.roster_count(session) if fixed is None else fixed
    return {
        "passes": plan.said_of(decision, scale.limits.get(0), roster),
        "quorum": plan.quorum_of(decision, roster),
        "below": plan.below_law(decision),
    }


@pages.post("/office/meeting")
@audience(SECRETARIAT)
def open_meeting() -> BaseResponse | tuple[str, int]:
    """Open the meeting that deputies check in at from now on."""
    id_, title, date = (request.form.get(key, "").strip() for key in ("id", "title", "date"))
    try:
        with db.writing() as session:
            prepare.open_meeting(session, id_, title, date)
    except Refused as refused:
        again = overview_page(error=refused.message, at="meeting", typed=request.form)
        return again, refused.status
    flash(_("会议「%(title)s」已建立。", title=title))
    return redirect(url_for("secretariat.overview"))


@pages.get("/office/roster")
@audience(SECRETARIAT)
def roster() -> str:
    """The roster by name, and the form to import it."""
    return roster_page()


def roster_page(**context: Any) -> str:
    """The page with what else it must say."""
    with db.reading() as session:
        deputies = deputies_of(session)
        return page(
            "secretariat/roster.html",
            deputies=deputies,
            delegations=Counter(deputy.delegation for deputy in deputies),
            settled=settled(session),
            standing=standing(session),
            columns=roster_sheets.COLUMNS,
            **{"error": "", **context},
        )


def standing(session: Session) -> int | None:
    """The poll between 定稿 and publication, in which lost cards are replaced by two people."""
    rows = select(Poll.id).where(Poll.phase.in_(SETTLED)).order_by(Poll.id.desc())
    return session.scalars(rows).first()


@pages.get("/office/attendance")
@audience(SECRETARIAT)
def attendance() -> str:
    """签到 by delegation, and who is still to be called."""
    with db.reading() as session:
        groups = checkin.by_delegation(session)
        return page(
            "secretariat/attendance.html",
            meeting=polls.current_meeting(session),
            groups=groups,
            state=_attendance(session),
        )


@pages.get("/office/attendance.json")
@audience(SECRETARIAT)
def attendance_now() -> Response:
    """What of the page changes by itself."""
    with db.reading() as session:
        return live(_attendance(session))


def _attendance(session: Session) -> Json:
    """Counts and names, in the roster's order; another roster or meeting is another page."""
    groups = checkin.by_delegation(session)
    here = sum(len(group.here) for group in groups)
    need = checkin.quorum(session)
    meeting = polls.current_meeting(session)
    names: list[Json] = [[group.name, len(group.here) + len(group.away)] for group in groups]
    return {
        "shape": b64(sha256(jcs([meeting.id if meeting else "", *names]))[:9]),
        "phase": _("名册或会议已经变化"),
        "roster": sum(len(group.here) + len(group.away) for group in groups),
        "here": here,
        "away": sum(len(group.away) for group in groups),
        "need": need,
        "lacks": max(0, need - here),
        "reached": here >= need > 0,
        "groups": [
            {"here": len(group.here), "count": len(group.away), "away": group.away}
            for group in groups
        ],
    }
