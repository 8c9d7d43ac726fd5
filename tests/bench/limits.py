"""What the machine can do: primitives alone, with keys parsed beforehand, on all cores."""

from __future__ import annotations

import os
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from gmpy2 import mpz, powmod, powmod_sec

from tests.bench.table import Row
from voting.issuer import private

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


def ecdsa_load_verify(count: int) -> None:
    """The same, each with its key loaded for it, as a card's or a ballot's has to be."""
    key, signature, message = _p256()
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    for _ in range(count):
        loaded = ec.EllipticCurvePublicKey.from_encoded_point(key.curve, point)
        loaded.verify(signature, message, _ECDSA)


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


_issuing = cache(private.generate)


def rsa_openssl(count: int) -> None:
    """The same by OpenSSL, as the issuer does it (decision 24)."""
    key, value = _issuing(), bytes(383) + b"\2"
    for _ in range(count):
        key.blind_sign(value)


def ecdsa_sign(count: int) -> None:
    """So many ECDSA signatures of P-256 made."""
    key = ec.generate_private_key(ec.SECP256R1())
    for _ in range(count):
        key.sign(bytes(150), _ECDSA)


def ed25519_sign(count: int) -> None:
    """So many Ed25519 signatures made: promises, receipts."""
    key = ed25519.Ed25519PrivateKey.generate()
    for _ in range(count):
        key.sign(bytes(100))


def sqlite_commits(count: int, rows: int = 1) -> None:
    """So many rows of 1.5 kB stored durably, so many a commit."""
    with TemporaryDirectory() as folder:
        database = sqlite3.connect(f"{folder}/rows.db", isolation_level=None)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("CREATE TABLE stored (name BLOB PRIMARY KEY, row BLOB) WITHOUT ROWID")
        for _ in range(-(-count // rows)):
            database.execute("BEGIN IMMEDIATE")
            for _ in range(rows):
                database.execute(
                    "INSERT INTO stored VALUES (?, ?)", (os.urandom(32), os.urandom(1500))
                )
            database.execute("COMMIT")
        database.close()


def sqlite_shared(count: int) -> None:
    """The same, sixteen rows a commit."""
    sqlite_commits(count, 16)


PRIMITIVES: dict[str, tuple[Callable[[int], None], int]] = {  # and how many make half a second
    "RSA-3072 private": (rsa_private, 200),
    "RSA-3072 private by OpenSSL": (rsa_openssl, 400),
    "RSA-PSS-3072 verify": (pss_verify, 10_000),
    "RSA-3072 s^65537": (power, 10_000),
    "ECDSA P-256 verify": (ecdsa_verify, 10_000),
    "ECDSA P-256 load and verify": (ecdsa_load_verify, 10_000),
    "ECDSA P-256 sign": (ecdsa_sign, 20_000),
    "Ed25519 sign": (ed25519_sign, 20_000),
    "SQLite, one row a commit": (sqlite_commits, 1_000),
    "SQLite, 16 rows a commit": (sqlite_shared, 8_000),
}


def cpu(work: Callable[[int], None], count: int) -> float:
    """CPU seconds of one of this work."""
    work(1)
    begun = time.process_time()
    work(count)
    return (time.process_time() - begun) / count


def rows() -> Iterator[Row]:
    """What one core and all cores do of each primitive in a second."""
    for name, (work, count) in PRIMITIVES.items():
        yield from _rows(name, work, count)


def _rows(name: str, work: Callable[[int], None], count: int) -> Iterator[Row]:
    for cores in (1,) if name.startswith("SQLite") else (1, CORES):
        rates = [count / seconds(work, count, cores) for _ in range(3)]
        middle = statistics.median(rates)
        spread = (max(rates) - min(rates)) / middle
        yield Row(f"{name}, cores: {cores}", middle, "/s", spread=spread)


def record_checks(ballots: int) -> None:
    """The signature checks of a record of so many ballots."""
    ecdsa_verify(3 * ballots)  # check-in, request, ballot
    pss_verify(ballots)
    power(ballots)


def record_checks_loaded(ballots: int) -> None:
    """The same with every P-256 key loaded, which a verifier cannot do without."""
    ecdsa_load_verify(3 * ballots)
    pss_verify(ballots)
    power(ballots)


def seconds(work: Callable[[int], None], count: int, cores: int = CORES) -> float:
    """How long the cores together take for so many of this work."""
    return taken(work, count, cores)[0]


def taken(work: Callable[[int], None], count: int, cores: int = CORES) -> tuple[float, float]:
    """How long the cores together take for so many of this work, and their CPU time."""
    work(1)  # its keys are made, once for all processes
    with ProcessPoolExecutor(cores) as pool:
        list(pool.map(work, [1] * cores))  # started
        begun = time.perf_counter()
        spent = sum(pool.map(_spent, [work] * cores, [count // cores] * cores))
        return time.perf_counter() - begun, spent


def _spent(work: Callable[[int], None], count: int) -> float:
    begun = time.process_time()
    work(count)
    return time.process_time() - begun
