"""The tablets' files and their self-check, as the server sees them."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from tests.web.conftest import Browser
from voting import db
from voting.core.phases import Phase
from voting.models.office import FleetCount, Poll
from voting.steps import prepare

Opened = Callable[[str], Browser]


def meet(app: Flask, name: str) -> None:
    """Open a meeting."""
    with app.app_context(), db.writing() as session:
        prepare.open_meeting(session, name, "第三次会议", "2026-11-22")


def send(app: Flask, *failed: str, **other: object) -> tuple[int, str]:
    """A tablet reports; returns the status and the code of a refusal."""
    body = {"version": app.extensions["shell"].version, "passed": not failed}
    answer = app.test_client().post("/api/fleet", json={**body, "failed": list(failed), **other})
    assert "Set-Cookie" not in answer.headers
    return answer.status_code, (answer.json or {}).get("code", "")


def poll_at(app: Flask, meeting: str, phase: Phase, epoch: int) -> None:
    """The meeting's one poll stands there."""
    with app.app_context(), db.writing() as session:
        if session.scalars(select(Poll)).first() is None:
            session.add(Poll(meeting=meeting, title="票决", form="choose"))
            session.flush()
        session.execute(update(Poll).values(meeting=meeting, phase=phase, epoch=epoch))


def test_outcomes_are_counted_by_meeting_and_nothing_else_is_kept(
    app: Flask, browser: Opened
) -> None:
    assert send(app) == (409, "no_meeting")
    meet(app, "meeting-1")
    for failed in ((), (), ("screen", "link"), ("link",)):
        assert send(app, *failed) == (200, "")
    assert send(app, version="0" * 16) == (200, "")
    page = " ".join(re.sub(r"<[^>]+>", "", browser("secretariat").get("/office").text).split())
    assert "2 台次通过，3 台次有问题（连接 2，屏幕 1，版本 1）" in page
    meet(app, "meeting-2")
    page = " ".join(re.sub(r"<[^>]+>", "", browser("secretariat").get("/office").text).split())
    assert "0 台次通过，0 台次有问题" in page
    with app.app_context(), db.reading() as session:
        assert [row.count for row in session.scalars(select(FleetCount))].count(1) == 3
        columns = [row[1] for row in session.execute(text("PRAGMA table_info(fleet_count)"))]
    assert columns == ["meeting", "version", "failed", "count"]


@pytest.mark.parametrize(
    "wrong",
    [{"passed": True}, {"failed": ["link", "link"]}, {"failed": ["王建国"]}, {"failed": [1]},
     {"version": 1}, {"tablet": "7"}],
)  # fmt: skip
def test_anything_else_is_refused(app: Flask, wrong: dict[str, object]) -> None:
    meet(app, "meeting-1")
    assert send(app, "link", **wrong)[0] == 400


def test_nothing_is_taken_once_issuing_has_opened(app: Flask) -> None:
    meet(app, "meeting-1")
    for phase in (Phase.DRAFT, Phase.DEFINED):
        poll_at(app, "meeting-1", phase, 0)
        assert send(app) == (200, "")
    for phase in (Phase.ISSUING, Phase.OPEN, Phase.CLOSED, Phase.PUBLISHED, Phase.VOID):
        poll_at(app, "meeting-1", phase, 1)
        assert send(app) == (409, "issuing_opened")
    meet(app, "meeting-2")
    assert send(app) == (200, "")
    poll_at(app, "meeting-1", Phase.OPEN, 1)
    assert send(app) == (409, "issuing_opened")


def test_the_worker_names_the_files_that_are_served(app: Flask) -> None:
    client = app.test_client()
    worker = client.get("/tablet/sw.js")
    assert worker.headers["Service-Worker-Allowed"] == "/tablet"
    assert worker.mimetype == "text/javascript"
    found = re.match(r'const VERSION = "([0-9a-f]{16})";\nconst FILES = ({.*});\n', worker.text)
    assert found
    files: dict[str, str] = json.loads(found[2])
    assert {"/tablet", "/tablet/check", "/static/css/tablet.css"} <= files.keys()
    assert not [path for path in files if path.startswith("/api/")]
    for path, name in files.items():
        plain = client.get(path)
        packed = client.get(path, headers={"Accept-Encoding": "gzip, br"})
        assert hashlib.sha256(plain.data).hexdigest() == name
        assert gzip.decompress(packed.data) == plain.data
        assert "Content-Encoding" not in plain.headers
        assert packed.headers["Content-Encoding"] == "gzip"
        assert {plain.headers["Vary"], packed.headers["Vary"]} == {"Accept-Encoding"}
        again = client.get(path, headers={"If-None-Match": plain.headers["ETag"]})
        assert again.status_code == 304
    named = [*re.findall(r'(?:href|src)="(/static/[^"]+)"', client.get("/tablet").text)]
    named += re.findall(r'(?:href|src)="(/static/[^"]+)"', client.get("/tablet/check").text)
    assert set(named) <= files.keys()
