"""The presidium's live page: turnout at once, the tally as far as it is released, the next step."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from voting import db
from voting.core import phases
from voting.core.encoding import Json, b64, parse_jcs
from voting.core.errors import Refused
from voting.core.phases import Phase
from voting.core.poll import Definition, verification_code
from voting.core.rules import Turnout
from voting.core.text import text
from voting.models.office import Poll
from voting.steps import log, polls, release
from voting.web import bars, hall, words
from voting.web import poll as poll_pages
from voting.web.audience import PRESIDIUM, audience
from voting.web.desk import live, page

pages = Blueprint("presidium", __name__)

SHOWN = {Phase.OPEN, Phase.CLOSED, Phase.PUBLISHED}
ORDERS = {"votes": text("按得票"), "list": text("按序号")}


@pages.get("/presidium/<int:poll_id>")
@audience(PRESIDIUM)
def screen(poll_id: int) -> str:
    """The live page."""
    order = request.args.get("order", "votes")
    with db.reading() as session:
        poll = _shown(session, poll_id)
        hash_, definition = polls.defined(poll)
        return page(
            "presidium/live.html",
            poll=poll,
            name=b64(hash_),
            phase=Phase(poll.phase),
            definition=definition,
            code=words.fours(verification_code(hash_)),
            state=state(session, poll),
            rows=_rows(session, poll, definition),
            next=phases.step_after(Phase(poll.phase)),
            steps=phases.STEPS,
            offers=hall.offers(session, poll),
            order=order if order in ORDERS else "votes",
            orders=ORDERS,
            number_name=bars.NUMBERS[definition.decision.form],
            over=bars.LINES[definition.decision.form],
            base_name=bars.BASES[definition.decision.base],
            error="",
            at="",
            reason="",
        )


@pages.get("/presidium/<int:poll_id>/live.json")
@audience(PRESIDIUM)
def figures(poll_id: int) -> Response:
    """What of the page changes by itself."""
    with db.reading() as session:
        return live(state(session, _shown(session, poll_id)))


def _shown(session: Session, poll_id: int) -> Poll:
    poll = polls.by_id(session, poll_id)
    if poll.phase not in SHOWN:
        raise Refused("not_open", "表决开始以后才有表决情况。")
    return poll


def state(session: Session, poll: Poll) -> Json:
    """The poll page's figures and steps, and the tally of the last release."""
    definition = polls.defined(poll)[1]
    turnout = _turnout(session, poll, definition)
    value = poll_pages.state(session, poll)
    return value | {
        "figures": value["figures"] | _share(turnout),
        "released": _released(session, poll),
        "rows": [row.json() for row in _rows(session, poll, definition)],
        "need": bars.threshold(definition.decision, turnout),
        "line": bars.line(definition, turnout),
    }


def _turnout(session: Session, poll: Poll, definition: Definition) -> Turnout:
    return Turnout(
        roster=definition.roster.count,
        checked_in=poll.checked_in or 0,
        issued=polls.issued(session, poll),
        registered=polls.registered(session, poll),
        returned=polls.returned(session, poll),
    )


def _share(turnout: Turnout) -> Json:
    issued, returned = turnout.issued, turnout.returned
    share = (200 * returned + issued) // (2 * issued) if issued else 0
    return {"share": f"{share}%", "left": issued - returned}


def _released(session: Session, poll: Poll) -> str:
    """How many ballots the tally counts, and since when."""
    entry = log.latest(session, poll.hash or b"", "ballots_released")
    if entry is None:
        return _("（已开放 %(n)s 票）", n=0)
    count = sum(parse_jcs(entry.entry)["tally"][0])
    return _("（已开放 %(n)s 票，%(at)s）", n=count, at=words.clock(entry.at))


def _rows(session: Session, poll: Poll, definition: Definition) -> list[bars.Row]:
    tally = release.last_release(session, poll.hash or b"", definition)[1]
    return bars.rows(definition, _turnout(session, poll, definition), tally)
