"""Offline verification: time beside its signature checks, growth, and memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench import records
from tests.bench.limits import cpu, record_checks, record_checks_loaded, taken
from tests.bench.table import Row, in_turn

LARGE = 1_000_000
MOST = 300  # MB, whatever the size of the record


def rows(sizes: list[int], folder: Path) -> Iterator[Row]:
    """Rows for records of these many ballots, made in `folder`; a very large one is kept there."""
    yield _loading()
    smallest = 0.0
    for size in sizes:
        record = folder / f"record-{size}.zip"
        if size < LARGE or not record.exists():
            records.write(size, record)
        made = _of(size, record)
        yield from made
        each = made[1].ours / size
        smallest = smallest or each
        note = "a start of some tenths of a second weighs on the smallest"
        measure = f"CPU of verify at {size:,} ballots"
        ratio = each / smallest
        yield Row(measure, each * 1e6, "µs", smallest * 1e6, ratio, "linear", note=note)
        if size < LARGE:
            record.unlink()


def _loading() -> Row:
    """The limit verifies with one loaded key; how near to it one can come who loads each key."""
    pair = in_turn(lambda: cpu(record_checks_loaded, 500), lambda: cpu(record_checks, 500), 9)
    ours, least = pair.ours * 1e6, pair.limit * 1e6
    note = "CPU of a ballot's signature checks, its three P-256 keys loaded, beside one loaded once"
    return Row(
        "checks with keys loaded", ours, "µs", least, 1 / pair.ratio, spread=pair.spread, note=note
    )


def _of(size: int, record: Path) -> list[Row]:
    spent: list[tuple[float, float]] = []  # CPU time of ours and of the limit, of each round
    peaks: list[float] = []

    def ours() -> float:
        elapsed, cpu, peak = verify(record)
        peaks.append(peak)
        spent.append((cpu, 0.0))
        return elapsed

    def limit() -> float:
        elapsed, cpu = taken(record_checks, size)
        spent[-1] = (spent[-1][0], cpu)
        return elapsed

    pair = in_turn(ours, limit, 5 if size <= 3000 else 1)
    ratio, memory = 1 / pair.ratio, max(peaks)
    cpu, least = (statistics.median(column) for column in zip(*spent, strict=True))
    name, form = f"verify {size:,} ballots", f"{record.stat().st_size / size:.0f} bytes each"
    per = f"{pair.ours / size * 1e6:.0f} µs a ballot; {form}"
    each = f"user and system time of all processes, {cpu / size * 1e6:.0f} µs a ballot"
    whole = "proportional set sizes of all processes, added up"
    return [
        Row(name, pair.ours, "s", pair.limit, ratio, "≥ 0.7", ratio >= 0.7, pair.spread, per),
        Row(f"{name}, CPU", cpu, "s", least, least / cpu, note=each),
        Row(f"{name}, memory", memory, "MB", target="≤ 300", met=memory <= MOST, note=whole),
    ]


def verify(record: Path) -> tuple[float, float, float]:
    """Seconds, CPU time, and the most memory (MB) that all its processes held at once."""
    begun, before, peak = time.perf_counter(), _cpu(), 0.0
    command = [sys.executable, "-m", "voting.verify", str(record)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            peak = max(peak, _memory(process.pid))
            time.sleep(0.05 if time.perf_counter() - begun < 10 else 1.0)
        elapsed = time.perf_counter() - begun
    assert process.returncode == 0, "the record is not good"
    return elapsed, _cpu() - before, peak


def _cpu() -> float:
    """User and system time of the processes that were started and have ended."""
    times = os.times()
    return times.children_user + times.children_system


def _memory(pid: int) -> float:
    """Proportional set size of a process and its children, in MB: shared pages count once."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:  # it has ended
        return 0.0
    mine = next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return mine / 1024 + sum(_memory(int(child)) for child in children)
