"""Checkpoints: C2SP signed-note and tlog-checkpoint, signed by the log key first.

    piaojue/<congress_id>
    <size>
    <root, base64 with padding>

    — piaojue/<congress_id> <base64 with padding of key id (4 bytes) ‖ Ed25519 signature>

Cosignature lines may follow, in a record those of the definition's witnesses only: a line by nobody
known could be added to any record, and a changed record must not pass. `witnesses` checks them.
"""

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .crypto import ed25519_valid, sha256
from .report import Failure
from .strict import Malformed, b64_pattern

_LINES = 5


def _standard(size: int) -> str:
    """The one padded base64 text of each value (RFC 4648 section 4) of `size` bytes."""
    padding = "=" * (-size % 3)
    return b64_pattern(size).replace("_-", "+/") + padding


# C2SP signed-note: a name without spaces or plus; key id and time, 12 bytes, and the signature.
_BLOB = "(?:[A-Za-z0-9+/]{4}){4,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
_COSIGNATURE = f"— [^\\s+]+ {_BLOB}\n"
_NOTE = re.compile(
    f"(?P<text>(?P<origin>[^\n]+)\n(?P<size>[1-9][0-9]{{0,15}})\n(?P<root>{_standard(32)})\n)"
    f"\n— (?P<name>[^\n ]+) (?P<signature>{_standard(68)})\n"
    f"(?P<cosignatures>(?:{_COSIGNATURE})*)"
)


@dataclass(frozen=True)
class Cosignature:
    """A line below the log key's own, not yet checked: the name of its key, and what it holds."""

    name: str
    blob: bytes


@dataclass(frozen=True)
class Note:
    """A checkpoint as read; `valid` tells whether it is a certain log's."""

    where: str
    origin: str
    name: str
    size: int
    root: bytes
    text: bytes
    signature: bytes
    cosignatures: tuple[Cosignature, ...]

    def valid(self, congress: str, log_key: bytes) -> bool:
        """Signed under the congress's name by its log key (C2SP signed-note, type 0x01)."""
        name = f"piaojue/{congress}"
        key_id = sha256(name.encode(), b"\n\x01", log_key)[:4]
        return (
            self.origin == self.name == name
            and self.signature[:4] == key_id
            and ed25519_valid(log_key, self.text, self.signature[4:])
        )


def parse(data: bytes, where: str) -> Note:
    """One signed note, with any number of cosignature lines after its five; else Malformed."""
    try:
        match = _NOTE.fullmatch(data.decode("utf-8"))
    except UnicodeError:
        match = None
    if not match:
        raise Malformed("not a checkpoint signed by the log key")
    return Note(
        where=where,
        origin=match["origin"],
        name=match["name"],
        size=int(match["size"]),
        root=base64.b64decode(match["root"]),
        text=match["text"].encode(),
        signature=base64.b64decode(match["signature"]),
        cosignatures=tuple(map(_cosignature, match["cosignatures"].split("\n")[:-1])),
    )


def _cosignature(line: str) -> Cosignature:
    _, name, text = line.split(" ")
    blob = base64.b64decode(text)
    if base64.b64encode(blob).decode() != text:
        raise Malformed("a second spelling of a cosignature")
    return Cosignature(name, blob)


def read(lines: Iterable[tuple[int, bytes]], most: int, witnesses: int) -> Iterator[Note]:
    """The notes of checkpoints.txt: five lines and cosignatures each, one empty line between two.

    most: entries of the log. Sizes grow, so there cannot be more checkpoints than that. witnesses:
    how many the definition names; no note has more cosignatures.
    """
    block: list[bytes] = []
    longest = _LINES + witnesses
    for number, line in lines:
        if number >= most * (longest + 1):
            raise Failure(f"checkpoints.txt line {number}", "more checkpoints than log entries")
        if len(block) >= _LINES and not line:
            yield _parse(block, number)
            block = []
        elif len(block) == longest:
            raise Failure(f"checkpoints.txt line {number}", "no empty line between two notes")
        else:
            block.append(line)
    if len(block) < _LINES:
        raise Failure("checkpoints.txt", "does not end with a whole note")
    yield _parse(block, number + 1)


def _parse(block: list[bytes], end: int) -> Note:
    """`end` is the number of the line after the block."""
    where = f"checkpoints.txt line {end - len(block)}"
    try:
        return parse(b"\n".join(block) + b"\n", where)
    except Malformed as error:
        raise Failure(where, str(error)) from None
