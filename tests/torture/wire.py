"""The network between tablets and server, which loses, delays, doubles and re-orders packets.

Does what `tc netem` does, in user space and with a seed; many kernels are built without netem.
A TUN device has the route to `FAR`. Each packet that comes out of it goes back in with source and
destination exchanged, so whoever connects to `FAR` reaches 127.0.0.1 and is heard from there as
`FAR`. No checksum changes by the exchange. It ends with the network namespace that it is made in.
"""

from __future__ import annotations

import fcntl
import heapq
import os
import select
import struct
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

FAR = "127.0.0.2"
_SETUP = f"""
ip addr add 127.0.0.1/32 dev lo
ip addr del 127.0.0.1/8 dev lo
ip tuntap add mode tun dev hall
ip link set hall up
ip route add {FAR}/32 dev hall src 127.0.0.1
"""
_SETTINGS = {"route_localnet": "1", "rp_filter": "0", "accept_local": "1"}
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000


@dataclass(frozen=True, slots=True)
class Weather:
    """How the network is: chances from 0 to 1, times in seconds."""

    loss: float = 0.0
    delay: float = 0.0
    jitter: float = 0.0  # at most so much more delay: later packets overtake earlier ones
    double: float = 0.0


FAIR = Weather()
CUT = Weather(loss=1.0)


class Wire:
    """The network, for as long as the process lives; `weather` can change at any time."""

    def __init__(self, chance: Random) -> None:
        """Lay it; the dice that it throws are `chance`."""
        for line in _SETUP.strip().splitlines():
            subprocess.run(line.split(), check=True, capture_output=True)
        for name, value in _SETTINGS.items():
            for device in ("all", "hall"):
                Path(f"/proc/sys/net/ipv4/conf/{device}/{name}").write_text(value)
        self.weather = FAIR
        self._chance = chance
        self._device = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(self._device, _TUNSETIFF, struct.pack("16sH", b"hall", _IFF_TUN | _IFF_NO_PI))
        self._under_way: list[tuple[float, int, bytes]] = []
        self._count = 0
        threading.Thread(target=self._carry, daemon=True).start()

    @classmethod
    def laid(cls, chance: Random) -> Wire | None:
        """One, where the machine has what it takes."""
        try:
            return cls(chance)
        except (OSError, subprocess.CalledProcessError):
            return None

    def _carry(self) -> None:
        while True:
            wait = self._under_way[0][0] - time.monotonic() if self._under_way else 1.0
            if select.select([self._device], [], [], max(0.0, wait))[0]:
                self._take(os.read(self._device, 1 << 16))
            while self._under_way and self._under_way[0][0] <= time.monotonic():
                os.write(self._device, heapq.heappop(self._under_way)[2])

    def _take(self, packet: bytes) -> None:
        """A packet came: it arrives twice, late, or not at all."""
        if packet[0] >> 4 != 4:  # the kernel's own IPv6 greetings
            return
        weather, dice = self.weather, self._chance
        back = packet[:12] + packet[16:20] + packet[12:16] + packet[20:]
        for _ in range(1 + (dice.random() < weather.double)):
            if dice.random() >= weather.loss:
                self._count += 1
                due = time.monotonic() + weather.delay + dice.random() * weather.jitter
                heapq.heappush(self._under_way, (due, self._count, back))
