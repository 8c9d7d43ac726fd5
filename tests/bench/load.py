"""Many tablets' kept connections at once, over TLS too: requests made beforehand, sent and timed.

One process on one core, with as little work a request as Python allows; what it takes itself is
measured beside what it measures.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length: "
PATIENCE = 300  # seconds, for all requests together


@dataclass(frozen=True, slots=True)
class Request:
    """A request; `at`: seconds after the beginning at which it is due."""

    path: str
    body: bytes = b""
    at: float = 0.0
    method: str = "POST"


@dataclass(slots=True)
class Answer:
    """status 0: the connection was lost. latency: seconds since the request was due."""

    status: int
    body: bytes
    latency: float


@dataclass(frozen=True, slots=True)
class Fired:
    """All answers in the requests' order, the seconds that it took, and this client's CPU share."""

    answers: list[Answer]
    seconds: float
    client: float  # CPU seconds

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return sum(answer.status == 200 for answer in self.answers) / self.seconds

    @property
    def lost(self) -> int:
        """Requests without a good answer."""
        return sum(answer.status != 200 for answer in self.answers)

    def latency(self, share: float) -> float:
        """The latency that this share of the answers does not exceed."""
        ordered = sorted(answer.latency for answer in self.answers)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def fire(
    base: str,
    requests: list[Request],
    connections: int,
    authority: Path | None = None,
    first: Request | None = None,
) -> Fired:
    """Send all over so many kept connections; each sends its next as soon as it is answered.

    `authority`: who has to have signed the certificate of an https base; `first`: what every
    connection asks before the clock starts, as a tablet's has asked before its ballot. (Over TLS
    gunicorn keeps a thread for a connection that has not asked for anything yet.)
    """
    with ThreadPoolExecutor(1) as aside:  # whoever calls may have an event loop of its own
        firing = _fire(base, requests, connections, authority, first)
        return aside.submit(asyncio.run, firing).result()


async def _fire(
    base: str,
    requests: list[Request],
    connections: int,
    authority: Path | None,
    first: Request | None,
) -> Fired:
    address = urlsplit(base)
    context = ssl.create_default_context(cafile=authority) if address.scheme == "https" else None
    answers = [Answer(0, b"", 0.0)] * len(requests)
    waiting = deque(enumerate(requests))
    loop, made = asyncio.get_running_loop(), []
    try:
        async with asyncio.timeout(PATIENCE):
            for _ in range(min(connections, len(requests))):
                _, protocol = await loop.create_connection(
                    _Tablet, address.hostname or "", address.port or 0, ssl=context
                )
                made.append(protocol)
                if first:
                    await protocol.ask(first)
            busy, begun = time.process_time(), time.perf_counter()
            await asyncio.gather(*(_go_on(each, waiting, answers, begun) for each in made))
            return Fired(answers, time.perf_counter() - begun, time.process_time() - busy)
    finally:
        for protocol in made:
            protocol.transport.abort()
        await asyncio.gather(*(protocol.closed for protocol in made))


async def _go_on(
    tablet: _Tablet, waiting: deque[tuple[int, Request]], answers: list[Answer], begun: float
) -> None:
    while waiting:
        number, request = waiting.popleft()
        now = time.perf_counter() - begun
        if request.at > now:
            await asyncio.sleep(request.at - now)
        due = request.at or now  # where this client is late, that counts as well
        status, body = await tablet.ask(request)
        answers[number] = Answer(status, body, time.perf_counter() - begun - due)


class _Tablet(asyncio.Protocol):
    """One connection; one request at a time."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self._got = bytearray()
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def ask(self, request: Request) -> asyncio.Future[tuple[int, bytes]]:
        self._answer = asyncio.get_running_loop().create_future()
        if self.transport.is_closing():
            self._answer.set_result((0, b""))
            return self._answer
        head = (
            f"{request.method} {request.path} HTTP/1.1\r\nHost: localhost\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(request.body)}\r\n\r\n"
        )
        self.transport.write(head.encode() + request.body)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._got += data
        end = self._got.find(HEAD_END)
        if end < 0:
            return
        head = bytes(self._got[:end]).lower()
        start = head.find(LENGTH) + len(LENGTH)
        if start < len(LENGTH):  # no answer of the product's
            self.transport.abort()
            return
        size = int(head[start:].split(b"\r\n", 1)[0])
        whole = end + len(HEAD_END) + size
        if len(self._got) >= whole:
            body = bytes(self._got[whole - size : whole])
            del self._got[:whole]
            self._settle(int(head[9:12]), body)

    def connection_lost(self, exc: Exception | None) -> None:
        self._settle(0, b"")
        self.closed.set_result(None)

    def _settle(self, status: int, body: bytes) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_result((status, body))
