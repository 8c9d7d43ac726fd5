"""Lists of candidate projects, from a file or typed in one by one.

>>> sheet = "序号,项目,总投资（亿元）\\n1,修路,1.2\\n"
>>> read("项目.csv", sheet.encode()).accepted()
[Item(id='1', title='修路', more={'amount_yuan': 120000000})]
>>> typed({"id": "1", "title": "修路", "amount_yuan": "3,820"})
(Item(id='1', title='修路', more={'amount_yuan': 38200000}), {})
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from voting.core import second
from voting.core.encoding import Json
from voting.core.poll import MAX_ITEMS, Item
from voting.core.text import Text, text
from voting.sheets import amounts, offices, reading
from voting.sheets.columns import SECOND, Column, plain
from voting.sheets.grid import tidy
from voting.sheets.reading import Reading, Row, Table

FIELDS = {  # by the name in a definition, as `rules.md` orders them
    "id": Column(text("序号"), 64, needed=True),
    "title": Column(text("项目名称"), 256, needed=True),
    "category": Column(text("项目类别"), 256),
    "content": Column(text("建设内容及规模"), 4_000),
    "place": Column(text("建设地点"), 1_000),
    "benefit": Column(text("受益范围"), 1_000),
    "amount_yuan": Column(text("总投资"), 64, money=True),
    "year_amount_yuan": Column(text("年度计划投资"), 64, money=True),
    "funding": Column(text("资金来源"), 1_000),
    "unit": Column(text("责任单位"), 256),
    "partner": Column(text("协同单位"), 256),
    "leader": Column(text("牵头领导"), 256),
    "deadline": Column(text("完成时限"), 256, dated=True),
    "reason": Column(text("可行性说明"), 4_000),
}
SECOND_FIELDS = {
    "second_title": Column(SECOND["title"], 512),
    "second_content": Column(SECOND["content"], 8_000),
}
COLUMNS = (*FIELDS.values(), *SECOND_FIELDS.values())
NUMBER, TITLE = FIELDS["id"].name, FIELDS["title"].name
WAN = 10_000  # 元: the unit of sums that are typed in without one


def read(name: str, data: bytes, lang: str = "") -> Reading[Item]:
    """The candidate projects of a list in the file's order; `name` is the file's.

    `lang` is the second script's, for headings that do not say it.
    """
    return reading.read(name, data, COLUMNS, MAX_ITEMS, partial(_convert, lang))


def typed(values: Mapping[str, str]) -> tuple[Item, dict[str, Text]]:
    """A project as it was typed into a form, by the names of the fields; what is wrong, by field.

    The same is taken as in a file; a sum without a unit is one in 万元.
    """
    given = {name: tidy(values.get(name, "")) for name in (*FIELDS, *SECOND_FIELDS)}
    columns = (FIELDS | SECOND_FIELDS).items()
    wrong = {name: why for name, c in columns if (why := reading.problem(c, given[name]))}
    more: dict[str, Json] = {}
    for name, column in list(FIELDS.items())[2:]:
        value = _typed_sum(name, given[name], wrong) if column.money else given[name]
        if value not in (None, ""):
            more[name] = value
    if given["second_title"] or given["second_content"]:
        more["second"] = _typed_second(given, values.get("second_lang", ""), wrong)
    return Item(offices.number(given["id"]), given["title"], more), wrong


def _typed_sum(name: str, words: str, wrong: dict[str, Text]) -> int | None:
    if words in amounts.NOTHING:
        return None
    value = amounts.parse(words, WAN)
    if value is None:
        wrong.setdefault(name, reading.amount_reason(words, WAN))
    return value


def _typed_second(given: Mapping[str, str], lang: str, wrong: dict[str, Text]) -> Json:
    if lang not in second.LANGUAGES:
        wrong["second_lang"] = text("请选择是哪种文字。")
    if not given["second_title"]:
        wrong.setdefault("second_title", text("有第二种文字的内容，也要有它的名称。"))
    return _second(lang, given["second_title"], given["second_content"])


def texts(item: Item) -> dict[str, str]:
    """A project as people read it, by column."""
    fields = FIELDS | SECOND_FIELDS
    return {fields[name].name: words for name, words in as_typed(item).items() if name in fields}


def as_typed(item: Item) -> dict[str, str]:
    """A project as it would be typed into a form."""
    shown = {"id": item.id, "title": item.title}
    for name in list(FIELDS)[2:]:
        value = item.more.get(name, "")
        shown[name] = amounts.written(value) if isinstance(value, int) else str(value)
    other = item.more.get("second") or {}
    return shown | {f"second_{name}": other.get(name, "") for name in ("lang", "title", "content")}


def _convert(lang: str, table: Table) -> list[Item]:
    table.check_unique(NUMBER, [reading.number_of(row, NUMBER) for row in table.rows])
    lang = _language(table, lang)
    items = [_item(table, row, lang) for row in table.rows]
    for row, item in zip(table.rows, items, strict=True):
        if item.id in second.lacking(items):
            table.fault(row.line, SECOND["title"], text("别的项目有第二种文字的名称，这一项没有。"))
    return items


def _language(table: Table, chosen: str) -> str:
    """The second script of the table, as its headings say or else as it was chosen."""
    places = table.header.places if table.header else {}
    cells = table.header.line.cells if table.header else []
    found = {_said(cells[places[name]].text) for name in SECOND.values() if name in places}
    said = found - {""}
    line = table.header.line.number if table.header else 0
    if len(said) > 1:
        reason = text("名称和内容不是同一种文字，一项表决只能用同一种。")
        table.fault(line, SECOND["content"], reason)
    elif found and not said and not chosen and _has_second(table):
        reason = text(
            "没有写明是哪种文字。请在表头写明，例如“项目名称（维吾尔文）”，或在导入时选择。"
        )
        table.fault(line, SECOND["title"], reason)
    return next(iter(sorted(said)), chosen)


def _has_second(table: Table) -> bool:
    return any(row.text(name) for row in table.rows for name in SECOND.values())


def _said(heading: str) -> str:
    found = offices.second_heading(plain(heading).strip("*:"))
    return found[1] if found else ""


def _item(table: Table, row: Row, lang: str) -> Item:
    more: dict[str, Json] = {}
    for name, column in list(FIELDS.items())[2:]:
        value = table.amount(row, column.name) if column.money else row.text(column.name)
        if value not in (None, ""):
            more[name] = value
    title, content = (row.text(SECOND[what]) for what in ("title", "content"))
    if title:
        more["second"] = _second(lang, title, content)
    elif content:
        table.fault(row.line, SECOND["title"], text("有第二种文字的内容，也要有它的名称。"))
    return Item(reading.number_of(row, NUMBER), row.text(TITLE), more)


def _second(lang: str, title: str, content: str) -> dict[str, Json]:
    return {"lang": lang, "title": title} | ({"content": content} if content else {})
