"""What an issuer's owner has agreed to; an issuer on the server's own machine agrees to all.

An issuer that stands alone opens no poll that its owner did not accept, by the 核验码 that the
hall shows, with a copy of the roster of its own; and signs for no new card that its owner did not
allow. Otherwise the server's owner could have ballots issued to cards of that owner's making.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from voting.config import write_durably
from voting.core.errors import Malformed, Unknown
from voting.core.poll import Definition, parse_roster, roster_head, verification_code


class Gate(Protocol):
    """The owner's word."""

    def accepts(self, poll: bytes) -> bool:
        """Whether ballots may be issued for the poll of that hash."""

    def allowed(self, poll: bytes, number: str) -> int:
        """How many new cards the deputy of that number may be given in that poll."""


class Open:
    """The embedded issuer's: its owner is the server's."""

    def accepts(self, poll: bytes) -> bool:
        """Any poll."""
        return True

    def allowed(self, poll: bytes, number: str) -> int:
        """Any number of cards: two officials confirm each one."""
        return 2**31


class Owner:
    """A lone issuer's: files in its folder, read again for each question."""

    def __init__(self, folder: Path) -> None:
        """`accepted/` has definitions and rosters by poll hash, `allowed.txt` polls and numbers."""
        self._accepted = folder / "accepted"
        self._allowed = folder / "allowed.txt"

    def accepts(self, poll: bytes) -> bool:
        """Whether the owner accepted it."""
        return (self._accepted / f"{poll.hex()}.json").exists()

    def allowed(self, poll: bytes, number: str) -> int:
        """How often the owner allowed it for that poll: a word given once ends with its poll."""
        if not self._allowed.exists():
            return 0
        return self._allowed.read_text("utf-8").split("\n").count(f"{poll.hex()} {number}")

    def accept(self, definition: bytes, roster: bytes) -> Definition:
        """Keep a poll's definition and roster; `Malformed` where one is not the other's."""
        parsed = Definition.parse(definition)
        if roster_head(parse_roster(roster)) != parsed.roster:
            raise Malformed("bad_roster", "名册与定稿的名册不一致。")
        self._accepted.mkdir(mode=0o700, exist_ok=True)
        name = parsed.poll_hash.hex()
        write_durably(self._accepted / f"{name}.jsonl", roster)
        write_durably(self._accepted / f"{name}.json", definition)
        return parsed

    def allow(self, code: str, number: str) -> None:
        """Allow one new card for the deputy of that number, in the accepted poll of that 核验码."""
        names = [bytes.fromhex(path.stem) for path in self._accepted.glob("*.json")]
        polls = [poll for poll in names if verification_code(poll) == code]
        if not polls:
            raise Unknown("unknown_poll", "没有这项表决，请核对核验码。")
        with self._allowed.open("a", encoding="utf-8") as file:
            file.writelines(f"{poll.hex()} {number}\n" for poll in polls)
