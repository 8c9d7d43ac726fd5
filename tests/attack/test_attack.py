"""The attacks would succeed where there is something to find."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from tests.attack import observer, root


def judged(values: list[float], orders: root.Orders, votes: int) -> root.Score:
    found: dict[tuple[str, str], root.Score] = {}
    for _ in range(votes):
        root.judge(found, "clue", values, orders)
    return found["clue", "cast"]


def test_a_place_that_follows_the_order_of_casting_is_found() -> None:
    order = random.Random(1).sample(range(44), 44)
    told = [float(order.index(deputy)) for deputy in range(44)]
    score = judged(told, {"cast": order}, votes=2)
    assert score.p < 1e-6
    assert score.hits == score.tries


def test_a_place_that_only_leans_to_that_order_is_found_by_many_votes() -> None:
    chance = random.Random(2)
    found: dict[tuple[str, str], root.Score] = {}
    for _ in range(40):
        order = chance.sample(range(44), 44)
        leaning = [order.index(deputy) + chance.gauss(0, 40) for deputy in range(44)]
        root.judge(found, "clue", leaning, {"cast": order})
    assert found["clue", "cast"].p < 1e-6


def test_chance_alone_is_not_taken_for_a_find() -> None:
    chance = random.Random(3)
    found: dict[tuple[str, str], root.Score] = {}
    for _ in range(40):
        order = chance.sample(range(44), 44)
        root.judge(found, "clue", [chance.random() for _ in range(44)], {"cast": order})
    assert found["clue", "cast"].p > 0.001


@given(st.integers(20, 200), st.integers(10, 40), st.integers())
def test_every_ballot_leaves_the_pool_once_and_the_chances_say_so(
    deputies: int, reserve: int, seed: int
) -> None:
    batches = observer.releases(deputies, reserve, random.Random(seed))
    assert sorted(d for batch in batches for d in batch.taken) == list(range(deputies))
    for deputy in range(deputies):
        assert abs(sum(batch.chances.get(deputy, 0.0) for batch in batches) - 1) < 1e-9
    for batch in batches:
        assert abs(sum(batch.chances.values()) - len(batch.taken)) < 1e-6
