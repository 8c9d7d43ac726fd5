"""`python -m voting.issuer FOLDER [--parent PID]`: run the issuer of that folder on its socket."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import socketserver
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from voting.core.encoding import Json, b64, unb64
from voting.core.errors import Refused
from voting.core.text import text
from voting.issuer import hardening, protocol
from voting.issuer.client import read_identity
from voting.issuer.journal import Journal, NewCard
from voting.issuer.service import Service

log = logging.getLogger("voting.issuer")
KEY = "issuer.key"


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


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 512  # a whole hall may ask at once


def serve(folder: Path) -> None:
    """Serve until killed; nothing in memory outlives the process."""
    key = Ed25519PrivateKey.from_private_bytes((folder / KEY).read_bytes())
    operations = calls(Service(read_identity(folder).id, key, Journal(folder / "journal.db")))

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(EOFError, OSError, Refused):  # the other side is gone
                protocol.send(self.request, answer(operations, protocol.receive(self.request)))

    path = folder / "socket"
    path.unlink(missing_ok=True)
    with _Server(str(path), Handler) as server:
        path.chmod(0o600)
        server.serve_forever()


def main() -> None:
    """Harden this process, tie it to its parent if it has one, and serve."""
    parser = argparse.ArgumentParser(prog="python -m voting.issuer", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--parent", type=int, help="end when this process, our parent, ends")
    arguments = parser.parse_args()
    logging.basicConfig(format="issuer: %(message)s")
    os.umask(0o077)
    if arguments.parent:
        hardening.die_with(arguments.parent)
    hardening.forbid_dumps()
    serve(arguments.folder)


if __name__ == "__main__":
    main()
