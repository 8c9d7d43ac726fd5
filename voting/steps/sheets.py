"""Importing CSV files: rosters and lists of candidate projects, all of a file or nothing of it.

Bytes become text as UTF-8 with BOM, UTF-8 or GB18030, strictly and in that order (detectors guess
wrong on short files). Every fault of every row is gathered and raised at once as `Faults`; a line
number is that of the file, where a quoted cell may span lines. Texts stay texts: nothing is taken
for a formula. Full-width digits in numbers and amounts become ASCII; `\\d`, `isdigit` and
`splitlines` would take more than is meant, and are not used.

>>> read_roster("名册.csv", "代表证号,姓名\\n0001,王玉兰\\n".encode())
[RosterRow(number='0001', name='王玉兰', delegation='', seat='')]
>>> item, = read_projects("项目.csv", (PROJECT_HEADER + "\\n1,修路,,,\\"1,200.5\\",,\\n").encode())
>>> item.more
{'amount_yuan': 12005000}
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from voting.core.encoding import Json
from voting.core.errors import Malformed
from voting.core.forms import is_text
from voting.core.poll import MAX_ITEMS, Item
from voting.steps.prepare import RosterRow

MAX_DEPUTIES = 5_000
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its name in the header: the longest cell, and whether one may be empty."""

    name: str
    most: int
    needed: bool = False


ROSTER_COLUMNS = (
    Column("代表证号", 64, needed=True),
    Column("姓名", 64, needed=True),
    Column("性别", 64),
    Column("民族", 64),
    Column("代表团", 128),
    Column("座位", 64),
)
PROJECT_COLUMNS = {
    "id": Column("序号", 64, needed=True),
    "title": Column("项目名称", 256, needed=True),
    "category": Column("项目类别", 256),
    "content": Column("建设内容", 4_000),
    "amount_yuan": Column("投资估算(万元)", 64),
    "unit": Column("责任单位", 256),
    "deadline": Column("完成时限", 256),
    "place": Column("建设地点", 1_000),
    "benefit": Column("受益范围", 1_000),
    "year_amount_yuan": Column("年度计划投资(万元)", 64),
    "funding": Column("资金来源", 1_000),
    "partner": Column("协同单位", 256),
    "leader": Column("牵头领导", 256),
    "reason": Column("可行性说明", 4_000),
}
_ALIASES = {"建设内容及规模": "建设内容", "总投资(万元)": "投资估算(万元)"}
_ROSTER_HEADER = ("代表证号", "姓名")
_PROJECT_HEADER = tuple(column.name for column in PROJECT_COLUMNS.values())[:7]
PROJECT_HEADER = ",".join(_PROJECT_HEADER)
_AMOUNTS = ("amount_yuan", "year_amount_yuan")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where: a line of the file (0: the whole file), a column or ''."""

    file: str
    line: int
    column: str
    reason: str


class Faults(Malformed):
    """A file that cannot be imported, with all that is wrong in it."""

    def __init__(self, faults: list[Fault]) -> None:
        text = f"文件中有 {len(faults)} 处错误，没有导入任何内容。请改正后重新导入。"
        super().__init__("bad_sheet", text)
        self.faults = faults


def decode(data: bytes) -> str:
    """The text of a file: UTF-8 with BOM, UTF-8 or GB18030, strict; else `Malformed`."""
    encodings = ("utf-8",) if data.startswith(_BOM) else ("utf-8", "gb18030")
    for encoding in encodings:
        try:
            return data.removeprefix(_BOM).decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Malformed(
        "bad_encoding", "文件的编码不是 UTF-8 或 GB18030，请另存为 CSV UTF-8 后再导入。"
    )


def read_roster(name: str, data: bytes) -> list[RosterRow]:
    """The rows of a roster in the file's order; `name` is the file's, for the faults."""
    sheet = _Sheet(name)
    rows = [_roster_row(sheet, row) for row in sheet.rows(data, _ROSTER)]
    sheet.finish()
    return rows


def read_projects(name: str, data: bytes) -> list[Item]:
    """The candidate projects of a list in the file's order; `name` is the file's."""
    sheet = _Sheet(name)
    items = [_item(sheet, row) for row in sheet.rows(data, _PROJECTS)]
    sheet.finish()
    return items


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a file of one kind may have, must have, and how many rows at most."""

    columns: tuple[Column, ...]
    header: tuple[str, ...]
    most_rows: int


_ROSTER = _Kind(ROSTER_COLUMNS, _ROSTER_HEADER, MAX_DEPUTIES)
_PROJECTS = _Kind(tuple(PROJECT_COLUMNS.values()), _PROJECT_HEADER, MAX_ITEMS)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of data: the line that it begins on, and its cells by the columns' names."""

    line: int
    cells: dict[str, str]


@dataclass(slots=True)
class _Sheet:
    """One file being read, and the faults found so far."""

    file: str
    faults: list[Fault] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)  # each with the line it first stood on

    def fault(self, line: int, column: str, reason: str) -> None:
        """Note a fault; reading goes on."""
        self.faults.append(Fault(self.file, line, column, reason))

    def finish(self) -> None:
        """Raise what was found, if anything."""
        if self.faults:
            raise Faults(self.faults)

    def rows(self, data: bytes, kind: _Kind) -> Iterator[_Row]:
        """The rows below the header, blank ones left out; stops where reading on is senseless."""
        lines = self._lines(data)
        head = next(lines, None)
        if head is None:
            return self._nothing()
        header = self._header(*head, kind)
        count = 0
        for line, cells in lines:
            count += 1
            if count > kind.most_rows:
                return self.fault(line, "", f"行数超过 {kind.most_rows} 行。")
            if header:
                row = self._row(line, header, cells, kind)
                if row:
                    yield row
        if count == 0 and not self.faults:
            self.fault(head[0], "", "只有表头，没有数据。")

    def _nothing(self) -> None:
        if not self.faults:
            self.fault(0, "", "文件是空的。")

    def _lines(self, data: bytes) -> Iterator[tuple[int, list[str]]]:
        """Each record that is not blank, with the line of the file that it begins on."""
        try:
            text = decode(data)
        except Malformed as error:
            return self.fault(0, "", error.message)
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        begins = 1
        try:
            for cells in reader:
                if any(cell.strip(_SPACES) for cell in cells):
                    yield begins, [_tidy(cell) for cell in cells]
                begins = reader.line_num + 1
        except csv.Error:
            reason = "从这一行起不是完整的 CSV：引号没有配对、单元格过长或换行符有误。"
            self.fault(begins, "", reason)

    def _header(self, line: int, cells: list[str], kind: _Kind) -> list[str]:
        """The columns' names; none where the header is at fault."""
        before = len(self.faults)
        header = [_column_name(cell) for cell in _without_empty_end(cells)]
        known = [column.name for column in kind.columns]
        for name in dict.fromkeys(header):
            if name not in known:
                shown = name[:20] or "（空）"
                reason = f"不认识的列「{shown}」，请删去或改名。可用的列：{'、'.join(known)}。"
                self.fault(line, shown, reason)
            elif header.count(name) > 1:
                self.fault(line, name, f"列「{name}」重复。")
        for name in kind.header:
            if name not in header:
                self.fault(line, name, f"缺少列「{name}」。")
        return header if len(self.faults) == before else []

    def _row(self, line: int, header: list[str], cells: list[str], kind: _Kind) -> _Row | None:
        if len(cells) > len(header):
            cells = cells[: len(header)] + _without_empty_end(cells[len(header) :])
        if len(cells) != len(header):
            self.fault(line, "", f"应有 {len(header)} 个单元格，实有 {len(cells)} 个。")
            return None
        row = _Row(line, dict(zip(header, cells, strict=True)))
        for column in kind.columns:
            self._check(row, column)
        return row

    def _check(self, row: _Row, column: Column) -> None:
        text = row.cells.get(column.name, "")
        if not text and column.needed:
            self.fault(row.line, column.name, f"没有填写{column.name}。")
        if text and not _is_readable(text):
            self.fault(row.line, column.name, "含有控制字符或不可见的排版字符。")
        if len(text) > column.most:
            self.fault(row.line, column.name, f"超过 {column.most} 个字。")

    def number(self, row: _Row, column: str) -> str:
        """The row's own number, which no other row may have."""
        text = row.cells[column].translate(_ASCII)
        first = self.numbers.setdefault(text, row.line)
        if text and first != row.line:
            self.fault(row.line, column, f"{column}「{text}」与第 {first} 行重复。")
        return text

    def amount(self, row: _Row, column: str) -> int | None:
        """万元 as whole 元, or None where the cell is empty."""
        text = row.cells.get(column, "")
        if not text:
            return None
        match = _AMOUNT.match(text.translate(_ASCII))
        if match is None:
            reason = "金额应是以万元为单位的数，最多 4 位小数，不带单位，例如 1200.5。"
            self.fault(row.line, column, reason)
            return None
        whole, decimals = match[1].replace(",", ""), match[2] or ""
        return int(whole + decimals.ljust(4, "0"))


_ASCII = {0xFF10 + digit: str(digit) for digit in range(10)} | {0xFF0C: ",", 0xFF0E: "."}
_BRACKETS = {0xFF08: "(", 0xFF09: ")"}
_SPACES = " \t\r\n\u00a0\u3000"  # `strip()` alone would take control characters away unseen
_AMOUNT = re.compile(r"([0-9]{1,10}|[0-9]{1,3}(?:,[0-9]{3}){1,2})(?:\.([0-9]{1,4}))?\Z")
_BREAKS = re.compile(r"[ \t]*[\r\n]+[ \t\r\n]*")
_ARRANGING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def _tidy(cell: str) -> str:
    """A cell without outer spaces; a line break inside it becomes a space."""
    return _BREAKS.sub(" ", cell.strip(_SPACES))


def _is_readable(text: str) -> bool:
    """Whether a text shows what it holds: no control, no byte order mark, nothing that turns it."""
    turned = any(unicodedata.bidirectional(c) in _ARRANGING for c in text)
    return is_text(text) and not turned and "\ufeff" not in text


def _column_name(cell: str) -> str:
    name = cell.translate(_BRACKETS).replace(" ", "")
    return _ALIASES.get(name, name)


def _without_empty_end(cells: list[str]) -> list[str]:
    """The cells without the empty ones that spreadsheets leave at a row's end."""
    end = len(cells)
    while end and not cells[end - 1]:
        end -= 1
    return cells[:end]


def _roster_row(sheet: _Sheet, row: _Row) -> RosterRow:
    return RosterRow(
        number=sheet.number(row, "代表证号"),
        name=row.cells["姓名"],
        delegation=row.cells.get("代表团", ""),
        seat=row.cells.get("座位", ""),
    )


def _item(sheet: _Sheet, row: _Row) -> Item:
    more: dict[str, Json] = {}
    for name, column in list(PROJECT_COLUMNS.items())[2:]:
        is_amount = name in _AMOUNTS
        value = sheet.amount(row, column.name) if is_amount else row.cells.get(column.name)
        if value not in (None, ""):
            more[name] = value
    return Item(sheet.number(row, "序号"), row.cells["项目名称"], more)
