"""A file of any kind as a table: its rows under known columns, and all that is wrong in it.

Every fault of every row is gathered. What is left out on purpose (totals, notes, section titles,
columns with other names) is listed, so that nothing is lost in silence.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from voting.core.errors import Malformed
from voting.core.forms import is_text
from voting.core.text import Text, text
from voting.sheets import amounts, columns, csvfile, offices, workbook
from voting.sheets.columns import Column, Header
from voting.sheets.grid import MAX_BYTES, Cell, Grid, Kind, Line, letter

_ZIP = b"PK\x03\x04"
_OTHERS = {  # what a file is whatever its name says, by how it begins
    b"\xd0\xcf\x11\xe0": text(
        "这是旧版 .xls、WPS 的 .et 或加了密码的工作簿，请去掉密码、另存为 .xlsx 后再导入。"
    ),
    b"%pdf": text("这是 PDF 文件，请导入它所依据的 .xlsx 或 CSV 文件。"),
    b"<": text("这是网页格式的表格，请用表格软件打开，另存为 .xlsx 后再导入。"),
}
_ARRANGING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
_NO_TEXT = {
    Kind.FORMULA: text("这是公式，系统不采用公式的结果，请复制后选择性粘贴为数值。"),
    Kind.SHAPED: text("这一格显示的单位来自单元格格式，并不在数值里，请直接写明，例如 3820万元。"),
    Kind.ERROR: text("这是表格软件报出的错误值，请改正。"),
    Kind.DATE: text("这一格被表格软件当成了日期，请把单元格格式设为文本后重新填写。"),
}
_SERIAL = text("这是表格软件内部的日期序号，请把单元格格式设为日期，或写成 2026年底 这样的文字。")
_DITTO = text("这里写的是“同上”，请写出完整的内容。")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where: a line of the file (0: the whole file), a column or ''.

    `cell` is the spreadsheet's name of the cell, such as C7, and '' in a CSV file.
    """

    file: str
    line: int
    column: str
    reason: Text
    sheet: str = ""
    cell: str = ""

    def told(self) -> str:
        """The fault on one line.

        >>> Fault("名册.xlsx", 7, "姓名", text("没有填写姓名。"), "Sheet1", "B7").told()
        '名册.xlsx（Sheet1） 第 7 行 B7 姓名：没有填写姓名。'
        """
        file = self.file + (f"（{self.sheet}）" if self.sheet else "")
        line = text("第 %(line)s 行", line=self.line) if self.line else ""
        place = " ".join(part for part in (file, line, self.cell, self.column) if part)
        return f"{place}：{self.reason}"


class Faults(Malformed):
    """A file that cannot be imported, with all that is wrong in it."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(
            "bad_sheet",
            text(
                "文件中有 %(count)s 处错误，没有导入任何内容。请改正后重新导入。", count=len(faults)
            ),
        )
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Kept:
    """A line that was left out, and its text."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of data: its line, and its cells by the columns' names."""

    line: int
    cells: dict[str, Cell]

    def text(self, column: str) -> str:
        """A cell's text, '' where the file has no such column."""
        return self.cells[column].text if column in self.cells else ""


@dataclass(slots=True)
class Table:
    """What was found in a file, while it is read and afterwards."""

    file: str
    columns: tuple[Column, ...]
    sheet: str = ""
    header: Header | None = None
    is_text: bool = True
    rows: list[Row] = field(default_factory=list)
    left_out: list[Kept] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    section: str = ""  # what the title says that the rows stand under, while they are read

    def fault(self, line: int, column: str, reason: Text) -> None:
        """Note a fault; reading goes on."""
        place = self.header.places.get(column) if self.header else None
        cell = "" if self.is_text or place is None else f"{letter(place)}{line}"
        self.faults.append(Fault(self.file, line, column, reason, self.sheet, cell))

    @property
    def untaken(self) -> list[str]:
        """The file's columns that are not taken."""
        return self.header.untaken if self.header else []

    @property
    def absent(self) -> list[str]:
        """The known columns that neither the file has nor its sections say."""
        had = set(self.header.places if self.header else ()).union(*(r.cells for r in self.rows))
        return [column.name for column in self.columns if column.name not in had]

    @property
    def titled(self) -> list[Column]:
        """The columns that the file does not have and the titles of its sections may say."""
        places = self.header.places if self.header else {}
        return [column for column in self.columns if column.titled and column.name not in places]

    def check_unique(self, column: str, numbers: list[str]) -> None:
        """Note every number that stood on an earlier row already."""
        first: dict[str, int] = {}
        for row, number in zip(self.rows, numbers, strict=True):
            line = first.setdefault(number, row.line)
            if number and line != row.line:
                self.fault(row.line, column, _repeated(column, number, line))

    def amount(self, row: Row, column: str) -> int | None:
        """A cell's sum in 元; None where it is empty or at fault."""
        written = row.text(column)
        if written in amounts.NOTHING or row.cells[column].kind is not Kind.TEXT:
            return None
        unit = self.header.units.get(column) if self.header else None
        value = amounts.parse(written, unit)
        if value is None:
            self.fault(row.line, column, amount_reason(written, unit))
        return value


def _repeated(column: str, number: str, line: int) -> Text:
    return text(
        "%(column)s「%(number)s」与第 %(line)s 行重复。", column=column, number=number, line=line
    )


def amount_reason(written: str, unit: int | None) -> Text:
    """Why a text is no amount."""
    if unit is None and amounts.has_no_unit(written):
        return text("没有写明单位。请在表头写上“（万元）”或“（亿元）”，或在金额后写明单位。")
    return text("金额应是一个数，例如 3,820、3820万元、1.2亿，折合到整元，不带“约”等字样。")


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """A table with its rows as values, one each."""

    table: Table
    values: list[T]

    def accepted(self) -> list[T]:
        """The values of a file without faults; else `Faults`."""
        if self.table.faults:
            raise Faults(self.table.faults)
        return self.values


def number_of(row: Row, column: str) -> str:
    """A row's own number."""
    return offices.number(row.text(column))


def read(
    name: str,
    data: bytes,
    known: tuple[Column, ...],
    most_rows: int,
    convert: Callable[[Table], list[T]],
) -> Reading[T]:
    """Read a file's rows and let `convert` make values of them, one a row."""
    table = Table(name, known)
    grid = _grid(table, data)
    if grid is not None:
        _take(table, grid, most_rows)
    values = convert(table)
    table.faults.sort(key=lambda fault: fault.line)
    return Reading(table, values)


def _grid(table: Table, data: bytes) -> Grid | None:
    """The sheet to read; None where nothing can be read."""
    try:
        grids = _grids(data)
    except csvfile.BrokenCsv as error:
        table.fault(error.line, "", error.message)
        return error.before if error.before.lines else None
    except Malformed as error:
        table.fault(0, "", error.message)
        return None
    grids = [grid for grid in grids if grid.lines]
    if not grids:
        table.fault(0, "", text("文件是空的。"))
        return None
    return _best(table, grids)


def _best(table: Table, grids: list[Grid]) -> Grid:
    """The sheet with most of the columns; a second one that could be meant as well is a fault."""
    found = {
        n: set(header.places)
        for n, grid in enumerate(grids)
        if (header := columns.find(grid, table.columns))
    }
    if not found:
        return grids[0]
    needed = {column.name for column in table.columns if column.needed}
    whole = [grids[n].name for n, places in found.items() if needed <= places]
    if len(whole) > 1:
        reason = text(
            "这些工作表都像是要导入的：%(names)s。一次只能导入一张，"
            "请合并成一张，或把不导入的隐藏起来。",
            names="、".join(whole),
        )
        table.fault(0, "", reason)
    return grids[max(found, key=lambda n: (needed <= found[n], len(found[n])))]


def _grids(data: bytes) -> list[Grid]:
    if len(data) > MAX_BYTES:
        raise Malformed("too_big", "文件超过 %(most)s MB。", most=MAX_BYTES // 1024**2)
    for start, reason in _OTHERS.items():
        if data.lstrip(b"\xef\xbb\xbf \r\n").lower().startswith(start):
            raise Malformed("other_kind", reason)
    if data.startswith(_ZIP):
        return workbook.read(data)
    return [csvfile.read(data)]


def _take(table: Table, grid: Grid, most_rows: int) -> None:
    """Fill the table with the rows below the header."""
    table.sheet, table.is_text = grid.name, grid.is_text
    table.header = columns.find(grid, table.columns)
    if table.header is None:
        names = "、".join(column.name for column in table.columns)
        reason = text(
            "前 %(rows)s 行里没有找到表头。可用的列：%(names)s。",
            rows=columns.HEADER_WITHIN,
            names=names,
        )
        return table.fault(grid.lines[0].number, "", reason)
    if not _check_header(table, table.header, grid.hidden):
        return None
    start = grid.lines.index(table.header.line) + 1
    for line in grid.lines[: start - 1]:
        _take_title(table, line, named=True)
    for line in _without_notes(table, grid.lines[start:]):
        if len(table.rows) == most_rows:
            return table.fault(line.number, "", text("行数超过 %(most)s 行。", most=most_rows))
        _take_line(table, table.header, line)
    _check_titled(table)
    if not table.rows and not table.faults:
        table.fault(table.header.line.number, "", text("只有表头，没有数据。"))
    return None


def _check_header(table: Table, header: Header, hidden: frozenset[int]) -> bool:
    before = len(table.faults)
    for name in dict.fromkeys(header.twice):
        table.fault(header.line.number, name, text("列「%(name)s」重复。", name=name))
    for column in table.columns:
        if column.needed and column.name not in header.places:
            reason = text(
                "缺少列「%(name)s」（也可写作%(others)s）。",
                name=column.name,
                others="、".join(column.others),
            )
            table.fault(header.line.number, column.name, reason)
    whole = len(table.faults) == before
    for name, place in header.places.items():
        if place in hidden:
            reason = text("这一列是隐藏的，看不见的内容不能导入。请取消隐藏，或删去这一列。")
            table.fault(header.line.number, name, reason)
    return whole


def _take_line(table: Table, header: Header, line: Line) -> None:
    if _is_aside(header, line, any(column.titled for column in table.columns)):
        _take_title(table, line)
        return
    cells = line.cells
    width = _width(header.line.cells)
    if table.is_text and (len(cells) < width or any(c.text for c in cells[width:])):
        return table.fault(
            line.number,
            "",
            text(
                "应有 %(width)s 个单元格，实有 %(count)s 个，请检查逗号和引号。",
                width=width,
                count=len(cells),
            ),
        )
    taken = {name: cells[place] for name, place in header.places.items()}
    if not any(cell.text for cell in taken.values()):
        table.left_out.append(Kept(line.number, _shown(line)))
        return
    if table.section:
        taken |= {column.name: Cell(table.section) for column in table.titled}
    table.rows.append(Row(line.number, taken))
    if line.hidden:
        reason = text(
            "这一行是隐藏的（可能是筛选），看不见的内容不能导入。请取消隐藏，或删去这一行。"
        )
        table.fault(line.number, "", reason)
    for column in table.columns:
        _check(table, line.number, column, taken.get(column.name, Cell("")))


def _take_title(table: Table, line: Line, named: bool = False) -> None:
    """Take a section's title where a column lacks; `named`: only one that says what it is."""
    title = _shown(line)
    plain = columns.plain(title)
    is_other = offices.TOTAL.match(plain) or offices.NOTE.match(plain + ":")
    is_title = _is_alone(line) and not is_other and not offices.LIST.match(plain)
    if table.titled and is_title and (offices.GROUP.match(plain) or not named):
        table.section = offices.titled(title)
    else:
        table.left_out.append(Kept(line.number, title))


def _check_titled(table: Table) -> None:
    """What titles say for some of the rows, they must say for all."""
    for column in table.titled if table.section else ():
        for row in table.rows:
            if column.name not in row.cells:
                reason = text(
                    "这一行上面没有写明%(column)s的标题行，请补上，或增加「%(column)s」一列。",
                    column=column.name,
                )
                table.fault(row.line, column.name, reason)


def _without_notes(table: Table, lines: list[Line]) -> Iterator[Line]:
    """The lines without those of one cell after a note, which go on with it."""
    noted = False
    for line in lines:
        filled = [columns.plain(cell.text) for cell in line.cells if cell.text]
        alone = len(filled) == 1
        noted = bool(offices.NOTE.match(filled[0])) or (noted and alone)
        if noted and alone:
            table.left_out.append(Kept(line.number, _shown(line)))
        else:
            yield line


def _is_alone(line: Line) -> bool:
    """Whether a row has one text, be it in one cell or in merged ones."""
    filled = [cell for cell in line.cells if cell.text]
    return len({cell.merged or str(n) for n, cell in enumerate(filled)}) == 1


def _is_aside(header: Header, line: Line, titled: bool) -> bool:
    """Whether a row is a total, a note, a section's title or the header once more."""
    filled = [cell for cell in line.cells if cell.text]
    first = columns.plain(filled[0].text)
    aside = offices.SECTION.match(first) or offices.NOTE.match(first + ":")
    if _is_alone(line) and (len(filled) > 1 or aside or (titled and offices.GROUP.match(first))):
        return True
    places = list(header.places.values())
    again = _names(line, places) == _names(header.line, places)
    return again or bool(offices.TOTAL.match(first) or offices.NOTE.match(first))


def _names(line: Line, places: list[int]) -> list[str]:
    return [columns.plain(cell.text) for n, cell in enumerate(line.cells) if n in places]


def _check(table: Table, line: int, column: Column, cell: Cell) -> None:
    if cell.kind is not Kind.TEXT and not (cell.kind is Kind.DATE and column.dated):
        return table.fault(line, column.name, _NO_TEXT[cell.kind])
    if column.dated and offices.SERIAL.match(cell.text):
        return table.fault(line, column.name, _SERIAL)
    if reason := problem(column, cell.text):
        table.fault(line, column.name, reason)
    return None


def problem(column: Column, words: str) -> Text | None:
    """What is wrong with a text in a column, if anything."""
    if not words:
        return text("没有填写%(column)s。", column=column.name) if column.needed else None
    if words in offices.DITTO:
        return _DITTO
    if not is_readable(words):
        return text("含有控制字符或不可见的排版字符。")
    if len(words) > column.most:
        return text("超过 %(most)s 个字。", most=column.most)
    return None


def is_readable(words: str) -> bool:
    """Whether a text shows what it holds: no control, no byte order mark, nothing that turns it."""
    turned = any(unicodedata.bidirectional(c) in _ARRANGING for c in words)
    return is_text(words) and not turned and "\ufeff" not in words


def _width(cells: list[Cell]) -> int:
    """How many cells a row has without the empty ones that spreadsheets leave at its end."""
    return max((n for n, cell in enumerate(cells, 1) if cell.text), default=0)


def _shown(line: Line) -> str:
    """A line's text for people, merged cells once."""
    texts = dict.fromkeys(cell.text for cell in line.cells if cell.text)
    return " ".join(texts)[:100]
