"""Whether two sets are one, in a few bytes of memory however large they are.

Each value goes through a hash under a key that is drawn when the program runs, and the hashes are
added up. Whoever made the record could not know the key: to them each hash is a random number of
256 bits, and two different sets have one sum with a chance of 2**-256.
"""

import hashlib
import secrets

_KEY = secrets.token_bytes(32)


class Fingerprint:
    """The sum of a set of byte strings, in whatever order they are added."""

    def __init__(self) -> None:
        self._sum = 0

    def add(self, value: bytes) -> None:
        digest = hashlib.blake2b(value, key=_KEY, digest_size=32).digest()
        self._sum = (self._sum + int.from_bytes(digest, "big")) % 2**256

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fingerprint) and self._sum == other._sum

    __hash__ = None  # type: ignore[assignment]
