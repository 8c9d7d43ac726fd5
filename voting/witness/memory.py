"""What a witness keeps: its key, and the last head that it may have signed, in a folder of its own.

The order of events: the state is written before the key is made, and a head is on disk (file and
folder synced) before its cosignature exists. So whatever was ever signed continues what the state
says, also after `kill -9` or a power cut; and a key whose state is gone never signs again.
"""

from __future__ import annotations

import fcntl
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from voting.core import checkpoint
from voting.core.checkpoint import Checkpoint
from voting.core.encoding import b64, fields, jcs, parse_jcs, unb64

KEY, STATE, LOCK = "witness.key", "state.json", "lock"


class NotSetUp(Exception):
    """The folder is not one that this witness may sign from; the message says what to do."""


@dataclass(frozen=True, slots=True)
class State:
    """Whose log is followed, from where, as whom; and the note of its last head, '' before one.

    `log_key` is 32 bytes, learnt when the witness was set up and never changed.
    """

    server: str
    congress: str
    log_key: bytes
    witness: str
    note: str = ""

    @property
    def name(self) -> str:
        """The log's origin and key name."""
        return checkpoint.origin(self.congress)

    def head(self) -> Checkpoint | None:
        """The last head, or None before the first."""
        return checkpoint.open_note(self.note, self.name, self.log_key) if self.note else None

    def to_bytes(self) -> bytes:
        """state.json."""
        return jcs(asdict(self) | {"log_key": b64(self.log_key)})

    @classmethod
    def parse(cls, data: bytes) -> State:
        """The state that prints as `data`; else `Malformed`."""
        names = ("server", "congress", "log_key", "witness", "note")
        server, congress, key, witness, note = fields(parse_jcs(data), dict.fromkeys(names, str))
        return cls(server, congress, unb64(key, 32), witness, note)


class Memory:
    """An open folder: one process at a time holds it."""

    def __init__(self, folder: Path, state: State, key: Ed25519PrivateKey, lock: int) -> None:
        """Use `set_up` or `opened`."""
        self._folder, self._lock = folder, lock
        self.state, self.key = state, key

    def keep(self, note: str) -> None:
        """Remember a head durably: only what was kept may be signed."""
        state = replace(self.state, note=note)
        _write(self._folder / STATE, state.to_bytes())
        self.state = state

    def close(self) -> None:
        """Let another process have the folder."""
        os.close(self._lock)


def is_set_up(folder: Path) -> bool:
    """Whether there is a state, so that nothing needs to be asked for."""
    return (folder / STATE).exists()


def set_up(folder: Path, state: State) -> None:
    """Make a witness: its state, then its key; nothing that stands is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    if (folder / KEY).exists():
        raise NotSetUp(f"{folder} has a key whose state is gone: it must not sign again")
    _write(folder / STATE, state.to_bytes())


def opened(folder: Path) -> Memory:
    """The folder of a witness that was set up, for this process alone."""
    lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise NotSetUp(f"another process is the witness of {folder} already") from error
    state = State.parse((folder / STATE).read_bytes())
    return Memory(folder, state, _key(folder / KEY), lock)


def _key(path: Path) -> Ed25519PrivateKey:
    """The key of a file that only its owner can read, made where there is none yet."""
    if not path.exists():
        _write(path, Ed25519PrivateKey.generate().private_bytes_raw())
    secret = path.read_bytes()
    if len(secret) != 32 or path.stat().st_mode & 0o077:
        raise NotSetUp(f"{path} must be 32 bytes, readable by its owner only")
    return Ed25519PrivateKey.from_private_bytes(secret)


def _write(path: Path, data: bytes) -> None:
    """Put a file in place whole and durably, readable by its owner only."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
