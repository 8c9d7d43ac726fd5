"""The vault: child processes that alone know an epoch's issuing key, one a processor.

The first makes the key and forks the others, so that the key never crosses a process boundary and
never touches a disk. Each serves one socket: a blinded value of 384 bytes in, its blind signature
out. A vault ends when its socket is closed, as it is when the issuer dies in whatever way, and
with its last process the key is gone.
"""

from __future__ import annotations

import contextlib
import os
import queue
import socket
import subprocess
import sys
from collections.abc import Sequence

from voting.core import blindrsa
from voting.core.errors import Unavailable
from voting.issuer import hardening, private

PROCESSES = os.cpu_count() or 1


class Vault:
    """An epoch's key, from outside: its public side, signing, and destruction."""

    def __init__(self) -> None:
        """Start the processes and wait for the key (about half a second)."""
        pairs = [socket.socketpair() for _ in range(PROCESSES)]
        numbers = [theirs.fileno() for _, theirs in pairs]
        self._leader = subprocess.Popen(
            [sys.executable, "-m", "voting.issuer.vault", *map(str, numbers)], pass_fds=numbers
        )
        for _, theirs in pairs:
            theirs.close()
        self._sockets = [ours for ours, _ in pairs]
        self._idle: queue.SimpleQueue[socket.socket] = queue.SimpleQueue()
        try:
            self.spki = _receive_spki(self._sockets[0])
        except Unavailable:
            self.destroy()
            raise
        for ours in self._sockets:
            self._idle.put(ours)

    def sign(self, blinded: bytes) -> bytes:
        """The blind signature, 384 bytes; `Unavailable` when the key is gone.

        The vault has checked it against the public key. Where one process fails, the whole key is
        destroyed: a processor that computed one signature wrong is not asked for another.
        """
        channel = self._idle.get()
        try:
            channel.sendall(blinded)
            return _receive(channel, blindrsa.SIZE)
        except (OSError, Unavailable) as error:
            self._hang_up()
            raise _gone() from error
        finally:
            self._idle.put(channel)

    @property
    def alive(self) -> bool:
        """Whether the key still exists; without its leader it ends."""
        if self._leader.poll() is None:
            return True
        self._hang_up()
        return False

    def destroy(self) -> None:
        """End the processes, and with them the key; returns when they are gone.

        The leader waits for the others, and where it was killed the kernel has killed them.
        """
        self._hang_up()
        self._leader.wait()

    def _hang_up(self) -> None:
        for channel in self._sockets:
            with contextlib.suppress(OSError):  # the other side may have gone first
                channel.shutdown(socket.SHUT_RDWR)


def _receive(channel: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = channel.recv(size - len(data))
        if not part:
            raise _gone()
        data += part
    return data


def _receive_spki(channel: socket.socket) -> bytes:
    return _receive(channel, int.from_bytes(_receive(channel, 2), "big"))


def _gone() -> Unavailable:
    return Unavailable("issuer_away", "签发密钥已经销毁或丢失，请联系工作人员。")


def main(numbers: Sequence[int]) -> None:
    """Make the key, fork, and serve; runs in the child process."""
    hardening.forbid_dumps()
    hardening.lock_memory()
    channels = [socket.socket(fileno=number) for number in numbers]
    key = private.generate()
    der = blindrsa.spki(key.public)
    children = [_fork(key, channel, channels) for channel in channels[1:]]
    for channel in channels[1:]:
        channel.close()
    channels[0].sendall(len(der).to_bytes(2, "big") + der)
    _serve(key, channels[0])
    for child in children:
        os.waitpid(child, 0)


def _fork(key: private.SecretKey, mine: socket.socket, channels: Sequence[socket.socket]) -> int:
    leader = os.getpid()
    child = os.fork()
    if child:
        return child
    hardening.die_with(leader)
    hardening.lock_memory()
    for channel in channels:
        if channel is not mine:
            channel.close()
    _serve(key, mine)
    os._exit(0)


def _serve(key: private.SecretKey, channel: socket.socket) -> None:
    while True:
        try:
            blinded = _receive(channel, blindrsa.SIZE)
            channel.sendall(key.blind_sign(blinded))
        except (Unavailable, OSError):
            return
        except ArithmeticError:  # this processor errs: the answer must not leave
            os._exit(1)


if __name__ == "__main__":
    main([int(number) for number in sys.argv[1:]])
