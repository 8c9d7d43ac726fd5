"""A short campaign: one vote; a worker is killed, the power goes twice, the disk is full."""

from __future__ import annotations

import subprocess
import sys

SEED = 110931  # draws these where the tests may mount a disk, and others elsewhere


def test_nothing_that_was_acknowledged_is_lost() -> None:
    command = [sys.executable, "-m", "tests.torture", "--rounds", "1", "--seed", str(SEED)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
