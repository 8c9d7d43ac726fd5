"""When it does not go as planned: what a poll's page explains, and what it opens by itself.

Each situation has one partial in `templates/help`: what happened, who decides, which button, what
is recorded, what deputies see. The same partials make the printed 应急处置办法 for the binder.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from voting import db
from voting.core.phases import LIVE, SETTLED, Facts, Phase
from voting.models.office import Poll
from voting.steps import again, late, polls
from voting.web.audience import OFFICIALS, SECRETARIAT, audience
from voting.web.desk import page

pages = Blueprint("trouble", __name__)

SITUATIONS = {
    "quorum": frozenset({Phase.DEFINED, Phase.ISSUING}),
    "roster": SETTLED,
    "late": frozenset({Phase.ISSUING, Phase.REGISTERING, Phase.FROZEN, Phase.OPEN}),
    "tablet_before": frozenset({Phase.ISSUING, Phase.REGISTERING}),
    "tablet_after": frozenset({Phase.FROZEN, Phase.OPEN}),
    "power": LIVE,
    "paper": LIVE - {Phase.CLOSED} | {Phase.DEFINED, Phase.VOID},
}


@dataclass(frozen=True, slots=True)
class Situation:
    """One that fits the poll's phase; `found` where it is there now."""

    name: str
    found: bool


def situations(session: Session, poll: Poll, facts: Facts, asked: str = "") -> list[Situation]:
    """What the page explains; `asked` is the step that was refused, if one was."""
    found = _found(session, poll, facts, asked)
    fitting = [name for name, phases in SITUATIONS.items() if facts.phase in phases]
    return [Situation(name, name in found) for name in fitting]


def _found(session: Session, poll: Poll, facts: Facts, asked: str) -> set[str]:
    few = facts.checked_in < facts.quorum and (facts.phase == Phase.ISSUING or bool(asked))
    gap = facts.phase == Phase.REGISTERING and facts.window_over
    signs = {
        "quorum": few,
        "late": late_count(session, poll) > 0,
        "tablet_before": gap and facts.issued > facts.registered,
        "power": facts.phase == Phase.ISSUING and not facts.key_alive,
        "paper": facts.phase == Phase.VOID and polls.on_paper(session),
    }
    return {name for name, holds in signs.items() if holds}


def late_count(session: Session, poll: Poll) -> int:
    """How many have checked in since issuing closed, and cannot vote in this poll."""
    if poll.checked_in is None or not late.anybody(session, poll):
        return 0
    return polls.checked_in(session, poll.meeting, poll.id) - poll.checked_in


@pages.get("/polls/help")
@audience(*OFFICIALS)
def binder() -> str:
    """应急处置办法: all situations on paper, for when no page can be opened."""
    return page("help/binder.html", names=list(SITUATIONS))


@pages.post("/polls/<int:poll_id>/again")
@audience(SECRETARIAT)
def vote_again(poll_id: int) -> Response:
    """A new draft with the same projects and rule, which follows this poll."""
    with db.writing() as session:
        draft = again.draft_again(session, polls.by_id(session, poll_id)).id
    return redirect(url_for("poll.one", poll_id=draft))
