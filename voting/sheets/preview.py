"""What an import would change: the file's rows beside what stands, cell by cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from voting.sheets.reading import Fault, Kept, Reading, Table

T = TypeVar("T")


class Mark(StrEnum):
    """What happens to a row or a cell."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell; `was` is the former text of one that changes, `reasons` what is wrong in it."""

    column: str
    text: str
    mark: Mark
    was: str = ""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row of the file, by its line there."""

    line: int
    mark: Mark
    cells: list[Shown]


@dataclass(frozen=True, slots=True)
class Preview:
    """An import that has not been done.

    `columns`: their names with their labels; `moved`: those who stay come in another order.
    """

    file: str
    sheet: str
    columns: dict[str, str]
    rows: list[ShownRow]
    gone: list[str]
    moved: bool
    untaken: list[str]
    absent: list[str]
    left_out: list[Kept]
    faults: list[Fault]

    @property
    def counts(self) -> dict[str, int]:
        """How many rows of each mark there are, and how many go."""
        marks = Counter(row.mark for row in self.rows)
        return {mark.value: marks[mark] for mark in Mark} | {"gone": len(self.gone)}


def compare(
    reading: Reading[T], standing: list[T], texts: Callable[[T], dict[str, str]]
) -> Preview:
    """Compare a file with what stands; `texts` shows a value by column, its number first."""
    table = reading.table
    former = {_key(shown): shown for shown in map(texts, standing)}
    new = [texts(value) for value in reading.values]
    wrong = _wrong(table)
    kept = [_key(shown) for shown in new if _key(shown) in former]
    return Preview(
        file=table.file,
        sheet=table.sheet,
        columns=_columns(table, [*former.values(), *new]),
        rows=[
            _row(row.line, {c: shown[c] or row.text(c) for c in shown}, former, wrong)
            for row, shown in zip(table.rows, new, strict=True)
        ],
        gone=[" ".join(list(former[key].values())[:2]) for key in former if key not in kept],
        moved=list(dict.fromkeys(kept)) != [key for key in former if key in kept],
        untaken=table.untaken,
        absent=table.absent,
        left_out=table.left_out,
        faults=table.faults,
    )


def _key(shown: dict[str, str]) -> str:
    return next(iter(shown.values()))


def _columns(table: Table, shown: list[dict[str, str]]) -> dict[str, str]:
    """The columns that hold anything, before or after."""
    used = {name for texts in shown for name, text in texts.items() if text}
    places = table.header.places if table.header else {}
    return {c.name: c.label for c in table.columns if c.name in used or c.name in places}


def _wrong(table: Table) -> dict[tuple[int, str], tuple[str, ...]]:
    """The reasons at each cell that is wrong."""
    wrong: dict[tuple[int, str], tuple[str, ...]] = {}
    for fault in table.faults:
        place = (fault.line, fault.column)
        wrong[place] = (*wrong.get(place, ()), fault.reason)
    return wrong


def _row(
    line: int,
    shown: dict[str, str],
    former: dict[str, dict[str, str]],
    wrong: dict[tuple[int, str], tuple[str, ...]],
) -> ShownRow:
    old = former.get(_key(shown))
    cells = []
    for column, text in shown.items():
        reasons = wrong.get((line, column), ())
        was = old[column] if old else ""
        if reasons:
            cells.append(Shown(column, text, Mark.WRONG, was, reasons))
        elif old is None:
            cells.append(Shown(column, text, Mark.NEW))
        elif was != text:
            cells.append(Shown(column, text, Mark.CHANGED, was))
        else:
            cells.append(Shown(column, text, Mark.SAME))
    marks = {cell.mark for cell in cells}
    return ShownRow(line, next(m for m in (Mark.WRONG, *Mark) if m in marks), cells)
