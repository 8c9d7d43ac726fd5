"""Lines are checked in blocks: where one ends changes no verdict."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.records.builder import Made
from voting.verify import Report, container, verify, workers

MEMBERS = (
    "roster.jsonl",
    "issuances.jsonl",
    "roll.jsonl",
    "ballots.jsonl",
    "log.jsonl",
    "board.txt",
)


def tampered(good: Made, name: str) -> list[Made]:
    """Two lines change places, one comes twice, one is missing, two are wrong."""
    lines = good.lines(name)
    ways = (
        lines[:5] + lines[6:7] + lines[5:6] + lines[7:],
        lines[:6] + lines[5:],
        lines[:5] + lines[6:],
        [*lines[:4], lines[4][:-1], *lines[5:8], lines[8][1:], *lines[9:]],
    )
    return [good, *(good.with_lines(name, changed) for changed in ways)]


@pytest.mark.parametrize("name", MEMBERS)
def test_a_block_of_one_line_changes_no_verdict(
    name: str, good: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "record.zip"

    def reports() -> list[Report]:
        found = []
        for record in tampered(good, name):
            path.write_bytes(record.zip())
            found.append(verify(path))
        return found

    whole = reports()
    monkeypatch.setattr(container, "_BLOCK", (1, 50))
    monkeypatch.setattr(workers, "_CORES", 1)
    assert reports() == whole
    assert [report.good for report in whole] == [True, *[False] * (len(whole) - 1)]


def test_a_record_that_is_exchanged_while_it_is_verified_is_refused(
    good: Made, tmp_path: Path
) -> None:
    """Its lines are read again by other processes, which must not read another file's."""
    path, other = tmp_path / "record.zip", tmp_path / "other.zip"
    path.write_bytes(good.zip())
    other.write_bytes(good.zip())

    def exchange(name: str, done: int, size: int) -> None:
        if name == "board.txt" and done == size and other.exists():
            other.rename(path)

    assert verify(path).good
    report = verify(path, progress=exchange)
    assert not report.good
    assert report.reason == "the file was changed while it was verified"
