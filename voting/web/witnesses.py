"""The administrator's page of witnesses, and the line that says how far they have seen the log."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from voting import db
from voting.core import checkpoint
from voting.core.errors import Refused
from voting.models.office import Poll, Witness
from voting.steps import polls, prepare, witnesses
from voting.web.audience import ADMIN, audience
from voting.web.desk import page, services

pages = Blueprint("witnesses", __name__)


@pages.get("/witnesses")
@audience(ADMIN)
def listing() -> str:
    """All witnesses, and the form for another."""
    return _listing()


@pages.post("/witnesses")
@audience(ADMIN)
def add() -> BaseResponse | tuple[str, int]:
    """Let a machine cosign; new definitions name it."""
    key, name = (request.form.get(field, "").strip() for field in ("key", "name"))
    made = services()
    others = [made.log_public, *(port.issuer.key for port in made.issuers)]
    try:
        with db.writing() as session:
            prepare.still(session)
            witnesses.add(session, key, name, others)
    except Refused as refused:
        return _listing(error=refused.message, typed=request.form), refused.status
    return redirect(url_for("witnesses.listing"))


@pages.post("/witnesses/<id_>/retire")
@audience(ADMIN)
def retire(id_: str) -> BaseResponse | tuple[str, int]:
    """Name this witness in no new definition."""
    try:
        with db.writing() as session:
            prepare.still(session)
            witnesses.retire(session, id_)
    except Refused as refused:
        return _listing(error=refused.message), refused.status
    return redirect(url_for("witnesses.listing"))


def _listing(**context: object) -> str:
    with db.reading() as session:
        rows = list(session.scalars(select(Witness).order_by(Witness.active.desc(), Witness.id)))
        log = checkpoint.origin(polls.the_congress(session).id)
        keys = {row.id: checkpoint.cosigner(log, row.id, row.key).verifier_key() for row in rows}
        return page(
            "witness/witnesses.html",
            witnesses=rows,
            keys=keys,
            heads=witnesses.last_seen(session),
            server=request.url_root.rstrip("/"),
            settled=_settled(session),
            **{"typed": {}, "error": "", **context},
        )


def _settled(session: Session) -> bool:
    """Whether witnesses stand still now, as accounts do."""
    try:
        prepare.still(session)
    except Refused:
        return True
    return False


def names(session: Session, poll: Poll) -> str:
    """Whom a poll names, a draft whom it would name now; '' for nobody."""
    named = polls.defined(poll)[1].witnesses if poll.hash else witnesses.active(session)
    return "、".join(witness.name for witness in named)


def seen(session: Session, poll: Poll) -> str:
    """How far a poll's witnesses have seen the log, in one line; '' where it names none."""
    named = polls.defined(poll)[1].witnesses if poll.hash else ()
    if not named:
        return ""
    size, away = witnesses.seen(session, named)
    line = _(
        "%(count)s / %(all)s 位见证人已见证日志到第 %(size)s 条",
        count=len(named) - len(away),
        all=len(named),
        size=size,
    )
    return str(line)


def away(session: Session, poll: Poll) -> str:
    """Whose machine the scrutineers look for; '' where all have seen the log."""
    named = polls.defined(poll)[1].witnesses
    missing = witnesses.seen(session, named)[1] if named else []
    names = "、".join(who.name for who in missing)
    return str(_("尚未见证：%(names)s", names=names)) if names else ""
