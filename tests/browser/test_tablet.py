"""Deputies at a real tablet page, in Chromium: from the card to the receipt, whatever happens."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.attack.ports import BALLOTS, NAMED, Proxy
from tests.world import WINDOW, a_poll, all_do, status
from voting.client.rehearsal import Rehearsal
from voting.client.tablet import Tablet

TABLET = {"width": 1280, "height": 800}
PATIENCE = 20_000  # milliseconds, on a slow machine


@pytest.fixture
def network(hall: Rehearsal) -> Iterator[Proxy]:
    """A tablet's way to the server: no connection that names a deputy ever brings a ballot."""
    way = Proxy(hall.host.port)
    yield way
    assert way.joined() == []


@pytest.fixture
def tablet(browser: Browser, network: Proxy) -> Iterator[Page]:
    """A tablet that lies on a desk, its page open; its own errors fail the test."""
    context = browser.new_context(viewport=TABLET)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{network.start()}/tablet")
    yield page
    assert not errors
    assert context.cookies() == []
    context.close()


def screen(page: Page, name: str) -> None:
    """The tablet shows this screen, sooner or later."""
    expect(page.locator("main")).to_have_attribute("data-screen", name, timeout=PATIENCE)


def press(page: Page, action: str) -> None:
    """Press a button."""
    page.locator(f"[data-action={action}]").first.click()


def scan(page: Page, card: str) -> None:
    """A scanner types the card's digits, 5 ms a key by its own clock, and ends with Enter."""
    keys = [(digit, f"Digit{digit}", digit, ord(digit)) for digit in card]
    keyboard, begun = page.context.new_cdp_session(page), time.time()
    for place, (key, code, text, number) in enumerate([*keys, ("Enter", "Enter", "\r", 13)]):
        pressed = {"key": key, "code": code, "windowsVirtualKeyCode": number}
        pressed["timestamp"] = begun + place * 0.005  # however slowly a busy machine passes it on
        keyboard.send("Input.dispatchKeyEvent", {**pressed, "type": "keyDown", "text": text})
        keyboard.send("Input.dispatchKeyEvent", {**pressed, "type": "keyUp"})
    keyboard.detach()


def swipe(page: Page, card: str) -> None:
    """A card is scanned where the tablet asks for it."""
    screen(page, "card")
    page.locator("#card-digits").wait_for()  # the page's first words stand there before it runs
    scan(page, card)


def mark(page: Page, *items: int) -> None:
    """Touch these items' marks."""
    for item in items:
        page.locator(f"[data-item='{item}'] [data-mark]").first.click()


STORED_MARKS = """async (count) => {
  const bucket = await navigator.storageBuckets.open("piaojue-ballots", { durability: "strict" });
  const opening = bucket.indexedDB.open("piaojue-ballots");
  const db = await new Promise((done) => { opening.onsuccess = () => done(opening.result); });
  const reading = db.transaction("ballots").objectStore("ballots").getAll();
  const slots = await new Promise((done) => { reading.onsuccess = () => done(reading.result); });
  db.close();
  return slots.flatMap((slot) => slot.marks || []).filter((each) => each !== null).length === count;
}"""


def stored(page: Page, count: int) -> None:
    """As many marks lie in the tablet's storage; a reload in the same moment may lose the last."""
    page.wait_for_function(STORED_MARKS, arg=count)


def others(hall: Rehearsal, count: int) -> list[Tablet]:
    """The other deputies, at simulated tablets, checked in."""
    tablets = hall.tablets(hall.cards[count:])
    all_do(tablets, "check_in")
    return tablets


def wait_for(hall: Rehearsal, count: str, value: int) -> None:
    """Wait until the server counts that many."""
    end = time.monotonic() + PATIENCE / 1000
    while hall.http.get("/api/status")["poll"][count] != value:
        assert time.monotonic() < end, f"{count} is not {value}"
        time.sleep(0.2)


def freeze_and_open(hall: Rehearsal, poll: int, rest: list[Tablet]) -> None:
    """The officials and the other deputies go on until voting is open."""
    hall.step(poll, "register")
    all_do(rest, "register")
    wait_for(hall, "registered", len(hall.cards))
    time.sleep(WINDOW + 0.2)
    hall.step(poll, "freeze")
    all_do(rest, "check_roll")
    hall.step(poll, "open")


def test_a_deputy_votes_and_the_tablet_is_reloaded_at_every_stage(
    hall: Rehearsal, tablet: Page, network: Proxy
) -> None:
    poll = a_poll(hall)
    card = hall.cards[0]
    rest = others(hall, 1)
    swipe(tablet, card)
    screen(tablet, "confirm")
    tablet.reload()
    swipe(tablet, card)
    press(tablet, "confirm")
    screen(tablet, "waiting")
    hall.step(poll, "issue")
    all_do(rest, "receive")
    screen(tablet, "held")
    tablet.reload()
    swipe(tablet, card)
    screen(tablet, "held")
    tablet.reload()  # the card is not even shown again: the ballot registers by itself
    freeze_and_open(hall, poll, rest)
    swipe(tablet, card)
    screen(tablet, "ballot")
    mark(tablet, 0, 2)
    stored(tablet, 2)
    tablet.reload()
    swipe(tablet, card)
    screen(tablet, "ballot")  # and the marks are still there
    expect(tablet.locator("[data-mark][aria-pressed=true]")).to_have_count(2)
    press(tablet, "review")
    screen(tablet, "review")
    press(tablet, "back")
    mark(tablet, 4)
    press(tablet, "review")
    press(tablet, "cast")
    screen(tablet, "receipt")
    code = tablet.locator("[data-receipt]").first.inner_text()
    tablet.reload()
    swipe(tablet, card)
    screen(tablet, "receipt")
    assert tablet.locator("[data-receipt]").first.inner_text() == code
    for other in rest:
        other.cast([0, None, None, None, None])
    for step in ("close", "publish"):
        hall.step(poll, step)
    board = hall.http.get_bytes(f"/api/polls/{hall.http.get('/api/status')['poll']['hash']}/board")
    assert any(line.startswith(code.replace("-", "").encode()) for line in board.split(b"\n"))
    assert network.asked() >= NAMED | BALLOTS


def leave_a_ballot_and_come_back(tablet: Page, first: str, second: str) -> None:
    """Another card, or a button, takes a ballot or its review off the screen; its marks stay."""
    pressed = tablet.locator("[data-mark][aria-pressed=true]")
    swipe(tablet, first)
    screen(tablet, "ballot")
    mark(tablet, 0)
    expect(pressed).to_have_count(1)
    scan(tablet, second)
    expect(pressed).to_have_count(0)
    screen(tablet, "ballot")
    press(tablet, "review")
    screen(tablet, "review")
    scan(tablet, first)
    screen(tablet, "ballot")
    expect(pressed).to_have_count(1)
    press(tablet, "next")
    screen(tablet, "card")


def test_two_deputies_share_a_tablet_that_loses_its_connection(
    hall: Rehearsal, tablet: Page
) -> None:
    poll = a_poll(hall)
    rest = others(hall, 2)
    for card in hall.cards[:2]:
        swipe(tablet, card)
        press(tablet, "confirm")
        screen(tablet, "waiting")
        press(tablet, "next")
    hall.step(poll, "issue")
    for card in hall.cards[:2]:
        swipe(tablet, card)
        press(tablet, "confirm")
        screen(tablet, "held")
        press(tablet, "next")
    all_do(rest, "receive")
    swipe(tablet, hall.cards[0])
    screen(tablet, "held")
    freeze_and_open(hall, poll, rest)
    screen(tablet, "card")  # whose ballot comes up is for the card to say
    leave_a_ballot_and_come_back(tablet, *hall.cards[:2])
    for card in hall.cards[:2]:
        swipe(tablet, card)
        screen(tablet, "ballot")
        mark(tablet, 1)
        press(tablet, "review")
        context: BrowserContext = tablet.context
        context.set_offline(True)
        press(tablet, "cast")
        screen(tablet, "casting")
        time.sleep(1)
        context.set_offline(False)
        screen(tablet, "receipt")
        press(tablet, "clear")
    assert status(hall)["returned"] == 2
    hall.step(poll, "void", "测试结束")


def test_what_a_deputy_is_told_when_something_is_wrong(hall: Rehearsal, tablet: Page) -> None:
    poll = a_poll(hall)
    rest = others(hall, 1)
    card = hall.cards[0]
    swipe(tablet, card[:-1] + str((int(card[-1]) + 1) % 10))
    expect(tablet.locator("body")).to_contain_text("号码不对")
    tablet.reload()
    hall.step(poll, "issue")
    all_do(rest, "receive")
    swipe(tablet, card)
    press(tablet, "confirm")
    screen(tablet, "held")
    freeze_and_open(hall, poll, rest)
    screen(tablet, "ballot")
    mark(tablet, 0, 1, 2, 3)  # three at most
    expect(tablet.locator("[data-mark][aria-pressed=true]")).to_have_count(3)
    expect(tablet.locator("body")).to_contain_text("最多")
    hall.step(poll, "void", "测试结束")


def offline_reload(page: Page, card: str, name: str) -> None:
    """Reload without the network; the page comes, says so, and the card finds its ballot."""
    page.context.set_offline(True)
    page.reload()
    expect(page.locator("#strip-link")).to_contain_text("正在重新连接")
    swipe(page, card)
    screen(page, name)


SLOW_STORE = """
  const open = navigator.storageBuckets.open.bind(navigator.storageBuckets);
  navigator.storageBuckets.open = async (...named) => {
    await new Promise((done) => setTimeout(done, 3000));
    return open(...named);
  };
"""


def test_a_card_that_is_scanned_while_the_page_opens_is_not_lost(
    hall: Rehearsal, browser: Browser
) -> None:
    poll = a_poll(hall)
    context = browser.new_context(viewport=TABLET, has_touch=True)  # its heading has the focus
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.add_init_script(SLOW_STORE)
    page.goto(f"{hall.host.base}/tablet")
    swipe(page, hall.cards[0])
    screen(page, "confirm")
    context.close()
    hall.step(poll, "void", "测试结束")


def test_a_tablet_is_reloaded_without_the_network(hall: Rehearsal, tablet: Page) -> None:
    poll = a_poll(hall)
    card, rest = hall.cards[0], others(hall, 1)
    context: BrowserContext = tablet.context
    tablet.evaluate("navigator.serviceWorker.ready.then(() => true)")
    hall.step(poll, "issue")
    all_do(rest, "receive")
    swipe(tablet, card)
    press(tablet, "confirm")
    screen(tablet, "held")
    offline_reload(tablet, card, "held")
    context.set_offline(False)
    freeze_and_open(hall, poll, rest)
    screen(tablet, "ballot")
    mark(tablet, 0, 2)
    stored(tablet, 2)
    offline_reload(tablet, card, "ballot")
    expect(tablet.locator("[data-mark][aria-pressed=true]")).to_have_count(2)
    mark(tablet, 4)
    press(tablet, "review")
    press(tablet, "cast")
    screen(tablet, "casting")
    offline_reload(tablet, card, "casting")
    context.set_offline(False)
    screen(tablet, "receipt")
    assert status(hall)["returned"] == 1
    cached = tablet.evaluate(
        "caches.keys().then((names) => Promise.all(names.map((name) => caches.open(name)"
        ".then((cache) => cache.keys())))).then((all) => all.flat().map((one) => one.url))"
    )
    assert any(url.endswith("/static/js/tablet.js") for url in cached)
    assert not [url for url in cached if "/api/" in url]
    hall.step(poll, "void", "测试结束")


def with_an_open_ballot(hall: Rehearsal, tablet: Page) -> int:
    """A poll is open, and its ballot lies before the first deputy."""
    poll = a_poll(hall)
    rest = others(hall, 1)
    hall.step(poll, "issue")
    all_do(rest, "receive")
    swipe(tablet, hall.cards[0])
    expect(tablet.locator("[data-meeting]")).to_contain_text("第三次会议")
    press(tablet, "confirm")
    screen(tablet, "held")
    freeze_and_open(hall, poll, rest)
    screen(tablet, "ballot")
    return poll


def test_quick_taps_in_one_place_cast_nothing_unread(hall: Rehearsal, tablet: Page) -> None:
    poll = with_an_open_ballot(hall, tablet)
    pressed = tablet.locator("[data-mark][aria-pressed=true]")
    tablet.locator("[data-mark]").first.dblclick()
    expect(pressed).to_have_count(1)
    for shape in (TABLET, {"width": 800, "height": 1280}):
        tablet.set_viewport_size(shape)  # type: ignore[arg-type]
        main = tablet.locator("[data-action=review]").bounding_box()
        assert main
        x, y = main["x"] + main["width"] / 2, main["y"] + main["height"] / 2
        tablet.mouse.dblclick(x, y)
        screen(tablet, "review")
        cast = tablet.locator("[data-action=cast]")
        expect(cast).to_have_attribute("aria-disabled", "true")
        cast.click(force=True)
        box = cast.bounding_box()
        assert box
        assert box["x"] + box["width"] < main["x"]
        tablet.wait_for_timeout(1200)
        screen(tablet, "review")
        press(tablet, "back")
        screen(tablet, "ballot")
    assert status(hall)["returned"] == 0
    hall.step(poll, "void", "测试结束")


def lie(page: Page, **claims: str) -> None:
    """From now on the server tells this tablet alone something else of the poll."""

    def answer(route: Route) -> None:
        status = hear(route)
        status["poll"].update(claims)
        route.fulfill(json=status)

    def hear(route: Route) -> dict[str, dict[str, str]]:
        headers = {k: v for k, v in route.request.headers.items() if k != "if-none-match"}
        value: dict[str, dict[str, str]] = route.fetch(headers=headers).json()
        return value

    page.unroute_all(behavior="wait")  # an answer that is on its way must not be given twice
    page.route("**/api/status", answer)


def test_a_phase_that_only_the_server_claims_changes_nothing(hall: Rehearsal, tablet: Page) -> None:
    sent: list[str] = []
    tablet.on("request", lambda request: sent.append(request.url))
    hall.step(a_poll(hall), "void", "测试")
    ended = hall.http.get("/api/status")["poll"]["hash"]
    poll = a_poll(hall)
    rest = others(hall, 1)
    hall.step(poll, "issue")
    all_do(rest, "receive")
    swipe(tablet, hall.cards[0])
    press(tablet, "confirm")
    screen(tablet, "held")
    for phase in ("registering", "closed", "published", "void"):
        lie(tablet, phase=phase)
        tablet.wait_for_timeout(4500)
        screen(tablet, "held")
    assert not [url for url in sent if url.endswith("/api/register")]
    tablet.unroute_all(behavior="wait")
    freeze_and_open(hall, poll, rest)
    screen(tablet, "ballot")
    lie(tablet, phase="closed")
    tablet.wait_for_timeout(4500)
    screen(tablet, "ballot")
    lie(tablet, hash=ended, phase="void")
    screen(tablet, "closed")
    tablet.wait_for_timeout(4500)
    tablet.unroute_all(behavior="wait")
    swipe(tablet, hall.cards[0])
    screen(tablet, "ballot")  # another poll's name has erased nothing
    hall.step(poll, "void", "测试结束")
    screen(tablet, "closed")
