"""The vectors that both halves run are what the protocol makes today."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def test_the_vectors_are_what_their_script_prints() -> None:
    command = [sys.executable, "-m", "tests.make_vectors"]
    made = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=True)
    assert made.stdout == (REPOSITORY / "tests/vectors.json").read_bytes()
