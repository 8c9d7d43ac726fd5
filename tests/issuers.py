"""An issuer on a machine of its own, and its owner."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from voting.client.host import Host
from voting.client.rehearsal import Rehearsal


@dataclass
class IssuerApart:
    """The issuer's owner, at a machine with a folder of its own."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    def do(self, *command: str) -> str:
        program = [sys.executable, "-m", "voting.issuer", command[0], str(self.folder)]
        done = subprocess.run([*program, *command[1:]], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def start(self) -> None:
        program = [sys.executable, "-m", "voting.issuer", "serve", str(self.folder)]
        self.process = subprocess.Popen([*program, "--listen", f"127.0.0.1:{self.port}"])

    def introduce(self, host: Host) -> None:
        """The box, whose server is not running, and this issuer know each other from now on."""
        public = self.folder / "public.json"
        command = [sys.executable, "-m", "voting.cli", "add-issuer", str(public)]
        done = subprocess.run(
            [*command, f"127.0.0.1:{self.port}"],
            env={**os.environ, "PIAOJUE_INSTANCE": str(host.instance)},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        self.do("trust", done.stdout.strip())

    def signal(self, what: signal.Signals) -> None:
        assert self.process
        self.process.send_signal(what)
        if what == signal.SIGKILL:
            self.process.wait()

    def accept(self, hall: Rehearsal, poll: int) -> str:
        """Take definition and roster on a stick, and accept the poll."""
        for name in ("definition.json", "roster.jsonl"):
            data = hall.secretary.fetch("GET", f"/polls/{poll}/{name}")
            (self.folder / name).write_bytes(data)
        paths = (str(self.folder / name) for name in ("definition.json", "roster.jsonl"))
        return self.do("accept", *paths)

    def issued(self) -> int:
        journal = sqlite3.connect(self.folder / "journal.db")
        (count,) = journal.execute("SELECT count(*) FROM signed").fetchone()
        journal.close()
        return int(count)
