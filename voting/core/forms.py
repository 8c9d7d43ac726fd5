"""How a poll is voted on and decided: its scale, its rule of decision, and the four ready forms.

`scale` and `decision` of protocol section 2. The ready forms carry the defaults that offices use:
a quorum of two thirds (组织法 第十四条), more than half of all deputies (第二十五条); `check_form`
says what a poll may use instead.

>>> scale, decision = form_choose(10)
>>> [mark.label for mark in scale.marks], decision.seats
(['同意'], 10)
>>> check_marks(scale, 3, [0, None, 0])
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from types import NoneType

from voting.core.encoding import MAX_INTEGER, Json, fields
from voting.core.errors import Malformed, Refused
from voting.core.text import text

MAX_MARKS = 20
MAX_SHARE = 1000  # the largest denominator of a threshold or quorum
MAX_POINTS = 1000


class Form(StrEnum):
    """What is asked: which items to take, each by itself, how well each was done, how urgent."""

    CHOOSE = "choose"  # 差额圈选
    EACH = "each"  # 逐项表决
    GRADE = "grade"  # 测评
    RANK = "rank"  # 排序


class Base(StrEnum):
    """The count that a threshold is a share of."""

    ROSTER = "roster"  # 全体代表
    CHECKED_IN = "checked_in"  # 到会代表
    RETURNED = "returned"  # 收回的表决票


@dataclass(frozen=True, slots=True)
class Mark:
    """One answer that a ballot can give to an item."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Scale:
    """The answers, in order (in a grade: best first).

    `limits` maps a mark's index to the most items that one ballot may give it to.
    """

    marks: tuple[Mark, ...]
    limits: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Threshold:
    """A share of the base: more than num/den where `over`, num/den or more where not."""

    num: int
    den: int
    over: bool


@dataclass(frozen=True, slots=True)
class Quorum:
    """The share of the roster that must be checked in, or more (组织法 第十四条)."""

    num: int
    den: int


@dataclass(frozen=True, slots=True)
class Decision:
    """The rule of decision.

    `mark` is the index of the mark that counts as a vote for (choose, each; else None), `seats`
    how many items can be chosen (choose, rank; else None), `points` one integer a mark (rank;
    else None).
    """

    form: Form
    base: Base
    mark: int | None
    passing: Threshold
    quorum: Quorum
    seats: int | None
    points: tuple[int, ...] | None


TWO_THIRDS = Quorum(2, 3)
OVER_HALF = Threshold(1, 2, over=True)
HALF = Threshold(1, 2, over=False)


def form_choose(seats: int) -> tuple[Scale, Decision]:
    """差额圈选: at most `seats` items on a ballot, and as many chosen."""
    scale = Scale((Mark("for", text("同意")),), {0: seats})
    return scale, Decision(Form.CHOOSE, Base.ROSTER, 0, OVER_HALF, TWO_THIRDS, seats, None)


def form_each() -> tuple[Scale, Decision]:
    """逐项表决: every item by itself."""
    labels = {"for": text("赞成"), "against": text("反对"), "abstain": text("弃权")}
    scale = Scale(tuple(Mark(mark, label) for mark, label in labels.items()))
    return scale, Decision(Form.EACH, Base.ROSTER, 0, OVER_HALF, TWO_THIRDS, None, None)


def form_grade() -> tuple[Scale, Decision]:
    """测评: exactly half of all deputies counts as reached."""
    labels = {"good": text("满意"), "fair": text("基本满意"), "poor": text("不满意")}
    scale = Scale(tuple(Mark(mark, label) for mark, label in labels.items()))
    return scale, Decision(Form.GRADE, Base.ROSTER, None, HALF, TWO_THIRDS, None, None)


def form_rank(seats: int, points: tuple[int, int, int] = (3, 2, 1)) -> tuple[Scale, Decision]:
    """排序 by urgency: `points` for 最急需, 急需, 一般; the `seats` items with most are chosen."""
    labels = {"most": text("最急需"), "more": text("急需"), "some": text("一般")}
    scale = Scale(tuple(Mark(mark, label) for mark, label in labels.items()))
    return scale, Decision(Form.RANK, Base.ROSTER, None, OVER_HALF, TWO_THIRDS, seats, points)


def check_marks(scale: Scale, item_count: int, marks: Json) -> None:
    """Refuse the marks that no ballot may bear; a blank ballot may be cast.

    `marks` is a JSON value: a list with one entry an item, an index into the scale or None.
    `Malformed` (`bad_marks`) where it is anything else; `Refused` (`over_marked`) where a mark is
    given to more items than its limit, to be corrected before casting (选举法 第四十四条).
    """
    whole = isinstance(marks, list) and len(marks) == item_count
    require(whole, "bad_marks", "表决票应对%(n)s个项目各有一个选择。", n=item_count)
    for mark in marks:
        known = mark is None or (type(mark) is int and 0 <= mark < len(scale.marks))
        require(known, "bad_marks", "表决票中有不认识的选项。")
    for mark, most in sorted(scale.limits.items()):
        given = marks.count(mark)
        if given > most:
            raise Refused(
                "over_marked",
                "「%(mark)s」最多可选%(most)s项，您选了%(given)s项，请改正后再提交。",
                mark=scale.marks[mark].label,
                most=most,
                given=given,
            )


def check_form(scale: Scale, decision: Decision, item_count: int) -> None:
    """`Malformed` where scale or decision breaks protocol section 2 for that many items."""
    _check_scale(scale)
    for share in (decision.passing, decision.quorum):
        require(0 < share.num <= share.den <= MAX_SHARE, "bad_share", "比例应大于0，不超过1。")
    _check_votes_for(decision, len(scale.marks))
    _check_seats(decision, item_count)
    _check_points(decision, len(scale.marks))


def _check_scale(scale: Scale) -> None:
    marks = scale.marks
    require(1 <= len(marks) <= MAX_MARKS, "bad_scale", "选项应为1至%(most)s个。", most=MAX_MARKS)
    names = [name for mark in marks for name in (mark.id, mark.label)]
    require(all(map(is_text, names)), "bad_scale", "选项的编号和名称不能为空或含有控制字符。")
    require(distinct([mark.id for mark in marks]), "bad_scale", "选项的编号有重复。")
    for mark, most in scale.limits.items():
        require(0 <= mark < len(marks), "bad_scale", "限选的选项不存在。")
        require(1 <= most <= MAX_INTEGER, "bad_scale", "限选的项数至少为1。")


def _check_votes_for(decision: Decision, marks: int) -> None:
    mark = decision.mark
    if decision.form in (Form.CHOOSE, Form.EACH):
        require(mark is not None and 0 <= mark < marks, "bad_decision", "没有指明哪个选项算得票。")
    else:
        require(mark is None, "bad_decision", "测评和排序不指定得票的选项。")


def _check_seats(decision: Decision, items: int) -> None:
    seats = decision.seats
    if decision.form in (Form.CHOOSE, Form.RANK):
        fits = seats is not None and 1 <= seats <= items
        require(fits, "bad_decision", "应选数应在1与项目数%(n)s之间。", n=items)
    else:
        require(seats is None, "bad_decision", "逐项表决和测评没有应选数。")


def _check_points(decision: Decision, marks: int) -> None:
    points = decision.points
    if decision.form == Form.RANK:
        fits = points is not None and len(points) == marks
        require(fits, "bad_decision", "每个选项应有一个分值。")
    else:
        require(points is None, "bad_decision", "只有排序有分值。")
    small = all(abs(value) <= MAX_POINTS for value in points or ())
    require(small, "bad_decision", "分值的绝对值不能超过%(most)s。", most=MAX_POINTS)


# The parts of definition.json, printed and parsed.


def scale_json(scale: Scale) -> Json:
    """`scale` of definition.json."""
    limits = {str(mark): most for mark, most in scale.limits.items()}
    return {"marks": [asdict(mark) for mark in scale.marks], "limits": limits}


def decision_json(decision: Decision) -> Json:
    """`decision` of definition.json; only there is the threshold called `pass`."""
    value = asdict(decision)
    value["pass"] = value.pop("passing")
    return value


def parse_scale(value: Json) -> Scale:
    """The scale of a JSON value; `Malformed` where that has another shape."""
    marks, limits = fields(value, {"marks": list, "limits": dict})
    indices = {str(index): index for index in range(len(marks))}  # no other spelling of a number
    require(limits.keys() <= indices.keys(), "bad_scale", "限选的选项不存在。")
    fields(limits, dict.fromkeys(limits, int))
    return Scale(
        tuple(Mark(*fields(mark, {"id": str, "label": str})) for mark in marks),
        {indices[name]: most for name, most in limits.items()},
    )


def parse_decision(value: Json) -> Decision:
    """The decision of a JSON value; `Malformed` where that has another shape."""
    number, numbers = (int, NoneType), (list, NoneType)
    shape: dict[str, type | tuple[type, ...]] = {
        "form": str,
        "base": str,
        "mark": number,
        "pass": dict,
        "quorum": dict,
    }
    shape |= {"seats": number, "points": numbers}
    form, base, mark, passing, quorum, seats, points = fields(value, shape)
    require(form in set(Form) and base in set(Base), "bad_decision", "不认识的表决方式或基数。")
    whole = all(type(value) is int for value in points or ())
    require(whole, "bad_decision", "分值应为整数。")
    return Decision(
        Form(form),
        Base(base),
        mark,
        Threshold(*fields(passing, {"num": int, "den": int, "over": bool})),
        Quorum(*fields(quorum, {"num": int, "den": int})),
        seats,
        None if points is None else tuple(points),
    )


# What every check here and in `poll` is made of.


def require(condition: bool, code: str, message: str, **values: object) -> None:
    """`Malformed` unless the condition holds."""
    if not condition:
        raise Malformed(code, message, **values)


def distinct(values: Sequence[str] | Sequence[bytes]) -> bool:
    """Whether no value stands twice."""
    return len(set(values)) == len(values)


def is_text(words: str) -> bool:
    """Whether words can be read on one line: not blank, no control or line-breaking character."""
    unreadable = {"Cc", "Cs", "Zl", "Zp"}
    return bool(words.strip()) and not any(unicodedata.category(c) in unreadable for c in words)
