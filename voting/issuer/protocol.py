"""How the issuer is spoken to: a request and its answer, and again, each a framed JCS text.

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

HEAD = 4
MAX_FRAME = 16 * 1024 * 1024  # a roster of 3,000 deputies is 1 MB


def send(connection: socket.socket, value: Json) -> None:
    """Send one frame."""
    data = jcs(value)
    connection.sendall(len(data).to_bytes(HEAD, "big") + data)


def receive(connection: socket.socket) -> Json:
    """Receive one frame; `EOFError` where the other side hung up, `Malformed` for what is none."""
    data, whole = bytearray(), HEAD
    while len(data) < whole:
        part = connection.recv(65536)
        if not part:
            raise EOFError
        data += part
        if whole == HEAD <= len(data):
            whole += int.from_bytes(data[:HEAD], "big")
        if whole > MAX_FRAME:
            raise Malformed("too_large", "请求太大。")
    return parse_jcs(bytes(data[HEAD:]))
