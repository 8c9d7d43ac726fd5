"""The issuer from the box's side: each operation one exchange.

What a hall does at once goes over connections that are kept; the rest over one of its own, so that
it finds out whether the issuer is there.
"""

from __future__ import annotations

import contextlib
import select
import socket
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

from voting.core.encoding import Json, b64, unb64
from voting.core.errors import Forbidden, Malformed, Refused, Unavailable
from voting.core.poll import Issuer
from voting.core.text import text
from voting.issuer import protocol, tls

_KINDS = {kind.status: kind for kind in (Malformed, Forbidden, Unavailable, Refused)}
_PATIENCE = 20.0  # seconds; making a key takes about one
_GLANCE = 1.0  # seconds; a page waits for this answer
# A line that goes dead without a word is noticed within ten seconds, also while nothing is said.
_ALIVE = {
    socket.TCP_KEEPIDLE: 4,
    socket.TCP_KEEPINTVL: 2,
    socket.TCP_KEEPCNT: 3,
    socket.TCP_USER_TIMEOUT: 10_000,  # milliseconds
}

Connect = Callable[[float], socket.socket]  # how many seconds to be patient → a connection


def embedded(path: Path) -> Connect:
    """To the issuer that listens at a Unix socket of this machine."""

    def connect(patience: float) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(patience)
        try:
            connection.connect(str(path))
        except OSError:
            connection.close()
            raise
        return connection

    return connect


def remote(host: str, port: int, folder: Path) -> Connect:
    """To the issuer of another machine, whose certificate lies in the folder as `peer.crt`."""
    context = tls.calling(folder)

    def connect(patience: float) -> socket.socket:
        connection = socket.create_connection((host, port), patience)
        for option, value in _ALIVE.items():
            connection.setsockopt(socket.IPPROTO_TCP, option, value)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return context.wrap_socket(connection)

    return connect


class IssuerClient:
    """Speaks to one issuer; every method raises `Refused`, `Unavailable` where it is away."""

    def __init__(self, connect: Connect, issuer: Issuer) -> None:
        """`issuer` is what definitions say of it."""
        self._connect = connect
        self._idle: list[socket.socket] = []
        weakref.finalize(self, _hang_up, self._idle)
        self.issuer = issuer

    def open(self, definition: bytes, roster: bytes, epoch: int) -> tuple[bytes, bytes]:
        """Make (or give again) the key of an epoch: SPKI and signature."""
        call = {"definition": definition.decode(), "roster": roster.decode(), "epoch": epoch}
        answer = self._call("open", call)
        return unb64(answer["spki"]), unb64(answer["sig"], 64)

    def confirm(self, poll: bytes, epoch: int, keys: list[Json]) -> None:
        """Tell it all issuers' keys of the epoch."""
        self._call("confirm", {"poll": b64(poll), "epoch": epoch, "keys": keys})

    def replace(
        self, definition: bytes, roster: bytes, number: str, card_id: bytes, card_key: bytes
    ) -> bytes:
        """Its signature for a lost card's replacement; it takes only the new card from now on."""
        poll = {"definition": definition.decode(), "roster": roster.decode()}
        card = {"number": number, "card_id": b64(card_id), "card_key": b64(card_key)}
        return unb64(self._call("replace", {**poll, **card}), 64)

    def issue(self, request: Json) -> bytes:
        """The blind signature for a request, over a connection that is kept for the next one."""
        with _away():
            connection, answer = self._exchange_on_kept({"request": request})
        self._idle.append(connection)
        return unb64(_value(answer), 384)

    def _exchange_on_kept(self, arguments: dict[str, Json]) -> tuple[socket.socket, Json]:
        """Where a kept connection fails, all have; asked again on a new one it answers the same."""
        if kept := self._kept():
            try:
                return kept, _exchange(kept, "issue", arguments)
            except (OSError, EOFError):
                while (lost := self._pop()) is not None:
                    lost.close()
        connection = self._connect(_PATIENCE)
        return connection, _exchange(connection, "issue", arguments)

    def alive(self, poll: bytes, epoch: int, spki: bytes) -> bool:
        """Whether it holds that key of that epoch; an issuer that is away does not."""
        asked = {"poll": b64(poll), "epoch": epoch, "spki": b64(spki)}
        try:
            return bool(self._call("alive", asked, _GLANCE))
        except Unavailable:
            return False

    def answers(self) -> bool:
        """Whether it answers at all, asked in passing."""
        nothing = {"poll": b64(bytes(32)), "epoch": 0, "spki": ""}
        try:
            self._call("alive", nothing, _GLANCE)
        except Unavailable:
            return False
        return True

    def close(self, poll: bytes) -> None:
        """Destroy the poll's key for good."""
        self._call("close", {"poll": b64(poll)})

    def _call(self, name: str, arguments: dict[str, Json], patience: float = _PATIENCE) -> Json:
        with _away(), self._connect(patience) as connection:
            answer = _exchange(connection, name, arguments)
        return _value(answer)

    def _kept(self) -> socket.socket | None:
        """A connection that an earlier request for a ballot has left, and that still stands."""
        while (connection := self._pop()) is not None:
            if not _has_ended(connection):
                return connection
            connection.close()
        return None

    def _pop(self) -> socket.socket | None:
        with contextlib.suppress(IndexError):  # none is left, or somebody was quicker
            return self._idle.pop()
        return None


@contextlib.contextmanager
def _away() -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError) as error:
        away = text("发票机暂时没有回应，请稍候，系统会自动重试。")
        raise Unavailable("issuer_away", away) from error


def _exchange(connection: socket.socket, name: str, arguments: dict[str, Json]) -> Json:
    try:
        protocol.send(connection, {"call": name, **arguments})
        return protocol.receive(connection)
    except BaseException:  # an answer that comes late must not be taken for the next one's
        connection.close()
        raise


def _value(answer: Json) -> Json:
    if "refused" in answer:
        refused = answer["refused"]
        raise _KINDS.get(refused["status"], Refused)(refused["code"], refused["message"])
    return answer["ok"]


def _hang_up(connections: list[socket.socket]) -> None:
    for connection in connections:
        connection.close()


def _has_ended(connection: socket.socket) -> bool:
    """Whether the issuer has hung up: nothing else can be read between two exchanges."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))
