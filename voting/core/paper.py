"""The count of a vote on paper: what two people enter, what must add up, and what they differ in.

A count is the office's own figures for paper ballots that people have read: nothing of it can be
proven as an electronic record can. The rule of decision is the poll's (`voting.core.rules`).

>>> Count(issued=9, returned=8, valid=8, invalid=0, blank=1, votes=((5,), (2,))).tally()
[[5, 3], [2, 6]]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from voting.core import rules
from voting.core.encoding import Json
from voting.core.forms import Scale
from voting.core.poll import Definition
from voting.core.rules import Tally, Turnout
from voting.core.text import Text, text

# The figures of a count by the names of their cells, as the form asks for them.
FIGURES = {
    "issued": text("发出"),
    "returned": text("收回"),
    "valid": text("有效"),
    "invalid": text("无效"),
    "blank": text("其中弃权票"),
}


@dataclass(frozen=True, slots=True)
class Count:
    """A count by hand; `blank` ballots are valid and mark nothing, `votes` has a row an item."""

    issued: int
    returned: int
    valid: int
    invalid: int
    blank: int
    votes: tuple[tuple[int, ...], ...]

    def tally(self) -> Tally:
        """The votes with those who left the item unmarked, as the rules count."""
        return [[*row, self.valid - sum(row)] for row in self.votes]

    def cells(self) -> dict[str, int]:
        """Every number by the name of its cell."""
        own = {name: int(getattr(self, name)) for name in FIGURES}
        for item, row in enumerate(self.votes):
            own |= {cell(item, mark): votes for mark, votes in enumerate(row)}
        return own


def cell(item: int, mark: int) -> str:
    """The name of the cell for an item's votes of one mark."""
    return f"item-{item}-{mark}"


def cell_names(definition: Definition) -> list[str]:
    """All cells of a poll's count, in the order of the form."""
    marks = range(len(definition.scale.marks))
    items = range(len(definition.items))
    return [*FIGURES, *(cell(item, mark) for item in items for mark in marks)]


def from_cells(definition: Definition, cells: Mapping[str, int]) -> Count:
    """The count that has these cells."""
    marks = range(len(definition.scale.marks))
    votes = tuple(
        tuple(cells[cell(item, mark)] for mark in marks) for item in range(len(definition.items))
    )
    return Count(**{name: cells[name] for name in FIGURES}, votes=votes)


def differing(one: Count, other: Count) -> list[str]:
    """The cells in which two counts of one vote differ."""
    theirs = other.cells()
    return [name for name, value in one.cells().items() if theirs[name] != value]


def faults(definition: Definition, checked_in: int, count: Count) -> list[Text]:
    """What cannot be true of paper ballots, in sentences; a count with faults is not taken.

    More ballots returned than issued can be true: then the whole vote is void (`is_void`).
    """
    marking = count.valid - count.blank
    marked = sum(map(sum, count.votes))
    checks = [
        (
            count.issued > checked_in,
            text(
                "发出 %(issued)s 张，多于实到 %(present)s 人。",
                issued=count.issued,
                present=checked_in,
            ),
        ),
        (
            count.valid + count.invalid != count.returned,
            text(
                "有效 %(valid)s 张与无效 %(invalid)s 张之和，不等于收回 %(returned)s 张。",
                valid=count.valid,
                invalid=count.invalid,
                returned=count.returned,
            ),
        ),
        (
            count.blank > count.valid,
            text("弃权票多于有效票：弃权票是有效票中一项也没有选的票。"),
        ),
        (
            marked < marking,
            text("各项票数之和少于选了项目的票数：每张不是弃权票的有效票至少选了一项。"),
        ),
    ]
    over = [
        _over(item.title)
        for item, row in zip(definition.items, count.votes, strict=True)
        if sum(row) > max(marking, 0)
    ]
    return [reason for wrong, reason in checks if wrong] + over + _limits(definition.scale, count)


def _over(title: str) -> Text:
    return text("「%(title)s」的票数之和多于选了项目的有效票。", title=title)


def _limits(scale: Scale, count: Count) -> list[Text]:
    marking = max(count.valid - count.blank, 0)
    return [
        text(
            "「%(label)s」共 %(votes)s 票，多于每票最多 %(most)s 项的总和 %(all)s。",
            label=scale.marks[mark].label,
            votes=sum(row[mark] for row in count.votes),
            most=most,
            all=marking * most,
        )
        for mark, most in sorted(scale.limits.items())
        if sum(row[mark] for row in count.votes) > marking * most
    ]


def is_void(count: Count) -> bool:
    """Whether more ballots came back than were issued: the vote is void (选举法 第四十四条)."""
    return count.returned > count.issued


def decided(definition: Definition, checked_in: int, count: Count) -> Json:
    """The outcome by the poll's own rule; `Refused` where the whole vote is void."""
    turnout = Turnout(
        roster=definition.roster.count,
        checked_in=checked_in,
        issued=count.issued,
        registered=count.issued,  # paper is not registered: what is handed out can be returned
        returned=count.returned,
    )
    return rules.decide(definition, turnout, count.tally(), count.blank, count.invalid)
