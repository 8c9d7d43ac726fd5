"""A deputy's card is lost after 定稿: two officials replace it, and whoever finds it gets nothing.

Also 代写, which is noted as one fact about a deputy. Server, issuer and records are real.
"""

from __future__ import annotations

import io
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.world import a_poll, all_do, congress, freeze, place, status
from voting.client.http import Problem
from voting.client.official import Official, Refusal
from voting.client.rehearsal import Rehearsal
from voting.client.tablet import Tablet
from voting.core import messages, signing
from voting.core.encoding import Json, b64, parse_json
from voting.core.errors import Refused
from voting.issuer.client import IssuerClient, embedded
from voting.issuer.setup import read_identity

DEPUTIES = 12
MARKS = [0, None, 0, None, None]
DIGITS = re.compile(r'class="card-digits">((?:<span>[0-9]{5}</span>){8})<')
PASSWORD = re.compile(r'id="password">([^<]+)<')


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    """A congress of twelve, with two people of the presidium."""
    with congress(tmp_path_factory.mktemp("replaced"), DEPUTIES) as world:
        values = {"login": "vice", "name": "副主席", "role": "presidium"}
        page = world.people["admin"].fill("/accounts", "/accounts", values)
        found = PASSWORD.search(page)
        assert found
        world.people["vice"] = Official(world.host.base, "vice", found.group(1))
        yield world


@pytest.fixture
def poll(hall: Rehearsal) -> Iterator[int]:
    """A poll whose deputies have all checked in; voided afterwards if it was left on its way."""
    number = a_poll(hall)
    all_do(hall.tablets(), "check_in")
    yield number
    if f"/polls/{number}/steps/void" in hall.secretary.get(f"/polls/{number}"):
        hall.step(number, "void", "测试结束")


def number_of(hall: Rehearsal, place: int) -> str:
    """The number of the deputy whose card is the place-th."""
    return hall.tablets([hall.cards[place]])[0].read_card().number


def ask(hall: Rehearsal, poll: int, number: str, who: str = "presidium") -> str:
    """One official asks for a new card."""
    page = f"/polls/{poll}/deputies"
    return hall.people[who].fill(page, f"{page}/replace", {"number": number})


def confirm(hall: Rehearsal, poll: int, who: str = "scrutineer") -> str:
    """Another confirms; the digits on the printed page."""
    page = f"/polls/{poll}/deputies"
    (found,) = DIGITS.findall(hall.people[who].fill(page, f"{page}/confirm", {}))
    return re.sub("[^0-9]", "", found)


def replace(hall: Rehearsal, poll: int, place: int) -> tuple[str, str]:
    """A lost card is replaced; the old and the new digits. The deputy holds the new card then."""
    old = hall.cards[place]
    ask(hall, poll, number_of(hall, place))
    hall.cards[place] = confirm(hall, poll)
    return old, hall.cards[place]


def present(hall: Rehearsal, poll: int) -> tuple[int, int]:
    """Who has checked in, by the tablets' status and by the poll's page."""
    page = hall.secretary.get(f"/polls/{poll}")
    found = re.search(r'data-live="figures.checked_in">([0-9]+)<', page)
    assert found
    return place(hall)["meeting"]["checked_in"], int(found.group(1))


def refused(code: str, act: object, *arguments: object) -> None:
    """The server refuses `act` with that code."""
    with pytest.raises(Problem) as caught:
        act(*arguments)  # type: ignore[operator]
    assert caught.value.code == code


def finish(hall: Rehearsal, poll: int, tablets: list[Tablet]) -> None:
    """From issuing with these ballots received to publication."""
    freeze(hall, poll, tablets)
    hall.step(poll, "open")
    all_do(tablets, "check_roll")
    for tablet in tablets:
        tablet.cast(MARKS)
    hall.step(poll, "close")
    hall.step(poll, "publish")


def verified(hall: Rehearsal, poll: int, folder: Path) -> None:
    """The verifier finds the poll's record good."""
    record = folder / f"{poll}.zip"
    record.write_bytes(hall.record(poll))
    command = [sys.executable, "-m", "voting.verify", str(record)]
    told = subprocess.run(command, check=False, capture_output=True, text=True)
    assert told.returncode == 0, told.stdout + told.stderr


def kill_issuer(hall: Rehearsal) -> None:
    """End the issuer, and wait until the server has brought it back."""
    killed = hall.host.issuer_pid()
    assert killed
    os.kill(killed, signal.SIGKILL)
    deadline = time.monotonic() + 15
    while hall.host.issuer_pid() in (None, killed):
        assert time.monotonic() < deadline, "the server did not bring the issuer back"
        time.sleep(0.1)
    time.sleep(0.5)


def test_a_replaced_card_votes_and_the_old_one_is_refused_everywhere(
    hall: Rehearsal, poll: int, tmp_path: Path
) -> None:
    lost = hall.tablets([hall.cards[0]])[0]
    lost.read_card()
    old, new = replace(hall, poll, 0)
    assert old != new
    refused("unknown_card", lost.read_card)
    refused("unknown_card", lost.check_in)
    tablet = hall.tablets([new])[0]
    assert tablet.read_card().number == number_of(hall, 0)
    hall.step(poll, "issue")
    refused("unknown_card", lost.receive)
    refused("not_checked_in", tablet.receive)  # the old card's check-in is not the new card's
    tablet.slot = None
    tablet.check_in()
    tablets = hall.tablets()
    all_do(tablets, "receive")
    assert status(hall)["issued"] == DEPUTIES
    finish(hall, poll, tablets)
    assert all(each.find_on_board() for each in tablets)
    verified(hall, poll, tmp_path)


def test_a_deputy_stays_present_until_the_new_card_checks_in_and_the_record_agrees(
    hall: Rehearsal, poll: int, tmp_path: Path
) -> None:
    """One never checks in again, one does and loses that card too, one loses two in a row."""
    assert present(hall, poll) == (DEPUTIES, DEPUTIES)
    replace(hall, poll, 0)
    replace(hall, poll, 1)
    replace(hall, poll, 2)
    assert present(hall, poll) == (DEPUTIES, DEPUTIES)
    replace(hall, poll, 2)
    hall.tablets([hall.cards[1]])[0].check_in()
    assert present(hall, poll) == (DEPUTIES, DEPUTIES)
    hall.step(poll, "issue")
    replace(hall, poll, 1)  # the second time while issuing is open, and the new card is not used
    tablets = hall.tablets(hall.cards[3:])
    all_do(tablets, "receive")
    finish(hall, poll, tablets)
    verified(hall, poll, tmp_path)
    assert checked_in(hall, poll) == DEPUTIES

    second = a_poll(hall)  # its roster has the new cards, which have not checked in
    assert present(hall, second) == (DEPUTIES - 3, DEPUTIES - 3)
    hall.tablets([hall.cards[0]])[0].check_in()
    assert present(hall, second) == (DEPUTIES - 2, DEPUTIES - 2)
    hall.step(second, "issue")
    replace(hall, second, 1)
    tablets = hall.tablets([hall.cards[0], *hall.cards[3:]])
    all_do(tablets, "receive")
    finish(hall, second, tablets)
    verified(hall, second, tmp_path)
    assert checked_in(hall, second) == DEPUTIES - 2


def checked_in(hall: Rehearsal, poll: int) -> int:
    """Who was present, by the result in the poll's record."""
    with zipfile.ZipFile(io.BytesIO(hall.record(poll))) as record:
        count: int = parse_json(record.read("result.json"))["turnout"]["checked_in"]
    return count


def test_two_polls_that_stand_at_once_both_know_the_new_card(
    hall: Rehearsal, poll: int, tmp_path: Path
) -> None:
    later = a_poll(hall)
    replace(hall, poll, 4)
    all_do(hall.tablets(), "check_in")
    for each in (poll, later):
        hall.step(each, "issue")
        tablets = hall.tablets()
        all_do(tablets, "receive")
        if each == poll:
            hall.step(each, "register")
            with pytest.raises(Refusal, match="另有一项表决已经停止发票"):
                ask(hall, later, number_of(hall, 5))
            all_do(tablets, "register")
            time.sleep(1.2)
            hall.step(each, "freeze")
            hall.step(each, "open")
            all_do(tablets, "check_roll")
            tablets[0].cast(MARKS)
            hall.step(each, "close")
            hall.step(each, "publish")
        else:
            finish(hall, each, tablets)
        verified(hall, each, tmp_path)


def test_a_deputy_with_a_ballot_keeps_the_card(hall: Rehearsal, poll: int) -> None:
    number = number_of(hall, 3)
    ask(hall, poll, number)  # before the ballot; confirmed after it
    hall.step(poll, "issue")
    hall.tablets([hall.cards[3]])[0].receive()
    for act in (lambda: confirm(hall, poll), lambda: ask(hall, poll, number)):
        with pytest.raises(Refusal, match="已经领取表决票"):
            act()
    kill_issuer(hall)
    hall.step(poll, "issue")
    with pytest.raises(Refusal, match="已经领取表决票"):  # nor in the next epoch
        ask(hall, poll, number)


def test_the_issuer_itself_refuses_where_a_ballot_was_signed(hall: Rehearsal, poll: int) -> None:
    """Even a server that has forgotten, or lies, gets no signature; nor for a card of before."""
    hall.step(poll, "issue")
    tablet = hall.tablets([hall.cards[3]])[0]
    tablet.receive()
    taken, free = number_of(hall, 3), number_of(hall, 4)
    new = signing.p256_public(signing.p256_private(7))
    with pytest.raises(Refused, match="has_ballot"):
        at_issuer(hall, taken, b"n" * 16, new)
    with pytest.raises(Refused, match="not_on_roster"):
        at_issuer(hall, "nobody", b"n" * 16, new)
    used = tablet._card()
    with pytest.raises(Refused, match="card_known"):
        at_issuer(hall, free, used.card_id, new)
    with pytest.raises(Refused, match="card_known"):
        at_issuer(hall, free, b"n" * 16, used.card_key)
    with pytest.raises(Refused, match="bad_card"):
        at_issuer(hall, free, b"n" * 16, bytes(65))
    hall.step(poll, "register")
    with pytest.raises(Refused, match="issuing_over"):
        at_issuer(hall, free, b"n" * 16, new)


def issuer(hall: Rehearsal) -> IssuerClient:
    """A way to the issuer past the server."""
    folder = hall.host.instance / "issuer"
    return IssuerClient(embedded(folder / "socket"), read_identity(folder))


def at_issuer(hall: Rehearsal, number: str, card_id: bytes, card_key: bytes) -> bytes:
    """Ask the issuer itself for a replacement in the poll that stands."""
    database = sqlite3.connect(hall.host.instance / "piaojue.db")
    asked = "SELECT definition, roster FROM poll WHERE hash NOT NULL ORDER BY id DESC"
    definition, roster = database.execute(asked).fetchone()
    database.close()
    return issuer(hall).replace(definition, roster, number, card_id, card_key)


def test_one_person_or_two_of_one_role_replace_nothing(hall: Rehearsal, poll: int) -> None:
    old = hall.cards[6]
    ask(hall, poll, number_of(hall, 6))
    for who in ("presidium", "vice"):
        with pytest.raises(Refusal, match="另一位不同职责"):
            confirm(hall, poll, who)
    ask(hall, poll, number_of(hall, 6), "vice")
    with pytest.raises(Refusal, match="另一位不同职责"):
        confirm(hall, poll, "vice")
    assert hall.tablets([old])[0].read_card()
    hall.cards[6] = confirm(hall, poll)
    with pytest.raises(Refusal, match="offers no form"):  # approvals are good for one card
        confirm(hall, poll, "secretariat")


def test_who_asks_for_another_deputy_no_longer_asks_for_the_first(
    hall: Rehearsal, poll: int
) -> None:
    first, second = hall.cards[6], hall.cards[7]
    ask(hall, poll, number_of(hall, 6))
    ask(hall, poll, number_of(hall, 7))
    hall.cards[7] = confirm(hall, poll)
    assert hall.tablets([first])[0].read_card()
    refused("unknown_card", hall.tablets([second])[0].read_card)
    with pytest.raises(Refusal, match="没有编号为"):
        ask(hall, poll, "没有这个号")


def test_the_printed_page_alone_has_the_new_digits(hall: Rehearsal, poll: int) -> None:
    _, new = replace(hall, poll, 8)
    files = [*hall.host.instance.rglob("*"), hall.host.instance.parent / "server.log"]
    assert not any(new.encode() in path.read_bytes() for path in files if path.is_file())
    page = f"/polls/{poll}/deputies"
    assert not DIGITS.search(hall.people["scrutineer"].get(page))


def test_two_who_confirm_at_once_get_one_card(hall: Rehearsal, poll: int) -> None:
    ask(hall, poll, number_of(hall, 5))

    def try_to_confirm(who: str) -> str | None:
        try:
            return confirm(hall, poll, who)
        except Refusal:
            return None

    with ThreadPoolExecutor(2) as pool:
        made = [card for card in pool.map(try_to_confirm, ("scrutineer", "secretariat")) if card]
    assert len(made) == 1
    hall.cards[5] = made[0]
    tablet = hall.tablets(made)[0]
    tablet.check_in()
    hall.step(poll, "issue")
    tablet.receive()


def test_without_an_issuer_nothing_is_replaced_and_it_can_be_done_again(
    hall: Rehearsal, poll: int
) -> None:
    old = hall.cards[9]
    ask(hall, poll, number_of(hall, 9))
    socket = hall.host.instance / "issuer" / "socket"
    away = socket.rename(socket.with_name("away"))
    with pytest.raises(Refusal, match="503"):
        confirm(hall, poll)
    assert hall.tablets([old])[0].read_card()
    away.rename(socket)
    replace(hall, poll, 9)
    refused("unknown_card", hall.tablets([old])[0].read_card)


def test_an_issuer_that_signed_but_was_not_heard_takes_the_old_card_no_more(
    hall: Rehearsal, poll: int
) -> None:
    """Killed between its journal and the log: the officials replace the card once more."""
    number, new = number_of(hall, 9), signing.p256_public(signing.p256_private(9))
    at_issuer(hall, number, b"9" * 16, new)
    kill_issuer(hall)
    hall.step(poll, "issue")
    refused("not_on_roster", hall.tablets([hall.cards[9]])[0].receive)
    replace(hall, poll, 9)
    tablet = hall.tablets([hall.cards[9]])[0]
    tablet.check_in()
    tablet.receive()


def test_the_issuer_after_its_death_still_knows_the_new_card(
    hall: Rehearsal, poll: int, tmp_path: Path
) -> None:
    """Replaced before issuing and while it is open, then a second epoch; finders get nothing."""
    early, _ = replace(hall, poll, 0)
    kill_issuer(hall)
    hall.step(poll, "issue")
    late, _ = replace(hall, poll, 1)
    all_do(hall.tablets(hall.cards[:2]), "check_in")
    kill_issuer(hall)
    hall.step(poll, "issue")
    assert status(hall)["epoch"] == 2
    for found in (early, late):
        with pytest.raises(Refused, match="not_on_roster"):
            issuer(hall).issue(order(hall, found))
    tablets = hall.tablets()
    all_do(tablets, "receive")
    finish(hall, poll, tablets)
    verified(hall, poll, tmp_path)


def order(hall: Rehearsal, digits: str) -> Json:
    """What a server in league with a card's finder would send to the issuer."""
    tablet = hall.tablets([digits])[0]
    own, place = tablet._card(), tablet.hall.place()
    request = parse_json(tablet._request(tablet.hall.keys()).request or b"")
    assert place.meeting
    message = messages.checkin(place.congress, place.meeting, place.log_key)
    return {**request, "checkin": b64(signing.p256_sign(own.private, message))}


def test_cards_are_replaced_between_definition_and_the_end_of_issuing(
    hall: Rehearsal, poll: int
) -> None:
    number = number_of(hall, 10)
    ask(hall, poll, number)
    hall.step(poll, "issue")
    all_do(hall.tablets(hall.cards[:9]), "receive")
    hall.step(poll, "register")
    for act in (lambda: confirm(hall, poll), lambda: ask(hall, poll, number)):
        with pytest.raises(Refusal, match="停止发票以前"):
            act()


# 代写


def note_helper(hall: Rehearsal, poll: int, number: str, helper: str, who: str) -> str:
    """An official notes whom a deputy named as helper."""
    page = f"/polls/{poll}/deputies"
    return hall.people[who].fill(page, f"{page}/helper", {"number": number, "helper": helper})


def test_a_helper_is_noted_before_voting_and_stands_in_the_record(
    hall: Rehearsal, poll: int, tmp_path: Path
) -> None:
    number = number_of(hall, 11)
    assert "钱小明" in note_helper(hall, poll, number, "钱小明", "scrutineer")
    replace(hall, poll, 11)
    page = note_helper(hall, poll, number, "孙小红", "secretariat")
    assert page.index("钱小明") < page.index("孙小红")
    assert page.count(f'<td class="tab">{number}</td>') == 2  # also under the card that was lost
    with pytest.raises(Refusal, match="没有编号为"):
        note_helper(hall, poll, "没有这个号", "钱小明", "secretariat")
    with pytest.raises(Refusal, match="代写人的姓名"):
        note_helper(hall, poll, number, " ", "secretariat")
    with pytest.raises(Refusal, match="offers no form"):
        note_helper(hall, poll, number, "钱小明", "presidium")
    all_do(hall.tablets(), "check_in")
    hall.step(poll, "issue")
    tablets = hall.tablets()
    all_do(tablets, "receive")
    finish(hall, poll, tablets)
    with pytest.raises(Refusal, match="offers no form"):
        note_helper(hall, poll, number, "钱小明", "secretariat")
    verified(hall, poll, tmp_path)
    assert "孙小红".encode() in hall.record(poll)
