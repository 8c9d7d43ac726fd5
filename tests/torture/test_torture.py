"""A short campaign: one vote; two workers are killed, the disk is full, the power goes."""

from __future__ import annotations

import subprocess
import sys

SEED = 10719  # draws these where the tests may mount a disk, and others elsewhere


def test_nothing_that_was_acknowledged_is_lost() -> None:
    command = [sys.executable, "-m", "tests.torture", "--rounds", "1", "--seed", str(SEED)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
