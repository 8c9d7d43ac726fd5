"""`make bench`: what is measured, section by section, into docs/benchmarks.md."""

from __future__ import annotations

import argparse
import resource
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.bench import limits, page, parts, servers, table, verifying, whole
from tests.bench.table import Row

INSTANCE = Path(__file__).resolve().parents[2] / "instance"


def main() -> None:
    """Measure; every section is written as soon as it is there, whatever becomes of the others."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ballots", type=int, nargs="*", default=[300, 3000, 30_000])
    parser.add_argument("--million", action="store_true", help="verify 1,000,000 ballots as well")
    parser.add_argument("--deputies", type=int, default=2977, help="of the hall and of the burst")
    parser.add_argument("--small", type=int, default=300, help="of the hall that growth starts at")
    parser.add_argument("--filled", type=int, default=30_000, help="rows of the largest instance")
    parser.add_argument("--only", nargs="*", help="sections whose names begin so")
    given = parser.parse_args()
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))  # a connection for every deputy
    folder = INSTANCE / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    ballots = given.ballots + [verifying.LARGE] * given.million
    sections: dict[str, Iterable[Row]] = {
        "Limits of this machine": limits.rows(),
        "Servers as limits": servers.rows(),
        "The hall": whole.hall(given.deputies),
        "A cast, part by part": parts.rows(),
        "Burst": whole.burst(given.deputies),
        "Growth": whole.growth([given.small, given.deputies], given.filled),
        "Pages": page.rows(),
        "Verification": verifying.rows(ballots, folder),
    }
    wanted = tuple(given.only or sections)
    done = [table.write(name, rows) for name, rows in sections.items() if name.startswith(wanted)]
    sys.exit(0 if all(done) else "some sections failed; docs/benchmarks.md says which")


if __name__ == "__main__":
    main()
