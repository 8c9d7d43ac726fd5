"""What the hall's screen shows: the presidium chooses it, and it never runs ahead of the presidium.

A choice stands with its poll. Where the poll has moved on to a phase for which the choice was not
made, the screen says so without any figure, until the presidium chooses again.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy.orm import Session

from voting.core.errors import Malformed, Refused
from voting.core.events import HallShown
from voting.core.phases import SETTLED, Phase
from voting.models.office import HallScreen, Poll
from voting.steps import log
from voting.steps.services import Services


class What(StrEnum):
    """What the presidium can have shown."""

    TITLE = "title"
    CODE = "code"
    CHECK_IN = "check_in"
    VOTING = "voting"
    CLOSED = "closed"
    RESULT = "result"
    PAPER = "paper"


_DEFINED = SETTLED | {Phase.PUBLISHED}
FITS = {  # the phases in which each may be chosen, and in which it is shown
    What.TITLE: frozenset(Phase),
    What.CODE: _DEFINED,
    What.CHECK_IN: _DEFINED,
    What.VOTING: frozenset({Phase.OPEN}),
    What.CLOSED: frozenset({Phase.CLOSED, Phase.PUBLISHED}),
    What.RESULT: frozenset({Phase.PUBLISHED}),
    What.PAPER: frozenset({Phase.VOID}),
}
_ONE_ROW = 1


def choose(session: Session, services: Services, poll: Poll, name: str, by: str) -> None:
    """Have the hall's screen show this of the poll from now on."""
    if name not in set(What):
        raise Malformed("unknown_screen", "没有这种大屏内容。")
    what = What(name)
    if poll.phase not in FITS[what]:
        raise Refused("not_yet", "这项表决现在的阶段不能显示这项内容。")
    log.append(session, services, HallShown(by=by, what=what))
    session.merge(HallScreen(id=_ONE_ROW, poll=poll.id, what=what))


def chosen(session: Session) -> tuple[What, Poll] | None:
    """What was chosen last, and of which poll; None before the first choice."""
    row = session.get(HallScreen, _ONE_ROW)
    return (What(row.what), session.get_one(Poll, row.poll)) if row else None


def fits(what: What, poll: Poll) -> bool:
    """Whether the poll stands where the choice was meant for."""
    return poll.phase in FITS[what]
