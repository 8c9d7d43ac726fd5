"""Step 5, the log's side: who checked in, whose card was replaced, who was issued a ballot.

The log is walked once, with the cards as they stood at each entry.
"""

from array import array
from collections.abc import Iterator
from typing import Literal

from .container import Block
from .crypto import IssuingKey, ed25519_valid, sha256, tag
from .definition import Definition
from .log import Entry
from .report import Failure
from .roster import Cards
from .shapes import Shapes
from .strict import Malformed, b64, unb64

# Plain tuples of plain values, since they pass from process to process, two for each ballot.
# Of the log's lines: event, number, card_id, and the signature or the hash of the request.
CheckedIn = tuple[Literal["checked_in"], int, bytes, bytes]
BallotIssued = tuple[Literal["ballot_issued"], int, bytes, bytes]
Seen = CheckedIn | BallotIssued | Entry
Signed = tuple[int, bytes, bytes]  # a check-in to be verified: its line, the card's key, signature
Due = tuple[bytes, bytes, bytes]  # what the log says of a ballot: card_id, the card's key, request


def read(shapes: Shapes, meeting: bytes, poll: bytes, block: Block) -> Iterator[Seen]:
    """What a block of the log, parsed strictly before, tells of who was in the hall."""
    for number, line in block.lines():
        if issued := shapes.issued(line):
            if issued["poll"] == poll:
                card_id, request = unb64(issued["deputy"]), unb64(issued["request"])
                yield "ballot_issued", number, card_id, request
        elif checked_in := shapes.checked_in(line):
            if checked_in["meeting"] == meeting:
                card_id, sig = unb64(checked_in["deputy"]), unb64(checked_in["sig"])
                yield "checked_in", number, card_id, sig
        elif poll in line or b'"poll_defined"' in line:
            yield Entry.read(number, line)


class Hall:
    """What the log tells of cards and ballots issued, up to the entry seen last.

    `unverified` are check-ins that its user still has to take and verify, over `message`.
    """

    def __init__(
        self, poll: Definition, cards: Cards, last_epoch: int, new_cards: frozenset[str]
    ) -> None:
        self.poll, self.cards, self.last_epoch = poll, cards, last_epoch
        self.keys: tuple[IssuingKey, ...] = ()
        self.epoch = 0
        self.checked_in_at_close = 0
        self.check_ins = 0
        # The ballots of the last epoch, in order: deputy, request (32 bytes).
        self.deputies: array[int] = array("I")
        self._requests = bytearray()
        # A place each deputy: whether they, and the card they hold now, checked in; last epoch.
        self._present, self._card_present = bytearray(len(cards)), bytearray(len(cards))
        self._issued_in: array[int] = array("I", [0]) * len(cards)
        self._name = b64(poll.poll_hash)
        self._defined = ""  # the poll that was defined last, until this one is published
        # Cards that this poll will replace others by, and the check-ins they have by then: in a
        # poll before this one the deputy may have held that card already.
        self._new_cards = {unb64(card_id) for card_id in new_cards}
        self._early = dict[bytes, CheckedIn]()
        self._spkis: set[bytes] = set()
        self.message = _check_in_message(poll)
        self.unverified: list[Signed] = []
        self._handlers = {
            "card_replaced": self._card_replaced,
            "assisted": self._assisted,
            "issuing_opened": self._issuing_opened,
            "issuing_closed": self._issuing_closed,
            "result_published": self._result_published,
        }

    def see(self, seen: Seen) -> None:
        if isinstance(seen, tuple):
            if seen[0] == "checked_in":
                self._checked_in(seen)
            else:
                self._ballot_issued(seen)
        elif seen["event"] == "poll_defined":
            self._defined = seen["poll"]
        elif seen.fields.get("poll") == self._name and seen["event"] in self._handlers:
            self._handlers[seen["event"]](seen)

    def _checked_in(self, seen: CheckedIn) -> None:
        index = self.cards.holder(seen[2])
        if index is None:
            self._unknown_checked_in(seen)
        else:
            self._deputy_checked_in(index, seen)

    def _unknown_checked_in(self, seen: CheckedIn) -> None:
        """A card of another printing, or of another poll's roster, is none of ours as yet."""
        if self._defined == self._name:
            raise _failure(seen, "a check-in with a card that nobody on the roster holds")
        card_id = seen[2]
        if card_id in self._new_cards and not self.cards.known(card_id):
            if card_id in self._early:
                raise _failure(seen, "this card has checked in before")
            self._early[card_id] = seen

    def _deputy_checked_in(self, index: int, seen: CheckedIn) -> None:
        if self._card_present[index]:
            raise _failure(seen, "this card has checked in before")
        _, number, _, sig = seen
        self.unverified.append((number, self.cards.key(index), sig))
        self._present[index] = self._card_present[index] = 1
        self.check_ins += 1

    def _card_replaced(self, entry: Entry) -> None:
        index, card_id, key = (
            self.cards.holder(unb64(entry["old"])),
            unb64(entry["card_id"]),
            unb64(entry["card_key"]),
        )
        if index is None or self.cards.number_hash(index) != sha256(entry["number"].encode()):
            raise Failure(entry.where, "the old card is not the one that this number holds")
        if self._issued_in[index]:
            raise Failure(entry.where, "the deputy has a ballot in this poll already")
        if self.cards.known(card_id) or self.cards.key_known(key):
            raise Failure(entry.where, "the new card is, or was, some deputy's already")
        front = tag("card-replaced") + self.poll.poll_hash + self.cards.number_hash(index)
        signatures = entry["sigs"]
        _check_signed(entry, signatures, self.poll, [front + card_id + key] * len(signatures))
        self.cards.replace(index, card_id, key)
        self._card_present[index] = 0
        if early := self._early.get(card_id):
            self._deputy_checked_in(index, early)

    def _assisted(self, entry: Entry) -> None:
        if not self.cards.known(unb64(entry["deputy"])):
            raise Failure(entry.where, "the card is no deputy's")

    def _issuing_opened(self, entry: Entry) -> None:
        self.epoch = entry["epoch"]
        spkis = [unb64(key["spki"]) for key in entry["keys"]]
        front = tag("issuing-key") + self.poll.poll_hash + self.epoch.to_bytes(4, "big")
        _check_signed(
            entry, [key["sig"] for key in entry["keys"]], self.poll, [front + s for s in spkis]
        )
        if len({*self._spkis, *spkis}) != len(self._spkis) + len(spkis):
            raise Failure(entry.where, "an issuing key stands for two issuers or epochs")
        self._spkis.update(spkis)
        try:
            self.keys = tuple(IssuingKey.parse(spki) for spki in spkis)
        except Malformed as error:
            raise Failure(entry.where, str(error)) from None

    def _ballot_issued(self, seen: BallotIssued) -> None:
        _, _, card_id, request = seen
        index = self.cards.holder(card_id)
        if index is None:
            raise _failure(seen, "a ballot for a card that nobody on the roster holds")
        if not self._card_present[index]:
            raise _failure(seen, "a ballot for a card that has not checked in")
        if self._issued_in[index] == self.epoch:
            raise _failure(seen, "the deputy has a ballot of this epoch already")
        self._issued_in[index] = self.epoch
        if self.epoch == self.last_epoch:
            self.deputies.append(index)
            self._requests += request

    def taken(self) -> list[Signed]:
        """The check-ins that were left to verify: now they are the caller's."""
        taken, self.unverified = self.unverified, []
        return taken

    def due(self, first: int, end: int) -> list[Due]:
        """What the log has in these places, from 0, among the ballots of the last epoch."""
        return [self._due(place) for place in range(first, min(end, len(self.deputies)))]

    def _due(self, place: int) -> Due:
        index = self.deputies[place]  # with a ballot, a deputy keeps the card
        request = bytes(self._requests[place * 32 : place * 32 + 32])
        return self.cards.card_id(index), self.cards.key(index), request

    def _issuing_closed(self, entry: Entry) -> None:
        self.checked_in_at_close = sum(self._present)

    def _result_published(self, _: Entry) -> None:
        self._defined = ""  # from here on cards may be printed again


def _failure(seen: CheckedIn | BallotIssued, reason: str) -> Failure:
    return Failure(f"log.jsonl line {seen[1]}", reason)


def _check_in_message(poll: Definition) -> bytes:
    """What a card signs to check in at the poll's meeting."""
    ids = sha256(poll.congress.encode()) + sha256(poll.meeting.encode())
    return tag("checkin") + ids + poll.log_key


def _check_signed(
    entry: Entry, signatures: list[str], poll: Definition, messages: list[bytes]
) -> None:
    """One message and signature an issuer, in the definition's order."""
    if len(signatures) != len(poll.issuers):
        raise Failure(entry.where, "not one key or signature for each issuer")
    for key, message, signature in zip(poll.issuers, messages, signatures, strict=True):
        if not ed25519_valid(key, message, unb64(signature)):
            raise Failure(entry.where, "an issuer's signature is not valid")
