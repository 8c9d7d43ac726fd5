"""The log's entries, one frozen dataclass an event (protocol section 4).

An entry is `{seq, at, event, …fields}` in canonical JSON; its bytes are its leaf in the log's
tree. Fields hold what JSON holds: bytes are given as base64url text. An entry that concerns a poll
names it in `poll`; no entry names a ballot. Phase changes and releases are followed by a
checkpoint before anything else of their poll is logged. Those that tablets act upon are
`witnessed`: where the definition names witnesses, these must have cosigned that checkpoint first.

>>> entry_bytes(0, "2026-11-22T01:00:00Z", PollDefined(poll="AAAA"))
b'{"at":"2026-11-22T01:00:00Z","event":"poll_defined","poll":"AAAA","seq":0}'
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar

from voting.core.encoding import Json, jcs


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What every event has: its name, whether a checkpoint follows it, and is to be cosigned."""

    event: ClassVar[str]
    checkpoint: ClassVar[bool] = False
    witnessed: ClassVar[bool] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CongressOpened(Event):
    event = "congress_opened"
    congress: str
    log_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PollDefined(Event):
    event = "poll_defined"
    checkpoint = True
    poll: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedIn(Event):
    event = "checked_in"
    meeting: str
    deputy: str
    sig: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardReplaced(Event):
    """A lost card's place was taken by a new one; `sigs` are the issuers', in their order."""

    event = "card_replaced"
    poll: str
    number: str
    old: str
    card_id: str
    card_key: str
    sigs: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assisted(Event):
    """代写: whom a deputy named as helper; the fact, never the vote."""

    event = "assisted"
    poll: str
    deputy: str
    helper: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuingOpened(Event):
    event = "issuing_opened"
    checkpoint = True
    witnessed = True
    poll: str
    epoch: int
    keys: list[Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class BallotIssued(Event):
    event = "ballot_issued"
    poll: str
    deputy: str
    epoch: int
    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuingClosed(Event):
    event = "issuing_closed"
    checkpoint = True
    witnessed = True
    poll: str
    issued: int
    checked_in: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GapAccepted(Event):
    event = "gap_accepted"
    poll: str
    issued: int
    registered: int
    by: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RollFrozen(Event):
    event = "roll_frozen"
    checkpoint = True
    witnessed = True
    poll: str
    issued: int
    registered: int
    root: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VotingOpened(Event):
    event = "voting_opened"
    checkpoint = True
    witnessed = True
    poll: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BallotsReleased(Event):
    event = "ballots_released"
    checkpoint = True
    poll: str
    batch: int
    count: int
    root: str
    tally: list[list[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class VotingClosed(Event):
    event = "voting_closed"
    checkpoint = True
    poll: str
    roster: int
    checked_in: int
    issued: int
    registered: int
    returned: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultPublished(Event):
    event = "result_published"
    checkpoint = True
    poll: str
    result: str
    board: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PollVoided(Event):
    event = "poll_voided"
    checkpoint = True
    poll: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved(Event):
    event = "approved"
    poll: str
    step: str
    by: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordExported(Event):
    """Who took a record away; names no poll, so that it stands outside the poll's own story."""

    event = "record_exported"
    by: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayKey(Event):
    """What tablets seal for from now on, where they send by a relay; told at each start."""

    event = "relay_key"
    checkpoint = True
    witnessed = True
    public: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HallShown(Event):
    """Who had the hall's screen show what; names no poll, like all that is outside its story."""

    event = "hall_shown"
    by: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored(Event):
    """The server goes on from a copy: what it had logged after the entry before this is lost."""

    event = "restored"
    checkpoint = True
    reason: str
    by: str


WITNESSED = frozenset(kind.event for kind in Event.__subclasses__() if kind.witnessed)


def entry_bytes(seq: int, at: str, event: Event) -> bytes:
    """The entry's exact bytes; `at` is UTC as YYYY-MM-DDTHH:MM:SSZ."""
    value: dict[str, Json] = {"seq": seq, "at": at, "event": event.event}
    value.update((f.name, getattr(event, f.name)) for f in fields(event))
    return jcs(value)
