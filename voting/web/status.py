"""Where the congress stands: what every tablet asks for every other second, the same for all.

A hall of 2,977 asks 1,500 times a second, and counting takes milliseconds. So an answer is given
again for half a second: its counts may be that old, but what tablets act upon is as it is now.
"""

from __future__ import annotations

import time
from typing import Any

from flask import Flask, current_app
from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from voting import db
from voting.core.encoding import Json, b64, jcs
from voting.core.poll import verification_code
from voting.models.office import Congress, Meeting, Poll
from voting.statements import Statement
from voting.steps import polls

LASTS = 0.5  # seconds
_NEWEST = select(func.max(Meeting.place)).scalar_subquery()
_STANDS = Statement(
    select(Poll.id, Poll.phase, Poll.epoch, Poll.window_opened, _NEWEST)
    .select_from(Congress)
    .outerjoin(Poll, true())
    .order_by(Poll.id)
)


class Last:
    """This process's last answer."""

    def __init__(self) -> None:
        """None yet."""
        self._made: tuple[list[Any], float, bytes] = [], 0.0, b""  # on what, until when, the JSON

    def answer(self, window_seconds: int) -> bytes:
        """The JSON to answer; `window_seconds` is the length of the common window."""
        with db.looking() as plain:
            stands = plain.rows(_STANDS)
        before, until, made = self._made
        if stands != before or time.monotonic() > until:
            with db.reading() as session:
                made = jcs(_status(session, window_seconds))
            self._made = stands, time.monotonic() + LASTS, made
        return made


def install(app: Flask) -> None:
    """Keep the last answer."""
    app.extensions["status"] = Last()


def last() -> Last:
    """The running server's."""
    made: Last = current_app.extensions["status"]
    return made


def _status(session: Session, window_seconds: int) -> Json:
    congress = polls.the_congress(session)
    meeting, poll = polls.current_meeting(session), polls.current(session)
    return {
        "congress": {"id": congress.id, "name": congress.name, "session": congress.session},
        "log_key": b64(congress.log_key),
        "meeting": _meeting(session, meeting) if meeting else None,
        "poll": _poll(session, poll, window_seconds) if poll else None,
    }


def _meeting(session: Session, meeting: Meeting) -> Json:
    return {
        "id": meeting.id,
        "title": meeting.title,
        "date": meeting.date,
        "roster": polls.roster_count(session),
        "checked_in": polls.present_at(session, meeting),
    }


def _poll(session: Session, poll: Poll, window_seconds: int) -> Json:
    hash_, definition = polls.defined(poll)
    window = {"opened": poll.window_opened, "seconds": window_seconds}
    return {
        "hash": b64(hash_),
        "code": verification_code(hash_),
        "title": definition.title,
        "phase": str(poll.phase),
        "epoch": poll.epoch,
        "issued": polls.issued(session, poll),
        "registered": polls.registered(session, poll),
        "returned": polls.returned(session, poll),
        "window": window if poll.window_opened is not None else None,
    }
