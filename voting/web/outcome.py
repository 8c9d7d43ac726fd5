"""A result in the office's words: each project's line and what became of it.

The published page, the hall's screen, the printed forms and the tables all say it from here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from voting.core.encoding import Json
from voting.core.forms import Decision, Form
from voting.core.poll import Definition
from voting.core.rules import Turnout
from voting.web import bars, words

MANNERS = {
    Form.CHOOSE: "以无记名差额票决方式决定下列项目为{}民生实事项目",
    Form.EACH: "以无记名逐项表决方式通过下列项目",
    Form.GRADE: "以无记名方式对下列项目进行测评，结果如下",
    Form.RANK: "以无记名排序票决方式决定下列项目为{}民生实事项目",
}
NOT_GRADED = "未评定"
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
        return "票决通过" if item["passed"] else "未通过"
    if item["chosen"]:
        return "入选"
    if tied:
        return "末位票数相同，待定" if decision.points is None else "末位得分相同，待定"
    return _not_chosen(decision, item["passed"])


def _not_chosen(decision: Decision, passed: bool) -> str:
    half = (decision.passing.num, decision.passing.den, decision.passing.over) == (1, 2, True)
    if passed:
        return "过半数，未入选" if half else "达到通过票数，未入选"
    return "未过半数" if half else "未达到通过票数"


def _grade(definition: Definition, grade: int | None) -> str:
    return NOT_GRADED if grade is None else definition.scale.marks[grade].label


Cell = str | int


@dataclass(frozen=True, slots=True)
class Table:
    """The counts of all projects as a form lists them; numbers are numbers."""

    head: list[str]
    rows: list[list[Cell]]


def table(definition: Definition, lines: list[Line]) -> Table:
    """Every project's votes of each kind, 未表决, whether past the threshold, rank and outcome."""
    head, form = ["序号", "项目名称"], definition.decision.form
    head += ["得票"] if form is Form.CHOOSE else [mark.label for mark in definition.scale.marks]
    head += ["得分"] if form is Form.RANK else []
    head += ["未表决"] if lines[0].not_voted is not None else []
    head += ["是否过线", "名次"] if form is not Form.GRADE else []
    return Table([*head, "结果"], [_cells(form, line) for line in lines])


def _cells(form: Form, line: Line) -> list[Cell]:
    cells: list[Cell] = [line.row.id, line.row.title, *line.row.votes]
    cells += [line.row.number] if form is Form.RANK else []
    cells += [line.not_voted] if line.not_voted is not None else []
    cells += ["是" if line.passed else "否", line.rank or ""] if form is not Form.GRADE else []
    return [*cells, line.outcome]


def year(definition: Definition) -> str:
    """The year that the projects are for, as the poll's title names it; '' where it does not."""
    named = _YEAR.search(definition.title)
    return named.group(1) if named else ""


@dataclass(frozen=True, slots=True)
class Notice:
    """The 公告: its sentence, its list (empty where nothing was chosen), who signs it and when."""

    opening: str
    listed: list[str]
    signed: str
    date: str


def notice(definition: Definition, result: Json, lines: list[Line], year: str = "") -> Notice:
    """The 公告 of a published result; `year` is the one that the projects are for, if known."""
    congress, meeting = definition.congress, definition.meeting
    who = words.meeting_name(congress.name, congress.session, meeting.title)
    listed = noticed(definition, result, lines)
    manner = MANNERS[definition.decision.form] if listed else "对候选项目进行了表决，没有项目通过"
    for_year = f"{year}年度" if year else ""
    return Notice(
        opening=f"{who}于{words.day(meeting.date)}{manner.format(for_year)}",
        listed=listed,
        signed=f"{who}主席团",
        date=words.day(meeting.date),
    )


def noticed(definition: Definition, result: Json, lines: list[Line]) -> list[str]:
    """What the 公告 lists: the chosen projects, or each project's grade."""
    if definition.decision.form is Form.GRADE:
        graded = [f"{line.row.title}：{line.outcome}" for line in lines]
        return graded if result["quorum"]["reached"] else []
    titles = {item.id: item.title for item in definition.items}
    return [titles[id_] for id_ in result["chosen"]]
