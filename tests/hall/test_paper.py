"""The vote given up for paper: decided by two, counted twice, announced, and never mixed."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator

import pytest
import urllib3

from tests.rounds import play
from tests.world import a_poll, all_do, congress, projects
from voting.client.official import Refusal
from voting.client.rehearsal import Rehearsal

DEPUTIES = 6
VOTES = [[5], [4], [4], [1], [0]]  # of five projects, of which three are chosen
FIGURES = {"issued": 6, "returned": 6, "valid": 5, "invalid": 1, "blank": 0}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    with congress(tmp_path_factory.mktemp("paper"), DEPUTIES) as made:
        all_do(made.tablets(), "check_in")
        yield made


def words_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def public(world: Rehearsal, path: str) -> tuple[int, str]:
    answer = urllib3.request("GET", world.host.base + path)
    return answer.status, words_of(answer.data.decode())


def void_poll(world: Rehearsal) -> int:
    poll = a_poll(world)
    world.step(poll, "void", "主席团决定改用纸质票")
    return poll


def decide(world: Rehearsal, poll: int, step: str, **values: str) -> None:
    """Two people of two roles."""
    for role in ("presidium", "scrutineer"):
        confirm(world, role, poll, step, **values)


def confirm(world: Rehearsal, role: str, poll: int, step: str, **values: str) -> str:
    page = f"/polls/{poll}/paper"
    return world.people[role].fill(page, f"{page}/steps/{step}", values)


def enter(
    world: Rehearsal, role: str, poll: int, votes: list[list[int]] = VOTES, **changed: int
) -> None:
    """What somebody counted, as it is typed."""
    page = f"/polls/{poll}/paper"
    world.people[role].fill(page, f"{page}/count", cells(votes, **changed))


def cells(votes: list[list[int]] = VOTES, **changed: int) -> dict[str, str]:
    typed = {name: str(n) for name, n in (FIGURES | changed).items()}
    for item, row in enumerate(votes):
        typed |= {f"item-{item}-{mark}": str(n) for mark, n in enumerate(row)}
    return typed


def forge(world: Rehearsal, role: str, path: str, fields: dict[str, str]) -> None:
    """A request that no page offers to this official."""
    person = world.people[role]
    token = re.findall(r'name="csrf_token" value="([^"]+)"', person.get("/polls"))[0]
    person.fetch("POST", path, [("csrf_token", token), *fields.items()])


def record(world: Rehearsal) -> dict[str, list[object]]:
    """All that the electronic record has."""
    tables = ("log_entry", "log_checkpoint", "roll_line", "ballot", "issuance")
    with sqlite3.connect(world.host.instance / "piaojue.db") as database:
        return {name: database.execute(f"SELECT * FROM {name}").fetchall() for name in tables}


def number_of(world: Rehearsal, poll: int) -> str:
    page = world.secretary.get(f"/polls/{poll}/paper")
    return re.findall(r'name="vote" value="([0-9]+)"', page)[0]


def test_nobody_goes_to_paper_while_the_electronic_vote_stands(world: Rehearsal) -> None:
    poll = a_poll(world)
    world.step(poll, "issue")
    with pytest.raises(Refusal, match="电子表决没有作废"):
        confirm(world, "presidium", poll, "paper")
    world.step(poll, "void", "主席团决定改用纸质票")
    other = a_poll(world)
    world.step(other, "issue")
    with pytest.raises(Refusal, match="另有一项表决正在进行"):
        confirm(world, "presidium", poll, "paper")
    world.step(other, "void", "演练")

    confirm(world, "presidium", poll, "paper")
    assert "录入这一遍" not in world.secretary.get(f"/polls/{poll}/paper")  # one decides nothing
    confirm(world, "scrutineer", poll, "paper")
    draft = world.draft("另一项", "choose", 3, 10, projects(5))
    with pytest.raises(Refusal, match="另有一项表决正在进行"):
        world.step(draft, "define")
    decide(world, poll, "paper_void", reason="演练结束")


def test_two_people_count_apart_and_the_equal_count_is_announced(world: Rehearsal) -> None:
    poll = void_poll(world)
    before = record(world)
    decide(world, poll, "paper")
    page, number = f"/polls/{poll}/paper", number_of(world, poll)
    with pytest.raises(Refusal, match="没有这项权限"):
        forge(world, "presidium", f"{page}/count", cells() | {"vote": number, "attempt": "1"})

    enter(world, "scrutineer", poll, [[5], [3], [4], [1], [0]])
    for role in ("secretariat", "presidium", "scrutineer"):
        shown = words_of(world.people[role].get(page))
        assert "还等秘书处录入" in shown
        assert "第 1 遍：" not in shown.replace("第 1 遍：还等", "")  # nobody sees an entry yet
    with pytest.raises(Refusal, match="已经录入或者已经结束"):
        forge(world, "scrutineer", f"{page}/count", cells() | {"vote": number, "attempt": "1"})
    with pytest.raises(Refusal, match="已经录入或者已经结束"):
        forge(world, "secretariat", f"{page}/count", cells() | {"vote": number, "attempt": "2"})
    with pytest.raises(Refusal, match="还没有一致"):
        world.people["scrutineer"].get(f"{page}/report")
    enter(world, "secretariat", poll)
    assert "第 1 遍：1 格不一致" in words_of(world.secretary.get(page))
    with pytest.raises(Refusal, match="还没有一致"):
        confirm(world, "presidium", poll, "paper_announce")

    enter(world, "secretariat", poll)
    enter(world, "scrutineer", poll)
    assert "第 2 遍：一致" in words_of(world.secretary.get(page))
    assert "第 1 遍：1 格不一致" in words_of(world.secretary.get(page))  # and stays
    report = words_of(world.secretary.get(f"{page}/report"))
    assert "纸质票、人工计票" in report
    assert "应到 实到 候选数 应选数 发出 收回 有效 其中弃权票 无效 6 6 5 3 6 6 5 0 1" in report
    assert "核验码 " not in report.replace("没有核验码", "")
    assert public(world, f"/paper/{number}")[0] == 404
    confirm(world, "presidium", poll, "paper_announce")
    assert public(world, f"/paper/{number}")[0] == 404
    confirm(world, "scrutineer", poll, "paper_announce")
    status, result = public(world, f"/paper/{number}")
    assert status == 200
    assert "纸质票、人工计票" in result
    assert result.count("入选") - result.count("未入选") == 3  # 5, 4 and 4 of six are over half
    assert "人工计票" in public(world, "/")[1]
    with pytest.raises(Refusal, match="已经录入或者已经结束"):
        forge(world, "secretariat", f"{page}/count", cells() | {"vote": number, "attempt": "3"})

    after = record(world)
    assert after == before  # nothing of it is in the log, on the roll or in the box
    with pytest.raises(Refusal, match="no form"):
        world.people["auditor"].download("/records", f"/records/{poll}.zip")


def test_the_hall_sees_paper_marked_and_no_figure_before_it_is_announced(world: Rehearsal) -> None:
    poll = void_poll(world)
    page = f"/polls/{poll}"
    decide(world, poll, "paper")
    for role in ("secretariat", "scrutineer"):
        enter(world, role, poll)
    world.people["presidium"].fill(page, "/presidium/hall", {"what": "paper"})
    shown = world.http.get("/hall.json")
    assert (shown["headline"], shown["projects"]) == ("改用纸质票表决", [])
    decide(world, poll, "paper_announce")
    shown = world.http.get("/hall.json")
    assert (len(shown["projects"]), shown["note"]) == (3, "纸质票、人工计票")
    assert (shown["code"], shown["corner"]) == ("", "")
    decide(world, poll, "paper_void", reason="演练结束")
    assert world.http.get("/hall.json")["headline"] == "本次表决已作废"


def test_a_count_that_cannot_be_true_is_not_kept(world: Rehearsal) -> None:
    poll = void_poll(world)
    decide(world, poll, "paper")
    with pytest.raises(Refusal, match="没有保存"):
        enter(world, "scrutineer", poll, invalid=0)
    with pytest.raises(Refusal, match="每一格都要填写"):
        enter(world, "scrutineer", poll, VOTES[:4])
    assert "录入这一遍" in world.people["scrutineer"].get(f"/polls/{poll}/paper")
    decide(world, poll, "paper_void", reason="演练结束")


def test_more_ballots_back_than_issued_void_the_vote_and_it_can_be_taken_again(
    world: Rehearsal,
) -> None:
    poll = void_poll(world)
    decide(world, poll, "paper")
    vote = number_of(world, poll)
    for role in ("secretariat", "scrutineer"):
        enter(world, role, poll, issued=5)
    assert "本次表决无效" in words_of(world.secretary.get(f"/polls/{poll}/paper/report"))
    decide(world, poll, "paper_announce")
    assert "收回的表决票多于发出的" in public(world, f"/paper/{vote}")[1]
    decide(world, poll, "paper")  # again, on new ballots
    decide(world, poll, "paper_void", reason="演练结束")
    shown = words_of(world.secretary.get(f"/polls/{poll}"))
    assert "收回的表决票多于发出的" in shown  # both stay to be seen
    assert "作废的原因：演练结束" in shown


def test_a_figure_that_changed_lapses_the_approval(world: Rehearsal) -> None:
    poll = void_poll(world)
    decide(world, poll, "paper")
    for role in ("secretariat", "scrutineer"):
        enter(world, role, poll)
    confirm(world, "presidium", poll, "paper_announce")
    for role in ("secretariat", "scrutineer"):
        enter(world, role, poll, [[5], [4], [3], [1], [0]])  # counted once more
    confirm(world, "scrutineer", poll, "paper_announce")
    vote = number_of(world, poll)
    assert public(world, f"/paper/{vote}")[0] == 404
    decide(world, poll, "paper_void", reason="演练结束")


def test_a_tie_on_paper_is_voted_on_again_and_stays_marked(world: Rehearsal) -> None:
    poll = void_poll(world)
    page, presidium = f"/polls/{poll}", world.people["presidium"]
    decide(world, poll, "paper")
    for role in ("secretariat", "scrutineer"):
        enter(world, role, poll, [[6], [4], [4], [4], [0]], valid=6, invalid=0)
    for path in (f"{page}/follow-up", f"{page}/notice"):
        with pytest.raises(Refusal, match="公布以后"):
            presidium.get(path)
    decide(world, poll, "paper_announce")
    notice = words_of(world.secretary.get(f"{page}/notice"))
    assert "（纸质票、人工计票）" in notice
    assert "公办幼儿园扩容工程" in notice
    assert "核验码" not in notice
    form = presidium.get(f"{page}/follow-up")
    hidden = re.findall(r'type="hidden" name="(csrf_token|item)" value="([^"]+)"', form)
    tied = hidden[[name for name, _ in hidden].index("item") - 1 :]
    assert [value for name, value in tied if name == "item"] == ["2", "3", "4"]
    draft = presidium.fetch("POST", f"{page}/follow-up", [*tied]).decode()
    assert "应选 2 项" in words_of(draft)
    second = int(re.findall(r'data-page="/polls/([0-9]+)"', draft)[0])
    world.step(second, "define")
    name = play(world, second, [[0, 0, None]] * DEPUTIES)
    listed = "公办幼儿园扩容工程（纸质票、人工计票） 四好农村路建设 农村公路大中修"
    assert listed in public(world, f"/results/{name}")[1]
    said = words_of(world.secretary.get(f"/polls/{second}/notice"))
    assert "第 1 轮票决（纸质票、人工计票） 公办幼儿园扩容工程 第 2 轮票决 四好农村路" in said


def test_the_ballot_says_how_it_is_marked_and_bears_no_number(world: Rehearsal) -> None:
    poll = void_poll(world)
    page = f"/polls/{poll}/paper/ballot"
    spare = words_of(world.people["scrutineer"].get(page))
    assert "样张" in spare
    decide(world, poll, "paper")
    ballot = words_of(world.secretary.get(page))
    assert "请打印 6 份" in ballot
    for text in ("画“○”", "最多选 3 项；多于 3 项的，整张票无效", "盖章处", "公办幼儿园扩容工程"):
        assert text in ballot
    assert "核验码" not in ballot
    decide(world, poll, "paper_void", reason="演练结束")


def test_a_draft_that_follows_is_made_once_and_ends_the_way_to_paper(world: Rehearsal) -> None:
    poll = void_poll(world)
    page = f"/polls/{poll}"
    for _ in range(2):
        world.secretary.fill(page, f"{page}/again", {})
    listing = words_of(world.secretary.get("/polls"))
    assert listing.count("（第 2 轮） 草拟中") == 1
    draft = poll + 1
    world.step(draft, "define")
    with pytest.raises(Refusal, match="另建电子表决"):
        confirm(world, "presidium", poll, "paper")
    world.step(draft, "void", "演练结束")
