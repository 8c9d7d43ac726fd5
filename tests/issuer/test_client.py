"""The box keeps its connections to an issuer, which may have died and come back meanwhile."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from voting.core.errors import Malformed, Unavailable
from voting.issuer.client import IssuerClient, embedded
from voting.issuer.setup import make_issuer


@contextmanager
def serving(folder: Path, client: IssuerClient) -> Iterator[None]:
    """An issuer, until it is killed."""
    command = [sys.executable, "-m", "voting.issuer", "serve", str(folder)]
    process = subprocess.Popen(command)
    try:
        while not client.answers():
            time.sleep(0.02)
        yield
    finally:
        process.kill()
        process.wait()


def test_an_issuer_that_came_back_is_asked_over_a_new_connection(tmp_path: Path) -> None:
    client = IssuerClient(embedded(tmp_path / "socket"), make_issuer(tmp_path, "i", "发票机"))
    for _ in range(2):
        with serving(tmp_path, client):
            for _ in range(3):
                with pytest.raises(Malformed, match="bad_fields"):
                    client.issue({"no": "request"})
    with pytest.raises(Unavailable):
        client.issue({"no": "request"})
