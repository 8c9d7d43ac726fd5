"""The congress's server as a witness sees it: three calls of its public API (docs/api.md)."""

from __future__ import annotations

from dataclasses import dataclass

import urllib3

from voting.core.encoding import Json, fields, jcs, parse_json, unb64
from voting.core.errors import Malformed

_WAIT = urllib3.Timeout(connect=5.0, read=15.0)
_LARGEST = 64 * 1024  # bytes of an answer: a note and a proof of some dozen hashes


class Unanswered(Exception):
    """The server is away, or does not take what it was given; the witness asks again."""


class Forgotten(Exception):
    """The server says that its log never had a checkpoint of the size that it was asked about."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server by its address."""

    base: str

    def log(self) -> tuple[str, bytes]:
        """The congress's id and its log key, 32 bytes, as the server says."""
        status = self._call("GET", "/api/status")
        try:
            return str(status["congress"]["id"]), unb64(status["log_key"], 32)
        except (TypeError, KeyError) as error:
            raise Unanswered("not a server of this product") from error

    def after(self, size: int) -> tuple[str, list[str]] | None:
        """The next head after that size and its proof; None where there is none yet."""
        answer = self._call("GET", f"/api/log/after/{size}")
        note, proof = fields(answer, {"checkpoint": (str, type(None)), "proof": list})
        if not all(isinstance(node, str) for node in proof):
            raise Malformed("bad_proof", "日志证明的格式有误。")
        return None if note is None else (note, proof)

    def give(self, size: int, line: str) -> None:
        """Hand in a cosignature; returns once the server has kept it."""
        self._call("POST", "/api/log/cosignature", {"cosignature": line, "size": size})

    def _call(self, method: str, path: str, body: Json = None) -> Json:
        content = {} if body is None else {"Content-Type": "application/json"}
        data = None if body is None else jcs(body)
        try:
            answer = urllib3.request(
                method,
                self.base + path,
                body=data,
                headers={"User-Agent": "piaojue", **content},
                timeout=_WAIT,
                redirect=False,
                retries=False,
                preload_content=False,
            )
            said = answer.read(_LARGEST)
            answer.release_conn()
        except urllib3.exceptions.HTTPError as error:
            raise Unanswered(str(error)) from error
        if answer.status == 400 and b'"unknown_checkpoint"' in said:
            raise Forgotten
        if answer.status != 200:
            raise Unanswered(f"{answer.status} {said[:300].decode('utf-8', 'replace')}")
        return parse_json(said)
