"""The private half of an issuing key: BlindSign of RFC 9474 section 4.3, done by OpenSSL.

`cryptography` offers no RSA without padding, so the library below it is called as it is. OpenSSL
works by CRT, in constant time and under blinding of its own, and takes 0.6 of the time that GMP's
`powmod_sec` takes. The result is checked against the public key here as well before it leaves,
because one faulty half would give the factors away (section 7.1, Boneh-DeMillo-Lipton).
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_size_t, c_void_p
from ctypes.util import find_library

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from voting.core.blindrsa import BITS, EXPONENT, PublicKey, blind_sig_fits
from voting.core.errors import Malformed

_NO_PADDING = 3
_library = find_library("crypto")
if _library is None:
    raise ImportError("the issuer signs with OpenSSL's libcrypto, which is not installed (libssl3)")
_crypto = ctypes.CDLL(_library)
_FUNCTIONS = {
    "d2i_AutoPrivateKey": (c_void_p, (c_void_p, POINTER(c_char_p), c_long)),
    "EVP_PKEY_CTX_new": (c_void_p, (c_void_p, c_void_p)),
    "EVP_PKEY_decrypt_init": (c_int, (c_void_p,)),
    "EVP_PKEY_CTX_set_rsa_padding": (c_int, (c_void_p, c_int)),
    "EVP_PKEY_decrypt": (c_int, (c_void_p, c_char_p, POINTER(c_size_t), c_char_p, c_size_t)),
}
for _name, (_result, _arguments) in _FUNCTIONS.items():
    getattr(_crypto, _name).restype = _result
    getattr(_crypto, _name).argtypes = _arguments


class SecretKey:
    """An issuing key as its issuer holds it, in memory only, until its process ends."""

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        """Hand the key over to OpenSSL."""
        numbers = key.public_key().public_numbers()
        self.public = PublicKey(numbers.n, numbers.e)
        der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        held = _crypto.d2i_AutoPrivateKey(None, byref(c_char_p(der)), len(der))
        _check(held is not None)
        self._context = _crypto.EVP_PKEY_CTX_new(held, None)
        _check(self._context is not None)
        _check(_crypto.EVP_PKEY_decrypt_init(self._context))
        _check(_crypto.EVP_PKEY_CTX_set_rsa_padding(self._context, _NO_PADDING))

    def __repr__(self) -> str:
        return "SecretKey(…)"

    def blind_sign(self, blinded: bytes) -> bytes:
        """The blind signature of a value.

        Raises `Malformed` for a value that is not below n, `ArithmeticError` where the result does
        not check against the public key: then nothing may leave.
        """
        size = self.public.size
        if len(blinded) != size or not 0 < int.from_bytes(blinded, "big") < self.public.n:
            raise Malformed("bad_blinded", "盲化数据超出范围。")
        made = ctypes.create_string_buffer(size)
        length = c_size_t(size)
        _check(_crypto.EVP_PKEY_decrypt(self._context, made, byref(length), blinded, size))
        if not blind_sig_fits(self.public, blinded, made.raw):
            raise ArithmeticError("the blind signature does not check")
        return made.raw


def generate() -> SecretKey:
    """A new 3072-bit key; its primes come from the operating system's randomness."""
    return SecretKey(rsa.generate_private_key(EXPONENT, BITS))


def _check(done: int) -> None:
    if done != 1:
        raise ArithmeticError("OpenSSL has failed")
