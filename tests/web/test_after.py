"""After the result: who may decide what follows, and to whom the record goes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

import pytest

from tests.hall.test_replacement import replace
from tests.rounds import TIED, play
from tests.web.test_papers import words_of
from tests.world import a_poll, all_do, congress
from voting.client.official import Refusal
from voting.client.rehearsal import Rehearsal

DEPUTIES = 6


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    with congress(tmp_path_factory.mktemp("after"), DEPUTIES) as made:
        all_do(made.tablets(), "check_in")
        yield made


@pytest.fixture(scope="module")
def tied(world: Rehearsal) -> int:
    """A published poll with two open places and three projects tied for them."""
    poll = a_poll(world)
    play(world, poll, TIED)
    return poll


def test_only_the_presidium_decides_on_a_further_round_and_only_once(
    world: Rehearsal, tied: int
) -> None:
    page = f"/polls/{tied}/follow-up"
    presidium = world.people["presidium"]
    assert "末位有 3 个项目" in words_of(world.secretary.get(page))
    form = presidium.get(page)
    token = re.findall(r'name="csrf_token" value="([^"]+)"', form)[0]
    assert re.findall(r'name="item" value="([^"]+)"', form) == ["2", "3", "4"]

    def ask(who: str, *items: str) -> str:
        fields = [("csrf_token", token), *(("item", item) for item in items)]
        return world.people[who].fetch("POST", page, [*fields]).decode()

    with pytest.raises(Refusal):
        ask("secretariat", "2", "3", "4")
    for wrong in ((), ("2", "3"), ("1", "2", "3", "4")):
        with pytest.raises(Refusal, match="409"):
            ask("presidium", *wrong)
    draft = ask("presidium", "2", "3", "4")
    assert "第 2 轮" in draft
    assert "应选 2 项" in words_of(draft)
    with pytest.raises(Refusal, match="再次票决已经建立"):
        ask("presidium", "2", "3", "4")
    again = presidium.get(page)
    assert "第 2 轮已建立" in again
    assert 'name="item"' not in again
    notice = words_of(world.secretary.get(f"/polls/{tied}/notice"))
    assert "公办幼儿园扩容工程" in notice
    assert "四好农村路建设" not in notice


def test_a_draft_is_made_of_published_results_alone(world: Rehearsal) -> None:
    poll = a_poll(world, form="each")
    for path in (f"/polls/{poll}/follow-up", f"/office/polls/{poll}/evaluation"):
        with pytest.raises(Refusal, match="公布以后"):
            world.secretary.get(path)
    play(world, poll, [[1] * 5] * DEPUTIES)
    assert "没有空缺的名额" in world.secretary.get(f"/polls/{poll}/follow-up")
    assert "没有决定项目" in world.secretary.get(f"/office/polls/{poll}/evaluation")


def test_a_record_that_is_handed_over_is_noted_for_good(world: Rehearsal, tied: int) -> None:
    auditor, action = world.people["auditor"], f"/records/{tied}/handovers"
    record = world.record(tied)
    taker = {"name": "王建国", "unit": "县档案馆", "medium": "光盘 1 张"}
    with pytest.raises(Refusal, match="接收人不能为空"):
        auditor.fill("/records", action, {**taker, "name": " "})
    slip = words_of(auditor.fill("/records", action, taker))
    digest = hashlib.sha256(record).hexdigest()
    for told in (" ".join(re.findall("....", digest)), f"{len(record):,} 字节", *taker.values()):
        assert told in slip
    world.secretary.fill("/records", action, {**taker, "name": "李英"})
    listed = words_of(world.secretary.get("/records"))
    assert listed.index("王建国") < listed.index("李英")
    with pytest.raises(Refusal):
        world.people["presidium"].get("/records/handovers/1")


def test_a_deputy_who_checks_in_with_a_new_card_is_not_listed_as_absent(world: Rehearsal) -> None:
    world.open_meeting("第四次会议", "2026-11-23")
    poll = a_poll(world)
    all_do(world.tablets(world.cards[:4]), "check_in")
    replace(world, poll, 4)
    all_do(world.tablets([world.cards[4]]), "check_in")
    page = words_of(world.secretary.get(f"/polls/{poll}/attendance"))
    assert "应到 6 人，实到 5 人，未到 1 人；法定人数 4 人，已达到。" in page
    absent = page[page.index("未到代表") : page.index("已签到代表")]
    assert world.tablets([world.cards[5]])[0].read_card().name in absent
    assert world.tablets([world.cards[4]])[0].read_card().name not in absent
    world.step(poll, "void", "测试结束")
