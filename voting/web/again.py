"""After a result: the presidium has a further round drafted, the secretariat next year's 测评."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from voting import db
from voting.core.errors import Refused
from voting.core.text import text
from voting.steps import after, polls
from voting.web import bars, outcome
from voting.web.audience import OFFICIALS, PRESIDIUM, SECRETARIAT, audience
from voting.web.desk import page

pages = Blueprint("again", __name__)

EVALUATION = text("民生实事项目完成情况测评")


@pages.get("/polls/<int:poll_id>/follow-up")
@audience(*OFFICIALS)
def follow_up(poll_id: int) -> str:
    """What a published result leaves open, and the way to a further round."""
    return _follow_up(poll_id)


def _follow_up(poll_id: int, **context: Any) -> str:
    with db.reading() as session:
        poll = polls.by_id(session, poll_id)
        result = after.result_of(session, poll)
        if result is None:
            raise Refused("not_yet", "结果公布以后，才能决定是否再次票决。")
        _hash, definition = polls.defined(poll)
        lines = {line.row.id: line for line in outcome.lines_of(definition, result)}
        open_ = after.left_open(session, poll)
        return page(
            "after/again.html",
            poll=poll,
            definition=definition,
            open=open_,
            lines=[lines[id_] for id_ in open_.items] if open_ else [],
            number_name=bars.NUMBERS[definition.decision.form],
            next=after.next_round(session, poll),
            **{"error": "", "chosen": list(open_.items) if open_ else [], **context},
        )


@pages.post("/polls/<int:poll_id>/follow-up")
@audience(PRESIDIUM)
def draft_follow_up(poll_id: int) -> Response | tuple[str, int]:
    """Draft the further round with the items that the presidium has named."""
    chosen = request.form.getlist("item")
    try:
        with db.writing() as session:
            draft = after.follow_up(session, polls.by_id(session, poll_id), chosen)
            draft_id, number = draft.id, draft.round
    except Refused as refused:
        return _follow_up(poll_id, error=refused.message, chosen=chosen), refused.status
    flash(_("已建立第 %(n)s 轮票决的草稿，请秘书处核对后定稿。", n=number))
    return redirect(url_for("poll.one", poll_id=draft_id))


@pages.get("/office/polls/<int:poll_id>/evaluation")
@audience(SECRETARIAT)
def evaluation(poll_id: int) -> str:
    """The projects that a vote decided on, to be evaluated when their year is over."""
    return _evaluation(poll_id)


def _evaluation(poll_id: int, **context: Any) -> str:
    with db.reading() as session:
        poll = polls.by_id(session, poll_id)
        if after.result_of(session, poll) is None:
            raise Refused("not_yet", "结果公布以后，才能据以建立测评。")
        _hash, definition = polls.defined(poll)
        year = outcome.year(definition)
        title = text("%(year)s年度民生实事项目完成情况测评", year=year) if year else EVALUATION
        return page(
            "after/evaluation.html",
            poll=poll,
            meeting=polls.current_meeting(session),
            chosen=after.chosen(session, poll),
            **{"error": "", "title": title, **context},
        )


@pages.post("/office/polls/<int:poll_id>/evaluation")
@audience(SECRETARIAT)
def draft_evaluation(poll_id: int) -> Response | tuple[str, int]:
    """Draft the 测评 at the current meeting."""
    title = request.form.get("title", "").strip()
    try:
        with db.writing() as session:
            poll = polls.by_id(session, poll_id)
            draft_id = after.draft_evaluation(session, poll, title).id
    except Refused as refused:
        return _evaluation(poll_id, error=refused.message, title=title), refused.status
    flash(_("已建立测评的草稿，请核对项目后定稿。"))
    return redirect(url_for("poll.one", poll_id=draft_id))
