"""The log's public API, for witnesses and whoever follows it (docs/api.md): heads and proofs only.

No entry leaves here: entries name deputies. A cosignature needs no other credential than itself.
"""

from __future__ import annotations

from flask import Blueprint, Response, request

from voting import db
from voting.core.encoding import fields
from voting.core.errors import Unknown
from voting.steps import log, witnesses
from voting.web.audience import PUBLIC, audience
from voting.web.body import conditional, json_answer, json_body

pages = Blueprint("log", __name__)


@pages.get("/api/log/checkpoint")
@audience(PUBLIC)
def checkpoint() -> Response:
    """The latest checkpoint with the cosignatures that it has by now."""
    with db.reading() as session:
        if witnesses.next_after(session, 0) is None:
            raise Unknown("no_checkpoint", "日志还没有检查点。")
        note = log.head(session, witnesses.active(session))
    return conditional(Response(note, content_type="text/plain; charset=utf-8"), request)


@pages.get("/api/log/after/<int:size>")
@audience(PUBLIC)
def after(size: int) -> Response:
    """The checkpoint after the one of that size, and the proof that it continues it."""
    with db.reading() as session:
        found = witnesses.next_after(session, size)
    note, proof = found or (None, [])
    return json_answer({"checkpoint": note, "proof": proof})


@pages.post("/api/log/cosignature")
@audience(PUBLIC)
def cosignature() -> Response:
    """Keep a witness's cosignature."""
    line, size = fields(json_body(), {"cosignature": str, "size": int})
    with db.reading() as session:
        witness = witnesses.cosigner_of(session, size, line)
    with db.writing() as session:
        witnesses.keep(session, size, witness, line)
    return json_answer({"kept": True})
