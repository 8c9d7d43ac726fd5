"""nginx in front: who is slow or idle stops nobody, and what passes through it leaves no trace.

With the real nginx, where there is one: `tests/run` installs it where it may.
"""

from __future__ import annotations

import os
import resource
import signal
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import urllib3

from tests.hardening import wire
from tests.hardening.front import NGINX, Fronted, fronted
from tests.world import a_poll, all_do, until_frozen
from voting.client.rehearsal import Rehearsal
from voting.client.tablet import Tablet
from voting.operations.nginx import memory

pytestmark = pytest.mark.skipif(NGINX is None, reason="no nginx here")

DEPUTIES = 12
IDLE = 10_000  # as many as the machine lets one process open
HALF_SENT = 300  # the server has 16 threads
SLOW_READERS = 100
MARK = "nobody-may-keep-this"


@pytest.fixture(scope="module")
def vote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Rehearsal, list[Tablet]]]:
    """Voting is open, and nobody has voted."""
    with fronted(tmp_path_factory.mktemp("front"), DEPUTIES) as world:
        poll = a_poll(world)
        tablets = world.tablets()
        all_do(tablets, "check_in")
        until_frozen(world, poll, tablets)
        world.step(poll, "open")
        all_do(tablets, "check_roll")
        yield world, tablets


def host(world: Rehearsal) -> Fronted:
    """The server with nginx."""
    assert isinstance(world.host, Fronted)
    return world.host


def half_a_ballot(body: bytes) -> bytes:
    """The beginning of a ballot that claims to be longer."""
    length = f"Content-Length: {2 * len(body)}"
    return wire.request("POST", "/api/cast", "Content-Type: application/json", length, body=body)


def room() -> int:
    """How many connections this process may open, some left for the tablets."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return min(IDLE, hard - 2 * HALF_SENT - 1000)


def waits(connection: socket.socket) -> bool:
    """Whether the server still keeps a connection open."""
    connection.setblocking(False)
    try:
        return connection.recv(1) != b""
    except (BlockingIOError, ssl.SSLWantReadError):
        return True
    except OSError:
        return False


def test_slow_and_idle_clients_do_not_stop_a_vote(
    vote: tuple[Rehearsal, list[Tablet]],
) -> None:
    world, tablets = vote
    front = host(world)
    with ExitStack() as stack:

        def opened(context: ssl.SSLContext | None, data: bytes) -> socket.socket:
            connection = stack.enter_context(wire.connect(front.port, context))
            connection.sendall(data)
            return connection

        idle = [opened(None, b"") for _ in range(room())]
        context = front.context()
        largest = wire.request("GET", "/static/js/tablet.js")
        readers = [opened(context, largest) for _ in range(SLOW_READERS)]
        halves = [opened(context, half_a_ballot(b"{" * 100)) for _ in range(HALF_SENT)]
        for tablet in tablets[:-1]:
            tablet.cast([0, 0, 0, None, None])
            for half in halves:
                half.sendall(b"{")  # or nginx would give them up after ten seconds
        assert sum(map(waits, halves)) == HALF_SENT, "they were to be there all the while"
        assert sum(map(waits, readers)) == SLOW_READERS
        assert len(idle) >= 1000
    assert world.http.get("/api/status")["poll"]["returned"] == DEPUTIES - 1


def test_half_a_ballot_lies_in_memory_only(vote: tuple[Rehearsal, list[Tablet]]) -> None:
    front = host(vote[0])
    body = b'{"key": "' + MARK.encode() * 700
    assert 13_000 < len(body) < 16_384
    data = wire.request("POST", "/api/cast", f"Content-Length: {len(body) + 9}", body=body)
    with wire.connect(front.port, front.context()) as half:
        half.sendall(data)
        time.sleep(0.3)  # for nginx to have it
        assert waits(half)
        assert not any(".body" in name or ".proxy" in name for name in open_files(front))
    for suffix in (".body", ".proxy", ".cache"):
        for path in Path(memory(front.instance) + suffix).rglob("*"):
            assert path.is_dir() or MARK.encode() not in path.read_bytes()


def open_files(front: Fronted) -> list[str]:
    """The files that nginx has open."""
    assert front.nginx
    children = Path(f"/proc/{front.nginx.pid}/task/{front.nginx.pid}/children").read_text()
    names = []
    for process in [front.nginx.pid, *children.split()]:
        names += [os.readlink(name) for name in Path(f"/proc/{process}/fd").iterdir()]
    assert names
    return names


def hostile(front: Fronted) -> None:
    """Requests that a server may want to complain of, each with the mark in it."""
    context, line = front.context(), f"{MARK}\r\n".encode()
    for where, tls in ((front.port, context), (front.behind, None)):
        for data in (
            wire.request("GET", f"/api/{MARK}", f"X-{MARK}: \x00"),
            wire.request("GET", f"/{MARK}", f"{MARK}"),
            wire.request("GET", f"/{MARK}/%00%ff?{MARK}=%"),
            wire.request("POST", "/api/cast", f"Content-Length: {MARK}"),
            wire.request("POST", "/api/cast", "Transfer-Encoding: chunked", body=line),
            wire.request("POST", "/api/cast", f"Transfer-Encoding: {MARK}, chunked"),
            wire.request("POST", "/login", f"Cookie: session={MARK}; __Host-session={MARK}"),
            wire.request("GET", "/" + MARK * 1000),
            line + b"\r\n",
            b"\x16\x03\x01" + line * 10,
        ):
            wire.say(where, data, tls)
        with wire.connect(where) as plain:
            plain.sendall(MARK.encode())  # to nginx no TLS at all, and gone
        for rest in (half_a_ballot(MARK.encode()), wire.request("GET", f"/{MARK}")[:-2]):
            with wire.connect(where, tls) as gone:
                gone.sendall(rest)


def test_the_log_names_no_sender_and_no_byte_of_what_came(
    vote: tuple[Rehearsal, list[Tablet]],
) -> None:
    world, tablets = vote
    front = host(world)
    before = files(front)
    hostile(front)
    log = (front.instance.parent / "server.log").read_text()
    assert "127.0.0.1" not in log
    assert MARK not in log
    tablets[-1].cast([0, 0, 0, None, None])
    assert {path for path, data in files(front).items() if MARK.encode() in data} == set()
    assert set(files(front)) == set(before)


def files(front: Fronted) -> dict[Path, bytes]:
    """Everything that lies on the disk."""
    return {path: path.read_bytes() for path in front.instance.parent.rglob("*") if path.is_file()}


def test_what_everybody_may_see_is_asked_for_once(vote: tuple[Rehearsal, list[Tablet]]) -> None:
    """While nginx holds an answer, it is given without the server; a status is a second old."""
    world, _ = vote
    front = host(world)
    for path in ("/tablet", "/static/js/tablet.js", "/api/status"):
        assert urllib3.request("GET", front.base + path).status == 200
    assert front.process
    os.killpg(front.process.pid, signal.SIGSTOP)
    try:
        for path in ("/tablet", "/static/js/tablet.js"):
            answer = urllib3.request("GET", front.base + path, timeout=5, retries=False)
            assert answer.status == 200
    finally:
        os.killpg(front.process.pid, signal.SIGCONT)
