"""A whole vote over HTTP, stage by stage, at full speed; each stage beside its limit."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

from tests.bench.limits import rsa_private, seconds
from tests.bench.load import Fired, Request, fire
from tests.bench.servers import CONNECTIONS, cpu_of
from voting.cards import __main__ as cards
from voting.client.host import Host
from voting.client.http import Http
from voting.client.rehearsal import SAMPLES, Rehearsal, some_marks
from voting.client.tablet import Tablet
from voting.core.cardfile import CardFile
from voting.core.encoding import b64, parse_json
from voting.core.rules import proposed_reserve
from voting.sheets.roster import read as read_roster

STATUS = Request("/api/status", method="GET")
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
    def rate(self) -> float:
        """Good answers a second, the median piece's."""
        return statistics.median(piece.rate for piece in self.pieces)

    @property
    def cpu(self) -> float:
        """CPU seconds of the server for one request."""
        return self.server / self.count

    @property
    def client(self) -> float:
        """The load client's share of one core while it sent."""
        return sum(p.client for p in self.pieces) / sum(p.seconds for p in self.pieces)

    def latency(self, share: float) -> float:
        """The latency that this share of the answers does not exceed, in the worst piece."""
        return max(piece.latency(share) for piece in self.pieces)

    def beside_limit(self) -> tuple[float, float, float]:
        """The median limit, the median of the pieces' ratios to theirs, and the ratios' spread."""
        ratios = [piece.rate / at for piece, at in zip(self.pieces, self.limits, strict=True)]
        ratio = statistics.median(ratios)
        return statistics.median(self.limits), ratio, (max(ratios) - min(ratios)) / ratio

    @property
    def count(self) -> int:
        """Requests."""
        return sum(len(piece.answers) for piece in self.pieces)


@contextmanager
def congress(host: Host, log: Path, deputies: int) -> Iterator[Rehearsal]:
    """A server with so many deputies and a meeting; the cards were made elsewhere (decision 15)."""
    world = Rehearsal(host)
    try:
        world.begin(log)
        world.open_meeting("第三次会议", "2026-11-23")
        _upload(world, "/office/roster", roster(deputies))
        made = cards.make(read_roster("名册.csv", roster(deputies)).accepted(), "qingshi-18")
        file = CardFile("qingshi-18", tuple(line for line, _ in made)).to_bytes()
        _upload(world, "/office/cards/keys", file)
        world.cards = [digits for _, digits in made]
        yield world
    finally:
        world.host.stop()


def _upload(world: Rehearsal, path: str, data: bytes) -> None:
    preview = world.secretary.fill(path, path, {}, {"file": data})
    world.secretary.confirm(preview, f"{path}/commit")


def roster(deputies: int) -> bytes:
    """A roster of any size, as a CSV file."""
    rows = (
        f"{n:05d},代表{n:05d},第{n % 40 + 1}代表团,{n // 40}-{n % 40 + 1}"
        for n in range(1, deputies + 1)
    )
    return "\n".join(("编号,姓名,代表团,座位", *rows)).encode()


def define(world: Rehearsal) -> int:
    """A poll on the sample county's projects, with the reserve that the product proposes."""
    projects = (SAMPLES / "candidates-county-13.csv").read_bytes()
    reserve = proposed_reserve(len(world.cards))
    poll = world.draft("民生实事项目票决", "choose", 10, reserve, projects)
    world.step(poll, "define")
    return poll


def server_cpu(world: Rehearsal) -> float:
    """CPU seconds that the server's processes have used so far: master, workers, issuer."""
    assert world.host.process
    return cpu_of(world.host.process.pid)


@dataclass(frozen=True, slots=True)
class Door:
    """Where requests are sent, and what they have cost the processes behind it so far."""

    base: str
    spent: Callable[[], float]
    authority: Path | None = None

    def fire(self, requests: list[Request]) -> Fired:
        """At full speed."""
        first = STATUS if self.authority else None
        return fire(self.base, requests, CONNECTIONS, self.authority, first)

    def burst(self, requests: list[Request]) -> Fired:
        """When each is due, each on a connection of its own, which has asked for the status."""
        return fire(self.base, requests, len(requests), self.authority, STATUS)


@dataclass(slots=True)
class Hall:
    """One poll, played stage by stage by everybody."""

    world: Rehearsal
    tablets: list[Tablet]
    poll: int
    roll: float = 0.0  # CPU seconds of the server for one tablet's reading of the roll
    stages: dict[str, Stage] = field(default_factory=dict)

    @property
    def door(self) -> Door:
        """The server's own."""
        return Door(self.world.host.base, lambda: server_cpu(self.world))

    def stage(
        self,
        name: str,
        limit: Callable[[int], float] | None = None,
        *,
        tablets: list[Tablet] | None = None,
        door: Door | None = None,
        called: str = "",
    ) -> None:
        """Everybody goes through the stage, in pieces, each at full speed.

        `limit`: what the machine can do of so many, in requests a second, taken after each piece.
        """
        tablets, door = tablets or self.tablets, door or self.door
        stage = self.stages[called or name] = Stage()
        size = -(-len(tablets) // PIECES)
        for start in range(0, len(tablets), size):
            piece = tablets[start : start + size]
            self._fire(stage, name, piece, door.spent, door.fire)
            if limit:
                stage.limits.append(limit(len(piece)))

    def burst(self, over: float, door: Door) -> None:
        """All cast at moments of their own within so many seconds."""
        stage = self.stages["cast"] = Stage()
        due = sorted(random.uniform(0.001, over) for _ in self.tablets)

        def send(requests: list[Request]) -> Fired:
            return door.burst([replace(r, at=at) for r, at in zip(requests, due, strict=True)])

        self._fire(stage, "cast", self.tablets, door.spent, send)

    def _fire(
        self,
        stage: Stage,
        name: str,
        tablets: list[Tablet],
        spent: Callable[[], float],
        send: Callable[[list[Request]], Fired],
    ) -> None:
        values = [[] if name != "cast" else [some_marks(13, 10)] for _ in tablets]
        requests = [
            take(tablet, name, *given) for tablet, given in zip(tablets, values, strict=True)
        ]
        before = spent()
        fired = send(requests)
        stage.server += spent() - before
        stage.pieces.append(fired)
        for tablet, given, answer in zip(tablets, values, fired.answers, strict=True):
            if answer.status == 200:
                give(tablet, name, answer.body, *given)

    def until_open(self, rsa: Callable[[int], float] | None = None) -> None:
        """From the cards to the open vote."""
        http = self.world.http
        self.tablets[0].hall.place()  # what all tablets see alike is asked for once
        self.stage("read_card")
        self.stage("check_in")
        self.world.step(self.poll, "issue")
        self.stage("receive", rsa)
        self.world.step(self.poll, "register")
        self.stage("register")
        time.sleep(self.world.host.window + 0.5)
        self.world.step(self.poll, "freeze")
        self.roll = self._roll_cost(http)
        for tablet in self.tablets:
            tablet._http = http
            tablet.check_roll()
        self.world.step(self.poll, "open")

    def _roll_cost(self, http: Http) -> float:
        """What one tablet's reading of the roll costs the server; all read the same bytes."""
        path = f"/api/polls/{b64(self.tablets[0].kept().poll)}/roll"
        http.get_bytes(path)
        before, times = server_cpu(self.world), 100
        for _ in range(times):
            http.get_bytes(path)
        return (server_cpu(self.world) - before) / times


def rsa_limit(count: int) -> float:
    """Private operations a second on all cores."""
    return count / seconds(rsa_private, count)
