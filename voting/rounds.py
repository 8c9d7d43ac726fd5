"""Work that waits is done in rounds: whoever finds nobody at it does a round for all who wait.

Everybody is woken by the round that had their work, and by nothing else: a lock that all of them
wait for would make those whose work is done wait for the rounds of later ones.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class _Place(Generic[T]):
    """Where somebody waits, until the work is done or the next round is theirs to do."""

    def __init__(self, work: T) -> None:
        self.work = work
        self.leads = False
        self._asleep = threading.Lock()
        self._asleep.acquire()

    def sleep(self) -> None:
        self._asleep.acquire()

    def wake(self) -> None:
        self._asleep.release()


class Rounds(Generic[T]):
    """Rounds of work; safe to use from several threads."""

    def __init__(self, do: Callable[[Callable[[], list[T]]], None]) -> None:
        """`do` does one round: it calls what it is given when it is ready, for all who wait then.

        What becomes of each work is written into it; whatever `do` raises, its caller alone hears.
        """
        self._do = do
        self._gate = threading.Lock()  # held for moments only
        self._waiting: list[_Place[T]] = []
        self._busy = False

    def join(self, work: T) -> None:
        """Return when a round has had this work."""
        mine = _Place(work)
        with self._gate:
            self._waiting.append(mine)
            mine.leads, self._busy = not self._busy, True
        if not mine.leads:
            mine.sleep()
        if mine.leads:
            self._lead(mine)

    def _lead(self, mine: _Place[T]) -> None:
        places: list[_Place[T]] = []

        def take() -> list[T]:
            with self._gate:
                places[:], self._waiting = self._waiting, []
            return [place.work for place in places]

        try:
            self._do(take)
        finally:
            with self._gate:
                if mine in self._waiting:  # it failed before it was ready
                    self._waiting.remove(mine)
                heir = self._waiting[0] if self._waiting else None
                self._busy = heir is not None
            for place in places:
                if place is not mine:
                    place.wake()
            if heir:
                heir.leads = True
                heir.wake()
