"""What a finished vote leaves behind tells nobody whose ballot is whose, nor the order of casting.

Everything that the server wrote is searched after the vote: every file of the instance with its
WAL and free pages, the server's messages, every table. Orders are compared as statistics.
"""

from __future__ import annotations

import random
import re
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.orders import telling
from tests.world import WINDOW, a_poll, all_do, congress
from voting.client.rehearsal import Rehearsal
from voting.client.tablet import Tablet
from voting.core import card
from voting.core.encoding import b64, sha256

DEPUTIES = 90
PAGE = 4096


@pytest.fixture(scope="module")
def vote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Rehearsal, list[Tablet]]]:
    """A vote that is over: tablets in the order of issuing, cast in another order."""
    with congress(tmp_path_factory.mktemp("secret"), DEPUTIES) as world:
        poll = a_poll(world)
        tablets = world.tablets()
        all_do(tablets, "check_in")
        world.step(poll, "issue")
        for tablet in tablets:
            tablet.receive()
        world.step(poll, "register")
        for tablet in random.sample(tablets, DEPUTIES):
            tablet.register()
        time.sleep(WINDOW + 0.2)
        for step in ("freeze", "open"):
            world.step(poll, step)
        cast = random.sample(tablets, DEPUTIES)
        for number, tablet in enumerate(cast):
            tablet.check_roll()
            tablet.cast(marks(number))
        for step in ("close", "publish"):
            world.step(poll, step)
        yield world, cast


def marks(number: int) -> list[int | None]:
    """Some marks, not the same for everybody."""
    return [0 if (number + item) % 3 == 0 else None for item in range(5)]


def files(world: Rehearsal) -> Iterator[tuple[Path, bytes]]:
    """Everything that the server, the issuer and the database keep or have said."""
    for path in [*world.host.instance.rglob("*"), world.host.instance.parent / "server.log"]:
        if path.is_file():
            yield path, path.read_bytes()


def test_nothing_that_is_kept_is_in_the_order_of_casting(
    vote: tuple[Rehearsal, list[Tablet]],
) -> None:
    world, cast = vote
    names = {
        "key": [tablet.kept().key for tablet in cast],
        "key in b64": [b64(tablet.kept().key).encode() for tablet in cast],
        "hash of the key": [sha256(tablet.kept().key) for tablet in cast],
    }
    found = 0
    for path, data in files(world):
        for what, needles in names.items():
            there = [needle for needle in needles if needle in data]
            found += len(there)
            for find in (data.find, data.rfind):
                places = [float(find(needle)) for needle in there]
                assert not telling(places), f"{path.name}: the places of each {what}"
    assert found > DEPUTIES  # the search would have found them


def test_the_order_of_issuing_is_not_that_of_the_roll(
    vote: tuple[Rehearsal, list[Tablet]],
) -> None:
    world, cast = vote
    issued = sorted(cast, key=lambda tablet: world.cards.index(tablet._digits))
    for path, data in files(world):
        places = [float(data.find(tablet.kept().key)) for tablet in issued]
        assert not telling([place for place in places if place >= 0]), path.name


def test_no_page_of_any_file_names_a_deputy_beside_a_ballot(
    vote: tuple[Rehearsal, list[Tablet]],
) -> None:
    world, cast = vote
    ballots = [t.kept().key for t in cast] + [b64(t.kept().key).encode() for t in cast]
    deputies = [card.derive(digits, "qingshi-18").card_id for digits in world.cards]
    deputies += [b64(name).encode() for name in deputies]
    for path, data in files(world):
        if path.suffix == ".zip":
            continue
        for start in range(0, len(data), PAGE):
            page = data[start : start + PAGE]
            both = any(b in page for b in ballots) and any(d in page for d in deputies)
            assert not both, f"{path.name} at {start}"


def test_the_issuers_folder_knows_no_ballot(vote: tuple[Rehearsal, list[Tablet]]) -> None:
    world, cast = vote
    kept = b"".join(data for path, data in files(world) if path.parent.name == "issuer")
    assert len(kept) > 384 * DEPUTIES
    for tablet in cast:
        slot = tablet.kept()
        for secret in (slot.key, slot.prefixes[0], slot.seals[0], b64(slot.key).encode()):
            assert secret not in kept


def test_the_boxes_tables_have_no_place_for_a_deputy_a_time_or_an_order(
    vote: tuple[Rehearsal, list[Tablet]],
) -> None:
    world, _ = vote
    database = sqlite3.connect(world.host.instance / "piaojue.db")
    columns = {
        table: [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
        for table in ("roll_line", "ballot")
    }
    assert columns == {
        "roll_line": ["poll", "key_hash", "line"],
        "ballot": ["poll", "key_hash", "key", "marks", "sig", "batch"],
    }
    for table in columns:
        (made,) = database.execute(
            "SELECT sql FROM sqlite_master WHERE name=?", (table,)
        ).fetchone()
        assert made.rstrip().endswith("WITHOUT ROWID")
        assert not database.execute(f"PRAGMA foreign_key_list({table})").fetchall()
    database.close()


def test_what_only_the_card_or_the_issuer_may_know_is_on_no_disk(
    vote: tuple[Rehearsal, list[Tablet]],
) -> None:
    """Card numbers, passwords, and in the server's messages no address, card, key or receipt."""
    world, cast = vote
    everything = b"".join(data for _, data in files(world))
    for secret in [*world.cards, *world.passwords.values()]:
        assert secret.encode() not in everything
    messages = (world.host.instance.parent / "server.log").read_text()
    assert not re.search(rf"127\.0\.0\.1(?!:{world.host.port}\b)", messages)
    for tablet in cast:
        receipt = tablet.kept().receipt
        assert receipt
        assert receipt.text() not in messages
        assert b64(tablet.kept().key) not in messages


def test_the_write_ahead_log_and_its_index_tell_nothing(
    vote: tuple[Rehearsal, list[Tablet]],
) -> None:
    """After closing, neither holds what casting wrote: the WAL is short, its index rewritten."""
    world, cast = vote
    wal = (world.host.instance / "piaojue.db-wal").read_bytes()
    assert not any(tablet.kept().key in wal for tablet in cast)
