"""The freeze: the roll stands, and from here nobody can make another ballot."""

from __future__ import annotations

from sqlalchemy.orm import Session

from voting.core import merkle
from voting.core.encoding import b64
from voting.core.events import GapAccepted, RollFrozen, VotingOpened
from voting.core.phases import Phase
from voting.models.office import Poll
from voting.steps import log, polls, register
from voting.steps.services import Services


def freeze(session: Session, services: Services, poll: Poll, gap_by: list[str]) -> None:
    """Freeze the roll; `gap_by` names the two people who accept a gap, or nobody.

    The caller sweeps the database after the commit (`db.sweep`).
    """
    hash_, _ = polls.defined(poll)
    name = b64(hash_)
    lines = register.roll_lines(session, hash_)
    issued, registered = polls.issued(session, poll), len(lines)
    if gap_by:
        gap = GapAccepted(poll=name, issued=issued, registered=registered, by=gap_by)
        log.append(session, services, gap)
    root = b64(merkle.root(lines))
    frozen = RollFrozen(poll=name, issued=issued, registered=registered, root=root)
    log.append(session, services, frozen)
    poll.phase = Phase.FROZEN


def open_voting(session: Session, services: Services, poll: Poll) -> None:
    """Open the voting on the frozen roll."""
    hash_, _ = polls.defined(poll)
    log.append(session, services, VotingOpened(poll=b64(hash_)))
    poll.phase = Phase.OPEN
