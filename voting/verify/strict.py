"""Values with one spelling only: canonical JSON (RFC 8785) and base64url without padding.

A parser here accepts exactly what its printer prints: it decodes, encodes again and compares.
Checks of a parsed value are functions that return nothing or raise Malformed with the reason.
"""

import base64
import json
import re
from binascii import a2b_base64
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NoReturn

LARGEST = 2**53 - 1
DEEPEST = 64

Check = Callable[[Any], None]


class Malformed(ValueError):
    """A value is not spelt, or not made up, as the document says."""


# --- JSON


def _refuse(text: str) -> NoReturn:
    raise Malformed(f"a number that is no integer: {text[:20]}")


def _integer(text: str) -> int:
    # The length goes first: int() of a very long text is slow, or an error of its own.
    if len(text) > 17 or abs(value := int(text)) > LARGEST:
        raise Malformed("an integer beyond 2^53-1")
    return value


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise Malformed("a name stands twice in an object")
    if not "".join(value).isascii():
        raise Malformed("a name that is not ASCII")
    return value


_DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_int=_integer, parse_float=_refuse, parse_constant=_refuse
)
# With ASCII names, order by code point is RFC 8785's order by UTF-16 unit.
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def dumps(value: object) -> bytes:
    """The canonical bytes of a value made of dict, list, str, int, bool and None (RFC 8785)."""
    return _ENCODER.encode(value).encode("utf-8")


def loads(data: bytes) -> Any:
    """The value of exactly canonical JSON, nested at most 64 deep; else Malformed."""
    try:
        text = data.decode("utf-8")
        value = _DECODER.decode(text)
        again = dumps(value)
    except Malformed:
        raise
    except RecursionError:
        raise Malformed("nested too deeply") from None
    except UnicodeError:
        raise Malformed("not UTF-8, or a lone surrogate") from None
    except ValueError:
        raise Malformed("not JSON") from None
    if again != data:
        raise Malformed("JSON, but not in its canonical spelling (RFC 8785)")
    if text.count("[") + text.count("{") > DEEPEST and _depth(value) > DEEPEST:
        raise Malformed("nested too deeply")
    return value


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level := [v for v in level if isinstance(v, dict | list)]:
        depth += 1
        level = [c for v in level for c in (v.values() if isinstance(v, dict) else v)]
    return depth


# --- base64url

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")


@cache
def b64_pattern(size: int) -> str:
    """A regular expression for the one base64url text of each value of `size` bytes."""
    whole, rest = divmod(size * 8, 6)
    if rest == 0:
        return f"[A-Za-z0-9_-]{{{whole}}}"
    last = _ALPHABET[:: 1 << (6 - rest)]  # the bits beyond the value are zero
    return f"[A-Za-z0-9_-]{{{whole}}}[{last}]"


def unb64(text: bytes | str) -> bytes:
    """The bytes of a text that already matched `b64_pattern`."""
    data = text.encode("ascii") if isinstance(text, str) else text
    return a2b_base64(data.translate(_TO_STANDARD) + b"==")


def b64(data: bytes) -> str:
    """base64url without padding (RFC 4648 section 5)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def base32(data: bytes) -> bytes:
    """base32 without padding (RFC 4648 section 6)."""
    return base64.b32encode(data).rstrip(b"=")


_TO_DIGITS = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789ABCDEFGHIJKLMNOPQRSTUV"
)


def unbase32(text: bytes) -> bytes:
    """The 32 bytes of a text that is known to be 52 characters, the last of them A or Q."""
    return (int(text.translate(_TO_DIGITS), 32) >> 4).to_bytes(32, "big")


# --- checks of parsed values


def matching(pattern: str, what: str) -> Check:
    matches = re.compile(pattern).fullmatch

    def check(value: Any) -> None:
        if type(value) is not str or not matches(value):
            raise Malformed(f"not {what}")

    return check


def text(value: Any) -> None:
    if type(value) is not str:
        raise Malformed("not text")


def flag(value: Any) -> None:
    if type(value) is not bool:
        raise Malformed("neither true nor false")


def nothing(value: Any) -> None:
    if value is not None:
        raise Malformed("not null")


def integer(low: int, high: int = LARGEST) -> Check:
    def check(value: Any) -> None:
        if type(value) is not int or not low <= value <= high:
            raise Malformed(f"not an integer from {low} to {high}")

    return check


def one_of(*values: str) -> Check:
    def check(value: Any) -> None:
        if type(value) is not str or value not in values:
            raise Malformed("none of " + ", ".join(values))

    return check


def b64_of(size: int) -> Check:
    return matching(b64_pattern(size), f"{size} bytes in base64url")


def either(first: Check, second: Check) -> Check:
    def check(value: Any) -> None:
        try:
            first(value)
        except Malformed:
            second(value)

    return check


def list_of(inner: Check, low: int = 0, high: int = LARGEST) -> Check:
    def check(value: Any) -> None:
        if type(value) is not list or not low <= len(value) <= high:
            raise Malformed("not a list, or too long or short a one")
        for entry in value:
            inner(entry)

    return check


def fields(shape: Mapping[str, Check], more: bool = False) -> Check:
    """An object with these fields, and with others only if `more`."""

    def check(value: Any) -> None:
        if type(value) is not dict:
            raise Malformed("not an object")
        if missing := sorted(shape.keys() - value.keys()):
            raise Malformed(f"field missing: {missing[0]}")
        if not more and (unknown := sorted(value.keys() - shape.keys())):
            raise Malformed(f"unknown field: {ascii(unknown[0])[:60]}")
        for name, inner in shape.items():
            try:
                inner(value[name])
            except Malformed as error:
                raise Malformed(f"{name}: {error}") from None

    return check


ident = matching("[a-z0-9][a-z0-9-]{0,63}", "an id of a-z, 0-9 and -, 1 to 64 characters")
count = integer(0)
positive = integer(1)
