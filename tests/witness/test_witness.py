"""A witness never signs two histories: whatever it is shown, whenever it is killed.

The server is played, with the log's own key, so that it can lie; the witness is real.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from voting.core import checkpoint, merkle, signing
from voting.core.checkpoint import Checkpoint, Cosigner
from voting.core.encoding import b64
from voting.core.errors import Refused
from voting.witness import memory
from voting.witness.memory import NotSetUp, State
from voting.witness.witness import TwoHistories, Witness

CONGRESS = "demo"
NAME = checkpoint.origin(CONGRESS)
LOG = Ed25519PrivateKey.generate()
HONEST = [b"entry %d" % place for place in range(40)]
FORKED = [*HONEST[:7], *(b"other %d" % place for place in range(33))]


def head(entries: list[bytes]) -> Checkpoint:
    return Checkpoint(NAME, len(entries), merkle.root(entries))


def note(entries: list[bytes]) -> str:
    return checkpoint.sign(head(entries), LOG)


def proof(entries: list[bytes], old: int) -> list[str]:
    hashes = [merkle.leaf_hash(entry) for entry in entries]
    return [b64(node) for node in merkle.consistency_proof(hashes, old)] if old else []


def made(folder: Path, server: str = "http://unused.invalid") -> Path:
    public = signing.ed25519_public(LOG)
    memory.set_up(folder, State(server, CONGRESS, public, "w1"))
    return folder


@contextmanager
def witness_of(folder: Path) -> Iterator[Witness]:
    """The witness as it starts; afterwards it is as if it had been killed."""
    kept = memory.opened(folder)
    yield Witness(kept)
    kept.close()


def test_it_signs_what_continues_and_nothing_else(tmp_path: Path) -> None:
    folder = made(tmp_path / "w")
    with witness_of(folder) as witness:
        witness.follow(note(HONEST[:3]), [])
        witness.follow(note(HONEST[:9]), proof(HONEST[:9], 3))
        line = witness.cosignature(1795400000)
        assert checkpoint.is_cosigned(head(HONEST[:9]), line, witness.identity())
        lies = {
            "another history": (note(FORKED[:12]), proof(FORKED[:12], 9)),
            "another root": (note(FORKED[:9]), []),
            "no proof": (note(HONEST[:12]), []),
            "proof of another": (note(HONEST[:12]), proof(HONEST[:12], 8)),
        }
        for lie, shown in lies.items():
            with pytest.raises(TwoHistories) as caught:
                witness.follow(*shown)
            assert caught.value.evidence() == f"{note(HONEST[:9])}\n{shown[0]}", lie
        other_log = checkpoint.sign(Checkpoint("piaojue/other", 12, bytes(32)), LOG)
        stranger = checkpoint.sign(head(HONEST[:12]), Ed25519PrivateKey.generate())
        older = note(HONEST[:3])
        for shown_note in (other_log, stranger, older, "", note(HONEST[:12])[:-5]):
            with pytest.raises(Refused):
                witness.follow(shown_note, proof(HONEST[:12], 9))
        assert witness.size == 9
        assert line == witness.cosignature(1795400000)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.booleans(), st.integers(1, 40), st.booleans()), max_size=12))
def test_all_that_it_ever_signs_is_one_history(story: list[tuple[bool, int, bool]]) -> None:
    """Shown two histories in any order and killed in between, also after the head was kept."""
    signed: dict[int, bytes] = {}
    with TemporaryDirectory() as name:
        folder = made(Path(name, "w"))
        for honest, size, killed in story:
            with witness_of(folder) as witness:
                entries = (HONEST if honest else FORKED)[:size]
                shown = proof(entries, witness.size) if witness.size <= size else []
                with suppress(TwoHistories, Refused):
                    witness.follow(note(entries), shown)
                if not killed and witness.size:
                    line = witness.cosignature(1)
                    root = next(
                        head(history[: witness.size]).root
                        for history in (HONEST, FORKED)
                        if checkpoint.is_cosigned(
                            head(history[: witness.size]), line, witness.identity()
                        )
                    )
                    assert signed.setdefault(witness.size, root) == root
    histories = [HONEST, FORKED]
    assert any(
        all(head(history[:size]).root == root for size, root in signed.items())
        for history in histories
    )


def test_its_folder_is_its_own(tmp_path: Path) -> None:
    folder = made(tmp_path / "w")
    with witness_of(folder) as witness:
        key = witness.identity().verifier_key()
        assert Cosigner.parse(key) == witness.identity()
        with pytest.raises(NotSetUp, match="another process"):
            memory.opened(folder)
    for name in (memory.KEY, memory.STATE):
        assert (folder / name).stat().st_mode & 0o777 == 0o600
    with witness_of(folder) as witness:
        assert witness.identity().verifier_key() == key
    (folder / memory.STATE).unlink()
    with pytest.raises(NotSetUp, match="must not sign again"):
        made(folder)
    memory._write(folder / memory.STATE, b"{}")
    with pytest.raises(Refused):
        memory.opened(folder)


class PlayedServer:
    """A server with the log's key: it shows `entries`, a checkpoint at every size."""

    def __init__(self) -> None:
        self.entries: list[bytes] = HONEST[:5]
        self.lines: list[tuple[int, str]] = []  # what it was given
        self.hold = threading.Event()  # while it is not set, what is given is not answered
        self.hold.set()
        self.restored = False  # from a copy that is older than what it signed since

    def get(self, path: str) -> object:
        if path == "/api/status":
            key = b64(signing.ed25519_public(LOG))
            return {"congress": {"id": CONGRESS}, "log_key": key}
        size = int(path.rpartition("/")[2])
        if size >= len(self.entries):
            return {"checkpoint": None, "proof": []}
        entries = self.entries[: size + 1]
        return {"checkpoint": note(entries), "proof": proof(entries, size)}

    def post(self, body: bytes) -> object:
        given = json.loads(body)
        self.lines.append((given["size"], given["cosignature"]))
        self.hold.wait(20)
        return {"kept": True}

    def sizes(self) -> set[int]:
        return {size for size, _ in self.lines}


@contextmanager
def served(played: PlayedServer) -> Iterator[str]:
    """The played server at an address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(played.get(self.path), forgotten=played.restored)

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            self._answer(played.post(self.rfile.read(length)))

        def _answer(self, value: object, forgotten: bool = False) -> None:
            body = json.dumps({"code": "unknown_checkpoint"} if forgotten else value).encode()
            self.send_response(400 if forgotten else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(OSError):  # it was killed meanwhile
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        played.hold.set()
        server.shutdown()


def started(folder: Path, server: str) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-m",
        "voting.witness",
        str(folder),
        "--server",
        server,
        "--id",
        "w1",
    ]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def until(condition: object, *arguments: object) -> None:
    end = time.monotonic() + 20
    while not condition(*arguments):  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.02)


def identity(folder: Path) -> Cosigner:
    """Read beside the process, which holds the folder."""
    secret = (folder / memory.KEY).read_bytes()
    public = signing.ed25519_public(Ed25519PrivateKey.from_private_bytes(secret))
    return checkpoint.cosigner(NAME, "w1", public)


def test_a_server_that_shows_two_histories_is_caught(tmp_path: Path) -> None:
    played, folder = PlayedServer(), tmp_path / "w"
    with served(played) as server:
        process = started(folder, server)
        until(lambda: played.sizes() >= {1, 2, 3, 4, 5})
        played.entries = HONEST[:10]
        until(lambda: 10 in played.sizes())
        played.entries = FORKED
        _, told = process.communicate(timeout=20)
        assert process.returncode == 1
        assert "两个不同的历史" in told.decode()
        evidence = (folder / "two-histories.txt").read_text()
        assert evidence == f"{note(HONEST[:10])}\n{note(FORKED[:11])}"
        again = started(folder, server)  # who starts it again gets the same answer
        assert again.wait(20) == 1
        again.communicate()
    mine = identity(folder)
    for size, line in played.lines:
        assert checkpoint.is_cosigned(head(HONEST[:size]), line, mine)
    assert max(played.sizes()) == 10


def test_a_server_that_does_not_know_any_more_what_it_signed_is_caught(tmp_path: Path) -> None:
    played, folder = PlayedServer(), tmp_path / "w"
    with served(played) as server:
        process = started(folder, server)
        until(lambda: 5 in played.sizes())
        played.restored = True
        process.communicate(timeout=20)
        assert process.returncode == 1
    assert (folder / "two-histories.txt").read_text() == f"{note(HONEST[:5])}\n"


def test_killed_before_its_signature_arrived_it_signs_the_same_again(tmp_path: Path) -> None:
    played, folder = PlayedServer(), tmp_path / "w"
    played.hold.clear()
    with served(played) as server:
        for entries in (HONEST[:1], HONEST[:1], FORKED[:1]):
            played.entries = entries
            process = started(folder, server)
            before = len(played.lines)
            until(lambda before=before: len(played.lines) > before)
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
        played.entries = [b"other"] * 9  # another history from the very first entry
        played.hold.set()
        process = started(folder, server)
        process.communicate(timeout=20)
        assert process.returncode == 1
    assert len(played.lines) == 4
    mine = identity(folder)
    assert all(checkpoint.is_cosigned(head(HONEST[:1]), line, mine) for _, line in played.lines)
