"""Lists of candidate projects.

>>> sheet = "序号,项目,总投资（亿元）\\n1,修路,1.2\\n"
>>> read("项目.csv", sheet.encode()).accepted()
[Item(id='1', title='修路', more={'amount_yuan': 120000000})]
"""

from __future__ import annotations

from voting.core.encoding import Json
from voting.core.poll import MAX_ITEMS, Item
from voting.sheets import amounts, reading
from voting.sheets.columns import Column
from voting.sheets.reading import Reading, Row, Table

NUMBER, TITLE = "序号", "项目名称"
FIELDS = {  # by the name in a definition; the first seven are what templates have
    "id": Column(NUMBER, 64, ("编号", "项目编号", "项目序号"), needed=True),
    "title": Column(TITLE, 256, ("项目", "候选项目", "候选项目名称", "名称"), needed=True),
    "category": Column("项目类别", 256, ("类别", "项目类型", "类型", "所属领域", "领域")),
    "content": Column(
        "建设内容",
        4_000,
        (
            "建设内容及规模",
            "主要建设内容",
            "建设内容和规模",
            "建设规模及内容",
            "项目内容",
            "主要内容",
            "内容",
        ),
    ),
    "amount_yuan": Column(
        "投资估算",
        64,
        (
            "总投资",
            "投资额",
            "估算投资",
            "总投资额",
            "项目总投资",
            "计划总投资",
            "投资总额",
            "投资",
        ),
        money=True,
    ),
    "unit": Column(
        "责任单位",
        256,
        ("牵头单位", "牵头责任单位", "责任部门", "牵头部门", "实施单位", "主管部门"),
    ),
    "deadline": Column(
        "完成时限", 256, ("完成时间", "计划完成时间", "完成日期", "时限", "建设期限"), dated=True
    ),
    "place": Column("建设地点", 1_000, ("项目地点", "实施地点", "地点", "建设地址")),
    "benefit": Column("受益范围", 1_000, ("受益对象", "受益人群", "受益群众")),
    "year_amount_yuan": Column(
        "年度计划投资",
        64,
        ("当年计划投资", "本年计划投资", "年度投资", "计划投资", "本年度计划投资"),
        money=True,
    ),
    "funding": Column("资金来源", 1_000, ("资金渠道",)),
    "partner": Column("协同单位", 256, ("配合单位", "协办单位")),
    "leader": Column("牵头领导", 256, ("责任领导", "分管领导")),
    "reason": Column("可行性说明", 4_000, ("可行性", "立项理由", "立项依据")),
}
COLUMNS = tuple(FIELDS.values())


def read(name: str, data: bytes) -> Reading[Item]:
    """The candidate projects of a list in the file's order; `name` is the file's."""
    return reading.read(name, data, COLUMNS, MAX_ITEMS, _convert)


def texts(item: Item) -> dict[str, str]:
    """A project as people read it, by column."""
    shown = {NUMBER: item.id, TITLE: item.title}
    for name, column in list(FIELDS.items())[2:]:
        value = item.more.get(name, "")
        shown[column.name] = amounts.written(value) if isinstance(value, int) else str(value)
    return shown


def _convert(table: Table) -> list[Item]:
    table.check_unique(NUMBER, [reading.number_of(row, NUMBER) for row in table.rows])
    return [_item(table, row) for row in table.rows]


def _item(table: Table, row: Row) -> Item:
    more: dict[str, Json] = {}
    for name, column in list(FIELDS.items())[2:]:
        value = table.amount(row, column.name) if column.money else row.text(column.name)
        if value not in (None, ""):
            more[name] = value
    return Item(reading.number_of(row, NUMBER), row.text(TITLE), more)
