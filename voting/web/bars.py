"""A tally as bars: what the presidium's page and the published result draw, form by form.

A bar's parts are given in thousandths of the track, so that a template writes them as attributes
of SVG and a script can set them anew without any style. The track is all deputies long (times the
highest points in 排序): a bar that is half as long as its track is half of them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from voting.core import rules
from voting.core.encoding import Json
from voting.core.forms import Base, Decision, Form
from voting.core.poll import Definition
from voting.core.rules import Tally, Turnout
from voting.core.text import text
from voting.web import language

TRACK = 1000
NUMBERS = {
    Form.CHOOSE: text("得票"),
    Form.EACH: text("赞成"),
    Form.GRADE: text("满意"),
    Form.RANK: text("得分"),
}
LINES = {  # which votes are held against the threshold
    Form.CHOOSE: "",
    Form.EACH: "",
    Form.GRADE: text("（满意，或加上基本满意）"),
    Form.RANK: text("（选了该项的票数）"),
}
BASES = {
    Base.ROSTER: text("全体代表"),
    Base.CHECKED_IN: text("到会代表"),
    Base.RETURNED: text("收回的表决票"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One project's bar: where its parts begin and how long they are, and what is written."""

    id: str
    title: str
    number: int
    parts: list[list[int]]
    votes: list[int]
    unmarked: int
    note: str
    past: bool

    def json(self) -> Json:
        """For the script that draws it anew."""
        return {
            "id": self.id,
            "number": self.number,
            "parts": self.parts,
            "note": self.note,
            "past": self.past,
        }


def rows(definition: Definition, turnout: Turnout, tally: Tally) -> list[Row]:
    """A bar an item, in the definition's order."""
    need = threshold(definition.decision, turnout)
    items = zip(definition.items, tally, strict=True)
    return [_row(definition, item.id, item.title, row, need) for item, row in items]


def threshold(decision: Decision, turnout: Turnout) -> int | None:
    """The fewest votes that pass; None where nobody is counted yet."""
    base = _base(decision, turnout)
    if base == 0:
        return None
    return bisect_left(
        range(base + 1), True, key=lambda n: rules.reaches(n, base, decision.passing)
    )


def line(definition: Definition, turnout: Turnout) -> int | None:
    """Where the threshold stands on the track; points have no threshold of their own."""
    need = threshold(definition.decision, turnout)
    if need is None or definition.decision.form is Form.RANK:
        return None
    return _scaled(need, definition.roster.count)


def _base(decision: Decision, turnout: Turnout) -> int:
    match decision.base:
        case Base.ROSTER:
            return turnout.roster
        case Base.CHECKED_IN:
            return turnout.checked_in
        case Base.RETURNED:
            return turnout.returned


def _row(
    definition: Definition, id_: str, title: str, counts: Sequence[int], need: int | None
) -> Row:
    decision, roster = definition.decision, definition.roster.count
    *votes, unmarked = counts
    number, lengths, full = _lengths(decision, votes, roster)
    marked = sum(votes) if decision.mark is None else votes[decision.mark]
    return Row(
        id=id_,
        title=title,
        number=number,
        parts=_parts(lengths, full),
        votes=votes,
        unmarked=unmarked,
        note=_note(definition, votes, unmarked),
        past=decision.form is not Form.GRADE and need is not None and marked >= need,
    )


def _lengths(decision: Decision, votes: Sequence[int], roster: int) -> tuple[int, list[int], int]:
    """The number to sort by, the lengths of the parts, and that of the whole track."""
    if decision.points is not None:
        points = sum(p * count for p, count in zip(decision.points, votes, strict=True))
        return points, [points], max(*decision.points, 1) * roster
    if decision.mark is None:
        return votes[0], list(votes), roster
    return votes[decision.mark], [votes[decision.mark]], roster


def _parts(lengths: Sequence[int], full: int) -> list[list[int]]:
    ends = [sum(lengths[: k + 1]) for k in range(len(lengths))]
    starts = [0, *ends[:-1]]
    return [
        [_scaled(start, full), _scaled(end, full) - _scaled(start, full)]
        for start, end in zip(starts, ends, strict=True)
    ]


def _scaled(value: int, full: int) -> int:
    return max(0, min(TRACK, value * TRACK // max(full, 1)))


def _note(definition: Definition, votes: Sequence[int], unmarked: int) -> str:
    """The other counts of the row, in words."""
    if definition.decision.form is Form.CHOOSE:
        return ""
    labels = [language.said(mark.label) for mark in definition.scale.marks]
    counts = [*zip(labels, votes, strict=True), (_("未选"), unmarked)]
    return " · ".join(f"{label} {count}" for label, count in counts)
