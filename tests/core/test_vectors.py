"""The vectors that both halves run are what the protocol makes today."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from voting.cards.sheet import qr_path

REPOSITORY = Path(__file__).parents[2]


def test_the_vectors_are_what_their_script_prints() -> None:
    command = [sys.executable, "-m", "tests.make_vectors"]
    made = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=True)
    assert made.stdout == (REPOSITORY / "tests/vectors.json").read_bytes()


def test_the_card_that_tablets_check_their_reader_with_is_as_cards_are_printed() -> None:
    text = (REPOSITORY / "static/js/check/vectors.js").read_text()
    digits, rest = text.split('digits: "')[1].split('"', 1)
    path, size = qr_path(digits)
    assert f"size: {size}," in rest
    assert "".join(rest.split("path:")[1].split('"')[1::2]) == path
