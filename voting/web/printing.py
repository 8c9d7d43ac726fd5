"""Making cards before 定稿: for everybody, for those who have none, for one deputy again.

A card's number stands in the answer that prints it and nowhere else. After 定稿 a lost card is
replaced by two people (`deputies`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session

from voting import db
from voting.core.errors import Refused
from voting.models.office import Deputy
from voting.steps import polls, prepare
from voting.web import words
from voting.web.audience import SECRETARIAT, audience
from voting.web.cards import fingerprint, print_cards
from voting.web.desk import page
from voting.web.secretariat import deputies_of, overview_page, pages, settled, standing


@pages.post("/office/cards")
@audience(SECRETARIAT)
def make_cards() -> str | tuple[str, int]:
    """New cards, for everybody or only for those who have none."""
    try:
        with db.writing() as session:
            deputies = deputies_of(session)
            lacking = request.form.get("who") == "lacking"
            _check_wanted(deputies, lacking)
            return _printed(session, [d for d in deputies if not (lacking and d.card_id)])
    except Refused as refused:
        return overview_page(error=refused.message, at="cards"), refused.status


def _check_wanted(deputies: list[Deputy], lacking: bool) -> None:
    if not deputies:
        raise Refused("no_roster", "还没有代表名册，请先导入。")
    if request.form.get("cards") != fingerprint(deputies):
        raise Refused("cards_changed", "代表证刚刚重新生成过，请核对后再操作。")
    had = [deputy for deputy in deputies if deputy.card_id]
    if lacking:
        if len(had) == len(deputies):
            raise Refused("none_lacking", "每位代表都有代表证了。")
        return
    if had and request.form.get("confirm") != "yes":
        raise Refused("not_confirmed", "请先勾选确认：重新生成会使以前印发的代表证全部失效。")


@pages.get("/office/roster/card")
@audience(SECRETARIAT)
def card_again() -> str:
    """Whose card is to be printed again, and what that means."""
    return _card_page(request.args.get("number", ""))


def _card_page(number: str, **context: Any) -> str:
    with db.reading() as session:
        deputy = prepare.deputy_of(session, number)
        return page(
            "secretariat/card.html",
            deputy=deputy,
            fingerprint=fingerprint([deputy]),
            settled=settled(session),
            standing=standing(session),
            **{"error": "", **context},
        )


@pages.post("/office/roster/card")
@audience(SECRETARIAT)
def print_again() -> str | tuple[str, int]:
    """A new card for one deputy; the old one ends, and no other."""
    number = request.form.get("number", "")
    try:
        with db.writing() as session:
            deputy = prepare.deputy_of(session, number)
            prepare.still(session)
            if request.form.get("cards") != fingerprint([deputy]):
                raise Refused("cards_changed", "代表证刚刚重新生成过，请核对后再操作。")
            return _printed(session, [deputy])
    except Refused as refused:
        return _card_page(number, error=refused.message), refused.status


def _printed(session: Session, deputies: Sequence[Deputy]) -> str:
    """The page to print; it is sent once all of it is stored."""
    ended = any(deputy.card_id for deputy in deputies)
    sheets = print_cards(session, deputies)
    congress = polls.the_congress(session)
    alone = len(deputies) == 1
    back = "secretariat.roster" if alone else "secretariat.overview"
    return page(
        "secretariat/cards.html",
        sheets=sheets,
        count=len(deputies),
        ended=ended,
        replaced=deputies[0].name if alone and ended else "",
        title=words.meeting_name(congress.name, congress.session, ""),
        back=url_for(back),
    )
