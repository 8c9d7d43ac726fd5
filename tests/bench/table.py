"""The table of figures: each beside the limit that was measured in the same run."""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
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


def write(title: str, rows: Iterable[Row]) -> bool:
    """Measure a section and write it; sections of other runs stay as they are.

    One that fails says so beneath the rows that it had by then, and returns False.
    """
    made: list[Row] = []
    failure = ""
    begun = time.monotonic()
    print(f"== {title}", flush=True)
    try:
        for row in rows:
            print(_line(row), flush=True)
            made.append(row)
    except Exception as error:
        traceback.print_exc()
        failure = f"{type(error).__name__}: {error}"[:300]
    taken = _circumstances() | {"minutes": round((time.monotonic() - begun) / 60, 1)}
    section = {"taken": taken, "failure": failure, "rows": [asdict(row) for row in made]}
    _keep(title, section)
    return not failure


def _keep(title: str, section: Mapping[str, object]) -> None:
    path = DOCS / "benchmarks.json"
    held = json.loads(path.read_text()) if path.exists() else {}
    held.pop(title, None)
    held[title] = section  # the last: a whole run has them in its order
    path.write_text(json.dumps(held, ensure_ascii=False, indent=1) + "\n")
    parts = ["# Benchmarks\n", INTRODUCTION]
    parts += [_section(name, held[name]) for name in held]
    (DOCS / "benchmarks.md").write_text("\n".join(parts))


INTRODUCTION = """\
Written by `make bench`. A figure counts as a ratio: ours and the limit (what the same machine does
when it does nothing else but the named primitives) are measured in one run, in turn. Medians;
spread is that of the ratio, or of ours where there is no limit. The load client runs on the same
cores as the server and takes its share from it: the notes say how much.
"""


def _circumstances() -> dict[str, str | int | float]:
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
    if run.get("failure"):
        notes.append(f"- **stopped here, the rest was not measured:** {run['failure']}")
    return "\n".join([f"## {title}\n", f"{conditions}\n", head, rule, *lines, "", *notes, ""])


def _line(row: Row) -> str:
    limit = f"{row.limit:,.4g} {row.unit}" if row.limit is not None else ""
    ratio = f"{row.ratio:.2f}" if row.ratio is not None else ""
    met = {True: "yes", False: "no", None: ""}[row.met]
    cells = (row.measure, f"{row.ours:,.4g} {row.unit}", limit, ratio, row.target, met)
    return f"| {' | '.join(cells)} | {row.spread:.0%} |"
