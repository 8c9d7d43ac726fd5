"""A published result as a table to work with: CSV and .xlsx, in which text stays text.

A project's name that begins like a formula must not become one in the reader's program.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from flask_babel import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from voting.core.text import text
from voting.web import second
from voting.web.language import said_in
from voting.web.outcome import Cell, Table

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # full width as well
_WIDTHS: dict[str, int] = {text("项目名称"): 40, second.HEAD: 40, text("结果"): 24}


def as_csv(table: Table) -> bytes:
    """UTF-8 with a BOM, by which Excel knows it; CRLF. Heads are in the page's language."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    rows: list[Sequence[Cell]] = [table.head, *table.rows]
    for row in rows:
        writer.writerow([_harmless(cell) for cell in said_in(row)])
    return file.getvalue().encode("utf-8-sig")


def _harmless(cell: Cell) -> Cell:
    """A text that a spreadsheet would compute is given the apostrophe that makes it text."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def as_xlsx(table: Table, totals: list[tuple[str, Cell]]) -> bytes:
    """Two sheets: the projects, and the poll's own figures."""
    book = Workbook()
    first = book.active
    assert isinstance(first, Worksheet)  # a new workbook has one
    first.title = _("计票结果")
    _fill(first, [table.head, *table.rows])
    for place, name in enumerate(table.head, 1):
        first.column_dimensions[get_column_letter(place)].width = _WIDTHS.get(name, 11)
        first.cell(1, place).font = Font(bold=True)
    first.freeze_panes = "A2"
    second = book.create_sheet(_("总数"))
    _fill(second, totals)
    second.column_dimensions["A"].width, second.column_dimensions["B"].width = 16, 52
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _fill(sheet: Worksheet, rows: Sequence[Sequence[Cell]]) -> None:
    for y, row in enumerate(rows, 1):
        for x, value in enumerate(said_in(row), 1):
            place = sheet.cell(y, x, value)
            if isinstance(value, str):
                place.data_type = "s"  # also where it begins with '='
                place.number_format = "@"
