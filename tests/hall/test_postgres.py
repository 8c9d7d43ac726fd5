"""A hall on PostgreSQL: two web machines, a synchronous standby, the primary's power cut off."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.issuers import IssuerApart
from tests.orders import telling
from tests.postgres import Cluster, cluster
from tests.world import WINDOW, a_poll, all_do, freeze, roster
from voting.client.host import Host, free_port
from voting.client.http import Http
from voting.client.rehearsal import Rehearsal, together
from voting.client.tablet import Tablet
from voting.core.encoding import b64, sha256
from voting.web.status import LASTS

DEPUTIES = 60
MARKS = [0, None, 0, None, None]
CUT_AFTER = 20  # ballots


@dataclass(slots=True)
class Halls:
    """A vote that is over, in the middle of which the primary was lost."""

    world: Rehearsal
    machines: list[Host]
    standby: Cluster
    poll: int
    cast: list[Tablet]


@pytest.fixture(scope="module")
def halls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Halls]:
    """One congress through two web machines, its database on two more, its issuer apart."""
    place = tmp_path_factory.mktemp("halls")
    with ExitStack() as ends, cluster() as primary:
        primary.make_database("qingshi")
        standby = primary.standby()
        hosts = f"host=127.0.0.1:{primary.port}&host=127.0.0.1:{standby.port}"
        url = f"postgresql+psycopg://piaojue@/qingshi?{hosts}&target_session_attrs=read-write"
        world = Rehearsal(Host(place / "instance", free_port(), WINDOW, url))
        issuer = issuer_of(world, place / "issuer")
        ends.callback(issuer.signal, signal.SIGKILL)
        ends.callback(world.host.stop)
        world.start(place / "server.log")
        other = another_machine(place / "other", world.host)
        ends.callback(other.stop)
        other.start(place / "other.log")
        world.import_roster(roster(DEPUTIES))
        world.open_meeting("第三次会议", "2026-11-28")
        poll = a_poll(world)
        issuer.accept(world, poll)
        tablets = between(world, other)
        until_open(world, poll, tablets)
        cast = cast_through_a_failover(tablets, primary, standby)
        for step in ("close", "publish"):
            world.step(poll, step)
        yield Halls(world, [world.host, other], standby, poll, cast)


def issuer_of(world: Rehearsal, folder: Path) -> IssuerApart:
    """An instance without an issuer, and the one that it asks."""
    issuer = IssuerApart(folder, free_port())
    issuer.do("init", "first", "发票机")
    world.make("--issuer-apart")
    issuer.introduce(world.host)
    issuer.start()
    return issuer


def another_machine(instance: Path, of: Host) -> Host:
    """A second web machine, with what the document tells to copy and no more."""
    instance.mkdir()
    for name in ("log.key", "session.key"):
        shutil.copy2(of.instance / name, instance / name)
    shutil.copytree(of.instance / "issuers", instance / "issuers")
    return replace(of, instance=instance, port=free_port(), process=None)


def between(world: Rehearsal, other: Host) -> list[Tablet]:
    """Tablets of which every second speaks to the other machine."""
    tablets = world.tablets()
    there = Http(other.base)
    for tablet in tablets[::2]:
        tablet._http = there
    return tablets


def until_open(world: Rehearsal, poll: int, tablets: list[Tablet]) -> None:
    """From check-in to the beginning of the vote; registering in an order of chance."""
    all_do(tablets, "check_in")
    world.step(poll, "issue")
    all_do(tablets, "receive")
    freeze(world, poll, random.sample(tablets, len(tablets)))
    world.step(poll, "open")
    all_do(tablets, "check_roll")


def cast_through_a_failover(
    tablets: list[Tablet], primary: Cluster, standby: Cluster
) -> list[Tablet]:
    """All cast; the primary is lost when some have, and the standby takes over a second later."""
    order, enough = random.sample(tablets, len(tablets)), threading.Event()
    cast: list[Tablet] = []

    def vote(tablet: Tablet) -> None:
        tablet.cast(MARKS)
        cast.append(tablet)
        if len(cast) == CUT_AFTER:
            enough.set()

    voting = threading.Thread(target=together, args=(vote, order, lambda: None))
    voting.start()
    assert enough.wait(30)
    primary.kill()
    time.sleep(1)
    standby.ask("SELECT pg_promote()")
    voting.join(60)
    assert len(cast) == len(tablets)
    return cast


def test_no_receipt_is_lost_with_the_primary(halls: Halls, tmp_path: Path) -> None:
    assert all(tablet.find_on_board() for tablet in halls.cast)
    record = tmp_path / "record.zip"
    record.write_bytes(halls.world.record(halls.poll))
    told = subprocess.run(
        [sys.executable, "-m", "voting.verify", str(record)], check=False, capture_output=True
    )
    assert told.returncode == 0, told.stdout
    time.sleep(LASTS)
    (returned,) = {
        Http(host.base).get("/api/status")["poll"]["returned"] for host in halls.machines
    }
    assert returned == DEPUTIES


def test_nothing_that_the_database_keeps_is_in_the_order_of_casting(halls: Halls) -> None:
    standby = halls.standby
    standby.ask("CHECKPOINT")
    keys = [tablet.kept().key for tablet in halls.cast]
    found = 0
    for path in standby.folder.rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        for needles in (keys, [b64(key).encode() for key in keys], [sha256(key) for key in keys]):
            places = [float(data.find(needle)) for needle in needles if needle in data]
            found += len(places)
            assert not telling(places), path
    assert found > DEPUTIES
    for table in ("ballot", "roll_line"):
        rows = standby.ask(f"SELECT key_hash, xmin::text FROM {table} ORDER BY ctid", "qingshi")
        assert [row[0] for row in rows] == sorted(row[0] for row in rows)
        assert len({row[1] for row in rows}) == 1


def test_a_database_that_would_keep_the_order_is_not_worked_with(
    postgres: Cluster, tmp_path: Path
) -> None:
    url = postgres.make_database("careless")
    postgres.ask("ALTER DATABASE careless SET log_min_duration_statement = 0")
    host = Host(tmp_path / "instance", free_port(), WINDOW, url)
    with pytest.raises(subprocess.CalledProcessError) as refused:
        host.init("qingshi-18", "青石县人民代表大会", "第十八届")
    assert "log_min_duration_statement = -1" in refused.value.stderr
