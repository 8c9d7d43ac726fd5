"""What a tablet's browser leaves on the disk: its whole profile folder is searched."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, Request

from tests.browser.conftest import QUIET
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

WINDOW = 12  # characters that nobody finds by chance; files may cut a longer text in two


def on_disk(profile: Path, texts: list[str]) -> set[str]:
    """The files that hold a part of one of these texts, in one byte a character or in two."""
    parts = {
        text[at : at + WINDOW].encode(code)
        for text in texts
        for at in range(0, len(text) - WINDOW + 1, WINDOW)
        for code in ("ascii", "utf-16-le")
    }
    found = set()
    for path in (path for path in profile.rglob("*") if path.is_file()):
        data = path.read_bytes()
        if any(part in data for part in parts):
            found.add(path.relative_to(profile).as_posix())
    return found


def its_own(request: Request, *names: str) -> list[str]:
    """These fields of a request's JSON, and of lists the members."""
    body = request.post_data_json
    assert isinstance(body, dict)
    values = [body[name] for name in names]
    return [text for value in values for text in (value if isinstance(value, list) else [value])]


def tidy_memory(page: Page) -> None:
    """Let the browser collect what nothing holds any more, as it does when it likes."""
    page.context.new_cdp_session(page).send("HeapProfiler.collectGarbage")


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """The folder in which the browser keeps all that it keeps."""
    return tmp_path / "profile"


@pytest.fixture
def kept(browser: Browser, profile: Path) -> Iterator[Page]:
    """A tablet whose browser writes to the disk, as all in the hall do."""
    context = browser.browser_type.launch_persistent_context(
        profile, executable_path=shutil.which("chromium"), args=QUIET, viewport=TABLET
    )
    context.set_default_timeout(PATIENCE)
    yield context.pages[0]
    with suppress(Error):
        context.close()


def test_the_disk_forgets_who_asked_for_a_ballot_and_then_the_ballot(
    hall: Rehearsal, kept: Page, profile: Path
) -> None:
    poll = a_poll(hall)
    rest, card = others(hall, 1), hall.cards[0]
    ask = f"{hall.host.base}/api/issue"
    kept.goto(f"{hall.host.base}/tablet")
    kept.route(ask, lambda route: route.abort())
    swipe(kept, card)
    press(kept, "confirm")
    screen(kept, "waiting")
    tidy_memory(kept)
    with kept.expect_event("requestfailed", lambda request: request.url == ask) as failed:
        hall.step(poll, "issue")
    asked = its_own(failed.value, "deputy", "blinded", "auth")
    assert on_disk(profile, asked)  # it must outlast a reload, and this search finds it
    kept.unroute(ask)
    screen(kept, "held")
    tidy_memory(kept)
    kept.wait_for_timeout(1000)
    assert on_disk(profile, asked) == set()
    all_do(rest, "receive")
    freeze_and_open(hall, poll, rest)
    screen(kept, "ballot")
    mark(kept, 0)
    press(kept, "review")
    with kept.expect_request("**/api/cast") as sent:
        press(kept, "cast")
    cast = its_own(sent.value, "key", "sig")
    screen(kept, "receipt")
    press(kept, "clear")
    assert on_disk(profile, cast)  # with its receipt, until the poll is over
    hall.step(poll, "close")
    screen(kept, "closed")
    kept.wait_for_timeout(1000)
    kept.context.close()
    assert on_disk(profile, [*asked, *cast, card]) == set()
