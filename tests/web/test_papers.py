"""Scrutineers and the secretariat at their pages through a whole vote, and the papers after it."""

from __future__ import annotations

import csv
import dataclasses
import io
import re
from collections.abc import Iterator

import pytest
from openpyxl import load_workbook

from tests.core.test_rules import poll as definition_of
from tests.world import a_poll, all_do, congress, freeze
from voting.client.official import Refusal
from voting.client.rehearsal import Rehearsal
from voting.core.encoding import parse_json
from voting.core.forms import form_choose
from voting.core.poll import Item
from voting.web import tables
from voting.web.outcome import Table
from voting.web.second import beside

DEPUTIES = 6


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    with congress(tmp_path_factory.mktemp("papers"), DEPUTIES) as made:
        all_do(made.tablets(made.cards[:5]), "check_in")
        yield made


def run(world: Rehearsal, form: str, marks: list[int | None]) -> tuple[int, str]:
    """A poll from 定稿 to publication: five are issued ballots, four cast, one of them blank."""
    poll = a_poll(world, form=form)
    tablets = world.tablets(world.cards[:5])
    world.step(poll, "issue")
    all_do(tablets, "receive")
    freeze(world, poll, tablets)
    world.step(poll, "open")
    all_do(tablets, "check_roll")
    for each in (marks, marks, marks, [None] * 5):
        tablets.pop().cast(each)
    world.step(poll, "close")
    world.step(poll, "publish")
    return poll, world.http.get("/api/status")["poll"]["hash"]


def words_of(page: str) -> str:
    """What can be read on a page, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_scrutineers_see_counts_and_confirm_figures_but_no_marks(world: Rehearsal) -> None:
    scrutineer, presidium = world.people["scrutineer"], world.people["presidium"]
    poll = a_poll(world)
    mine = f"/scrutineer/{poll}"
    assert "实到 5" in words_of(scrutineer.get(mine))  # what starting to issue would bind
    with pytest.raises(Refusal, match="票册冻结以后"):
        scrutineer.get(f"{mine}/notes/freeze")

    tablets = world.tablets(world.cards[:5])
    world.step(poll, "issue")
    all_do(tablets, "receive")
    freeze(world, poll, tablets)
    note = words_of(scrutineer.get(f"{mine}/notes/freeze"))
    status = world.http.get("/api/status")["poll"]
    root = parse_json(
        parse_json(world.http.get_bytes(f"/api/polls/{status['hash']}/proof/roll_frozen"))[
            "entry"
        ].encode()
    )["root"]
    for value in ("应到 实到 发出 登记 6 5 5 5", status["hash"], root, "piaojue/qingshi-18"):
        assert value in note

    world.step(poll, "open")
    all_do(tablets, "check_roll")
    for tablet in tablets[:4]:
        tablet.cast([0, None, None, None, None])
    presidium.fill(f"/polls/{poll}", f"/polls/{poll}/steps/close", {})
    page = words_of(scrutineer.get(mine))
    assert "数字相符" in page
    assert "发出 5，登记 5，收回 4" in page
    assert "✓ 主席团" in page
    assert "其中弃权票 —" in page
    for path in (f"/polls/{poll}/report", f"/presidium/{poll}"):
        with pytest.raises(Refusal):
            scrutineer.get(path)

    scrutineer.fill(mine, f"/polls/{poll}/steps/close", {})
    assert "其中弃权票 0" in words_of(scrutineer.get(mine))
    assert "结果尚未公布" in scrutineer.get(f"/polls/{poll}/report")
    with pytest.raises(Refusal, match="公布以后"):
        world.secretary.get(f"/polls/{poll}/report")
    world.step(poll, "void", "演练结束")


def test_the_report_has_every_line_and_names_the_record(world: Rehearsal) -> None:
    poll, hash_ = run(world, "choose", [0, 0, 0, None, None])
    report = words_of(world.secretary.get(f"/polls/{poll}/report"))
    line = "代表总数 应到 实到 候选数 应选数 发出 收回 有效 其中弃权票 无效 6 6 5 5 3 5 4 4 1 0"
    for text in (line, "届次 青石县人民代表大会 第十八届", "日期 2026年11月22日", hash_):
        assert text in report
    assert report.count("未过半数") == 5  # three votes are not more than half of six
    for who in ("总监票人：", "监票人：", "计票人："):
        assert who in report
    before = re.findall(r"记录 SHA-256 ([0-9a-f]{64})", report)
    world.record(poll)
    page = world.people["auditor"].get("/records")
    assert before[0] in page
    ending = words_of(world.people["scrutineer"].get(f"/scrutineer/{poll}/notes/end"))
    assert "6 5 5 5 4 4 1 0" in ending
    assert re.findall(r"结果哈希 (\S{43})", report)[0] in ending


def test_the_notice_is_numbered_and_says_what_was_decided(world: Rehearsal) -> None:
    poll, _ = run(world, "grade", [0, 0, 0, 1, 2])
    path = f"/polls/{poll}/notice"
    notice = words_of(world.secretary.get(f"{path}?number=7&year=2027"))
    assert "第 7 号" in notice
    assert "青石县第十八届人民代表大会第三次会议于2026年11月22日以无记名方式" in notice
    assert "：满意" in notice
    assert "现予公告。 青石县第十八届人民代表大会第三次会议主席团 2026年11月22日" in notice
    odd = words_of(world.secretary.get(f"{path}?number=７<b>&year=x"))
    assert "<b>" not in odd
    assert re.search(r"第 [0-9] 号", odd)


def test_attendance_is_by_delegation_and_for_those_who_count(world: Rehearsal) -> None:
    poll = a_poll(world)
    for role in ("secretariat", "scrutineer"):
        page = words_of(world.people[role].get(f"/polls/{poll}/attendance"))
        assert "合计 6 5 1" in page
    with pytest.raises(Refusal):
        world.people["presidium"].get(f"/polls/{poll}/attendance")


@pytest.mark.parametrize(
    ("form", "marks", "first"),
    [
        ("choose", [0, 0, 0, None, None], ["1", "3", "否", "1", "未过半数"]),
        ("each", [0, 0, 1, 2, None], ["1", "3", "0", "0", "2", "否", "1", "未通过"]),
        ("grade", [0, 0, 1, 2, None], ["1", "3", "0", "0", "2", "满意"]),
        ("rank", [0, 1, 2, None, None], ["1", "3", "0", "0", "9", "否", "1", "未过半数"]),
    ],
)
def test_results_are_a_table_to_work_with(
    world: Rehearsal, form: str, marks: list[int | None], first: list[str]
) -> None:
    _, hash_ = run(world, form, marks)
    data = world.http.get_bytes(f"/results/{hash_}/table.csv")
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert rows[0][:2] == ["序号", "项目名称"]
    assert [rows[1][0], *rows[1][2:]] == first
    assert len(rows[0]) == len(rows[1])
    book = load_workbook(
        io.BytesIO(world.http.get_bytes(f"/results/{hash_}/table.xlsx")), data_only=False
    )
    sheet = book["计票结果"]
    assert [str(cell.value) for cell in sheet[2]] == rows[1]
    totals = dict(book["总数"].iter_rows(values_only=True))
    assert (totals["发出"], totals["收回"], totals["其中弃权票"]) == (5, 4, 1)
    assert totals["表决哈希"] == hash_
    assert (totals["表决"], totals["日期"]) == ("民生实事项目票决", "2026-11-22")


def test_titles_in_the_second_script_stand_beside_the_chinese_and_stay_text() -> None:
    two = {"second": {"lang": "bo", "title": "=བྱིས་པའི་ཁྱིམ", "content": "…"}}
    items = (Item("1", "幼儿园", two), Item("2", "公路", {"second": "?"}))
    table = Table(["序号", "项目名称", "得票"], [["2", "公路", 5], ["1", "幼儿园", 3]])
    plain = definition_of(form_choose(1), "1", "2")
    assert beside(table, plain) == table
    with_second = beside(table, dataclasses.replace(plain, items=items))
    head, *rows = csv.reader(io.StringIO(tables.as_csv(with_second).decode("utf-8-sig")))
    assert head == ["序号", "项目名称", "项目名称（民族文字）", "得票"]
    assert rows == [["2", "公路", "", "5"], ["1", "幼儿园", "'=བྱིས་པའི་ཁྱིམ", "3"]]
    sheet = load_workbook(io.BytesIO(tables.as_xlsx(with_second, [])))["计票结果"]
    assert (sheet["C3"].value, sheet["C3"].data_type) == ("=བྱིས་པའི་ཁྱིམ", "s")


def test_a_name_like_a_formula_stays_a_name() -> None:
    table = Table(["序号", "项目名称", "得票"], [["1", "=1+1", 3], ["2", "＝x", -1]])
    assert tables.as_csv(table).decode("utf-8-sig").split("\r\n")[1:3] == ["1,'=1+1,3", "2,'＝x,-1"]
    sheet = load_workbook(io.BytesIO(tables.as_xlsx(table, [])))["计票结果"]
    assert (sheet["B2"].value, sheet["B2"].data_type) == ("=1+1", "s")
    assert (sheet["A2"].data_type, sheet["C2"].data_type) == ("s", "n")
