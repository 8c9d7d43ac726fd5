"""JSON over HTTP as a tablet speaks it: no cookie, no referrer, the same bytes until answered.

Every call of the API can be repeated, so connection faults, 502 and 503 are tried again after short
random waits until the caller's patience ends.
"""

from __future__ import annotations

import random
import time

import urllib3

from voting.core.encoding import Json, parse_json
from voting.core.errors import Malformed

UNREACHABLE = 0  # the status of a Problem that no server has answered
NOT_OPENED = 409  # of a relay: what it brought was sealed for no key of the server
_AGAIN = frozenset({UNREACHABLE, 502, 503})
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 2.0  # seconds
_CONNECT, _READ = 5.0, 15.0  # seconds that one attempt may take


class Problem(Exception):
    """A refusal by the server (problem+json, RFC 9457): `code` is stable, `detail` for people.

    `status` is the HTTP status, or `UNREACHABLE` where patience ended without an answer.
    """

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail


class Http:
    """A server's API over kept connections, which threads may share.

    `base` is scheme, host and port; `patience` is the seconds for which an unanswered call is
    repeated; `connections` is how many calls can be under way at once, more wait.
    """

    def __init__(self, base: str, patience: float = 60.0, connections: int = 64) -> None:
        self._base = base.rstrip("/")
        self._patience = patience
        self._pool = urllib3.PoolManager(
            num_pools=1, maxsize=connections, block=True, headers={"User-Agent": "piaojue"}
        )

    def get(self, path: str) -> Json:
        """The JSON value at `path`; raises `Problem`, or `Malformed` for what is not JSON."""
        return parse_json(self.get_bytes(path))

    def get_bytes(self, path: str) -> bytes:
        """The body at `path`; raises `Problem`."""
        return self._patiently("GET", path)

    def post(self, path: str, body: bytes) -> Json:
        """The answer to `body`, which is JSON; raises `Problem`, or `Malformed` as `get` does."""
        return parse_json(self.post_bytes(path, body, "application/json"))

    def post_bytes(
        self, path: str, body: bytes, content_type: str = "application/octet-stream"
    ) -> bytes:
        """The answer to a body of this type; raises `Problem`."""
        return self._patiently("POST", path, body, content_type)

    def close(self) -> None:
        """Close the kept connections."""
        self._pool.clear()

    def _patiently(
        self, method: str, path: str, body: bytes | None = None, content_type: str = ""
    ) -> bytes:
        end = time.monotonic() + self._patience
        longest = _FIRST_WAIT
        while True:
            pause = random.uniform(longest / 2, longest)
            try:
                return self._once(method, path, body, content_type)
            except Problem as problem:
                if problem.status not in _AGAIN or time.monotonic() + pause > end:
                    raise
            time.sleep(pause)
            longest = min(2 * longest, _LONGEST_WAIT)

    def _once(self, method: str, path: str, body: bytes | None, content_type: str) -> bytes:
        content = {"Content-Type": content_type} if content_type else {}
        try:
            response = self._pool.request(
                method,
                self._base + path,
                body=body,
                headers={**self._pool.headers, **content},
                redirect=False,
                retries=False,
                timeout=urllib3.Timeout(connect=_CONNECT, read=_READ),
            )
        except urllib3.exceptions.HTTPError as error:
            raise Problem(UNREACHABLE, "unreachable", str(error)) from error
        if response.status != 200:
            raise _problem(response.status, response.data)
        return response.data


class ByRelay(Http):
    """A relay's: what it says itself is not the server's word, and refuses nothing."""

    def _once(self, method: str, path: str, body: bytes | None, content_type: str) -> bytes:
        try:
            return super()._once(method, path, body, content_type)
        except Problem as problem:
            if problem.status == NOT_OPENED:
                raise Problem(NOT_OPENED, "not_opened", "") from problem
            raise Problem(UNREACHABLE, "unreachable", "") from problem


def _problem(status: int, body: bytes) -> Problem:
    """The problem in an answer; a proxy's own error page has no code but its status."""
    try:
        value = parse_json(body)
    except Malformed:
        value = None
    if not isinstance(value, dict):
        return Problem(status, f"http_{status}", "")
    return Problem(status, str(value.get("code", f"http_{status}")), str(value.get("detail", "")))
