"""Cards made on a computer that the server never sees: printed there, imported here, voted with."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from tests.world import a_poll, all_do, roster, status, until_frozen
from voting.client.host import ROOT, Host, free_port
from voting.client.official import Refusal
from voting.client.rehearsal import Rehearsal
from voting.core.cardfile import CardFile
from voting.core.poll import RosterLine

DIGITS = re.compile(r'class="card-digits">((?:<span>[0-9]{5}</span>){8})<')
ADDRESS = re.compile(r"http://127\.0\.0\.1:[0-9]+/[\w-]+")
PEOPLE = 6


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Rehearsal]:
    """A congress with a roster and no card."""
    world = Rehearsal(Host(tmp_path / "instance", free_port(), 1))
    try:
        world.begin(tmp_path / "server.log")
        preview = world.secretary.fill(
            "/office/roster", "/office/roster", {}, {"file": roster(PEOPLE)}
        )
        world.secretary.confirm(preview, "/office/roster/commit")
        world.open_meeting("第三次会议", "2026-11-22")
        yield world
    finally:
        world.host.stop()


def offline(folder: Path, congress: str = "qingshi-18") -> tuple[str, bytes, list[str]]:
    """Somebody at the other computer: what is printed on the terminal, the file, the digits."""
    (folder / "名册.csv").write_bytes(roster(PEOPLE))
    options = ["--congress", congress, "--title", "青石县第十八届", "--out", str(folder / "out")]
    command = [sys.executable, "-u", "-m", "voting.cards", str(folder / "名册.csv"), *options]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, **pipes) as process:  # type: ignore[call-overload]
        told = ""
        while not (found := ADDRESS.search(told)):
            told += process.stdout.readline()
        page = urllib3.request("GET", found.group(0))
        assert page.headers["Cache-Control"] == "no-store"
        assert urllib3.request("GET", found.group(0)).status == 404  # nobody sees it a second time
        assert urllib3.request("GET", found.group(0)[:-1]).status == 404
        assert not (folder / "out").exists()  # before it is printed, there is nothing to import
        rest, _ = process.communicate("\n", timeout=20)
        assert process.returncode == 0
    digits = [re.sub(r"[^0-9]", "", one) for one in DIGITS.findall(page.data.decode())]
    return told + rest, (folder / "out").read_bytes(), digits


def borrowed(hall: Rehearsal) -> bytes:
    """A file that gives one deputy a card of another's key."""
    box = sqlite3.connect(hall.host.instance / "piaojue.db")
    query = "SELECT number, name, delegation, seat, card_key FROM deputy ORDER BY place LIMIT 2"
    (*_, key), (number, name, delegation, seat, _) = box.execute(query).fetchall()
    line = RosterLine(os.urandom(16), key, delegation, name, number, seat)
    return CardFile("qingshi-18", (line,)).to_bytes()


def test_a_vote_with_cards_whose_numbers_the_server_never_saw(
    hall: Rehearsal, tmp_path: Path
) -> None:
    place = tmp_path / "offline"
    place.mkdir()
    told, file, digits = offline(place)
    assert len(set(digits)) == PEOPLE
    on_disk = b"".join(path.read_bytes() for path in place.iterdir())
    assert not [one for one in digits if one.encode() in on_disk or one in told]

    page = hall.secretary.fill("/office/cards/keys", "/office/cards/keys", {}, {"file": file})
    (shown,) = set(re.findall(r"[A-Z2-7]{4}(?:-[A-Z2-7]{4}){4}", page))
    assert shown in told
    hall.secretary.confirm(page, "/office/cards/keys/commit")
    key_of_another = {"file": borrowed(hall)}
    with pytest.raises(Refusal, match="1 处不符"):
        hall.secretary.fill("/office/cards/keys", "/office/cards/keys", {}, key_of_another)
    hall.cards = digits
    poll = a_poll(hall)
    tablets = hall.tablets()
    all_do(tablets, "check_in")
    until_frozen(hall, poll, tablets)
    assert status(hall)["registered"] == PEOPLE
    with pytest.raises(Refusal, match="409"):  # the poll stands: cards are settled
        hall.secretary.confirm(page, "/office/cards/keys/commit")


def test_cards_of_another_congress_or_of_strangers_are_not_taken(
    hall: Rehearsal, tmp_path: Path
) -> None:
    _, file, _ = offline(tmp_path, congress="other-1")
    with pytest.raises(Refusal, match="1 处不符"):
        hall.secretary.fill("/office/cards/keys", "/office/cards/keys", {}, {"file": file})
    stranger = file.replace(b"other-1", b"qingshi-18").replace(b'"number":"', b'"number":"9')
    with pytest.raises(Refusal, match="6 处不符"):
        hall.secretary.fill("/office/cards/keys", "/office/cards/keys", {}, {"file": stranger})
    with pytest.raises(Refusal, match="400"):
        hall.secretary.fill("/office/cards/keys", "/office/cards/keys", {}, {"file": file[:-1]})
