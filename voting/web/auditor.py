"""Records for auditors: each download is logged with its SHA-256 before a byte leaves."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Response, send_file
from sqlalchemy import select

from voting import db
from voting.core.encoding import b64
from voting.core.events import RecordExported
from voting.core.phases import Phase
from voting.core.poll import verification_code
from voting.models.office import Poll
from voting.steps import export, log, polls
from voting.web.audience import AUDITOR, SECRETARIAT, audience
from voting.web.desk import asker, page, records_folder, services

pages = Blueprint("auditor", __name__)


@dataclass(frozen=True, slots=True)
class Listed:
    """A published poll on the page; `sha256` is that of its record once it has been exported."""

    id: int
    title: str
    round: int
    code: str
    hash: str
    sha256: str


@pages.get("/records")
@audience(AUDITOR, SECRETARIAT)
def listing() -> str:
    """All published polls."""
    with db.reading() as session:
        rows = select(Poll).where(Poll.phase == Phase.PUBLISHED).order_by(Poll.id.desc())
        listed = [_listed(poll) for poll in session.scalars(rows)]
    return page("auditor/records.html", polls=listed)


def _listed(poll: Poll) -> Listed:
    hash_, definition = polls.defined(poll)
    path = _path(hash_)
    sha256 = _digest(path) if path.exists() else ""
    code = verification_code(hash_)
    return Listed(poll.id, definition.title, definition.round, code, b64(hash_), sha256)


@pages.post("/records/<int:poll_id>.zip")
@audience(AUDITOR)
def download(poll_id: int) -> Response:
    """Write the record, log its export, and send it."""
    path = _write(poll_id)
    with db.writing() as session:
        hash_, _ = polls.defined(polls.by_id(session, poll_id))
        exported = RecordExported(by=asker().login, sha256=_digest(path))
        log.append(session, services(), exported)
    name = f"piaojue-record-{verification_code(hash_)}.zip"
    return send_file(path, "application/zip", as_attachment=True, download_name=name)


def _write(poll_id: int) -> Path:
    """Write a poll's record beside its place and move it there: nobody sees half of one."""
    folder = records_folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    with db.reading() as session, tempfile.TemporaryDirectory(dir=folder) as scratch:
        poll = polls.by_id(session, poll_id)
        written = Path(scratch, "record.zip")
        with written.open("xb") as file:
            export.write_record(session, poll, file)
            file.flush()
            os.fsync(file.fileno())
        return written.replace(_path(poll.hash or b""))


def _path(hash_: bytes) -> Path:
    return records_folder() / f"{b64(hash_)}.zip"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
