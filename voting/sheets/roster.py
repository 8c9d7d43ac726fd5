"""The roster of deputies.

>>> read("名册.csv", "代表证号,姓名\\n0001,王玉兰\\n".encode()).accepted()
[RosterRow(number='0001', name='王玉兰', delegation='', seat='')]
"""

from __future__ import annotations

from dataclasses import dataclass

from voting.core.text import text
from voting.sheets import reading
from voting.sheets.columns import Column
from voting.sheets.reading import Reading, Row, Table

MAX_DEPUTIES = 5_000
NUMBER, NAME, DELEGATION, SEAT = text("代表证号"), text("姓名"), text("代表团"), text("座位")
COLUMNS = (
    Column(NUMBER, 64, needed=True),
    Column(NAME, 64, needed=True),
    Column(DELEGATION, 128, titled=True),
    Column(SEAT, 64),
)


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One row of a roster, all text."""

    number: str
    name: str
    delegation: str
    seat: str


def read(name: str, data: bytes) -> Reading[RosterRow]:
    """The rows of a roster in the file's order; `name` is the file's, for the faults."""
    return reading.read(name, data, COLUMNS, MAX_DEPUTIES, _convert)


def texts(row: RosterRow) -> dict[str, str]:
    """A row as people read it, by column."""
    return {NUMBER: row.number, NAME: row.name, DELEGATION: row.delegation, SEAT: row.seat}


def _convert(table: Table) -> list[RosterRow]:
    table.check_unique(NUMBER, [reading.number_of(row, NUMBER) for row in table.rows])
    return [_row(row) for row in table.rows]


def _row(row: Row) -> RosterRow:
    number = reading.number_of(row, NUMBER)
    return RosterRow(number, row.text(NAME), row.text(DELEGATION), row.text(SEAT))
