"""The roster: who may vote, and with which card at each moment.

Kept in flat byte strings, about 150 bytes a deputy, so that a million fit in memory.
"""

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from .container import Block, Member
from .crypto import on_p256, p256_point, sha256
from .index import Index
from .report import Failure
from .shapes import Matcher
from .strict import Malformed, b64_of, fields, loads, text, unb64
from .tree import Subtree, Tree, subtrees
from .workers import Workers

_SHORTEST = 109  # characters of a line's card_id and card_key alone
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

    def __init__(self, most: int) -> None:
        self._ids, self._keys, self._numbers = Index(16, most), Index(65, most), Index(32, most)
        self._current: dict[int, tuple[bytes, bytes]] = {}
        self._added: dict[bytes, int] = {}
        self._added_keys: set[bytes] = set()

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, card_id: bytes, key: bytes, number: bytes) -> str | None:
        """Append a deputy, `number` hashed; the field that an earlier one has too, if any."""
        if not self._ids.add(card_id):
            return "card_id"
        if not self._keys.add(key):
            return "card_key"
        return None if self._numbers.add(number) else "number"

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

    def card_id(self, index: int) -> bytes:
        """The card, 16 bytes, that the deputy holds now."""
        return self._current[index][0] if index in self._current else self._ids[index]

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


def read(member: Member, matches: Matcher, workers: Workers) -> tuple[Cards, bytes]:
    """The cards and the tree hash of roster.jsonl; Failure where a line breaks its form."""
    cards, tree = Cards(min(member.count(), member.size // _SHORTEST)), Tree()
    for found, nodes in workers.in_order(partial(_deputies, matches), member.blocks()):
        for card in found:
            if again := cards.add(*card):
                where = f"roster.jsonl line {len(cards) + 1}"
                raise Failure(where, f"{again} stands on an earlier line too")
        tree.extend(nodes)
    return cards, tree.root()


_Card = tuple[bytes, bytes, bytes]  # card_id, key, number hashed


def _deputies(matches: Matcher, block: Block) -> Iterator[tuple[list[_Card], list[Subtree]]]:
    """The cards of a block of lines, and the lines' part of the roster's tree."""
    cards, lines = list[_Card](), list[bytes]()
    for number, line in block.lines():
        try:
            cards.append(_matched(matches(line), line) or _parsed(line))
        except Malformed as error:
            yield cards, []
            raise Failure(block.where(number), str(error)) from None
        lines.append(line)
    yield cards, subtrees(lines, block.number - 1)


def _matched(match: re.Match[bytes] | None, line: bytes) -> _Card | None:
    """Of a line of the usual form; None where it needs a closer look."""
    if not match or not _is_utf8(line) or not on_p256(key := unb64(match["key"])):
        return None
    return unb64(match["card_id"]), key, sha256(match["number"])


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeError:
        return False
    return True


def _parsed(line: bytes) -> _Card:
    entry: dict[str, Any] = loads(line)
    _line(entry)
    number = sha256(entry["number"].encode())
    return unb64(entry["card_id"]), unb64(entry["card_key"]), number
