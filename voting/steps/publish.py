"""Publishing: the result by the definition's rule, and the board of trackers."""

from __future__ import annotations

from base64 import b32encode

from sqlalchemy import select
from sqlalchemy.orm import Session

from voting.core import merkle, messages, rules
from voting.core.encoding import Json, b64, jcs, join_lines, parse_jcs
from voting.core.events import ResultPublished
from voting.core.phases import Phase
from voting.models.box import Ballot
from voting.models.office import Poll
from voting.steps import cast, log, polls, release
from voting.steps.services import Services


def publish(session: Session, services: Services, poll: Poll) -> None:
    """Decide, and publish the result and the board."""
    hash_, _ = polls.defined(poll)
    result = decided(session, poll)
    board = board_lines(session, poll)
    event = ResultPublished(
        poll=b64(hash_), result=b64(messages.result_hash(result)), board=b64(merkle.root(board))
    )
    log.append(session, services, event)
    poll.result = jcs(result)
    poll.phase = Phase.PUBLISHED


def decided(session: Session, poll: Poll) -> Json:
    """The result of a closed poll by its definition's rule."""
    hash_, definition = polls.defined(poll)
    turnout = rules.Turnout(
        roster=definition.roster.count,
        checked_in=poll.checked_in or 0,
        issued=polls.issued(session, poll),
        registered=polls.registered(session, poll),
        returned=polls.stored(session, poll),
    )
    _, tally = release.last_release(session, hash_, definition)
    return rules.decide(definition, turnout, tally, blanks(session, poll))


def blanks(session: Session, poll: Poll) -> int:
    """How many ballots of a closed poll mark nothing: 弃权票."""
    all_marks = session.scalars(select(Ballot.marks).where(Ballot.poll == poll.hash))
    return sum(rules.is_blank(parse_jcs(marks)) for marks in all_marks)


def board_lines(session: Session, poll: Poll) -> list[bytes]:
    """The whole trackers in base32, 52 characters each, sorted as text."""
    ballots = session.scalars(select(Ballot).where(Ballot.poll == poll.hash))
    return sorted(b32encode(cast.tracker_of(ballot)).rstrip(b"=") for ballot in ballots)


def board(session: Session, poll: Poll) -> bytes:
    """The bytes of board.txt."""
    return join_lines(board_lines(session, poll))
