"""What a preview says of new, changed, wrong, moved and missing rows."""

from __future__ import annotations

from voting.core.poll import Item
from voting.sheets import preview, projects, roster
from voting.sheets.preview import Mark, Preview
from voting.sheets.roster import RosterRow

STANDING = [
    RosterRow("1", "王玉兰", "城关团", "1排"),
    RosterRow("2", "李建国", "城关团", "2排"),
    RosterRow("3", "赵一", "东河团", ""),
]
HEAD = "代表证号,姓名,代表团,座位\n"


def seen(rows: str, head: str = HEAD) -> Preview:
    reading = roster.read("名册.csv", (head + rows).encode())
    return preview.compare(reading, STANDING, roster.texts)


def test_rows_and_cells_are_marked() -> None:
    found = seen("1,王玉兰,城关团,1排\n2,李建国,东河团,2排\n4,钱二,,\n5,,东河团,\n")
    assert [row.mark for row in found.rows] == [Mark.SAME, Mark.CHANGED, Mark.NEW, Mark.WRONG]
    assert found.counts == {"new": 1, "changed": 1, "same": 1, "wrong": 1, "gone": 1}
    assert [(c.column, c.was) for c in found.rows[1].cells if c.mark is Mark.CHANGED] == [
        ("代表团", "城关团")
    ]
    (wrong,) = [cell for cell in found.rows[3].cells if cell.mark is Mark.WRONG]
    assert (wrong.column, wrong.reasons) == ("姓名", ("没有填写姓名。",))
    assert found.gone == ["3 赵一"]
    assert not found.moved


def test_a_column_that_is_missing_empties_what_stood() -> None:
    found = seen("1,王玉兰\n2,李建国\n3,赵一\n", "编号,姓名\n")
    assert found.counts["changed"] == 3
    assert found.absent == ["代表团", "座位"]
    assert list(found.columns) == ["代表证号", "姓名", "代表团", "座位"]


def test_another_order_is_said() -> None:
    assert seen("2,李建国,城关团,2排\n1,王玉兰,城关团,1排\n3,赵一,东河团,\n").moved


def test_a_wrong_amount_is_shown_as_it_was_typed_and_a_right_one_in_the_usual_unit() -> None:
    text = "序号,项目,总投资（亿元）\n1,修路,0.5\n2,修桥,约3\n"
    standing = [Item("1", "修路", {"amount_yuan": 40_000_000})]
    found = preview.compare(projects.read("a.csv", text.encode()), standing, projects.texts)
    first, second = ({cell.column: cell for cell in row.cells} for row in found.rows)
    assert (first["总投资"].text, first["总投资"].was) == ("5,000", "4,000")
    assert (second["总投资"].text, second["总投资"].mark) == ("约3", Mark.WRONG)
    assert found.columns["总投资"] == "总投资(万元)"


def test_a_file_that_cannot_be_read_gives_a_preview_of_its_faults() -> None:
    found = preview.compare(roster.read("x", b"\xff"), STANDING, roster.texts)
    assert (found.rows, len(found.faults), len(found.gone)) == ([], 1, 3)
