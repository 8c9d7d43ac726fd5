"""`make bench`: what is measured, section by section, into docs/benchmarks.md."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.bench import table, verifying

INSTANCE = Path(__file__).resolve().parents[2] / "instance"


def main() -> None:
    """Measure; every section is written as soon as it is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ballots", type=int, nargs="*", default=[3000, 100_000, 1_000_000])
    given = parser.parse_args()
    folder = INSTANCE / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    table.write(verifying.rows(given.ballots, folder), "Verification")


if __name__ == "__main__":
    main()
