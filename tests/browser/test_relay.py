"""A deputy at a real tablet page registers and casts by a relay, and by nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_tablet import (
    PATIENCE,
    TABLET,
    freeze_and_open,
    mark,
    others,
    press,
    scan,
    screen,
    wait_for,
)
from tests.hardening.front import NGINX
from tests.hardening.relayed import NAME, Relayed, relayed
from tests.world import a_poll, all_do
from voting.client.rehearsal import Rehearsal

pytestmark = pytest.mark.skipif(NGINX is None, reason="no nginx here")


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    """A congress whose ballots come by a relay."""
    with relayed(tmp_path_factory.mktemp("relayed"), 3) as world:
        yield world


def cast_while_the_relay_is_away(page: Page, host: Relayed, card: str) -> None:
    """Its deputy comes back when the ballots are open, and votes."""
    scan(page, card)
    screen(page, "ballot")
    mark(page, 0, 2)
    press(page, "review")
    host.stop_relay()
    press(page, "cast")
    screen(page, "casting")


def test_a_tablet_registers_and_casts_by_the_relay_alone(hall: Rehearsal, browser: Browser) -> None:
    host = hall.host
    assert isinstance(host, Relayed)
    poll = a_poll(hall)
    rest = others(hall, 2)
    context = browser.new_context(viewport=TABLET, ignore_https_errors=True)
    context.set_default_timeout(PATIENCE)
    asked: list[tuple[str, str]] = []
    context.on("request", lambda request: asked.append((request.method, request.url)))
    checking = context.new_page()
    checking.goto(f"{host.base}/tablet/check")
    expect(checking.locator("li.good", has_text="转送机")).to_contain_text(host.origin)
    assert ("GET", f"{host.origin}/api/status") in asked  # what only the server behind it can say
    checking.close()
    asked.clear()  # the check may have told its outcome by then
    page = context.new_page()
    page.goto(f"{host.base}/tablet")
    screen(page, "card")
    for card in hall.cards[:2]:
        scan(page, card)
        screen(page, "confirm")
        press(page, "confirm")
        screen(page, "waiting")
    hall.step(poll, "issue")
    all_do(rest, "receive")
    screen(page, "held")
    scan(page, hall.cards[0])
    screen(page, "confirm")
    press(page, "confirm")
    screen(page, "held")
    press(page, "info")
    expect(page.locator("dialog")).to_contain_text(f"{NAME}（{host.origin}）")
    press(page, "close")
    freeze_and_open(hall, poll, rest)
    screen(page, "card")
    link = page.locator("#strip-link")
    cast_while_the_relay_is_away(page, host, hall.cards[0])
    expect(link).to_have_attribute("data-link", "down")
    host.start_relay(host.instance.with_name("server.log"))
    screen(page, "receipt")
    wait_for(hall, "returned", 1)
    posted = [urlsplit(url) for method, url in asked if method == "POST"]
    gets = [urlsplit(url) for method, url in asked if method == "GET"]
    told = {url.path for url in gets if "/proof/" in url.path or url.path.endswith("/roll")}
    assert len(told) > 4
    assert not [url for url in gets if url.port == host.port and url.path in told]
    statuses = [url.port for url in gets if url.path == "/api/status"]
    assert host.relay_port in statuses[-2:]  # nor does the server alone say when, or for how long
    to_server = [url.path for url in posted if url.port == host.port]
    assert set(to_server) == {"/api/card", "/api/checkin", "/api/issue"}
    to_relay = [url.path for url in posted if url.port == host.relay_port]
    assert len(to_relay) > 2  # it was away
    assert set(to_relay) == {"/api/sealed"}
    assert not [method for method, _ in asked if method == "OPTIONS"]

    # The relay is gone for good.
    cast_while_the_relay_is_away(page, host, hall.cards[1])
    expect(link).to_have_attribute("data-link", "down")
    hall.step(poll, "void", "转送机坏了")
    screen(page, "closed")
    expect(link).to_have_attribute("data-link", "up")
    context.close()
