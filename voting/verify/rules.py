"""Step 9: the decision rules (protocol section 2), from the tally to the bytes of result.json."""

from dataclasses import asdict, dataclass
from itertools import accumulate
from typing import Any

from .definition import Decision, Definition
from .strict import b64, dumps


@dataclass(frozen=True)
class Turnout:
    roster: int
    checked_in: int
    issued: int
    registered: int
    returned: int


def result_json(poll: Definition, turnout: Turnout, tally: list[list[int]], blank: int) -> bytes:
    """result.json. tally: one row an item, the count of each mark and then of null."""
    need = -(-turnout.roster * poll.decision.quorum_num // poll.decision.quorum_den)
    reached = turnout.checked_in >= need
    outcome = _grades if poll.decision.form == "grade" else _choice
    items, chosen, tied = outcome(poll, turnout, [row[:-1] for row in tally], reached)
    return dumps(
        {
            "v": 1,
            "poll": b64(poll.poll_hash),
            "turnout": asdict(turnout),
            "quorum": {"need": need, "reached": reached},
            "blank": blank,
            "items": [
                {**item, **_figures(poll, turnout, index, tally[index])}
                for index, item in enumerate(items)
            ],
            "chosen": [poll.items[index] for index in chosen],
            "tied": [poll.items[index] for index in tied],
        }
    )


_Outcome = tuple[list[dict[str, Any]], list[int], list[int]]


def _figures(poll: Definition, turnout: Turnout, index: int, row: list[int]) -> dict[str, Any]:
    unmarked = row[-1]
    counted = poll.decision.form in ("each", "grade")
    return {
        "id": poll.items[index],
        "votes": row[:-1],
        "unmarked": unmarked,
        "not_voted": turnout.issued - turnout.returned + unmarked if counted else None,
    }


def _passes(rule: Decision, turnout: Turnout, votes: int) -> bool:
    base = {
        "roster": turnout.roster,
        "checked_in": turnout.checked_in,
        "returned": turnout.returned,
    }[rule.base]
    left, right = votes * rule.den, base * rule.num
    return base > 0 and (left > right if rule.over else left >= right)


def _grades(poll: Definition, turnout: Turnout, votes: list[list[int]], reached: bool) -> _Outcome:
    def grade(row: list[int]) -> int:
        together = enumerate(accumulate(row[:-1]))
        enough = (k for k, total in together if _passes(rule, turnout, total))
        return next(enough, len(row) - 1)

    rule = poll.decision
    nulls = {"points": None, "passed": None, "rank": None, "chosen": None}
    return [{**nulls, "grade": grade(row) if reached else None} for row in votes], [], []


def _choice(poll: Definition, turnout: Turnout, votes: list[list[int]], reached: bool) -> _Outcome:
    rule = poll.decision
    if rule.points is not None:
        points = [sum(n * p for n, p in zip(row, rule.points, strict=True)) for row in votes]
        support, score = [sum(row) for row in votes], points
    else:
        support = score = [row[rule.mark or 0] for row in votes]
    passed = [reached and _passes(rule, turnout, n) for n in support]
    order = sorted((i for i, good in enumerate(passed) if good), key=lambda i: -score[i])
    chosen, tied = _fill_seats(order, score, len(order) if rule.seats is None else rule.seats)
    rank, among = _ranks(score), set(chosen)
    items = [
        {
            "points": score[i] if rule.points is not None else None,
            "passed": passed[i],
            "rank": rank[score[i]],
            "chosen": i in among,
            "grade": None,
        }
        for i in range(len(votes))
    ]
    return items, chosen, tied


def _ranks(score: list[int]) -> dict[int, int]:
    """The rank of each score: 1 and the number of items with a higher one."""
    ranks: dict[int, int] = {}
    for place, value in enumerate(sorted(score, reverse=True), 1):
        ranks.setdefault(value, place)
    return ranks


def _fill_seats(order: list[int], score: list[int], seats: int) -> tuple[list[int], list[int]]:
    """Those chosen, in order; and those tied at the last place, of whom none is chosen."""
    if len(order) <= seats or score[order[seats - 1]] > score[order[seats]]:
        return order[:seats], []
    level = score[order[seats]]
    return [i for i in order if score[i] > level], sorted(i for i in order if score[i] == level)
