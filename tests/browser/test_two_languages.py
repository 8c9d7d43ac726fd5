"""A second language beside the Chinese and a ballot in a second script, on tablets of both shapes.

The language is a made one: Uyghur letters from the right, every word longer than in English. The
ballot's script is Mongolian, whose lines stand upright. What is cut or covered, nobody can read.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from playwright.sync_api import Browser, Page, Request, expect

from tests.browser.test_accessible import STRICTER, crowded, faults
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
from tests.world import all_do, congress, projects
from voting.client.rehearsal import Rehearsal

ROOT = Path(__file__).resolve().parents[2]
ENGLISH = ROOT / "voting/translations/en/LC_MESSAGES/messages.po"
LETTERS = dict(zip("abcdefghijklmnopqrstuvwxyz", "ابپتجچخدرزژسشغفقكگڭلمنھوۇۆ", strict=True))
MONGOLIAN = "ᠬᠥᠳᠡᠭᠡ ᠶᠢᠨ ᠵᠠᠮ ᠢ ᠰᠡᠯᠪᠢᠨ ᠵᠠᠰᠠᠬᠤ ᠲᠥᠰᠥᠯ"


def longer(english: str) -> str:
    """The made language: right to left, each word longer; what goes in braces stays."""
    parts = re.split(r"(\{\w+\})", english)
    words = re.compile(r"[A-Za-z]+")

    def other(word: re.Match[str]) -> str:
        return "".join(LETTERS[letter] for letter in word.group().lower()) + "لار"

    return "".join(part if part.startswith("{") else words.sub(other, part) for part in parts)


def write_catalogue(folder: Path) -> None:
    """The congress's own catalogue, as somebody would add it."""
    with ENGLISH.open("rb") as file:
        english = read_po(file, locale="en")
    made = Catalog(locale="ug")
    for message in english:
        if message.id:
            made.add(message.id, longer(str(message.string)))
    folder.mkdir(parents=True)
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, made)


@pytest.fixture(scope="module")
def bilingual(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    """A congress of four deputies, with a language of its own."""
    folder = tmp_path_factory.mktemp("bilingual")
    write_catalogue(folder / "instance" / "translations" / "ug" / "LC_MESSAGES")
    with congress(folder, 4) as world:
        yield world


def bilingual_poll(world: Rehearsal) -> int:
    """A poll of 13 projects with titles and contents in Mongolian, as an import may bring them."""
    poll = world.draft("民生实事项目票决", "choose", 10, 10, projects(13))
    with sqlite3.connect(world.host.instance / "piaojue.db") as database:
        rows = database.execute("SELECT place, details FROM project WHERE poll = ?", (poll,))
        for place, details in rows.fetchall():
            second = {"lang": "mn-Mong", "title": MONGOLIAN, "content": f"{MONGOLIAN} " * 5}
            value = json.dumps({**json.loads(details), "second": second})
            key = (value, poll, place)
            database.execute("UPDATE project SET details = ? WHERE poll = ? AND place = ?", key)
    world.step(poll, "define")
    return poll


class Reader:
    """A tablet with a deputy, and all that it asks for."""

    def __init__(self, browser: Browser, world: Rehearsal, card: str) -> None:
        self.context = browser.new_context(viewport=TABLET)  # type: ignore[arg-type]
        self.context.set_default_timeout(PATIENCE)
        self.page, self.card = self.context.new_page(), card
        self.asked: set[str] = set()
        self.found: list[str] = []
        self.page.on("request", self._hear)
        self.page.goto(f"{world.host.base}/tablet")
        screen(self.page, "card")

    def _hear(self, request: Request) -> None:
        """An address with its headers and the names in its body; tags come and go with news."""
        headers = {k: v for k, v in request.headers.items() if k != "if-none-match"}
        body = json.loads(request.post_data or "{}")
        self.asked.add(json.dumps([request.method, request.url, headers, sorted(body)]))

    def look(self, name: str) -> None:
        """See that a screen is right, on a tablet that stands and on one that lies."""
        screen(self.page, name)
        seen = [*crowded(self.page), *faults(self.page, **STRICTER)]
        self.found += [f"{name} {fault}" for fault in seen]


def choose(page: Page, language: str) -> None:
    """Touch the button until that language stands beside the Chinese; "" for none."""
    other = page.locator(f".second[lang='{language}']" if language else ".second")
    for _ in range(5):
        if bool(other.count()) == bool(language):
            return
        page.click("#language")
    raise AssertionError(f"no {language}")


def test_a_deputy_reads_two_languages_and_nobody_else_can_tell(
    browser: Browser, bilingual: Rehearsal
) -> None:
    poll, rest = bilingual_poll(bilingual), others(bilingual, 2)
    reading, plain = (Reader(browser, bilingual, card) for card in bilingual.cards[:2])
    page = reading.page
    choose(page, "ug")
    reading.look("card")
    expect(page.locator("h1 .second")).to_have_attribute("dir", "rtl")
    for tablet in (reading, plain):
        swipe(tablet.page, tablet.card)
    reading.look("confirm")
    for tablet in (reading, plain):
        press(tablet.page, "confirm")
    reading.look("waiting")
    bilingual.step(poll, "issue")
    all_do(rest, "receive")
    reading.look("held")
    screen(plain.page, "held")
    freeze_and_open(bilingual, poll, rest)
    reading.look("ballot")
    for tablet in (reading, plain):
        screen(tablet.page, "ballot")
        expect(tablet.page.locator(".script[lang=mn-Mong]")).to_have_count(13)
        press(tablet.page, "info")
        tablet.page.locator("dialog .script").nth(1).wait_for()
        if tablet is reading:
            reading.look("ballot")
        press(tablet.page, "close")
        mark(tablet.page, 0, 2)
        press(tablet.page, "review")
    reading.look("review")
    for tablet in (reading, plain):
        press(tablet.page, "cast")
    reading.look("receipt")
    expect(page.locator(".second").first).to_be_visible()
    screen(plain.page, "receipt")
    expect(plain.page.locator(".second")).to_have_count(0)
    for tablet in (reading, plain):
        press(tablet.page, "clear")
        screen(tablet.page, "card")
    expect(page.locator(".second")).to_have_count(0)  # the next deputy sees nothing of the choice
    bilingual.step(poll, "void", "测试结束")
    for tablet in (reading, plain):
        screen(tablet.page, "closed")
        tablet.context.close()
    assert reading.asked == plain.asked
    assert not reading.found, "\n".join(reading.found)
