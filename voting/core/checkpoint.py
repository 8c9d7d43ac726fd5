"""Checkpoints of the log: C2SP tlog-checkpoint in a C2SP signed-note, cosigned by witnesses.

    piaojue/demo-county
    2
    fQUEyQ2nYmn0AWcn3s4qHB0hHb3sXjPZ8FQOXqUlPPM=

    — piaojue/demo-county 1cVLnSm2u3…
    — piaojue/demo-county/w1 y0jHlAAAAABpbu…

Origin and key name are `piaojue/<congress_id>`; base64 is the standard one with padding; the first
signature line is the log key's 4-byte id and its Ed25519 signature over the text above the empty
line with its last LF. The key id is SHA-256(name ‖ LF ‖ 0x01 ‖ key)[:4] (signed-note, Ed25519).

A witness's line (C2SP tlog-cosignature, cosignature/v1) is its key id, made with 0x04 and the name
`<origin>/<witness id>`, the time in 8 bytes, big endian, and an Ed25519 signature over
`cosignature/v1 LF time <decimal> LF` and the same text. Whoever knows the witness's name and key
from a *verifier key*, `<name>+<key id in hex>+<base64 of 0x04 ‖ key>`, can tell one mistyped.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from voting.core import signing
from voting.core.encoding import is_id, sha256
from voting.core.errors import Malformed, Unavailable

_NOTE_KEY, _COSIGNATURE_KEY = b"\x01", b"\x04"  # what a key id says of its key
_SIZE = re.compile("0|[1-9][0-9]{0,15}")
_LINE = re.compile("— ([^\\s+]+) ([A-Za-z0-9+/]+={0,2})")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed head of a log: its origin, size in entries, and 32-byte root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> bytes:
        """The signed text, which ends in LF."""
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\n".encode()


@dataclass(frozen=True, slots=True)
class Cosigner:
    """A witness as its lines name it: the key's name in notes, and its Ed25519 key, 32 bytes."""

    name: str
    key: bytes

    def verifier_key(self) -> str:
        """What a person copies to make the witness known (C2SP signed-note, verifier keys)."""
        id_ = key_id(self.name, self.key, _COSIGNATURE_KEY).hex()
        return f"{self.name}+{id_}+{_base64(_COSIGNATURE_KEY + self.key)}"

    @classmethod
    def parse(cls, text: str) -> Cosigner:
        """From what `verifier_key` prints; `Malformed` for anything else."""
        name, _, rest = text.partition("+")
        data = _unbase64(rest.partition("+")[2])
        made = cls(name, data[1:])
        if len(data) != 33 or made.verifier_key() != text:
            raise Malformed("bad_verifier_key", "见证机的公钥有误，请从见证机上完整复制。")
        return made


def origin(congress_id: str) -> str:
    """The name of a congress's log and of its key."""
    return f"piaojue/{congress_id}"


def cosigner(log: str, witness_id: str, key: bytes) -> Cosigner:
    """A witness of the log of that name; `Malformed` where its id is none."""
    if not is_id(witness_id):
        raise Malformed("bad_id", "标识只能用小写字母、数字和连字符，最多64个字符。")
    return Cosigner(f"{log}/{witness_id}", key)


def key_id(name: str, key: bytes, kind: bytes = _NOTE_KEY) -> bytes:
    """The 4 bytes by which a signature line names its key."""
    return sha256(name.encode() + b"\n" + kind + key)[:4]


def sign(checkpoint: Checkpoint, log_key: Ed25519PrivateKey) -> str:
    """The signed note of a checkpoint."""
    text = checkpoint.text()
    id_ = key_id(checkpoint.origin, signing.ed25519_public(log_key))
    return f"{text.decode()}\n{_line(checkpoint.origin, id_ + log_key.sign(text))}"


def cosign(checkpoint: Checkpoint, name: str, key: Ed25519PrivateKey, now: int) -> str:
    """A witness's line under the checkpoint's note; `now` is Unix seconds."""
    id_ = key_id(name, signing.ed25519_public(key), _COSIGNATURE_KEY)
    return _line(name, id_ + now.to_bytes(8, "big") + key.sign(_cosigned(checkpoint, now)))


def is_cosigned(checkpoint: Checkpoint, line: str, witness: Cosigner) -> bool:
    """Whether `line`, which ends in LF, is the witness's cosignature of the checkpoint."""
    match = _LINE.fullmatch(line.removesuffix("\n"))
    blob = _unbase64(match[2]) if match else b""
    if len(blob) != 76 or line != _line(witness.name, blob):
        return False
    time = int.from_bytes(blob[4:12], "big")
    if time >= 2**63 or blob[:4] != key_id(witness.name, witness.key, _COSIGNATURE_KEY):
        return False
    return signing.ed25519_verify(witness.key, blob[12:], _cosigned(checkpoint, time))


def open_note(
    note: str, name: str, log_key: bytes, witnesses: Sequence[Cosigner] = ()
) -> Checkpoint:
    """The checkpoint of a note that `sign` made with that key; else `Malformed`.

    Cosignature lines may follow the log's. Those of `witnesses` must be there, one each: else
    `Unavailable`, because a witness may still be on its way. Others are not looked at.
    """
    text, _, signatures = note.rpartition("\n\n")
    first, *lines = signatures.split("\n")
    checkpoint = _parse(text, name)
    blob = _unbase64(first.removeprefix(f"— {name} "))
    whole = "\n".join([f"{text}\n", _line(name, blob).rstrip("\n"), *lines])
    good = whole == note and lines[-1:] == [""] and all(map(_LINE.fullmatch, lines[:-1]))
    if not good or blob[:4] != key_id(name, log_key):
        raise _bad_note()
    if not signing.ed25519_verify(log_key, blob[4:], checkpoint.text()):
        raise _bad_note()
    for witness in witnesses:
        _require_cosigned(checkpoint, lines, witness)
    return checkpoint


def _parse(text: str, name: str) -> Checkpoint:
    """The checkpoint whose text this is, without its last LF."""
    parts = text.split("\n")
    if len(parts) != 3 or not _SIZE.fullmatch(parts[1]):
        raise _bad_note()
    checkpoint = Checkpoint(name, int(parts[1]), _unbase64(parts[2]))
    if checkpoint.text() != f"{text}\n".encode() or len(checkpoint.root) != 32:
        raise _bad_note()
    return checkpoint


def _bad_note() -> Malformed:
    return Malformed("bad_checkpoint", "日志检查点的签名或格式有误。")


def _require_cosigned(checkpoint: Checkpoint, lines: Sequence[str], witness: Cosigner) -> None:
    own = [line for line in lines if line.startswith(f"— {witness.name} ")]
    if not own:
        raise Unavailable("not_witnessed", "见证人尚未见证日志到这一步，请稍候。")
    if len(own) > 1 or not is_cosigned(checkpoint, f"{own[0]}\n", witness):
        raise Malformed("bad_cosignature", "见证人的签名有误，请立即报告监票人。")


def _cosigned(checkpoint: Checkpoint, time: int) -> bytes:
    return b"cosignature/v1\ntime %d\n" % time + checkpoint.text()


def _line(name: str, blob: bytes) -> str:
    return f"— {name} {_base64(blob)}\n"


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _unbase64(text: str) -> bytes:
    """The bytes of standard base64, b'' for anything else; a caller compares the spelling."""
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return b""
