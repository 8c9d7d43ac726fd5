"""Closing the voting, and voiding a poll: both stay in the log for ever."""

from __future__ import annotations

from sqlalchemy.orm import Session

from voting.core.encoding import b64
from voting.core.events import PollVoided, VotingClosed
from voting.core.phases import Phase
from voting.models.office import Poll
from voting.steps import log, polls, release
from voting.steps.services import Services


def close_voting(session: Session, services: Services, poll: Poll) -> None:
    """Release the rest and close; the caller sweeps the database after the commit."""
    hash_, definition = polls.defined(poll)
    release.rest(session, services, poll)
    event = VotingClosed(
        poll=b64(hash_),
        roster=definition.roster.count,
        checked_in=poll.checked_in or 0,
        issued=polls.issued(session, poll),
        registered=polls.registered(session, poll),
        returned=polls.stored(session, poll),
    )
    log.append(session, services, event)
    poll.phase = Phase.CLOSED


def void(session: Session, services: Services, poll: Poll, reason: str) -> None:
    """Void the poll, with the reason in the log; nothing of it is removed."""
    hash_, _ = polls.defined(poll)
    log.append(session, services, PollVoided(poll=b64(hash_), reason=reason))
    poll.phase = Phase.VOID
