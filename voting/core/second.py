"""The second script of a poll: in autonomous areas the local script stands beside Chinese (选举法
第二十三条). A project carries it as `more["second"]`: {"lang", "title", "content" if any}.

>>> items = [Item("1", "修路", {"second": {"lang": "ug", "title": "يول"}}), Item("2", "修桥")]
>>> language(items), lacking(items), direction("ug")
('ug', ['2'], 'rtl')
"""

from __future__ import annotations

from collections.abc import Sequence

from voting.core.errors import Refused
from voting.core.poll import Item
from voting.core.text import text

LANGUAGES = {
    "ug": text("维吾尔文"),
    "bo": text("藏文"),
    "mn-Mong": text("蒙古文"),
    "kk-Arab": text("哈萨克文"),
    "ky-Arab": text("柯尔克孜文"),
    "ko": text("朝鲜文"),
    "za": text("壮文"),
    "ii": text("彝文"),
    "tdd": text("傣文"),
    "lis": text("傈僳文"),
    "kac": text("景颇文"),
    "en": text("英文"),
}
_LEFTWARD = {"ug", "kk-Arab", "ky-Arab"}


def direction(lang: str) -> str:
    """How a line of that language runs, as HTML says it."""
    return "rtl" if lang in _LEFTWARD else "ltr"


def languages(items: Sequence[Item]) -> list[str]:
    """The codes of the second languages in a list: one at most in a list that is right."""
    found = (item.more["second"]["lang"] for item in items if item.more.get("second"))
    return list(dict.fromkeys(found))


def language(items: Sequence[Item]) -> str:
    """The code of a list's second language, '' where it has none."""
    return next(iter(languages(items)), "")


def lacking(items: Sequence[Item]) -> list[str]:
    """The ids of the items without a title in the language that others have."""
    return [item.id for item in items if not item.more.get("second")] if language(items) else []


def check(items: Sequence[Item]) -> None:
    """Refuse a list in two second languages, or one in which some titles are missing."""
    if len(languages(items)) > 1:
        raise Refused("mixed_second", "候选项目的第二种文字不一致，请改成同一种。")
    if ids := lacking(items):
        raise Refused(
            "second_lacking",
            "有的项目没有第二种文字的名称，请补齐或全部去掉：%(ids)s。",
            ids="、".join(ids),
        )
