"""A sheet as cells in rows, whatever kind of file it came from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

MAX_BYTES = 4 * 1024 * 1024
SPACES = " \t\r\n\u00a0\u3000"  # `strip()` alone would take control characters away unseen
_BREAKS = re.compile(r"[ \t]*[\r\n]+[ \t\r\n]*")


class Kind(Enum):
    """What a cell holds. Only texts and numbers are taken; a date only where a date is meant.

    SHAPED: a number that its format shows with a unit, by which it may have been divided.
    """

    TEXT = "text"
    SHAPED = "shaped"
    DATE = "date"
    FORMULA = "formula"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell's text, and the merged range that it belongs to ('' for none)."""

    text: str
    kind: Kind = Kind.TEXT
    merged: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row that is not blank, with its number in the file (where it begins, in a CSV file)."""

    number: int
    cells: list[Cell]
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet. `is_text`: a CSV file, where a comma too many shifts the cells after it.

    `hidden`: the places of the columns that nobody sees.
    """

    name: str
    lines: list[Line]
    is_text: bool
    hidden: frozenset[int] = frozenset()


def tidy(text: str) -> str:
    """A cell without outer spaces; a line break inside it becomes a space."""
    return _BREAKS.sub(" ", text.strip(SPACES))


def letter(index: int) -> str:
    """A column's name in a spreadsheet.

    >>> [letter(i) for i in (0, 25, 26, 701, 702)]
    ['A', 'Z', 'AA', 'ZZ', 'AAA']
    """
    name = ""
    index += 1
    while index:
        index, digit = divmod(index - 1, 26)
        name = chr(ord("A") + digit) + name
    return name
