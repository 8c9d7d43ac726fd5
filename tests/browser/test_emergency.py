"""A deputy's tablet, and an official's page, when it does not go as planned."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser.test_accessible import faults, log_in
from tests.browser.test_tablet import (
    PATIENCE,
    TABLET,
    freeze_and_open,
    mark,
    others,
    press,
    screen,
    swipe,
    wait_for,
)
from tests.hall.test_emergencies import issue_again, outage
from tests.hall.test_paper import decide, enter, number_of
from tests.world import a_poll, all_do, status
from voting.client.rehearsal import Rehearsal


def a_tablet(browser: Browser, hall: Rehearsal) -> Page:
    context = browser.new_context(viewport=TABLET)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(f"{hall.host.base}/tablet")
    return page


def test_a_tablet_lives_through_two_power_cuts_and_another_one_takes_nobodys_place(
    browser: Browser, hall: Rehearsal, tmp_path: Path
) -> None:
    tablet, link = a_tablet(browser, hall), "#strip-link"
    poll = a_poll(hall)
    rest = others(hall, 1)
    hall.step(poll, "issue")
    all_do(rest, "receive")
    swipe(tablet, hall.cards[0])
    press(tablet, "confirm")
    screen(tablet, "held")

    outage(hall, tmp_path)  # the issuing key is gone, and every ballot of its round with it
    issue_again(hall, poll)
    rest = hall.tablets(hall.cards[1:])
    all_do(rest, "receive")
    wait_for(hall, "issued", len(hall.cards))  # it has asked for the new ballot by itself
    screen(tablet, "held")
    freeze_and_open(hall, poll, rest)
    screen(tablet, "ballot")

    spare = a_tablet(browser, hall)
    swipe(spare, hall.cards[0])
    expect(spare.locator("main")).to_contain_text("本机没有您的表决票")

    mark(tablet, 0, 2)
    hall.host.stop()
    expect(tablet.locator(link)).to_contain_text("正在重新连接，您的选择已保存", timeout=PATIENCE)
    screen(tablet, "ballot")
    mark(tablet, 4)  # the deputy goes on while the server is away
    press(tablet, "review")
    tablet.wait_for_timeout(1500)  # nothing is cast unread
    press(tablet, "cast")
    screen(tablet, "casting")
    hall.host.start(tmp_path / "server.log")
    screen(tablet, "receipt")
    assert status(hall)["returned"] == 1
    hall.step(poll, "void", "测试结束")
    tablet.context.close()
    spare.context.close()


def test_the_pages_of_a_vote_on_paper_can_be_used_by_everybody(
    browser: Browser, hall: Rehearsal
) -> None:
    all_do(hall.tablets(), "check_in")
    poll = a_poll(hall)
    hall.step(poll, "void", "主席团决定改用纸质票")
    context = log_in(browser, hall, "scrutineer")
    page, found = context.new_page(), []

    def look(*paths: str) -> None:
        for path in paths:
            page.goto(hall.host.base + path)
            found.extend(f"{path} {fault}" for fault in faults(page))

    own = f"/polls/{poll}/paper"
    look(f"/polls/{poll}", own)
    decide(hall, poll, "paper")
    for role, votes in (("scrutineer", 4), ("secretariat", 3)):  # they differ, and count again
        enter(hall, role, poll, [[5], [4], [votes], [1], [0]])
    look(own, f"{own}/ballot", "/polls/help")
    expect(page.locator("h2")).to_have_count(7)
    page.goto(hall.host.base + own)
    for name, count in {"issued": "6", "returned": "6", "valid": "5", "invalid": "2"}.items():
        page.fill(f"[name={name}]", count)
    for item, votes in enumerate(("5", "4", "4", "1", "0")):
        page.fill(f"[name=item-{item}-0]", votes)
    page.fill("[name=blank]", "0")
    page.get_by_role("button", name="录入这一遍").click()
    expect(page.locator(".count")).to_contain_text("有效 5 张与无效 2 张之和，不等于收回 6 张。")
    expect(page.locator("[name=item-1-0]")).to_have_value("4")  # nothing typed is lost
    page.fill("[name=invalid]", "1")
    page.get_by_role("button", name="录入这一遍").click()
    expect(page.locator("main")).to_contain_text("还等秘书处录入")
    enter(hall, "secretariat", poll)
    number = number_of(hall, poll)
    decide(hall, poll, "paper_announce")
    look(own, f"{own}/report", f"/paper/{number}", f"/paper/{number}?lang=en", "/")
    context.close()
    assert not found, "\n".join(found)
