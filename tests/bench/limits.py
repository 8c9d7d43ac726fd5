"""What the machine can do: primitives alone, with keys parsed beforehand, on all cores."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from gmpy2 import mpz, powmod, powmod_sec

CORES = os.cpu_count() or 1
_ECDSA = ec.ECDSA(SHA256())
_PSS = padding.PSS(padding.MGF1(SHA384()), 48)
_SHA384 = SHA384()


@cache
def _p256() -> tuple[ec.EllipticCurvePublicKey, bytes, bytes]:
    key, message = ec.generate_private_key(ec.SECP256R1()), os.urandom(150)
    return key.public_key(), key.sign(message, _ECDSA), message


@cache
def _rsa() -> tuple[rsa.RSAPublicKey, bytes, bytes]:
    key, message = rsa.generate_private_key(65537, 3072), os.urandom(150)
    return key.public_key(), key.sign(message, _PSS, _SHA384), message


def ecdsa_verify(count: int) -> None:
    """So many ECDSA signatures of P-256 verified."""
    key, signature, message = _p256()
    for _ in range(count):
        key.verify(signature, message, _ECDSA)


def pss_verify(count: int) -> None:
    """So many RSA-PSS signatures of 3072 bits verified."""
    key, signature, message = _rsa()
    for _ in range(count):
        key.verify(signature, message, _PSS, _SHA384)


def power(count: int) -> None:
    """So many blind signatures raised to 65537."""
    key, signature, _ = _rsa()
    n, s = mpz(key.public_numbers().n), mpz(int.from_bytes(signature, "big"))
    for _ in range(count):
        powmod(s, 65537, n)


@cache
def _private() -> tuple[int, ...]:
    numbers = rsa.generate_private_key(65537, 3072).private_numbers()
    return numbers.p, numbers.q, numbers.dmp1, numbers.dmq1, numbers.iqmp


def rsa_private(count: int) -> None:
    """So many private operations of RSA-3072: CRT in constant time, the result checked."""
    p, q, dp, dq, inverse = map(mpz, _private())
    n = p * q
    for value in range(2, count + 2):
        left, right = powmod_sec(value, dp, p), powmod_sec(value, dq, q)
        whole = right + q * (inverse * (left - right) % p)
        assert powmod(whole, 65537, n) == value


def record_checks(ballots: int) -> None:
    """The signature checks of a record of so many ballots."""
    ecdsa_verify(3 * ballots)  # check-in, request, ballot
    pss_verify(ballots)
    power(ballots)


def seconds(work: Callable[[int], None], count: int, cores: int = CORES) -> float:
    """How long the cores together take for so many of this work."""
    return taken(work, count, cores)[0]


def taken(work: Callable[[int], None], count: int, cores: int = CORES) -> tuple[float, float]:
    """How long the cores together take for so many of this work, and their CPU time."""
    with ProcessPoolExecutor(cores) as pool:
        list(pool.map(work, [1] * cores))  # started, keys made
        begun = time.perf_counter()
        spent = sum(pool.map(_spent, [work] * cores, [count // cores] * cores))
        return time.perf_counter() - begun, spent


def _spent(work: Callable[[int], None], count: int) -> float:
    begun = time.process_time()
    work(count)
    return time.process_time() - begun
