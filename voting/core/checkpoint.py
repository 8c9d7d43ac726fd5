"""Checkpoints of the log: C2SP tlog-checkpoint in a C2SP signed-note.

    piaojue/demo-county
    2
    fQUEyQ2nYmn0AWcn3s4qHB0hHb3sXjPZ8FQOXqUlPPM=

    — piaojue/demo-county 1cVLnSm2u3…

Origin and key name are `piaojue/<congress_id>`; base64 is the standard one with padding; the
signature line is the key's 4-byte id and its Ed25519 signature over the text above the empty line
with its last LF. The key id is SHA-256(name ‖ LF ‖ 0x01 ‖ key)[:4] (signed-note, Ed25519).
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from voting.core import signing
from voting.core.encoding import sha256
from voting.core.errors import Malformed


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed head of a log: its origin, size in entries, and 32-byte root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> bytes:
        """The signed text, which ends in LF."""
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\n".encode()


def origin(congress_id: str) -> str:
    """The name of a congress's log and of its key."""
    return f"piaojue/{congress_id}"


def key_id(name: str, key: bytes) -> bytes:
    """The 4 bytes by which a signature line names its key."""
    return sha256(name.encode() + b"\n\x01" + key)[:4]


def sign(checkpoint: Checkpoint, log_key: Ed25519PrivateKey) -> str:
    """The signed note of a checkpoint."""
    text = checkpoint.text()
    public = signing.ed25519_public(log_key)
    line = _base64(key_id(checkpoint.origin, public) + log_key.sign(text))
    return f"{text.decode()}\n— {checkpoint.origin} {line}\n"


def open_note(note: str, name: str, log_key: bytes) -> Checkpoint:
    """The checkpoint of a note that `sign` made with that key; else `Malformed`."""
    bad = Malformed("bad_checkpoint", "日志检查点的签名或格式有误。")
    text, separator, signature = note.rpartition("\n\n")
    parts = text.split("\n")
    if not separator or len(parts) != 3 or parts[0] != name:
        raise bad
    try:
        checkpoint = Checkpoint(name, int(parts[1]), base64.b64decode(parts[2], validate=True))
        blob = base64.b64decode(signature.removeprefix(f"— {name} ").rstrip("\n"), validate=True)
    except (ValueError, binascii.Error) as error:
        raise bad from error
    again = f"{checkpoint.text().decode()}\n— {name} {_base64(blob)}\n"
    if again != note or len(checkpoint.root) != 32 or checkpoint.size < 0:
        raise bad
    if blob[:4] != key_id(name, log_key):
        raise bad
    if not signing.ed25519_verify(log_key, blob[4:], checkpoint.text()):
        raise bad
    return checkpoint


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
