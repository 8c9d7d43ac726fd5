"""The hall's screen on a projector: read from afar, and never a number that may be wrong."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from tests.world import a_poll, all_do, freeze
from voting.client.rehearsal import Rehearsal

PROJECTOR = {"width": 1920, "height": 1080}
LOST_WITHIN = 3000  # milliseconds
# By the screen's own clock: how long a busy machine takes to ask and to look is not its fault.
WATCH = """
  addEventListener("offline", () => { window.lostSince = performance.now(); });
  const lost = document.querySelector(".lost");
  new MutationObserver(() => { if (!lost.hidden) window.lostSaid ??= performance.now(); })
    .observe(lost, { attributes: true });
"""


def fits(page: Page) -> bool:
    """Nothing on the screen is cut off or has to be scrolled to."""
    script = "document.querySelector('main').scrollHeight <= innerHeight"
    found: bool = page.evaluate(script)
    return found


def test_a_screen_that_hears_nothing_says_so_within_three_seconds(
    browser: Browser, hall: Rehearsal
) -> None:
    poll = a_poll(hall)
    tablets = hall.tablets()
    all_do(tablets, "check_in")
    context = browser.new_context(viewport=PROJECTOR)
    page = context.new_page()
    page.goto(f"{hall.host.base}/hall")
    presidium = hall.people["presidium"]
    for what, text in (("title", "第三次会议"), ("code", "请核对"), ("check_in", "应到")):
        presidium.fill(f"/polls/{poll}", "/presidium/hall", {"what": what})
        expect(page.locator("main")).to_contain_text(text)
        assert fits(page)

    hall.step(poll, "issue")
    all_do(tablets, "receive")
    freeze(hall, poll, tablets)
    hall.step(poll, "open")
    presidium.fill(f"/polls/{poll}", "/presidium/hall", {"what": "voting"})
    expect(page.locator(".figures")).to_contain_text("0 / 9")
    page.evaluate(WATCH)
    context.set_offline(True)
    expect(page.get_by_text("连接中断")).to_be_visible()
    assert 0 < page.evaluate("lostSaid - lostSince") < LOST_WITHIN
    expect(page.locator("body")).to_have_class("stale")
    all_do(tablets, "check_roll")
    tablets[0].cast([0, None, None, None, None])
    context.set_offline(False)
    expect(page.locator(".figures")).to_contain_text("1 / 9")
    expect(page.get_by_text("连接中断")).to_be_hidden()
    assert context.cookies() == []
    context.close()
    hall.step(poll, "void", "测试结束")
