"""The issuer's own memory on disk: which ballots and new cards it signed, before it answers.

One SQLite file beside the issuer's key. It never holds an issuing key, only what was asked and
answered: enough to give the same answer again, and never another one to the same deputy.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voting.core.errors import Forbidden, Refused
from voting.rounds import Rounds

_TABLES = """
CREATE TABLE IF NOT EXISTS closed (poll BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS signed (
    poll BLOB, epoch INTEGER, number TEXT, blinded BLOB NOT NULL, blind_sig BLOB NOT NULL,
    PRIMARY KEY (poll, epoch, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS replaced (
    place INTEGER PRIMARY KEY,
    poll BLOB NOT NULL, number TEXT NOT NULL, card_id BLOB NOT NULL, card_key BLOB NOT NULL
);
"""


@dataclass(frozen=True, slots=True)
class NewCard:
    """The card that takes a lost one's place: its deputy's number, 16 bytes, 65 bytes."""

    number: str
    card_id: bytes
    card_key: bytes


@dataclass(slots=True)
class Signed:
    """What is to be written before it is answered, and what came of that.

    `blinded` is all issuers' values, one after the other, `blind_sig` this issuer's answer.
    """

    poll: bytes
    epoch: int
    number: str
    card_id: bytes
    blinded: bytes
    blind_sig: bytes
    written: bool = False
    error: BaseException | None = None


class Journal:
    """The journal file; safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        """Open it, or make it."""
        self._lock = threading.Lock()  # whoever holds it writes
        self._looking = threading.Lock()
        self._rounds = Rounds(self._commit_all)
        self._path = path
        self._db: sqlite3.Connection | None = self._opened()
        self._reader = sqlite3.connect(path, check_same_thread=False)  # waits for no commit

    def _opened(self) -> sqlite3.Connection:
        opened = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None)
        opened.execute("PRAGMA journal_mode=WAL")
        opened.execute("PRAGMA synchronous=FULL")
        opened.executescript(_TABLES)
        return opened

    def answered(self, poll: bytes, epoch: int, number: str, blinded: bytes) -> bytes | None:
        """What this deputy was answered in this epoch, or None.

        `blinded` is all issuers' values, one after the other. Another request of a deputy who was
        answered is `Refused` as already_issued.
        """
        found = self._look(
            "SELECT blinded, blind_sig FROM signed WHERE poll=? AND epoch=? AND number=?",
            (poll, epoch, number),
        )
        if not found:
            return None
        ((asked, answer),) = found
        if asked != blinded:
            raise Refused("already_issued", "您的表决票已经领取过了，请回到领取时的平板。")
        return bytes(answer)

    def _look(self, query: str, values: tuple[object, ...]) -> list[Any]:
        with self._looking:
            return self._reader.execute(query, values).fetchall()

    def write(self, signed: Signed) -> bytes:
        """Write what was signed durably; returns what stands, which may be an earlier answer.

        `Forbidden` where the card was replaced while the request was being checked. Those who
        write at the same time share a commit, which holds for all of them or for none.
        """
        self._rounds.join(signed)
        if signed.error:
            raise signed.error
        if signed.written:
            return signed.blind_sig
        stored = self.answered(signed.poll, signed.epoch, signed.number, signed.blinded)
        assert stored is not None  # it stood in the way
        return stored

    def _commit_all(self, take: Callable[[], list[Signed]]) -> None:
        together: list[Signed] = []
        try:
            with self._writing() as db:
                together = take()
                for signed in together:
                    self._insert(db, signed)
        except BaseException as error:
            for signed in together:
                signed.error = error
            raise

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction, when it is this thread's turn.

        Whatever has become of one that failed, nothing goes on in it: the next opens anew.
        """
        with self._lock:
            db, self._db = self._db or self._opened(), None
            try:
                db.execute("BEGIN IMMEDIATE")
                yield db
                db.execute("COMMIT")
            except BaseException:
                db.close()
                raise
            self._db = db

    def _insert(self, db: sqlite3.Connection, signed: Signed) -> None:
        card = db.execute(
            "SELECT card_id FROM replaced WHERE poll=? AND number=? ORDER BY place DESC LIMIT 1",
            (signed.poll, signed.number),
        ).fetchone()
        if card and card[0] != signed.card_id:
            signed.error = Forbidden("not_on_roster", "这张代表证已经更换，不能再用。")
            return
        done = db.execute(
            "INSERT INTO signed VALUES (?,?,?,?,?) ON CONFLICT DO NOTHING",
            (signed.poll, signed.epoch, signed.number, signed.blinded, signed.blind_sig),
        )
        signed.written = done.rowcount == 1

    def replace(self, poll: bytes, card: NewCard) -> None:
        """Write durably that the deputy holds this card from now on.

        `Refused` where a ballot was signed for the deputy, in whatever epoch of the poll.
        """
        with self._writing() as db:
            signed = db.execute(
                "SELECT 1 FROM signed WHERE poll=? AND number=?", (poll, card.number)
            ).fetchone()
            if signed:
                raise Refused("has_ballot", "这位代表已经领取表决票，代表证不能更换。")
            db.execute(
                "INSERT INTO replaced (poll, number, card_id, card_key) VALUES (?,?,?,?)",
                (poll, card.number, card.card_id, card.card_key),
            )

    def replacements(self, poll: bytes) -> list[NewCard]:
        """The poll's new cards in their order; a deputy's last one is the card held now."""
        query = "SELECT number, card_id, card_key FROM replaced WHERE poll=? ORDER BY place"
        return [NewCard(*row) for row in self._look(query, (poll,))]

    def last_epoch(self, poll: bytes) -> int:
        """The last epoch in which something was signed for this poll; 0 where nothing was."""
        ((last,),) = self._look("SELECT max(epoch) FROM signed WHERE poll=?", (poll,))
        return last or 0

    def close_poll(self, poll: bytes) -> None:
        """Remember that issuing for this poll is over for good."""
        with self._writing() as db:
            db.execute("INSERT INTO closed VALUES (?) ON CONFLICT DO NOTHING", (poll,))

    def is_closed(self, poll: bytes) -> bool:
        """Whether issuing for this poll is over for good."""
        return bool(self._look("SELECT 1 FROM closed WHERE poll=?", (poll,)))
