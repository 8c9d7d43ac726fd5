"""The table of figures: each beside the limit that was measured in the same run."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
PACKAGES = ("cryptography", "gmpy2", "flask", "sqlalchemy", "gunicorn")


@dataclass(frozen=True, slots=True)
class Row:
    """One measure. ours, limit: medians in `unit`; spread: (largest - smallest) / median of ours.

    ratio: ours of the limit, as the target counts it. met: None where nothing was promised.
    """

    measure: str
    ours: float
    unit: str
    limit: float | None = None
    ratio: float | None = None
    target: str = ""
    met: bool | None = None
    spread: float = 0.0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Medians of two measures that were taken in turn, and the spread of each round's ratio."""

    ours: float
    limit: float
    ratio: float
    spread: float


def in_turn(ours: Callable[[], float], limit: Callable[[], float], rounds: int) -> Pair:
    """Both measured round by round, so that what else the machine does falls on both."""
    pairs = [(ours(), limit()) for _ in range(rounds)]
    ratios = sorted(one / other for one, other in pairs)
    ratio = statistics.median(ratios)
    mine = statistics.median(one for one, _ in pairs)
    theirs = statistics.median(other for _, other in pairs)
    return Pair(mine, theirs, ratio, (ratios[-1] - ratios[0]) / ratio)


def write(rows: list[Row], title: str) -> None:
    """docs/benchmarks.md and docs/benchmarks.json; rows of other runs stay as they are."""
    path = DOCS / "benchmarks.json"
    held = json.loads(path.read_text()) if path.exists() else {}
    held[title] = {"taken": _circumstances(), "rows": [asdict(row) for row in rows]}
    path.write_text(json.dumps(held, ensure_ascii=False, indent=1) + "\n")
    parts = ["# Benchmarks\n", INTRODUCTION]
    parts += [_section(name, held[name]) for name in sorted(held)]
    (DOCS / "benchmarks.md").write_text("\n".join(parts))


INTRODUCTION = """\
Written by `make bench`. A figure counts as a ratio: ours and the limit (what the same machine does
when it does nothing else but the named primitives) are measured in one run, in turn. Medians;
spread is that of the ratio, or of ours where there is no limit.
"""


def _circumstances() -> dict[str, str | int]:
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "python": platform.python_version(),
        "cores": os.cpu_count() or 1,
        "load": round(os.getloadavg()[2], 1),
        **{name: version(name) for name in PACKAGES},
    }


def _section(title: str, run: dict[str, object]) -> str:
    taken, rows = run["taken"], run["rows"]
    assert isinstance(taken, dict)
    assert isinstance(rows, list)
    head = "| measure | ours | limit | ratio | target | met | spread |"
    rule = "|---|---:|---:|---:|---|---|---:|"
    lines = [_line(Row(**row)) for row in rows]
    notes = [f"- {row['measure']}: {row['note']}" for row in rows if row["note"]]
    conditions = ", ".join(f"{name} {value}" for name, value in taken.items())
    return "\n".join([f"## {title}\n", f"{conditions}\n", head, rule, *lines, "", *notes, ""])


def _line(row: Row) -> str:
    limit = f"{row.limit:,.4g} {row.unit}" if row.limit is not None else ""
    ratio = f"{row.ratio:.2f}" if row.ratio is not None else ""
    met = {True: "yes", False: "no", None: ""}[row.met]
    cells = (row.measure, f"{row.ours:,.4g} {row.unit}", limit, ratio, row.target, met)
    return f"| {' | '.join(cells)} | {row.spread:.0%} |"
