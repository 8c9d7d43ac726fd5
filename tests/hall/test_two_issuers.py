"""A second issuer on a machine of its own: every ballot needs both, and neither owner makes one.

The second issuer is a process of its own with a folder of its own, reached over TLS; its owner acts
by commands, as on another machine.
"""

from __future__ import annotations

import contextlib
import io
import re
import signal
import socket
import sqlite3
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.issuers import IssuerApart
from tests.world import a_poll, all_do, congress, freeze, wait_until
from voting.client.host import free_port
from voting.client.http import Http, Problem
from voting.client.official import Refusal
from voting.client.rehearsal import Rehearsal
from voting.client.tablet import Tablet
from voting.core.encoding import parse_json
from voting.core.errors import Unavailable
from voting.issuer import tls
from voting.issuer.client import IssuerClient, remote
from voting.issuer.setup import read_identity
from voting.verify import Anchors, verify

DEPUTIES = 12
MARKS = [0, None, 0, None, None]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Rehearsal, IssuerApart]]:
    """A congress that has taken in a second issuer."""
    place = tmp_path_factory.mktemp("two")
    with congress(place, DEPUTIES) as hall:
        hall.host.stop()
        second = IssuerApart(place / "elsewhere", free_port())
        second.do("init", "second", "监察发票机")
        second.introduce(hall.host)
        second.start()
        hall.host.start(place / "server.log")
        try:
            yield hall, second
        finally:
            second.signal(signal.SIGKILL)


@pytest.fixture
def poll(world: tuple[Rehearsal, IssuerApart]) -> Iterator[int]:
    hall, _ = world
    number = a_poll(hall)
    all_do(hall.tablets(), "check_in")
    yield number
    if f"/polls/{number}/steps/void" in hall.secretary.get(f"/polls/{number}"):
        hall.step(number, "void", "测试结束")


def test_a_whole_vote_under_two_seals(world: tuple[Rehearsal, IssuerApart], poll: int) -> None:
    hall, second = world
    with pytest.raises(Refusal, match="还没有接受"):
        hall.step(poll, "issue")
    said = second.accept(hall, poll)
    code = re.search(r"核验码 ([0-9]{8})", said)
    assert code
    assert f"{code.group(1)[:4]} {code.group(1)[4:]}" in hall.secretary.get(f"/polls/{poll}")
    page = f"/polls/{poll}"
    hall.people["presidium"].fill(page, f"{page}/steps/issue", {})  # the other approval stands
    tablets = hall.tablets()
    all_do(tablets, "receive")
    freeze(hall, poll, tablets)
    hall.step(poll, "open")
    all_do(tablets, "check_roll")
    for tablet in tablets:
        tablet.cast(MARKS)
    for step in ("close", "publish"):
        hall.step(poll, step)
    record = hall.record(poll)
    with zipfile.ZipFile(io.BytesIO(record)) as members:
        roll = members.read("roll.jsonl").splitlines()
    assert len(roll) == DEPUTIES
    assert all(len(parse_json(line)["seals"]) == 2 for line in roll)
    path = second.folder / "record.zip"
    path.write_bytes(record)
    report = verify(path, Anchors())
    assert report.good
    assert "card and 2 issuer(s)" in report.figures[5]


def test_what_one_issuer_signed_is_not_signed_twice_when_the_other_is_slow(
    world: tuple[Rehearsal, IssuerApart], poll: int
) -> None:
    hall, second = world
    second.accept(hall, poll)
    hall.step(poll, "issue")
    before = second.issued()
    tablet, other = hall.tablets()[:2]
    second.signal(signal.SIGSTOP)
    asking = threading.Thread(target=tablet.receive)
    asking.start()
    time.sleep(0.5)  # the first issuer has answered by now, the second has not
    second.signal(signal.SIGCONT)
    asking.join(20)
    tablet.receive()
    other.receive()
    assert second.issued() == before + 2


def test_the_second_issuer_dies_and_the_next_epoch_gives_everybody_a_new_ballot(
    world: tuple[Rehearsal, IssuerApart], poll: int
) -> None:
    hall, second = world
    second.accept(hall, poll)
    hall.step(poll, "issue")
    tablets = hall.tablets()
    tablets[0].receive()
    second.signal(signal.SIGKILL)
    impatient = Tablet(Http(hall.host.base, patience=0.5), hall.cards[1], hall=tablets[0].hall)
    with pytest.raises(Problem, match="issuer_away"):
        impatient.receive()
    second.start()
    until_it_answers(hall, second)
    hall.step(poll, "issue")
    tablets = hall.tablets()
    all_do(tablets, "receive")
    assert {tablet.kept().epoch for tablet in tablets} == {2}
    hall.step(poll, "register")


def until_it_answers(hall: Rehearsal, second: IssuerApart) -> None:
    client = the_box(hall, second)

    def answers() -> bool:
        try:
            client._call("alive", {"poll": "A" * 43, "epoch": 1, "spki": ""})
        except Unavailable:
            return False
        return True

    wait_until(answers)


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


def the_box(hall: Rehearsal, second: IssuerApart) -> IssuerClient:
    folder = hall.host.instance / "issuers" / "second"
    return IssuerClient(remote("127.0.0.1", second.port, folder), read_identity(folder))


def test_the_box_cannot_give_itself_a_card_that_the_second_owner_did_not_allow(
    world: tuple[Rehearsal, IssuerApart], poll: int
) -> None:
    hall, second = world
    said = second.accept(hall, poll)
    page = f"/polls/{poll}/deputies"
    number = hall.secretary.get("/office/roster").split('class="tab">')[1].split("<")[0]
    hall.people["presidium"].fill(page, f"{page}/replace", {"number": number})
    with pytest.raises(Refusal, match="还没有同意更换"):
        hall.people["scrutineer"].fill(page, f"{page}/confirm", {})
    second.do("allow", said[-8:], number)
    hall.people["presidium"].fill(page, f"{page}/replace", {"number": number})
    assert "card-digits" in hall.people["scrutineer"].fill(page, f"{page}/confirm", {})


def test_nobody_but_the_box_is_answered(
    world: tuple[Rehearsal, IssuerApart], tmp_path: Path
) -> None:
    hall, second = world
    known = hall.host.instance / "issuers" / "second"
    tls.make_certificate(tmp_path, "box")
    (tmp_path / tls.PEER).write_bytes((known / tls.PEER).read_bytes())
    stranger = IssuerClient(remote("127.0.0.1", second.port, tmp_path), read_identity(known))
    with pytest.raises(Unavailable):
        stranger.close(bytes(32))
    journal = sqlite3.connect(second.folder / "journal.db")
    closed = journal.execute("SELECT count(*) FROM closed WHERE poll = zeroblob(32)").fetchone()
    journal.close()
    assert closed == (0,)


def test_the_box_speaks_to_nobody_but_the_second_issuer(
    world: tuple[Rehearsal, IssuerApart], tmp_path: Path
) -> None:
    """Whoever took the issuer's address has another certificate, and hears nothing."""
    hall, second = world
    known = hall.host.instance / "issuers" / "second"
    tls.make_certificate(tmp_path, "second")
    (tmp_path / tls.PEER).write_bytes((known / tls.OWN).read_bytes())
    impostor = IssuerApart(tmp_path, free_port())
    for name in ("issuer.key", "identity.json"):
        (tmp_path / name).write_bytes((second.folder / name).read_bytes())
    impostor.start()
    try:
        client = IssuerClient(remote("127.0.0.1", impostor.port, known), read_identity(known))
        wait_until(lambda: listens(impostor.port))
        with pytest.raises(Unavailable):
            client.close(bytes(32))
        journal = sqlite3.connect(tmp_path / "journal.db")
        assert journal.execute("SELECT count(*) FROM closed").fetchone() == (0,)
        journal.close()
    finally:
        impostor.signal(signal.SIGKILL)
