"""The world that tests play in: a real server, its issuer, its database, and simulated people."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask
from sqlalchemy import select

from tests.passwords import QUICK
from voting import cli, db
from voting.app import create_app
from voting.client.host import Host, free_port
from voting.client.rehearsal import OFFICIALS, SAMPLES, Rehearsal, together
from voting.client.tablet import Tablet
from voting.config import Config
from voting.models.office import Person
from voting.web.status import LASTS

CONGRESS = ("qingshi-18", "青石县人民代表大会", "第十八届")
WINDOW = 1  # seconds in which the tests' tablets register


def roster(count: int) -> bytes:
    """The first deputies of the sample roster, as a CSV file."""
    lines = (SAMPLES / "roster-314.csv").read_text("utf-8-sig").split("\n")
    return "\n".join(lines[: count + 1]).encode()


def projects(count: int) -> bytes:
    """The first projects of the sample county, as a CSV file."""
    text = (SAMPLES / "candidates-county-13.csv").read_text("utf-8-sig")
    return "\n".join(text.split("\n")[: count + 1]).encode()


def new_app(folder: Path) -> Flask:
    """A server in this process, on a new instance."""
    config = Config(folder)
    cli.make_instance(config)
    cli.fill_instance(config, CONGRESS, "root")
    return create_app(config)


@cache
def _prepared() -> tuple[TemporaryDirectory[str], dict[str, str]]:
    """An instance made once for all tests of this process, and its officials' passwords."""
    folder = TemporaryDirectory()
    config = Config(Path(folder.name))
    cli.make_instance(config)
    password = cli.fill_instance(config, CONGRESS, "admin")
    with create_app(config).app_context():
        with db.writing() as session:
            session.scalars(select(Person)).one().password = hashed = QUICK.hash(password)
            for role, name in OFFICIALS.items():
                session.add(Person(login=role, name=name, role=role, password=hashed))
        db.db.engine.dispose()
    return folder, dict.fromkeys(("admin", *OFFICIALS), password)


def copy_of_prepared(folder: Path) -> dict[str, str]:
    """An instance whose officials have accounts; their passwords."""
    made, passwords = _prepared()
    shutil.copytree(made.name, folder, dirs_exist_ok=True)
    return dict(passwords)


@contextmanager
def congress(
    folder: Path, deputies: int, window: int = WINDOW, postgres: str = ""
) -> Iterator[Rehearsal]:
    """A congress with its officials, a meeting, a roster and cards."""
    host = Host(folder / "instance", free_port(), window, postgres=postgres)
    log = folder / "server.log"
    if postgres:
        with congress_at(host, log, deputies) as world:
            yield world
        return
    with prepared_at(host, log, deputies) as world:
        yield world


@contextmanager
def prepared_at(host: Host, log: Path, deputies: int) -> Iterator[Rehearsal]:
    """The same on this host and a prepared instance; messages go to `log`."""
    host.app = "tests.served:app"
    world = Rehearsal(host, passwords=copy_of_prepared(host.instance))
    try:
        world.go_on(log)
        _convene(world, deputies)
        yield world
    finally:
        _kill(host)


@contextmanager
def congress_at(host: Host, log: Path, deputies: int) -> Iterator[Rehearsal]:
    """The same made by hand on this host, whose messages go to `log`."""
    world = Rehearsal(host)
    try:
        world.begin(log)
        _convene(world, deputies)
        yield world
    finally:
        world.host.stop()


def _convene(world: Rehearsal, deputies: int) -> None:
    world.import_roster(roster(deputies))
    world.open_meeting("第三次会议", "2026-11-22")


def _kill(host: Host) -> None:
    """End a server that nobody asks any more: an orderly end takes seconds."""
    if host.process:
        os.killpg(host.process.pid, signal.SIGKILL)
        host.process.wait()


def a_poll(world: Rehearsal, seats: int = 3, items: int = 5, form: str = "choose") -> int:
    """A poll that is defined."""
    needs_seats = form in ("choose", "rank")
    poll = world.draft(
        "民生实事项目票决", form, seats if needs_seats else None, 10, projects(items)
    )
    world.step(poll, "define")
    return poll


def all_do(tablets: list[Tablet], *stages: str) -> None:
    """All tablets go through the named stages, stage by stage."""
    for stage in stages:
        together(lambda tablet, stage=stage: getattr(tablet, stage)(), tablets, lambda: None)  # type: ignore[misc]


def until_frozen(world: Rehearsal, poll: int, tablets: list[Tablet]) -> None:
    """From issuing to the frozen roll, everybody taking part."""
    world.step(poll, "issue")
    all_do(tablets, "receive")
    freeze(world, poll, tablets)


def freeze(world: Rehearsal, poll: int, tablets: list[Tablet]) -> None:
    """Close issuing, register these tablets, freeze the roll."""
    world.step(poll, "register")
    all_do(tablets, "register")
    time.sleep(WINDOW + 0.2)
    end = time.monotonic() + 15
    while not all_registered(world) and time.monotonic() < end:
        time.sleep(0.2)  # tablets in a browser come when they have heard of it
    world.step(poll, "freeze")


def wait_until(holds: Callable[[], bool], seconds: float = 15) -> None:
    """Wait for what another process is about to do; it must come within `seconds`."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)


def place(world: Rehearsal) -> dict[str, Any]:
    """What the tablets see of meeting and poll, its counts as they are now."""
    time.sleep(LASTS)
    value: dict[str, Any] = world.http.get("/api/status")
    return value


def status(world: Rehearsal) -> dict[str, Any]:
    """What they see of the poll."""
    value: dict[str, Any] = place(world)["poll"]
    return value


def all_registered(world: Rehearsal) -> bool:
    """Whether every ballot that was issued stands on the roll."""
    now = world.http.get("/api/status")["poll"]
    return bool(now["registered"] == now["issued"])
