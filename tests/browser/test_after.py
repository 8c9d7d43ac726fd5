"""A tie, the presidium's follow-up round, the notice of both, and next year's evaluation."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.test_accessible import log_in
from tests.rounds import TIED, play
from tests.world import a_poll, all_do, congress
from voting.client.rehearsal import Rehearsal
from voting.core.encoding import parse_json

NUMBER = re.compile(r"/polls/([0-9]+)")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    with congress(tmp_path_factory.mktemp("rounds"), 6) as made:
        all_do(made.tablets(), "check_in")
        yield made


def drafted(page: Page) -> int:
    """The poll whose page the officials were brought to."""
    found = NUMBER.search(page.url)
    assert found
    return int(found.group(1))


def sheets(page: Page) -> int:
    """How many sheets of A4 the page prints on."""
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True)))


def definition(world: Rehearsal, name: str) -> dict[str, dict[str, object]]:
    value: dict[str, dict[str, object]] = parse_json(
        world.http.get_bytes(f"/api/polls/{name}/definition")
    )
    return value


def test_a_tie_is_voted_on_again_and_what_was_chosen_is_evaluated(
    browser: Browser, world: Rehearsal
) -> None:
    first = a_poll(world)
    first_hash = play(world, first, TIED)

    presidium = log_in(browser, world, "presidium").new_page()
    presidium.goto(f"{world.host.base}/polls/{first}/report")
    assert presidium.locator(".signed-row dd").count() == 6
    assert sheets(presidium) == 1
    presidium.get_by_role("link", name="再次票决").click()
    presidium.get_by_role("button", name="主席团决定再次票决").click()
    presidium.get_by_role("heading", name="第 2 轮").wait_for()
    second = drafted(presidium)

    secretary = log_in(browser, world, "secretariat").new_page()
    secretary.goto(f"{world.host.base}/polls/{second}")
    assert "应选 2 项" in secretary.locator("main").inner_text()
    secretary.goto("about:blank")  # a poll's page draws itself anew while it moves on
    world.step(second, "define")
    ballots = [[0, None, 0], [0, None, 0], [0, None, 0], [0, None, 0], [None] * 3, [0, None, None]]
    second_hash = play(world, second, ballots)
    assert definition(world, second_hash)["poll"]["follows"] == first_hash

    secretary.goto(f"{world.host.base}/polls/{second}/notice?lang=en")
    paper = secretary.locator("article.paper")
    assert paper.get_attribute("lang") == "zh"
    said = paper.inner_text()
    rounds = [said.index("第 1 轮票决"), said.index("公办幼儿园扩容工程")]
    rounds += [said.index("第 2 轮票决"), said.index("四好农村路建设"), said.index("乡镇卫生院")]
    assert rounds == sorted(rounds)
    assert "农村公路大中修" not in said
    assert [each.get_attribute("start") for each in paper.locator("ol").all()] == ["1", "2"]
    assert sheets(secretary) == 1
    public = secretary.goto(f"{world.host.base}/results/{second_hash}")
    assert public
    notice = secretary.locator(".notice").inner_text()
    assert notice.index("公办幼儿园扩容工程") < notice.index("四好农村路建设")

    secretary.goto(f"{world.host.base}/office/polls/{second}/evaluation")
    title = secretary.get_by_label("测评名称")
    title.fill("2027年度民生实事项目完成情况测评")
    secretary.get_by_role("button", name="建立测评草稿").click()
    secretary.get_by_role("heading", name="2027年度民生实事项目完成情况测评").wait_for()
    grading = drafted(secretary)
    secretary.goto("about:blank")
    world.step(grading, "define")
    graded = play(world, grading, [[0, 1, 2]] * 6)
    fixed = definition(world, graded)
    assert fixed["poll"]["follows"] is None
    assert [item["id"] for item in fixed["items"]] == ["1", "2", "3"]
    assert fixed["items"][0]["unit"] == definition(world, first_hash)["items"][0]["unit"]
    secretary.goto(f"{world.host.base}/polls/{grading}/notice")
    said = secretary.locator("article.paper").inner_text()
    for line in ("公办幼儿园扩容工程：满意", "四好农村路建设：基本满意", "不满意"):
        assert line in said
