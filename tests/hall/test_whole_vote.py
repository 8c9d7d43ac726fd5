"""A vote as it should go, and what people do to it; server, issuer and files are real."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.world import a_poll, all_do, congress, freeze, status, until_frozen, wait_until
from voting.client.http import Http, Problem
from voting.client.official import Official, Refusal
from voting.client.rehearsal import Rehearsal
from voting.client.tablet import Tablet, sign_ballot
from voting.core import messages, signing
from voting.core.encoding import b64, jcs, parse_json

DEPUTIES = 12
MARKS = [0, None, 0, None, None]


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def hall(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Rehearsal]:
    """A congress of twelve, all checked in; its database a file, then a server."""
    url = ""
    if request.param == "postgres":
        url = request.getfixturevalue("postgres").make_database("hall")
    with congress(tmp_path_factory.mktemp("hall"), DEPUTIES, postgres=url) as world:
        a_poll(world)
        all_do(world.tablets(), "read_card", "check_in")
        world.step(1, "void", "彩排")
        yield world


@pytest.fixture
def poll(hall: Rehearsal) -> Iterator[int]:
    """A poll of that congress, voided afterwards if the test has left it on its way."""
    number = a_poll(hall)
    yield number
    page = hall.secretary.get(f"/polls/{number}")
    if f"/polls/{number}/steps/void" in page:
        hall.step(number, "void", "测试结束")


def refused(code: str, act: object, *arguments: object, **named: object) -> None:
    """The server refuses `act` with that code."""
    with pytest.raises(Problem) as caught:
        act(*arguments, **named)  # type: ignore[operator]
    assert caught.value.code == code


def post_at_once(hall: Rehearsal, path: str, body: bytes, times: int = 50) -> list[object]:
    """The same bytes from many connections at the same moment."""
    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(lambda _: hall.http.post(path, body), range(times)))


def test_a_whole_vote_ends_in_a_record_that_verifies(
    hall: Rehearsal, poll: int, tmp_path: Path
) -> None:
    tablets = hall.tablets()
    until_frozen(hall, poll, tablets)
    hall.step(poll, "open")
    all_do(tablets, "check_roll")
    for tablet in tablets:
        tablet.cast(MARKS)
    hall.step(poll, "close")
    hall.step(poll, "publish")
    assert all(tablet.find_on_board() for tablet in tablets)
    record = tmp_path / "record.zip"
    record.write_bytes(hall.record(poll))
    receipt = tablets[0].kept().receipt
    assert receipt is not None
    told = subprocess.run(
        [sys.executable, "-m", "voting.verify", str(record), "--receipt", receipt.code()],
        check=False,
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert hall.record(poll) == record.read_bytes()  # the same bytes whenever it is exported


def test_a_deputy_with_two_tablets_gets_one_ballot(hall: Rehearsal, poll: int) -> None:
    hall.step(poll, "issue")
    first, second = hall.tablets([hall.cards[0]] * 2)
    first.receive()
    refused("already_issued", second.receive)
    assert status(hall)["issued"] == 1


def test_one_request_sent_fifty_times_at_once_counts_once(hall: Rehearsal, poll: int) -> None:
    tablets = hall.tablets()
    hall.step(poll, "issue")
    all_do(tablets[1:], "receive")
    patient = tablets[0]
    keys = patient.hall.keys()
    patient.slot = patient._request(keys)  # what the tablet has stored before it sends
    assert patient.slot.request
    answers = post_at_once(hall, "/api/issue", patient.slot.request)
    assert all(answer == answers[0] for answer in answers)
    assert status(hall)["issued"] == DEPUTIES
    patient.receive()

    hall.step(poll, "register")
    answers = post_at_once(hall, "/api/register", patient.kept().line())
    assert all(answer == answers[0] for answer in answers)
    assert status(hall)["registered"] == 1
    all_do(tablets, "register")
    time.sleep(1.2)
    hall.step(poll, "freeze")
    hall.step(poll, "open")
    patient.check_roll()
    ballot = sign_ballot(patient.kept(), MARKS)
    answers = post_at_once(hall, "/api/cast", ballot)
    assert all(answer == answers[0] for answer in answers)
    assert status(hall)["returned"] == 1


def test_an_answer_lost_when_issuing_closes_is_given_again_within_the_window(
    tmp_path: Path,
) -> None:
    window = 5
    with congress(tmp_path, 2, window) as hall:
        poll = a_poll(hall)
        cut_off, too_late = tablets = hall.tablets()
        all_do(tablets, "read_card", "check_in")
        hall.step(poll, "issue")
        for tablet in tablets:
            tablet.slot = tablet._request(tablet.hall.keys())
        request, never_sent = cut_off.kept().request, too_late.kept().request
        assert request
        assert never_sent
        _send_and_hang_up(hall, "/api/issue", request)
        wait_until(lambda: status(hall)["issued"] == 1)
        hall.step(poll, "register")
        cut_off.receive()
        cut_off.register()
        refused("not_issuing", hall.http.post, "/api/issue", never_sent)
        time.sleep(window + 0.2)
        refused("not_issuing", hall.http.post, "/api/issue", request)


def test_a_blinded_value_out_of_range_harms_nobody_else(hall: Rehearsal, poll: int) -> None:
    hall.step(poll, "issue")
    hostile, honest = hall.tablets(hall.cards[:2])
    for value in (bytes(384), b"\xff" * 384):
        own, keys = hostile._card(), hostile.hall.keys()
        message = messages.issue(hostile.hall.poll(), keys.epoch, keys.spkis, [value])
        body = {
            "auth": b64(signing.p256_sign(own.private, message)),
            "blinded": [b64(value)],
            "deputy": b64(own.card_id),
            "epoch": keys.epoch,
            "poll": b64(hostile.hall.poll()),
        }
        refused("bad_blinded", hall.http.post, "/api/issue", jcs(body))
    honest.receive()
    assert status(hall)["issued"] == 1


def test_a_ballot_cut_off_before_its_receipt_is_sent_again_and_counts_once(
    hall: Rehearsal, poll: int
) -> None:
    tablets = hall.tablets()
    until_frozen(hall, poll, tablets)
    hall.step(poll, "open")
    tablet = tablets[0]
    tablet.check_roll()
    tablet.slot = replace(tablet.kept(), ballot=sign_ballot(tablet.kept(), MARKS))
    _send_and_hang_up(hall, "/api/cast", tablet.kept().ballot or b"")
    wait_until(lambda: status(hall)["returned"] == 1)
    reloaded = Tablet(hall.http, hall.cards[0], hall=tablet.hall, slot=tablet.slot)
    receipt = reloaded.cast(MARKS)
    assert status(hall)["returned"] == 1
    hall.step(poll, "close")
    again = Tablet(hall.http, hall.cards[0], hall=tablet.hall, slot=tablet.slot)
    assert again.cast(MARKS) == receipt  # also after closing


def _send_and_hang_up(hall: Rehearsal, path: str, body: bytes) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    with socket.create_connection(("127.0.0.1", hall.host.port)) as connection:
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)


def test_what_the_box_does_not_take(hall: Rehearsal, poll: int) -> None:
    """Over-marked, malformed, foreign and changed ballots, told apart; none of them counts."""
    tablets = hall.tablets()
    until_frozen(hall, poll, tablets)
    early = tablets[1]
    early.check_roll()
    refused("not_open", hall.http.post, "/api/cast", sign_ballot(early.kept(), MARKS))
    hall.step(poll, "open")
    slot = early.kept()

    def cast(marks: object, /, **changes: object) -> None:
        value = parse_json(sign_ballot(slot, marks))
        hall.http.post("/api/cast", jcs({**value, **changes}))

    refused("over_marked", cast, [0, 0, 0, 0, None])
    refused("bad_marks", cast, [0, None])
    refused("bad_marks", cast, [7, None, None, None, None])
    refused("bad_marks", cast, [True, None, None, None, None])
    refused("bad_signature", cast, MARKS, marks=[None] * 5)
    refused("bad_fields", cast, MARKS, deputy="x")
    refused("bad_base64", cast, MARKS, key="é")
    refused("unknown_poll", cast, MARKS, poll=b64(bytes(32)))
    refused("bad_json", hall.http.post, "/api/cast", b"[" * 5000)
    refused("http_413", hall.http.post, "/api/cast", b" " * 20_000)
    foreign = replace(slot, scalar=12345)
    refused("not_on_roll", hall.http.post, "/api/cast", sign_ballot(foreign, MARKS))
    assert status(hall)["returned"] == 0
    cast(MARKS)
    refused("already_cast", cast, [None, 0, None, None, None])
    assert status(hall)["returned"] == 1


def test_a_ballot_of_another_poll_is_worth_nothing_here(hall: Rehearsal, poll: int) -> None:
    old = hall.tablets()[:1]
    until_frozen_by_one(hall, poll, old)
    slot = replace(old[0].kept(), roll_root=bytes(32))
    hall.step(poll, "void", "重新表决")
    other = a_poll(hall)
    tablets = hall.tablets()
    until_frozen(hall, other, tablets)
    hall.step(other, "open")
    for tablet in tablets:
        tablet.check_roll()
    new = tablets[0].kept()
    moved = replace(slot, poll=new.poll, roll_root=new.roll_root)
    refused("not_on_roll", hall.http.post, "/api/cast", sign_ballot(moved, MARKS))
    mixed = {**parse_json(sign_ballot(slot, MARKS)), "poll": b64(new.poll)}
    refused("bad_signature", hall.http.post, "/api/cast", jcs(mixed))
    hall.step(other, "void", "测试结束")


def until_frozen_by_one(hall: Rehearsal, poll: int, tablets: list[Tablet]) -> None:
    hall.step(poll, "issue")
    all_do(tablets, "receive")
    freeze(hall, poll, tablets)


def test_tablets_see_a_step_as_soon_as_it_is_taken(hall: Rehearsal, poll: int) -> None:
    """Counts are given again for a moment; phases are not."""
    for step, phase in (("issue", "issuing"), ("void", "void")):
        hall.http.get("/api/status")
        hall.step(poll, step, "测试结束" if step == "void" else "")
        assert hall.http.get("/api/status")["poll"]["phase"] == phase


def test_a_seal_cannot_be_forged_or_moved_to_another_key(hall: Rehearsal, poll: int) -> None:
    hall.step(poll, "issue")
    tablet = hall.tablets()[0]
    tablet.receive()
    refused("not_registering", hall.http.post, "/api/register", tablet.kept().line())
    hall.step(poll, "register")
    line = parse_json(tablet.kept().line())
    other = b64(signing.p256_public(signing.p256_private(7)))
    refused("bad_seal", hall.http.post, "/api/register", jcs({**line, "key": other}))
    refused("bad_seal", hall.http.post, "/api/register", jcs({**line, "seals": []}))
    refused("not_issuing", hall.tablets()[1].receive)
    assert status(hall)["registered"] == 0


def test_the_issuer_is_killed_while_it_issues(hall: Rehearsal, poll: int) -> None:
    """The key is lost; the officials open the next epoch, and everybody gets one new ballot."""
    hall.step(poll, "issue")
    tablets = hall.tablets()
    all_do(tablets[:5], "receive")
    killed = hall.host.issuer_pid()
    assert killed
    os.kill(killed, signal.SIGKILL)
    impatient = Tablet(Http(hall.host.base, patience=0.5), hall.cards[6], hall=tablets[0].hall)
    refused("issuer_away", impatient.receive)
    deadline = time.monotonic() + 15
    while hall.host.issuer_pid() in (None, killed):
        assert time.monotonic() < deadline, "the server did not bring the issuer back"
        time.sleep(0.1)
    time.sleep(0.5)
    hall.step(poll, "issue")
    assert status(hall)["epoch"] == 2
    old_line = tablets[0].kept().line()
    again = hall.tablets()
    all_do(again, "receive")
    assert status(hall)["issued"] == DEPUTIES
    hall.step(poll, "register")
    refused("bad_seal", hall.http.post, "/api/register", old_line)
    all_do(again, "register")
    assert status(hall)["registered"] == DEPUTIES


def test_a_missing_ballot_needs_two_people_who_accept_the_gap(hall: Rehearsal, poll: int) -> None:
    tablets = hall.tablets()
    hall.step(poll, "issue")
    all_do(tablets, "receive")
    hall.step(poll, "register")
    all_do(tablets[1:], "register")
    time.sleep(1.2)
    page = hall.secretary.get(f"/polls/{poll}")
    assert "还有 1 张表决票没有登记" in page
    hall.step(poll, "accept_gap")
    assert status(hall)["phase"] == "frozen"
    refused("not_registering", hall.http.post, "/api/register", tablets[0].kept().line())


def test_who_got_an_account_after_the_definition_decides_nothing(hall: Rehearsal) -> None:
    """The administrator sees new passwords: accounts made since 定稿 confirm nothing here."""
    poll = a_poll(hall)
    tablets = hall.tablets()
    until_frozen(hall, poll, tablets)
    for step in ("open", "close", "publish"):
        hall.step(poll, step)
    for role in ("presidium", "scrutineer"):
        values = {"login": f"late-{role}", "name": "后来", "role": role}
        page = hall.people["admin"].fill("/accounts", "/accounts", values)
        password = page.split('id="password">')[1].split("<")[0]
        late = Official(hall.host.base, values["login"], password)
        with pytest.raises(Refusal, match="定稿以后"):
            late.fill(f"/polls/{poll}", f"/polls/{poll}/steps/void", {"reason": "改主意"})
