"""Many tablets' connections at once: requests that were made beforehand, sent and timed.

One process on one core, with as little work a request as Python allows; what it takes itself is
measured beside what it measures.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass
from urllib.parse import urlsplit

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length: "


@dataclass(frozen=True, slots=True)
class Request:
    """A POST; `at`: seconds after the beginning at which it is sent, at the earliest."""

    path: str
    body: bytes
    at: float = 0.0


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


def fire(base: str, requests: list[Request], connections: int) -> Fired:
    """Send all over so many kept connections; each sends its next as soon as it is answered."""
    return asyncio.run(_fire(base, requests, connections))


async def _fire(base: str, requests: list[Request], connections: int) -> Fired:
    address = urlsplit(base)
    assert address.hostname
    answers = [Answer(0, b"", 0.0)] * len(requests)
    waiting = deque(enumerate(requests))
    loop = asyncio.get_running_loop()
    made = []
    for _ in range(min(connections, len(requests))):
        _, protocol = await loop.create_connection(_Tablet, address.hostname, address.port)
        made.append(protocol)
    busy, begun = time.process_time(), time.perf_counter()
    await asyncio.gather(*(_go_on(each, waiting, answers, begun) for each in made))
    done = Fired(answers, time.perf_counter() - begun, time.process_time() - busy)
    for protocol in made:
        protocol.transport.close()
    return done


async def _go_on(
    tablet: _Tablet, waiting: deque[tuple[int, Request]], answers: list[Answer], begun: float
) -> None:
    while waiting:
        number, request = waiting.popleft()
        now = time.perf_counter() - begun
        if request.at > now:
            await asyncio.sleep(request.at - now)
        due = max(request.at, now)
        status, body = await tablet.ask(request)
        answers[number] = Answer(status, body, time.perf_counter() - begun - due)


class _Tablet(asyncio.Protocol):
    """One connection; one request at a time."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self._got = bytearray()
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def ask(self, request: Request) -> asyncio.Future[tuple[int, bytes]]:
        self._answer = asyncio.get_running_loop().create_future()
        if self.transport.is_closing():
            self._answer.set_result((0, b""))
            return self._answer
        head = (
            f"POST {request.path} HTTP/1.1\r\nHost: hall\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(request.body)}\r\n\r\n"
        )
        self.transport.write(head.encode() + request.body)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._got += data
        end = self._got.find(HEAD_END)
        if end < 0:
            return
        head = bytes(self._got[:end]).lower()
        start = head.index(LENGTH) + len(LENGTH)
        size = int(head[start:].split(b"\r\n", 1)[0])
        whole = end + len(HEAD_END) + size
        if len(self._got) >= whole:
            body = bytes(self._got[whole - size : whole])
            del self._got[:whole]
            self._settle(int(head[9:12]), body)

    def connection_lost(self, exc: Exception | None) -> None:
        self._settle(0, b"")

    def _settle(self, status: int, body: bytes) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_result((status, body))
