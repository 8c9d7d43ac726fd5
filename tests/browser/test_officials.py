"""The presidium's and the scrutineers' whole way, in two browsers, and the hall's screen."""

from __future__ import annotations

from contextlib import suppress

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from tests.browser.test_accessible import faults, log_in
from tests.browser.test_after import sheets
from tests.browser.test_hall import PROJECTOR
from tests.browser.test_tablet import PATIENCE
from tests.world import a_poll, all_do
from voting.client.rehearsal import Rehearsal

CAST = [[0, 0, 0, None, None]] * 6 + [[0, 0, None, 0, None], [None] * 5]
WAITS = "请另一位不同职责的人员确认"


@pytest.fixture
def people(browser: Browser, hall: Rehearsal) -> tuple[Page, Page, Page]:
    """The pages of the presidium, of a scrutineer and of the hall's screen."""
    contexts = [log_in(browser, hall, role) for role in ("presidium", "scrutineer")]
    contexts.append(browser.new_context(viewport=PROJECTOR))  # type: ignore[arg-type]
    for context in contexts:
        context.set_default_timeout(PATIENCE)
    presidium, scrutineer, screen = (context.new_page() for context in contexts)
    return presidium, scrutineer, screen


def read(page: Page) -> list[str]:
    """What axe finds; a page that draws itself anew meanwhile is read again."""
    for _ in range(3):
        with suppress(Error):
            return faults(page)
        page.wait_for_load_state()
    return faults(page)


def both_confirm(presidium: Page, scrutineer: Page, step: str) -> None:
    """The presidium first; the scrutineer sees it by itself, and takes the step."""
    button = f"确认：{step}"
    presidium.get_by_role("button", name=button).click()
    expect(presidium.get_by_text(WAITS)).to_be_visible()
    first = scrutineer.locator("form", has=scrutineer.get_by_role("button", name=button))
    expect(first.locator(".approved")).to_have_text("✓ 主席团（主席团）")
    scrutineer.get_by_role("button", name=button).click()


def test_a_vote_is_led_and_watched_from_the_pages_alone(
    hall: Rehearsal, people: tuple[Page, Page, Page]
) -> None:
    presidium, scrutineer, screen = people
    found: list[str] = []

    def look() -> None:
        for page in people:
            found.extend(f"{page.url} {fault}" for fault in read(page))

    def show(what: str, text: str) -> None:
        presidium.get_by_role("button", name=what, exact=True).click()
        expect(screen.locator("main")).to_contain_text(text)

    poll = a_poll(hall)
    tablets = hall.tablets()
    presidium.goto(f"{hall.host.base}/polls/{poll}")
    scrutineer.goto(f"{hall.host.base}/scrutineer/{poll}")
    screen.goto(f"{hall.host.base}/hall")
    code = scrutineer.locator(".verify .code").inner_text()
    show("核验码", code)
    show("签到", "未达到法定人数（6 人）")
    expect(presidium.get_by_role("button", name="确认：开始发票")).to_be_disabled()
    all_do(tablets[:8], "check_in")
    expect(screen.locator("main")).to_contain_text("已达到法定人数（6 人）")
    expect(scrutineer.locator(".step")).to_contain_text("实到 8")
    look()
    both_confirm(presidium, scrutineer, "开始发票")

    closing = presidium.get_by_role("button", name="停止发票，统一登记")
    expect(closing).to_be_disabled()  # nothing has been issued
    all_do(tablets[:8], "receive")
    expect(scrutineer.locator("[data-live='figures.issued']")).to_have_text("8")
    look()
    closing.click()
    expect(presidium.get_by_text("平板正在随机的时刻登记表决票")).to_be_visible()
    all_do(tablets[:8], "register")
    presidium.get_by_role("button", name="冻结票册").click()

    scrutineer.get_by_role("link", name="核对单（票册冻结）").click()
    note = scrutineer.locator("article.paper")
    for value in (code, "检查点", "票册根"):
        expect(note).to_contain_text(value)
    assert sheets(scrutineer) == 1
    scrutineer.go_back()
    look()
    both_confirm(presidium, scrutineer, "开始表决")

    presidium.get_by_role("link", name="查看表决情况").click()
    show("表决进行", "0 / 8")
    all_do(tablets[:8], "check_roll")
    for tablet, marks in zip(tablets[:7], CAST, strict=False):
        tablet.cast(marks)
    expect(screen.locator(".figures")).to_contain_text("7 / 8")
    expect(presidium.locator(".next")).to_contain_text("收回 7")
    assert set(presidium.locator(".bar-number").all_inner_texts()) == {"0"}  # none is released yet
    look()

    # One more ballot comes after the presidium has confirmed: what it has confirmed is no more so.
    presidium.get_by_role("button", name="确认：停止表决").click()
    expect(presidium.get_by_text(WAITS)).to_be_visible()
    tablets[7].cast(CAST[7])
    expect(presidium.get_by_text(WAITS)).to_be_hidden()
    expect(scrutineer.locator(".approved")).to_have_count(0)
    expect(presidium.locator(".next")).to_contain_text("收回 8")
    both_confirm(presidium, scrutineer, "停止表决")

    expect(screen.locator("main")).to_contain_text("表决已停止")
    expect(screen.locator(".figures dd")).to_have_count(0)  # not before the presidium says so
    show("发出、收回", "收回")
    expect(scrutineer.locator("[data-live='counted.blank']")).to_have_text("1")
    rows = presidium.locator("[data-row]")
    expect(rows.first.locator(".bar-number")).to_have_text("7")
    assert presidium.locator(".bar-number").all_inner_texts() == ["7", "7", "6", "1", "0"]
    assert presidium.locator(".bar-past").all_inner_texts() == ["过线", "过线", "过线", "", ""]
    expect(presidium.locator(".need")).to_contain_text("通过线 5 票")
    marks = {line.get_attribute("x") for line in presidium.locator(".bar-line").all()}
    assert marks == {str(5000 // 9)}  # drawn in every bar, on a track of nine deputies
    presidium.get_by_role("link", name="按序号").click()
    order = [row.get_attribute("data-row") for row in rows.all()]
    assert order == ["1", "2", "3", "4", "5"]
    scrutineer.get_by_role("link", name="计票结果报告单").click()
    expect(scrutineer.locator("article.paper")).to_contain_text("总监票人")
    assert sheets(scrutineer) == 1
    scrutineer.go_back()
    look()
    both_confirm(presidium, scrutineer, "公布结果")

    expect(presidium.get_by_role("link", name="查看公布的结果")).to_be_visible()
    expect(screen.locator("main")).to_contain_text("表决已停止")
    show("结果", "入选项目 3 项")
    look()
    presidium.context.set_offline(True)
    expect(presidium.get_by_text("数字可能不是最新的")).to_be_visible()
    presidium.context.set_offline(False)
    expect(presidium.get_by_text("数字可能不是最新的")).to_be_hidden()
    for page in people:
        page.context.close()
    assert not found, "\n".join(found)
