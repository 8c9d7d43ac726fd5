"""What somebody learns who watches every connection in the hall, and what is published.

The observer knows which deputy sits at which tablet, and when each one cast: casting is a request,
and requests show. TLS and one length for all ballots hide what is in them. Three observers differ
in what else they are told:

- **results**: the published result only: nothing moves but at the end;
- **screen**: the presidium's live tally as well: what each release added, and when;
- **record**: the auditors' record as well: every ballot, with the batch that released it.

What each learns is computed exactly, not guessed at: releases draw from the pending ballots evenly,
so the chance that a deputy's ballot left the pool with batch k follows from the times alone, and
within a batch all ballots are alike. `named` is the observer's chance to name a deputy's ballot,
`mark` how often the best guess of one mark of one deputy is right, both averages over deputies;
`worst` is the chance to name the ballot of whoever stands worst, mostly one who cast last.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from voting.core.rules import release_size

ITEMS = 13
SEATS = 10


@dataclass(frozen=True, slots=True)
class Batch:
    """A release: which deputies' ballots it took, and the chance of each deputy to be in it."""

    taken: list[int]
    chances: dict[int, float]


@dataclass(frozen=True, slots=True)
class Learned:
    """Averages over the deputies of one vote, and the worst of them."""

    batches: int
    smallest: int
    named: float
    worst: float
    mark_results: float
    mark_screen: float


def vote(deputies: int, reserve: int, chance: random.Random) -> Learned:
    """One vote in which all cast, watched from its first connection to its record."""
    batches = releases(deputies, reserve, chance)
    marks = [ballot(chance) for _ in range(deputies)]
    named = [max(chances_of(d, batches)) for d in range(deputies)]
    return Learned(
        batches=len(batches),
        smallest=min(len(batch.taken) for batch in batches),
        named=sum(named) / deputies,
        worst=max(named),
        mark_results=guessed(
            marks, [Batch(list(range(deputies)), dict.fromkeys(range(deputies), 1))]
        ),
        mark_screen=guessed(marks, batches),
    )


def releases(deputies: int, reserve: int, chance: random.Random) -> list[Batch]:
    """The batches of a vote in which deputies 0, 1, 2 … cast in this order."""
    pending: list[int] = []
    inside: dict[int, float] = {}  # the chance that a deputy's ballot is still in the pool
    made = []
    for deputy in range(deputies):
        pending.append(deputy)
        inside[deputy] = 1.0
        count = release_size(len(pending), reserve, deputies)
        if count:
            made.append(_batch(chance.sample(pending, count), inside, count / len(pending)))
            pending = [each for each in pending if each not in made[-1].taken]
    if pending:
        made.append(_batch(pending, inside, 1.0))
    return made


def _batch(taken: Sequence[int], inside: dict[int, float], share: float) -> Batch:
    """Take a share of the pool: everybody who has cast leaves it with the same chance."""
    chances = {deputy: there * share for deputy, there in inside.items()}
    for deputy, there in inside.items():
        inside[deputy] = there * (1 - share)
    return Batch(list(taken), chances)


def chances_of(deputy: int, batches: list[Batch]) -> list[float]:
    """The chance, batch by batch, that one certain ballot of it is the deputy's."""
    return [batch.chances.get(deputy, 0.0) / len(batch.taken) for batch in batches]


def ballot(chance: random.Random) -> list[bool]:
    """Marks as deputies set them: the first projects are liked more, ten at most."""
    wish = sorted(range(ITEMS), key=lambda item: item / 4 + chance.expovariate(0.3))
    taken = set(wish[: SEATS - chance.choice((0, 0, 0, 1, 3))])
    return [item in taken for item in range(ITEMS)]


def guessed(marks: list[list[bool]], batches: list[Batch]) -> float:
    """How often the best guess of one deputy's mark on one item is right."""
    shares = [
        [sum(marks[d][item] for d in batch.taken) / len(batch.taken) for item in range(ITEMS)]
        for batch in batches
    ]
    right = 0
    for deputy, own in enumerate(marks):
        for item in range(ITEMS):
            there = sum(
                batch.chances.get(deputy, 0.0) * share[item]
                for batch, share in zip(batches, shares, strict=True)
            )
            right += (there >= 0.5) == own[item]
    return right / (len(marks) * ITEMS)
