"""The issuer's journal where a whole hall asks at once: a commit is shared, and nothing else."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from voting.core.errors import Forbidden
from voting.issuer.journal import Journal, NewCard, Signed

POLL, EPOCH = bytes(32), 1


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal.db")


def signed(number: int, answer: bytes = b"first", card: bytes = bytes(16)) -> Signed:
    return Signed(POLL, EPOCH, str(number), card, b"blinded", answer)


def at_once(journal: Journal, *written: Signed) -> list[bytes | str]:
    """All wait for the journal before any of them is written: what each is told."""

    def write(one: Signed) -> bytes | str:
        try:
            return journal.write(one)
        except (Forbidden, sqlite3.Error) as error:
            return type(error).__name__

    with ThreadPoolExecutor(len(written)) as pool:
        with journal._lock:
            told = [pool.submit(write, one) for one in written]
            while len(journal._rounds._waiting) < len(written):
                pass
        return [each.result() for each in told]


def stored(path: Path) -> dict[str, bytes]:
    reader = sqlite3.connect(path)
    rows = dict(reader.execute("SELECT number, blind_sig FROM signed").fetchall())
    reader.close()
    return rows


def test_those_who_share_a_commit_are_answered_each_for_itself(
    journal: Journal, tmp_path: Path
) -> None:
    journal.replace(POLL, NewCard("2", b"n" * 16, bytes(65)))
    held = signed(3), signed(3, b"second")
    told = at_once(journal, signed(1), signed(2), *held, signed(4))
    assert [*told[:2], told[4]] == [b"first", "Forbidden", b"first"]
    assert told[2] == told[3] == stored(tmp_path / "journal.db")["3"]  # one answer, whoever asks
    assert set(stored(tmp_path / "journal.db")) == {"1", "3", "4"}


def test_what_the_disk_did_not_take_is_answered_to_nobody(journal: Journal, tmp_path: Path) -> None:
    assert journal._db
    journal._db.execute("PRAGMA max_page_count = 8")
    large = [signed(number, bytes(30_000)) for number in range(3)]
    assert at_once(journal, *large) == ["OperationalError"] * 3
    assert stored(tmp_path / "journal.db") == {}
    assert at_once(journal, signed(1)) == [b"first"]


def test_a_disk_that_comes_back_is_written_to_again(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_file() -> sqlite3.Connection:
        raise sqlite3.OperationalError("unable to open database file")

    assert journal._db
    journal._db.execute("PRAGMA max_page_count = 8")
    assert at_once(journal, signed(1, bytes(30_000))) == ["OperationalError"]
    with monkeypatch.context() as broken:
        broken.setattr(journal, "_opened", no_file)
        assert at_once(journal, signed(1)) == ["OperationalError"]
    assert at_once(journal, signed(1)) == [b"first"]


def test_a_transaction_that_could_not_be_ended_answers_nobody(
    journal: Journal, tmp_path: Path
) -> None:
    class Stuck(sqlite3.Connection):
        """A disk on which neither COMMIT nor ROLLBACK works."""

        def execute(self, statement: str, *values: object) -> sqlite3.Cursor:
            if statement in ("COMMIT", "ROLLBACK"):
                raise sqlite3.OperationalError("disk I/O error")
            return super().execute(statement, *values)

    path = tmp_path / "journal.db"
    journal._db = sqlite3.connect(
        path, factory=Stuck, check_same_thread=False, isolation_level=None
    )
    assert at_once(journal, signed(1)) == ["OperationalError"]
    assert journal.answered(POLL, EPOCH, "1", b"blinded") is None
    assert at_once(journal, signed(1, b"second")) == [b"second"]
    assert stored(path) == {"1": b"second"}
