"""Whether two sets are one, in a few bytes of memory however large they are.

Each value goes through a hash under a key that is drawn for each verification, and the hashes are
added up. Whoever made the record could not know the key: to them each hash is a random number of
256 bits, and two different sets have one sum with a chance of 2**-256.
"""

import hashlib
import secrets
from collections.abc import Iterable


def new_key() -> bytes:
    return secrets.token_bytes(32)


def fingerprint(key: bytes, values: Iterable[bytes]) -> int:
    """Of a set of byte strings, in whatever order. Those of disjoint sets add up, see `joined`."""
    return joined(
        int.from_bytes(hashlib.blake2b(value, key=key, digest_size=32).digest(), "big")
        for value in values
    )


def joined(fingerprints: Iterable[int]) -> int:
    return sum(fingerprints) % 2**256
