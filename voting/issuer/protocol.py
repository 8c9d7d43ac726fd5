"""How the issuer is spoken to: one request and one answer a connection, each a framed JCS text.

A frame is a length of 4 bytes, big endian, and that many bytes. A request is
`{"call": NAME, …arguments}`, an answer `{"ok": VALUE}` or `{"refused": {code, message, status}}`;
bytes are base64url text.

    → {"call":"alive","epoch":1,"poll":"Zg…"}
    ← {"ok":true}
"""

from __future__ import annotations

import socket

from voting.core.encoding import Json, jcs, parse_jcs
from voting.core.errors import Malformed

MAX_FRAME = 16 * 1024 * 1024  # a roster of 3,000 deputies is 1 MB


def send(connection: socket.socket, value: Json) -> None:
    """Send one frame."""
    data = jcs(value)
    connection.sendall(len(data).to_bytes(4, "big") + data)


def receive(connection: socket.socket) -> Json:
    """Receive one frame; `EOFError` where the other side hung up, `Malformed` for what is none."""
    size = int.from_bytes(_exactly(connection, 4), "big")
    if size > MAX_FRAME:
        raise Malformed("too_large", "请求太大。")
    return parse_jcs(_exactly(connection, size))


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        part = connection.recv(min(65536, size - len(data)))
        if not part:
            raise EOFError
        data += part
    return bytes(data)
