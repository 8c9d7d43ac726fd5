"""`python -m voting.issuer`: run an issuer, beside the box or alone on a machine of its own.

Alone, its owner makes it (`init`), takes the box's certificate (`trust`), accepts each poll by its
核验码 (`accept`) and each replaced card (`allow`), and has it listen (`serve --listen`).
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import socket
import socketserver
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from voting.core.encoding import Json, b64, unb64
from voting.core.errors import Refused
from voting.core.poll import verification_code
from voting.core.text import text
from voting.issuer import gate, hardening, protocol, setup, tls
from voting.issuer.gate import Gate
from voting.issuer.journal import Journal, NewCard
from voting.issuer.service import Service

log = logging.getLogger("voting.issuer")
PATIENCE = 20.0  # seconds for the handshake


def calls(service: Service) -> dict[str, Callable[[Json], Json]]:
    """The protocol's operations by name, each from its request to its answer."""
    return {
        "open": lambda r: _opened(
            service.open(r["definition"].encode(), r["roster"].encode(), r["epoch"])
        ),
        "confirm": lambda r: service.confirm(unb64(r["poll"], 32), r["epoch"], r["keys"]),
        "replace": lambda r: b64(
            service.replace(r["definition"].encode(), r["roster"].encode(), _new_card(r))
        ),
        "issue": lambda r: b64(service.issue(r["request"])),
        "alive": lambda r: service.alive(unb64(r["poll"], 32), r["epoch"], unb64(r["spki"])),
        "close": lambda r: service.close(unb64(r["poll"], 32)),
    }


def _new_card(request: Json) -> NewCard:
    card_id, card_key = unb64(request["card_id"], 16), unb64(request["card_key"], 65)
    return NewCard(request["number"], card_id, card_key)


def _opened(made: tuple[bytes, bytes]) -> Json:
    return {"spki": b64(made[0]), "sig": b64(made[1])}


def answer(operations: dict[str, Callable[[Json], Json]], request: Json) -> Json:
    """What one request is answered; a fault of ours is logged by its kind only."""
    try:
        return {"ok": operations[request["call"]](request)}
    except Refused as refused:
        return {
            "refused": {
                "code": refused.code,
                "message": refused.message,
                "status": refused.status,
            }
        }
    except Exception as error:
        log.error("a request failed: %s", type(error).__name__)
        message = text("发票机出错，请联系工作人员。")
        return {"refused": {"code": "issuer_fault", "message": message, "status": 503}}


class _Local(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 512  # a whole hall may ask at once


class _Alone(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    request_queue_size = 512
    allow_reuse_address = True

    def get_request(self) -> tuple[socket.socket, Any]:
        """A connection; where the box's machine has vanished it ends some time."""
        connection, address = super().get_request()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return connection, address


Secure = Callable[[socket.socket], socket.socket]


def _handler(folder: Path, word: Gate, secure: Secure) -> type[socketserver.BaseRequestHandler]:
    key = Ed25519PrivateKey.from_private_bytes((folder / setup.KEY).read_bytes())
    journal = Journal(folder / "journal.db")
    operations = calls(Service(setup.read_identity(folder).id, key, journal, word))

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(EOFError, OSError, Refused):  # the other side is gone
                self.request.settimeout(PATIENCE)
                with secure(self.request) as connection:
                    connection.settimeout(None)  # the box keeps it for its next request
                    while True:
                        protocol.send(connection, answer(operations, protocol.receive(connection)))

    return Handler


def serve_beside(folder: Path) -> None:
    """Serve the box of this machine until killed; nothing in memory outlives the process."""
    handler = _handler(folder, gate.Open(), lambda connection: connection)
    path = folder / "socket"
    path.unlink(missing_ok=True)
    with _Local(str(path), handler) as server:
        path.chmod(0o600)
        server.serve_forever()


def serve_alone(folder: Path, address: tuple[str, int]) -> None:
    """Serve the box of another machine until killed: the one whose certificate is pinned."""
    context = tls.serving(folder)
    secure = partial(context.wrap_socket, server_side=True)
    with _Alone(address, _handler(folder, gate.Owner(folder), secure)) as server:
        server.serve_forever()


def main() -> None:
    """Do what the command line says; serving, harden this process first."""
    arguments = _arguments()
    logging.basicConfig(format="issuer: %(message)s")
    os.umask(0o077)
    try:
        arguments.run(arguments)
    except Refused as refused:
        sys.exit(refused.message)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m voting.issuer", description=__doc__)
    commands = parser.add_subparsers(required=True)

    def command(run: Callable[[argparse.Namespace], None], *names: str) -> argparse.ArgumentParser:
        added = commands.add_parser(run.__name__.strip("_"), help=run.__doc__)
        added.set_defaults(run=run)
        added.add_argument("folder", type=Path)
        for name in names:
            added.add_argument(name)
        return added

    where = command(_serve).add_mutually_exclusive_group()
    where.add_argument("--parent", type=int, help="end when this process, our parent, ends")
    where.add_argument("--listen", type=_address, metavar="HOST:PORT", help="alone, over TLS")
    command(_init, "id", "name")
    command(_trust, "certificate")
    command(_accept, "definition", "roster")
    command(_allow, "code", "number")
    return parser.parse_args()


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def _serve(arguments: argparse.Namespace) -> None:
    """run the issuer of that folder"""
    if arguments.parent:
        hardening.die_with(arguments.parent)
    hardening.forbid_dumps()
    if arguments.listen:
        serve_alone(arguments.folder, arguments.listen)
    else:
        serve_beside(arguments.folder)


def _init(arguments: argparse.Namespace) -> None:
    """make an issuer that stands alone: its keys, and public.json for the box's owner"""
    print(setup.make_alone(arguments.folder, arguments.id, arguments.name))


def _trust(arguments: argparse.Namespace) -> None:
    """answer the box of this certificate, and nobody else"""
    setup.trust(arguments.folder, Path(arguments.certificate).read_bytes())


def _accept(arguments: argparse.Namespace) -> None:
    """accept a poll: definition.json and roster.jsonl; compare the 核验码 with the hall's"""
    texts = [Path(path).read_bytes() for path in (arguments.definition, arguments.roster)]
    poll = gate.Owner(arguments.folder).accept(*texts)
    code = verification_code(poll.poll_hash)
    print(text("%(title)s，核验码 %(code)s", title=poll.title, code=code))


def _allow(arguments: argparse.Namespace) -> None:
    """allow one new card for the deputy of that number, in the poll of that 核验码"""
    gate.Owner(arguments.folder).allow(arguments.code, arguments.number)


if __name__ == "__main__":
    main()
