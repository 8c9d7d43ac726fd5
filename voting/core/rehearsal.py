"""彩排: a congress of its own, which says so in its id and its name, and so in all that it signs.

The id is in the log's first entry, in every definition and record, in the cards' keys and in each
check-in's signature: nothing of a rehearsal can be taken for the real vote, nor made into it.

>>> named("qingshi-18", "青石县人民代表大会")
('qingshi-18-rehearsal', '【彩排】青石县人民代表大会')
>>> is_one("qingshi-18-rehearsal"), is_one("qingshi-18")
(True, False)
"""

from __future__ import annotations

ENDING, MARK = "-rehearsal", "【彩排】"


def named(congress: str, name: str) -> tuple[str, str]:
    """Id and name of the rehearsal for a congress."""
    return congress + ENDING, MARK + name


def is_one(congress: str) -> bool:
    """Whether a congress of that id is a rehearsal."""
    return congress.endswith(ENDING)


def agree(congress: str, name: str) -> bool:
    """Whether id and name say the same of it."""
    return is_one(congress) == name.startswith(MARK)
