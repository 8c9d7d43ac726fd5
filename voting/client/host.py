"""A server of one's own, for rehearsals and tests: made, started and ended from outside."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import urllib3

STARTS_IN = 120.0  # seconds, on a slow and crowded machine
ENDS_IN = 30.0
ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    """A TCP port of the loopback address that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(slots=True)
class Host:
    """One instance with its server process; `window` is the common window in seconds.

    `postgres`: the URL of the database, where it is not a file of the instance; `app`: what
    gunicorn serves.
    """

    instance: Path
    port: int
    window: int
    postgres: str = ""
    process: subprocess.Popen[bytes] | None = None
    app: str = "wsgi:app"

    @property
    def base(self) -> str:
        """The server's address."""
        return f"http://127.0.0.1:{self.port}"

    def init(self, congress: str, name: str, session: str, *more: str) -> str:
        """Make the instance; returns the administrator's password."""
        options = ["--congress", congress, "--name", name, "--session", session, *more]
        command = [sys.executable, "-m", "voting.cli", "init", *options]
        done = subprocess.run(
            command, env=self._environment(), cwd=ROOT, check=True, capture_output=True, text=True
        )
        return done.stdout.rsplit("admin: ", 1)[1].strip()

    def start(self, log: Path) -> None:
        """Start the server, its messages going to `log`; returns when it answers."""
        command = [sys.executable, "-m", "gunicorn", "-c", "python:voting.server", self.app]
        with log.open("ab") as file:
            self.process = subprocess.Popen(
                command,
                env=self._environment(),
                cwd=ROOT,
                stdout=file,
                stderr=file,
                start_new_session=True,  # Ctrl-C is for whoever plays; `stop` ends the server
            )
        deadline = time.monotonic() + STARTS_IN
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the server with a signal, and wait until it has ended."""
        if self.process:
            self.process.send_signal(how)
            self.process.wait(ENDS_IN)
            self.process = None

    def issuer_pid(self) -> int | None:
        """The process of the embedded issuer, if it runs."""
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                command = (folder / "cmdline").read_bytes().split(b"\0")
            except OSError:  # it ended while we looked
                continue
            issuer = str(self.instance / "issuer").encode()
            if b"voting.issuer" in command and issuer in command:
                return int(folder.name)
        return None

    def _answers(self) -> bool:
        try:
            answer = urllib3.request("GET", f"{self.base}/health", retries=False, timeout=1.0)
        except urllib3.exceptions.HTTPError:
            return False
        return answer.status == 200

    def _environment(self) -> dict[str, str]:
        settings = {
            "PIAOJUE_INSTANCE": str(self.instance),
            "PIAOJUE_BIND": f"127.0.0.1:{self.port}",
            "PIAOJUE_WINDOW": str(self.window),
            "PIAOJUE_POSTGRES": self.postgres,
        }
        return {**os.environ, **settings}
