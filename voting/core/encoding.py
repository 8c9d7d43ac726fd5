"""How bytes, numbers and JSON are written: one spelling a value, and every other is refused.

Protocol section 0. Text is UTF-8; `b64` is base64url without padding (RFC 4648 section 5); JSON is
canonical (RFC 8785) with ASCII names and integers only, for which sorting by code point equals the
RFC's sorting by UTF-16 units.

>>> jcs({"b": 1, "a": "票"})
b'{"a":"\\xe7\\xa5\\xa8","b":1}'
>>> b64(b"\\xff\\x00")
'_wA'
>>> tag("cast")
b'piaojue/v1/cast\\n'
"""

from __future__ import annotations

import binascii
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from voting.core.errors import Malformed

MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 32

Json = Any  # a JSON value: dict, list, str, int, bool or None; narrowed by `fields`
Shape = Mapping[str, type | tuple[type, ...]]  # the names an object has, and their types


def tag(name: str) -> bytes:
    """The domain separator that every signed or hashed message begins with (protocol section 0)."""
    return b"piaojue/v1/" + name.encode("ascii") + b"\n"


def sha256(data: bytes) -> bytes:
    """SHA-256, 32 bytes: the protocol's `H`."""
    return hashlib.sha256(data).digest()


_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")


def b64(data: bytes) -> str:
    """Base64url without padding (RFC 4648 section 5)."""
    return binascii.b2a_base64(data, newline=False).translate(_TO_URL, b"=").decode("ascii")


def unb64(text: str, length: int | None = None) -> bytes:
    """The bytes of `text`, which must be what `b64` prints for them; else `Malformed`.

    `length`, where given, is the number of bytes there must be.
    """
    try:
        padded = text.encode("ascii").translate(_FROM_URL) + b"=" * (-len(text) % 4)
        data = binascii.a2b_base64(padded)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise Malformed("bad_base64", "数据格式有误(base64url)。") from error
    if b64(data) != text or (length is not None and len(data) != length):
        raise Malformed("bad_base64", "数据格式有误(base64url)。")
    return data


_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def jcs(value: Json) -> bytes:
    """Canonical JSON (RFC 8785) of a value with ASCII names and safe integers.

    Raises `ValueError` for a float, an integer past 2**53 - 1, a lone surrogate or a name that is
    not ASCII: these come from our own code, never from a request.
    """
    _check(value, 0)
    return _CANONICAL.encode(value).encode("utf-8")


def _check(value: Json, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply")
    kind = type(value)
    if kind is int:  # marks first: a ballot is mostly them
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise ValueError("integer past 2**53 - 1")
    elif kind is list or kind is tuple:
        for item in value:
            _check(item, depth + 1)
    elif kind is dict:
        for name, item in value.items():
            if not (isinstance(name, str) and name.isascii()):
                raise ValueError("a name is not ASCII")
            _check(item, depth + 1)
    elif isinstance(value, str):
        value.encode("utf-8")  # which a lone surrogate is not
    elif not (value is None or kind is bool):
        raise ValueError(f"not a JSON value here: {kind.__name__}")


def parse_json(data: bytes) -> Json:
    """The value of a JSON text as a request carries it: strict, but in any spelling.

    Refuses what is not UTF-8 JSON, a name twice, a float, an integer past 2**53 - 1, a lone
    surrogate and deep nesting with `Malformed`.
    """
    try:
        value = _STRICT.decode(data.decode("utf-8"))
        _check(value, 0)
    except (ValueError, RecursionError) as error:
        raise _malformed() from error
    return value


def parse_jcs(data: bytes) -> Json:
    """The value of canonical JSON; any other spelling of it is `Malformed`."""
    value = parse_json(data)
    if jcs(value) != data:
        raise _malformed()
    return value


def _malformed() -> Malformed:
    return Malformed("bad_json", "提交的数据不是规范的 JSON。")


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a name stands twice")
    return result


def _no_number(text: str) -> Json:
    raise ValueError(f"not an integer: {text[:20]}")


_STRICT = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_float=_no_number,
    parse_constant=_no_number,
)


def fields(value: Json, shape: Shape) -> list[Json]:
    """The values of a JSON object that has exactly the names of `shape`, in its order.

    Each must be of the type given there (`bool` does not count as `int`); else `Malformed`.
    """
    if not isinstance(value, dict) or value.keys() != shape.keys():
        raise Malformed("bad_fields", "提交的数据缺少字段，或含有不认识的字段。")
    values = [value[name] for name in shape]
    for item, kind in zip(values, shape.values(), strict=True):
        kinds = kind if isinstance(kind, tuple) else (kind,)
        if not isinstance(item, kinds) or (isinstance(item, bool) and bool not in kinds):
            raise Malformed("bad_fields", "提交的数据中有字段的类型不对。")
    return values


def text_lines(data: bytes) -> list[bytes]:
    """The lines of a text in which each one, the last too, ends in one LF; else `Malformed`."""
    if not data:
        return []
    if not data.endswith(b"\n"):
        raise Malformed("bad_lines", "文本的最后一行没有结束。")
    return data[:-1].split(b"\n")


def join_lines(lines: Sequence[bytes]) -> bytes:
    """The text of `lines`, each ended by one LF."""
    return b"".join(line + b"\n" for line in lines)


_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}\Z")


def is_id(text: str) -> bool:
    """Whether `text` may name a congress, a meeting or an issuer."""
    return _ID.match(text) is not None
