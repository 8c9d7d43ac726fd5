"""The headers that every answer carries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask

from voting.web.shell import PAGES

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
# The tablets' pages read cards, and the board receipts, in the camera's pictures with WebAssembly,
# which a browser compiles only where that is allowed. It allows no script: eval and inline scripts
# stay forbidden there too.
READING_CSP = CSP.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'")
POLICY = "camera=(), geolocation=(), microphone=()"
READING_POLICY = POLICY.replace("camera=()", "camera=(self)")
HSTS = "max-age=31536000"  # a browser that came over TLS once never tries without it


Headers = list[tuple[str, str]]


def _fixed(csp: str, policy: str) -> Headers:
    return [
        ("Content-Security-Policy", csp),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Permissions-Policy", policy),
    ]


FIXED, READING = _fixed(CSP, POLICY), _fixed(READING_CSP, READING_POLICY)


def install(app: Flask) -> None:
    """Add them to everything that leaves, without overruling a view that chose its own caching."""
    inner = app.wsgi_app
    relay = app.extensions["piaojue"].relay
    asking = f"connect-src 'self' {relay.origin}" if relay else "connect-src 'self'"
    tablets = _fixed(READING_CSP.replace("connect-src 'self'", asking), READING_POLICY)

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: Headers, *error: Any) -> Any:
            return start_response(status, headers + _more(environ, headers, tablets), *error)

        return inner(environ, start)

    app.wsgi_app = answer  # type: ignore[method-assign]


def _more(environ: WSGIEnvironment, headers: Headers, tablets: Headers) -> Headers:
    path = environ["PATH_INFO"]
    reading = READING if path.startswith("/board/") else FIXED
    more = list(tablets if path in PAGES else reading)
    if environ["wsgi.url_scheme"] == "https":
        more.append(("Strict-Transport-Security", HSTS))
    if not any(name.lower() == "cache-control" for name, _ in headers):
        more.append(("Cache-Control", "no-store"))
    return more
