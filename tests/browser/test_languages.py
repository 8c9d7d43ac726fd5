"""A language that nobody here speaks is added to a congress, and its officials' pages still hold.

The catalogues are made up: every message is a third longer than the English one, in the letters of
a script that runs from right to left or downwards. A real server finds them in the instance's
folder. What then still stands in Chinese has escaped the catalogue.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from playwright.sync_api import Browser, BrowserContext, Page

from tests.test_words import CHINESE, catalogue
from tests.world import WINDOW, all_do, congress_at, freeze, projects, roster
from voting.client import rehearsal
from voting.client.host import Host, free_port
from voting.client.rehearsal import Rehearsal

DESK, PROJECTOR = (1440, 900), (1920, 1080)
HOLES = re.compile(r"(%\(\w+\)s|\{\w+\}|%%)")
TITLE = "青石县明年的项目"  # no words of the product's own, nor are people's names
NAMES = {"secretariat": "钱一", "presidium": "孙二", "scrutineer": "李三", "auditor": "周四"}
RIGHT_TO_LEFT, DOWNWARDS = "ug", "mn_Mong"
LETTERS = {  # no font here has the second: its letters show as boxes, twice as wide as letters are
    RIGHT_TO_LEFT: "ئۇيغۇرچە سۆز ھۆججەتلەر قۇرۇلتاي ۋەكىللەر ",
    DOWNWARDS: "ᠮᠣᠩᠭᠣᠯ ᠦᠰᠦᠭ ᠪᠢᠴᠢᠭ ᠲᠥᠯᠥᠭᠡᠯᠡᠭᠴᠢ ᠰᠣᠩᠭᠣᠯᠲᠠ ",
}
# The pages that are walked, each as the role that reads it.
PAGES = {
    "/": "",
    "/login?next=/polls": "",
    "/nothing": "",
    "/accounts": "admin",
    "/office": "secretariat",
    "/office/roster": "secretariat",
    "/office/polls/new": "secretariat",
    "/polls": "presidium",
    "/polls/{poll}": "presidium",
}
VOTING = {
    "/presidium/{poll}": "presidium",
    "/scrutineer/{poll}": "scrutineer",
}
PUBLISHED = {
    "/results/{hash}": "",
    "/board/{hash}": "",
    "/records": "auditor",
    "/presidium/{poll}": VOTING["/presidium/{poll}"],
}
# The places on the page where text is, each as wide and high as can be seen of it, and what is cut.
LOOK = """() => {
  const root = document.documentElement;
  const boxes = [], cut = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !element.checkVisibility() || element.closest("noscript")) continue;
    if (element.closest(".hidden, .skip, option")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const part of range.getClientRects()) {
      let { left, right, top, bottom } = part;
      if (left < -1 || right > root.clientWidth + 1) cut.push(node.data.trim());
      const height = bottom - top;  // letters fill about half of the line that a font reserves
      boxes.push([left + 1, right - 1, top + height / 3, bottom - height / 3, node.data.trim()]);
    }
    for (let each = element; each !== document.body; each = each.parentElement) {
      const style = getComputedStyle(each);
      if (/auto|scroll/.test(style.overflowX + style.overflowY)) break;
      const wide = each.scrollWidth > each.clientWidth + 1 && style.overflowX !== "visible";
      const high = each.scrollHeight > each.clientHeight * 1.1 && style.overflowY !== "visible";
      if ((wide || high) && each.clientWidth) cut.push(node.data.trim());
    }
  }
  const over = [];
  boxes.forEach(([left, right, top, bottom, text], place) => {
    for (const other of boxes.slice(place + 1)) {
      if (left < other[1] && other[0] < right && top < other[3] && other[2] < bottom) {
        over.push(`${text} | ${other[4]}`);
      }
    }
  });
  return {
    lang: root.lang, dir: root.dir, cut, over, text: document.body.innerText,
    wide: root.scrollWidth > root.clientWidth, labels: [...document.querySelectorAll(
      "[aria-label], [placeholder], [data-lost]")].flatMap((each) => Object.values({
        label: each.ariaLabel ?? "", placeholder: each.placeholder ?? "", ...each.dataset })),
  };
}"""


def made_up(english: str, code: str) -> str:
    """A message a third longer than in English; its values keep their own direction (FSI, PDI)."""
    return "".join(
        f"\u2068{part}\u2069" if HOLES.fullmatch(part) else _lengthened(part, code)
        for part in HOLES.split(english)
    )


def _lengthened(part: str, code: str) -> str:
    letters = LETTERS[code]
    third = (4 * len(part) + 2) // 3
    length = third if code == RIGHT_TO_LEFT else (third + 1) // 2
    return (letters * (length // len(letters) + 1))[:length]


def add_languages(instance: Path) -> None:
    """The catalogues that a congress adds to its own instance."""
    for code in LETTERS:
        added = Catalog(locale=code)
        for message in catalogue("en"):
            if message.id:
                added.add(message.id, made_up(str(message.string), code))
        folder = instance / "translations" / code / "LC_MESSAGES"
        folder.mkdir(parents=True)
        with (folder / "messages.mo").open("wb") as file:
            write_mo(file, added)


@dataclass
class Reader:
    """Somebody who reads all pages in one language, and what was found on them."""

    browser: Browser
    world: Rehearsal
    code: str
    data: list[str]
    found: list[str]

    def walk(self, pages: dict[str, str], **names: object) -> None:
        """Look at each page, as the role that reads it."""
        for path, role in pages.items():
            context = self.as_role(role)
            page = context.new_page()
            self.look(page, path.format(**names), DESK)
            context.close()

    def screens(self, poll: int, *kinds: str) -> None:
        """Look at the hall's screen with each of these on it."""
        context = self.as_role("")
        page = context.new_page()
        for kind in kinds:
            presidium = self.world.people["presidium"]
            presidium.fill(f"/polls/{poll}", "/presidium/hall", {"what": kind})
            self.look(page, "/hall", PROJECTOR, lambda: page.locator("main .body").wait_for())
        context.close()

    def as_role(self, role: str) -> BrowserContext:
        """A browser of somebody of that role."""
        context = self.browser.new_context()
        if role:
            for name, value in self.world.people[role].cookies.items():
                context.add_cookies([{"name": name, "value": value, "url": self.world.host.base}])
        return context

    def look(
        self, page: Page, path: str, size: tuple[int, int], ready: Callable[[], None] = lambda: None
    ) -> None:
        """Open a page in this language and note what is wrong with it."""
        page.set_viewport_size({"width": size[0], "height": size[1]})
        joint = "&" if "?" in path else "?"
        page.goto(f"{self.world.host.base}{path}{joint}lang={self.code}")
        ready()
        seen = page.evaluate(LOOK)
        assert seen["text"].strip()
        expected = {RIGHT_TO_LEFT: ("ug", "rtl"), DOWNWARDS: ("mn-Mong", "ltr")}[self.code]
        if (seen["lang"], seen["dir"]) != expected:
            self.found.append(f"{path}: {seen['lang']} {seen['dir']}")
        if seen["wide"]:
            self.found.append(f"{path}: wider than the window")
        self.found += [f"{path}: cut: {text}" for text in seen["cut"]]
        self.found += [f"{path}: one over another: {texts}" for texts in seen["over"]]
        lines = [*seen["text"].splitlines(), *seen["labels"]]
        self.found += [f"{path}: not marked: {line}" for line in map(self._rest, lines) if line]

    def _rest(self, line: str) -> str:
        """What of a line is Chinese and nobody's name."""
        for words in self.data:
            line = line.replace(words, "")
        return line if CHINESE.search(line) else ""


def peoples_words() -> list[str]:
    """What people and offices wrote, which stays as it is in every language; longest first."""
    tables = [csv.reader(io.StringIO(table.decode())) for table in (roster(99), projects(99))]
    cells = {cell for table in tables for row in list(table)[1:] for cell in row}
    meeting = {
        "青石县第十八届人民代表大会第三次会议",
        "青石县人民代表大会",
        "第三次会议",
        "第十八届",
    }
    others = {TITLE, "本机发票", "中文", "管理员", *NAMES.values()}
    return sorted((cells | meeting | others) - {""}, key=len, reverse=True)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rehearsal, "OFFICIALS", NAMES)
        folder = tmp_path_factory.mktemp("languages")
        host = Host(folder / "instance", free_port(), WINDOW)
        with congress_at(host, folder / "server.log", 9) as world:
            world.host.stop()
            add_languages(world.host.instance)
            world.host.start(world.host.instance / "server.log")
            yield world


def test_a_made_up_language_holds_on_every_page_of_a_vote(
    browser: Browser, world: Rehearsal
) -> None:
    data, found = peoples_words(), []
    readers = [Reader(browser, world, code, data, found) for code in LETTERS]
    poll = world.draft(TITLE, "choose", 3, 10, projects(13))
    world.step(poll, "define")
    tablets = world.tablets()
    all_do(tablets, "check_in")
    for reader in readers:
        reader.walk(PAGES, poll=poll)
        reader.screens(poll, "title", "code", "check_in")
    world.step(poll, "issue")
    all_do(tablets, "receive")
    freeze(world, poll, tablets)
    world.step(poll, "open")
    all_do(tablets, "check_roll")
    for tablet in tablets[:8]:
        tablet.cast([0, 0, 0, *[None] * 10])
    for reader in readers:
        reader.walk(VOTING, poll=poll)
        reader.screens(poll, "voting")
    for step in ("close", "publish"):
        world.step(poll, step)
    hash_ = world.http.get("/api/status")["poll"]["hash"]
    for reader in readers:
        reader.walk(PUBLISHED, poll=poll, hash=hash_)
        reader.screens(poll, "closed", "result")
    assert not found, "\n".join(dict.fromkeys(found))
