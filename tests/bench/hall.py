"""A whole vote over HTTP, stage by stage, at full speed; each stage beside its limit."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

from tests.bench.limits import rsa_private, seconds
from tests.bench.load import Fired, Request, fire
from voting.client.host import ROOT, Host, free_port
from voting.client.rehearsal import SAMPLES, Rehearsal, some_marks
from voting.client.tablet import Tablet
from voting.core.encoding import parse_json

CONNECTIONS = 32
TICK = os.sysconf("SC_CLK_TCK")
PIECES = 5  # a stage is fired in so many pieces, its limit measured between them


class _Taken(Exception):
    """What a tablet would have sent."""


class _Out:
    """Where a tablet's requests go, to be sent by the load client."""

    def post(self, path: str, body: bytes) -> NoReturn:
        raise _Taken(path, body)


@dataclass(frozen=True, slots=True)
class _In:
    """Where its answers come from."""

    answer: bytes

    def post(self, _path: str, _body: bytes) -> Any:
        return parse_json(self.answer)


def take(tablet: Tablet, stage: str, *values: object) -> Request:
    """The request that this stage sends; a tablet keeps it and would send it again."""
    tablet._http = _Out()  # type: ignore[assignment]
    try:
        getattr(tablet, stage)(*values)
    except _Taken as taken:
        path, body = taken.args
        return Request(path, body)
    raise AssertionError(f"{stage} sends nothing")


def give(tablet: Tablet, stage: str, answer: bytes, *values: object) -> None:
    """The tablet goes on, and checks what came."""
    tablet._http = _In(answer)  # type: ignore[assignment]
    getattr(tablet, stage)(*values)


@dataclass(slots=True)
class Stage:
    """What firing one stage showed: pieces that can be put beside a limit."""

    pieces: list[Fired] = field(default_factory=list)
    limits: list[float] = field(default_factory=list)  # a second, measured after each piece
    server: float = 0.0  # CPU seconds of all the server's processes

    @property
    def lost(self) -> int:
        """Requests without a good answer."""
        return sum(piece.lost for piece in self.pieces)

    @property
    def count(self) -> int:
        """Requests."""
        return sum(len(piece.answers) for piece in self.pieces)


@contextmanager
def congress(folder: Path, deputies: int) -> Iterator[Rehearsal]:
    """A server with so many deputies, who hold their cards, and a meeting."""
    world = Rehearsal(Host(folder / "instance", free_port(), 5))
    try:
        world.begin(folder / "server.log")
        world.import_roster(roster(deputies))
        world.open_meeting("第三次会议", "2026-11-23")
        yield world
    finally:
        world.host.stop()


def roster(deputies: int) -> bytes:
    """A roster of any size, as a CSV file."""
    rows = (
        f"{n:05d},代表{n:05d},第{n % 40 + 1}代表团,{n // 40}-{n % 40 + 1}"
        for n in range(1, deputies + 1)
    )
    return "\n".join(("编号,姓名,代表团,座位", *rows)).encode()


def define(world: Rehearsal) -> int:
    """A poll on the sample county's projects."""
    projects = (SAMPLES / "candidates-county-13.csv").read_bytes()
    reserve = max(20, len(world.cards) // 8)
    poll = world.draft("民生实事项目票决", "choose", 10, reserve, projects)
    world.step(poll, "define")
    return poll


def server_cpu(world: Rehearsal) -> float:
    """CPU seconds that the server's processes have used so far: master, workers, issuer."""
    assert world.host.process
    return _cpu(world.host.process.pid)


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return (int(fields[11]) + int(fields[12])) / TICK + sum(_cpu(int(child)) for child in children)


class Smallest:
    """The smallest Flask app behind the same server software, with as many workers and threads."""

    def __init__(self, log: Path) -> None:
        port = free_port()
        self.base = f"http://127.0.0.1:{port}"
        options = ["-w", "2", "-k", "gthread", "--threads", "8", "-b", f"127.0.0.1:{port}"]
        command = [sys.executable, "-m", "gunicorn", *options, "tests.bench.smallest:app"]
        with log.open("ab") as file:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=file)
        while fire_safely(self.base) is None:
            time.sleep(0.1)

    def rate(self, count: int) -> float:
        """Requests of 1.5 kB a second."""
        return fire(self.base, [Request("/", bytes(1500))] * count, CONNECTIONS).rate

    def cpu(self, count: int) -> float:
        """CPU seconds of the server for one request."""
        before = _cpu(self.process.pid)
        self.rate(count)
        return (_cpu(self.process.pid) - before) / count

    def end(self) -> None:
        """Stop it."""
        self.process.terminate()
        self.process.wait()


def fire_safely(base: str) -> Fired | None:
    """One request, or None where nobody listens."""
    try:
        return fire(base, [Request("/", b"")], 1)
    except OSError:
        return None


@dataclass(slots=True)
class Hall:
    """One poll, played stage by stage by everybody."""

    world: Rehearsal
    tablets: list[Tablet]
    poll: int
    stages: dict[str, Stage] = field(default_factory=dict)

    def stage(self, name: str, limit: Callable[[int], float] | None, *, over: float = 0) -> None:
        """Everybody goes through the stage: in pieces at full speed, or all within some seconds.

        `limit`: what the machine can do of so many, in requests a second.
        """
        values = [[] if name != "cast" else [some_marks(13, 10)] for _ in self.tablets]
        parts = list(zip(self.tablets, values, strict=True))
        size = len(parts) if over else -(-len(parts) // PIECES)
        stage = self.stages[name] = Stage()
        for start in range(0, len(parts), size):
            piece = parts[start : start + size]
            requests = [take(tablet, name, *given) for tablet, given in piece]
            if over:
                due = sorted(random.uniform(0, over) for _ in requests)
                requests = [replace(r, at=at) for r, at in zip(requests, due, strict=True)]
            before = server_cpu(self.world)
            fired = fire(self.world.host.base, requests, len(requests) if over else CONNECTIONS)
            stage.server += server_cpu(self.world) - before
            stage.pieces.append(fired)
            for (tablet, given), answer in zip(piece, fired.answers, strict=True):
                if answer.status == 200:
                    give(tablet, name, answer.body, *given)
            if limit:
                stage.limits.append(limit(len(requests)))

    def play(self, smallest: Smallest, *, burst: bool = False) -> None:
        """From check-in to the last ballot; `burst`: all cast within five seconds."""
        http = self.tablets[0]._http
        self.stage("check_in", smallest.rate)
        self.world.step(self.poll, "issue")
        self.stage("receive", lambda count: count / seconds(rsa_private, count))
        self.world.step(self.poll, "register")
        self.stage("register", smallest.rate)
        time.sleep(self.world.host.window + 0.5)
        self.world.step(self.poll, "freeze")
        for tablet in self.tablets:
            tablet._http = http
            tablet.check_roll()
        self.world.step(self.poll, "open")
        self.stage("cast", None if burst else smallest.rate, over=5 if burst else 0)
