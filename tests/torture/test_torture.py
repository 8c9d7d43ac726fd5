"""A short campaign: a vote with one fault of every sort that the machine can play.

The power goes also when the instance has just been made, as in every campaign.
"""

from __future__ import annotations

import subprocess
import sys

FAULTS = ("a worker killed", "the issuer killed", "disk full", "power cut")


def test_nothing_that_was_acknowledged_is_lost() -> None:
    command = [sys.executable, "-m", "tests.torture", "--rounds", "1", "--seed", "7"]
    command += ["--faults", *FAULTS]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
