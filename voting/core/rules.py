"""The rules of counting and deciding: from the tally of a closed poll to its result.

Protocol sections 2 (decision), 3 (release) and 5 (result.json). A tally is a list of rows, one an
item: how many ballots gave each mark, then how many left the item unmarked. All counts are of
ballots or deputies. The `Definition` is valid, and marks have passed `forms.check_marks`.

>>> tally = empty_tally(2, 1)
>>> for marks in ([0, None], [0, 0], [None, None]):
...     add(tally, marks)
>>> tally
[[2, 1], [1, 2]]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from voting.core.encoding import Json, b64, jcs
from voting.core.errors import Refused
from voting.core.forms import Decision, Form, Quorum, Threshold
from voting.core.messages import Marks
from voting.core.poll import Definition

Tally = list[list[int]]


@dataclass(frozen=True, slots=True)
class Turnout:
    """应到, 实到 (when issuing closed), 发出, registered and 收回."""

    roster: int
    checked_in: int
    issued: int
    registered: int
    returned: int


def empty_tally(item_count: int, mark_count: int) -> Tally:
    """The tally of no ballots."""
    return [[0] * (mark_count + 1) for _ in range(item_count)]


def add(tally: Tally, marks: Marks) -> None:
    """Count one ballot into `tally`."""
    for row, mark in zip(tally, marks, strict=True):
        row[-1 if mark is None else mark] += 1


def is_blank(marks: Marks) -> bool:
    """Whether a ballot marks nothing: valid, and an 弃权票."""
    return all(mark is None for mark in marks)


def release_size(pending: int, reserve: int, roll: int) -> int:
    """How many pending ballots a release would take now, before closing; 0 for no release."""
    return pending - reserve if pending >= 2 * reserve and roll >= 4 * reserve else 0


def proposed_reserve(roster: int) -> int:
    """The reserve to propose for so many deputies: an eighth of them, at least 20.

    Who watches the network and reads the record can narrow a ballot down to twice the reserve,
    however large the congress is (docs/threat-model.md has the figures); an eighth lets the live
    tally still move some seven times.
    """
    return max(20, -(-roster // 8))


def quorum_need(roster: int, quorum: Quorum) -> int:
    """How many deputies must be checked in, rounded up (组织法 第十四条)."""
    return -(-roster * quorum.num // quorum.den)


def reaches(votes: int, base: int, threshold: Threshold) -> bool:
    """Whether `votes` of `base` pass (组织法 第二十五条); of nobody, nothing passes."""
    have, need = votes * threshold.den, base * threshold.num
    return base > 0 and (have > need if threshold.over else have >= need)


def grade(votes: Sequence[int], base: int, threshold: Threshold) -> int:
    """The index of the first mark that, with the better ones, reaches the threshold; else the last.

    `votes` is one count a mark, best first.
    """
    last = len(votes) - 1
    return next((k for k in range(last) if reaches(sum(votes[: k + 1]), base, threshold)), last)


def take_seats(
    numbers: Sequence[int], passed: Sequence[bool], seats: int
) -> tuple[list[int], list[int]]:
    """The indices of the items chosen, by `numbers` and then in order, and of those tied, in order.

    The `seats` largest numbers (votes or points) among the passed are chosen. Where those at the
    last seat and next to it are equal, nobody with that number is (组织法 第二十九条, by analogy).
    """
    order = [index for index, through in enumerate(passed) if through]
    order.sort(key=lambda index: -numbers[index])  # stable: equal numbers keep the order
    if len(order) <= seats:
        return order, []
    last, following = numbers[order[seats - 1]], numbers[order[seats]]
    if last != following:
        return order[:seats], []
    above = [index for index in order if numbers[index] > last]
    return above, [index for index in order if numbers[index] == last]


def decide(
    definition: Definition, turnout: Turnout, tally: Tally, blank: int, invalid: int = 0
) -> Json:
    """The value of result.json; `blank` is the number of blank ballots.

    `invalid` ballots, which only paper has, were returned and are in no row of the tally.
    `Refused` (`void`) where more ballots came back than were issued (选举法 第四十四条);
    `ValueError` where the tally is not of the valid ballots.
    """
    _check_figures(turnout, tally, invalid)
    decision = definition.decision
    need = quorum_need(turnout.roster, decision.quorum)
    reached = turnout.checked_in >= need
    judge = _graded if decision.form == Form.GRADE else _ranked
    judged, chosen, tied = judge(decision, turnout, tally, reached)
    counted = [_counted(decision, turnout, row) for row in tally]
    ids = [item.id for item in definition.items]
    rows = zip(ids, counted, judged, strict=True)
    return {
        "v": 1,
        "poll": b64(definition.poll_hash),
        "turnout": asdict(turnout),
        "quorum": {"need": need, "reached": reached},
        "blank": blank,
        "items": [{"id": item_id, **counts, **outcome} for item_id, counts, outcome in rows],
        "chosen": [ids[index] for index in chosen],
        "tied": [ids[index] for index in tied],
    }


def result_bytes(result: Json) -> bytes:
    """result.json."""
    return jcs(result)


def _check_figures(turnout: Turnout, tally: Tally, invalid: int) -> None:
    if turnout.returned > turnout.issued:
        raise Refused("void", "收回的表决票多于发出的，本次表决无效。")
    if any(sum(row) != turnout.returned - invalid for row in tally):
        raise ValueError("the tally is not of the valid ballots")


def _counted(decision: Decision, turnout: Turnout, row: Sequence[int]) -> dict[str, Json]:
    *votes, unmarked = row
    one_by_one = decision.form in (Form.EACH, Form.GRADE)
    return {
        "votes": votes,
        "unmarked": unmarked,
        "not_voted": turnout.issued - turnout.returned + unmarked if one_by_one else None,
        "points": None if decision.points is None else _points(decision.points, votes),
    }


def _points(points: Sequence[int], votes: Sequence[int]) -> int:
    return sum(value * count for value, count in zip(points, votes, strict=True))


_Judged = tuple[list[dict[str, Json]], list[int], list[int]]  # one an item; chosen; tied


def _graded(decision: Decision, turnout: Turnout, tally: Tally, quorate: bool) -> _Judged:
    base = _base(decision, turnout)
    grades = [grade(row[:-1], base, decision.passing) if quorate else None for row in tally]
    unranked = {"passed": None, "rank": None, "chosen": None}
    return [{**unranked, "grade": value} for value in grades], [], []


def _ranked(decision: Decision, turnout: Turnout, tally: Tally, quorate: bool) -> _Judged:
    base = _base(decision, turnout)
    numbers, passed = [], []
    for *votes, _ in tally:
        votes_for = sum(votes) if decision.mark is None else votes[decision.mark]
        passed.append(quorate and reaches(votes_for, base, decision.passing))
        numbers.append(votes_for if decision.points is None else _points(decision.points, votes))
    seats = len(tally) if decision.seats is None else decision.seats
    chosen, tied = take_seats(numbers, passed, seats)
    ranks = [1 + sum(other > number for other in numbers) for number in numbers]
    rows = enumerate(zip(passed, ranks, strict=True))
    outcomes = [
        {"passed": through, "rank": rank, "chosen": index in chosen, "grade": None}
        for index, (through, rank) in rows
    ]
    return outcomes, chosen, tied


def _base(decision: Decision, turnout: Turnout) -> int:
    base: int = asdict(turnout)[decision.base]
    return base
