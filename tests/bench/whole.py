"""A hall's whole way: rates beside their limits, CPU a deputy, the record, a burst, growth."""

from __future__ import annotations

import io
import os
import statistics
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.filling import fill
from tests.bench.hall import Door, Hall, Stage, congress, define, rsa_limit
from tests.bench.limits import cpu, ecdsa_verify, ed25519_sign, pss_verify, rsa_private
from tests.bench.servers import Server, Smallest, certificate, smallest
from tests.bench.table import Row
from tests.hardening.front import NGINX, Fronted, trusting
from voting.client.host import Host, free_port
from voting.client.rehearsal import Rehearsal

WAY = ("read_card", "check_in", "receive", "register", "cast")
NAMES = {"read_card": "card", "receive": "issue"}
REQUESTS = len(WAY) + 1  # of a deputy's whole way, the roll among them
WINDOW = 5  # seconds of common registration
WITHIN = 5.0  # seconds in which everybody presses
SECURE = "cast over TLS"


def hall(deputies: int) -> Iterator[Row]:
    """One hall beside its limits."""
    with TemporaryDirectory() as name:
        yield from played(Path(name), deputies)


def played(folder: Path, deputies: int) -> Iterator[Row]:
    """A whole vote: most cast in the clear, a fifth over TLS; the record is the last row."""
    tls = certificate(folder)
    with (
        opened(Host(folder / "instance", free_port(), WINDOW), folder, deputies) as voting,
        smallest(folder) as plain,
    ):
        secured = -(-deputies // 5)
        voting.until_open(rsa_limit)
        voting.stage("cast", plain.rate, tablets=voting.tablets[secured:])
        with smallest(folder, tls) as limit, _secured(voting.world, folder, tls) as door:
            voting.stage(
                "cast", limit.rate, tablets=voting.tablets[:secured], door=door, called=SECURE
            )
        yield _lost(voting.stages)
        yield _rate("issue", voting.stages["receive"], 0.6)
        yield _rate("cast", voting.stages["cast"], 0.5)
        yield _rate(
            f"{SECURE}, handshakes' CPU counted, not their time", voting.stages[SECURE], 0.5
        )
        yield _deputy(voting, plain)
        yield _size(voting, deputies)


@contextmanager
def opened(host: Host, folder: Path, deputies: int) -> Iterator[Hall]:
    with congress(host, folder / "server.log", deputies) as world:
        yield Hall(world, world.tablets(), define(world))


@contextmanager
def _secured(world: Rehearsal, folder: Path, tls: Path) -> Iterator[Door]:
    """A second web server of the same instance, with the hall's certificate."""
    settings = {**os.environ, "PIAOJUE_INSTANCE": str(world.host.instance)}
    server = Server("wsgi:app", folder / "secured.log", tls, settings)
    try:
        yield Door(server.base, server.spent, server.authority)
    finally:
        server.end()


def _rate(name: str, stage: Stage, target: float) -> Row:
    limit, ratio, spread = stage.beside_limit()
    note = (
        f"{stage.count:,} requests, p99 {stage.latency(0.99) * 1000:.0f} ms; "
        f"{stage.cpu * 1e6:.0f} µs CPU of the server each; {_client(stage)}"
    )
    goal = f"≥ {target}"
    return Row(name, stage.rate, "/s", limit, ratio, goal, ratio >= target, spread, note)


def _client(stage: Stage) -> str:
    share = stage.client
    said = f"the load client took {share:.0%} of one of the same cores"
    return f"{said}, and was the limit itself" if share > 0.9 else said


def _lost(stages: dict[str, Stage]) -> Row:
    lost = sum(stage.lost for stage in stages.values())
    asked = sum(stage.count for stage in stages.values())
    note = f"of {asked:,} requests"
    measure = "requests without a good answer"
    return Row(measure, lost, "", target="0", met=lost == 0, note=note)


def primitives() -> float:
    """CPU seconds of the cryptography that a deputy's whole way needs."""
    verified = 5 * cpu(ecdsa_verify, 2000)  # check-in and request by box and issuer; the ballot
    promised = 2 * cpu(ed25519_sign, 2000)
    return verified + promised + cpu(pss_verify, 2000) + cpu(rsa_private, 100)


def _deputy(voting: Hall, plain: Smallest) -> Row:
    """CPU of the server for one deputy beside its primitives and as many smallest requests."""
    ours = voting.roll + sum(voting.stages[name].cpu for name in WAY)
    sums, request = primitives(), statistics.median(plain.costs)
    limit = sums + REQUESTS * request
    ratio = ours / limit
    parts = [f"{NAMES.get(name, name)} {voting.stages[name].cpu * 1e6:.0f}" for name in WAY]
    note = (
        f"µs: {', '.join(parts)}, roll {voting.roll * 1e6:.0f}; the limit is {sums * 1e6:.0f} of "
        f"primitives and {REQUESTS} requests of {request * 1e6:.0f}; what tablets ask for besides "
        "(the status every few seconds, the definition, proofs) is on neither side"
    )
    measure = "server CPU a deputy, whole way"
    return Row(measure, ours * 1000, "ms", limit * 1000, ratio, "≤ 1.5", ratio <= 1.5, note=note)


def _size(voting: Hall, deputies: int) -> Row:
    """The exported record, each member deflated as `zip -6` does."""
    voting.world.step(voting.poll, "close")
    voting.world.step(voting.poll, "publish")
    packed, stored = io.BytesIO(), io.BytesIO(voting.world.record(voting.poll))
    with (
        zipfile.ZipFile(stored) as record,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as smaller,
    ):
        for name in record.namelist():
            smaller.writestr(name, record.read(name))
    size = len(packed.getvalue()) / deputies / 1000
    note = (
        f"each member deflated as zip -6 does; as exported it is stored, "
        f"{len(stored.getvalue()) / deputies / 1000:.2f} kB a deputy"
    )
    measure = "record a deputy, zipped"
    return Row(measure, size, "kB", target="≤ 3.5", met=size <= 3.5, note=note)


def burst(deputies: int, within: float = WITHIN) -> Iterator[Row]:
    """Everybody casts within some seconds, over TLS, behind nginx as in a hall; three times."""
    if NGINX is None:
        raise RuntimeError("nginx is not on this machine (Debian: nginx-light)")
    stages = sorted((_pressed(deputies, within) for _ in range(3)), key=_late)
    stage, lost = stages[1], sum(each.lost for each in stages)
    late, spread = _late(stage), (_late(stages[2]) - _late(stages[0])) / _late(stage)
    note = (
        f"receipted {stage.count - lost:,} of {stage.count:,}, median "
        f"{stage.latency(0.5) * 1000:.0f} ms, slowest {stage.latency(1) * 1000:.0f} ms from the "
        f"press; over TLS through nginx, each on a connection that was kept since it asked for the "
        f"status; {_client(stage)}"
    )
    measure = f"{deputies:,} cast within {within:g} s, p99"
    goal, met = "≤ 1000, none lost", late <= 1 and not lost
    yield Row(measure, late * 1000, "ms", target=goal, met=met, spread=spread, note=note)


def _pressed(deputies: int, within: float) -> Stage:
    with TemporaryDirectory() as name:
        folder = Path(name)
        host = Fronted(folder / "instance", free_port(), WINDOW)
        with trusting(host), opened(host, folder, deputies) as voting:
            voting.until_open()
            voting.burst(within, Door(host.base, voting.door.spent, host.authority))
            return voting.stages["cast"]


def _late(stage: Stage) -> float:
    return stage.latency(0.99)


def growth(sizes: list[int], filled: int) -> Iterator[Row]:
    """CPU a request and the live figures at each size beside the smallest: 1 where it is linear."""
    first: dict[str, float] = {}
    for deputies, rows in (*((size, size) for size in sizes), (sizes[0], filled)):
        with TemporaryDirectory() as name:
            found = at(Path(name), deputies, rows)
        note = f"{deputies:,} measured in an instance filled with rows of {rows - deputies:,} more"
        for measure, (value, unit, target) in found.items():
            smallest_ = first.setdefault(measure, value)
            title, said = f"{measure} at {rows:,}", note if rows > deputies else ""
            yield Row(title, value, unit, smallest_, value / smallest_, target, note=said)


def at(folder: Path, deputies: int, rows: int) -> dict[str, tuple[float, str, str]]:
    """Every measure of growth: value, unit, how it is to grow."""
    with opened(Host(folder / "instance", free_port(), WINDOW), folder, deputies) as voting:
        if rows > deputies:
            fill(voting.world.host.instance, voting.poll, rows - deputies)
        voting.until_open()
        voting.stage("cast")
        found = {
            f"CPU of {NAMES.get(name, name)}": (voting.stages[name].cpu * 1e6, "µs", "linear")
            for name in WAY
        }
        found["the roll that a tablet reads, CPU"] = (voting.roll * 1e6, "µs", "")
        figures = _live(voting.world, voting.poll) * 1000
        return found | {"the presidium's live figures": (figures, "ms", "independent")}


def _live(world: Rehearsal, poll: int) -> float:
    """Seconds that the presidium's live figures take, the median of thirty."""
    times = []
    for _ in range(30):
        begun = time.perf_counter()
        world.people["presidium"].get(f"/presidium/{poll}/live.json")
        times.append(time.perf_counter() - begun)
    return statistics.median(times)
