"""The headers that every answer carries."""

from __future__ import annotations

from flask import Flask, Response, request

from voting.web.shell import PAGES

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


def install(app: Flask) -> None:
    """Set them on everything, without overruling a view that chose its own caching."""
    app.after_request(_set)


def _set(response: Response) -> Response:
    headers = response.headers
    reads_cards = request.path in PAGES or request.endpoint == "public.board"
    headers["Content-Security-Policy"] = READING_CSP if reads_cards else CSP
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = READING_POLICY if reads_cards else POLICY
    if request.is_secure:
        headers["Strict-Transport-Security"] = HSTS
    headers.setdefault("Cache-Control", "no-store")
    return response
