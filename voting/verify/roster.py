"""The roster: who may vote, and with which card at each moment.

Kept in flat byte strings, about 150 bytes a deputy, so that a million fit in memory.
"""

from collections.abc import Iterable
from typing import Any

from .crypto import p256_point, sha256
from .index import Index
from .report import Failure
from .strict import Malformed, b64_of, fields, loads, text, unb64
from .tree import Tree

_line = fields(
    {
        "card_id": b64_of(16),
        "card_key": p256_point,
        "delegation": text,
        "name": text,
        "number": text,
        "seat": text,
    }
)


class Cards:
    """Deputies are named by their index: the place of their line on the roster, from 0."""

    def __init__(self) -> None:
        self._ids, self._keys, self._numbers = Index(16), Index(65), Index(32)
        self._current: dict[int, tuple[bytes, bytes]] = {}
        self._added: dict[bytes, int] = {}
        self._added_keys: set[bytes] = set()

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, card_id: bytes, key: bytes, number: str) -> str | None:
        """Append a deputy of the roster; the field that an earlier one has too, if any."""
        if not self._ids.add(card_id):
            return "card_id"
        if not self._keys.add(key):
            return "card_key"
        return None if self._numbers.add(sha256(number.encode())) else "number"

    def holder(self, card_id: bytes) -> int | None:
        """The deputy who holds this card now; None for an unknown or a replaced one."""
        index = self._ever(card_id)
        replaced_by = self._current.get(index) if index is not None else None
        return None if replaced_by and replaced_by[0] != card_id else index

    def known(self, card_id: bytes) -> bool:
        """Whether the card is or was some deputy's."""
        return self._ever(card_id) is not None

    def key_known(self, key: bytes) -> bool:
        """Whether the key is, or was, that of some deputy's card."""
        return self._keys.find(key) is not None or key in self._added_keys

    def key(self, index: int) -> bytes:
        """The public key, 65 bytes, of the card that the deputy holds now."""
        return self._current[index][1] if index in self._current else self._keys[index]

    def number_hash(self, index: int) -> bytes:
        """H of the deputy's number, 32 bytes."""
        return self._numbers[index]

    def replace(self, index: int, card_id: bytes, key: bytes) -> None:
        """From now on the deputy holds this card."""
        self._added[card_id] = index
        self._added_keys.add(key)
        self._current[index] = card_id, key

    def _ever(self, card_id: bytes) -> int | None:
        index = self._ids.find(card_id)
        return self._added.get(card_id) if index is None else index


def read(lines: Iterable[tuple[int, bytes]]) -> tuple[Cards, bytes]:
    """The cards and the tree hash of roster.jsonl; Failure where a line breaks its form."""
    cards, tree = Cards(), Tree()
    for number, line in lines:
        entry = _parse(line, number)
        again = cards.add(unb64(entry["card_id"]), unb64(entry["card_key"]), entry["number"])
        if again:
            raise Failure(f"roster.jsonl line {number}", f"{again} stands on an earlier line too")
        tree.add(line)
    return cards, tree.root()


def _parse(line: bytes, number: int) -> dict[str, Any]:
    try:
        entry: dict[str, Any] = loads(line)
        _line(entry)
    except Malformed as error:
        raise Failure(f"roster.jsonl line {number}", str(error)) from None
    return entry
