"""Importing the public keys of cards that were made offline: seen first, then all or nothing."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from voting import db
from voting.core.cardfile import CardFile
from voting.core.errors import Malformed, Refused
from voting.steps import cards
from voting.web.audience import SECRETARIAT, audience
from voting.web.cards import fingerprint
from voting.web.desk import page
from voting.web.secretariat import deputies_of, settled

pages = Blueprint("keys", __name__)

Answer = Response | tuple[str, int]


@pages.get("/office/cards/keys")
@audience(SECRETARIAT)
def choose() -> str:
    """How cards are made offline, and where their file is chosen."""
    return _form("")


def _form(error: str) -> str:
    with db.reading() as session:
        return page("secretariat/keys.html", error=error, settled=settled(session), seen=None)


@pages.post("/office/cards/keys")
@audience(SECRETARIAT)
def see() -> Answer:
    """What the file would change, and the fingerprint to compare with the printed one."""
    upload = request.files.get("file")
    try:
        if upload is None or not upload.filename:
            raise Malformed("no_file", "请先选择代表证公钥文件。")
        file = CardFile.parse(upload.read())
        with db.reading() as session:
            seen = cards.compare(session, file)
            text = page(
                "secretariat/keys.html",
                error="",
                seen=seen,
                file=file.to_bytes().decode(),
                standing=fingerprint(deputies_of(session)),
            )
        return text, 400 if seen.faults else 200
    except Refused as refused:
        return _form(refused.message), refused.status


@pages.post("/office/cards/keys/commit")
@audience(SECRETARIAT)
def commit() -> Answer:
    """Take the previewed cards."""
    try:
        file = CardFile.parse(request.form.get("file", "").replace("\r\n", "\n").encode())
        with db.writing() as session:
            if request.form.get("standing") != fingerprint(deputies_of(session)):
                raise Refused("cards_changed", "代表证刚刚重新生成过，请核对后再操作。")
            cards.take(session, file)
    except Refused as refused:
        return _form(refused.message), refused.status
    flash(
        _(
            "已导入 %(count)s 枚代表证的公钥，指纹 %(print)s。",
            count=len(file.lines),
            print=file.fingerprint,
        )
    )
    return redirect(url_for("secretariat.overview"))
