"""What the server's own process could join while it runs: the connections that tablets keep.

A browser goes on with a connection that it has, and gives a page no say in this. A tablet's
requests come through here, so that a test sees which of them share one.
"""

from __future__ import annotations

import re
import socket
import threading
from contextlib import closing
from dataclasses import dataclass, field

NAMED = {"/api/card", "/api/checkin", "/api/issue"}  # these say who the deputy is
BALLOTS = {"/api/register", "/api/cast"}
_REQUEST = re.compile(rb"(?:GET|POST) (/api/[a-z]+)")


@dataclass(slots=True)
class Proxy:
    """Passes connections on to a port; `seen`: the paths that each connection asked for."""

    behind: int
    seen: list[set[str]] = field(default_factory=list)
    _door: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    def start(self) -> str:
        """Its address."""
        threading.Thread(target=self._accept, daemon=True).start()
        return f"http://127.0.0.1:{self._door.getsockname()[1]}"

    def asked(self) -> set[str]:
        """Everything that was asked for."""
        return set().union(*self.seen)

    def joined(self) -> list[set[str]]:
        """The connections that named a deputy and brought a ballot."""
        return [paths for paths in self.seen if paths & NAMED and paths & BALLOTS]

    def _accept(self) -> None:
        while True:
            tablet, _ = self._door.accept()
            try:
                server = socket.create_connection(("127.0.0.1", self.behind))
            except OSError:  # the server is away
                tablet.close()
                continue
            paths: set[str] = set()
            self.seen.append(paths)
            threading.Thread(target=_pass, args=(tablet, server, paths), daemon=True).start()
            threading.Thread(target=_pass, args=(server, tablet, set()), daemon=True).start()


def _pass(source: socket.socket, target: socket.socket, paths: set[str]) -> None:
    with closing(source), closing(target):
        try:
            while data := source.recv(65536):
                paths.update(path.decode() for path in _REQUEST.findall(data))
                target.sendall(data)
        except OSError:  # the other side is gone
            return
