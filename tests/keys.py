"""Issuing keys of known primes."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import rsa

from voting.core.blindrsa import EXPONENT
from voting.issuer.private import SecretKey


def numbers(p: int, q: int, e: int = EXPONENT) -> rsa.RSAPrivateNumbers:
    d = rsa.rsa_recover_private_exponent(e, p, q)
    halves = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    return rsa.RSAPrivateNumbers(p, q, d, *halves, rsa.RSAPublicNumbers(e, p * q))


def secret_key(p: int, q: int, e: int = EXPONENT) -> SecretKey:
    return SecretKey(numbers(p, q, e).private_key())
