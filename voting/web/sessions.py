"""Sessions are for officials: where tablets and the public come, no cookie is read or set.

Over TLS the cookie is `__Host-session`: a browser takes that name only from this very host, with
`Secure` and for the whole of it, so that no neighbour and no plain connection can plant one.
"""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, Request, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

ANONYMOUS = (
    "/api/",
    "/tablet",
    "/static/",
    "/results/",
    "/board/",
    "/paper/",
    "/verifier.pyz",
    "/health",
    "/hall",
)
LONGEST = timedelta(hours=18)  # a day of meeting; whoever finds a cookie later finds it expired


def is_anonymous(path: str) -> bool:
    """Whether tablets or the public come to this path."""
    return path == "/" or path.startswith(ANONYMOUS)


def cookie_name(name: str) -> str:
    """The name under which a cookie travels on this connection."""
    return f"__Host-{name}" if request.is_secure else name


class OfficialsOnly(SecureCookieSessionInterface):
    """Flask's signed cookie, except on anonymous paths: there the session is empty and sealed."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The official's session, or None, which Flask takes as one that nobody may write."""
        return None if is_anonymous(request.path) else super().open_session(app, request)

    def get_cookie_name(self, app: Flask) -> str:
        """`__Host-session` over TLS."""
        return cookie_name(app.config["SESSION_COOKIE_NAME"])

    def get_cookie_secure(self, app: Flask) -> bool:
        """Over TLS never without it; on the loopback address there may be no TLS."""
        return request.is_secure
