"""What a campaign showed, as docs/torture.md."""

from __future__ import annotations

import platform
import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version

from tests.torture import invariants
from tests.torture.crowd import Notes
from tests.torture.vote import STAGES, Blow

PACKAGES = ("flask", "sqlalchemy", "gunicorn", "cryptography", "gmpy2")
INTRODUCTION = """\
# Torture

Written by `make torture`. A round is a whole vote of simulated deputies over HTTP with a fault in
each of its four stages, at the moment of a request that the round's seed draws. After it all of
this must hold:
"""
HOW = """\
## How the faults are played

- Tablets send again what was not answered, as real ones do, and nothing else helps them; officials
  open the next epoch where the issuing key is lost.
- A power cut: all processes are killed, and the ext4 disk of the instance is put back as the kernel
  had written it at that moment. The file system writes nothing of itself for five minutes, so what
  no fsync covered is gone. It goes for the first time when an instance has just been made.
- A full disk has not a block left. The clock is the server's alone, set through the tests' own
  start of the app (`tests/torture/wsgi.py`).
- The network is a TUN device in a namespace of its own, whose packets are treated in user space as
  `tc netem` treats them (`tests/torture/wire.py`): many kernels are built without netem. TCP hides
  doubled and re-ordered packets, so whole requests are doubled and re-ordered as well.
- A minute of a hall lasts a second here.
"""


@dataclass(slots=True)
class Tally:
    """The rounds so far; `missing` are the faults that could not be played."""

    seed: int
    missing: list[str]
    rounds: int = 0
    failed: list[int] = field(default_factory=list)
    blows: Counter[tuple[str, str]] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)

    def add(self, seed: int, blows: dict[str, Blow], notes: Notes, broken: list[str]) -> None:
        """A round was played."""
        self.rounds += 1
        self.failed += [seed] if broken else []
        self.blows.update((blow.fault, stage) for stage, blow in blows.items())
        self.refusals += notes.refusals
        self.kept["check-ins"] += len(notes.checked_in)
        self.kept["promises of the roll"] += len(notes.promised)
        self.kept["receipts"] += len(notes.receipts)

    def summary(self) -> str:
        """In one line."""
        outcome = f"FAILED: {self.failed}" if self.failed else "nothing acknowledged was lost"
        return f"{self.rounds} rounds, {self.blows.total()} faults: {outcome}"

    def document(self) -> str:
        """The whole page."""
        parts = [INTRODUCTION, "\n".join(f"- {what};" for what in invariants.ALL), ""]
        parts += ["## The last campaign\n", self._circumstances(), f"\n{self.summary()}.\n"]
        kept = ", ".join(f"{count:,} {name}" for name, count in self.kept.items())
        parts += [f"Acknowledged, and found again: {kept}.\n", self._table(), ""]
        refused = ", ".join(f"{code} {count:,}" for code, count in self.refusals.most_common())
        parts += [f"What tablets heard instead of an answer: {refused}.\n"]
        if self.missing:
            parts += [f"Not to be had on that machine, and left out: {', '.join(self.missing)}.\n"]
        return "\n".join([*parts, HOW])

    def _circumstances(self) -> str:
        versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
        return (
            f"{datetime.now(UTC):%Y-%m-%d}, first seed {self.seed}; Linux {platform.release()}, "
            f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {versions}."
        )

    def _table(self) -> str:
        lines = [f"| fault | {' | '.join(STAGES)} |", f"|---|{'---:|' * len(STAGES)}"]
        for fault in sorted({fault for fault, _ in self.blows}):
            counts = " | ".join(str(self.blows[fault, stage]) for stage in STAGES)
            lines.append(f"| {fault} | {counts} |")
        return "\n".join(lines)
