"""A server is lost in the middle of a vote, and another goes on from a copy: seen by everybody."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.orders import telling
from tests.world import WINDOW, a_poll, all_do, congress, until_frozen
from voting.client.host import ROOT
from voting.client.official import Refusal
from voting.client.rehearsal import Rehearsal
from voting.client.tablet import Tablet
from voting.config import Config
from voting.core.errors import Refused
from voting.operations import backup
from voting.witness import memory
from voting.witness.memory import State
from voting.witness.server import Forgotten, Server
from voting.witness.witness import Witness

DEPUTIES = 30
MARKS: list[list[int | None]] = [[0, 0, None, None, 0], [None] * 5, [0, None, 0, None, None]]


def cli(instance: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command of the operator."""
    return subprocess.run(
        [sys.executable, "-m", "voting.cli", *words],
        env={"PIAOJUE_INSTANCE": str(instance), "PATH": ""},
        cwd=ROOT, check=False, capture_output=True, text=True,
    )  # fmt: skip


def followed(world: Rehearsal, folder: Path) -> Witness:
    """A witness that has seen the log as far as it goes."""
    server = Server(world.host.base)
    if not memory.is_set_up(folder):
        memory.set_up(folder, State(server.base, *server.log(), "w1"))
    witness = Witness(memory.opened(folder))
    while found := server.after(witness.size):
        witness.follow(*found)
    return witness


@dataclass
class Lost:
    """What is left of a server that died while deputies were voting."""

    world: Rehearsal
    poll: int
    keys: Path
    issuing: Path  # the copy made while ballots were issued
    frozen: Path  # the one made when the roll was frozen
    refusals: list[str]  # what the operator was told who wanted one in between
    early: Witness
    late: Witness
    cast: list[Tablet]
    wal: bytes  # what the database had written of it when all had voted
    copied: bytes  # and a copy as it would have been


@pytest.fixture(scope="module")
def lost(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lost]:
    """A meeting with a copy at every moment that the checklist names, then a dead server."""
    folder = tmp_path_factory.mktemp("lost")
    with congress(folder, DEPUTIES) as world:
        instance, medium = world.host.instance, folder / "medium"

        config = Config(instance)
        keys = backup.take_keys(config, medium)
        poll = a_poll(world)
        tablets = world.tablets()
        all_do(tablets, "check_in")
        world.step(poll, "issue")
        all_do(tablets, "receive")
        issuing = Path(cli(instance, "backup", str(medium)).stdout.strip())
        early = followed(world, folder / "w1")
        world.step(poll, "register")
        with pytest.raises(Refused) as registering:
            backup.take(config, medium)
        all_do(tablets, "register")
        time.sleep(WINDOW + 0.2)
        world.step(poll, "freeze")
        frozen = backup.take(config, medium)
        world.step(poll, "open")
        cast = random.sample(tablets, DEPUTIES)
        for number, tablet in enumerate(cast):
            tablet.check_roll()
            tablet.cast(MARKS[number % 3])
        with pytest.raises(Refused) as voting:
            backup.take(config, medium)
        backup.copy(instance / "piaojue.db", folder / "copy.db")
        wal = (instance / "piaojue.db-wal").read_bytes()
        late = followed(world, folder / "w2")
        world.host.stop(signal.SIGKILL)
        refusals = [registering.value.code, voting.value.code]
        copied = (folder / "copy.db").read_bytes()
        yield Lost(world, poll, keys, issuing, frozen, refusals, early, late, cast, wal, copied)


def on_another_machine(lost: Lost, data: Path) -> Rehearsal:
    """The server that goes on from this copy; the hall finds it at the same address."""
    world = lost.world
    instance = data.parent.parent / f"instance-{data.name}"
    who = ("磁盘损坏", "李工、监票人张某")
    done = cli(instance, "restore", str(data), str(lost.keys), "--reason", who[0], "--by", who[1])
    assert done.returncode == 0, done.stderr
    with pytest.raises(Refused, match="已经有一个实例"):
        backup.restore(Config(instance), data, lost.keys, *who)
    world.host.stop()
    world.host.instance = instance
    world.host.start(instance.parent / f"{instance.name}.log")
    return world


def places(lost: Lost, data: bytes) -> list[float]:
    """Where the ballots stand in a file, in the order in which they were cast."""
    found = [float(data.find(tablet.kept().key)) for tablet in lost.cast]
    assert min(found) >= 0
    return found


def test_a_copy_tells_no_order_of_casting(lost: Lost) -> None:
    assert telling(places(lost, lost.wal))  # the server's own files do until voting has closed
    assert not telling(places(lost, lost.copied))


def test_no_copy_is_made_while_ballots_arrive(lost: Lost) -> None:
    """Two of them would tell which ballots came between."""
    assert lost.refusals == ["arriving", "arriving"]
    made = {path.name for path in lost.keys.parent.iterdir()}
    assert made == {lost.keys.name, lost.issuing.name, lost.frozen.name}


def test_the_copies_and_the_envelope_hold_different_things(lost: Lost) -> None:
    instance = lost.world.host.instance
    secrets = [(lost.keys / name).read_bytes() for name in ("log.key", "issuer/issuer.key")]
    assert secrets[0] == (instance / "log.key").read_bytes()
    for data in (lost.issuing, lost.frozen):
        files = {path.name: path.read_bytes() for path in data.iterdir()}
        assert set(files) == {"piaojue.db", "journal.db"}
        assert not any(secret in content for secret in secrets for content in files.values())
    assert not list(lost.keys.rglob("*.db"))


def test_what_was_frozen_before_the_server_was_lost_can_only_be_voided(lost: Lost) -> None:
    """Ballots may have been cast and receipted that the copy does not hold."""
    world = on_another_machine(lost, lost.frozen)
    with pytest.raises(Refusal, match="只能作废"):
        world.step(lost.poll, "open")
    assert "磁盘损坏" in world.http.get_bytes("/").decode()
    with pytest.raises(Forgotten):  # the witness that saw voting open tells its scrutineer
        Server(world.host.base).after(lost.late.size)
    world.step(lost.poll, "void", "服务器损坏")
    assert world.http.get("/api/status")["poll"]["phase"] == "void"


def test_issuing_goes_on_with_the_next_epoch(lost: Lost, tmp_path: Path) -> None:
    """The key went with the server: everybody gets a new ballot, and the record says all of it."""
    world = on_another_machine(lost, lost.issuing)
    tablets = world.tablets()
    until_frozen(world, lost.poll, tablets)
    assert world.http.get("/api/status")["poll"]["epoch"] == 2
    world.step(lost.poll, "open")
    all_do(tablets, "check_roll")
    for number, tablet in enumerate(tablets):
        tablet.cast(MARKS[number % 3])
    for step in ("close", "publish"):
        world.step(lost.poll, step)
    record = tmp_path / "record.zip"
    record.write_bytes(world.record(lost.poll))
    assert b'"event":"restored"' in record.read_bytes()
    for witness, holds in ((lost.early, True), (lost.late, False)):
        note = tmp_path / "note"
        note.write_text(witness._memory.state.note)
        command = [sys.executable, "-m", "voting.verify", str(record), "--checkpoint", str(note)]
        done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
        assert (done.returncode == 0) is holds, done.stdout
        assert ("went on from a copy" in done.stdout) is holds


def test_a_damaged_copy_or_anothers_keys_are_not_restored(lost: Lost, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    entry = b'"event":"checked_in"'
    data = (lost.frozen / "piaojue.db").read_bytes()
    (damaged / "piaojue.db").write_bytes(data.replace(entry, b'"event":"checked_on"'))
    others = tmp_path / "others"
    (others / "issuer").mkdir(parents=True)
    (others / "log.key").write_bytes(bytes(32))
    instance = tmp_path / "instance"
    for folder, keys, said in (
        (damaged, lost.keys, "已经损坏"),
        (lost.frozen, others, "不是同一届"),
    ):
        with pytest.raises(Refused, match=said):
            backup.restore(Config(instance), folder, keys, "x", "x")
        assert not instance.exists()


def test_a_copy_that_broke_off_does_not_pass_for_one(tmp_path: Path) -> None:
    """Nor does it stand in the way of the next; and who has the issuer elsewhere has copies too."""
    instance, medium = tmp_path / "instance", tmp_path / "medium"
    who = ("--congress", "q", "--name", "青", "--session", "一")
    made = cli(instance, "init", *who, "--issuer-apart")
    assert made.returncode == 0, made.stderr
    (medium / "q-000001.half").mkdir(parents=True)
    (medium / "q-000001.half" / backup.DATABASE).write_bytes(b"half of i")
    copy, keys = (cli(instance, "backup", str(medium), *more) for more in ([], ["--keys"]))
    assert Path(copy.stdout.strip()).name == "q-000001", copy.stderr
    assert sorted(path.name for path in medium.iterdir()) == ["q-000001", "q-keys"]
    place = (copy.stdout.strip(), keys.stdout.strip())
    told = cli(tmp_path / "other", "restore", *place, "--reason", "试", "--by", "李")
    assert told.returncode == 0, told.stderr
