"""The tablet's page in Chromium at a sixth of its speed, and the live tally on the presidium's."""

from __future__ import annotations

import shutil
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests.bench.table import Row
from tests.browser.conftest import QUIET
from tests.world import all_do, congress, projects, until_frozen
from voting.client.rehearsal import Rehearsal, some_marks
from voting.core.encoding import parse_json

SLOWER = 6
DEPUTIES, RESERVE = 60, 10
READY = """
  window.ready = new Promise((done) => new MutationObserver((_, observer) => {
    if (!document.querySelector("#card-digits")) return;
    observer.disconnect();
    done(performance.now() / 1000);
  }).observe(document, { childList: true, subtree: true }));
"""
CHANGED = """
  new MutationObserver(() => {
    const text = document.querySelector("[data-live=released]")?.textContent;
    if (text !== window.released) [window.released, window.since] = [text, Date.now() / 1000];
  }).observe(document, { childList: true, subtree: true, characterData: true });
"""


def rows() -> Iterator[Row]:
    """Rows of both pages."""
    with (
        chromium() as browser,
        TemporaryDirectory() as folder,
        congress(Path(folder), DEPUTIES) as world,
    ):
        yield from tablet(browser, world)
        yield live(browser, world)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium without a window."""
    path = shutil.which("chromium")
    if path is None:
        raise RuntimeError("chromium is not on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


def tablet(browser: Browser, world: Rehearsal, times: int = 5) -> Iterator[Row]:
    """What the deputies' page weighs, and how soon it takes a card."""
    loads = [_load(browser, f"{world.host.base}/tablet") for _ in range(times)]
    size = max(sent for sent, _ in loads) / 1000
    seconds = [ready for _, ready in loads]
    ready = statistics.median(seconds)
    spread = (max(seconds) - min(seconds)) / ready
    measure = "tablet page over the wire, without the scanner"
    yield Row(measure, size, "kB", target="≤ 150", met=size <= 150)
    measure = f"tablet page ready at 1/{SLOWER} of the processor's speed"
    note = "from the navigation's start to the field for the card, nothing cached; loopback"
    yield Row(measure, ready, "s", target="≤ 1", met=ready <= 1, spread=spread, note=note)


def _load(browser: Browser, address: str) -> tuple[int, float]:
    """Bytes over the wire without the scanner, and seconds until the page takes a card."""
    context = browser.new_context(service_workers="block")
    page = context.new_page()
    page.add_init_script(READY)
    tools = context.new_cdp_session(page)
    tools.send("Network.enable")
    tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    urls: dict[str, str] = {}
    sizes: dict[str, int] = {}

    def asked(event: dict[str, Any]) -> None:
        urls[event["requestId"]] = event["request"]["url"]

    def came(event: dict[str, Any]) -> None:
        sizes[event["requestId"]] = event["encodedDataLength"]

    tools.on("Network.requestWillBeSent", asked)
    tools.on("Network.loadingFinished", came)
    page.goto(address, wait_until="load", timeout=60_000)
    ready: float = page.evaluate("window.ready")
    page.wait_for_timeout(1000)  # what is asked for at once is a part of it
    context.close()
    return sum(size for key, size in sizes.items() if "/zxing/" not in urls.get(key, "")), ready


def live(browser: Browser, world: Rehearsal) -> Row:
    """Seconds from the receipt that brought a release to the new tally on the screen."""
    poll = world.draft("民生实事项目票决", "choose", 10, RESERVE, projects(13))
    world.step(poll, "define")
    tablets = world.tablets()
    all_do(tablets, "check_in")
    until_frozen(world, poll, tablets)
    all_do(tablets, "check_roll")
    world.step(poll, "open")
    presidium = world.people["presidium"]
    context = browser.new_context(locale="zh-CN")
    for name, value in presidium.cookies.items():
        context.add_cookies([{"name": name, "value": value, "url": world.host.base}])
    page = context.new_page()
    page.add_init_script(CHANGED)
    page.goto(f"{world.host.base}/presidium/{poll}")
    times: list[float] = []
    shown = _released(world, poll)
    for deputy in tablets:
        deputy.cast(some_marks(13, 10))
        receipted, before, shown = time.time(), shown, _released(world, poll)
        if shown != before:
            page.wait_for_function("(text) => window.released === text", arg=shown)
            times.append(page.evaluate("window.since") - receipted)
    context.close()
    slowest = max(times)
    spread = (slowest - min(times)) / statistics.median(times)
    note = f"the slowest of {len(times)} releases, from the receipt; the page asks every 0.8 s"
    met = slowest <= 1
    return Row("live tally after a release", slowest, "s", None, None, "≤ 1", met, spread, note)


def _released(world: Rehearsal, poll: int) -> str:
    live = parse_json(world.people["presidium"].fetch("GET", f"/presidium/{poll}/live.json"))
    return str(live["released"])
