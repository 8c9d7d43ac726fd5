"""A short campaign: two votes, their eight faults drawn by a seed that has a bit of each kind."""

from __future__ import annotations

import subprocess
import sys

SEED = 1  # TODO


def test_nothing_that_was_acknowledged_is_lost() -> None:
    command = [sys.executable, "-m", "tests.torture", "--rounds", "1", "--seed", str(SEED)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
