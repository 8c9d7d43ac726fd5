"""How a relay is set up at the server: by one command, from a request that brings no secret."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from tests.world import new_app
from voting import cli, db
from voting.app import create_app
from voting.client.host import ROOT
from voting.config import Config, NotSetUp
from voting.core.errors import Refused
from voting.core.phases import Phase
from voting.models.office import Poll
from voting.operations import certificates
from voting.steps import log, prepare, relay

VECTORS = json.loads((Path(__file__).parents[1] / "vectors.json").read_text("utf-8"))
DEFINITION = VECTORS["messages"]["definition"].encode()  # it names none
NAME, ORIGIN = "监票组的转送机", "https://relay.hall:8443"
HOSTS = ("--host", "192.168.1.10", "--host", "piaojue.hall")
Command = Callable[..., Result]


def request(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, *hosts: str) -> bytes:
    """What openssl makes of a key."""
    made = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    if hosts:
        san = x509.SubjectAlternativeName([general(host) for host in hosts])
        made = made.add_extension(san, critical=False)
    return made.sign(key, SHA256()).public_bytes(Encoding.PEM)


def general(host: str) -> x509.GeneralName:
    """A name or an address."""
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """A command of the operator on a new instance."""
    monkeypatch.setenv("PIAOJUE_INSTANCE", str(tmp_path / "instance"))
    new_app(tmp_path / "instance")
    return lambda *words: CliRunner().invoke(cli.main, words)


def test_the_folder_for_the_relays_owner_holds_no_secret(command: Command, tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    asked = tmp_path / "relay.csr"
    asked.write_bytes(request(key, "relay.hall"))
    told = command("certificates", *HOSTS, "--relay", str(asked))
    assert told.exit_code == 0
    assert "should stand here: relay.hall\n" in told.output
    assert command("relay", NAME, ORIGIN).exit_code == 0
    config = Config(tmp_path / "instance")
    names = {path.name for path in config.relay.iterdir()}
    assert names == {"ca.crt", "relay.conf", "relay.crt", "relay.json"}
    assert not [path for path in config.relay.iterdir() if b"PRIVATE" in path.read_bytes()]
    given = certificates.read(config.relay / "relay.crt")
    assert given.public_key() == key.public_key()
    assert certificates.hosts_of(given) == ["relay.hall"]
    given.verify_directly_issued_by(certificates.read(config.tls / "ca.crt"))
    written = (config.relay / "relay.conf").read_text()
    for line in (
        "listen 8443 ssl",
        "server 192.168.1.10:443;",
        "proxy_ssl_name piaojue.hall;",
        '"https://192.168.1.10" $http_origin;',
        '"https://piaojue.hall" $http_origin;',
    ):
        assert line in written
    named = create_app(config).extensions["piaojue"].relay
    assert (named.name, named.origin) == (NAME, ORIGIN)


@pytest.mark.parametrize(
    "asked",
    [
        b"",
        request(ec.generate_private_key(ec.SECP256R1())),
        request(ec.generate_private_key(ec.SECP384R1()), "relay.hall"),
        request(rsa.generate_private_key(65537, 2048), "relay.hall"),
    ],
)
def test_what_is_no_request_is_not_certified(asked: bytes, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="bad_request"):
        certificates.write(tmp_path / "tls", ["piaojue.hall"], asked)
    assert not (tmp_path / "tls").exists()


@pytest.mark.parametrize("own", ["piaojue.hall", "192.168.1.10"])
def test_no_relay_is_certified_as_the_server_or_stands_in_its_place(
    own: str, command: Command, tmp_path: Path
) -> None:
    asked = tmp_path / "relay.csr"
    asked.write_bytes(request(ec.generate_private_key(ec.SECP256R1()), "relay.hall", own))
    told = command("certificates", *HOSTS, "--relay", str(asked))
    assert told.exit_code == 1
    assert "没有签发" in told.output
    assert not (tmp_path / "instance" / "tls").exists()
    command("certificates", *HOSTS)
    assert "server's own address" in command("relay", NAME, f"https://{own}:8443").output


def test_a_server_without_a_name_is_told_so(command: Command) -> None:
    assert "no certificate" in command("relay", NAME, ORIGIN).output
    command("certificates", *HOSTS[:2])
    assert "needs a name" in command("relay", NAME, ORIGIN).output


def test_a_start_whose_address_is_taken_tells_the_log_no_key(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command("certificates", *HOSTS)
    command("relay", NAME, ORIGIN)
    config = Config(tmp_path / "instance")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("PIAOJUE_BIND", f"127.0.0.1:{taken.getsockname()[1]}")
        start = [sys.executable, "-m", "gunicorn", "-c", "python:voting.server", "wsgi:app"]
        with subprocess.Popen(start, cwd=ROOT, stderr=subprocess.PIPE) as server:
            assert server.stderr
            assert any(b"Connection in use" in line for line in server.stderr)
            server.kill()
    with create_app(config).app_context(), db.reading() as session:
        assert log.relay_keys(session) == []


def test_a_relay_stands_while_a_poll_does(command: Command, tmp_path: Path) -> None:
    command("certificates", *HOSTS)
    for wrong in ("http://relay.hall", "https://relay.hall:99999"):
        assert "https://主机" in command("relay", NAME, wrong).output
    assert command("relay", NAME, ORIGIN).exit_code == 0
    config = Config(tmp_path / "instance")
    app = create_app(config)
    services = app.extensions["piaojue"]
    assert command("relay", NAME, "https://another.hall").exit_code == 0
    with app.app_context(), db.writing() as session:
        prepare.open_meeting(session, "meeting-3", "第三次会议", "2026-11-22")
        poll = Poll(meeting="meeting-3", title="票决", form="choose", phase=Phase.DRAFT)
        with pytest.raises(Refused, match="relay_changed"):
            prepare.define(session, services, poll)
        poll.phase, poll.hash, poll.definition = Phase.DEFINED, bytes(32), DEFINITION
        session.add(poll)
    told = command("relay", NAME, "https://elsewhere.hall")
    assert told.exit_code == 1
    assert "已经定稿而尚未公布" in told.output
    with app.app_context(), db.writing() as session, pytest.raises(NotSetUp, match=r"relay\.json"):
        relay.tell(session, services)
    with pytest.raises(NotSetUp, match="PostgreSQL"):
        create_app(replace(config, postgres="postgresql+psycopg://nowhere/"))
