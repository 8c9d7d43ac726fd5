"""A whole vote that two witnesses follow from machines of their own; one is killed, and late."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.world import WINDOW, a_poll, all_do, congress, status
from voting.client.hall import Hall
from voting.client.official import Refusal
from voting.client.rehearsal import Rehearsal
from voting.core.encoding import parse_json
from voting.core.errors import Refused
from voting.core.poll import Definition

MARKS = [0, None, 0, None, None]


class Machine:
    """A scrutineer's machine with the witness on it."""

    def __init__(self, world: Rehearsal, folder: Path, name: str) -> None:
        self._command = [sys.executable, "-m", "voting.witness", str(folder)]
        self._command += ["--server", world.host.base, "--id", name]
        self._log = folder.with_suffix(".log")
        self.name = name
        self.start()

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)

    def key(self) -> str:
        """What it shows for the administrator."""
        end = time.monotonic() + 20
        while "verifier key" not in self._log.read_text():
            assert time.monotonic() < end, self._log.read_text()
            time.sleep(0.05)
        return self._log.read_text().split("administrator: ")[1].split("\n")[0]

    def stop(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()


@contextmanager
def machines(world: Rehearsal, folder: Path) -> Iterator[list[Machine]]:
    """Two witnesses that the administrator has registered."""
    made = [Machine(world, folder / name, name) for name in ("w1", "w2")]
    try:
        for machine in made:
            values = {"key": machine.key(), "name": f"监票人{machine.name}"}
            world.people["admin"].fill("/witnesses", "/witnesses", values)
        yield made
    finally:
        for machine in made:
            machine.stop()


def blocked(world: Rehearsal, poll: int) -> bool:
    """Whether the officials' page says that witnesses have not seen the log so far."""
    return "见证人没有见证" in world.people["presidium"].get(f"/polls/{poll}")


def step(world: Rehearsal, poll: int, name: str) -> None:
    """The officials take a step once the page lets them."""
    wait(world, poll)
    world.step(poll, name)


def wait(world: Rehearsal, poll: int) -> None:
    """Until the witnesses have seen where the poll stands."""
    end = time.monotonic() + 20
    while blocked(world, poll):
        assert time.monotonic() < end, "the witnesses did not come"
        time.sleep(0.1)


def verified(record: bytes, folder: Path) -> str:
    """What the verifier prints of a good record."""
    path = folder / "record.zip"
    path.write_bytes(record)
    command = [sys.executable, "-m", "voting.verify", str(path)]
    told = subprocess.run(command, check=False, capture_output=True, text=True)
    assert told.returncode == 0, told.stdout + told.stderr
    return told.stdout


def test_a_vote_that_two_witnesses_saw(tmp_path: Path) -> None:
    with congress(tmp_path, 12) as world, machines(world, tmp_path) as (first, second):
        poll = a_poll(world)
        tablets = world.tablets()
        definition = Definition.parse(
            world.http.get_bytes(f"/api/polls/{status(world)['hash']}/definition")
        )
        assert [who.id for who in definition.witnesses] == ["w1", "w2"]
        all_do(tablets, "check_in")
        step(world, poll, "issue")
        all_do(tablets, "receive")
        step(world, poll, "register")
        all_do(tablets, "register")

        time.sleep(WINDOW + 0.2)
        wait(world, poll)
        second.stop()  # and with it everything that waits for it
        world.step(poll, "freeze")
        with pytest.raises(Refused, match="not_witnessed"):
            Hall(world.http, patience=1).roll()
        assert "1 / 2 位见证人已见证" in world.people["scrutineer"].get(f"/scrutineer/{poll}")
        with pytest.raises(Refusal, match="还有 1 位见证人没有见证"):
            world.step(poll, "open")
        second.start()
        step(world, poll, "open")
        all_do(tablets, "check_roll")
        for tablet in tablets:
            tablet.cast(MARKS)
        for name in ("close", "publish"):
            step(world, poll, name)
        world.people["presidium"].fill(
            f"/polls/{poll}", "/presidium/hall", {"what": "result", "poll": str(poll)}
        )
        until_all_have_seen(world)
        record = world.record(poll)
        told = verified(record, tmp_path)
        assert "of them cosigned by all 2 witnesses, the last by 2" in told
        assert world.record(poll) == record  # the same bytes whenever it is exported
        first.stop()
        assert verified(world.record(poll), tmp_path) == told


def until_all_have_seen(world: Rehearsal) -> None:
    """The hall's screen says so."""
    end = time.monotonic() + 20
    while True:
        line = parse_json(world.http.get_bytes("/hall.json"))["witnessed"]
        if line.startswith("2 / 2 位见证人已见证"):
            return
        assert time.monotonic() < end, line
        time.sleep(0.1)
