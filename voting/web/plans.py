"""The form for a new poll or a draft: its name, its form, and the rule it is decided by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from voting import db
from voting.core import plan, rules
from voting.core.encoding import b64, unb64
from voting.core.errors import Faulty, Malformed, Refused
from voting.core.forms import Base, Form, Quorum, Threshold
from voting.core.phases import Phase
from voting.core.plan import Rule
from voting.core.text import Text, text
from voting.models.office import Poll
from voting.steps import polls, prepare
from voting.steps.prepare import PollPlan
from voting.web import words
from voting.web.audience import SECRETARIAT, audience
from voting.web.desk import page
from voting.web.secretariat import decision_of, pages

_WHOLE = re.compile(r"-?[0-9]{1,6}\Z")
_POINTS = ("points_1", "points_2", "points_3")
WAYS = {"over": text("超过"), "least": text("达到")}
HINTS = {
    Form.CHOOSE: text("在候选项目中圈选，最多选应选数"),
    Form.EACH: text("每个项目赞成、反对、弃权"),
    Form.GRADE: text("每个项目满意、基本满意、不满意"),
    Form.RANK: text("按急需程度打分，得分多的入选"),
}
BLANK = {"reserve": "20", "round": "1", "quorum_num": "2", "quorum_den": "3", "base": Base.ROSTER}


@pages.get("/office/polls/new")
@audience(SECRETARIAT)
def new_poll() -> str:
    """The form for a new poll."""
    return _form(None)


def _form(poll_id: int | None, refused: Refused | None = None) -> str:
    """The form for a new poll or, filled in, for a draft; `refused`: as it was typed."""
    with db.reading() as session:
        draft = polls.by_id(session, poll_id) if poll_id else None
        ended = select(Poll).where(Poll.phase.in_((Phase.PUBLISHED, Phase.VOID)))
        earlier = [(b64(poll.hash or b""), poll) for poll in session.scalars(ended)]
        standing = _typed(prepare.plan_of(draft)) if draft else _blank(session)
        return page(
            "secretariat/plan.html",
            draft=draft,
            meeting=polls.current_meeting(session),
            earlier=earlier,
            forms=words.FORMS,
            hints=HINTS,
            bases=plan.BASES,
            ways=WAYS,
            points=_POINTS,
            rule=decision_of(session, draft) if draft else None,
            error=refused.message if refused else "",
            wrong=refused.fields if isinstance(refused, Faulty) else {},
            typed=request.form if refused else standing,
        )


def _blank(session: Session) -> dict[str, str]:
    """A new poll's form, before anything is typed."""
    return BLANK | {"reserve": str(rules.proposed_reserve(polls.roster_count(session)))}


def _typed(wanted: PollPlan) -> dict[str, str]:
    """A draft as it would be typed in."""
    rule = wanted.rule
    passing = rule.passing
    return {
        "title": wanted.title,
        "form": wanted.form,
        "seats": str(wanted.seats or ""),
        "most": str(rule.most or ""),
        "base": rule.base,
        "pass_way": "least" if passing and not passing.over else "over",
        "pass_num": str(passing.num) if passing else "",
        "pass_den": str(passing.den) if passing else "",
        "quorum_num": str(rule.quorum.num),
        "quorum_den": str(rule.quorum.den),
        **dict(zip(_POINTS, map(str, rule.points or ("", "", "")), strict=True)),
        "reserve": str(wanted.reserve),
        "round": str(wanted.round),
        "follows": b64(wanted.follows) if wanted.follows else "",
    }


@pages.post("/office/polls")
@audience(SECRETARIAT)
def create_poll() -> Response | tuple[str, int]:
    """Draft a poll at the current meeting; its projects come next."""
    try:
        wanted = read(request.form)
        with db.writing() as session:
            poll_id = prepare.draft_poll(session, wanted).id
    except Refused as refused:
        return _form(None, refused), refused.status
    flash(_("已建立草稿，请导入候选项目。"))
    return redirect(url_for("secretariat.projects", poll_id=poll_id))


@pages.get("/office/polls/<int:poll_id>")
@audience(SECRETARIAT)
def edit_poll(poll_id: int) -> str:
    """The form for a draft that is to be amended, or used for another vote."""
    with db.reading() as session:
        prepare.check_draft(polls.by_id(session, poll_id))
    return _form(poll_id)


@pages.post("/office/polls/<int:poll_id>")
@audience(SECRETARIAT)
def amend_poll(poll_id: int) -> Response | tuple[str, int]:
    """Amend a draft; its projects stay."""
    try:
        wanted = read(request.form)
        with db.writing() as session:
            prepare.amend_draft(session, polls.by_id(session, poll_id), wanted)
    except Refused as refused:
        return _form(poll_id, refused), refused.status
    flash(_("草稿已修改。"))
    return redirect(url_for("secretariat.projects", poll_id=poll_id))


@dataclass(slots=True)
class _Fields:
    """What was typed, read field by field; all that is wrong is gathered."""

    typed: Mapping[str, str]
    wrong: dict[str, Text] = field(default_factory=dict)

    def given(self, name: str) -> str:
        return self.typed.get(name, "").strip()

    def number(self, name: str, beside: str = "") -> int | None:
        """A whole number, None where nothing stands; a fault is shown at the field `beside`."""
        words_ = self.given(name)
        if not words_:
            return None
        if not _WHOLE.match(words_):
            self.wrong[beside or name] = text("应填整数，例如 10。")
            return None
        return int(words_)

    def share(self, name: str) -> tuple[int, int] | None:
        """A fraction out of two fields, None where both are empty."""
        num, den = (self.number(f"{name}_{part}", name) for part in ("num", "den"))
        if num is not None and den is not None:
            return num, den
        if num is not None or den is not None:
            self.wrong.setdefault(name, text("分子、分母都要填写，或者都不填。"))
        return None


def read(typed: Mapping[str, str]) -> PollPlan:
    """The draft that was typed in; `Faulty` with what is wrong, by field."""
    fields = _Fields(typed)
    form = _one_of(fields, "form", {each.value for each in Form}) or Form.CHOOSE
    seats = fields.number("seats") if form in plan.SEATED else None
    if form in plan.SEATED and seats is None:
        fields.wrong.setdefault("seats", text("请填写应选数。"))
    wanted = PollPlan(
        title=fields.given("title"),
        form=Form(form),
        seats=seats,
        reserve=_counted(fields, "reserve"),
        round=_counted(fields, "round"),
        follows=_follows(fields),
        rule=_rule(fields, Form(form)),
    )
    if fields.wrong:
        raise Faulty(plan.faults(wanted.form, seats, wanted.rule) | fields.wrong)
    return wanted


def _counted(fields: _Fields, name: str) -> int:
    number = fields.number(name)
    return int(BLANK[name]) if number is None else number


def _rule(fields: _Fields, form: Form) -> Rule:
    base = _one_of(fields, "base", {each.value for each in Base}) if fields.given("base") else ""
    passing, quorum = fields.share("pass"), fields.share("quorum")
    if "pass" in fields.wrong:
        fields.wrong["passing"] = fields.wrong.pop("pass")
    return Rule(
        base=Base(base or Base.ROSTER),
        passing=Threshold(*passing, over=fields.given("pass_way") != "least") if passing else None,
        quorum=Quorum(*quorum) if quorum else Rule().quorum,
        most=fields.number("most") if form is Form.CHOOSE else None,
        points=_points(fields) if form is Form.RANK else None,
    )


def _points(fields: _Fields) -> tuple[int, ...] | None:
    given = [fields.number(name, "points") for name in _POINTS]
    known = tuple(value for value in given if value is not None)
    if known and len(known) < len(given):
        fields.wrong.setdefault("points", text("三级分值都要填写，或者都不填。"))
    return known or None


def _one_of(fields: _Fields, name: str, known: set[str]) -> str:
    if fields.given(name) not in known:
        fields.wrong[name] = text("请选择一项。")
        return ""
    return fields.given(name)


def _follows(fields: _Fields) -> bytes | None:
    if not fields.given("follows"):
        return None
    try:
        return unb64(fields.given("follows"), 32)
    except Malformed:
        fields.wrong["follows"] = text("只能接续已经公布或作废的表决。")
        return None
