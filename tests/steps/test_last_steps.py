"""The steps that end something: closing, whose sweep is owed however it ends, and voiding."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from sqlalchemy import insert, select
from sqlalchemy.exc import OperationalError

from tests.core.test_poll import POLL
from tests.orders import tells_the_order
from tests.world import wait_until
from voting import db
from voting.config import NotSetUp
from voting.core import phases, signing
from voting.core.encoding import Json, b64, sha256
from voting.core.errors import Refused
from voting.core.events import IssuingOpened
from voting.core.phases import Phase, Step
from voting.core.poll import Definition, Issuer
from voting.models.box import Ballot
from voting.models.office import Meeting, Person, Poll
from voting.statements import Plain, Statement
from voting.steps import log, officials, polls
from voting.steps.officials import Ask
from voting.steps.services import Services
from voting.stores import sqlite as store

BALLOT = Statement(insert(Ballot))
VOTERS = 200


@dataclass
class Neighbour:
    """An issuer that tells in which phase the poll was when its key was to be destroyed."""

    issuer: Issuer = POLL.issuers[0]
    destroyed_in: list[Phase] = field(default_factory=list)

    def close(self, _poll: bytes) -> None:
        with db.reading() as session:
            self.destroyed_in += session.scalars(select(Poll.phase))

    def alive(self, *_key: object) -> bool:
        return True


@pytest.fixture
def services(app: Flask) -> Services:
    own: Services = app.extensions["piaojue"]
    return replace(own, issuers=(Neighbour(),))  # type: ignore[arg-type]


def a_poll(services: Services, phase: Phase) -> Definition:
    """A poll of two items in that phase, and two officials who may decide on it."""
    definition = replace(POLL, log_key=services.log_public)
    with db.writing() as session:
        for role in ("presidium", "scrutineer"):
            session.add(Person(login=role, name=role, role=role, password="-"))
        session.add(Meeting(id="m", title="m", date="2026-01-31"))
        session.flush()
        made = Poll(meeting="m", title="p", form="choose", phase=phase, epoch=1, checked_in=1)
        made.hash, made.definition = definition.poll_hash, definition.to_bytes()
        made.defined_seq, made.window_opened = 1, 0
        session.add(made)
        keys: list[Json] = [{"spki": b64(b"key"), "sig": b64(b"sig")}]
        opened = IssuingOpened(poll=b64(definition.poll_hash), epoch=1, keys=keys)
        log.append(session, services, opened)
    return definition


def both_ask(services: Services, step: Step, **more: Any) -> None:
    """Both officials ask for the step on the figures of this moment."""
    for role in ("presidium", "scrutineer"):
        with db.reading() as session:
            poll = session.scalars(select(Poll)).one()
            person = session.scalars(select(Person.id).where(Person.role == role)).one()
            digest = polls.facts(session, services, poll, alive=True).digest(step)
        officials.ask(services, Ask(poll.id, step, person, digest, **more))


def cast_one_by_one(poll: bytes) -> list[bytes]:
    """Ballots that are stored one after the other; their keys in that order."""
    keys = [signing.p256_public(ec.generate_private_key(signing.P256)) for _ in range(VOTERS)]
    for key in keys:
        values = {"poll": poll, "key_hash": sha256(key), "key": key, "batch": None}

        def store_it(plain: Plain, values: dict[str, Any] = values) -> None:
            plain.do(BALLOT, **values, marks=b"[0,null]", sig=bytes(64))

        db.together(store_it)
    return keys


def test_a_closing_that_nobody_heard_of_leaves_no_order_of_casting(
    app: Flask, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = cast_one_by_one(a_poll(services, Phase.OPEN).poll_hash)
    assert tells_the_order(app.config["INSTANCE"], keys)  # it would be found

    def confirm(connection: sqlite3.Connection) -> None:  # as where the wait for a standby ends
        (phase,) = connection.execute("SELECT phase FROM poll").fetchone()
        if phase == Phase.CLOSED:
            raise OperationalError(None, None, Warning("the commit was not confirmed"))

    monkeypatch.setattr(store, "confirm", confirm)
    with pytest.raises(OperationalError):
        both_ask(services, phases.CLOSE)
    wait_until(lambda: not tells_the_order(app.config["INSTANCE"], keys))


def test_a_sweep_waits_for_a_database_that_can_be_worked_with(app: Flask) -> None:
    states: list[Exception | None] = [
        NotSetUp("a standby that archives"),
        OperationalError(None, None, Warning("away")),
        None,
    ]

    def sweep() -> bool:
        state = states.pop(0)
        if state:
            raise state
        return True

    db.surely(sweep)
    wait_until(lambda: not states)


def test_issuing_keys_are_destroyed_only_when_the_void_stands(services: Services) -> None:
    a_poll(services, Phase.ISSUING)
    (issuer,) = services.issuers
    with pytest.raises(Refused, match="400"):
        both_ask(services, phases.VOID, reason="长" * 401)
    both_ask(services, phases.VOID, reason="票箱未封")
    assert isinstance(issuer, Neighbour)
    assert issuer.destroyed_in == [Phase.VOID]
