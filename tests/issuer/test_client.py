"""The box keeps its connections to an issuer, which may have died and come back meanwhile."""

from __future__ import annotations

import socket
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


def test_a_line_that_died_in_silence_costs_no_deputy_a_refusal(tmp_path: Path) -> None:
    """A firewall forgets connections that say nothing; a new one is tried before anybody hears."""
    client = IssuerClient(embedded(tmp_path / "socket"), make_issuer(tmp_path, "i", "发票机"))
    with serving(tmp_path, client):
        mine, other = socket.socketpair()
        mine.settimeout(0.2)
        client._idle.append(mine)
        with pytest.raises(Malformed, match="bad_fields"):
            client.issue({"no": "request"})
        assert client._idle != [mine]
        other.close()
