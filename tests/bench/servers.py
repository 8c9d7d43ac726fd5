"""Servers that set limits: the smallest Flask app, plain and over TLS, and PostgreSQL's commits."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests import postgres
from tests.bench.load import Request, fire
from tests.bench.table import Row
from voting.client.host import ROOT, STARTS_IN, free_port
from voting.operations import certificates

CONNECTIONS = 32
TICK = os.sysconf("SC_CLK_TCK")
_OF_PROCESS = 2  # as clock_getcpuclockid(3) makes a clock's number of a process's
COMMIT = "INSERT INTO stored VALUES (gen_random_uuid(), decode(repeat('ab', 1500), 'hex'));\n"
SECONDS = 3  # for each number of PostgreSQL's connections


def cpu_of(pid: int) -> float:
    """CPU seconds that a process and its children, whichever thread's, have used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    children = [child for task in tasks for child in task.read_text().split()]
    own = time.clock_gettime(~pid << 3 | _OF_PROCESS)
    ended = sum(int(field) for field in fields[13:15]) / TICK  # children's
    return own + ended + sum(cpu_of(int(child)) for child in children)


class Server:
    """An app behind the product's server software, with as many workers and threads."""

    def __init__(
        self, app: str, log: Path, tls: Path | None = None, settings: Mapping[str, str] = os.environ
    ) -> None:
        """Start it; `tls`: the folder of the certificate that it shows."""
        port = free_port()
        self.base = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
        self.authority = tls / certificates.AUTHORITY if tls else None
        options = ["-w", "2", "-k", "gthread", "--threads", "8", "-b", f"127.0.0.1:{port}"]
        options += ["--keep-alive", "75", "--no-control-socket"]
        if tls:
            options += ["--certfile", str(tls / certificates.CERTIFICATE)]
            options += ["--keyfile", str(tls / certificates.KEY)]
        command = [sys.executable, "-m", "gunicorn", *options, app]
        with log.open("ab") as file:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=dict(settings), stdout=file, stderr=file
            )
        end = time.monotonic() + STARTS_IN
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > end:
                self.end()
                raise RuntimeError(f"{app} did not start:\n{log.read_text()[-1000:]}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            return bool(fire(self.base, [Request("/")], 1, self.authority).answers[0].status)
        except OSError:
            return False

    def spent(self) -> float:
        """CPU seconds of all its processes so far."""
        return cpu_of(self.process.pid)

    def end(self) -> None:
        """Stop it."""
        self.process.terminate()
        self.process.wait()


class Smallest(Server):
    """The smallest Flask app."""

    def __init__(self, log: Path, tls: Path | None = None) -> None:
        """Start it."""
        super().__init__("tests.bench.smallest:app", log, tls)
        self.costs: list[float] = []  # CPU seconds a request, one figure a measurement

    def rate(self, count: int) -> float:
        """Requests of 1.5 kB a second; what they cost the server is added to `costs`."""
        before = self.spent()
        request = Request("/", bytes(1500))
        first = request if self.authority else None
        rate = fire(self.base, [request] * count, CONNECTIONS, self.authority, first).rate
        self.costs.append((self.spent() - before) / count)
        return rate


@contextmanager
def smallest(folder: Path, tls: Path | None = None) -> Iterator[Smallest]:
    """The smallest Flask app while this lasts."""
    server = Smallest(folder / "smallest.log", tls)
    try:
        yield server
    finally:
        server.end()


def certificate(folder: Path) -> Path:
    """A folder with a certificate for this machine, made as a hall's is."""
    certificates.write(folder / "tls", ["127.0.0.1"])
    return folder / "tls"


def rows() -> Iterator[Row]:
    """The smallest Flask app, then PostgreSQL where it is installed."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for title, tls in (("plain", None), ("TLS, connections kept", certificate(folder))):
            with smallest(folder, tls) as server:
                rates = [server.rate(3000) for _ in range(3)]
            middle = statistics.median(rates)
            spread = (max(rates) - min(rates)) / middle
            yield Row(f"smallest Flask app, {title}", middle, "/s", spread=spread)
    if postgres.PROGRAMS:
        yield from _commits()


def _commits() -> Iterator[Row]:
    """Durable one-row commits by pgbench, which is not written in Python."""
    with postgres.cluster() as server:
        server.ask("CREATE TABLE stored (name uuid PRIMARY KEY, row bytea)")
        script = server.folder.parent / "commit.sql"
        script.write_text(COMMIT)
        for connections in (1, 8, 32):
            command = [str(postgres.PROGRAMS[-1].with_name("pgbench")), "-n", "-f", str(script)]
            load = ["-c", str(connections), "-j", str(min(2, connections)), "-T", str(SECONDS)]
            place = ["-h", "127.0.0.1", "-p", str(server.port), "-U", "postgres", "postgres"]
            done = subprocess.run(
                [*command, *load, *place], check=True, capture_output=True, text=True
            )
            found = re.search(r"tps = ([0-9.]+)", done.stdout)
            assert found, done.stdout
            title = f"PostgreSQL, one row a commit, connections: {connections}"
            yield Row(title, float(found.group(1)), "/s", note=f"pgbench, {SECONDS} s")
