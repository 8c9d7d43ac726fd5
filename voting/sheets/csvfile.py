"""CSV files as cells: what a byte order mark says, else UTF-8 or GB18030, strictly in that order.

Detectors guess wrong on short files. `splitlines` would take more than is meant for a line's end.
"""

from __future__ import annotations

import csv
import io
import re

from voting.core.errors import Malformed
from voting.core.text import text
from voting.sheets.grid import Cell, Grid, Line, tidy

_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_SEPARATORS = ",\t;"
_KEPT = re.compile(r'="([^"]*)"\Z')  # how spreadsheets are made to keep a text, such as ="0001"


class BrokenCsv(Malformed):
    """A file that stops being CSV at a line; what came before it was read."""

    def __init__(self, line: int, before: Grid) -> None:
        said = text("从这一行起不是完整的 CSV：引号没有配对、单元格过长或换行符有误。")
        super().__init__("bad_csv", said)
        self.line = line
        self.before = before


def decode(data: bytes) -> str:
    """The text of a file: as its mark says, or UTF-8, or GB18030, strict; else `Malformed`."""
    marked = [encoding for mark, encoding in _MARKS.items() if data.startswith(mark)]
    encodings = marked or ["utf-8", "gb18030"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Malformed(
        "bad_encoding",
        "文件的编码不是 UTF-8 或 GB18030，请另存为 .xlsx 或 CSV UTF-8 后再导入。",
    )


def separator(whole: str) -> str:
    """What stands between cells: what the first line that has any has most of.

    Tabs come out of a spreadsheet by copying, semicolons from one that was set up abroad.

    >>> separator("项目表\\n序号\\t项目\\n1\\t修路,修桥,修渠")
    '\\t'
    """
    first = next((line for line in whole.split("\n") if set(line) & set(_SEPARATORS)), "")
    return max(_SEPARATORS, key=first.count)


def read(data: bytes) -> Grid:
    """The cells of a CSV file; raises `Malformed`, which is `BrokenCsv` where it breaks off."""
    whole = decode(data)
    lines = io.StringIO(whole, newline="")
    reader = csv.reader(lines, strict=True, delimiter=separator(whole))
    grid = Grid("", [], is_text=True)
    begins = 1
    try:
        for row in reader:
            cells = [Cell(tidy(_KEPT.sub(r"\1", each))) for each in row]
            if any(cell.text for cell in cells):
                grid.lines.append(Line(begins, cells))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise BrokenCsv(begins, grid) from error
    return grid
