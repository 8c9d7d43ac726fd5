"""彩排: nobody can take a rehearsal for the vote, on no screen, no paper and in no record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from tests.web.conftest import HASHED, PASSWORD, Browser
from voting import cli, db
from voting.app import create_app
from voting.cards import page
from voting.config import Config
from voting.core import card
from voting.core.rehearsal import named
from voting.models.office import Congress, Deputy, Person

REAL = ("qingshi-18", "青石县人民代表大会")
OPEN = ("/", "/login", "/hall", "/tablet", "/tablet/check")
OFFICES = ("/office", "/polls", "/office/roster", "/office/polls/new")
MARK = 'data-mark="彩排"'


def instance(folder: Path, congress: str, name: str) -> Flask:
    """A server's app with one official and one deputy."""
    config = Config(folder)
    cli.make_instance(config)
    cli.fill_instance(config, (congress, name, "第十八届"), "root")
    app = create_app(config)
    with app.app_context(), db.writing() as session:
        session.add(Person(login="o", name="秘书", role="secretariat", password=HASHED))
        row = {"name": "王建国", "delegation": "城关镇", "seat": "3排12座"}
        session.add(Deputy(number="001", place=0, **row))
    return app


def pages(app: Flask) -> dict[str, str]:
    """What the screens and the printed cards say."""
    browser = Browser(app.test_client())
    shown = {path: browser.get(path).text for path in OPEN}
    browser.send("/login", "/login", login="o", password=PASSWORD)
    shown |= {path: browser.get(path).text for path in OFFICES}
    return shown | {"cards": browser.send("/office", "/office/cards").text}


@pytest.fixture
def apps(tmp_path: Path) -> Iterator[dict[bool, Flask]]:
    """The real one, and its rehearsal."""
    made = {
        False: instance(tmp_path / "real", *REAL),
        True: instance(tmp_path / "rehearsal", *named(*REAL)),
    }
    yield made
    for app in made.values():
        with app.app_context():
            db.db.engine.dispose()


def test_every_screen_and_paper_of_a_rehearsal_is_marked_and_none_of_the_vote(
    apps: dict[bool, Flask],
) -> None:
    for rehearsal, app in apps.items():
        for where, text in pages(app).items():
            assert (MARK in text) is rehearsal, where
            assert "rehearsal.css" in text or not rehearsal, where
    for congress, marked in ((REAL[0], False), (named(*REAL)[0], True)):
        offline = page.render(congress, "青石县第十八届", [], "0000").decode()
        assert (MARK in offline) is marked


def test_what_is_signed_in_a_rehearsal_is_worth_nothing_in_the_vote(
    apps: dict[bool, Flask],
) -> None:
    digits = "1" * 40
    congresses, keys = [], []
    for app in apps.values():
        with app.app_context(), db.reading() as session:
            congress = session.scalars(select(Congress)).one()
            congresses.append((congress.id, congress.name))
            keys.append(congress.log_key)
    assert congresses == [REAL, ("qingshi-18-rehearsal", "【彩排】青石县人民代表大会")]
    cards = [card.derive(digits, congress) for congress, _ in congresses]
    assert cards[0].card_id != cards[1].card_id
    assert keys[0] != keys[1]


@pytest.mark.parametrize(
    ("congress", "name"),
    [("qingshi-18-rehearsal", REAL[1]), (REAL[0], f"【彩排】{REAL[1]}")],
)
def test_a_congress_is_a_rehearsal_in_id_and_name_or_in_neither(
    tmp_path: Path, congress: str, name: str
) -> None:
    config = Config(tmp_path)
    cli.make_instance(config)
    with pytest.raises(Exception, match="只有彩排"):
        cli.fill_instance(config, (congress, name, "第十八届"), "root")
