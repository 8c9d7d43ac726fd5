"""The second script: in autonomous areas a project has its title in the local one as well.

A project carries it as `second`: {"lang", "title", "content"} beside its other fields.
"""

from __future__ import annotations

from dataclasses import dataclass

from voting.core.poll import Definition, Item
from voting.core.text import text
from voting.web.outcome import Table

HEAD = text("项目名称（民族文字）")


@dataclass(frozen=True, slots=True)
class Second:
    """A title in the second script, and the language's code."""

    lang: str
    title: str


def second(item: Item) -> Second | None:
    """A project's title in the second script, if it has one."""
    given = item.more.get("second")
    if not isinstance(given, dict) or not given.get("title"):
        return None
    return Second(str(given.get("lang", "")), str(given["title"]))


def beside(table: Table, definition: Definition) -> Table:
    """The table with the titles in the second script beside the Chinese, where there are any."""
    found = {item.id: each.title for item in definition.items if (each := second(item))}
    if not found:
        return table
    rows = [[*row[:2], found.get(str(row[0]), ""), *row[2:]] for row in table.rows]
    return Table([*table.head[:2], HEAD, *table.head[2:]], rows)
