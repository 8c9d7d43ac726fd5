"""However a process ends: the issuer's keys end with it, and a worker leaves no order behind."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.orders import tells_the_order
from tests.world import a_poll, all_do, congress, wait_until
from voting.client.rehearsal import Rehearsal


def family(world: Rehearsal) -> set[int]:
    """The instance's issuer with all the processes that descend from it."""
    issuer = world.host.issuer_pid()
    assert issuer
    found, size = {issuer}, 0
    while len(found) > size:
        size = len(found)
        found |= {process for process, parent in parents() if parent in found}
    return found


def workers(world: Rehearsal) -> set[int]:
    """The web workers that run."""
    assert world.host.process
    master, issuer = world.host.process.pid, world.host.issuer_pid()
    return {child for child, of in parents() if of == master and child != issuer and alive(child)}


def parents() -> list[tuple[int, int]]:
    """All processes of the machine with their parents."""
    pairs = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended while we looked
            fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
            pairs.append((int(folder.name), int(fields[1])))
    return pairs


def alive(process: int) -> bool:
    """Whether a process exists and is not a zombie."""
    try:
        return ") Z" not in Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False


def gone(processes: set[int]) -> bool:
    """Whether all of them end within five seconds."""
    end = time.monotonic() + 5
    while any(map(alive, processes)) and time.monotonic() < end:
        time.sleep(0.05)
    return not any(map(alive, processes))


def issuing(world: Rehearsal) -> int:
    """A poll whose issuing is open."""
    poll = a_poll(world)
    tablets = world.tablets()
    all_do(tablets, "check_in")
    world.step(poll, "issue")
    all_do(tablets, "receive")
    return poll


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_no_key_outlives_the_server(tmp_path: Path, how: signal.Signals) -> None:
    with congress(tmp_path, 3) as world:
        issuing(world)
        time.sleep(1.1)  # from then on the server would bring an issuer back at once
        processes = family(world)
        assert len(processes) >= 2
        world.host.stop(how)
        assert gone(processes)


def test_closing_issuing_ends_the_vaults_and_an_issuer_that_dies_twice_comes_back(
    tmp_path: Path,
) -> None:
    with congress(tmp_path, 3) as world:
        poll = issuing(world)
        issuer = world.host.issuer_pid()
        assert issuer
        vaults = family(world) - {issuer}
        assert vaults
        world.step(poll, "register")
        assert not any(map(alive, vaults))  # before the log says that issuing is closed
        for _ in range(2):
            killed = world.host.issuer_pid()
            assert killed
            os.kill(killed, signal.SIGKILL)
            end = time.monotonic() + 5
            while world.host.issuer_pid() in (None, killed):
                assert time.monotonic() < end, "the issuer did not come back"
                time.sleep(0.05)


def test_the_worker_that_comes_back_sweeps_what_the_dead_one_owed(tmp_path: Path) -> None:
    with congress(tmp_path, 3) as world:
        a_poll(world)
        box = sqlite3.connect(world.host.instance / "piaojue.db", isolation_level=None)
        cast = [os.urandom(65) for _ in range(200)]
        for key in cast:
            ballot = "INSERT INTO ballot SELECT hash, randomblob(32), ?, '[]', x'00', 1 FROM poll"
            box.execute(ballot, (key,))
        box.execute("UPDATE poll SET phase = 'closed'")  # and here its worker was killed
        assert tells_the_order(world.host.instance, cast)
        os.kill(workers(world).pop(), signal.SIGKILL)
        wait_until(lambda: not tells_the_order(world.host.instance, cast))


def test_workers_that_come_back_have_the_app_already(tmp_path: Path) -> None:
    with congress(tmp_path, 3) as world:
        (world.host.instance / "log.key").unlink()  # without which no app can be made
        dead = workers(world)
        for worker in dead:
            os.kill(worker, signal.SIGKILL)
        wait_until(lambda: len(workers(world) - dead) == len(dead))
        a_poll(world)
