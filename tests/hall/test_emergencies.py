"""When it does not go as planned: late deputies, broken tablets, no quorum, ten dark minutes."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world import WINDOW, a_poll, all_do, congress, freeze, status
from voting.client.http import Problem
from voting.client.official import Refusal
from voting.client.rehearsal import Rehearsal
from voting.client.tablet import Tablet

DEPUTIES = 7
MARKS = [0, None, 0, None, None]
HERE = "现在的情况"


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    with congress(tmp_path_factory.mktemp("emergencies"), DEPUTIES) as made:
        yield made


@pytest.fixture
def world(hall: Rehearsal) -> Rehearsal:
    """The congress at a new meeting, at which nobody has checked in yet."""
    hall.open_meeting("应急演练", "2026-11-22")
    return hall


def counts(world: Rehearsal) -> tuple[object, ...]:
    now = status(world)
    return now["phase"], now["issued"], now["registered"], now["returned"]


def refused(code: str, act: object) -> None:
    with pytest.raises(Problem) as caught:
        act()  # type: ignore[operator]
    assert caught.value.code == code


def told(world: Rehearsal, poll: int, role: str = "presidium") -> str:
    """The situation that the poll's page says is there now; '' where it says of none."""
    page = world.people[role].get(f"/polls/{poll}")
    found = re.search(rf"<summary>([^<]+)<span[^>]*>{HERE}", page)
    return found.group(1).strip() if found else ""


def verified(world: Rehearsal, poll: int, folder: Path) -> None:
    record = folder / f"{poll}.zip"
    record.write_bytes(world.record(poll))
    done = subprocess.run(
        [sys.executable, "-m", "voting.verify", str(record)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


def vote(world: Rehearsal, poll: int, tablets: list[Tablet], folder: Path) -> None:
    """From the frozen roll to a record that verifies; these tablets cast."""
    if status(world)["phase"] == "frozen":
        world.step(poll, "open")
    all_do(tablets, "check_roll")
    for tablet in tablets:
        tablet.cast(MARKS)
    world.step(poll, "close")
    world.step(poll, "publish")
    verified(world, poll, folder)


def outage(world: Rehearsal, folder: Path) -> None:
    """The power is cut, and comes back when all that was running has ended."""
    world.host.stop(signal.SIGKILL)
    end = time.monotonic() + 10
    while listening(world):
        assert time.monotonic() < end
        time.sleep(0.1)
    world.host.start(folder / "server.log")


def listening(world: Rehearsal) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", world.host.port)) == 0


def issue_again(world: Rehearsal, poll: int) -> None:
    """Two people open the next round, the second one as soon as the issuer is back."""
    page, action = f"/polls/{poll}", f"/polls/{poll}/steps/issue"
    world.people["presidium"].fill(page, action, {})
    end = time.monotonic() + 20
    while True:
        try:
            world.people["scrutineer"].fill(page, action, {})
            return
        except Refusal as refusal:  # it says to wait, and nothing was changed
            if "503" not in str(refusal) or time.monotonic() > end:
                raise
            time.sleep(0.5)


def test_a_deputy_may_come_until_issuing_closes_and_no_later(
    world: Rehearsal, tmp_path: Path
) -> None:
    tablets = world.tablets()
    present, late, later = tablets[:5], tablets[5], tablets[6]
    all_do(present, "check_in")
    poll = a_poll(world)
    world.step(poll, "issue")
    all_do(present, "receive")
    late.check_in()  # during issuing there is time
    late.receive()
    world.step(poll, "register")
    later.check_in()
    refused("not_issuing", later.receive)
    all_do([*present, late], "register")
    time.sleep(WINDOW + 0.2)
    assert told(world, poll) == "代表迟到"
    world.step(poll, "freeze")
    refused("not_issuing", later.receive)
    world.step(poll, "open")
    refused("not_issuing", later.receive)
    name = later.read_card().name
    page = world.people["scrutineer"].get(f"/polls/{poll}/deputies")
    assert "停止发票以后签到的 1 人" in page
    assert name in page.split("停止发票以后签到的 1 人")[1]
    vote(world, poll, [*present, late], tmp_path)
    assert counts(world) == ("published", 6, 6, 6)


def test_a_tablet_that_breaks_before_the_freeze_is_a_gap_that_two_people_accept(
    world: Rehearsal, tmp_path: Path
) -> None:
    *tablets, broken = world.tablets()
    all_do([*tablets, broken], "check_in")
    poll = a_poll(world)
    world.step(poll, "issue")
    all_do([*tablets, broken], "receive")
    spare = world.tablets(world.cards[-1:])[0]  # the same card at another tablet
    refused("already_issued", spare.receive)
    world.step(poll, "register")
    all_do(tablets, "register")
    time.sleep(WINDOW + 0.2)
    refused("not_issuing", spare.receive)
    assert told(world, poll) == "平板损坏（票册冻结以前）"
    with pytest.raises(Refusal, match="还有 1 张"):
        world.step(poll, "freeze")
    world.people["presidium"].fill(f"/polls/{poll}", f"/polls/{poll}/steps/accept_gap", {})
    assert counts(world)[0] == "registering"  # one person accepts nothing
    world.step(poll, "accept_gap")
    vote(world, poll, tablets, tmp_path)
    assert counts(world) == ("published", DEPUTIES, DEPUTIES - 1, DEPUTIES - 1)


def test_where_all_shall_vote_the_issuer_is_restarted_and_everybody_gets_a_new_ballot(
    world: Rehearsal, tmp_path: Path
) -> None:
    first = world.tablets()
    all_do(first, "check_in")
    poll = a_poll(world)
    world.step(poll, "issue")
    all_do(first, "receive")
    with pytest.raises(Refusal, match="no form"):
        world.step(poll, "issue")  # while the key is well there is but one round
    issuer = world.host.issuer_pid()
    assert issuer
    os.kill(issuer, signal.SIGKILL)
    end = time.monotonic() + 10
    while world.host.issuer_pid() in (None, issuer):
        assert time.monotonic() < end
        time.sleep(0.1)
    assert told(world, poll) == "停电、断网或服务器重启"
    issue_again(world, poll)
    again = world.tablets()  # the deputy of the broken tablet is among them
    all_do(again, "receive")
    world.step(poll, "register")
    with pytest.raises(Problem):
        first[0].register()  # a ballot of the round that ended
    all_do(again, "register")
    time.sleep(WINDOW + 0.2)
    world.step(poll, "freeze")
    vote(world, poll, again, tmp_path)
    assert counts(world) == ("published", DEPUTIES, DEPUTIES, DEPUTIES)


def test_a_tablet_that_breaks_after_the_freeze_takes_its_ballot_along(
    world: Rehearsal, tmp_path: Path
) -> None:
    *tablets, broken = world.tablets()
    all_do([*tablets, broken], "check_in")
    poll = a_poll(world)
    world.step(poll, "issue")
    all_do([*tablets, broken], "receive")
    freeze(world, poll, [*tablets, broken])
    page = world.people["presidium"].get(f"/polls/{poll}")
    for what in (
        "平板损坏（票册冻结以后）",
        "定稿以后发现名册或项目有误",
        "停电、断网或服务器重启",
    ):
        assert f"<summary>{what}" in page  # the ways that are left
    spare = world.tablets(world.cards[-1:])[0]
    refused("not_issuing", spare.receive)
    for step in ("issue", "accept_gap", "register"):
        with pytest.raises(Refusal, match="no form"):
            world.step(poll, step)
    vote(world, poll, tablets, tmp_path)
    assert counts(world) == ("published", DEPUTIES, DEPUTIES, DEPUTIES - 1)
    result = world.secretary.get(f"/polls/{poll}/report")
    assert f"<td>{DEPUTIES}</td><td>{DEPUTIES - 1}</td><td>{DEPUTIES - 1}</td>" in result


def test_without_a_quorum_nothing_is_issued_and_the_page_says_what_to_do(world: Rehearsal) -> None:
    tablets = world.tablets()
    all_do(tablets[:4], "check_in")  # five of seven are two thirds
    poll = a_poll(world)
    presidium = world.people["presidium"]
    page = presidium.get(f"/polls/{poll}")
    assert "签到 4 人，未达到法定人数 5 人。" in page
    assert "签到不足法定人数" in page
    with pytest.raises(Refusal, match="未达到法定人数 5 人"):
        world.step(poll, "issue")
    tablets[4].check_in()
    world.step(poll, "issue")
    assert status(world)["phase"] == "issuing"
    tablets[4].receive()
    world.step(poll, "void", "演练结束")


def test_the_power_is_cut_while_ballots_are_issued_registered_and_cast(
    world: Rehearsal, tmp_path: Path
) -> None:
    lost = world.tablets()
    all_do(lost, "check_in")
    poll = a_poll(world)
    world.step(poll, "issue")
    all_do(lost, "receive")
    outage(world, tmp_path)
    assert counts(world) == ("issuing", DEPUTIES, 0, 0)
    assert told(world, poll) == "停电、断网或服务器重启"  # the issuing key was in memory only
    with pytest.raises(Problem):
        world.tablets(world.cards[:1])[0].receive()
    issue_again(world, poll)
    tablets = world.tablets()
    all_do(tablets, "receive")
    assert counts(world) == ("issuing", DEPUTIES, 0, 0)  # of the new round, one each

    world.step(poll, "register")
    all_do(tablets[:3], "register")
    promises = [tablet.kept().promise for tablet in tablets[:3]]
    outage(world, tmp_path)
    assert counts(world) == ("registering", DEPUTIES, 3, 0)
    time.sleep(WINDOW)
    all_do(tablets, "register")  # those who had registered hear the same promise again
    assert [tablet.kept().promise for tablet in tablets[:3]] == promises
    world.step(poll, "freeze")
    world.step(poll, "open")

    all_do(tablets, "check_roll")
    receipts = [tablet.cast(MARKS) for tablet in tablets[:3]]
    outage(world, tmp_path)
    assert told(world, poll) == ""  # nothing is to be done
    assert counts(world) == ("open", DEPUTIES, DEPUTIES, 3)
    assert [tablet.cast(MARKS) for tablet in tablets[:3]] == receipts
    vote(world, poll, tablets, tmp_path)
    assert counts(world) == ("published", DEPUTIES, DEPUTIES, DEPUTIES)
