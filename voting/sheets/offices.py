"""What offices write in their files, which is Chinese whatever language the pages speak: data.

>>> [second_heading(name) for name in ("项目名称(维吾尔文)", "藏语建设内容", "民族文字名称")]
[('title', 'ug'), ('content', 'bo'), ('title', '')]
>>> number("1.0"), number("２、"), number("0012"), number("（一）")
('1', '2', '0012', '（一）')
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

WIDE = {0xFF10 + digit: str(digit) for digit in range(10)} | {0xFF0C: ",", 0xFF0E: "."}

# Headings
UNITS = {"万元": 10_000, "万": 10_000, "亿元": 100_000_000, "亿": 100_000_000, "元": 1}
BRACKETS = str.maketrans({"（": "(", "）": ")", "【": "(", "】": ")", "：": ":", "／": "/"})
UNIT = re.compile(  # never the end of another one: 千元, 百万元, 美元
    r"[(/,，]?(?:单位:)?(?:人民币)?(?<![十百千万亿美欧港日])(万元|亿元|元|万|亿)\)?\Z"
)
YEAR = re.compile(r"20[0-9]{2}年(?:度)?(?=.)")
YEARLY = re.compile(r"20[0-9]{2}年(?:度)?(?=.*投资)")
ABOVE = re.compile(r"单位:(?:人民币)?(万元|亿元|元|[万亿](?![\u4e00-\u9fff]))")
OTHER_NAMES = {  # of a column, best first
    "代表证号": (
        *("代表证编号", "代表证号码", "代表编号", "代表号", "证号", "证件号", "证件编号"),
        "编号",
    ),
    "姓名": ("代表姓名", "代表名称", "代表"),
    "代表团": (
        *("所在代表团", "所属代表团", "代表团名称", "代表小组", "所在代表小组", "团组", "团"),
    ),
    "座位": ("座位号", "座位编号", "座次", "座次号", "座号", "席位", "席位号"),
    "序号": ("编号", "项目编号", "项目序号", "序", "No.", "NO."),
    "项目名称": (
        *("项目", "候选项目", "候选项目名称", "实事项目名称", "民生实事项目名称", "实事项目"),
        *("民生实事项目", "名称"),
    ),
    "项目类别": ("类别", "项目分类", "分类", "项目类型", "类型", "所属领域", "领域"),
    "建设内容及规模": (
        *("建设内容", "主要建设内容", "主要建设内容及规模", "建设内容和规模", "建设内容与规模"),
        *("建设规模及内容", "项目内容", "主要内容", "内容"),
    ),
    "建设地点": ("项目地点", "实施地点", "地点", "建设地址"),
    "受益范围": ("受益对象", "受益人群", "受益群众"),
    "总投资": (
        *("投资估算", "投资额", "估算投资", "总投资额", "项目总投资", "计划总投资", "投资总额"),
        *("投资概算", "概算投资", "概算总投资", "投资"),
    ),
    "年度计划投资": (
        *("当年计划投资", "本年计划投资", "年度投资", "计划投资", "本年度计划投资", "当年投资"),
        *("本年投资", "本年度投资", "年度投资额", "年度计划投资额", "年度投资计划"),
    ),
    "资金来源": ("资金渠道",),
    "责任单位": (*("牵头单位", "牵头责任单位", "责任部门", "牵头部门", "实施单位", "主管部门"),),
    "协同单位": ("配合单位", "协办单位"),
    "牵头领导": ("责任领导", "分管领导"),
    "完成时限": ("完成时间", "计划完成时间", "完成日期", "时限", "建设期限"),
    "可行性说明": ("可行性", "立项理由", "立项依据"),
}

# Rows that are no data
TOTAL = re.compile(r"(?:合计|总计|小计|共计)(?![\u4e00-\u9fff])|共[0-9]+[人名项个]")
NOTE = re.compile(r"\(?(?:注|备注|说明|填表|制表|审核|联系|填报)[^:]{0,6}:")
SECTION = re.compile(r"(?:[一二三四五六七八九十]+、|\([一二三四五六七八九十]+\)).")
GROUP = re.compile(r"[^:]+(?:代表团|代表小组|代表组)(?::?\(?共?\d+[人名]\)?)?:?\Z")
LIST = re.compile(r".*(?:名册|名单|表)\Z")  # the whole list's title, which stands on every page
_LISTED = re.compile(r"(?:[一二三四五六七八九十]+、|[（(][一二三四五六七八九十]+[）)])\s*")
_COUNTED = re.compile(r"\s*[:：]?\s*[（(]?\s*共?\s*\d+\s*[人名]\s*[）)]?\Z")

# Cells
DITTO = frozenset({"〃", "″", '"', "同上", "同左"})
SERIAL = re.compile(r"[45][0-9]{4}\Z")  # a date of 2009 to 2064 as spreadsheets count days
SHAPED = re.compile(r"[万亿%]")
_NUMBER = re.compile(r"([0-9]+)(?:\.0+|[.、])\Z")

# Second scripts, by the code of `voting.core.second`
_STEMS = {
    "ug": ("维吾尔", "维"),
    "bo": ("藏",),
    "mn-Mong": ("蒙古", "蒙"),
    "kk-Arab": ("哈萨克",),
    "ky-Arab": ("柯尔克孜",),
    "ko": ("朝鲜",),
    "za": ("壮",),
    "ii": ("彝",),
    "tdd": ("傣",),
    "lis": ("傈僳",),
    "kac": ("景颇",),
    "en": ("英",),
}
_LANGUAGES = {stem: code for code, stems in _STEMS.items() for stem in stems}
_SCRIPT = rf"(?:({'|'.join(_LANGUAGES)})(?:文字?|语)|(?:少数)?民族(?:文字|语言)|民文|第二种?文字)"
_WHAT = "((?:候选)?项目名称|项目|名称|译名|(?:主要|项目)?建设内容(?:及规模|和规模)?|项目内容|内容)"
_BESIDE = re.compile(rf"{_WHAT}\({_SCRIPT}\)\Z")
_BEFORE = re.compile(rf"{_SCRIPT}{_WHAT}\Z")


def without_year(name: str) -> str:
    """A heading without its year; one of a year's investment goes on saying that it is a year's."""
    return YEAR.sub("", YEARLY.sub("年度", name))


def second_heading(name: str) -> tuple[str, str] | None:
    """What a heading names in a second script: title or content, and the language ('': unsaid)."""
    if found := _BESIDE.match(name):
        what, stem = found[1], found[2]
    elif found := _BEFORE.match(name):
        stem, what = found[1], found[2]
    else:
        return None
    return "content" if "内容" in what else "title", _LANGUAGES.get(stem or "", "")


def number(text: str) -> str:
    """A row's own number, in ASCII digits, without what spreadsheets and lists put after it."""
    plain = text.translate(WIDE)
    found = _NUMBER.match(plain)
    return found[1] if found else plain


def titled(title: str) -> str:
    """A section's name, without its place in the list and how many it has.

    >>> titled("一、城关镇代表团（共45人）："), titled("第一代表团 ４５人")
    ('城关镇代表团', '第一代表团')
    """
    return _COUNTED.sub("", _LISTED.sub("", title).rstrip(":：")).strip()


def moment(value: date | time | timedelta, shape: str) -> str:
    """A spreadsheet's date as an office writes it; a shape without days shows the month only."""
    if not isinstance(value, date):
        return str(value)
    if "d" not in shape.lower():
        return f"{value.year}年{value.month}月"
    text = f"{value.year}年{value.month}月{value.day}日"
    is_day = not isinstance(value, datetime) or value.time() == time()
    return text if is_day else f"{text} {value:%H:%M}"
