"""How the pages say things: phases, forms, names, dates and sums of money, in the office's words.

>>> day("2026-01-09"), clock("2026-01-09T17:02:03Z"), money(12_005_000), fours("48271093")
('2026年1月9日', '01:02:03', '1,200.5 万元', '4827 1093')
>>> meeting_name("青石县人民代表大会", "第十八届", "第三次会议")
'青石县第十八届人民代表大会第三次会议'
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_decimal
from flask_babel import gettext as _

from voting.core.forms import Form
from voting.core.phases import Phase
from voting.core.poll import Relay
from voting.core.text import text
from voting.web import language

BEIJING = timezone(timedelta(hours=8))
ASSEMBLY = "人民代表大会"

PHASES = {
    Phase.DRAFT: text("草拟中"),
    Phase.DEFINED: text("已定稿"),
    Phase.ISSUING: text("发票中"),
    Phase.REGISTERING: text("统一登记中"),
    Phase.FROZEN: text("票册已冻结"),
    Phase.OPEN: text("表决中"),
    Phase.CLOSED: text("已停止表决"),
    Phase.PUBLISHED: text("已公布"),
    Phase.VOID: text("已作废"),
}
LINE = {
    Phase.DRAFT: text("草拟"),
    Phase.DEFINED: text("定稿"),
    Phase.ISSUING: text("发票"),
    Phase.REGISTERING: text("统一登记"),
    Phase.FROZEN: text("冻结"),
    Phase.OPEN: text("表决"),
    Phase.CLOSED: text("停止"),
    Phase.PUBLISHED: text("公布"),
}
FIGURES = {
    "items": text("候选项目"),
    "roster": text("应到"),
    "checked_in": text("实到"),
    "issued": text("发出"),
    "registered": text("登记"),
    "returned": text("收回"),
}
FORMS = {
    Form.CHOOSE: text("差额圈选"),
    Form.EACH: text("逐项表决"),
    Form.GRADE: text("测评"),
    Form.RANK: text("排序"),
}


def day(iso: str) -> str:
    """A date in the page's language; what is not a date stays as it is."""
    try:
        value = date.fromisoformat(iso)
    except ValueError:
        return iso
    return format_date(value, "long", language.formats())


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
    """A sum: in 万元 as offices write it, to readers of another language in whole yuan."""
    if language.tongue().language != language.FIRST:
        return _("%(sum)s 元", sum=format_decimal(yuan, locale=language.formats()))
    return _("%(sum)s 万元", sum=f"{Decimal(yuan).scaleb(-4).normalize():,f}")


def listed(names: Iterable[str]) -> str:
    """Names one after another."""
    return _("、").join(names)


def titled(title: str, number: int) -> str:
    """A poll by its title, with its round from the second one on."""
    if number == 1:
        return title
    return _("%(title)s（第 %(n)s 轮）", title=title, n=number)


def fours(text: str) -> str:
    """A text in groups of four."""
    return grouped(text, 4)


def grouped(text: str, size: int) -> str:
    """A text in groups of `size`."""
    return " ".join(text[i : i + size] for i in range(0, len(text), size))


def relay(named: Relay | None) -> str:
    """Who hands ballots on, and where; '' for nobody."""
    return f"{named.name}（{named.origin}）" if named else ""


def meeting_name(congress: str, session: str, meeting: str) -> str:
    """The meeting's whole name, in which nothing stands twice."""
    if session in congress:
        whole = congress
    elif session.endswith("届") and congress.endswith(ASSEMBLY):
        whole = congress.removesuffix(ASSEMBLY) + session + ASSEMBLY
    else:
        whole = congress + session
    return meeting if meeting.startswith(congress[:2]) else whole + meeting
