"""How the pages say things: phases, forms, names, dates and sums of money, in the office's words.

>>> day("2026-01-09"), clock("2026-01-09T17:02:03Z"), money(12_005_000), fours("48271093")
('2026年1月9日', '01:02:03', '1,200.5 万元', '4827 1093')
>>> meeting_name("青石县人民代表大会", "第十八届", "第三次会议")
'青石县第十八届人民代表大会第三次会议'
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from voting.core.forms import Form
from voting.core.phases import Phase

BEIJING = timezone(timedelta(hours=8))
ASSEMBLY = "人民代表大会"

PHASES = {
    Phase.DRAFT: "草拟中",
    Phase.DEFINED: "已定稿",
    Phase.ISSUING: "发票中",
    Phase.REGISTERING: "统一登记中",
    Phase.FROZEN: "票册已冻结",
    Phase.OPEN: "表决中",
    Phase.CLOSED: "已停止表决",
    Phase.PUBLISHED: "已公布",
    Phase.VOID: "已作废",
}
LINE = {
    Phase.DRAFT: "草拟",
    Phase.DEFINED: "定稿",
    Phase.ISSUING: "发票",
    Phase.REGISTERING: "登记",
    Phase.FROZEN: "冻结",
    Phase.OPEN: "表决",
    Phase.CLOSED: "停止",
    Phase.PUBLISHED: "公布",
}
FIGURES = {
    "items": "候选项目",
    "roster": "应到",
    "checked_in": "实到",
    "issued": "发出",
    "registered": "登记",
    "returned": "收回",
}
FORMS = {
    Form.CHOOSE: "差额圈选",
    Form.EACH: "逐项表决",
    Form.GRADE: "测评",
    Form.RANK: "排序",
}


def day(iso: str) -> str:
    """A date in Chinese; what is not a date stays as it is."""
    try:
        value = date.fromisoformat(iso)
    except ValueError:
        return iso
    return f"{value.year}年{value.month}月{value.day}日"


def clock(at: str) -> str:
    """The time of day in Beijing of an entry of the log."""
    return _beijing(at).strftime("%H:%M:%S")


def moment(at: str) -> str:
    """Date and time in Beijing of an entry of the log."""
    local = _beijing(at)
    return f"{day(local.date().isoformat())} {local:%H:%M}"


def _beijing(at: str) -> datetime:
    return datetime.fromisoformat(at).astimezone(BEIJING)


def money(yuan: int) -> str:
    """A sum as offices write it, in 万元."""
    sum_ = Decimal(yuan).scaleb(-4).normalize()
    return f"{sum_:,f} 万元"


def fours(text: str) -> str:
    """A text in groups of four."""
    return grouped(text, 4)


def grouped(text: str, size: int) -> str:
    """A text in groups of `size`."""
    return " ".join(text[i : i + size] for i in range(0, len(text), size))


def meeting_name(congress: str, session: str, meeting: str) -> str:
    """The meeting's whole name, in which nothing stands twice."""
    if session in congress:
        whole = congress
    elif session.endswith("届") and congress.endswith(ASSEMBLY):
        whole = congress.removesuffix(ASSEMBLY) + session + ASSEMBLY
    else:
        whole = congress + session
    return meeting if meeting.startswith(congress[:2]) else whole + meeting
