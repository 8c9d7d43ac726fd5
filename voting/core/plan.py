"""A draft's rule: what the secretariat may set besides the form, and how it reads in one sentence.

The ready forms of `forms` carry the defaults; a `Rule` says where a poll departs from them. What
goes below the law's own measure is warned of and not refused: a congress may have settled it.

>>> _, decision = made(Form.CHOOSE, 10, Rule())
>>> said_of(decision, 10, 314)
'全体代表过半数（158 票）通过，按得票取前 10 项'
>>> quorum_of(decision, 314)
'全体代表的三分之二以上（210 人）签到，才能表决'
>>> below_law(made(Form.EACH, None, Rule(quorum=Quorum(1, 2)))[1])
{'quorum': '低于法定人数：须有三分之二以上的代表出席（组织法 第十四条）。'}
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import asdict, dataclass, replace

from voting.core import forms, rules
from voting.core.encoding import Json
from voting.core.forms import Base, Decision, Form, Quorum, Scale, Threshold
from voting.core.text import Text, text

SEATED = (Form.CHOOSE, Form.RANK)
BASES = {
    Base.ROSTER: text("全体代表"),
    Base.CHECKED_IN: text("到会代表"),
    Base.RETURNED: text("收回的表决票"),
}
_SHARES = {
    Threshold(1, 2, over=True): text("过半数"),
    Threshold(1, 2, over=False): text("半数以上"),
    Threshold(2, 3, over=False): text("三分之二以上"),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """Where a poll may depart from its form: None stands for what the form has.

    `most`: the most items that one ballot may choose, where that is not the number of seats.
    """

    base: Base = Base.ROSTER
    passing: Threshold | None = None
    quorum: Quorum = forms.TWO_THIRDS
    most: int | None = None
    points: tuple[int, ...] | None = None

    def json(self) -> dict[str, Json]:
        """For a draft's row."""
        return asdict(self)

    @classmethod
    def of(cls, value: dict[str, Json]) -> Rule:
        """What `json` gave; nothing at all is the rule of the form itself."""
        if not value:
            return cls()
        passing, points = value["passing"], value["points"]
        return cls(
            base=Base(value["base"]),
            passing=Threshold(**passing) if passing else None,
            quorum=Quorum(**value["quorum"]),
            most=value["most"],
            points=tuple(points) if points else None,
        )


def made(form: Form, seats: int | None, rule: Rule) -> tuple[Scale, Decision]:
    """The scale and the decision of a draft."""
    scale, decision = _ready(form, seats or 0)
    if form is Form.CHOOSE and rule.most is not None:
        scale = Scale(scale.marks, {0: rule.most})
    if form is Form.RANK and rule.points is not None:
        decision = replace(decision, points=rule.points)
    passing = rule.passing or decision.passing
    return scale, replace(decision, base=rule.base, passing=passing, quorum=rule.quorum)


def _ready(form: Form, seats: int) -> tuple[Scale, Decision]:
    match form:
        case Form.CHOOSE:
            return forms.form_choose(seats)
        case Form.EACH:
            return forms.form_each()
        case Form.GRADE:
            return forms.form_grade()
        case Form.RANK:
            return forms.form_rank(seats)


def faults(form: Form, seats: int | None, rule: Rule) -> dict[str, Text]:
    """What is wrong, by field, whatever the projects are."""
    found = {}
    if form in SEATED and (seats is None or seats < 1):
        found["seats"] = text("应选数从 1 开始。")
    if rule.most is not None and rule.most < 1:
        found["most"] = text("每票最多选的项数从 1 开始。")
    if rule.passing and not _is_share(rule.passing):
        found["passing"] = _no_share()
    if not _is_share(rule.quorum):
        found["quorum"] = _no_share()
    if any(abs(points) > forms.MAX_POINTS for points in rule.points or ()):
        found["points"] = text("分值的绝对值不能超过 %(most)s。", most=forms.MAX_POINTS)
    return found


def _is_share(share: Threshold | Quorum) -> bool:
    return 0 < share.num <= share.den <= forms.MAX_SHARE


def _no_share() -> Text:
    return text("比例应大于 0、不超过 1，分母最大 %(most)s。", most=forms.MAX_SHARE)


def below_law(decision: Decision) -> dict[str, Text]:
    """Where a rule asks for less than the law does, by field."""
    found = {}
    if decision.quorum.num * 3 < decision.quorum.den * 2:
        found["quorum"] = text("低于法定人数：须有三分之二以上的代表出席（组织法 第十四条）。")
    half = decision.passing.num * 2 - decision.passing.den
    less = half < 0 or (half == 0 and not decision.passing.over)
    if decision.form is not Form.GRADE and (less or decision.base is not Base.ROSTER):
        found["passing"] = text("低于法定的通过线：以全体代表的过半数通过（组织法 第二十五条）。")
    return found


def said_of(decision: Decision, most: int | None, roster: int) -> Text:
    """What passes and what is chosen; `most` is how many items a ballot may choose."""
    line = _line(decision, roster)
    match decision.form:
        case Form.CHOOSE if most != decision.seats:
            return text(
                "%(line)s通过，按得票取前 %(seats)s 项，每票最多选 %(most)s 项",
                line=line,
                seats=decision.seats,
                most=most,
            )
        case Form.CHOOSE:
            return text("%(line)s通过，按得票取前 %(seats)s 项", line=line, seats=decision.seats)
        case Form.EACH:
            return text("%(line)s赞成，该项通过", line=line)
        case Form.GRADE:
            return text(
                "满意的达到%(line)s，为满意；加上基本满意才达到，为基本满意；否则为不满意",
                line=line,
            )
        case Form.RANK:
            points = "、".join(map(str, decision.points or ()))
            return text(
                "%(line)s选了的项目，按得分取前 %(seats)s 项（各级分值为 %(points)s）",
                line=line,
                seats=decision.seats,
                points=points,
            )


def quorum_of(decision: Decision, roster: int) -> Text:
    """How many must have checked in."""
    share = _share(Threshold(decision.quorum.num, decision.quorum.den, over=False))
    if not roster:
        return text("全体代表的%(share)s签到，才能表决", share=share)
    need = rules.quorum_need(roster, decision.quorum)
    return text("全体代表的%(share)s（%(need)s 人）签到，才能表决", share=share, need=need)


def votes_needed(passing: Threshold, base: int) -> int:
    """The fewest votes of `base` that pass."""
    return bisect_left(range(base + 1), True, key=lambda n: rules.reaches(n, base, passing))


def _line(decision: Decision, roster: int) -> Text:
    base, share = BASES[decision.base], _share(decision.passing)
    if decision.base is not Base.ROSTER or not roster:
        return text("%(base)s%(share)s", base=base, share=share)
    need = votes_needed(decision.passing, roster)
    return text("%(base)s%(share)s（%(need)s 票）", base=base, share=share, need=need)


def _share(passing: Threshold) -> Text:
    if passing in _SHARES:
        return _SHARES[passing]
    if passing.over:
        return text("超过 %(num)s/%(den)s", num=passing.num, den=passing.den)
    return text("%(num)s/%(den)s 以上", num=passing.num, den=passing.den)
