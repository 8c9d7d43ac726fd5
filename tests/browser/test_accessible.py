"""Every page that there is, read by axe-core with a published poll: WCAG 2 A and AA everywhere.

Deputies' tablets must reach AAA contrast as well, no letter below 24 px and no target below 56 px.
The pages are those of the application's own routes, so that none can be forgotten here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize

from tests.browser.test_tablet import (
    freeze_and_open,
    mark,
    others,
    press,
    screen,
    swipe,
)
from tests.screenshots import MOMENTS
from tests.world import a_poll, all_do, congress, projects, until_frozen
from voting.app import create_app
from voting.client.rehearsal import Rehearsal
from voting.config import Config
from voting.web.audience import PUBLIC, ROLES, TABLET

LEVELS = ["wcag2a", "wcag2aa"]
STRICTER = {"color-contrast-enhanced": {"enabled": True}}
DESK = {"width": 1280, "height": 900}
SHAPES = (ViewportSize(width=800, height=1280), ViewportSize(width=1280, height=800))
CROWDED = (Path(__file__).parent / "crowded.js").read_text()
AXE = Axe()
# No server here breaks its word; the screen that a tablet would then show is drawn as it would be.
DRAW_EVIDENCE = """async () => {
  const { evidenceScreen } = await import("/static/js/tablet/screens/ends.js");
  const evidence = { line: "A".repeat(700), promise: "B".repeat(350) };
  const main = document.querySelector("main");
  main.dataset.screen = "evidence";
  main.replaceChildren(...evidenceScreen({ evidence: { evidence } }, {}).nodes);
}"""


@dataclass(frozen=True)
class Published:
    """A congress with a published poll and a draft."""

    world: Rehearsal
    app: Flask
    poll: int
    draft: int
    hash: str


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    with congress(tmp_path_factory.mktemp("accessible"), 6) as world:
        poll = a_poll(world)
        tablets = world.tablets()
        all_do(tablets, "check_in")
        until_frozen(world, poll, tablets)
        world.step(poll, "open")
        all_do(tablets, "check_roll")
        for tablet in tablets[:5]:
            tablet.cast([0, 0, 0, None, None])
        world.step(poll, "close")
        world.step(poll, "publish")
        presidium = world.people["presidium"]
        presidium.fill(f"/polls/{poll}", "/presidium/hall", {"what": "result"})
        hash_ = world.http.get("/api/status")["poll"]["hash"]
        taker = {"name": "王建国", "unit": "县档案馆", "medium": "光盘"}
        world.people["auditor"].fill("/records", f"/records/{poll}/handovers", taker)
        app = create_app(Config(world.host.instance))
        draft = world.draft("测评", "grade", None, 10, projects(3))
        yield Published(world, app, poll, draft, hash_)


def log_in(browser: Browser, world: Rehearsal, role: str) -> BrowserContext:
    """A browser of somebody of that role; of nobody for the public."""
    context = browser.new_context(viewport=DESK, locale="zh-CN")
    if role in ROLES:
        page = context.new_page()
        page.goto(f"{world.host.base}/login")
        page.fill("[name=login]", role)
        page.fill("[name=password]", world.passwords[role])
        page.click("button.main")
        page.wait_for_url(lambda address: "/login" not in address)
        page.close()
    return context


def addresses(here: Published, role: str) -> Iterator[str]:
    """Where that role can go; each route once, the notes and the polls at both of their moments."""
    for rule in here.app.url_map.iter_rules():
        who = here.app.view_functions[rule.endpoint].__audience__  # type: ignore[attr-defined]
        if role not in who or "GET" not in (rule.methods or ()) or rule.endpoint == "static":
            continue
        found = set()
        for poll, moment in ((here.poll, "freeze"), (here.draft, "end"), (here.poll, "end")):
            values = {"name": here.hash, "poll_id": poll, "moment": moment, "event": "roll_frozen"}
            _, path = rule.build({name: values.get(name, 1) for name in rule.arguments}) or ("", "")
            found.add(path)
        yield from sorted(found)


def faults(page: Page, **rules: object) -> list[str]:
    """What axe finds on the page, in one line each."""
    only = {"type": "tag", "values": LEVELS}
    options = {"runOnly": only, "rules": rules, "resultTypes": ["violations"]}
    result = AXE.run(page, options=options).response
    assert result["passes"]  # it has looked
    return [
        f"{violation['id']}: {node['html'][:160]}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]


def crowded(page: Page) -> Iterator[str]:
    """What cannot be read or hit on a tablet that stands and on one that lies, which it stays."""
    for shape in SHAPES:
        page.set_viewport_size(shape)
        page.wait_for_timeout(100)
        yield from (f"{shape['width']} {fault}" for fault in page.evaluate(CROWDED))


def report_blocked(page: Page, found: list[str]) -> None:
    """Whatever the page's own policy keeps a page from: a script, a style, a font."""

    def heard(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            found.append(f"{page.url} {message.text}")

    page.on("console", heard)


def photographed(path: str) -> bool:
    """Whether `make screenshots` has a picture of that page."""
    shots = (shot.path.split("?")[0] for moment in MOMENTS for shot in moment)
    return any(re.fullmatch(re.sub("{[a-z]+}", "[^/]+", shot), path) for shot in shots)


@pytest.mark.parametrize("role", [PUBLIC, *ROLES])
def test_every_page_can_be_used_by_everybody(
    browser: Browser, published: Published, role: str
) -> None:
    context = log_in(browser, published.world, role)
    page = context.new_page()
    found: list[str] = []
    seen = 0
    report_blocked(page, found)
    for path in addresses(published, role):
        address = published.world.host.base + path
        answer = context.request.get(address)
        if "text/html" not in answer.headers["content-type"]:
            continue
        page.goto(address)
        if path == "/hall":
            page.locator("main .body").wait_for()
        found += [f"{path} {fault}" for fault in faults(page)]
        found += [] if photographed(path) or not answer.ok else [f"{path} has no picture"]
        seen += 1
    context.close()
    assert not found, "\n".join(found)
    assert seen >= 1


def test_every_screen_of_the_tablet_can_be_read_and_hit(
    browser: Browser, published: Published
) -> None:
    world = published.world
    context = browser.new_context(viewport=SHAPES[-1])
    page = context.new_page()
    assert "/tablet" in addresses(published, TABLET)
    found: list[str] = []
    report_blocked(page, found)

    def measure(what: str) -> None:
        seen = [*crowded(page), *faults(page, **STRICTER)]
        found.extend(f"{what} {fault}" for fault in seen)

    def look(name: str) -> None:
        screen(page, name)
        measure(name)

    poll = a_poll(world)
    rest = others(world, 1)
    page.goto(f"{world.host.base}/tablet")
    look("card")
    press(page, "specimen")
    measure("specimen")
    press(page, "leave-specimen")
    swipe(page, world.cards[0])
    look("confirm")
    press(page, "confirm")
    look("waiting")
    press(page, "info")
    measure("all projects")
    press(page, "close")
    world.step(poll, "issue")
    all_do(rest, "receive")
    look("held")
    press(page, "next")
    swipe(page, world.cards[1])
    press(page, "confirm")
    look("problem")  # issued already, elsewhere
    press(page, "next")
    freeze_and_open(world, poll, rest)
    swipe(page, world.cards[0])
    mark(page, 0, 1, 2, 3)  # three at most
    look("ballot")
    press(page, "info")
    measure("a project")
    press(page, "close")
    press(page, "cover")
    measure("covered")
    press(page, "cover")
    press(page, "review")
    look("review")
    context.set_offline(True)
    press(page, "cast")
    look("casting")
    context.set_offline(False)
    look("receipt")
    world.step(poll, "void", "测试结束")
    press(page, "clear")
    look("closed")
    page.evaluate(DRAW_EVIDENCE)
    look("evidence")
    context.close()
    assert not found, "\n".join(found)


def test_cards_to_print_can_be_read(browser: Browser, published: Published) -> None:
    context = log_in(browser, published.world, "secretariat")
    page = context.new_page()
    page.goto(f"{published.world.host.base}/office")
    page.check("[name=confirm]")
    page.locator("form[action='/office/cards'] button").click()
    page.locator(".card").first.wait_for()
    assert faults(page) == []
    context.close()
