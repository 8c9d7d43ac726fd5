"""Sessions are for officials: where tablets and the public come, no cookie is read or set."""

from __future__ import annotations

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

ANONYMOUS = ("/api/", "/tablet", "/static/", "/results/", "/board/", "/health", "/hall")


class OfficialsOnly(SecureCookieSessionInterface):
    """Flask's signed cookie, except on anonymous paths: there the session is empty and sealed."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The official's session, or None, which Flask takes as one that nobody may write."""
        if request.path == "/" or request.path.startswith(ANONYMOUS):
            return None
        return super().open_session(app, request)
