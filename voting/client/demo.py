"""`make demo`: a whole vote of 314 deputies, its record verified, then one for the reader.

Everything goes the way it goes in a hall: the officials fill in forms, the deputies' tablets speak
HTTP, the server and the issuer are processes of their own, the verifier is another program.
"""

from __future__ import annotations

import argparse
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import qrcode
from tqdm import tqdm

from voting.client.host import ROOT, Host
from voting.client.rehearsal import SAMPLES, Rehearsal, some_marks, together
from voting.client.tablet import Tablet

PORT = 8000
WINDOW = 5  # seconds; a hall takes 30
SEATS, ITEMS = 10, 13
SPARE = 3  # cards left for the reader
FIRST = "民生实事项目票决"
SECOND = "民生实事项目票决(请您投票)"


def main() -> int:
    """Play; the exit status is the verifier's."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="stop after the first vote")
    once = parser.parse_args().once
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", PORT)) == 0:
            print(f"Port {PORT} is taken: end the program that listens there, then try again.")
            return 1
    folder = ROOT / "instance" / f"demo-{datetime.now():%Y%m%d-%H%M%S}"
    folder.mkdir(parents=True)
    world = Rehearsal(Host(folder, PORT, WINDOW))
    for ending in (signal.SIGINT, signal.SIGTERM):  # also where a shell had them ignored
        signal.signal(ending, signal.default_int_handler)
    try:
        verdict = first_vote(world, folder)
        if not once and verdict == 0:
            readers_vote(world)
        return verdict
    except KeyboardInterrupt:
        return 0
    finally:
        world.host.stop()
        print(f"\nThe server has stopped. Everything of this run is in {folder}")


def first_vote(world: Rehearsal, folder: Path) -> int:
    """314 deputies from check-in to the verified record; returns the verifier's exit status."""
    say("A new instance, its server and its issuer")
    world.begin(folder / "server.log")
    world.import_roster((SAMPLES / "roster-314.csv").read_bytes())
    world.open_meeting("第三次会议", f"{datetime.now():%Y-%m-%d}")
    poll = draft(world, FIRST)
    introduce(world, poll)
    tablets = world.tablets()
    everybody(tablets, "check in  签到", Tablet.check_in)
    world.step(poll, "issue")
    everybody(tablets, "issue     发票", Tablet.receive)
    register(world, poll, tablets)
    world.step(poll, "freeze")
    everybody(tablets, "the roll  核对票册", Tablet.check_roll)
    world.step(poll, "open")
    everybody(tablets, "cast      表决", cast)
    for step in ("close", "publish"):
        world.step(poll, step)
    everybody(tablets, "the board 查对回执", found)
    return verify(world, poll, folder, tablets)


def draft(world: Rehearsal, title: str) -> int:
    """A poll on the sample county's projects, defined."""
    projects = (SAMPLES / "candidates-county-13.csv").read_bytes()
    poll = world.draft(title, "choose", SEATS, 20, projects)
    world.step(poll, "define")
    return poll


def introduce(world: Rehearsal, poll: int) -> None:
    """Where to look, and as whom."""
    base = world.host.base
    print(f"\n  tablet     {base}/tablet\n  presidium  {base}/presidium/{poll}")
    print(f"  all polls  {base}/polls\n\n  accounts of this run (at {base}/login):")
    for login, password in world.passwords.items():
        print(f"    {login:12} {password}")
    print()


def everybody(tablets: list[Tablet], what: str, act: Callable[[Tablet], object]) -> None:
    """All tablets do the same, with a progress bar."""
    with progress(what, len(tablets)) as bar:
        together(act, tablets, bar.update)


def progress(what: str, total: int) -> tqdm[NoReturn]:
    """A progress bar; where nobody watches a terminal, its beginning and end only."""
    interval = 0.1 if sys.stderr.isatty() else 3600
    return tqdm(total=total, desc=f"  {what}", unit="", ncols=78, mininterval=interval)


def register(world: Rehearsal, poll: int, tablets: list[Tablet]) -> None:
    """Close issuing; every tablet registers at a moment of its own in the common window."""
    world.step(poll, "register")
    moments = sorted(random.uniform(0, WINDOW * 0.9) for _ in tablets)
    began = time.monotonic()
    with progress("register  统一登记", len(tablets)) as bar:
        for moment, tablet in zip(moments, shuffled(tablets), strict=True):
            time.sleep(max(0.0, began + moment - time.monotonic()))
            tablet.register()
            bar.update()
    time.sleep(max(0.0, began + WINDOW + 1 - time.monotonic()))


def shuffled(tablets: list[Tablet]) -> list[Tablet]:
    """The tablets in another order."""
    return random.sample(tablets, len(tablets))


def cast(tablet: Tablet) -> None:
    """One deputy's vote."""
    tablet.cast(some_marks(ITEMS, SEATS))


def found(tablet: Tablet) -> None:
    """The deputy's receipt is on the board."""
    if not tablet.find_on_board():
        raise RuntimeError("a receipt is missing from the board")


def verify(world: Rehearsal, poll: int, folder: Path, tablets: list[Tablet]) -> int:
    """Export the record and have the verifier check it, with one deputy's receipt."""
    record = folder / f"record-{poll}.zip"
    record.write_bytes(world.record(poll))
    receipt = tablets[0].kept().receipt
    assert receipt is not None
    say("The record, checked by a program that shares no code with the server")
    command = [sys.executable, "-m", "voting.verify", str(record), "--receipt", receipt.code()]
    status = subprocess.run(command, cwd=ROOT, check=False).returncode
    print(f"\nrecord: {record}")
    return status


def readers_vote(world: Rehearsal) -> None:
    """A second poll, in which the reader votes in a browser with one of three spare cards."""
    say("A second vote, in which you take part")
    world.open_meeting("第四次会议", f"{datetime.now():%Y-%m-%d}")
    poll = draft(world, SECOND)
    spare, cards = world.cards[-SPARE:], world.cards[:-SPARE]
    tablets = world.tablets(cards)
    everybody(tablets, "check in  签到", Tablet.check_in)
    world.step(poll, "issue")
    everybody(tablets, "issue     发票", Tablet.receive)
    for card in spare:
        show_card(card)
    print(f"\nOpen {world.host.base}/tablet and type or scan one of these cards.")
    accompany(world, poll, tablets)
    print(f"\nYour receipt is on the board: {world.host.base}/board/{state(world)['hash']}")
    print(f"The result: {world.host.base}/results/{state(world)['hash']}\nCtrl-C ends the server.")
    while True:
        time.sleep(3600)


def show_card(card: str) -> None:
    """A card on the terminal: QR code and digits."""
    code = qrcode.QRCode(border=2)
    code.add_data(card)
    code.print_ascii(invert=True)
    print("  " + " ".join(card[i : i + 5] for i in range(0, 40, 5)))


def state(world: Rehearsal) -> dict[str, object]:
    """What every tablet sees of the current poll."""
    value: dict[str, object] = world.http.get("/api/status")["poll"]
    return value


def accompany(world: Rehearsal, poll: int, tablets: list[Tablet]) -> None:
    """The simulated officials and deputies go on whenever the reader has done a part."""
    issued = len(tablets)
    wait("for you to receive your ballot 等您领票", lambda: state(world)["issued"] != issued)
    wait_quiet(world, "issued")
    register(world, poll, tablets)
    wait("for your tablet to register 等您的平板登记", lambda: registered(world), patience=30)
    world.step(poll, "freeze" if registered(world) else "accept_gap")
    everybody(tablets, "the roll  核对票册", Tablet.check_roll)
    world.step(poll, "open")
    everybody(tablets, "cast      表决", cast)
    wait("for you to vote 等您投票", lambda: int(str(state(world)["returned"])) > issued)
    wait_quiet(world, "returned")
    for step in ("close", "publish"):
        world.step(poll, step)


def registered(world: Rehearsal) -> bool:
    """Whether every ballot that was issued is on the roll."""
    now = state(world)
    return now["registered"] == now["issued"]


def wait(what: str, until: Callable[[], bool], patience: float = float("inf")) -> None:
    """Wait for the reader, and say so."""
    print(f"  waiting {what} …", flush=True)
    end = time.monotonic() + patience
    while not until() and time.monotonic() < end:
        time.sleep(1)


def wait_quiet(world: Rehearsal, count: str, seconds: float = 8) -> None:
    """Wait until a count has not moved for a while: the reader may take all three cards."""
    last, since = state(world)[count], time.monotonic()
    while time.monotonic() - since < seconds:
        time.sleep(1)
        now = state(world)[count]
        if now != last:
            last, since = now, time.monotonic()


def say(what: str) -> None:
    """A heading on the terminal."""
    print(f"\n== {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
