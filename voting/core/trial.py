"""Test votes (试投): which ballots are cast on which tablets, and what finding nothing is worth.

>>> f"{missed(300, 30, 20):.3f}"  # a tenth of 300 tablets lies, 20 are tried
'0.114'
"""

from __future__ import annotations

from collections.abc import Callable
from math import comb

from voting.core.forms import Scale
from voting.core.messages import Marks


def missed(tablets: int, lying: int, tried: int) -> float:
    """The chance that none of `lying` tablets is among `tried` drawn of all: 0 to 1."""
    if not 0 <= lying <= tablets or not 0 <= tried <= tablets:
        raise ValueError("more than there are tablets")
    return comb(tablets - lying, tried) / comb(tablets, tried)


def some_ballot(scale: Scale, items: int, below: Callable[[int], int]) -> Marks:
    """A valid ballot by chance; `below(n)` draws an integer from 0 to n - 1.

    The items are gone through in a drawn order, and each gets a mark whose limit is not used up, or
    none: every mark and every place has its turn over a few ballots.
    """
    marks: list[int | None] = [None] * items
    left = {mark: scale.limits.get(mark, items) for mark in range(len(scale.marks))}
    waiting = list(range(items))
    while waiting:
        item = waiting.pop(below(len(waiting)))
        choices = [None, *(mark for mark, count in left.items() if count)]
        marks[item] = mark = choices[below(len(choices))]
        if mark is not None:
            left[mark] -= 1
    return marks
