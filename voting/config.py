"""What an installation is told: one frozen value, read once, complete or refused.

The folder `instance/` holds everything that stays: the database, the session secret, the log key,
and under `issuer/` the issuer's own key and journal. `python -m voting.cli init` makes it.
"""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from pathlib import Path


class NotSetUp(RuntimeError):
    """The instance lacks something without which the server must not start."""


@dataclass(frozen=True, slots=True)
class Config:
    """Where the instance lies, and the few things that a hall may set."""

    instance: Path
    window_seconds: int = 30  # the common window in which all tablets register (protocol section 3)
    postgres: str = ""  # the URL of a PostgreSQL database that takes the place of the file
    bind: str = "127.0.0.1:8000"  # where the server listens: HOST:PORT or unix:PATH

    @classmethod
    def from_environment(cls) -> Config:
        """From PIAOJUE_INSTANCE, PIAOJUE_WINDOW, PIAOJUE_BIND and PIAOJUE_POSTGRES."""
        return cls(
            instance=Path(os.environ.get("PIAOJUE_INSTANCE", "instance")).resolve(),
            window_seconds=int(os.environ.get("PIAOJUE_WINDOW", "30")),
            postgres=os.environ.get("PIAOJUE_POSTGRES", ""),
            bind=os.environ.get("PIAOJUE_BIND", "127.0.0.1:8000"),
        )

    @property
    def database(self) -> Path:
        """The server's database file, where it has one."""
        return self.instance / "piaojue.db"

    @property
    def database_url(self) -> str:
        """The database as SQLAlchemy names it."""
        return self.postgres or f"sqlite:///{self.database}"

    @property
    def issuer_folder(self) -> Path:
        """The embedded issuer's own folder: the server's code reads its public key only."""
        return self.instance / "issuer"

    @property
    def issuer_socket(self) -> Path:
        """Where the embedded issuer listens."""
        return self.issuer_folder / "socket"

    @property
    def web_socket(self) -> Path:
        """Where the server listens behind nginx: `bind` is unix: and this."""
        return self.instance / "web.sock"

    @property
    def issuers(self) -> Path:
        """What is known of issuers on other machines, a folder each."""
        return self.instance / "issuers"

    @property
    def log_key_file(self) -> Path:
        """The log key, 32 raw bytes."""
        return self.instance / "log.key"

    @property
    def session_secret_file(self) -> Path:
        """What signs the officials' sessions, 32 raw bytes."""
        return self.instance / "session.key"

    @property
    def translations(self) -> Path:
        """Catalogues of languages that this congress adds to the product's."""
        return self.instance / "translations"

    @property
    def tls(self) -> Path:
        """The hall's certificates: `ca.crt`, `server.crt`, `server.key`."""
        return self.instance / "tls"

    @property
    def relay(self) -> Path:
        """The folder for the owner of a relay, where there is one."""
        return self.instance / "relay"

    @property
    def in_the_clear(self) -> bool:
        """Whether the server listens where nobody but this machine hears it."""
        if self.bind.startswith("unix:"):
            return True
        host = self.bind.rpartition(":")[0].strip("[]")
        try:
            return host == "localhost" or ipaddress.ip_address(host).is_loopback
        except ValueError:  # all addresses, or a name that may be anybody's
            return False

    @property
    def port(self) -> str:
        """The port of `bind`, where it has one."""
        return self.bind.rpartition(":")[2]

    def server_certificate(self) -> tuple[str | None, str | None]:
        """What the server speaks TLS with: certificate and key; none where it needs none."""
        if self.in_the_clear:
            return None, None
        files = (self.tls / "server.crt", self.tls / "server.key")
        if not all(file.is_file() for file in files):
            raise NotSetUp(
                f"{self.bind} is heard by others, and there is no certificate: run `python -m "
                "voting.cli certificates --host …`, or listen on the loopback address"
            )
        return str(files[0]), str(files[1])

    @property
    def records(self) -> Path:
        """Where exported records are written."""
        return self.instance / "records"

    def read_secret(self, path: Path) -> bytes:
        """The 32 bytes of a key file; `NotSetUp` where it is missing or not what it should be."""
        try:
            secret = path.read_bytes()
        except FileNotFoundError as error:
            raise NotSetUp(f"{path.name} is missing: run `python -m voting.cli init`") from error
        if len(secret) != 32 or path.stat().st_mode & 0o077:
            raise NotSetUp(f"{path.name} must be 32 bytes, readable by its owner only")
        return secret


def write_secret(path: Path, secret: bytes) -> None:
    """Write a new key file that only its owner can read; one that stands is never replaced."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    sync(path.parent)


def write_durably(path: Path, data: bytes) -> None:
    """Write a file that is there, as it was or as it is now, also when the power goes."""
    fresh = path.with_name(f"{path.name}.new")
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Make durable what a file holds, or which files a folder has."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
