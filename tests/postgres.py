"""A PostgreSQL server of the tests' own, from Debian's package, set as docs/postgresql.md says."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.world import wait_until
from voting.client.host import free_port

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "postgresql.md"
PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
OWNER: dict[str, Any] = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}


def said_in_document(language: str) -> str:
    """The only block of that language in docs/postgresql.md: what operators copy."""
    return DOCUMENT.read_text().split(f"```{language}\n")[1].split("```")[0]


@dataclass(slots=True)
class Cluster:
    """One PostgreSQL server with its folder."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    standbys: list[Cluster] = field(default_factory=list)

    def start(self) -> None:
        command = [self._program("postgres"), "-D", self.folder, "-p", str(self.port)]
        log = (self.folder.parent / f"{self.folder.name}.log").open("ab")
        with log:
            self.process = subprocess.Popen(
                [*command, "-k", ""], stdout=log, stderr=log, start_new_session=True, **OWNER
            )
        wait_until(self._answers)

    def _answers(self) -> bool:
        try:
            self.ask("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def ask(self, query: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """As its superuser."""
        place = f"host=127.0.0.1 port={self.port} user=postgres dbname={database}"
        with psycopg.connect(place, autocommit=True) as connection:
            cursor = connection.execute(query)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def kill(self) -> None:
        """End all its processes at once, as a power cut does."""
        if self.process:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def make_database(self, name: str) -> str:
        """A database of the server's role; returns its URL."""
        self.ask(f"CREATE DATABASE {name} OWNER piaojue")
        return f"postgresql+psycopg://piaojue@127.0.0.1:{self.port}/{name}"

    def standby(self) -> Cluster:
        """A synchronous standby of this server, which from now on waits for it at every commit."""
        other = Cluster(self.folder.parent / "standby", free_port())
        place = f"host=127.0.0.1 port={self.port} user=postgres application_name=standby"
        command = [self._program("pg_basebackup"), "-d", place, "-D", other.folder]
        subprocess.run([*command, "-R", "-X", "stream", "-c", "fast"], check=True, **OWNER)
        self.standbys.append(other)
        other.start()
        self.ask("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
        self.ask("SELECT pg_reload_conf()")
        synchronous = "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"
        wait_until(lambda: bool(self.ask(synchronous)))
        return other

    @staticmethod
    def _program(name: str) -> Path:
        return PROGRAMS[-1].with_name(name)


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A server with the settings and the role that operators are told to make."""
    if not PROGRAMS:
        pytest.skip("no PostgreSQL on this machine: on Debian, apt-get install postgresql")
    place = Path(tempfile.mkdtemp(prefix="piaojue-postgres-"))  # where another user may go
    if OWNER:
        place.chmod(0o711)
        shutil.chown(place, **OWNER)
    made = Cluster(place / "primary", free_port())
    try:
        initdb = [Cluster._program("initdb"), "-D", made.folder, "-U", "postgres", "-A", "trust"]
        subprocess.run(
            [*initdb, "-E", "UTF8", "--locale=C"], check=True, **OWNER, capture_output=True
        )
        with (made.folder / "postgresql.conf").open("a") as file:
            file.write(said_in_document("conf"))
        made.start()
        for statement in said_in_document("sql").split(";")[:-1]:
            made.ask(statement, "template1")
        yield made
    finally:
        for each in (made, *made.standbys):
            each.kill()
        shutil.rmtree(place, ignore_errors=True)
