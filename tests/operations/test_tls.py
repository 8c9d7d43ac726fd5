"""Off the loopback address the server speaks TLS, and tablets come to trust it and nobody else."""

from __future__ import annotations

import ssl
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import urllib3
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from voting.client.host import ROOT, Host, free_port
from voting.client.rehearsal import Rehearsal
from voting.config import Config
from voting.operations import certificates
from voting.operations.tablets import FILE, Offer

HOSTS = ("piaojue.hall", "127.0.0.1")


@dataclass(slots=True)
class OpenHost(Host):
    """A server that listens on all addresses."""

    @property
    def base(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def _environment(self) -> dict[str, str]:
        return {**Host._environment(self), "PIAOJUE_BIND": f"0.0.0.0:{self.port}"}

    def cli(self, *words: str) -> str:
        """What a command of the operator prints."""
        command = [sys.executable, "-m", "voting.cli", *words]
        done = subprocess.run(
            command, env=self._environment(), cwd=ROOT, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()


def test_the_hall_hears_the_server_over_tls_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = OpenHost(tmp_path / "instance", free_port(), 1)
    tls = host.instance / "tls"
    host.instance.mkdir()
    monkeypatch.setenv("SSL_CERT_FILE", str(tls / "ca.crt"))
    world = Rehearsal(host)
    with pytest.raises(RuntimeError, match="cli certificates"):
        world.begin(tmp_path / "server.log")
    printed = host.cli("certificates", "--host", HOSTS[0], "--host", HOSTS[1])
    assert printed == certificates.fingerprint(certificates.read(tls / "ca.crt"))
    assert sorted(path.name for path in tls.iterdir()) == ["ca.crt", "server.crt", "server.key"]
    assert (tls / "server.key").stat().st_mode & 0o077 == 0
    try:
        host.start(tmp_path / "server.log")
        assert urllib3.request("GET", f"{host.base}/api/status").status == 200
        with pytest.raises(urllib3.exceptions.HTTPError):
            urllib3.request("GET", host.base.replace("https", "http"), retries=False)
    finally:
        host.stop()


@pytest.mark.parametrize(
    ("bind", "alone"),
    [
        ("127.0.0.1:8000", True), ("[::1]:8000", True), ("localhost:8000", True),
        ("unix:/run/piaojue/server", True), ("0.0.0.0:8000", False), (":8000", False),
        ("[::]:8000", False), ("192.168.1.10:8000", False), ("localhost.hall:8000", False),
        ("8000", False),
    ],
)  # fmt: skip
def test_only_what_this_machine_alone_hears_may_be_in_the_clear(bind: str, alone: bool) -> None:
    assert Config(Path("."), bind=bind).in_the_clear is alone


def shakes_hands(tmp_path: Path, allowed: Sequence[str], claimed: str) -> bool:
    """Whether somebody who trusts an authority for `allowed` hosts believes a server of `claimed`.

    The certificate is one that the authority's own key has signed.
    """
    now = datetime.now(UTC)
    authority = certificates.make_authority(allowed, now)
    key = ec.generate_private_key(ec.SECP256R1())
    made = certificates.make_certificate(authority, key.public_key(), [claimed], now)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    chain = tmp_path / "server.pem"
    chain.write_bytes(secret + made.public_bytes(Encoding.PEM))
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(chain)
    pem = authority[0].public_bytes(Encoding.PEM).decode()
    asking = ssl.create_default_context(cadata=pem)
    wires = [ssl.MemoryBIO() for _ in range(2)]
    ends = [
        asking.wrap_bio(wires[0], wires[1], server_hostname=claimed),
        serving.wrap_bio(wires[1], wires[0], server_side=True),
    ]
    for _ in range(4):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue  # the other end's turn
            except ssl.SSLCertVerificationError as error:
                return "subtree" not in str(error)
    return True


@pytest.mark.parametrize(
    ("allowed", "claimed", "believed"),
    [
        (HOSTS, "piaojue.hall", True), (HOSTS, "127.0.0.1", True),
        (HOSTS, "www.example.com", False), (HOSTS, "10.0.0.1", False),
        (["192.168.1.10"], "192.168.1.10", True), (["192.168.1.10"], "www.example.com", False),
        (["piaojue.hall"], "10.0.0.1", False), (["piaojue.hall"], "fe80::1", False),
    ],
)  # fmt: skip
def test_the_authority_is_good_for_the_hall_alone(
    tmp_path: Path, allowed: Sequence[str], claimed: str, believed: bool
) -> None:
    assert shakes_hands(tmp_path, allowed, claimed) is believed


def test_a_tablet_is_offered_the_authority_and_nothing_else(tmp_path: Path) -> None:
    config = Config(tmp_path, bind="0.0.0.0:8443")
    certificates.write(config.tls, ["127.0.0.1"])
    with Offer(config, 0) as offer:
        threading.Thread(target=offer.serve_forever, daemon=True).start()
        page = urllib3.request("GET", offer.address).data.decode()
        printed = certificates.fingerprint(certificates.read(config.tls / "ca.crt"))
        shown = page.replace("<br>", "").replace("\n", "")
        assert printed in shown
        assert "https://127.0.0.1:8443/tablet/check" in page
        given = urllib3.request("GET", offer.address + FILE[1:])
        assert given.data == (config.tls / "ca.crt").read_bytes()
        assert given.headers["Content-Type"] == "application/x-x509-ca-cert"
        for path in ("server.key", "tls/server.key", "../instance/log.key", "%2e%2e/log.key"):
            assert urllib3.request("GET", offer.address + path).status == 404
        offer.shutdown()
