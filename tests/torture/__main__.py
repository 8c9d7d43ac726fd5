"""`make torture`: rounds of a vote under faults; exit status 1 where an invariant broke.

Every round has a seed of its own, from which follow its faults, their moments and all choices; only
how the machine runs the threads is left to the machine.
"""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from random import Random

from tests.torture import faults, report
from tests.torture.machine import ALONE, Machine, alone, can
from tests.torture.vote import STAGES, Round, plan
from tests.torture.wire import Wire
from tests.world import WINDOW, roster
from voting.client.host import ROOT, free_port
from voting.client.rehearsal import Rehearsal

DEPUTIES = 10
ROUNDS_A_CONGRESS = 10
KEPT = ROOT / "instance" / "torture"
UNSHARE = ["unshare", "--net", "--mount"]


def main() -> int:
    """Play; the result."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=None, help="of the first round; then one more")
    parser.add_argument("--minutes", type=float, default=None, help="begin no round after these")
    parser.add_argument("--report", type=Path, default=None, help="where the result is written")
    parser.add_argument(
        "--faults",
        choices=faults.ALL,
        nargs=len(STAGES),
        default=[],
        metavar="FAULT",
        help=f"play these, one each in {', '.join(STAGES)}: {'; '.join(faults.ALL)}",
    )
    given = parser.parse_args()
    if ALONE not in os.environ and can(*UNSHARE, "true"):
        os.environ[ALONE] = "1"
        os.execvp(UNSHARE[0], [*UNSHARE, sys.executable, "-m", "tests.torture", *sys.argv[1:]])
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(1))  # the servers end with us
    can("ip", "link", "set", "lo", "up")
    seed = secrets.randbelow(10**6) if given.seed is None else given.seed
    campaign = Campaign(seed, given.faults)
    end = time.monotonic() + 60 * given.minutes if given.minutes else float("inf")
    with tempfile.TemporaryDirectory() as folder:
        campaign.run(Path(folder), given.rounds, end)
    print(campaign.tally.summary())
    if given.report:
        given.report.write_text(campaign.tally.document())
    return 1 if campaign.tally.failed else 0


class Campaign:
    """Rounds one after the other, some in one congress; who fails is put away for a look."""

    def __init__(self, seed: int, wanted: list[str]) -> None:
        """`seed` is the first round's; `wanted` as in `plan`."""
        self._seed, self._wanted = seed, wanted
        self._wire = Wire.laid(Random(seed)) if alone() else None
        self._found = faults.found(self._wire)
        missing = [name for name in faults.ALL if name not in self._found]
        self.tally = report.Tally(seed, missing)
        if missing:
            print(f"Not to be had here, and left out: {', '.join(missing)}")

    def run(self, folder: Path, rounds: int, end: float) -> None:
        """Play so many rounds, and none that would begin after `end`."""
        left = list(range(self._seed, self._seed + rounds))
        while left and time.monotonic() < end:
            self._congress(folder / f"congress-{left[0]}", left, end)

    def _congress(self, folder: Path, left: list[int], end: float) -> None:
        machine, keep = Machine(folder, free_port(), WINDOW, self._wire), None
        try:
            world = Rehearsal(machine.host)
            world.begin(machine.log)
            world.import_roster(roster(DEPUTIES))
            for _ in range(ROUNDS_A_CONGRESS):
                if not left or time.monotonic() > end:
                    break
                seed = left.pop(0)
                if not self._round(machine, world, seed):
                    keep = KEPT / str(seed)
                    shutil.rmtree(keep, ignore_errors=True)
                    break
        finally:
            machine.end(keep)

    def _round(self, machine: Machine, world: Rehearsal, seed: int) -> bool:
        blows = plan(seed, self._found, DEPUTIES, self._wanted)
        print(f"{seed}: {', '.join(f'{s}: {blows[s].fault}' for s in STAGES)}", flush=True)
        played = Round(machine, world, seed, blows)
        try:
            broken = played.play()
        except Exception:
            broken = [traceback.format_exc()]
        self.tally.add(seed, blows, played.notes, broken)
        for what in broken:
            print(f"FAILED: {what}")
        if broken:
            print(f"Again: make torture SEED={seed} ROUNDS=1; the files: {KEPT / str(seed)}")
        return not broken


if __name__ == "__main__":
    sys.exit(main())
