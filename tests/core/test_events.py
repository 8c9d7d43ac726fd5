"""The log's entries, byte by byte: an entry that changes would change every log that was kept."""

from __future__ import annotations

import dataclasses

import pytest

from voting.core import events
from voting.core.events import Event, entry_bytes

SAMPLES: dict[str, Event] = {
    '"congress":"demo","event":"congress_opened","log_key":"K",': events.CongressOpened(
        congress="demo", log_key="K"
    ),
    '"event":"poll_defined","poll":"P",': events.PollDefined(poll="P"),
    '"deputy":"D","event":"checked_in","meeting":"m","seq":3,"sig":"S"': events.CheckedIn(
        meeting="m", deputy="D", sig="S"
    ),
    '"epoch":1,"event":"issuing_opened","keys":[{"sig":"S","spki":"K"}],"poll":"P",': (
        events.IssuingOpened(poll="P", epoch=1, keys=[{"spki": "K", "sig": "S"}])
    ),
    '"deputy":"D","epoch":1,"event":"ballot_issued","poll":"P","request":"R",': (
        events.BallotIssued(poll="P", deputy="D", epoch=1, request="R")
    ),
    '"checked_in":2,"event":"issuing_closed","issued":1,"poll":"P",': events.IssuingClosed(
        poll="P", issued=1, checked_in=2
    ),
    '"by":["a","b"],"event":"gap_accepted","issued":2,"poll":"P","registered":1,': (
        events.GapAccepted(poll="P", issued=2, registered=1, by=["a", "b"])
    ),
    '"event":"roll_frozen","issued":2,"poll":"P","registered":1,"root":"R",': events.RollFrozen(
        poll="P", issued=2, registered=1, root="R"
    ),
    '"event":"voting_opened","poll":"P",': events.VotingOpened(poll="P"),
    '"batch":1,"count":9,"event":"ballots_released","poll":"P","root":"R","tally":[[1,8]]': (
        events.BallotsReleased(poll="P", batch=1, count=9, root="R", tally=[[1, 8]])
    ),
    '"checked_in":4,"event":"voting_closed","issued":3,"poll":"P","registered":2,"returned":1,'
    '"roster":5,': events.VotingClosed(
        poll="P", roster=5, checked_in=4, issued=3, registered=2, returned=1
    ),
    '"board":"B","event":"result_published","poll":"P","result":"R",': events.ResultPublished(
        poll="P", result="R", board="B"
    ),
    '"event":"poll_voided","poll":"P","reason":"票箱故障",': events.PollVoided(
        poll="P", reason="票箱故障"
    ),
    '"by":"张","event":"approved","poll":"P","role":"scrutineer",': events.Approved(
        poll="P", step="open", by="张", role="scrutineer"
    ),
    '"by":"李","event":"record_exported",': events.RecordExported(by="李", sha256="H"),
}


@pytest.mark.parametrize("expected", SAMPLES)
def test_every_event_is_pinned(expected: str) -> None:
    data = entry_bytes(3, "2026-01-20T06:00:00Z", SAMPLES[expected]).decode()
    assert data.startswith('{"at":"2026-01-20T06:00:00Z",')
    assert data.endswith("}")
    assert expected in data
    assert '"seq":3' in data
    named = {field.name for field in dataclasses.fields(SAMPLES[expected])}
    assert data.count('":') == len(named | {"at", "event", "seq"}) + data.count('{"sig"') * 2


def test_no_event_is_forgotten_here() -> None:
    kinds = {kind for kind in vars(events).values() if isinstance(kind, type)} - {Event}
    assert {kind for kind in kinds if issubclass(kind, Event)} == {
        type(event) for event in SAMPLES.values()
    }


def test_a_checkpoint_follows_every_change_of_phase_and_every_release() -> None:
    without = {type(event).event for event in SAMPLES.values() if not event.checkpoint}
    steps_of_deputies = {"checked_in", "ballot_issued"}
    others = {"congress_opened", "gap_accepted", "approved", "record_exported"}
    assert without == steps_of_deputies | others


def test_no_event_names_a_ballot() -> None:
    names = {field.name for event in SAMPLES.values() for field in dataclasses.fields(event)}
    assert not names & {"key", "ballot", "tracker", "marks", "seals", "prefix"}
