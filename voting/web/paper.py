"""The vote on paper: ballots to print, two counts, the report, the result that is public.

All of it says 纸质票、人工计票. No page here has a 核验码 or a board for these figures: nothing of
them can be proven.
"""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from voting import db
from voting.core import paper as core
from voting.core.errors import Malformed, Refused, Unknown
from voting.core.phases import Phase
from voting.core.poll import Definition
from voting.models.office import Poll
from voting.models.paper import PaperVote
from voting.steps import paper, polls
from voting.steps.paper import Ask, Attempt, BadCount, Option
from voting.web import bars, language, outcome
from voting.web.audience import OFFICIALS, PUBLIC, ROLE_NAMES, SCRUTINEER, SECRETARIAT, audience
from voting.web.desk import asker, page, public_page, services, typed_reason

pages = Blueprint("paper", __name__)

_NUMBER = re.compile(r"[0-9]{1,5}\Z")


@pages.get("/polls/<int:poll_id>/paper")
@audience(*OFFICIALS)
def one(poll_id: int) -> str:
    """A poll's vote on paper: where it stands, what was entered, what comes next."""
    return _page(poll_id)


def _page(poll_id: int, **context: Any) -> str:
    with db.reading() as session:
        poll = polls.by_id(session, poll_id)
        _, definition = polls.defined(poll)
        vote = paper.standing(session, poll)
        entered = paper.attempts(session, vote) if vote else []
        due = paper.next_attempt(session, vote, asker().role) if vote else None
        return page(
            "paper/vote.html",
            poll=poll,
            definition=definition,
            vote=vote,
            void=[old for old in paper.votes(session, poll) if old.ended == paper.VOID],
            options={name: _option(each) for name, each in paper.options(session, poll).items()},
            present=polls.checked_in(session, poll.meeting, poll.id),
            labels=core.FIGURES,
            pairs=[_pair(attempt) for attempt in entered if attempt.complete],
            waiting=[ROLE_NAMES[role] for role in _missing(entered)],
            due=due,
            cell=core.cell,
            agreed=paper.agreed(session, vote) if vote else None,
            **{"error": "", "reasons": [], "at": "", "typed": {}, "reason": "", **context},
        )


def _option(option: Option) -> dict[str, Any]:
    roles = {person.role for person in option.approved_by}
    return {
        "label": option.label,
        "digest": option.digest,
        "blockers": option.blockers,
        "approved_by": option.approved_by,
        "waits": roles == {asker().role},
        "reason": option.reason,
    }


def _pair(attempt: Attempt) -> dict[str, Any]:
    cells = {ROLE_NAMES[role]: count.cells() for role, count in attempt.counts.items()}
    return {"number": attempt.number, "cells": cells, "differing": attempt.differing}


def _missing(entered: list[Attempt]) -> list[str]:
    """The roles whose entry of the count that has begun is not in."""
    if not entered or entered[-1].complete:
        return []
    return [role for role in paper.COUNTERS if role not in entered[-1].counts]


@pages.post("/polls/<int:poll_id>/paper/steps/<name>")
@audience(*OFFICIALS)
def ask(poll_id: int, name: str) -> Response | tuple[str, int]:
    """Approve one of the decisions on the facts shown and, where that is all it needs, take it."""
    digest, reason = request.form.get("digest", ""), typed_reason()
    try:
        if name not in paper.LABELS:
            raise Unknown("unknown_step", "没有这个步骤。")
        taken = paper.ask(services(), Ask(poll_id, name, asker().id, digest, reason))
    except Refused as refused:
        return _page(poll_id, error=refused.message, at=name, reason=reason), refused.status
    label = language.said(paper.LABELS[name])
    if taken:
        flash(_("已完成「%(step)s」。", step=label))
    else:
        flash(_("已确认「%(step)s」，还需要另一位不同职责的人员确认。", step=label))
    return redirect(url_for("paper.one", poll_id=poll_id))


@pages.post("/polls/<int:poll_id>/paper/count")
@audience(SECRETARIAT, SCRUTINEER)
def enter(poll_id: int) -> Response | tuple[str, int]:
    """Take in one person's count, whole or not at all."""
    try:
        vote_id, attempt = (request.form.get(name, 0, type=int) for name in ("vote", "attempt"))
        paper.enter(services(), vote_id, asker().id, attempt, _cells(poll_id, vote_id))
    except Refused as refused:
        reasons = refused.reasons if isinstance(refused, BadCount) else []
        shown = {"error": refused.message, "reasons": reasons, "at": "count"}
        return _page(poll_id, typed=request.form, **shown), refused.status
    flash(_("已录入。另一位录入以后，两份自动比对。"))
    return redirect(url_for("paper.one", poll_id=poll_id))


def _cells(poll_id: int, vote_id: int) -> dict[str, int]:
    """The numbers that were typed; `Malformed` where one is missing or is no whole number."""
    with db.reading() as session:
        vote, poll = paper.by_id(session, vote_id)
        if vote.poll != poll_id:
            raise Unknown("unknown_paper", "没有这次纸质票表决。")
        names = core.cell_names(polls.defined(poll)[1])
    typed = {name: request.form.get(name, "").strip() for name in names}
    if not all(_NUMBER.match(text) for text in typed.values()):
        raise Malformed("bad_number", "每一格都要填写，用数字；没有的填0。")
    return {name: int(text) for name, text in typed.items()}


@pages.get("/polls/<int:poll_id>/paper/ballot")
@audience(*OFFICIALS)
def ballot(poll_id: int) -> str:
    """The ballot to print, with neither number nor mark of its own: all copies are alike."""
    with db.reading() as session:
        poll = polls.by_id(session, poll_id)
        _, definition = polls.defined(poll)
        vote = paper.standing(session, poll)
        present = polls.checked_in(session, poll.meeting, poll.id)
        return _in_chinese(
            "paper/ballot.html",
            poll=poll,
            definition=definition,
            vote=vote,
            copies=vote.checked_in if vote else present,
            void=poll.phase == Phase.VOID,
        )


@pages.get("/polls/<int:poll_id>/paper/report")
@audience(*OFFICIALS)
def report(poll_id: int) -> str:
    """计票结果报告单（人工计票）: signed before the result is announced."""
    with db.reading() as session:
        poll = polls.by_id(session, poll_id)
        vote = paper.standing(session, poll)
        count = paper.agreed(session, vote) if vote else None
        if vote is None or count is None:
            raise Refused("not_counted", "两人录入的计票结果还没有一致。")
        return _in_chinese("paper/report.html", poll=poll, **_told(session, vote, poll))


def _in_chinese(template: str, **context: Any) -> str:
    """A page that is printed as an official paper: Chinese whatever its reader's language."""
    with force_locale(language.FIRST):
        return page(template, **context)


@pages.get("/paper/<int:vote_id>")
@audience(PUBLIC)
def result(vote_id: int) -> str:
    """The announced result of a vote on paper, or that it is void."""
    with db.reading() as session:
        vote, poll = paper.by_id(session, vote_id)
        if not vote.ended:
            raise Unknown("not_announced", "这次纸质票表决的结果还没有公布。")
        _, definition = polls.defined(poll)
        shown = _told(session, vote, poll) if vote.ended == paper.ANNOUNCED else {}
        return public_page("paper/result.html", **{"vote": vote, "definition": definition, **shown})


def _told(session: Session, vote: PaperVote, poll: Poll) -> dict[str, Any]:
    """A count in the office's words: the same for the report and for everybody."""
    _, definition = polls.defined(poll)
    count = paper.agreed(session, vote)
    assert count is not None  # the callers have seen to it
    told: dict[str, Any] = {"vote": vote, "definition": definition, "count": count}
    if core.is_void(count):
        return told
    result = paper.result(session, vote)
    lines = outcome.lines_of(definition, result)
    return told | {
        "result": result,
        "table": outcome.table(definition, lines),
        "chosen": outcome.noticed(definition, result, lines),
        **_rule(definition, outcome.turnout(result)),
    }


def _rule(definition: Definition, turnout: Any) -> dict[str, Any]:
    decision = definition.decision
    return {
        "threshold": bars.threshold(decision, turnout),
        "over": bars.LINES[decision.form],
        "base_name": bars.BASES[decision.base],
    }
