"""The secretary's whole way, in a browser: from a faulty file to 定稿."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_accessible import log_in
from tests.world import congress
from voting.client.rehearsal import Rehearsal

FAULTY = "序号,项目名称,总投资（亿元）\n1,修路,0.52\n2,修桥,约3\n3,建园,0.1\n"
MENDED = FAULTY.replace("约3", "0.3")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Rehearsal]:
    with congress(tmp_path, 4) as world:
        yield world


def choose(page: Page, text: str) -> None:
    file = {"name": "候选项目.csv", "mimeType": "text/csv", "buffer": text.encode()}
    page.set_input_files("[type=file]", files=[file])  # type: ignore[list-item]
    page.get_by_role("button", name="预览").click()


def numbered(page: Page) -> list[str]:
    return [row.get_attribute("data-title") or "" for row in page.locator("tbody tr").all()]


def drag(page: Page, title: str, onto: str) -> None:
    """By the grip, with the mouse."""
    grip, goal = (page.locator(f"tr[data-title={name}] [data-grip]") for name in (title, onto))
    start, end = grip.bounding_box(), goal.bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + 15, start["y"] + 15)
    page.mouse.down()
    page.mouse.move(end["x"] + 15, end["y"] + 5, steps=6)
    page.mouse.move(end["x"] + 15, end["y"], steps=2)
    page.mouse.up()


def test_a_secretary_prepares_a_poll(browser: Browser, world: Rehearsal) -> None:
    context = log_in(browser, world, "secretariat")
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.goto(f"{world.host.base}/office")
    page.get_by_role("link", name="新建表决").click()
    page.locator("#title").fill("民生实事项目票决")
    page.locator("[value=choose]").check()
    page.locator("#seats").fill("2")
    page.get_by_role("button", name="建立草稿").click()

    # A file with a fault is shown and not taken; the rest is mended on the page.
    choose(page, FAULTY)
    expect(page.locator(".faults")).to_contain_text("金额应是一个数")
    page.get_by_role("link", name="返回，重新选择文件").click()
    choose(page, MENDED)
    page.get_by_role("button", name="核对无误").click()
    page.get_by_role("link", name="修改：修桥").click()
    page.locator("#amount_yuan").fill("1.2亿")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("status").first).to_contain_text("总投资 12,000 万元")

    # The order is dragged, then moved by a button, and stored once.
    drag(page, "建园", "修路")
    assert numbered(page) == ["建园", "修路", "修桥"]
    page.get_by_role("button", name="下移：修路").click()
    assert numbered(page) == ["建园", "修桥", "修路"]
    page.get_by_role("button", name="保存次序").click()
    expect(page.get_by_text("次序已保存。")).to_be_visible()
    assert numbered(page) == ["建园", "修桥", "修路"]
    expect(page.locator("tbody tr").first.locator("td.num").first).to_have_text("1")

    # The rule is read in one sentence, and warned of where it is below the law.
    page.get_by_role("link", name="修改名称、方式和规则").click()
    page.get_by_label("以什么为基数").select_option(label="到会代表")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".decision")).to_contain_text("到会代表过半数通过，按得票取前 2 项")
    expect(page.get_by_text("低于法定的通过线")).to_be_visible()

    # One card is printed again; then all stands still.
    page.goto(f"{world.host.base}/office/roster")
    page.locator("tr", has_text="0002").get_by_role("link").click()
    page.get_by_role("button", name="重印这一张").click()
    digits = re.sub(r"\s", "", page.locator(".card-digits").inner_text())
    assert len(digits) == 40
    assert digits not in world.cards
    page.goto(f"{world.host.base}/polls/1")
    page.get_by_role("button", name="定稿").click()
    expect(page.locator(".verify")).to_be_visible()
    page.goto(f"{world.host.base}/office/roster/card?number=0002")
    expect(page.get_by_role("link", name="更换代表证")).to_be_visible()
    page.goto(f"{world.host.base}/office/polls/1/projects")
    expect(page.locator("[data-grip]")).to_have_count(0)
    context.close()
