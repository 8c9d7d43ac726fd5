"""Columns by their names: the usual other ones, units in the header, and where the header is.

>>> heading("总 投 资\\n（单位：万元）")
('总投资', 10000)
>>> heading("*代表姓名（必填）"), heading("2027年计划投资(亿元)")
(('代表姓名', None), ('年度计划投资', 100000000))
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from voting.core.text import Text, text
from voting.sheets import offices
from voting.sheets.grid import Grid, Kind, Line
from voting.sheets.offices import UNITS

HEADER_WITHIN = 15  # rows: titles, the maker's name, the unit stand above a header


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name and its longest cell.

    `needed`: neither the column nor a cell in it may be missing. `dated`: a spreadsheet's dates are
    meant here; elsewhere they are something else that it mistook. `money`: amounts in a unit.
    `titled`: in a file without the column, the titles of its sections say it.
    """

    name: Text
    most: int
    needed: bool = False
    dated: bool = False
    money: bool = False
    titled: bool = False

    @property
    def others(self) -> tuple[str, ...]:
        """Its other names, best first."""
        return offices.OTHER_NAMES.get(self.name, ())

    @property
    def label(self) -> Text:
        """The name with its unit."""
        return text("%(name)s(万元)", name=self.name) if self.money else self.name

    def rank(self, name: str) -> int | None:
        """0 for its own name, higher for other ones, None for no name of it."""
        names = (self.name, *self.others)
        return names.index(name) if name in names else None


@dataclass(frozen=True, slots=True)
class Header:
    """Where each column stands, what is not taken, what stands twice."""

    line: Line
    places: dict[str, int]
    units: dict[str, int | None]  # of the columns of money
    untaken: list[str]
    twice: list[str]


SECOND = {"title": text("第二文字项目名称"), "content": text("第二文字建设内容")}
_ASIDE = re.compile(r"\([^()]*\)\Z")


def plain(words: str) -> str:
    """A text without its spaces, in ASCII brackets and colons."""
    return "".join(words.translate(offices.BRACKETS).split())


def heading(words: str) -> tuple[str, int | None]:
    """The name in a header's cell, and the unit beside it."""
    name: str = plain(words).strip("*:")
    if second := offices.second_heading(name):
        return SECOND[second[0]], None
    unit = offices.UNIT.search(name)
    if unit and unit.start():
        name = name[: unit.start()]
    else:
        unit = None
    name = _ASIDE.sub("", name) or name
    return offices.without_year(name), UNITS[unit[1]] if unit else None


def find(grid: Grid, columns: tuple[Column, ...]) -> Header | None:
    """The header: the row with the most known names among the first ones; None without any."""
    best: Header | None = None
    for index, line in enumerate(grid.lines[:HEADER_WITHIN]):
        header = _header(line, columns)
        if header.places and (best is None or len(header.places) > len(best.places)):
            best = header
            _add_units(best, grid.lines[:index])
    return best


def _header(line: Line, columns: tuple[Column, ...]) -> Header:
    found: dict[str, list[tuple[int, int]]] = {}  # by column: rank and place of its names
    untaken: list[int] = []
    merged = ""
    for place, cell in enumerate(line.cells):
        repeated = cell.merged and cell.merged == merged  # one name over several columns
        merged = cell.merged
        if not cell.text or repeated or cell.kind is not Kind.TEXT:
            continue
        name = heading(cell.text)[0]
        ranks = [(rank, c.name) for c in columns if (rank := c.rank(name)) is not None]
        for rank, column in ranks[:1]:
            found.setdefault(column, []).append((rank, place))
        if not ranks:
            untaken.append(place)
    places = {column: min(names)[1] for column, names in found.items()}
    twice: list[str] = []
    for known, names in found.items():
        (best, _), *others = sorted(names)
        twice += [known for rank, _ in others if rank == best]
        untaken += [place for rank, place in others if rank != best]
    money = [c.name for c in columns if c.money and c.name in places]
    units: dict[str, int | None] = {
        name: heading(line.cells[places[name]].text)[1] for name in money
    }
    return Header(line, places, units, [line.cells[place].text for place in sorted(untaken)], twice)


def _add_units(header: Header, above: list[Line]) -> None:
    """Units that stand not beside the name but over it, or once over the whole table."""
    for name in [name for name, unit in header.units.items() if unit is None]:
        place = header.places[name]
        over = above[-1].cells[place : place + 1] if above else []
        own = [heading(cell.text)[1] for cell in over if not offices.ABOVE.search(plain(cell.text))]
        texts = [plain(cell.text) for line in above for cell in line.cells]
        whole = {UNITS[found[1]] for text in texts if (found := offices.ABOVE.search(text))}
        header.units[name] = next(
            (unit for unit in own if unit), whole.pop() if len(whole) == 1 else None
        )
