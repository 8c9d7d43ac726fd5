"""A result in the office's words: each project's line and what became of it.

The published page, the hall's screen, the printed forms and the tables all say it from here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask_babel import gettext as _

from voting.core.encoding import Json
from voting.core.forms import Decision, Form
from voting.core.poll import Definition
from voting.core.rules import Turnout
from voting.core.text import Text, text
from voting.web import bars, words

OPENINGS = {
    Form.CHOOSE: text("%(who)s于%(day)s以无记名差额票决方式决定下列项目为%(year)s民生实事项目"),
    Form.EACH: text("%(who)s于%(day)s以无记名逐项表决方式通过下列项目"),
    Form.GRADE: text("%(who)s于%(day)s以无记名方式对下列项目进行测评，结果如下"),
    Form.RANK: text("%(who)s于%(day)s以无记名排序票决方式决定下列项目为%(year)s民生实事项目"),
}
NOTHING = text("%(who)s于%(day)s对候选项目进行了表决，没有项目通过")
NOT_GRADED = text("未评定")
_YEAR = re.compile(r"([0-9]{4})\s*年")


@dataclass(frozen=True, slots=True)
class Line:
    """A project in the published result: its bar, place in the list, rank, and what became of it.

    `good` is whether it was chosen or passed.
    """

    row: bars.Row
    place: int
    rank: int | None
    not_voted: int | None
    passed: bool | None
    outcome: str
    good: bool


def turnout(result: Json) -> Turnout:
    """The turnout of a result."""
    return Turnout(**result["turnout"])


def lines_of(definition: Definition, result: Json) -> list[Line]:
    """All projects, by rank and then in order."""
    items = result["items"]
    tally = [[*item["votes"], item["unmarked"]] for item in items]
    rows = bars.rows(definition, turnout(result), tally)
    lines = [
        Line(
            row=row,
            place=place,
            rank=item["rank"],
            not_voted=item["not_voted"],
            passed=item["passed"],
            outcome=_outcome(definition, item, item["id"] in result["tied"]),
            good=bool(item["chosen"]),
        )
        for place, (row, item) in enumerate(zip(rows, items, strict=True), 1)
    ]
    return sorted(lines, key=lambda line: line.rank or 0)


def _outcome(definition: Definition, item: Json, tied: bool) -> str:
    decision = definition.decision
    if decision.form is Form.GRADE:
        return _grade(definition, item["grade"])
    if decision.form is Form.EACH:
        return text("票决通过") if item["passed"] else text("未通过")
    if item["chosen"]:
        return text("入选")
    if tied and decision.points is None:
        return text("末位票数相同，待定")
    if tied:
        return text("末位得分相同，待定")
    return _not_chosen(decision, item["passed"])


def _not_chosen(decision: Decision, passed: bool) -> str:
    half = (decision.passing.num, decision.passing.den, decision.passing.over) == (1, 2, True)
    if passed:
        return text("过半数，未入选") if half else text("达到通过票数，未入选")
    return text("未过半数") if half else text("未达到通过票数")


def _grade(definition: Definition, grade: int | None) -> str:
    return NOT_GRADED if grade is None else labels(definition)[grade]


def labels(definition: Definition) -> list[str]:
    """What the marks are called: words of the ready forms, which can be said in any language."""
    return [Text(mark.label, {}) for mark in definition.scale.marks]


Cell = str | int


@dataclass(frozen=True, slots=True)
class Table:
    """The counts of all projects as a form lists them; numbers are numbers."""

    head: list[str]
    rows: list[list[Cell]]


def table(definition: Definition, lines: list[Line]) -> Table:
    """Every project's votes of each kind, 未表决, whether past the threshold, rank and outcome."""
    form = definition.decision.form
    head: list[str] = [text("序号"), text("项目名称")]
    head += [text("得票")] if form is Form.CHOOSE else labels(definition)
    head += [text("得分")] if form is Form.RANK else []
    head += [text("未表决")] if lines[0].not_voted is not None else []
    head += [text("是否过线"), text("名次")] if form is not Form.GRADE else []
    return Table([*head, text("结果")], [_cells(form, line) for line in lines])


def _cells(form: Form, line: Line) -> list[Cell]:
    cells: list[Cell] = [line.row.id, line.row.title, *line.row.votes]
    cells += [line.row.number] if form is Form.RANK else []
    cells += [line.not_voted] if line.not_voted is not None else []
    if form is not Form.GRADE:
        cells += [text("是") if line.passed else text("否"), line.rank or ""]
    return [*cells, line.outcome]


def year(definition: Definition) -> str:
    """The year that the projects are for, as the poll's title names it; '' where it does not."""
    named = _YEAR.search(definition.title)
    return named.group(1) if named else ""


@dataclass(frozen=True, slots=True)
class Notice:
    """The 公告: its list (empty where nothing was chosen), and its sentences, said when read."""

    form: Form
    who: str
    held: str
    year: str
    listed: list[str]

    @property
    def opening(self) -> str:
        """Who decided what, when and how; it ends with the list or where nothing is listed."""
        year = _("%(year)s年度", year=self.year) if self.year else ""
        sentence = OPENINGS[self.form] if self.listed else NOTHING
        return _(sentence, who=self.who, day=self.date, year=year)

    @property
    def signed(self) -> str:
        """Who gives notice."""
        return _("%(who)s主席团", who=self.who)

    @property
    def date(self) -> str:
        """The day of the meeting."""
        return words.day(self.held)


def notice(definition: Definition, result: Json, lines: list[Line], year: str = "") -> Notice:
    """The 公告 of a published result; `year` is the one that the projects are for, if known."""
    congress, meeting = definition.congress, definition.meeting
    who = words.meeting_name(congress.name, congress.session, meeting.title)
    listed = noticed(definition, result, lines)
    return Notice(definition.decision.form, who, meeting.date, year, listed)


def noticed(definition: Definition, result: Json, lines: list[Line]) -> list[str]:
    """What the 公告 lists: the chosen projects, or each project's grade."""
    if definition.decision.form is Form.GRADE:
        return [_graded(line) for line in lines] if result["quorum"]["reached"] else []
    titles = {item.id: item.title for item in definition.items}
    return [titles[id_] for id_ in result["chosen"]]


def _graded(line: Line) -> str:
    return text("%(title)s：%(grade)s", title=line.row.title, grade=line.outcome)
