"""A release that fails denies no ballot its receipt, and is made good with the next one."""

from __future__ import annotations

import os
import sqlite3
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from sqlalchemy import insert

from tests.core.test_poll import POLL
from voting import db
from voting.models.box import Ballot
from voting.statements import Plain, Statement
from voting.steps import release
from voting.steps.services import Services

NAME = bytes(32)
BALLOT = Statement(insert(Ballot))


def cast(due: int) -> None:
    """A ballot, with which so many are to be released."""
    services = Services(Ed25519PrivateKey.generate(), (), lambda: datetime.now(UTC), 1)
    marks = b"[" + b",".join([b"null"] * len(POLL.items)) + b"]"

    def step(plain: Plain) -> None:
        ballot = {"poll": NAME, "key_hash": os.urandom(32), "key": bytes(65), "sig": bytes(64)}
        plain.do(BALLOT, **ballot, marks=marks, batch=None)
        release.some(plain, services, NAME, POLL, due)

    db.together(step)


def test_a_fault_in_a_release_denies_nobody_a_receipt(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    with sqlite3.connect(app.config["INSTANCE"] / "piaojue.db") as box:
        in_the_way = "INSERT INTO log_checkpoint SELECT max(seq) + 2, '', '' FROM log_entry"
        box.execute(in_the_way)
    cast(1)
    cast(1)
    stored = "SELECT count(*), count(batch), (SELECT count(*) FROM log_entry) FROM ballot"
    assert box.execute(stored).fetchone()[:2] == (2, 0)
    assert caplog.text.count("a release is put off") == 2
    with box:
        box.execute("DELETE FROM log_checkpoint WHERE note = ''")
    cast(3)
    assert box.execute(stored).fetchone() == (3, 3, 2)
