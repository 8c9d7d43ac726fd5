"""What the owner of the server learns afterwards from everything that is kept.

Whole votes are held with a real server and issuer; then every file of the instance (database, WAL,
index, journals, the issuer's folder), the server's messages and the record are searched for every
ballot, in each spelling that it has there. A place is a clue: if the places of the ballots lie in
the order in which deputies checked in, were issued, registered or cast, they can be joined. For
each clue and each order, the rank correlations of all votes together are one standard score; a clue
that tells something grows with every vote, chance does not. Batch numbers are no clue here: they
tell roughly when a ballot came by design, and `observer` measures what that is worth.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import erfc, sqrt
from pathlib import Path

from tests.world import WINDOW, a_poll, all_do
from voting.client.rehearsal import Rehearsal
from voting.client.tablet import Tablet
from voting.core.encoding import b64, sha256

Orders = dict[str, list[int]]  # an act's name → the deputies in the order of it


@dataclass(slots=True)
class Score:
    """The correlations of one clue with one order, vote after vote."""

    scores: list[float] = field(default_factory=list)
    hits: int = 0  # deputies whose ballot the clue names, taken at its word
    tries: int = 0

    @property
    def z(self) -> float:
        """All votes together: a standard normal number where the clue tells nothing."""
        return sum(self.scores) / sqrt(len(self.scores))

    @property
    def p(self) -> float:
        """How often chance alone does as much."""
        return erfc(abs(self.z) / sqrt(2))


def hold(world: Rehearsal, deputies: int) -> tuple[list[Tablet], Orders]:
    """One vote in which nobody acts in the order of another act."""
    poll = a_poll(world)
    tablets = world.tablets()
    orders: Orders = {"roster": list(range(deputies))}

    def act(name: str, stage: Callable[[Tablet], object]) -> None:
        orders[name] = random.sample(range(deputies), deputies)
        for deputy in orders[name]:
            stage(tablets[deputy])

    act("check in", Tablet.check_in)
    world.step(poll, "issue")
    act("issue", Tablet.receive)
    world.step(poll, "register")
    act("register", Tablet.register)
    time.sleep(WINDOW + 0.2)
    for step in ("freeze", "open"):
        world.step(poll, step)
    all_do(tablets, "check_roll")
    act(
        "cast",
        lambda tablet: tablet.cast([random.choice((0, None)) for _ in range(3)] + [None] * 2),
    )
    for step in ("close", "publish"):
        world.step(poll, step)
    world.record(poll)
    return tablets, orders


def clues(world: Rehearsal, tablets: list[Tablet]) -> Iterator[tuple[str, list[float]]]:
    """Each clue: its name, and a number for each deputy's ballot that lies in some order."""
    spellings = {
        "key": [tablet.kept().key for tablet in tablets],
        "key in b64": [b64(tablet.kept().key).encode() for tablet in tablets],
        "hash of the key": [sha256(tablet.kept().key) for tablet in tablets],
        "signature": [_signature(tablet) for tablet in tablets],
    }
    for path, data in _files(world):
        name = f"any {path.suffix}" if path.suffix == ".zip" else path.name  # named by its poll
        for what, needles in spellings.items():
            for way, find in (("first", data.find), ("last", data.rfind)):
                places = [float(find(needle)) for needle in needles]
                if min(places) >= 0:
                    yield f"{name}: {way} place of the {what}", places
    yield from _rows(world, spellings["hash of the key"])


def _signature(tablet: Tablet) -> bytes:
    ballot = tablet.kept().ballot
    assert ballot is not None
    return ballot.split(b'"sig":"')[1][:86]


def _files(world: Rehearsal) -> Iterator[tuple[Path, bytes]]:
    for path in [*world.host.instance.rglob("*"), world.host.instance.parent / "server.log"]:
        if path.is_file():
            yield path, path.read_bytes()


def _rows(world: Rehearsal, hashes: list[bytes]) -> Iterator[tuple[str, list[float]]]:
    """The order in which the tables give their rows, unsorted."""
    database = sqlite3.connect(world.host.instance / "piaojue.db")
    for table in ("roll_line", "ballot"):
        rows = [row[0] for row in database.execute(f"SELECT key_hash FROM {table} NOT INDEXED")]
        yield f"{table}: unsorted rows", [float(rows.index(name)) for name in hashes]
    database.close()


def judge(
    found: dict[tuple[str, str], Score], clue: str, values: list[float], orders: Orders
) -> None:
    """Hold one clue against each order."""
    by_clue = sorted(range(len(values)), key=values.__getitem__)
    rank = {deputy: place for place, deputy in enumerate(by_clue)}
    n = len(values)
    for name, order in orders.items():
        score = found.setdefault((clue, name), Score())
        squares = sum((rank[deputy] - place) ** 2 for place, deputy in enumerate(order))
        score.scores.append((1 - 6 * squares / (n * (n * n - 1))) * sqrt(n - 1))
        score.hits += sum(rank[deputy] == place for place, deputy in enumerate(order))
        score.tries += n
