"""The log's entries, byte by byte: an entry that changes would change every log that was kept."""

from __future__ import annotations

import dataclasses

import pytest

from voting.core import events
from voting.core.events import Event, entry_bytes

AT = "2026-01-20T06:00:00Z"
PINNED: list[tuple[Event, str]] = [
    (
        events.CongressOpened(congress="demo", log_key="K"),
        '"congress":"demo","event":"congress_opened","log_key":"K","seq":3}',
    ),
    (
        events.PollDefined(poll="P"),
        '"event":"poll_defined","poll":"P","seq":3}',
    ),
    (
        events.CheckedIn(meeting="m", deputy="D", sig="S"),
        '"deputy":"D","event":"checked_in","meeting":"m","seq":3,"sig":"S"}',
    ),
    (
        events.CardReplaced(
            poll="P", number="001", old="O", card_id="D", card_key="K", sigs=["S", "T"]
        ),
        '"card_id":"D","card_key":"K","event":"card_replaced","number":"001","old":"O",'
        '"poll":"P","seq":3,"sigs":["S","T"]}',
    ),
    (
        events.Assisted(poll="P", deputy="D", helper="李四"),
        '"deputy":"D","event":"assisted","helper":"李四","poll":"P","seq":3}',
    ),
    (
        events.IssuingOpened(poll="P", epoch=1, keys=[{"spki": "K", "sig": "S"}]),
        '"epoch":1,"event":"issuing_opened","keys":[{"sig":"S","spki":"K"}],"poll":"P","seq":3}',
    ),
    (
        events.BallotIssued(poll="P", deputy="D", epoch=1, request="R"),
        '"deputy":"D","epoch":1,"event":"ballot_issued","poll":"P","request":"R","seq":3}',
    ),
    (
        events.IssuingClosed(poll="P", issued=1, checked_in=2),
        '"checked_in":2,"event":"issuing_closed","issued":1,"poll":"P","seq":3}',
    ),
    (
        events.GapAccepted(poll="P", issued=2, registered=1, by=["a", "b"]),
        '"by":["a","b"],"event":"gap_accepted","issued":2,"poll":"P","registered":1,"seq":3}',
    ),
    (
        events.RollFrozen(poll="P", issued=2, registered=1, root="R"),
        '"event":"roll_frozen","issued":2,"poll":"P","registered":1,"root":"R","seq":3}',
    ),
    (
        events.VotingOpened(poll="P"),
        '"event":"voting_opened","poll":"P","seq":3}',
    ),
    (
        events.BallotsReleased(poll="P", batch=1, count=9, root="R", tally=[[1, 8]]),
        '"batch":1,"count":9,"event":"ballots_released","poll":"P","root":"R","seq":3,'
        '"tally":[[1,8]]}',
    ),
    (
        events.VotingClosed(poll="P", roster=5, checked_in=4, issued=3, registered=2, returned=1),
        '"checked_in":4,"event":"voting_closed","issued":3,"poll":"P","registered":2,'
        '"returned":1,"roster":5,"seq":3}',
    ),
    (
        events.ResultPublished(poll="P", result="R", board="B"),
        '"board":"B","event":"result_published","poll":"P","result":"R","seq":3}',
    ),
    (
        events.PollVoided(poll="P", reason="票箱故障"),
        '"event":"poll_voided","poll":"P","reason":"票箱故障","seq":3}',
    ),
    (
        events.Approved(poll="P", step="open", by="张", role="scrutineer"),
        '"by":"张","event":"approved","poll":"P","role":"scrutineer","seq":3,"step":"open"}',
    ),
    (
        events.RecordExported(by="李", sha256="H"),
        '"by":"李","event":"record_exported","seq":3,"sha256":"H"}',
    ),
    (
        events.RelayKey(public="K"),
        '"event":"relay_key","public":"K","seq":3}',
    ),
    (
        events.HallShown(by="王", what="voting"),
        '"by":"王","event":"hall_shown","seq":3,"what":"voting"}',
    ),
    (
        events.Restored(reason="停电", by="赵"),
        '"by":"赵","event":"restored","reason":"停电","seq":3}',
    ),
]
EVENTS = [event for event, _ in PINNED]


@pytest.mark.parametrize(("event", "expected"), PINNED)
def test_every_event_is_pinned(event: Event, expected: str) -> None:
    assert entry_bytes(3, AT, event).decode() == f'{{"at":"{AT}",{expected}'


def test_no_event_is_forgotten_here() -> None:
    kinds = {kind for kind in vars(events).values() if isinstance(kind, type)} - {Event}
    assert {kind for kind in kinds if issubclass(kind, Event)} == {type(event) for event in EVENTS}


def test_a_checkpoint_follows_every_change_of_phase_and_every_release() -> None:
    without = {type(event).event for event in EVENTS if not event.checkpoint}
    steps_of_deputies = {"checked_in", "card_replaced", "assisted", "ballot_issued"}
    others = {"congress_opened", "gap_accepted", "approved", "record_exported", "hall_shown"}
    assert without == steps_of_deputies | others


def test_no_event_names_a_ballot() -> None:
    names = {field.name for event in EVENTS for field in dataclasses.fields(event)}
    assert not names & {"key", "ballot", "tracker", "marks", "seals", "prefix"}
