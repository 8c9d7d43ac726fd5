"""Where a ballot goes: to the server or, where its poll names a relay, sealed by that one alone."""

from __future__ import annotations

import secrets

from voting.client.hall import Hall, RelayKey
from voting.client.http import UNREACHABLE, Http, Problem
from voting.core import relay
from voting.core.encoding import Json, parse_json
from voting.core.errors import Malformed


class Box:
    """The box of one poll; `http` goes to the server."""

    def __init__(self, http: Http, hall: Hall) -> None:
        self._http = http
        self._hall = hall

    def post(self, path: str, body: bytes) -> Json:
        """The answer to `register` or `cast`; raises `Problem`."""
        if self._hall.definition().relay is None:
            return self._http.post(f"/api/{path}", body)
        key = self._hall.relay_key()
        try:
            return self._post_sealed(key, path, body)
        except Problem as problem:
            if problem.code != "not_opened":
                raise
        return self._post_sealed(self._hall.relay_key(after=key.seq), path, body)

    def _post_sealed(self, key: RelayKey, path: str, body: bytes) -> Json:
        request = relay.Request(path, parse_json(body), secrets.token_bytes(relay.ANSWER_KEY))
        sealed = relay.seal_request(key.key, self._hall.definition().log_key, request)
        answer = self._hall.relay().post_bytes("/api/sealed", sealed)
        try:
            status, value = relay.open_answer(request.answer_key, answer)
        except Malformed as error:
            raise Problem(UNREACHABLE, "unreachable", str(error)) from error
        if status != 200:
            raise Problem(status, value["code"], value["detail"])
        return value
