"""The tablets' files, read once at start: joined, hashed, packed, listed for the service worker.

What the list names, what the worker caches and what is sent are the same bytes of one moment, so no
tablet ever holds a mixture of two versions, also while files on disk are being replaced.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, request
from flask_babel import force_locale

from voting.core.encoding import jcs, sha256
from voting.web import catalogues
from voting.web.joined import joined
from voting.web.language import FIRST

PAGES = {"/tablet": "tablet/tablet.html", "/tablet/check": "tablet/check.html"}
STYLES = (
    "css/tablet.css",
    "css/camera.css",
    "css/specimen.css",
    "css/slip.css",
    "css/check.css",
    "css/rehearsal.css",
)
SCRIPTS = ("js/protocol.js", "js/protocol/**/*.js", "js/tablet/**/*.js", "js/check/**/*.js")
JOINED = {
    "/static/js/tablet.js": "/static/js/tablet/main.js",
    "/static/js/check.js": "/static/js/check/check.js",
}
WORKER = "js/worker.js"
# The one module that is not on disk as it is: the office's specimen asks for it by itself.
WORDS = "/static/js/tablet/catalogues.js"
# What reads QR codes in the camera's pictures: npm installs it (package.json), it may be missing.
READER = "node_modules/zxing-wasm/dist"
READER_FILES = {
    "/static/zxing/reader/index.js": "es/reader/index.js",
    "/static/zxing/share.js": "es/share.js",
    "/static/zxing/reader.wasm": "reader/zxing_reader.wasm",
}
KINDS = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".wasm": "application/wasm",
}


@dataclass(frozen=True, slots=True)
class File:
    """A file, as it is and compressed."""

    body: bytes
    packed: bytes
    kind: str
    hash: str

    @classmethod
    @cache  # as the catalogues' sentences
    def of(cls, body: bytes, suffix: str) -> File:
        """A file of the kind that its name's suffix says."""
        packed = gzip.compress(body, mtime=0)
        return cls(body, packed, KINDS[suffix], sha256(body).hex())


@dataclass(frozen=True, slots=True)
class Shell:
    """All files of one version by their paths, and the worker that keeps them on the tablets."""

    files: dict[str, File]
    worker: File
    version: str


def install(app: Flask) -> None:
    """Read the files, and serve those from memory that the worker's list names."""
    app.extensions["shell"] = _read(app)
    from_disk = app.view_functions["static"]

    def static(filename: str) -> Any:
        file = shell().files.get(f"/static/{filename}")
        return send(file) if file else from_disk(filename=filename)

    app.view_functions["static"] = static


def shell() -> Shell:
    """The running server's."""
    made: Shell = current_app.extensions["shell"]
    return made


def listed(files: dict[str, File], worker: bytes) -> Shell:
    """The version that these files are, and its worker: the list and then its own text."""
    names = jcs({path: file.hash for path, file in files.items()})
    version = sha256(names).hex()[:16]
    head = f'const VERSION = "{version}";\nconst FILES = {names.decode()};\n'.encode()
    return Shell(files, File.of(head + worker, ".js"), version)


def send(file: File) -> Response:
    """A file, compressed where the caller takes that; 304 where the caller has it."""
    packed = request.accept_encodings["gzip"] > 0
    response = Response(file.packed if packed else file.body, content_type=file.kind)
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Vary"] = "Accept-Encoding"
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.set_etag(f"{file.hash[:32]}{'-gzip' if packed else ''}")
    response.make_conditional(request)
    return response


def _read(app: Flask) -> Shell:
    root = Path(app.static_folder or "")
    files = _pages(app)
    for name in STYLES:
        files[f"/static/{name}"] = File.of((root / name).read_bytes(), ".css")
    sources = modules(app)
    for path, entry in JOINED.items():
        files[path] = File.of(_one_file(entry, tuple(sources.items())), ".js")
    files[WORDS] = File.of(sources[WORDS].encode(), ".js")
    files |= _reader(root.parent / READER)
    return listed(files, (root / WORKER).read_bytes())


@cache
def _one_file(entry: str, sources: tuple[tuple[str, str], ...]) -> bytes:
    return joined(entry, dict(sources)).encode()


def modules(app: Flask) -> dict[str, str]:
    """The tablets' modules by their paths, with the catalogues that the server makes."""
    root = Path(app.static_folder or "")
    found = [path for pattern in SCRIPTS for path in sorted(root.glob(pattern))]
    scripts = {f"/static/{path.relative_to(root).as_posix()}": path.read_bytes() for path in found}
    scripts[WORDS] = catalogues.module(app, scripts.values())
    return {path: script.decode() for path, script in scripts.items()}


def _reader(folder: Path) -> dict[str, File]:
    """All its files or, where one is missing, none: cards are then scanned or typed in."""
    found = {path: folder / name for path, name in READER_FILES.items()}
    if not all(file.is_file() for file in found.values()):
        return {}
    return {path: File.of(file.read_bytes(), file.suffix) for path, file in found.items()}


def _pages(app: Flask) -> dict[str, File]:
    """A relay stands in them: another one makes a version with the policy that allows it."""
    relay = app.extensions["piaojue"].relay
    with app.app_context(), force_locale(FIRST):
        return {
            path: File.of(app.jinja_env.get_template(name).render(relay=relay).encode(), ".html")
            for path, name in PAGES.items()
        }
