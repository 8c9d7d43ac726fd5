"""Statements that a whole hall runs at once: compiled once, then run by the database's own driver.

They are written in SQLAlchemy's language as all others are. What is left out is what SQLAlchemy
does around each run, which costs four times what SQLite does in it (docs/decisions/0025).
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Dialect, Insert, Select, Update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

T = TypeVar("T")
Values = Mapping[str, Any]


class Statement:
    """A statement whose values are given by the names of its bind parameters."""

    def __init__(self, statement: Select[*tuple[Any, ...]] | Insert | Update) -> None:
        """It is compiled when it is run first, for the database that there is then."""
        self._statement = statement
        self._compiled: dict[str, tuple[str, Values]] = {}
        names = statement.selected_columns.keys() if isinstance(statement, Select) else []
        self.row: Any = namedtuple("row", names, rename=True)  # type: ignore[misc]

    def compiled(self, dialect: Dialect) -> tuple[str, Values]:
        """Its text, and the values that stand in it."""
        if dialect.name not in self._compiled:
            style = "named" if dialect.name == "sqlite" else dialect.paramstyle
            compiled = self._statement.compile(dialect=type(dialect)(paramstyle=style))  # type: ignore[call-arg]
            self._compiled[dialect.name] = str(compiled), compiled.params
        return self._compiled[dialect.name]


@dataclass(frozen=True, slots=True)
class Plain:
    """The driver's own connection (sqlite3's, psycopg's) within a transaction.

    Its errors are told as SQLAlchemy tells them, without the values.
    """

    driver: Any
    dialect: Dialect

    @classmethod
    def of(cls, opened: Session | Plain) -> Plain:
        """The connection of a session; a plain one as it is."""
        if isinstance(opened, Plain):
            return opened
        connection = opened.connection()
        return cls(connection.connection.dbapi_connection, connection.dialect)

    def first(self, statement: Statement, **values: Any) -> Any:
        """The first row, as a named tuple, or None."""
        text, bound = self._bound(statement, values)
        row = self._told(lambda: self.driver.execute(text, bound).fetchone())
        return None if row is None else statement.row._make(row)

    def rows(self, statement: Statement, **values: Any) -> list[Any]:
        """All rows, as named tuples."""
        text, bound = self._bound(statement, values)
        rows = self._told(lambda: self.driver.execute(text, bound).fetchall())
        return [statement.row._make(row) for row in rows]

    def do(self, statement: Statement, **values: Any) -> None:
        """Run what answers nothing."""
        self.run(*self._bound(statement, values))

    def do_all(self, statement: Statement, several: Sequence[Values]) -> None:
        """Run it once with each of these values."""
        text, constants = statement.compiled(self.dialect)
        bound = [{**constants, **values} for values in several]
        self._told(lambda: self.driver.cursor().executemany(text, bound))

    def _bound(self, statement: Statement, values: Values) -> tuple[str, Values]:
        text, constants = statement.compiled(self.dialect)
        return text, {**constants, **values}

    def run(self, text: str, values: Values | Sequence[Any] = ()) -> Any:
        """Run what is written in the database's own language; the driver's cursor."""
        return self._told(lambda: self.driver.execute(text, values))

    def commit(self) -> None:
        """End the transaction; what was done in it is durable."""
        self._told(self.driver.commit)

    def _told(self, work: Callable[[], T]) -> T:
        """What the driver answers; its error as SQLAlchemy tells it."""
        try:
            return work()
        except self.dialect.loaded_dbapi.Error as error:
            raise told(self.dialect, error, self.driver) from None


def told(dialect: Dialect, error: Exception, driver: Any = None) -> Exception:
    """A driver's error as SQLAlchemy tells it, without values; `driver`: its connection."""
    hide_values(error)
    lost = dialect.is_disconnect(error, driver, None)  # type: ignore[arg-type]
    kind = dialect.loaded_dbapi.Error
    return DBAPIError.instance(
        None, None, error, kind, hide_parameters=True, connection_invalidated=lost
    )


def hide_values(error: BaseException) -> None:
    """Cut off what psycopg adds to its messages: the values of the row that was refused."""
    said = getattr(getattr(error, "diag", None), "message_primary", None)
    if said is not None:
        error.args = (said,)
