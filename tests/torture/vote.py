"""One round: a whole vote with a fault in each of its four stages, then what must hold."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import zip_longest
from random import Random

import urllib3

from tests.torture import invariants
from tests.torture.crowd import Crowd, Deputy, Moment, Notes, as_they_come
from tests.torture.faults import ALL, CLOCK
from tests.torture.machine import Machine
from tests.world import a_poll
from voting.client.http import Problem
from voting.client.official import Official, Refusal
from voting.client.rehearsal import OFFICIALS, Rehearsal, takers
from voting.core.encoding import b64

STAGES = ("check-in", "issue", "register", "cast")
SOON = 120.0  # seconds in which officials get their step done
SEATS, ITEMS = 3, 5


@dataclass(frozen=True, slots=True)
class Blow:
    """A fault and its moment: the `nth` request of its stage."""

    fault: str
    nth: int


def plan(seed: int, found: list[str], deputies: int, wanted: list[str]) -> dict[str, Blow]:
    """What happens in the round of that seed: the same wherever those faults are found.

    `wanted` are faults that somebody would rather see, a stage each, or none.
    """
    chance = Random(seed)
    blows = {}
    for stage, first in zip_longest(STAGES, wanted):
        drawn = [first, *chance.sample(list(ALL), len(ALL))]
        fault = next(name for name in drawn if name in found)
        blows[stage] = Blow(fault, chance.randint(1, deputies))
    return blows


class Round:
    """A vote in `world`, which runs on `machine`."""

    def __init__(
        self, machine: Machine, world: Rehearsal, seed: int, blows: dict[str, Blow]
    ) -> None:
        self._machine, self._world, self._blows = machine, world, blows
        self._chance = Random(f"{seed} choices")
        self._crowd = Crowd(machine.base, self._chance)
        self._poll, self._epoch, self._meeting = 0, 1, ""

    @property
    def notes(self) -> Notes:
        """What the round was told."""
        return self._crowd.notes

    def play(self) -> list[str]:
        """From check-in to publication; what was found broken."""
        self._world.open_meeting("第三次会议", "2026-11-22")
        self._poll = a_poll(self._world, SEATS, ITEMS)
        self._meeting = self._world.http.get("/api/status")["meeting"]["id"]
        self._crowd.come(self._world.cards, self._marks)
        self._stage("check-in", self._check_in, self._is_checked_in)
        self._step("issue")
        self._stage("issue", self._receive, self._is_issued, self._issue_again)
        self._step("register")
        self._stage("register", self._register, self._is_registered)
        self._step("freeze")
        self._step("open")
        self._crowd.all_do(self._sign, self._has_signed, lambda: None)
        self._stage("cast", self._cast, self._has_cast)
        self._step("close")
        self._step("publish")
        self._set_right()
        record = self._world.record(self._poll)
        places = invariants.Places(self._machine.folder, self._machine.host.instance)
        return [
            *self.notes.breaches,
            *invariants.broken(record, self.notes, self._meeting, len(self._world.cards), places),
        ]

    def _set_right(self) -> None:
        """The clock is right again: sessions that were begun days before are over."""
        world = self._world
        self._machine.set_clock(0)
        if any(blow.fault == CLOCK for blow in self._blows.values()):
            for role in OFFICIALS:
                world.people[role] = Official(world.host.base, role, world.passwords[role])

    def _marks(self) -> list[int | None]:
        chosen = self._chance.sample(range(ITEMS), self._chance.randint(0, SEATS))
        return [0 if item in chosen else None for item in range(ITEMS)]

    def _stage(
        self,
        name: str,
        act: Callable[[Deputy], None],
        done: Callable[[Deputy], bool],
        help_: Callable[[], None] = lambda: None,
    ) -> None:
        blow, crowd = self._blows[name], self._crowd
        strike = ALL[blow.fault]
        crowd.moment = Moment(blow.nth, lambda: strike(self._machine, crowd, self._chance))
        crowd.all_do(act, done, help_)
        crowd.moment.over()
        crowd.manner = as_they_come
        crowd.all_do(act, done, help_)  # whom the fault has put back

    def _step(self, name: str) -> None:
        for role in takers(name):
            self._official(role, name)

    def _official(self, role: str, name: str) -> None:
        """An official takes a step; who is refused logs in again, and tries again for a while."""
        page, action = f"/polls/{self._poll}", f"/polls/{self._poll}/steps/{name}"
        end = time.monotonic() + SOON
        while True:
            try:
                self._world.people[role].fill(page, action, {})
                return
            except (Refusal, urllib3.exceptions.HTTPError):
                if time.monotonic() > end:
                    raise
            time.sleep(0.3)
            self._log_in(role)

    def _log_in(self, role: str) -> None:
        """Log in again where the page asks for it: a session from the future is not believed."""
        world = self._world
        with suppress(Refusal, urllib3.exceptions.HTTPError):
            if 'action="/login"' in world.people[role].get(f"/polls/{self._poll}"):
                world.people[role] = Official(world.host.base, role, world.passwords[role])

    def _check_in(self, deputy: Deputy) -> None:
        tablet = deputy.tablet
        tablet.check_in()
        self.notes.checked_in.add(b64(tablet._card().card_id))

    def _is_checked_in(self, deputy: Deputy) -> bool:
        return b64(deputy.tablet._card().card_id) in self.notes.checked_in

    def _receive(self, deputy: Deputy) -> None:
        deputy.tablet.receive()

    def _is_issued(self, deputy: Deputy) -> bool:
        slot = deputy.tablet.slot
        return slot is not None and slot.request is None and slot.epoch == self._epoch

    def _issue_again(self) -> None:
        """Two people open the next epoch, where the server offers it because the key is lost."""
        page, action = f"/polls/{self._poll}", f"/polls/{self._poll}/steps/issue"
        for role in takers("issue"):
            try:
                self._world.people[role].fill(page, action, {})
            except (Refusal, urllib3.exceptions.HTTPError):
                time.sleep(0.3)
                self._log_in(role)
        try:
            epoch = self._world.http.get("/api/status")["poll"]["epoch"]
        except Problem:
            return
        if epoch > self._epoch:
            self._epoch = epoch
            self._crowd.look_anew()

    def _register(self, deputy: Deputy) -> None:
        tablet = deputy.tablet
        tablet.register()
        self.notes.promised.add(tablet.kept().line())

    def _is_registered(self, deputy: Deputy) -> bool:
        return deputy.tablet.kept().promise is not None

    def _sign(self, deputy: Deputy) -> None:
        """The deputy confirms: a tablet keeps the first signature, whichever window made it."""
        deputy.tablet.check_roll()
        deputy.tablet._ballot(deputy.marks)

    def _has_signed(self, deputy: Deputy) -> bool:
        return deputy.tablet.kept().ballot is not None

    def _cast(self, deputy: Deputy) -> None:
        tablet = deputy.tablet
        self.notes.receipts.add(tablet.cast(deputy.marks).text())

    def _has_cast(self, deputy: Deputy) -> bool:
        return deputy.tablet.kept().receipt is not None
