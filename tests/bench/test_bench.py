"""What `make bench` measures is a vote as it should be: nobody lost, every figure there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench import parts, table, whole
from tests.bench.table import Row


def test_a_small_hall_at_full_speed_loses_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole, "WINDOW", 1)
    lost, issue, cast, secure, deputy, record = whole.played(tmp_path, 10)
    assert (lost.ours, lost.note) == (0, "of 50 requests")
    for row in (issue, cast, secure, deputy):
        assert row.ours > 0
        assert row.ratio
        assert row.ratio > 0
    assert 2 < record.ours < 6  # kB; a small hall's log weighs more on each


def test_a_cast_is_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "WINDOW", 1)
    monkeypatch.setattr(parts, "PIECE", 2)
    monkeypatch.setattr(parts, "ROUNDS", 2)
    served, smallest, alone, empty, *primitives = parts.rows()
    assert served.ours > 0
    assert smallest.ours > 0
    assert alone.ours > empty.ours > 0
    assert len(primitives) == 4


def test_a_section_that_fails_keeps_its_rows_and_the_other_sections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "DOCS", tmp_path)

    def broken() -> Iterator[Row]:
        yield Row("first", 1, "s")
        raise RuntimeError("no disk")

    assert table.write("A", [Row("whole", 2, "s")])
    assert not table.write("B", broken())
    text = (tmp_path / "benchmarks.md").read_text()
    assert "| whole | 2 s |" in text
    assert "| first | 1 s |" in text
    assert "no disk" in text
    held = json.loads((tmp_path / "benchmarks.json").read_text())
    assert [row["measure"] for row in held["B"]["rows"]] == ["first"]
