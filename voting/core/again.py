"""What a result leaves open: who may stand in a follow-up poll, and what all rounds have chosen.

组织法 第二十九条 by analogy: where the last place is tied, there is a second vote among the tied;
where too few pass, the rest may stand again in the order of their votes. The presidium decides.

>>> still_open(2, {"items": [{"id": i, "rank": r, "chosen": i == "a"} for i, r in
...     [("a", 1), ("b", 2), ("c", 2)]], "chosen": ["a"], "tied": ["b", "c"]})
Open(seats=1, items=('b', 'c'), tied=True)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from voting.core.encoding import Json
from voting.core.errors import Refused
from voting.core.poll import Item


@dataclass(frozen=True, slots=True)
class Open:
    """Places that nobody took, and the ids of the items that may stand for them, best first.

    `tied` says that they stand because their votes for the last place were equal.
    """

    seats: int
    items: tuple[str, ...]
    tied: bool


@dataclass(frozen=True, slots=True)
class Round:
    """A round with a result: its number, the items that stood in it, and the ids of the chosen."""

    number: int
    items: tuple[Item, ...]
    chosen: tuple[str, ...]
    by_hand: bool = False  # on paper


def still_open(seats: int | None, result: Json) -> Open | None:
    """What a result with so many seats leaves open; None where all are taken, or there are none."""
    left = (seats or 0) - len(result["chosen"])
    if left <= 0:
        return None
    tied = set(result["tied"])
    rest = [item for item in result["items"] if not item["chosen"]]
    rest.sort(key=lambda item: item["rank"])  # stable: equal votes keep the order
    items = tuple(item["id"] for item in rest if item["id"] in tied or not tied)
    return Open(left, items, bool(tied))


def check_again(open_: Open, item_ids: Sequence[str]) -> None:
    """Refuse items that may not stand for the open places, or too few for a choice between them."""
    if not set(item_ids) <= set(open_.items):
        raise Refused("not_open", "只有列出的项目可以再次票决，请重新选择。")
    if open_.tied and len(item_ids) < len(open_.items):
        raise Refused("tied_left_out", "末位票数相同的项目须一并再次票决。")
    if len(item_ids) < open_.seats:
        raise Refused(
            "too_few",
            "还有 %(seats)s 个名额，参加再次票决的项目不能少于 %(seats)s 项。",
            seats=open_.seats,
        )


def chosen_in_all(rounds: Sequence[Round]) -> list[tuple[int, Item]]:
    """The items that the rounds, oldest first, chose together, each with its round's number.

    Of an item that stood more than once, the last round in which it stood decides.
    """
    found = []
    for place, each in enumerate(rounds):
        later = {_name(item) for after in rounds[place + 1 :] for item in after.items}
        items = {item.id: item for item in each.items}
        chosen = [items[id_] for id_ in each.chosen]
        found += [(each.number, item) for item in chosen if _name(item) not in later]
    return found


def _name(item: Item) -> tuple[str, str]:
    """By what an item is known in another round: a list that was numbered anew is another list."""
    return item.id, item.title
