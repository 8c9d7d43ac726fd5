"""The specimen of a poll's ballot, on the tablet's own screens, before anybody votes on it."""

from __future__ import annotations

from flask import Blueprint, render_template

from voting import db
from voting.core.encoding import jcs
from voting.steps import polls, prepare
from voting.web.audience import SECRETARIAT, audience

pages = Blueprint("specimen", __name__)


@pages.get("/office/polls/<int:poll_id>/specimen")
@audience(SECRETARIAT)
def one(poll_id: int) -> str:
    """What deputies will see of a draft as it stands; the page sends nothing."""
    with db.reading() as session:
        poll = polls.by_id(session, poll_id)
        ballot = jcs(prepare.specimen(session, poll)).decode()
        return render_template("tablet/specimen.html", poll=poll, ballot=ballot)
