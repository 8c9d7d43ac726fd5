"""Photographs of pages at their real sizes, papers as they are printed, and a page of them all."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from html import escape
from itertools import groupby
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page
from tqdm import tqdm

from voting.client.rehearsal import Rehearsal

Sizes = tuple[tuple[int, int], ...]
DESK: Sizes = ((1440, 900),)
TABLET: Sizes = ((1280, 800), (800, 1280))
PROJECTOR: Sizes = ((1920, 1080),)
PAPER: Sizes = ()  # printed on A4
CHINESE, BOTH = ("zh",), ("zh", "en")
DOTS_PER_INCH = "96"
SETTLES = 700  # milliseconds in which live figures arrive


@dataclass(frozen=True, slots=True)
class Shot:
    """One page: its name, its path (`{poll}`, `{hash}` are filled in), who sees it, at what sizes.

    `act` does on the page what must come before the picture; `hall` is what the presidium has the
    hall's screen show.
    """

    name: str
    path: str
    role: str = ""
    sizes: Sizes = DESK
    languages: tuple[str, ...] = CHINESE
    act: Callable[[Page], object] | None = None
    hall: str = ""

    @property
    def count(self) -> int:
        """How many pictures it makes; a paper counts once, however many sheets it has."""
        return max(1, len(self.sizes)) * len(self.languages)


@dataclass(slots=True)
class Gallery:
    """Takes pictures of a rehearsal's pages and hangs them in a folder."""

    world: Rehearsal
    browser: Browser
    folder: Path
    progress: tqdm[None]
    moment: str = ""
    hung: list[tuple[str, str, str]] = field(default_factory=list)
    _pages: dict[tuple[str, int, int], Page] = field(default_factory=dict)

    def take(self, moment: str, shots: Iterable[Shot], **names: object) -> None:
        """All these pages at this moment of the vote."""
        self.moment = moment
        for shot in shots:
            if shot.hall:
                page = f"/polls/{names['poll']}"
                presidium = self.world.people["presidium"]
                presidium.fill(page, "/presidium/hall", {"what": shot.hall})
            for language in shot.languages:
                self._shoot(shot, shot.path.format(**names), language)

    def _shoot(self, shot: Shot, path: str, language: str) -> None:
        address = self.world.host.base + path
        name = shot.name if language == "zh" else f"{shot.name}-{language}"
        if language != "zh":
            address += f"?lang={language}"
        for size in shot.sizes or DESK:
            page = self._page(shot.role, size)
            page.goto(address)
            if shot.act:
                shot.act(page)
            page.wait_for_timeout(SETTLES)
            if shot.sizes:
                self.shoot(page, name)
            else:
                self._print(page, name)
            page.goto("about:blank")  # or it would draw itself anew while the vote moves on

    def shoot(self, page: Page, name: str) -> None:
        """What the page shows now."""
        size = page.viewport_size or {"width": 0, "height": 0}
        shown = f"{name} {size['width']}×{size['height']}"
        file = f"{self.moment}-{name}-{size['width']}x{size['height']}.png"
        page.screenshot(path=self.folder / file)
        self._hang(file, shown)

    def _print(self, page: Page, name: str) -> None:
        """The page as it is printed: a PDF and, where the machine can make them, its sheets."""
        paper = self.folder / f"{self.moment}-{name}.pdf"
        page.pdf(path=paper, prefer_css_page_size=True)
        converter = shutil.which("pdftoppm")
        if converter is None:
            self._hang(paper.name, name)
            return
        command = [converter, "-r", DOTS_PER_INCH, "-png", paper, paper.with_suffix("")]
        subprocess.run(command, check=True)
        sheets = sorted(self.folder.glob(f"{paper.stem}-*.png"))
        for sheet in sheets:
            self.hung.append((self.moment, sheet.name, f"{name} A4 {sheet.stem.split('-')[-1]}"))
        self.progress.update()

    def _hang(self, file: str, shown: str) -> None:
        self.hung.append((self.moment, file, shown))
        self.progress.set_postfix_str(shown[:32], refresh=False)
        self.progress.update()

    def _page(self, role: str, size: tuple[int, int]) -> Page:
        """A page of somebody's browser of that size, the same one each time."""
        place = (role, *size)
        if place not in self._pages:
            context = self.context(*size)
            if role:
                for name, value in self.world.people[role].cookies.items():
                    context.add_cookies(
                        [{"name": name, "value": value, "url": self.world.host.base}]
                    )
            self._pages[place] = context.new_page()
        return self._pages[place]

    def context(self, width: int, height: int) -> BrowserContext:
        """A browser of that size, of nobody."""
        return self.browser.new_context(
            viewport={"width": width, "height": height},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            permissions=["camera"],
        )

    def index(self) -> None:
        """index.html, which shows all that was hung, moment by moment."""
        parts = [_HEAD]
        for moment, hung in groupby(self.hung, lambda each: each[0]):
            parts.append(f"<h2>{escape(moment)}</h2><div>")
            parts += [_figure(file, shown) for _, file, shown in hung]
            parts.append("</div>")
        (self.folder / "index.html").write_text("\n".join(parts))


_HEAD = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Piaojue</title>
<style>
body { font: 15px sans-serif; margin: 2rem; background: #eee }
div { display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: start }
figure { margin: 0; max-width: 480px }
img { max-width: 100%; max-height: 420px; background: #fff; border: 1px solid #999 }
</style>
<h1>Piaojue: every page at its size</h1>"""


def _figure(file: str, shown: str) -> str:
    link, name = escape(file, quote=True), escape(shown)
    seen = f'<img src="{link}" alt="{name}" loading="lazy">' if file.endswith(".png") else "PDF"
    caption = f"<figcaption>{name}</figcaption>"
    return f'<figure><a href="{link}">{seen}</a>{caption}</figure>'
