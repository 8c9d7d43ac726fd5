"""Files as offices really hand them in, made here: each is read, or refused where it is wrong."""

from __future__ import annotations

import doctest
import io
from collections.abc import Callable
from datetime import datetime

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.worksheet import Worksheet

from voting.core.poll import Item
from voting.sheets import amounts, blanks, columns, csvfile, grid, offices, projects, roster
from voting.sheets import reading as table_of
from voting.sheets.reading import Fault, Table
from voting.sheets.roster import RosterRow


def saved(fill: Callable[[Worksheet], None], *others: str) -> bytes:
    """A workbook whose first sheet `fill` has filled."""
    book = Workbook()
    fill(book.worksheets[0])
    for other in others:
        book.create_sheet(other)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def of(*rows: tuple[object, ...], **shape: str) -> bytes:
    """A workbook of these rows; `merge` names ranges, and cells' names give number formats."""

    def fill(sheet: Worksheet) -> None:
        for row in rows:
            sheet.append(row)
        for area in shape.pop("merge", "").split():
            sheet.merge_cells(area)
        for cell, format_ in shape.items():
            sheet[cell].number_format = format_

    return saved(fill)


def deputies(data: bytes) -> list[RosterRow]:
    return roster.read("名册.xlsx", data).accepted()


def items(data: bytes) -> list[Item]:
    return projects.read("项目.xlsx", data).accepted()


def faults(table: Table) -> list[tuple[str, str]]:
    return [(fault.cell, fault.column) for fault in table.faults]


def reason(data: bytes) -> str:
    (fault,) = roster.read("名册.xlsx", data).table.faults
    return fault.reason


# Rosters


def test_titles_above_the_header_and_a_delegation_merged_over_its_deputies() -> None:
    data = of(
        ("青石县第十八届人民代表大会代表名册",),
        ("填报单位：县人大常委会办公室", None, None, "2026年11月"),
        ("所在代表团", "代表编号", "代表姓名", "座次", "备注"),
        ("城关镇代表团", "0001", "王玉兰", "1排1座", "连任"),
        (None, "0002", "李建国", "1排2座"),
        (None, "0003", "赵一"),
        ("东河镇代表团", "0004", "钱二"),
        ("合计", None, "4人"),
        merge="A1:E1 A2:C2 A4:A6",
    )
    reading = roster.read("名册.xlsx", data)
    assert reading.accepted() == [
        RosterRow("0001", "王玉兰", "城关镇代表团", "1排1座"),
        RosterRow("0002", "李建国", "城关镇代表团", "1排2座"),
        RosterRow("0003", "赵一", "城关镇代表团", ""),
        RosterRow("0004", "钱二", "东河镇代表团", ""),
    ]
    assert [kept.line for kept in reading.table.left_out] == [1, 2, 8]
    assert reading.table.untaken == ["备注"]


def test_numbers_that_lost_their_zeros_and_those_that_only_look_so() -> None:
    data = of(("证号", "姓名"), (1.0, "甲"), (2, "乙"), (3, "丙"), ("０４", "丁"), A4="0000")
    assert [row.number for row in deputies(data)] == ["1", "2", "0003", "04"]


def test_sections_repeated_headers_and_blank_rows_are_left_out_by_name() -> None:
    data = of(
        ("编号", "姓名", "代表团"),
        ("一、城关镇代表团（1人）",),
        (1, "王玉兰", "城关镇"),
        (None, None, None),
        ("编号", "姓名", "代表团"),
        (2, "李建国", "东河镇"),
        ("二、东河镇代表团",),
        ("注：按姓氏笔画排列",),
        ("填表人：张三", None, "审核人：李四"),
        merge="A2:C2",
    )
    reading = roster.read("名册.xlsx", data)
    assert [row.name for row in reading.accepted()] == ["王玉兰", "李建国"]
    assert [kept.line for kept in reading.table.left_out] == [2, 5, 7, 8, 9]


def test_delegations_that_only_titles_say_are_taken_from_them() -> None:
    rows = (
        ("青石县代表名册",),
        ("第一代表团（2人）",),
        ("编号", "姓名"),
        (1, "王玉兰"),
        (2, "李建国"),
        ("小计：2人",),
        ("二、城关镇",),
        ("编号", "姓名"),
        (3, "赵一"),
        ("东河镇 代表团",),
        (4, "钱二"),
    )
    reading = roster.read("名册.xlsx", of(*rows, merge="A1:B1 A2:B2 A7:B7"))
    groups = [row.delegation for row in reading.accepted()]
    assert groups == ["第一代表团", "第一代表团", "城关镇", "东河镇 代表团"]
    assert reading.table.absent == ["座位"]
    assert [kept.line for kept in reading.table.left_out] == [1, 6, 8]
    late = roster.read("名册.xlsx", of(("编号", "姓名"), (1, "王玉兰"), *rows[9:]))
    assert [(fault.line, fault.column) for fault in late.table.faults] == [(2, "代表团")]


def test_a_seat_that_the_spreadsheet_took_for_a_date_is_a_fault() -> None:
    data = of(("编号", "姓名", "座位号"), (1, "王玉兰", datetime(2026, 3, 12)))
    assert faults(roster.read("名册.xlsx", data).table) == [("C2", "座位")]


def test_formulas_and_error_values_are_faults_and_texts_like_them_are_not() -> None:
    def fill(sheet: Worksheet) -> None:
        sheet.append(("编号", "姓名", "代表团", "人数"))
        sheet.append((1, "王玉兰", '="城关"&"镇"', "=SUM(A1:A9)"))
        sheet.append((2, "#REF!", "东河镇"))
        sheet.append((3, "x", "西河镇"))
        sheet["B4"].value = "=1+1"
        sheet["B4"].data_type = "s"
        sheet.append((4, ArrayFormula("B5", "=A1:A2"), "西河镇"))

    reading = roster.read("名册.xlsx", saved(fill))
    assert faults(reading.table) == [("C2", "代表团"), ("B3", "姓名"), ("B5", "姓名")]
    assert "公式" in reading.table.faults[0].reason
    assert reading.values[2].name == "=1+1"


def test_the_sheet_that_has_the_header_is_read_and_hidden_ones_are_not() -> None:
    book = Workbook()
    book.worksheets[0].append(("填表说明：请勿改动",))
    hidden = book.create_sheet("旧名册")
    hidden.append(("编号", "姓名"))
    hidden.append((9, "旧"))
    hidden.sheet_state = "hidden"
    sheet = book.create_sheet("名册")
    sheet.append(("编号", "姓名"))
    sheet.append((1, "王玉兰"))
    data = io.BytesIO()
    book.save(data)
    reading = roster.read("名册.xlsx", data.getvalue())
    assert (reading.table.sheet, [row.name for row in reading.accepted()]) == ("名册", ["王玉兰"])


def test_a_spoiled_csv_of_an_office() -> None:
    text = (
        "青石县代表名册,,,,\r\n,,,,\r\n序号,证号,姓　名,座位号,联系电话\r\n"
        '1,０００１,王玉兰,1排1座,139\r\n2,="0002",李建国,,\r\n,合计,2,,\r\n'
    )
    reading = roster.read("名册.csv", text.encode("gb18030"))
    assert [row.number for row in reading.accepted()] == ["0001", "0002"]
    assert reading.table.untaken == ["序号", "联系电话"]
    assert reading.table.absent == ["代表团"]
    assert [kept.text for kept in reading.table.left_out] == ["青石县代表名册", "合计 2"]


# Candidate projects


def test_a_candidate_table_as_governments_print_it() -> None:
    data = of(
        ("青石县2027年度民生实事候选项目表",),
        (None, None, None, None, None, None, "单位：亿元"),
        ("序号", "项目", "类别", "建设内容及规模", "总投资", "牵头单位", "完成时间"),
        ("一、教育", None, None, None, None, None, None),
        (1, "公办幼儿园扩容", "教育", "公办园5所，\n学位1000个", 0.52, "县教育局", "2026年底"),
        (2.0, "四好农村路", "交通", "55公里", "8250万元", "县交通局", datetime(2027, 12, 1)),
        (3, "食堂", "养老", "=三个", "/", "县民政局", datetime(2027, 6, 30)),
        (None, "合  计", None, None, "=SUM(E5:E7)", None, None),
        merge="A1:G1 A4:G4",
        G6="yyyy年m月",
        D7="@",
    )
    reading = projects.read("项目.xlsx", data)
    assert faults(reading.table) == [("D7", "建设内容及规模")]
    first, second, third = reading.values
    assert first == Item(
        "1",
        "公办幼儿园扩容",
        {
            "category": "教育",
            "content": "公办园5所， 学位1000个",
            "amount_yuan": 52_000_000,
            "unit": "县教育局",
            "deadline": "2026年底",
        },
    )
    assert second.more["amount_yuan"] == 82_500_000
    assert (second.more["deadline"], third.more["deadline"]) == ("2027年12月", "2027年6月30日")
    assert "amount_yuan" not in third.more


def test_a_header_of_two_rows_with_the_unit_over_its_parts() -> None:
    data = of(
        ("序号", "项目名称", "投资（万元）", None, "责任单位"),
        (None, None, "总投资", "年度计划投资", None),
        (1, "修路", 3820.5, "1,200", "县交通局"),
        merge="A1:A2 B1:B2 C1:D1 E1:E2",
    )
    (item,) = items(data)
    assert item.more["amount_yuan"] == 38_205_000
    assert item.more["year_amount_yuan"] == 12_000_000


def test_columns_in_any_order_with_required_marks_asides_and_years() -> None:
    data = of(
        (
            "*项目名称（必填）",
            "2027年计划投资（亿元）",
            "投资额/万元",
            "完成时限\n（年月）",
            "* 编 号",
        ),
        ("修路", 1.2, "3,820", "2027年底", 1),
    )
    (item,) = items(data)
    assert item == Item(
        "1",
        "修路",
        {"amount_yuan": 38_200_000, "deadline": "2027年底", "year_amount_yuan": 120_000_000},
    )


def test_an_amount_without_any_unit_is_a_fault_that_says_so() -> None:
    reading = projects.read("项目.xlsx", of(("序号", "项目", "总投资"), (1, "修路", 3820)))
    (fault,) = reading.table.faults
    assert (fault.cell, "单位" in fault.reason) == ("C2", True)
    assert items(of(("序号", "项目", "总投资"), (1, "修路", "1.2亿")))[0].more == {
        "amount_yuan": 120_000_000
    }


def test_a_project_whose_name_begins_like_a_total_or_a_note_is_a_project() -> None:
    head = ("项目名称", "序号")
    names = ["总计量站建设", "审核中心建设", "小计工程"]
    read = items(of(head, *((name, n) for n, name in enumerate(names))))
    assert [item.title for item in read] == names


def test_amounts_from_formulas_and_units_in_a_format_are_faults_once() -> None:
    data = of(
        ("序号", "项目", "总投资（万元）"),
        (1, "修路", "=1+1"),
        (2, "修桥", 38_200_000),
        C3='0!.0,"万"',
    )
    assert faults(projects.read("项目.xlsx", data).table) == [
        ("C2", "总投资"),
        ("C3", "总投资"),
    ]


def test_two_columns_for_one_thing_the_better_name_is_taken() -> None:
    reading = projects.read(
        "项目.xlsx", of(("序号", "项目名称", "牵头单位", "责任单位"), (1, "修路", "甲", "乙"))
    )
    assert reading.accepted()[0].more == {"unit": "乙"}
    assert reading.table.untaken == ["牵头单位"]


def test_faults_of_a_workbook_name_sheet_line_and_cell() -> None:
    data = of(("名册",), ("编号", "姓名"), (1, "王玉兰"), (1, None))
    table = roster.read("名册.xlsx", data).table
    assert table.faults == [
        Fault("名册.xlsx", 4, "姓名", "没有填写姓名。", "Sheet", "B4"),
        Fault("名册.xlsx", 4, "代表证号", "代表证号「1」与第 3 行重复。", "Sheet", "A4"),
    ]
    assert table.faults[0].told() == "名册.xlsx（Sheet） 第 4 行 B4 姓名：没有填写姓名。"


# Templates


@pytest.mark.parametrize("name", blanks.FILES)
def test_a_template_is_read_as_it_was_downloaded(name: str) -> None:
    data, _ = blanks.make(name)
    if name.startswith("roster"):
        assert deputies(data) == [RosterRow("0001", "王玉兰", "城关镇代表团", "1排1座")]
    else:
        (item,) = items(data)
        assert len(item.more) == len(projects.FIELDS) - 2


@pytest.mark.parametrize(
    "module", [amounts, columns, csvfile, grid, offices, projects, table_of, roster]
)
def test_examples_in_the_modules(module: object) -> None:
    failed, tried = doctest.testmod(module)  # type: ignore[arg-type]
    assert (failed, tried > 0) == (0, True)


# Uglier still


def test_hidden_rows_and_columns_are_never_taken_unseen() -> None:
    def fill(sheet: Worksheet) -> None:
        for row in (
            ("编号", "姓名", "电话", "座位"),
            (1, "甲", "139", "1排"),
            (2, "乙", "", "2排"),
        ):
            sheet.append(row)
        sheet.row_dimensions[3].hidden = True  # by hand, or by a filter
        for column in "CD":
            sheet.column_dimensions[column].hidden = True

    table = roster.read("名册.xlsx", saved(fill)).table
    assert [(fault.line, fault.column) for fault in table.faults] == [(1, "座位"), (3, "")]
    assert all("隐藏" in fault.reason for fault in table.faults)


@pytest.mark.parametrize(
    ("data", "told"),
    [(b"\xd0\xcf\x11\xe0old", ".xls"), (b"\r\n<html><table><tr><td>", "网页"),
     (b"%PDF-1.7 ...", "PDF"), (b"PK\x03\x04nothing", "损坏")],
)  # fmt: skip
def test_other_files_that_are_named_xlsx_are_called_what_they_are(data: bytes, told: str) -> None:
    assert told in reason(data)


def test_numbers_of_lists_and_cells_pasted_out_of_a_spreadsheet() -> None:
    rows = "序号\t项目名称\t完成时限\n1.0\t修路\t2027.12.31\n2、\t修桥\n（三）\t建园\t年底\n"
    with_tabs = rows.replace("2、\t修桥\n", "2、\t修桥\t\n")
    read = items(with_tabs.encode("gb18030"))
    assert [item.id for item in read] == ["1", "2", "（三）"]
    assert read[0].more == {"deadline": "2027.12.31"}


def test_a_merged_total_notes_below_and_columns_of_nothing_at_the_right() -> None:
    data = of(
        ("序号", "项目名称", "总投资（亿元）", None, None),
        (1, "修路", "0.52", None, " "),
        ("合计（1项）", None, 0.52, None, None),
        ("说明：投资为估算数，以批复为准。", None, None, None, None),
        merge="A3:B3 A4:E4",
    )
    reading = projects.read("项目.xlsx", data)
    assert [item.more for item in reading.accepted()] == [{"amount_yuan": 52_000_000}]
    assert [kept.line for kept in reading.table.left_out] == [3, 4]


def test_a_second_header_row_that_nothing_joins_to_the_first_is_refused_by_row() -> None:
    data = of(
        ("序号", "项目名称", "投资（万元）", None),
        (None, None, "总投资", "年度计划投资"),
        (1, "修路", "3820", "1200"),
    )
    assert {fault.line for fault in projects.read("项目.xlsx", data).table.faults} == {2}


@pytest.mark.parametrize(
    "heading",
    ["项目名称（藏文）", "藏语名称", "藏文项目名称", "项目（藏 文）", "候选项目名称\n(藏文)"],
)
def test_a_title_in_a_second_script_under_many_headings(heading: str) -> None:
    (item,) = items(of(("序号", "项目名称", heading), (1, "修路", "གཞུང་ལམ")))
    assert item.more == {"second": {"lang": "bo", "title": "གཞུང་ལམ"}}


def book(**sheets: list[tuple[object, ...]]) -> bytes:
    """A workbook of several sheets."""
    made = Workbook()
    made.remove(made.worksheets[0])
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    data = io.BytesIO()
    made.save(data)
    return data.getvalue()


def test_deputies_on_a_second_sheet_are_not_lost_in_silence() -> None:
    table = roster.read(
        "名册.xlsx", book(城关=[("证号", "姓名"), (1, "甲")], 东河=[("证号", "姓名"), (2, "乙")])
    ).table
    (fault,) = table.faults
    assert "城关、东河" in fault.reason


def test_a_summary_before_the_list_is_not_taken_for_it() -> None:
    summary = [("单位", "项目数", "总投资"), ("教育局", 3, 500)]
    listed = [("序", "实事项目名称", "投资概算（万）"), (1, "修路", 3820)]
    (item,) = items(book(汇总=summary, 候选项目=listed))
    assert item == Item("1", "修路", {"amount_yuan": 38_200_000})


def test_this_years_investment_is_never_taken_for_the_total() -> None:
    read = projects.read(
        "项目.xlsx", of(("序号", "项目名称", "2027年投资（万元）"), (1, "修路", "1,200"))
    )
    assert read.accepted()[0].more == {"year_amount_yuan": 12_000_000}


@pytest.mark.parametrize("unit", ["千元", "百万元", "万美元"])
def test_a_unit_over_the_header_is_not_the_end_of_another(unit: str) -> None:
    data = of(
        ("序号", "项目名称", f"投资（{unit}）"),
        ("序号", "项目名称", "总投资"),
        (1, "修路", 3820),
        merge="A1:A2 B1:B2",
    )
    found = projects.read("项目.xlsx", data).table.faults
    assert ("C3", "总投资") in [(fault.cell, fault.column) for fault in found]


def test_notes_of_several_lines_below_a_table_are_left_out() -> None:
    data = of(
        ("序号", "项目名称", "完成时限"),
        (1, "修路", "2026年底"),
        (),
        ("备注：1.投资为估算数",),
        ("2.以批复为准",),
        ("共1项",),
    )
    reading = projects.read("项目.xlsx", data)
    assert len(reading.accepted()) == 1
    assert [kept.line for kept in reading.table.left_out] == [4, 5, 6]


def test_days_counted_by_a_spreadsheet_and_ditto_marks_are_faults() -> None:
    data = of(
        ("序号", "项目名称", "责任单位", "完成时限"),
        (1, "修路", "县交通局", 46022),
        (2, "修桥", "〃", 2027),
    )
    assert faults(projects.read("项目.xlsx", data).table) == [
        ("D2", "完成时限"),
        ("C3", "责任单位"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("between", ["\t", ";"])
def test_text_saved_with_tabs_or_semicolons_and_commas_in_its_amounts(
    encoding: str, between: str
) -> None:
    lines = ["序号|项目名称|总投资（万元）", "1|修路|3,820", '2|修桥|"8,250"']
    text = "\r\n".join(lines).replace("|", between)
    read = items(text.encode(encoding))
    assert [item.more["amount_yuan"] for item in read] == [38_200_000, 82_500_000]
