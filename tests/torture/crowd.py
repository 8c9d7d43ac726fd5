"""The deputies at their tablets, what befalls tablets and requests, and what was acknowledged."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random

from voting.client.hall import Hall
from voting.client.http import UNREACHABLE, Http, Problem
from voting.client.tablet import Tablet

PATIENCE = 3.0  # seconds in which a tablet tries one request
IN_TIME = 300.0  # seconds in which a stage must be over, whatever the fault
EXPECTED = {400, 403, 404, 409, 503}  # a refusal has one of these, with its reason in Chinese


class Switched(Exception):
    """The tablet was switched off, or its page was loaded anew, while it waited."""


@dataclass(slots=True)
class Notes:
    """What a round was told: the acknowledgements, to be found again, and the refusals."""

    checked_in: set[str] = field(default_factory=set)  # the card's public name
    promised: set[bytes] = field(default_factory=set)  # lines of the roll
    receipts: set[str] = field(default_factory=set)
    refusals: Counter[str] = field(default_factory=Counter)
    breaches: list[str] = field(default_factory=list)

    def refused(self, path: str, problem: Problem) -> None:
        """A tablet was refused: it must be for a reason, said in Chinese."""
        self.refusals[problem.code] += 1
        told = any("一" <= letter <= "鿿" for letter in problem.detail)
        if problem.status != UNREACHABLE and (problem.status not in EXPECTED or not told):
            self.breaches.append(f"{path} was refused without a reason: {problem}")


class Moment:
    """The moment of a stage at which its fault strikes: when the `nth` request is sent."""

    def __init__(self, nth: int, strike: Callable[[], None]) -> None:
        """`strike` does all of the fault, to its end."""
        self._left, self._lock = nth, threading.Lock()
        self._thread = threading.Thread(target=self._run)
        self._strike = strike
        self._error: BaseException | None = None

    def sent(self) -> None:
        """A request is about to be sent."""
        with self._lock:
            self._left -= 1
            if self._left == 0:
                self._thread.start()

    def over(self) -> None:
        """Wait for the fault's end, at the end of its stage; it strikes now at the latest."""
        with self._lock:
            if self._left > 0:
                self._left = 0
                self._thread.start()
        self._thread.join()
        self.check()

    def check(self) -> None:
        """The fault went wrong: a server that does not start again, for one."""
        if self._error:
            raise self._error

    def _run(self) -> None:
        try:
            self._strike()
        except BaseException as error:
            self._error = error


class Line(Http):
    """A tablet's connection, and what happens on it."""

    def __init__(self, crowd: Crowd) -> None:
        super().__init__(crowd.base, PATIENCE, connections=4)
        self._crowd = crowd
        self.off = False

    def _once(self, method: str, path: str, body: bytes | None, content_type: str) -> bytes:
        if self.off:
            raise Switched
        try:
            return self._send(method, path, body, content_type)
        except Problem as problem:
            self._crowd.notes.refused(path, problem)
            raise
        finally:
            if self.off:
                raise Switched  # nobody hears the answer

    def _send(self, method: str, path: str, body: bytes | None, content_type: str) -> bytes:
        def plainly() -> bytes:
            return super(Line, self)._once(method, path, body, content_type)

        if body is None:
            return plainly()
        self._crowd.sent.append((path, body))
        self._crowd.moment.sent()
        return self._crowd.manner(self, plainly)

    def again(self, path: str, body: bytes) -> None:
        """An old request comes once more; whatever it hears, nobody waits for it."""
        try:
            super()._once("POST", path, body, "application/json")
        except Problem as problem:
            self._crowd.notes.refused(path, problem)


Manner = Callable[[Line, Callable[[], bytes]], bytes]


def as_they_come(_line: Line, send: Callable[[], bytes]) -> bytes:
    """Each request once."""
    return send()


@dataclass(slots=True)
class Deputy:
    """A deputy with a tablet; `marks` is how they will vote."""

    digits: str
    marks: list[int | None]
    line: Line
    tablet: Tablet
    wakes: float = 0.0  # when the tablet is on again


class Crowd:
    """All deputies of a round."""

    def __init__(self, base: str, chance: Random) -> None:
        """Nobody is there yet; `moment` is set for every stage."""
        self.base, self.chance = base, chance
        self.notes = Notes()
        self.manner: Manner = as_they_come
        self.sent: list[tuple[str, bytes]] = []
        self.moment: Moment = Moment(0, lambda: None)
        self.stage: Callable[[Deputy], None] = lambda deputy: None
        self.hall = Hall(Http(base, PATIENCE))
        self.deputies: list[Deputy] = []

    def come(self, cards: list[str], marks: Callable[[], list[int | None]]) -> None:
        """A deputy for each card, at a tablet each."""
        for digits in cards:
            line = Line(self)
            tablet = Tablet(line, digits, hall=self.hall)
            self.deputies.append(Deputy(digits, marks(), line, tablet))

    def look_anew(self) -> None:
        """All tablets hear of another epoch: what they knew of the hall is asked for again."""
        self.hall = Hall(Http(self.base, PATIENCE))
        for deputy in self.deputies:
            self.reload(deputy)

    def reload(self, deputy: Deputy, dark: float = 0.0) -> None:
        """The tablet goes on from what it had stored, after `dark` seconds."""
        deputy.line.off = True
        kept = deputy.tablet.slot
        line = Line(self)
        deputy.wakes = time.monotonic() + dark
        deputy.tablet = Tablet(line, deputy.digits, hall=self.hall, slot=kept)
        deputy.line = line

    def twin(self, deputy: Deputy) -> None:
        """A second tablet of the same card, from what the first has stored, acts beside it."""
        tablet = Tablet(Line(self), deputy.digits, hall=self.hall, slot=deputy.tablet.slot)
        other = Deputy(deputy.digits, deputy.marks, deputy.line, tablet)
        try:
            self.stage(other)
        except Problem:
            return
        mine = deputy.tablet.slot
        if mine is None or not mine.seals:
            deputy.tablet = tablet  # 请回到领取时的平板: where the ballot is, the deputy goes on

    def all_do(
        self,
        stage: Callable[[Deputy], None],
        done: Callable[[Deputy], bool],
        help_: Callable[[], None],
    ) -> None:
        """All do this until it is done; between attempts the officials help."""
        self.stage = stage
        end = time.monotonic() + IN_TIME
        while waiting := [deputy for deputy in self.deputies if not done(deputy)]:
            if time.monotonic() > end:
                raise TimeoutError(f"{len(waiting)} deputies cannot go on")
            self.moment.check()
            with ThreadPoolExecutor(len(waiting)) as pool:
                list(pool.map(self._attempt, waiting))
            if not all(map(done, self.deputies)):
                help_()

    def _attempt(self, deputy: Deputy) -> None:
        """Once; who is refused tries again when the officials have helped."""
        time.sleep(max(0.0, deputy.wakes - time.monotonic()))
        try:
            self.stage(deputy)
        except (Problem, Switched):
            return
