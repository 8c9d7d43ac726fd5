""".xlsx workbooks as cells, after a look at what would make reading them dangerous.

A workbook is a zip of XML: before openpyxl opens it, its size unpacked, its elements and the
cells that its ranges would unfold into are bounded, and entities and links to other files refused.
A formula's stored result is never used: it is whatever the last program wrote there.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, time, timedelta
from decimal import Decimal
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

import openpyxl
from defusedxml import DefusedXmlException, sax
from openpyxl.cell.cell import Cell as XlsxCell
from openpyxl.cell.cell import MergedCell
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.worksheet import Worksheet

from voting.core.errors import Malformed
from voting.core.text import Text, text
from voting.sheets import offices
from voting.sheets.grid import Cell, Grid, Kind, Line, tidy

MAX_UNPACKED = 64 * 1024 * 1024
MAX_PARTS = 2_000
MAX_CELLS = 600_000  # also of XML elements: 5,000 deputies in 14 columns make 150,000
_XML = (b"<", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00<")
_NOT_UNFOLDED = frozenset(
    {"dimension", "autoFilter", "sortState", "sortCondition", "table", "f", "location"}
)
_ZEROS = re.compile(r"0{2,64}\Z")


def read(data: bytes) -> list[Grid]:
    """The visible sheets; raises `Malformed`."""
    try:
        _inspect(data)
        book = openpyxl.load_workbook(io.BytesIO(data), data_only=False, keep_links=False)
        shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        return [_grid(sheet) for sheet in shown]
    except Malformed:
        raise
    except DefusedXmlException as error:
        raise _refusal(text("工作簿中有不该出现的 XML 实体定义，没有打开。")) from error
    except Exception as error:  # a damaged workbook makes its reader raise anything at all
        raise _refusal(text("工作簿已损坏或不是真正的 .xlsx，请用表格软件重新保存。")) from error


def _refusal(reason: Text) -> Malformed:
    return Malformed("bad_workbook", reason)


def _too_big() -> Malformed:
    reason = text(
        "工作簿太大：常见原因是带格式的空行、空列一直延伸到底。请只把数据复制到新的工作簿再导入。"
    )
    return _refusal(reason)


# What is looked at before it is opened


def _inspect(data: bytes) -> None:
    counts = _Counts()
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        entries = parts.infolist()
        unpacked = sum(entry.file_size for entry in entries)  # no more than this is ever unpacked
        if len(entries) > MAX_PARTS or unpacked > MAX_UNPACKED:
            raise _too_big()
        for entry in entries:
            if "externallinks/" in entry.filename.lower():
                raise _refusal(text("工作簿链接到别的文件，请断开链接、粘贴为数值后再导入。"))
            part = parts.read(entry)
            if part.lstrip()[:3].startswith(_XML):
                _count(part, counts)


def _count(part: bytes, counts: _Counts) -> None:
    try:
        sax.parseString(part, counts, forbid_dtd=True)
    except SAXParseException:
        return  # old drawings are not even XML; a sheet that breaks off fails when it is read


class _Counts(ContentHandler):
    """Counts elements, and the cells that ranges unfold into: merged ones, links, comments."""

    def __init__(self) -> None:
        super().__init__()
        self.left = MAX_CELLS

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        self.left -= 1
        if "ref" in attrs and name.rpartition(":")[2] not in _NOT_UNFOLDED:
            self.left -= _area(attrs["ref"])
        if self.left < 0:
            raise _too_big()


def _area(ref: str) -> int:
    try:
        left, top, right, bottom = range_boundaries(ref)
    except ValueError:
        return 0  # no range
    if left is None or top is None or right is None or bottom is None:  # whole rows or columns
        raise _too_big()
    return (right - left + 1) * (bottom - top + 1)


# Cells


def _grid(sheet: Worksheet) -> Grid:
    if sheet.max_row * sheet.max_column > MAX_CELLS:
        raise _too_big()
    lines = [
        Line(row, cells, hidden=sheet.row_dimensions[row].hidden)
        for row, cells in list(_rows(sheet))
        if any(cell.text for cell in cells)
    ]
    return Grid(sheet.title, lines, is_text=False, hidden=_hidden_columns(sheet))


def _hidden_columns(sheet: Worksheet) -> frozenset[int]:
    """Their places from 0; neighbours share one entry, which names the first and the last."""
    hidden = (each for each in sheet.column_dimensions.values() if each.hidden)
    spans = ((each.min, each.max) for each in hidden)
    return frozenset(n - 1 for a, b in spans if a and b for n in range(a, b + 1))


def _rows(sheet: Worksheet) -> Iterator[tuple[int, list[Cell]]]:
    """All rows; every cell of a merged range holds what its first one does."""
    spread: dict[tuple[int, int], Cell] = {}
    for area in sheet.merged_cells.ranges:
        first = _cell(sheet.cell(area.min_row, area.min_col), area.coord)
        spread.update(dict.fromkeys(area.cells, first))
    for row, cells in enumerate(sheet.iter_rows(), 1):
        yield row, [spread.get((row, n)) or _cell(cell) for n, cell in enumerate(cells, 1)]


def _cell(cell: XlsxCell | MergedCell, merged: str = "") -> Cell:
    value = cell.value
    if value is None:
        return Cell("", merged=merged)
    if cell.data_type == "f":
        written = value if isinstance(value, str) else getattr(value, "text", None) or "="
        return Cell(tidy(written) or "=", Kind.FORMULA, merged)
    if cell.data_type == "e":
        return Cell(str(value), Kind.ERROR, merged)
    if isinstance(value, date | time | timedelta):
        return Cell(offices.moment(value, cell.number_format), Kind.DATE, merged)
    shaped = isinstance(value, int | float) and offices.SHAPED.search(cell.number_format)
    return Cell(_plain(value, cell.number_format), Kind.SHAPED if shaped else Kind.TEXT, merged)


def _plain(value: object, shape: str) -> str:
    """A text as it is; a number in its digits, with zeros in front where its shape shows them."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return tidy(str(value))
    number = Decimal(repr(value))
    if not number.is_finite() or abs(number) >= 10**15:  # spreadsheets keep 15 digits
        return repr(value)
    if number != number.to_integral_value():
        return f"{number:f}"
    digits = str(int(number))
    return digits.zfill(len(shape)) if _ZEROS.match(shape) else digits
