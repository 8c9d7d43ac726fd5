"""A deputy's tablet, and an official's page, when it does not go as planned."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Page, expect

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
from tests.world import a_poll, all_do
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
    assert hall.http.get("/api/status")["poll"]["returned"] == 1
    hall.step(poll, "void", "测试结束")
    tablet.context.close()
    spare.context.close()
