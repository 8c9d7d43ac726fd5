"""How a tablet gets the hall's authority: a page without TLS that offers it, and nothing else.

It is a process of its own, which knows no secret and runs while tablets are prepared. What comes
over a network that nobody has secured yet may be somebody else's: so a person compares the
fingerprint that the tablet shows with the one on paper, which was printed at the server itself.
"""

from __future__ import annotations

import http.server
from http import HTTPStatus
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from voting.cards.sheet import qr_path
from voting.config import Config
from voting.operations import certificates

PORT = 8080
FILE = "/piaojue-ca.crt"
_STYLES = ("base.css", "install.css")
_ROOT = Path(__file__).resolve().parents[2]
_CSP = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"


class Offer(http.server.ThreadingHTTPServer):
    """Offers the authority's certificate of an instance to whoever asks."""

    daemon_threads = True

    def __init__(self, config: Config, port: int) -> None:
        """Begin to listen, on all addresses."""
        authority = config.tls / certificates.AUTHORITY
        own = certificates.read(config.tls / certificates.CERTIFICATE)
        host = _bracketed(certificates.hosts_of(own)[0])
        super().__init__(("", port), _Handler)
        self.address = f"http://{host}:{self.server_port}/"
        server = f"https://{host}" + ("" if config.in_the_clear else f":{config.port}")
        page = render(certificates.fingerprint(certificates.read(authority)), self.address, server)
        self.answers = {
            "/": ("text/html; charset=utf-8", page),
            FILE: ("application/x-x509-ca-cert", authority.read_bytes()),
        }


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Offer
    server_version, sys_version = "piaojue", ""
    timeout = 10

    def do_GET(self) -> None:
        found = self.server.answers.get(self.path)
        if found is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        kind, body = found
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", _CSP)
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *_args: object) -> None:
        """Whose tablet came when is nobody's business."""


def _bracketed(host: str) -> str:
    """A host as it stands in an address."""
    return f"[{host}]" if ":" in host else host


def render(fingerprint: str, address: str, server: str) -> bytes:
    """The page, which needs nothing else, for the tablets and for the printer."""
    loader = FileSystemLoader(_ROOT / "templates")
    template = Environment(loader=loader, autoescape=True).get_template("print/zh/tablets.html")
    styles = [(_ROOT / "static" / "css" / name).read_text("utf-8") for name in _STYLES]
    lines = [fingerprint[start : start + 24].rstrip(":") for start in range(0, 96, 24)]
    return template.render(
        fingerprint=lines,
        file=FILE,
        address=address,
        server=server,
        codes={where: qr_path(where) for where in (address, f"{server}/tablet/check")},
        style="".join(styles),
    ).encode()
