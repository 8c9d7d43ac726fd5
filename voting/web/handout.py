"""The verifier as one file, `verifier.pyz`, that runs where only Python and `cryptography` are.

It is made once, at start, from the verifier's sources as they lie here: nothing of it is imported.
The same sources make the same bytes, so that its SHA-256 can be told from elsewhere.
"""

from __future__ import annotations

import io
import zipfile
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response

from voting.core.encoding import sha256
from voting.web.audience import PUBLIC, audience

pages = Blueprint("handout", __name__)

_PACKAGE = Path(__file__).resolve().parents[1]
_START = """import sys

from voting.verify.__main__ import run

if __name__ == "__main__":
    sys.exit(run())
"""
_DATED = (1980, 1, 1, 0, 0, 0)


@pages.get("/verifier.pyz")
@audience(PUBLIC)
def verifier() -> Response:
    """The file."""
    response = Response(packed(), content_type="application/zip")
    response.headers["Content-Disposition"] = "attachment; filename=verifier.pyz"
    return response


def digest() -> str:
    """The file's SHA-256 in hexadecimal."""
    return sha256(packed()).hex()


@lru_cache(maxsize=1)
def packed() -> bytes:
    """The verifier's sources in a zip that Python runs (PEP 441)."""
    files = {"__main__.py": _START.encode()}
    sources = [_PACKAGE / "__init__.py", *sorted((_PACKAGE / "verify").glob("*.*"))]
    files |= {path.relative_to(_PACKAGE.parent).as_posix(): path.read_bytes() for path in sources}
    packed = io.BytesIO(b"#!/usr/bin/env python3\n")
    packed.seek(0, io.SEEK_END)
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, _DATED), data, zipfile.ZIP_DEFLATED)
    return packed.getvalue()
