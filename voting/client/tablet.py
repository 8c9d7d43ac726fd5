"""One deputy's ballot at one tablet, stage by stage, with a tablet's checks (protocol section 3).

The order of events: what a stage makes is kept in `slot` before it is sent; each stage can be run
again and sends the same bytes again; no stage after `receive` asks for anything that is specific to
its deputy. The signing of a ballot stands apart from the tablet (`sign_ballot`), so that a test can
sign what a tablet would refuse.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace

from voting.client.box import Box
from voting.client.hall import Hall, Keys
from voting.client.http import Http, Problem
from voting.client.slot import Receipt, Slot
from voting.core import blindrsa, card, merkle, messages, signing
from voting.core.card import Card
from voting.core.encoding import Json, b64, fields, jcs, parse_json, text_lines, unb64
from voting.core.errors import Malformed, Refused
from voting.core.forms import check_marks
from voting.core.messages import Marks
from voting.core.poll import RosterLine

Randomness = Callable[[int], bytes]  # that many fresh random bytes


class Tablet:
    """One deputy's ballot in one poll.

    `digits` are the card's, spaces and hyphens allowed; `hall` is shared between tablets or, where
    not given, this tablet's own; `slot` is what an earlier tablet of the same card had kept. Raises
    `Malformed` for digits that are no card's or a slot of another card.
    """

    def __init__(
        self,
        http: Http,
        digits: str,
        randomness: Randomness = secrets.token_bytes,
        hall: Hall | None = None,
        slot: Slot | None = None,
    ) -> None:
        self._http = http
        self._digits = card.parse(digits)
        self._randomness = randomness
        self.hall = hall or Hall(http, slot.poll if slot else None)
        self.slot = slot
        if slot and slot.name != card.slot_name(self._digits, slot.poll, slot.epoch):
            raise Malformed("wrong_slot", "这张表决票属于另一张代表证。")

    def read_card(self) -> RosterLine:
        """The deputy whose card this is, for the deputy to confirm: the line bears its keys."""
        own = self._card()
        answer = self._http.post("/api/card", jcs({"card": b64(own.card_id)}))
        line, _ = fields(answer, {"line": dict, "checked_in": bool})
        deputy = RosterLine.parse(jcs(line))
        if (deputy.card_id, deputy.card_key) != (own.card_id, own.card_key):
            raise Malformed("wrong_line", "服务器给出的不是这张代表证的代表。")
        return deputy

    def check_in(self) -> None:
        """签到: the card signs for this meeting and log."""
        own, place = self._card(), self.hall.place()
        if place.meeting is None:
            raise Refused("no_meeting", "现在没有可以签到的会议。")
        message = messages.checkin(place.congress, place.meeting, place.log_key)
        sig = signing.p256_sign(own.private, message)
        self._http.post("/api/checkin", jcs({"card": b64(own.card_id), "sig": b64(sig)}))

    def receive(self) -> None:
        """领票: have the ballot's key sealed by every issuer; later epochs replace earlier ones."""
        try:
            self._receive(self.hall.keys(after=self.slot.epoch - 1 if self.slot else 0))
        except Problem as problem:
            if problem.code != "wrong_epoch":
                raise
            self._receive(self.hall.keys(after=self.kept().epoch))

    def register(self) -> None:
        """统一登记: put the sealed key on the roll, and keep the log key's promise of it."""
        slot = self.kept()
        line = slot.line()
        (text,) = fields(self._box().post("register", line), {"promise": str})
        promise = unb64(text, 64)
        self._check_promise(promise, messages.registered(slot.poll, line))
        self.slot = replace(slot, promise=promise)

    def check_roll(self) -> None:
        """Find the own line on the frozen roll; `Malformed` where a promise has no line there."""
        slot, roll = self.kept(), self.hall.roll()
        if merkle.leaf_hash(slot.line()) not in roll.hashes:
            raise Malformed("missing_on_roll", "票册中没有这张表决票，请立即报告监票人。")
        self.slot = replace(slot, roll_root=roll.root)

    def cast(self, marks: Marks) -> Receipt:
        """投票: sign and send `marks`; a ballot that was signed before is sent again as it was."""
        ballot = self._ballot(list(marks))
        receipt = self._receipt(ballot, self._box().post("cast", ballot))
        self.slot = replace(self.kept(), receipt=receipt)
        return receipt

    def find_on_board(self) -> bool:
        """Whether the published board lists the receipt's tracker, found without naming it."""
        receipt = self.kept().receipt
        return receipt is not None and receipt.text().encode() in text_lines(self.hall.board())

    def kept(self) -> Slot:
        """The slot; `Refused` where no ballot was received yet."""
        if self.slot is None:
            raise Refused("no_ballot", "这台平板上还没有您的表决票。")
        return self.slot

    def _card(self) -> Card:
        return card.derive(self._digits, self.hall.place().congress)

    def _receive(self, keys: Keys) -> None:
        if self.slot is None or self.slot.epoch < keys.epoch:
            self.slot = self._request(keys)
        if self.slot.request is None:
            return
        (blind_sigs,) = fields(
            self._http.post("/api/issue", self.slot.request), {"blind_sigs": list}
        )
        seals = tuple(_seals(self.slot, keys, blind_sigs))
        self.slot = replace(self.slot, seals=seals, inverses=(), request=None)

    def _request(self, keys: Keys) -> Slot:
        """A new ballot key, and the signed request to have it sealed."""
        own, poll = self._card(), self.hall.poll()
        scalar = 1 + self._below(signing.P256_ORDER - 1)
        key = signing.p256_public(signing.p256_private(scalar))
        prefixes = tuple(self._randomness(blindrsa.PREFIX) for _ in keys.public)
        message = messages.ballot_key(poll, key)
        pairs = zip(keys.public, prefixes, strict=True)
        blinded, inverses = zip(*(self._blind(k, p + message) for k, p in pairs), strict=True)
        auth = signing.p256_sign(own.private, messages.issue(poll, keys.epoch, keys.spkis, blinded))
        request = {
            "auth": b64(auth),
            "blinded": [b64(value) for value in blinded],
            "deputy": b64(own.card_id),
            "epoch": keys.epoch,
            "poll": b64(poll),
        }
        name = card.slot_name(self._digits, poll, keys.epoch)
        return Slot(name, poll, keys.epoch, scalar, prefixes, inverses, jcs(request))

    def _blind(self, key: blindrsa.PublicKey, message: bytes) -> tuple[bytes, int]:
        """`message` blinded; `ValueError` once in the life of the universe (RFC 9474)."""
        r = 1 + self._below(key.n - 1)
        return blindrsa.blind(key, message, self._randomness(blindrsa.SALT), r)

    def _below(self, bound: int) -> int:
        """A random number in [0, bound), its bias under 2**-128."""
        size = (bound.bit_length() + 7) // 8 + 16
        return int.from_bytes(self._randomness(size), "big") % bound

    def _ballot(self, marks: list[int | None]) -> bytes:
        """The signed ballot, signed once and kept before it is sent."""
        slot, definition = self.kept(), self.hall.definition()
        if slot.ballot is None:
            check_marks(definition.scale, len(definition.items), marks)
            ballot = sign_ballot(slot, marks)
            self.slot = replace(slot, ballot=ballot)
            return ballot
        if parse_json(slot.ballot)["marks"] != marks:
            raise Refused("already_signed", "您的表决票已经确认，不能再改。")
        return slot.ballot

    def _box(self) -> Box:
        return Box(self._http, self.hall)

    def _receipt(self, ballot: bytes, answer: Json) -> Receipt:
        """The receipt in the box's answer: the ballot's very tracker, and the promise of it."""
        promise, tracker = fields(answer, {"promise": str, "tracker": str})
        receipt = Receipt(unb64(tracker, 32), unb64(promise, 64))
        slot, value = self.kept(), parse_json(ballot)
        sig, marked = unb64(value["sig"]), messages.marks(value["marks"])
        expected = messages.tracker(slot.poll, slot.key, sig, marked)
        if receipt.tracker != expected:
            raise Malformed("bad_tracker", "回执与您的表决票不符，请立即报告监票人。")
        self._check_promise(receipt.promise, messages.receipt(slot.poll, receipt.tracker))
        return receipt

    def _check_promise(self, promise: bytes, message: bytes) -> None:
        if not signing.ed25519_verify(self.hall.definition().log_key, promise, message):
            raise Malformed("bad_promise", "服务器的承诺签名无效，请立即报告监票人。")


def sign_ballot(slot: Slot, marks: Json) -> bytes:
    """What is posted to cast, over the roll that the tablet has checked; `marks` are not judged."""
    if slot.roll_root is None:
        raise Refused("roll_unchecked", "票册还没有核对，不能投票。")
    private = signing.p256_private(slot.scalar)
    message = messages.cast(slot.poll, slot.roll_root, messages.marks(marks))
    sig = signing.p256_sign(private, message)
    names = {"key": b64(slot.key), "poll": b64(slot.poll), "sig": b64(sig)}
    return jcs({**names, "marks": marks}) + b" " * _spare(marks)


def _spare(marks: Json) -> int:
    """How much shorter the marks are than those of a blank ballot.

    A connection's length shows through TLS: it would tell how many items were chosen, and who left
    the ballot blank.
    """
    return len(jcs([None] * len(marks))) - len(jcs(marks))


def _seals(slot: Slot, keys: Keys, blind_sigs: list[Json]) -> list[bytes]:
    """The seals of all issuers, the blinding taken off and each one verified."""
    if len(blind_sigs) != len(keys.public) or not all(isinstance(s, str) for s in blind_sigs):
        raise Malformed("bad_blind_sig", "签发的个数不对。")
    message = messages.ballot_key(slot.poll, slot.key)
    parts = zip(keys.public, slot.prefixes, blind_sigs, slot.inverses, strict=True)
    return [
        blindrsa.finalize(key, prefix + message, unb64(sig), inverse)
        for key, prefix, sig, inverse in parts
    ]
