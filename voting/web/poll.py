"""A poll as its officials see it: where it stands, what blocks the next step, who must confirm.

No marks and no tally are on these pages: turnout only. The figures of an open page are polled;
together with them the page replaces the digest that an approval will bind, so that what is
confirmed is always what is shown.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from voting import db
from voting.core import phases
from voting.core.encoding import Json, b64, jcs, parse_jcs, sha256
from voting.core.errors import Refused
from voting.core.phases import Facts, Phase
from voting.core.poll import verification_code
from voting.models.office import Meeting, Person, Poll, Project
from voting.steps import log, officials, paper, polls
from voting.steps.officials import Ask, Option
from voting.web import hall, language, trouble, witnesses, words
from voting.web.audience import OFFICIALS, PRESIDIUM, ROLE_NAMES, audience
from voting.web.desk import asker, live, page, services, typed_reason

pages = Blueprint("poll", __name__)

# Roles' own pages that offer a step as well, and are gone back to
DESKS = {"presidium": "presidium.screen", "scrutineer": "scrutineer.desk"}


@pages.get("/polls")
@audience(*OFFICIALS)
def listing() -> str:
    """All polls, the newest first."""
    with db.reading() as session:
        rows = [
            _short(session, poll) | {"blockers": _blockers(session, poll)}
            for poll in _newest_first(session)
        ]
        return page("poll/polls.html", polls=rows)


def _newest_first(session: Session) -> list[Poll]:
    return list(session.scalars(select(Poll).order_by(Poll.id.desc())))


def _short(session: Session, poll: Poll) -> dict[str, Any]:
    phase = Phase(poll.phase)
    step = phases.step_after(phase)
    return {
        "id": poll.id,
        "title": poll.title,
        "round": poll.round,
        "phase": words.PHASES[phase],
        "on_paper": paper.standing(session, poll) is not None,
        "next": step.label if step else "",
    }


def _blockers(session: Session, poll: Poll) -> list[str]:
    step = phases.step_after(Phase(poll.phase))
    return phases.blockers(step, polls.facts(session, services(), poll)) if step else []


@pages.get("/polls/<int:poll_id>")
@audience(*OFFICIALS)
def one(poll_id: int) -> str:
    """One poll: its phases, figures and steps."""
    return _page(poll_id)


@pages.get("/polls/<int:poll_id>/figures.json")
@audience(*OFFICIALS)
def figures(poll_id: int) -> Response:
    """What of the page changes by itself."""
    with db.reading() as session:
        return live(state(session, polls.by_id(session, poll_id)))


@pages.post("/polls/<int:poll_id>/steps/<name>")
@audience(*OFFICIALS)
def ask(poll_id: int, name: str) -> BaseResponse | tuple[str, int]:
    """Approve a step on the figures shown and, where that is all it needs, take it."""
    step = officials.step_named(name)
    digest, reason = request.form.get("digest", ""), typed_reason()
    try:
        taken = officials.ask(services(), Ask(poll_id, step, asker().id, digest, reason))
    except Refused as refused:
        return _page(poll_id, error=refused.message, at=name, reason=reason), refused.status
    label = language.said(step.label)
    if taken:
        flash(_("已完成「%(step)s」。", step=label))
    else:
        flash(_("已确认「%(step)s」，还需要另一位不同职责的人员确认。", step=label))
    onward = DESKS.get(request.form.get("desk", ""), "poll.one")
    return redirect(url_for(onward, poll_id=poll_id))


def _page(poll_id: int, **context: Any) -> str:
    with db.reading() as session:
        poll = polls.by_id(session, poll_id)
        facts = polls.facts(session, services(), poll)
        asked = str(context.get("at", ""))
        main = phases.step_after(Phase(poll.phase))
        return page(
            "poll/poll.html",
            poll=poll,
            phase=Phase(poll.phase),
            meeting=session.scalars(select(Meeting).where(Meeting.id == poll.meeting)).one(),
            state=_state(session, poll, facts),
            situations=trouble.situations(session, poll, facts, asked),
            paper_votes=paper.votes(session, poll),
            main=main.name if main else "",
            others=[_short(session, other) for other in _newest_first(session)],
            items=_items(session, poll),
            names=_names(session, poll),
            witnesses=witnesses.names(session, poll),
            relay=words.relay(polls.defined(poll)[1].relay if poll.hash else services().relay),
            offers=hall.offers(session, poll) if asker().role == PRESIDIUM else [],
            steps=phases.STEPS,
            **{"error": "", "at": "", "reason": "", **context},
        )


def state(session: Session, poll: Poll) -> Json:
    """The figures, and each step with its digest, blockers and approvals."""
    return _state(session, poll, polls.facts(session, services(), poll))


def _state(session: Session, poll: Poll, facts: Facts) -> Json:
    options = officials.options(session, facts, poll)
    found = [each.name for each in trouble.situations(session, poll, facts) if each.found]
    return {
        "phase": words.PHASES[facts.phase],
        "shape": _shape(facts, options, found),
        "figures": turnout(poll, facts) | {"window": _window_left(poll)},
        "options": {option.step.name: _option(option) for option in options},
    }


def turnout(poll: Poll, facts: Facts) -> dict[str, int]:
    """应到 实到 发出 登记 收回, and what a draft lacks; 应到 as it was fixed at 定稿."""
    roster = polls.defined(poll)[1].roster.count if poll.hash else facts.roster
    return {
        "roster": roster,
        "checked_in": facts.checked_in,
        "quorum": facts.quorum,
        "issued": facts.issued,
        "registered": facts.registered,
        "returned": facts.returned,
        "cards": facts.cards,
        "items": facts.items,
    }


def _shape(facts: Facts, options: list[Option], found: list[str]) -> str:
    """Changes when the page must be drawn anew: phase, what may run, who approved, troubles."""
    ways = [
        [option.step.name, not option.blockers, [person.id for person in option.approved_by]]
        for option in options
    ]
    return sha256(jcs([facts.phase.value, facts.epoch, ways, found])).hex()[:16]


def _option(option: Option) -> Json:
    return {
        "digest": option.digest,
        "blockers": option.blockers,
        "approved_by": [signed(person) for person in option.approved_by],
        "waits": _waits(option),
        "reason": option.reason,
        "bound": _("，").join(
            f"{language.said(words.FIGURES[name])} {n}" for name, n in option.bound.items()
        ),
    }


def _waits(option: Option) -> bool:
    """Whether the asker has approved, and nobody of another role yet."""
    who = {(person.id, person.role) for person in option.approved_by}
    return (asker().id, asker().role) in who and len({role for _, role in who}) == 1


def signed(person: Person) -> str:
    """An official by name and role."""
    return _("%(name)s（%(role)s）", name=person.name, role=language.said(ROLE_NAMES[person.role]))


def _window_left(poll: Poll) -> int:
    """Seconds of the common window that are left."""
    if poll.phase != Phase.REGISTERING:
        return 0
    return polls.window_left(services(), poll.window_opened)


def _items(session: Session, poll: Poll) -> list[Project]:
    rows = select(Project).where(Project.poll == poll.id).order_by(Project.place)
    return list(session.scalars(rows))


def _names(session: Session, poll: Poll) -> dict[str, str]:
    """What is compared with other screens and with paper: code, hash, log key, roll root."""
    if poll.hash is None:
        return {}
    names = {
        "code": words.fours(verification_code(poll.hash)),
        "hash": b64(poll.hash),
        "log_key": b64(services().log_public),
    }
    frozen = log.latest(session, poll.hash, "roll_frozen")
    if frozen:
        names["root"] = parse_jcs(frozen.entry)["root"]
    voided = log.latest(session, poll.hash, "poll_voided")
    if voided:
        names["reason"] = parse_jcs(voided.entry)["reason"]
    return names
