"""What the JSON APIs share: a body read strictly, an answer, and 304 for what is known."""

from __future__ import annotations

from flask import Request, Response, request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from voting.core.encoding import Json, jcs, parse_json, sha256

MAX_BODY = 16 * 1024


def json_body() -> Json:
    """The JSON of a request, which is small and says that it is JSON."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    return parse_json(small_body())


def small_body() -> bytes:
    """The body of a request, which is small."""
    if (request.content_length or 0) > MAX_BODY:
        raise RequestEntityTooLarge
    request.max_content_length = MAX_BODY
    return request.get_data(cache=False)


def json_answer(value: Json) -> Response:
    """A value in canonical JSON."""
    return Response(jcs(value), content_type="application/json")


def conditional(response: Response, of: Request) -> Response:
    """304 where the caller has these bytes already."""
    response.set_etag(sha256(response.get_data()).hex()[:32])
    response.make_conditional(of)
    return response
