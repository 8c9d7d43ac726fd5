"""A server behind the real nginx, over TLS with a certificate that is thrown away."""

from __future__ import annotations

import shutil
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.world import WINDOW, congress_at
from voting.client.host import ROOT, Host, free_port
from voting.client.rehearsal import Rehearsal
from voting.config import Config
from voting.operations import certificates
from voting.operations.nginx import memory

HOSTS = ["localhost", "127.0.0.1"]
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")


def run_nginx(log: Path, *options: str) -> subprocess.Popen[bytes]:
    """nginx with a configuration of ours."""
    with log.open("ab") as file:
        return subprocess.Popen(
            [NGINX or "nginx", "-e", "stderr", *options],
            stdout=file,
            stderr=file,
            start_new_session=True,
        )


def end_nginx(nginx: subprocess.Popen[bytes], folder: Path) -> None:
    """End it, and what it had in memory for that folder."""
    nginx.terminate()
    nginx.wait(10)
    for path in Path("/dev/shm").glob(f"{Path(memory(folder)).name}.*"):
        shutil.rmtree(path)


@dataclass(slots=True)
class Fronted(Host):
    """nginx listens at `port` and leads there from `plain`; the server behind has a Unix socket."""

    plain: int = field(default_factory=free_port)
    nginx: subprocess.Popen[bytes] | None = None

    @property
    def base(self) -> str:
        """nginx's address."""
        return f"https://localhost:{self.port}"

    @property
    def behind(self) -> str:
        """The server's own socket, to go round nginx."""
        return str(Config(self.instance).web_socket)

    @property
    def authority(self) -> Path:
        """What its callers must trust."""
        return Config(self.instance).tls / certificates.AUTHORITY

    def start(self, log: Path) -> None:
        """Start nginx, then the server; both speak to `log`."""
        self.certify()
        command = [sys.executable, "-m", "voting.cli", "nginx"]
        ports = ["--https", str(self.port), "--http", str(self.plain)]
        environment = self._environment()
        subprocess.run(
            [*command, *ports], env=environment, cwd=ROOT, check=True, stdout=subprocess.DEVNULL
        )
        self.nginx = run_nginx(log, "-c", str(self.instance / "nginx.conf"))
        Host.start(self, log)

    def certify(self) -> None:
        """Make its certificate."""
        certificates.write(Config(self.instance).tls, HOSTS)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End both."""
        Host.stop(self, how)
        if self.nginx:
            end_nginx(self.nginx, self.instance)
            self.nginx = None

    def context(self) -> ssl.SSLContext:
        """What trusts its certificate."""
        return ssl.create_default_context(cafile=self.authority)

    def _environment(self) -> dict[str, str]:
        return {**Host._environment(self), "PIAOJUE_BIND": f"unix:{self.behind}"}


@contextmanager
def trusting(host: Fronted) -> Iterator[None]:
    """This process's clients trust its certificate while this lasts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(host.authority))
        yield


@contextmanager
def fronted(folder: Path, deputies: int) -> Iterator[Rehearsal]:
    """A congress behind nginx."""
    host = Fronted(folder / "instance", free_port(), WINDOW)
    with trusting(host), congress_at(host, folder / "server.log", deputies) as world:
        yield world
