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

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")


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
        certificates.write(Config(self.instance).tls, ["localhost", "127.0.0.1"])
        command = [sys.executable, "-m", "voting.cli", "nginx"]
        ports = ["--https", str(self.port), "--http", str(self.plain)]
        environment = self._environment()
        subprocess.run(
            [*command, *ports], env=environment, cwd=ROOT, check=True, stdout=subprocess.DEVNULL
        )
        with log.open("ab") as file:
            self.nginx = subprocess.Popen(
                [NGINX or "nginx", "-e", "stderr", "-c", self.instance / "nginx.conf"],
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        Host.start(self, log)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End both."""
        Host.stop(self, how)
        if self.nginx:
            self.nginx.terminate()
            self.nginx.wait(10)
            self.nginx = None
        for folder in Path("/dev/shm").glob(f"{Path(memory(self.instance)).name}.*"):
            shutil.rmtree(folder)

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
