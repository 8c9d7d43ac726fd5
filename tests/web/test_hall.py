"""The hall's screen through a whole vote: it never says more than the presidium has chosen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import urllib3

from tests.world import a_poll, all_do, congress, until_frozen
from voting.client.official import Refusal
from voting.client.rehearsal import Rehearsal
from voting.core.encoding import parse_json

DEPUTIES = 6
MARKS = [0, 0, 0, None, None]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    with congress(tmp_path_factory.mktemp("screen"), DEPUTIES) as made:
        yield made


def screen(world: Rehearsal) -> dict[str, Any]:
    """What the projector gets."""
    value: dict[str, Any] = parse_json(urllib3.request("GET", f"{world.host.base}/hall.json").data)
    return value


def choose(world: Rehearsal, poll: int, what: str) -> dict[str, Any]:
    """The presidium presses a button on its page; what the projector gets then."""
    world.people["presidium"].fill(f"/polls/{poll}", "/presidium/hall", {"what": what})
    return screen(world)


def refuse(world: Rehearsal, poll: int, *choices: str) -> None:
    """The presidium cannot have these shown now, and the screen stays as it is."""
    before = screen(world)
    for what in choices:
        with pytest.raises(Refusal):
            choose(world, poll, what)
    assert screen(world) == before


def test_the_screen_follows_the_presidium_and_never_runs_ahead(world: Rehearsal) -> None:
    assert screen(world)["meeting"] == "青石县第十八届人民代表大会第三次会议"
    poll = a_poll(world)
    assert screen(world)["code"] == ""  # nothing has been chosen yet
    refuse(world, poll, "voting", "closed", "result", "everything", "")

    shown = choose(world, poll, "code")
    assert shown["code"].replace(" ", "") in world.http.get("/api/status")["poll"]["code"]
    assert shown["hash"] == world.http.get("/api/status")["poll"]["hash"]

    tablets = world.tablets()
    all_do(tablets[:3], "check_in")
    shown = choose(world, poll, "check_in")
    assert shown["figures"] == [["应到", "6"], ["实到", "3"]]
    assert shown["note"] == "未达到法定人数（4 人）"
    all_do(tablets[3:], "check_in")
    assert screen(world)["note"] == "已达到法定人数（4 人）"

    until_frozen(world, poll, tablets)
    world.step(poll, "open")
    all_do(tablets, "check_roll")
    tablets[0].cast(MARKS)
    assert "6" not in str(screen(world)["headline"])
    assert choose(world, poll, "voting")["figures"] == [["已收回", "1 / 6"]]
    for tablet in tablets[1:5]:
        tablet.cast(MARKS)
    assert screen(world)["figures"] == [["已收回", "5 / 6"]]
    refuse(world, poll, "closed", "result")

    world.step(poll, "close")
    moved_on = screen(world)
    assert (moved_on["headline"], moved_on["figures"]) == ("表决已停止", [])
    assert choose(world, poll, "closed")["figures"] == [["发出", "6"], ["收回", "5"]]
    refuse(world, poll, "voting", "result")

    world.step(poll, "publish")
    assert screen(world)["projects"] == []  # published, and not yet announced
    announced = choose(world, poll, "result")
    assert announced["headline"] == "入选项目 3 项"
    assert [said for _, _, said in announced["projects"]] == ["5 票"] * 3

    world.step(poll, "void", "演练结束")
    voided = screen(world)
    assert (voided["headline"], voided["projects"]) == ("本次表决已作废", [])


def test_every_choice_is_in_the_log_without_naming_the_poll(world: Rehearsal) -> None:
    poll = a_poll(world)
    choose(world, poll, "code")
    files = (world.host.instance).glob("*.db*")
    kept = b"".join(path.read_bytes() for path in files)
    assert b'"by":"presidium","event":"hall_shown","seq":' in kept


def test_the_screen_is_asked_for_cheaply_and_without_a_cookie(world: Rehearsal) -> None:
    first = urllib3.request("GET", f"{world.host.base}/hall.json")
    again = urllib3.request(
        "GET", f"{world.host.base}/hall.json", headers={"If-None-Match": first.headers["ETag"]}
    )
    assert (first.status, again.status, again.data) == (200, 304, b"")
    page = urllib3.request("GET", f"{world.host.base}/hall", headers={"Cookie": "session=x"})
    assert "Set-Cookie" not in page.headers
    assert "Cookie" not in page.headers.get("Vary", "")


def test_only_the_presidium_chooses(world: Rehearsal) -> None:
    poll = a_poll(world)
    for role in ("secretariat", "scrutineer"):
        assert "/presidium/hall" not in world.people[role].get(f"/polls/{poll}")
