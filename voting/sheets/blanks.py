"""Empty files to fill in: a header, one example row, and notes, as .xlsx and as CSV.

All cells are formatted as text, so that spreadsheets keep 0001 and 3-12 as they are typed.
"""

from __future__ import annotations

import csv
import io

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from voting.sheets import projects, roster
from voting.sheets.columns import Column

FILES = {  # by the name in an address: the name that it is saved under
    "roster.xlsx": "代表名册模板.xlsx",
    "roster.csv": "代表名册模板.csv",
    "candidates.xlsx": "候选项目模板.xlsx",
    "candidates.csv": "候选项目模板.csv",
}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
_EXAMPLES = {
    "roster": ("0001", "王玉兰", "城关镇代表团", "1排1座"),
    "candidates": (
        *("1", "公办幼儿园扩容工程", "教育", "新（改、扩）建公办园5所，新增学位1000个"),
        *("城关镇、东河镇", "学龄前儿童1000名", "5,200", "3,000", "县级财政"),
        *("县教育局", "县财政局", "副县长李建国", "2027年12月", "用地已落实"),
    ),
}
_COLUMNS = {"roster": roster.COLUMNS, "candidates": tuple(projects.FIELDS.values())}
_NOTES = {
    "roster": "代表证号不得重复；以后重新导入时，证号不变的代表，代表证继续有效。",
    "candidates": "金额可写作 3,820、3820万元、1.2亿；没有写单位的，以表头的单位为准。"
    "自治地方可以加列，例如“项目名称（维吾尔文）”“建设内容（维吾尔文）”。",
}


def make(name: str) -> tuple[bytes, str]:
    """The bytes and the media type of a file in `FILES`."""
    what, _, kind = name.partition(".")
    head: list[str] = [column.label for column in _COLUMNS[what]]
    table = [head, list(_EXAMPLES[what])]
    if kind == "csv":
        return _csv(table), CSV
    return _xlsx(table, _notes(what)), XLSX


def _csv(table: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(table)
    return text.getvalue().encode("utf-8-sig")


def _notes(what: str) -> list[list[str]]:
    general = [
        ["第一行是表头，第二行是示例，请删去示例后填写；列的次序可以改变。"],
        ["不要用公式；单元格请保持文本格式，以免 0001 变成 1、3-12 变成日期。"],
        [_NOTES[what]],
        [],
        ["列", "必填", "也可写作"],
    ]
    return general + [_about(column) for column in _COLUMNS[what]]


def _about(column: Column) -> list[str]:
    return [column.label, "是" if column.needed else "", "、".join(column.others)]


def _xlsx(table: list[list[str]], notes: list[list[str]]) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "填写"
    _fill(sheet, table)
    sheet.freeze_panes = "A2"
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    _fill(book.create_sheet("说明"), notes)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def _fill(sheet: Worksheet, table: list[list[str]]) -> None:
    for texts in table:
        sheet.append(texts)
    for column in range(1, sheet.max_column + 1):
        dimension = sheet.column_dimensions[get_column_letter(column)]
        dimension.width = 18
        dimension.number_format = "@"
    for row in sheet.iter_rows():
        for cell in row:
            cell.number_format = "@"
