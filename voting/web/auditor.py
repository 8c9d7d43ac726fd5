"""Records for auditors: each download is logged with its SHA-256 before a byte leaves.

To whom a record was then handed is noted here, with a slip to sign.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, redirect, request, send_file, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from voting import db
from voting.core.encoding import b64
from voting.core.errors import Refused
from voting.core.events import RecordExported
from voting.core.phases import Phase
from voting.core.poll import verification_code
from voting.models.office import HandOver, Poll
from voting.steps import export, handover, log, polls
from voting.steps.handover import LIMITS, Taker
from voting.web import handout, words
from voting.web.audience import AUDITOR, SECRETARIAT, audience
from voting.web.desk import asker, page, records_folder, services

pages = Blueprint("auditor", __name__)


@dataclass(frozen=True, slots=True)
class Listed:
    """A published poll on the page; `sha256` is that of its record once that has been seen."""

    id: int
    title: str
    round: int
    code: str
    hash: str
    sha256: str
    handed_over: list[HandOver]


@pages.get("/records")
@audience(AUDITOR, SECRETARIAT)
def listing() -> str:
    """All published polls, and to whom their records were handed."""
    return _listing()


def _listing(**context: Any) -> str:
    with db.reading() as session:
        rows = select(Poll).where(Poll.phase == Phase.PUBLISHED).order_by(Poll.id.desc())
        listed = [_listed(session, poll) for poll in session.scalars(rows)]
        known = {"limits": LIMITS, "verifier": handout.digest(), "error": "", "at": 0, "typed": {}}
        return page("auditor/records.html", polls=listed, **{**known, **context})


def _listed(session: Session, poll: Poll) -> Listed:
    hash_, definition = polls.defined(poll)
    path = _path(hash_)
    rows = handover.handed_over(session, poll)
    known = rows[-1].sha256 if rows else ""
    sha256 = _digest(path) if path.exists() else known
    code = verification_code(hash_)
    return Listed(poll.id, definition.title, definition.round, code, b64(hash_), sha256, rows)


@pages.post("/records/<int:poll_id>/handovers")
@audience(AUDITOR, SECRETARIAT)
def hand_over(poll_id: int) -> BaseResponse | tuple[str, int]:
    """Note to whom the record goes; the slip is printed next."""
    typed = {name: request.form.get(name, "").strip() for name in LIMITS}
    try:
        taker = Taker(**typed)
        with db.writing() as session:
            poll = polls.by_id(session, poll_id)
            row_id = handover.hand_over(session, services(), poll, taker, asker().name).id
    except Refused as refused:
        return _listing(error=refused.message, at=poll_id, typed=typed), refused.status
    return redirect(url_for("auditor.slip", handover_id=row_id))


@pages.get("/records/handovers/<int:handover_id>")
@audience(AUDITOR, SECRETARIAT)
def slip(handover_id: int) -> str:
    """记录移交单: what was handed to whom, and how it is checked, to be signed by both."""
    with db.reading() as session:
        row = handover.by_id(session, handover_id)
        hash_, definition = polls.defined(polls.by_id(session, row.poll))
        return page(
            "print/handover.html",
            row=row,
            definition=definition,
            code=words.fours(verification_code(hash_)),
            name=b64(hash_),
            file=_file_name(hash_),
        )


@pages.post("/records/<int:poll_id>.zip")
@audience(AUDITOR)
def download(poll_id: int) -> Response:
    """Write the record, log its export, and send it."""
    path = _write(poll_id)
    with db.writing() as session:
        hash_, _ = polls.defined(polls.by_id(session, poll_id))
        exported = RecordExported(by=asker().login, sha256=_digest(path))
        log.append(session, services(), exported)
    return send_file(path, "application/zip", as_attachment=True, download_name=_file_name(hash_))


def _file_name(hash_: bytes) -> str:
    return f"piaojue-record-{verification_code(hash_)}.zip"


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
