"""What the tablet's page does besides: cover, clear, text size, no way back, a lit screen."""

from __future__ import annotations

import pytest
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
)
from tests.world import a_poll, all_do
from voting.client.rehearsal import Rehearsal

# Whatever sticks out of the window, is wider than its box, or makes the page itself scroll.
CUT_OFF = """() => {
  const shown = [...document.querySelectorAll("body *")].filter(
    (one) => !one.closest("[hidden], svg") && one.getBoundingClientRect().width > 0);
  const out = shown.filter((one) => {
    const { left, right } = one.getBoundingClientRect();
    const wide = one.scrollWidth > one.clientWidth + 1;
    const cut = wide && getComputedStyle(one).overflowX !== "visible";
    return left < -1 || right > innerWidth + 1 || cut;
  });
  const tall = document.documentElement.scrollHeight > innerHeight + 1 ? ["page"] : [];
  return [...out.map((one) => `${one.tagName} ${one.className}`), ...tall];
}"""
LOCKS = """
  window.asked = 0;
  Object.defineProperty(navigator, "wakeLock", { value: { request: async () => { asked += 1; } } });
"""
SHAPES = ({"width": 1280, "height": 800}, {"width": 800, "height": 1280})


@pytest.fixture(scope="module")
def ballot(browser: Browser, hall: Rehearsal) -> Page:
    """A tablet with an open ballot, whose clock the tests move."""
    context = browser.new_context(viewport=TABLET)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.clock.install()
    page.add_init_script(LOCKS)
    poll = a_poll(hall, seats=10, items=13)
    rest = others(hall, 1)
    page.goto(f"{hall.host.base}/tablet")
    hall.step(poll, "issue")
    all_do(rest, "receive")
    swipe(page, hall.cards[0])
    press(page, "confirm")
    screen(page, "held")
    freeze_and_open(hall, poll, rest)
    screen(page, "ballot")
    return page


def fits(page: Page, *names: str) -> None:
    """At every text size, both ways round, nothing is cut off."""
    for _ in range(3):
        for shape in SHAPES:
            page.set_viewport_size(shape)  # type: ignore[arg-type]
            assert page.evaluate(CUT_OFF) == [], (names, shape)
        page.locator("#size").click()
    page.set_viewport_size(TABLET)  # type: ignore[arg-type]


def test_the_text_size_stays_on_the_tablet_and_cuts_nothing_off(ballot: Page) -> None:
    size = ballot.locator("#size")
    fits(ballot, "ballot")
    expect(size).to_contain_text("标准")
    before = ballot.locator(".title").first.bounding_box()
    size.click()
    size.click()
    expect(size).to_contain_text("特大")
    after = ballot.locator(".title").first.bounding_box()
    assert before
    assert after
    assert after["height"] > before["height"]
    ballot.wait_for_timeout(300)
    ballot.reload()
    expect(size).to_contain_text("特大")
    size.click()


def test_the_way_back_leads_nowhere_and_the_screen_stays_lit(ballot: Page, hall: Rehearsal) -> None:
    swipe(ballot, hall.cards[0])
    screen(ballot, "ballot")
    mark(ballot, 1)
    for _ in range(2):
        ballot.evaluate("history.back()")
        ballot.wait_for_timeout(300)
        screen(ballot, "ballot")
        expect(ballot.locator("[data-mark][aria-pressed=true]")).to_have_count(1)
    mark(ballot, 1)
    assert ballot.evaluate("asked") == 1
    ballot.locator("#full").click()
    expect(ballot.locator("#full")).to_have_text("退出全屏")
    ballot.locator("#full").click()
    expect(ballot.locator("#full")).to_have_text("全屏")


def looks(page: Page) -> str:
    """All that the document says of the marks: elements, attributes and computed looks."""
    styles = (
        "[...document.querySelectorAll('main *')].map((one) => ['', '::before', '::after'].map("
        "(part) => getComputedStyle(one, part || null)).map((style) => [style.color, "
        "style.backgroundColor, style.fontWeight, style.borderColor, style.content].join()).join())"
    )
    said: str = page.evaluate(f"document.querySelector('main').outerHTML + {styles}.join()")
    return said


def test_covered_marks_are_nowhere_in_the_document(ballot: Page) -> None:
    pressed = ballot.locator("[data-mark][aria-pressed=true], [data-chosen]")
    covered = []
    for items in ((0, 2), (0, 2, 5, 7)):
        mark(ballot, *items)
        press(ballot, "cover")
        expect(ballot.locator(".covered")).to_be_visible()
        expect(ballot.locator(".items")).to_be_hidden()
        expect(pressed).to_have_count(0)
        assert "公办幼儿园" not in ballot.locator("body").inner_text()
        expect(ballot.locator("[data-action=review]")).to_be_disabled()
        covered.append(looks(ballot))
        press(ballot, "cover")
        expect(ballot.locator("[data-mark][aria-pressed=true]")).to_have_count(2)
    # Two ballots of two marks each cannot be told apart.
    assert covered[0] == covered[1]


def test_a_covered_review_holds_nothing_of_the_ballot(ballot: Page) -> None:
    mark(ballot, 0)
    press(ballot, "review")
    fits(ballot, "review")
    press(ballot, "cover")
    expect(ballot.locator(".covered")).to_be_visible()
    assert "公办幼儿园" not in ballot.content()
    expect(ballot.locator("[data-action=cast]")).to_be_disabled()
    press(ballot, "cover")
    expect(ballot.locator(".groups")).to_contain_text("公办幼儿园")
    press(ballot, "back")
    mark(ballot, 0)


def tab_to(page: Page, wanted: str) -> None:
    """Press Tab until that is in focus."""
    for _ in range(60):
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", wanted):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no Tab leads to {wanted}")


def test_the_keyboard_alone_marks_reads_and_reviews(ballot: Page) -> None:
    before = ballot.locator("[data-mark][aria-pressed=true]").count()
    tab_to(ballot, "[data-item='11'] [data-mark]")
    ballot.keyboard.press("Space")
    tab_to(ballot, "#info-11")
    ballot.keyboard.press("Enter")
    expect(ballot.locator("dialog")).to_be_visible()
    ballot.keyboard.press("Escape")
    expect(ballot.locator("#info-11")).to_be_focused()
    tab_to(ballot, "[data-action=review]")
    ballot.keyboard.press("Enter")
    screen(ballot, "review")
    tab_to(ballot, "[data-action=back]:not([aria-disabled])")
    ballot.keyboard.press("Enter")
    screen(ballot, "ballot")
    expect(ballot.locator("[data-mark][aria-pressed=true]")).to_have_count(before + 1)


def test_after_casting_the_screen_clears_itself(ballot: Page) -> None:
    press(ballot, "review")
    fits(ballot, "review")
    press(ballot, "cast")
    screen(ballot, "receipt")
    fits(ballot, "receipt")
    code = ballot.locator("[data-receipt]").inner_text()
    assert "公办幼儿园" not in ballot.content()
    assert "data-mark" not in ballot.content()
    ballot.clock.fast_forward(61_000)
    screen(ballot, "card")
    assert code not in ballot.content()
    ballot.context.close()
