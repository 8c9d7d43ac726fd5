"""A limit on how often something is done in this process, whoever asks for it."""

from __future__ import annotations

import threading
import time


class Bucket:
    """Holds `most` turns and gets `rate` new ones a second."""

    def __init__(self, most: float, rate: float) -> None:
        """It begins full."""
        self._most, self._rate = most, rate
        self._left, self._at = most, time.monotonic()
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Take a turn; False where none is left."""
        with self._lock:
            now = time.monotonic()
            self._left = min(self._most, self._left + (now - self._at) * self._rate)
            self._at = now
            if self._left < 1:
                return False
            self._left -= 1
            return True
