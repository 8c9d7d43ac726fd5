"""Specimen ballots, which are nobody's, and a receipt that leaves the hall on paper."""

from __future__ import annotations

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
from tests.world import a_poll, all_do, projects
from voting.client.rehearsal import Rehearsal


def try_out(page: Page, most: int) -> None:
    """Mark one too many, review and "cast" a specimen."""
    specimen = page.locator(".specimen")
    expect(specimen).to_contain_text("不会投出任何表决票")
    mark(page, *range(most + 1))
    expect(page.locator("[data-mark][aria-pressed=true]")).to_have_count(most)
    expect(specimen).to_contain_text("已经选满")
    press(page, "review")
    expect(specimen).to_contain_text(f"同意 {most} 项")
    page.wait_for_timeout(1200)
    press(page, "cast")
    expect(specimen).to_contain_text("没有投出任何表决票")


def test_the_secretariat_tries_the_ballot_of_a_draft(browser: Browser, hall: Rehearsal) -> None:
    draft = hall.draft("民生实事项目票决", "choose", 3, 10, projects(5))
    context = browser.new_context(viewport=TABLET, locale="zh-CN")  # type: ignore[arg-type]
    for name, value in hall.people["secretariat"].cookies.items():
        context.add_cookies([{"name": name, "value": value, "url": hall.host.base}])
    page = context.new_page()
    page.goto(f"{hall.host.base}/office/polls/{draft}/projects")
    page.get_by_role("link", name="看样票").click()
    expect(page.locator(".items")).to_contain_text("公办幼儿园扩容工程")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    try_out(page, 3)
    press(page, "again")
    expect(page.locator("[data-mark][aria-pressed=true]")).to_have_count(0)
    assert sent == []
    press(page, "leave-specimen")
    page.wait_for_url(f"**/office/polls/{draft}/projects")
    context.close()


def on_paper(page: Page) -> str:
    """What the page would print."""
    page.emulate_media(media="print")
    said: str = page.locator("body").inner_text()
    page.emulate_media(media="screen")
    return said


def test_a_deputy_practises_votes_and_takes_the_receipt_home(
    browser: Browser, hall: Rehearsal
) -> None:
    context = browser.new_context(viewport=TABLET)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE)
    context.add_init_script("window.printed = 0; window.print = () => { printed += 1; };")
    page = context.new_page()
    page.goto(f"{hall.host.base}/tablet/check")
    page.check("#printer")
    page.locator("[data-passed]").wait_for()
    page.goto(f"{hall.host.base}/tablet")
    page.locator("#card-digits").wait_for()
    context.set_offline(True)
    press(page, "specimen")
    try_out(page, 2)
    context.set_offline(False)
    poll = a_poll(hall)
    rest = others(hall, 1)
    hall.step(poll, "issue")
    expect(page.locator(".specimen")).to_have_count(0)  # nobody is to take it for the ballot
    expect(page.locator("[data-action=specimen]")).to_be_hidden()
    all_do(rest, "receive")
    swipe(page, hall.cards[0])
    name = page.locator(".deputy strong").inner_text()
    press(page, "confirm")
    screen(page, "held")
    freeze_and_open(hall, poll, rest)
    screen(page, "ballot")
    mark(page, 0)
    assert on_paper(page).strip() == ""  # a ballot is never printed
    press(page, "review")
    page.wait_for_timeout(1200)
    press(page, "cast")
    screen(page, "receipt")
    press(page, "print")
    assert page.evaluate("printed") == 1
    slip = on_paper(page)
    code = hall.http.get("/api/status")["poll"]["code"]
    assert page.locator("[data-receipt]").inner_text() in slip
    assert f"{code[:4]} {code[4:]}" in slip
    assert "不能证明怎样表决" in slip
    for secret in (name, "公办幼儿园", "2026", "排", "代表团"):
        assert secret not in slip
    press(page, "clear")
    screen(page, "card")
    assert on_paper(page).strip() == ""
    context.close()
    hall.step(poll, "void", "测试结束")
