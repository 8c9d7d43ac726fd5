"""The machine under torture: one server on a disk, a network and a clock of its own.

The disk is an ext4 file system in a file. What the kernel has written into that file is what fsync
covered: a copy of it, taken while the file system is mounted, is the disk after a power cut. Disk
and network need namespaces of their own (`unshare`, see `__main__`), with which they also end.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.torture.wire import FAR, Wire
from voting.client.host import Host

SIZE = 32  # megabytes of the disk
ALONE = "TORTURE_ALONE"  # set where the process has namespaces of its own


def alone() -> bool:
    """Whether this process may mount disks and break the network."""
    return ALONE in os.environ


def can(*command: str) -> bool:
    """Whether a command can be run here."""
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def run(*command: str | Path) -> None:
    """Run a command that must not fail."""
    subprocess.run(command, check=True, capture_output=True)


@dataclass(slots=True)
class Server(Host):
    """A host that serves the app with the clock that can be set; `made`: done once init is over."""

    clock: Path = field(kw_only=True)
    made: Callable[[], None] = field(kw_only=True)

    def init(self, congress: str, name: str, session: str, *more: str) -> str:
        """Make the instance, as every host does."""
        password = Host.init(self, congress, name, session, *more)
        self.made()
        return password

    def _environment(self) -> dict[str, str]:
        return {**Host._environment(self), "TORTURE_CLOCK": str(self.clock)}


class Machine:
    """The machine whose files are in `folder`."""

    def __init__(self, folder: Path, port: int, window: int, wire: Wire | None) -> None:
        """Make it, with an empty disk, before the server's instance is made on it."""
        folder.mkdir(parents=True)
        self.folder, self.wire = folder, wire
        self.log = folder / "server.log"
        self._image, self._disk = folder / "disk.ext4", folder / "disk"
        self._disk.mkdir()
        self.clock = folder / "clock"
        self.set_clock(0)
        if alone():
            with self._image.open("wb") as file:
                file.truncate(SIZE << 20)
            run("mkfs.ext4", "-q", "-F", self._image)
            self._mount()
        self.host = Server(
            self._disk / "instance",
            port,
            window,
            app="tests.torture.wsgi:app",
            clock=self.clock,
            made=self._lose_what_is_not_synced,
        )

    @property
    def base(self) -> str:
        """The address at which tablets reach the server."""
        return f"http://{FAR}:{self.host.port}" if self.wire else self.host.base

    def _mount(self) -> None:
        """The kernel writes nothing of itself for five minutes: only what is synced is kept."""
        run("mount", "-o", "loop,commit=300", self._image, self._disk)

    def set_clock(self, seconds: int) -> None:
        """Set the server's clock that far off the true time."""
        new = self.clock.with_suffix(".new")
        new.write_text(str(seconds))
        new.replace(self.clock)

    def worker(self, chance: Random) -> int | None:
        """One of the web workers, if there is one just now."""
        master, issuer = self.host.process, self.host.issuer_pid()
        assert master
        with suppress(OSError):
            children = Path(f"/proc/{master.pid}/task/{master.pid}/children").read_text().split()
            workers = sorted({int(child) for child in children} - {issuer})
            return chance.choice(workers) if workers else None
        return None

    def kill(self) -> None:
        """End every process at once: master, workers and issuer; returns when all are gone."""
        assert self.host.process
        group = self.host.process.pid
        os.killpg(group, signal.SIGKILL)
        self.host.process.wait()
        self.host.process = None
        while can("pgrep", "-g", str(group)):
            time.sleep(0.02)

    def lose_power(self) -> None:
        """End everything, and bring back the disk with what was synced and nothing else."""
        self.kill()
        self._lose_what_is_not_synced()

    def _lose_what_is_not_synced(self) -> None:
        if not alone():
            return
        kept = self._image.with_suffix(".kept")
        shutil.copy(self._image, kept)
        run("umount", self._disk)
        kept.replace(self._image)
        self._mount()

    def start(self) -> None:
        """Start the server."""
        self.host.start(self.log)

    def fill(self) -> None:
        """Fill the disk to the last block."""
        with self._filler.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(1 << 20))
        with self._filler.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(1 << 10))

    def free(self) -> None:
        """Give back what `fill` took."""
        self._filler.unlink(missing_ok=True)

    @property
    def _filler(self) -> Path:
        return self._disk / "filler"

    def end(self, keep: Path | None) -> None:
        """End the server; its files go, or what stays of them goes to `keep`."""
        self.host.stop()
        if keep:
            shutil.copytree(
                self.folder, keep, dirs_exist_ok=True, ignore=shutil.ignore_patterns("socket")
            )
        if alone():
            run("umount", self._disk)
        shutil.rmtree(self.folder)
