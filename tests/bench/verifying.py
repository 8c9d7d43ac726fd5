"""Offline verification: time beside its signature checks, growth, and memory."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tests.bench import records
from tests.bench.limits import record_checks, seconds
from tests.bench.table import Row, in_turn

MOST_MEMORY = 300  # MB, whatever the size of the record


def rows(sizes: list[int], folder: Path) -> list[Row]:
    """Rows for records of these many ballots, which are made in `folder` and kept there."""
    made: list[Row] = []
    for size in sizes:
        record = folder / f"record-{size}.zip"
        if not record.exists():
            records.write(size, record)
        made += _of(size, record)
    return made


def _of(size: int, record: Path) -> list[Row]:
    peaks: list[float] = []

    def ours() -> float:
        taken, peak = verify(record)
        peaks.append(peak)
        return taken

    pair = in_turn(ours, lambda: seconds(record_checks, size), 5 if size <= 3000 else 1)
    ratio = 1 / pair.ratio
    name = f"verify {size:,} ballots"
    per = f"{pair.ours / size * 1e6:.0f} µs a ballot; {record.stat().st_size / size:.0f} bytes each"
    return [
        Row(name, pair.ours, "s", pair.limit, ratio, "≥ 0.7", ratio >= 0.7, pair.spread, per),
        Row(f"{name}, memory", max(peaks), "MB", target="≤ 300", met=max(peaks) <= MOST_MEMORY),
    ]


def verify(record: Path) -> tuple[float, float]:
    """Seconds, and the most memory (MB) that all its processes held at once."""
    begun, peak = time.perf_counter(), 0.0
    command = [sys.executable, "-m", "voting.verify", str(record)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            peak = max(peak, _memory(process.pid))
            time.sleep(0.05 if time.perf_counter() - begun < 10 else 1.0)
        taken = time.perf_counter() - begun
    assert process.returncode == 0, "the record is not good"
    return taken, peak


def _memory(pid: int) -> float:
    """Proportional set size of a process and its children, in MB: shared pages count once."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:  # it has ended
        return 0.0
    mine = next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return mine / 1024 + sum(_memory(int(child)) for child in children)
