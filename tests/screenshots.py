"""`make screenshots`: a small vote is played, and every page is photographed at its real size.

The pictures lie in `instance/screenshots/`, named by the moment of the vote, the page and the size.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.world import a_poll, all_do, congress, freeze
from voting.client.official import Official
from voting.client.rehearsal import Rehearsal, some_marks

FOLDER = Path(__file__).resolve().parents[1] / "instance" / "screenshots"
DEPUTIES, ITEMS, SEATS = 48, 13, 10
TABLET = ((1280, 800), (800, 1280))
DESK = ((1440, 900),)
PROJECTOR = ((1920, 1080),)
Sizes = tuple[tuple[int, int], ...]


@dataclass(slots=True)
class Camera:
    """Takes pictures of a rehearsal's pages."""

    world: Rehearsal
    browser: Browser
    moment: str = ""

    def page(self, path: str, name: str, role: str | None = None, sizes: Sizes = DESK) -> None:
        """A page as an official of that role sees it, or as anybody does."""
        for width, height in sizes:
            context = self.browser.new_context(viewport={"width": width, "height": height})
            if role:
                self._log_in(context, self.world.people[role])
            page = context.new_page()
            page.goto(self.world.host.base + path)
            page.wait_for_timeout(1200)  # live figures arrive
            self.shoot(page, name)
            context.close()

    def shoot(self, page: Page, name: str) -> None:
        """What the page shows now."""
        size = page.viewport_size or {"width": 0, "height": 0}
        file = f"{self.moment}-{name}-{size['width']}x{size['height']}.png"
        page.screenshot(path=FOLDER / file)
        print(f"  {file}", flush=True)

    def _log_in(self, context: object, person: Official) -> None:
        name, value = person._cookie.split("=", 1)
        cookie = {"name": name, "value": value, "url": self.world.host.base}
        context.add_cookies([cookie])  # type: ignore[attr-defined]


@contextmanager
def tablets(camera: Camera) -> Iterator[list[Page]]:
    """The deputy's page on a tablet that lies and on one that stands."""
    contexts = [
        camera.browser.new_context(viewport={"width": width, "height": height})
        for width, height in TABLET
    ]
    pages = [context.new_page() for context in contexts]
    for page in pages:
        page.goto(f"{camera.world.host.base}/tablet")
    yield pages
    for context in contexts:
        context.close()


def shoot_all(camera: Camera, pages: list[Page], screen: str) -> None:
    """All tablets at the same screen."""
    for page in pages:
        page.wait_for_selector(f"main[data-screen={screen}]", timeout=20_000)
        page.wait_for_timeout(300)
        camera.shoot(page, f"tablet-{screen}")


def press(pages: list[Page], action: str) -> None:
    """The same button on all tablets."""
    for page in pages:
        page.locator(f"[data-action={action}]").first.click()


def prepared(camera: Camera) -> int:
    """Before the vote."""
    camera.moment = "1-prepare"
    camera.page("/", "home")
    camera.page("/login", "login")
    camera.page("/accounts", "accounts", "admin")
    camera.page("/witnesses", "witnesses", "admin")
    camera.page("/office", "office", "secretariat")
    camera.page("/office/roster", "roster", "secretariat")
    camera.page("/office/polls/new", "new-poll", "secretariat")
    poll = a_poll(camera.world, SEATS, ITEMS)
    camera.page(f"/office/polls/{poll}/projects", "projects", "secretariat")
    camera.page(f"/polls/{poll}", "poll", "scrutineer")
    return poll


def voted(camera: Camera, poll: int, pages: list[Page]) -> None:
    """From the card to the receipt, and the officials' pages meanwhile."""
    world = camera.world
    rest = world.tablets(world.cards[2:])
    all_do(rest, "check_in")
    camera.moment = "2-issue"
    shoot_all(camera, pages, "card")
    for page, card in zip(pages, world.cards, strict=False):
        page.keyboard.type(card)
        page.keyboard.press("Enter")
    shoot_all(camera, pages, "confirm")
    press(pages, "confirm")
    shoot_all(camera, pages, "waiting")
    world.step(poll, "issue")
    all_do(rest, "receive")
    shoot_all(camera, pages, "held")
    freeze(world, poll, rest)
    camera.moment = "3-vote"
    world.step(poll, "open")
    shoot_all(camera, pages, "ballot")
    for page in pages:
        for item in (0, 2, 3):
            page.locator(f"[data-item='{item}'] [data-mark]").first.click()
    shoot_all(camera, pages, "ballot")
    press(pages, "review")
    shoot_all(camera, pages, "review")
    press(pages, "cast")
    shoot_all(camera, pages, "receipt")
    all_do(rest, "check_roll")
    for tablet in rest[:40]:
        tablet.cast(some_marks(ITEMS, SEATS))
    camera.page(f"/presidium/{poll}", "presidium", "presidium", DESK + PROJECTOR)
    camera.page(f"/polls/{poll}", "poll", "presidium")


def published(camera: Camera, poll: int, pages: list[Page]) -> None:
    """After the vote."""
    world = camera.world
    camera.moment = "4-result"
    for step in ("close", "publish"):
        world.step(poll, step)
    name = world.http.get("/api/status")["poll"]["hash"]
    press(pages, "clear")
    shoot_all(camera, pages, "closed")
    camera.page(f"/results/{name}", "results", sizes=DESK + PROJECTOR)
    camera.page(f"/board/{name}", "board")
    camera.page("/records", "records", "auditor")
    camera.page(f"/presidium/{poll}", "presidium", "presidium")


def main() -> None:
    """Play and photograph."""
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("no chromium on this machine: `make test` installs it where it may")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        congress(Path(folder), DEPUTIES) as world,
        sync_playwright() as playwright,
    ):
        arguments = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        camera = Camera(world, browser)
        poll = prepared(camera)
        with tablets(camera) as pages:
            voted(camera, poll, pages)
            published(camera, poll, pages)
        browser.close()
    print(f"The pictures are in {FOLDER}")


if __name__ == "__main__":
    main()
