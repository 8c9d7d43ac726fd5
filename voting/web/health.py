"""`/health`: whether the server can do its work, for operators and for whatever watches machines.

It says what needs a person and nothing else: no count, no name of a poll, nothing that moves when
somebody votes. A database that does not answer is 503, as everywhere.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from flask import Blueprint, Response, current_app
from sqlalchemy import text as sql

from voting import db
from voting.core.text import text
from voting.web.audience import PUBLIC, audience
from voting.web.desk import live, services

pages = Blueprint("health", __name__)

EVERY = 2.0  # seconds: whoever asks more often is told what was seen last
_LEAST_FREE = 1024**3  # bytes; a congress of 3,000 with all its polls takes less
_SOON = timedelta(days=14)

_lock = threading.Lock()
_seen: tuple[float, list[str]] = (float("-inf"), [])


@pages.get("/health")
@audience(PUBLIC)
def health() -> Response:
    """`{"problems": [sentences], "status": "ok" or "attention"}`."""
    with db.reading() as session:
        session.execute(sql("SELECT 1"))
    problems = _last_seen()
    return live({"problems": problems, "status": "attention" if problems else "ok"})


def _last_seen() -> list[str]:
    """What is wrong; one thread looks, and nobody waits for it."""
    global _seen  # noqa: PLW0603  (a process's own memory of the last look)
    if time.monotonic() - _seen[0] > EVERY and _lock.acquire(blocking=False):
        try:
            _seen = (time.monotonic(), list(_look()))
        finally:
            _lock.release()
    return _seen[1]


def _look() -> Iterator[str]:
    instance: Path = current_app.config["INSTANCE"]
    for port in services().issuers:
        if not port.answers():
            yield text("发票机「%(name)s」没有回应。", name=port.issuer.name)
    if shutil.disk_usage(instance).free < _LEAST_FREE:
        yield text("磁盘空间不足 1 GB。")
    certificate = instance / "tls" / "server.crt"
    if certificate.exists() and _ends(certificate) < datetime.now(UTC) + _SOON:
        yield text("会场证书将在两周内到期，或者已经到期。")


def _ends(certificate: Path) -> datetime:
    return x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
