"""The faults: each strikes at its moment in a stage, and is over, or lasts until the stage ends."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from random import Random

from tests.torture.crowd import Crowd, Deputy, Line
from tests.torture.machine import Machine, alone, can
from tests.torture.wire import FAIR, Weather, Wire
from voting.client.http import UNREACHABLE, Problem

Fault = Callable[[Machine, Crowd, Random], None]
CLOCK = "clock set back"
MINUTE = 1.0  # seconds: what lasts a minute in a hall is played sixty times as fast
DAY = 24 * 60 * 60


def worker_killed(machine: Machine, _crowd: Crowd, chance: Random) -> None:
    """`kill -9` of a web worker."""
    worker = machine.worker(chance)
    if worker:
        os.kill(worker, signal.SIGKILL)


def issuer_killed(machine: Machine, _crowd: Crowd, _chance: Random) -> None:
    """`kill -9` of the issuer: its keys are lost."""
    issuer = machine.host.issuer_pid()
    if issuer:
        with suppress(ProcessLookupError):
            os.kill(issuer, signal.SIGKILL)


def everything_killed(machine: Machine, _crowd: Crowd, _chance: Random) -> None:
    """`kill -9` of master, workers and issuer, and a new start."""
    machine.kill()
    machine.start()


def power_cut(machine: Machine, _crowd: Crowd, _chance: Random) -> None:
    """The machine stops, and comes back with what was synced to the disk and nothing else."""
    machine.lose_power()
    machine.start()


def tablets_reloaded(_machine: Machine, crowd: Crowd, chance: Random) -> None:
    """Some tablets load their page anew, in the midst of it."""
    for deputy in _some(crowd, chance):
        crowd.reload(deputy)


def tablets_off(_machine: Machine, crowd: Crowd, chance: Random) -> None:
    """Some tablets are switched off for a minute."""
    for deputy in _some(crowd, chance):
        crowd.reload(deputy, dark=MINUTE)


def tablets_twice(_machine: Machine, crowd: Crowd, chance: Random) -> None:
    """Some deputies act at two tablets at once."""
    deputies = _some(crowd, chance)
    with ThreadPoolExecutor(len(deputies)) as pool:
        list(pool.map(crowd.twin, deputies))


def _some(crowd: Crowd, chance: Random) -> list[Deputy]:
    return chance.sample(crowd.deputies, chance.randint(1, len(crowd.deputies)))


def requests_doubled(_machine: Machine, crowd: Crowd, _chance: Random) -> None:
    """Every request comes twice at the same moment; both get the same answer."""

    def manner(line: Line, send: Callable[[], bytes]) -> bytes:
        def heard() -> bytes | Problem:
            try:
                return send()
            except Problem as problem:
                return problem

        with ThreadPoolExecutor(2) as pool:
            answers = [each.result() for each in [pool.submit(heard), pool.submit(heard)]]
        good = [answer for answer in answers if isinstance(answer, bytes)]
        if len(good) == 2 and good[0] != good[1]:
            crowd.notes.breaches.append("the same request got two answers")
        for answer in answers:
            if isinstance(answer, Problem):
                if not good:
                    raise answer
                crowd.notes.refused("one of two", answer)
        return good[0]

    crowd.manner = manner


def answers_lost(_machine: Machine, crowd: Crowd, chance: Random) -> None:
    """Half of all answers are lost on their way, and the requests are sent again."""

    def manner(_line: Line, send: Callable[[], bytes]) -> bytes:
        answer = send()
        if chance.random() < 0.5:
            raise Problem(UNREACHABLE, "unreachable", "")
        return answer

    crowd.manner = manner


def requests_reordered(_machine: Machine, crowd: Crowd, chance: Random) -> None:
    """Requests overtake each other, and old ones of this and earlier stages come again."""

    def manner(line: Line, send: Callable[[], bytes]) -> bytes:
        line.again(*chance.choice(crowd.sent))
        time.sleep(chance.uniform(0, 0.3))
        return send()

    crowd.manner = manner


def _packets(weather: Weather) -> Fault:
    """The network is like this for a while."""

    def fault(machine: Machine, _crowd: Crowd, chance: Random) -> None:
        assert machine.wire
        machine.wire.weather = weather
        time.sleep(chance.uniform(0.1, 2 * MINUTE))
        machine.wire.weather = FAIR

    return fault


def disk_full(machine: Machine, _crowd: Crowd, chance: Random) -> None:
    """Not a block is left for a while."""
    machine.fill()
    try:
        time.sleep(chance.uniform(0.2, 2 * MINUTE))
    finally:
        machine.free()


def disk_full_and_power_cut(machine: Machine, crowd: Crowd, chance: Random) -> None:
    """Not a block is left, and then the machine stops; it starts when there is room again."""
    machine.fill()
    time.sleep(chance.uniform(0.1, MINUTE))
    machine.lose_power()
    machine.free()
    machine.start()


def clock_set_back(machine: Machine, _crowd: Crowd, chance: Random) -> None:
    """The server's clock is set back, by a second or by days, until the round is over."""
    machine.set_clock(-int(DAY ** chance.uniform(0, 1.1)))


KILLS: dict[str, Fault] = {
    "a worker killed": worker_killed,
    "the issuer killed": issuer_killed,
    "everything killed": everything_killed,
}
CLIENTS: dict[str, Fault] = {
    "tablets reloaded": tablets_reloaded,
    "tablets off for a minute": tablets_off,
    "two tablets a deputy": tablets_twice,
    "requests doubled": requests_doubled,
    "answers lost": answers_lost,
    "requests re-ordered": requests_reordered,
    CLOCK: clock_set_back,
}
DISK: dict[str, Fault] = {
    "power cut": power_cut,
    "disk full": disk_full,
    "disk full, then power cut": disk_full_and_power_cut,
}
WIRE: dict[str, Fault] = {
    "network cut": _packets(Weather(loss=1.0)),
    "packets delayed": _packets(Weather(delay=0.1, jitter=0.02)),
    "packets lost": _packets(Weather(loss=0.2)),
    "packets doubled": _packets(Weather(double=0.5)),
    "packets re-ordered": _packets(Weather(jitter=0.05)),
}
ALL = {**KILLS, **CLIENTS, **DISK, **WIRE}


def found(wire: Wire | None) -> list[str]:
    """The names of the faults that can be played here."""
    names = [*KILLS, *CLIENTS]
    if alone() and can("mkfs.ext4", "-V"):
        names += DISK
    if wire:
        names += WIRE
    return names
