"""Which officials have logged in at a device before: a signed cookie, and nothing on the server.

It opens no door. It gives the device an allowance of its own for wrong passwords, so that strangers
who use up theirs cannot keep an official out.
"""

from __future__ import annotations

from datetime import timedelta

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response as BaseResponse

from voting.web.sessions import cookie_name

_LIVES = timedelta(days=400)  # the longest that browsers keep a cookie
_MOST = 8  # officials who share a device


def known() -> list[int]:
    """The ids of those who have logged in at the device that sends this request."""
    try:
        ids: list[int] = _signer().loads(
            request.cookies.get(cookie_name("device"), ""), max_age=int(_LIVES.total_seconds())
        )
    except BadSignature:
        return []
    return ids


def remember(response: BaseResponse | Response, person_id: int) -> None:
    """Let the device know that this one has logged in, the latest first."""
    ids = [person_id, *(id_ for id_ in known() if id_ != person_id)][:_MOST]
    response.set_cookie(
        cookie_name("device"),
        _signer().dumps(ids),
        max_age=_LIVES,
        secure=request.is_secure,
        httponly=True,
        samesite="Strict",
    )


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="device")
