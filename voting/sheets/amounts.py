"""Amounts as offices write them, as whole 元.

>>> parse("1.2亿", None), parse("3,820", 10_000), parse("３８２０万元", None), parse("12.5", None)
(120000000, 38200000, 38200000, None)
>>> written(12_005_000)
'1,200.5'
"""

from __future__ import annotations

import re
from decimal import Decimal

from voting.sheets.offices import WIDE

NOTHING = frozenset({"", "-", "－", "—", "——", "/", "／", "无"})
_AMOUNT = re.compile(
    r"[¥￥]?([0-9]{1,13}|[0-9]{1,3}(?:,[0-9]{3}){1,4})(\.[0-9]{1,12})? ?(亿元?|万元?|元)?\Z"
)
_UNITS = {"亿": 100_000_000, "万": 10_000, "元": 1}
MOST = 10**14  # exclusive, in 元: more is a slip of the hand


def parse(text: str, unit: int | None) -> int | None:
    """A sum in 元, or None where the text is no amount in whole 元; `unit` is the header's."""
    match = _AMOUNT.match(text.translate(WIDE))
    if match is None:
        return None
    own = _UNITS[match[3][0]] if match[3] else unit
    if own is None:
        return None
    yuan = Decimal(match[1].replace(",", "") + (match[2] or "")) * own
    if yuan != yuan.to_integral_value() or yuan >= MOST:
        return None
    return int(yuan)


def has_no_unit(text: str) -> bool:
    """Whether an amount's text says no unit itself."""
    return not set(text) & set(_UNITS)


def written(yuan: int) -> str:
    """A sum in 万元."""
    return f"{Decimal(yuan).scaleb(-4).normalize():,f}"
