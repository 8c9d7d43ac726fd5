"""Votes that end in a tie, and what the rounds after them choose."""

from __future__ import annotations

from tests.world import all_do, until_frozen
from voting.client.rehearsal import Rehearsal
from voting.core.messages import Marks

TIED = [[0, 0, 0, None, None], [0, 0, None, 0, None], [0, None, 0, 0, None]] * 2
"""Six ballots with three marks on five items: the first gets 6 votes, the next three 4 each."""


def play(world: Rehearsal, poll: int, ballots: list[Marks]) -> str:
    """A defined poll from issuing to publication, one ballot a deputy; the poll's hash."""
    tablets = world.tablets()
    until_frozen(world, poll, tablets)
    world.step(poll, "open")
    all_do(tablets, "check_roll")
    for tablet, marks in zip(tablets, ballots, strict=True):
        tablet.cast(marks)
    world.step(poll, "close")
    world.step(poll, "publish")
    hash_: str = world.http.get("/api/status")["poll"]["hash"]
    return hash_
