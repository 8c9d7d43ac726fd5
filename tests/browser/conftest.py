"""Real Chromium against the real server; where there is none, these tests say so and skip."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Error, expect, sync_playwright

from tests.world import congress
from voting.client.rehearsal import Rehearsal

CHROMIUM = shutil.which("chromium")  # has cameras and profiles on disk
# The same engine without a window's frame: a page takes a sixth of the processor's time to open.
SHELL = shutil.which("chromium-headless-shell")  # None: Playwright's own, if that is installed
# Without the browser's own pages: each window renders a page for its address bar, which takes more
# of the processor than ours. (The list replaces Playwright's, so it has what of that is wanted.)
WITHOUT = "WebUIOmniboxPopup,AimEnabled,HttpsUpgrades,MediaRouter,OptimizationHints,PaintHolding"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
    f"--disable-features={WITHOUT}",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    expect.set_options(timeout=20_000)  # on a busy machine pages take their time
    with sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(executable_path=SHELL, args=QUIET)
        except Error:
            started = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield started
        started.close()


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    """A congress of nine deputies, who hold their cards."""
    with congress(tmp_path_factory.mktemp("browser"), 9) as world:
        yield world
