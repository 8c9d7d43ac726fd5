"""Requests byte by byte, as no client library would send them."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress

ANSWERS_IN = 20.0  # seconds, on a busy machine


def connect(where: int | str, context: ssl.SSLContext | None = None) -> socket.socket:
    """A connection to a port of this machine or to a Unix socket, with or without TLS."""
    if isinstance(where, int):
        plain = socket.create_connection(("127.0.0.1", where), ANSWERS_IN)
    else:
        plain = socket.socket(socket.AF_UNIX)
        plain.settimeout(ANSWERS_IN)
        plain.connect(where)
    return context.wrap_socket(plain, server_hostname="localhost") if context else plain


def say(where: int | str, data: bytes, context: ssl.SSLContext | None = None) -> bytes:
    """Everything that comes back until the server closes or has nothing more to say."""
    with connect(where, context) as there:
        there.sendall(data)
        there.settimeout(ANSWERS_IN)
        heard = b""
        with suppress(TimeoutError, ConnectionError, ssl.SSLError):
            while more := there.recv(65536):
                heard += more
                there.settimeout(0.5)  # what else comes has no reason to wait
        return heard


def request(method: str, path: str, *headers: str, body: bytes = b"") -> bytes:
    """A request for localhost; headers given come after `Host`."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def statuses(heard: bytes) -> list[int]:
    """The statuses of all answers in what was heard."""
    return [int(part[:3]) for part in heard.split(b"HTTP/1.1 ")[1:]]
