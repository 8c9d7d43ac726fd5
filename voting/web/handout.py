"""Files to carry elsewhere: the verifier for auditors, a poll's roster for a lone issuer's owner.

The verifier is one file, `verifier.pyz`, that runs where only Python and `cryptography` are. It is
made once from the verifier's sources as they lie here: nothing of it is imported. The same sources
make the same bytes, so that its SHA-256 can be told from elsewhere.
"""

from __future__ import annotations

import io
import zipfile
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response

from voting import db
from voting.core.encoding import sha256
from voting.steps import polls
from voting.web.audience import OFFICIALS, PUBLIC, audience

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
    return _file(packed(), "application/zip", "verifier.pyz")


@pages.get("/polls/<int:poll_id>/definition.json")
@audience(*OFFICIALS)
def definition(poll_id: int) -> Response:
    """A poll's definition, whose hash names it."""
    with db.reading() as session:
        poll = polls.by_id(session, poll_id)
        polls.defined(poll)
        return _file(poll.definition or b"", "application/json", "definition.json")


@pages.get("/polls/<int:poll_id>/roster.jsonl")
@audience(*OFFICIALS)
def roster(poll_id: int) -> Response:
    """The roster that the definition fixes, with the cards' public keys."""
    with db.reading() as session:
        poll = polls.by_id(session, poll_id)
        polls.defined(poll)
        return _file(poll.roster or b"", "application/jsonl", "roster.jsonl")


def _file(data: bytes, kind: str, name: str) -> Response:
    response = Response(data, content_type=kind)
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
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
