"""The public side of cards that were made on a computer without a network.

A first line that names the congress, then the deputies' lines as roster.jsonl has them:

    {"cards":1,"congress":"xian-19","v":1}
    {"card_id":"…","card_key":"…","delegation":"第一代表团","name":"张三","number":"001","seat":"1-1"}

Each ended by one LF, all canonical JSON. The fingerprint is printed with the cards, and compared
by people when the file is imported: it says that these are the cards that lie in the box.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from voting.core.encoding import fields, is_id, jcs, join_lines, parse_jcs, sha256, tag, text_lines
from voting.core.errors import Malformed
from voting.core.forms import distinct
from voting.core.poll import RosterLine
from voting.core.signing import is_p256_point

VERSION = 1


@dataclass(frozen=True, slots=True)
class CardFile:
    """The cards of one congress, by deputy."""

    congress: str
    lines: tuple[RosterLine, ...]

    def to_bytes(self) -> bytes:
        """The file's bytes."""
        head = jcs({"cards": len(self.lines), "congress": self.congress, "v": VERSION})
        return join_lines([head, *(line.to_bytes() for line in self.lines)])

    @property
    def fingerprint(self) -> str:
        """20 base32 characters of the file's hash, in groups of four."""
        text = base64.b32encode(sha256(tag("cards") + self.to_bytes())).decode()[:20]
        return "-".join(text[i : i + 4] for i in range(0, 20, 4))

    @classmethod
    def parse(cls, data: bytes) -> CardFile:
        """The cards of a file; `Malformed` for any other spelling, and for a card twice."""
        head, *rest = text_lines(data) or [b""]
        count, congress, version = fields(
            parse_jcs(head), {"cards": int, "congress": str, "v": int}
        )
        if version != VERSION or not is_id(congress) or count != len(rest):
            raise Malformed("bad_cards", "代表证公钥文件的第一行不对，文件可能不完整。")
        lines = tuple(RosterLine.parse(line) for line in rest)
        for values in (
            [line.number for line in lines],
            [line.card_id for line in lines],
            [line.card_key for line in lines],
        ):
            if not distinct(values):
                raise Malformed("card_twice", "代表证公钥文件中有重复的代表或代表证。")
        if not all(is_p256_point(line.card_key) for line in lines):
            raise Malformed("bad_card", "代表证的公钥有误。")
        return cls(congress, lines)
