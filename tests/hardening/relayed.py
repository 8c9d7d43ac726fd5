"""A server whose ballots come by a relay of a second party, which has a folder of its own."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.hardening.front import HOSTS, Fronted, end_nginx, run_nginx, trusting
from tests.world import WINDOW, prepared_at
from voting.client.host import Host, free_port
from voting.client.rehearsal import Rehearsal
from voting.config import Config
from voting.core.poll import Relay
from voting.operations import certificates, relay

NAME, HOST = "监票组的转送机", "127.0.0.2"  # another one than the server's


@dataclass(slots=True)
class Relayed(Fronted):
    """The relay finds the server at `seen_at`, where that is not its own address."""

    relay_port: int = field(default_factory=free_port)
    seen_at: int = 0
    relay: subprocess.Popen[bytes] | None = None

    @property
    def origin(self) -> str:
        """Where tablets find the relay."""
        return f"https://{HOST}:{self.relay_port}"

    @property
    def machine(self) -> Path:
        """The second party's: its key, and what it was handed."""
        return self.instance.with_name("relay-machine")

    def certify(self) -> None:
        """The second party makes a key and asks; the server's owner answers, and hands over."""
        key = ec.generate_private_key(ec.SECP256R1())
        san = x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))])
        request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
        asked = request.add_extension(san, critical=False).sign(key, SHA256())
        self.machine.mkdir()
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (self.machine / relay.KEY).write_bytes(secret)
        config = Config(self.instance)
        certificates.write(config.tls, HOSTS, asked.public_bytes(Encoding.PEM))
        relay.write(config, Relay(NAME, self.origin), self.seen_at or self.port)

    def start(self, log: Path) -> None:
        """Start the server, then the relay with what it was handed."""
        Fronted.start(self, log)
        shutil.copytree(Config(self.instance).relay, self.machine, dirs_exist_ok=True)
        self.start_relay(log)

    def start_relay(self, log: Path) -> None:
        """Start the relay alone."""
        self.relay = run_nginx(log, "-p", str(self.machine), "-c", relay.CONFIGURATION)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End both."""
        Fronted.stop(self, how)
        self.stop_relay()

    def stop_relay(self) -> None:
        """End the relay alone."""
        if self.relay:
            end_nginx(self.relay, Config(self.instance).relay)
            self.relay = None

    def again(self, log: Path) -> None:
        """Start the server alone again, after it was killed."""
        Host.start(self, log)


@contextmanager
def relayed(folder: Path, deputies: int, seen_at: int = 0) -> Iterator[Rehearsal]:
    """A congress with a relay."""
    host = Relayed(folder / "instance", free_port(), WINDOW, seen_at=seen_at)
    with trusting(host), prepared_at(host, folder / "server.log", deputies) as world:
        try:
            yield world
        finally:
            host.stop(signal.SIGKILL)
