"""CSV files as cells: UTF-8 with BOM, UTF-8 or GB18030, strictly and in that order.

Detectors guess wrong on short files. `splitlines` would take more than is meant for a line's end.
"""

from __future__ import annotations

import csv
import io

from voting.core.errors import Malformed
from voting.core.text import text
from voting.sheets.grid import Cell, Grid, Line, tidy

_BOM = b"\xef\xbb\xbf"


class BrokenCsv(Malformed):
    """A file that stops being CSV at a line; what came before it was read."""

    def __init__(self, line: int, before: Grid) -> None:
        said = text("从这一行起不是完整的 CSV：引号没有配对、单元格过长或换行符有误。")
        super().__init__("bad_csv", said)
        self.line = line
        self.before = before


def decode(data: bytes) -> str:
    """The text of a file: UTF-8 with BOM, UTF-8 or GB18030, strict; else `Malformed`."""
    encodings = ("utf-8",) if data.startswith(_BOM) else ("utf-8", "gb18030")
    for encoding in encodings:
        try:
            return data.removeprefix(_BOM).decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Malformed(
        "bad_encoding",
        "文件的编码不是 UTF-8 或 GB18030，请另存为 .xlsx 或 CSV UTF-8 后再导入。",
    )


def read(data: bytes) -> Grid:
    """The cells of a CSV file; raises `Malformed`, which is `BrokenCsv` where it breaks off."""
    whole = decode(data)
    tabbed = "\t" in whole and "," not in whole  # copied out of a spreadsheet into an editor
    lines = io.StringIO(whole, newline="")
    reader = csv.reader(lines, strict=True, delimiter="\t" if tabbed else ",")
    grid = Grid("", [], is_text=True)
    begins = 1
    try:
        for row in reader:
            cells = [Cell(tidy(each)) for each in row]
            if any(cell.text for cell in cells):
                grid.lines.append(Line(begins, cells))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise BrokenCsv(begins, grid) from error
    return grid
