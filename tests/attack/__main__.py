"""`make attack`: both attacks, with their figures; exit status 1 where one succeeds."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm

from tests.attack import observer, root
from tests.world import congress

SIZES = (20, 54, 314, 2977)
DEPUTIES = 44
VOTES_AN_INSTANCE = 4  # several polls in one database, as a congress has them
ALARM = 0.001  # once in a thousand runs, all clues together, chance alone raises it


def main() -> int:
    """Run both."""
    parser = argparse.ArgumentParser(prog="python -m tests.attack", description=__doc__)
    parser.add_argument("--votes", type=int, default=40, help="whole votes that root attacks")
    votes = parser.parse_args().votes
    _observe()
    return _attack(votes)


def _observe() -> None:
    print("\nWho watches every connection, and reads the record: chance to name a deputy's ballot,")
    print("and how often the best guess of one mark is right (from the results; from the screen)\n")
    heads = f"{'deputies':>8} {'reserve':>8} {'batches':>8} {'named: 1 in':>12} {'worst':>6}"
    print(f"{heads} {'mark':>14}")
    for deputies in SIZES:
        for reserve in sorted({10, 20, 40, max(20, -(-deputies // 8))}):
            chance = random.Random(f"{deputies} {reserve}")
            runs = [observer.vote(deputies, reserve, chance) for _ in range(3)]
            mean = [sum(values) / len(runs) for values in zip(*map(_figures, runs), strict=True)]
            print(f"{deputies:8} {reserve:8} {mean[0]:8.0f} {1 / mean[1]:12.0f}", end="")
            print(f" {1 / mean[2]:6.0f}   {mean[3]:.3f}  {mean[4]:.3f}")


def _figures(learned: observer.Learned) -> tuple[float, ...]:
    return learned.batches, learned.named, learned.worst, learned.mark_results, learned.mark_screen


def _attack(votes: int) -> int:
    print(f"\nWho owns the server, and reads everything afterwards: {votes} votes of {DEPUTIES}\n")
    found: dict[tuple[str, str], root.Score] = {}
    with tqdm(total=votes, unit="vote", file=sys.stdout) as bar:
        while bar.n < votes:
            for clue, values, orders in _instance(min(VOTES_AN_INSTANCE, votes - bar.n), bar):
                root.judge(found, clue, values, orders)
    return _report(found)


def _instance(votes: int, bar: tqdm[None]) -> Iterator[tuple[str, list[float], root.Orders]]:
    """The clues that some votes leave, one after the other in one database."""
    with tempfile.TemporaryDirectory() as folder, congress(Path(folder), DEPUTIES) as world:
        for _ in range(votes):
            tablets, orders = root.hold(world, DEPUTIES)
            for clue, values in root.clues(world, tablets):
                yield clue, values, orders
            bar.update()


def _report(found: dict[tuple[str, str], root.Score]) -> int:
    ranked = sorted(found.items(), key=lambda each: each[1].p)
    print(f"\n{len(found)} pairs of a clue and an order; the ten that tell most:")
    for (clue, order), score in ranked[:10]:
        print(
            f"  p = {score.p:.4f}  z = {score.z:+.2f}  {score.hits} of {score.tries} named", end=""
        )
        print(f" ({len(score.scores)} by chance)  {order}: {clue}")
    worst = min(1.0, ranked[0][1].p * len(found))
    print(f"All together: p = {worst:.3f}")
    if worst < ALARM:
        print("FAILED: something that is kept lies in the order of something that deputies did")
        return 1
    print("nothing that is kept joins a deputy to a ballot better than chance")
    return 0


if __name__ == "__main__":
    sys.exit(main())
