"""What the issuer decides: it opens an epoch, signs for a deputy once, and closes for good.

It trusts nothing that the server says of deputies: the roster that it is given must have the
definition's root, the definition must name it, and for every ballot it verifies the deputy's
check-in and request itself (protocol section 3).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from voting.core import messages, signing
from voting.core.blindrsa import parse_spki
from voting.core.encoding import Json, fields, unb64
from voting.core.errors import Forbidden, Malformed, Refused, Unavailable
from voting.core.poll import Definition, RosterLine, parse_roster, roster_head
from voting.issuer.gate import Gate
from voting.issuer.journal import Journal, NewCard, Signed
from voting.issuer.vault import Vault


@dataclass(slots=True)
class Epoch:
    """An epoch that is open here: the poll's facts, the key, and all issuers' keys once known."""

    definition: Definition
    poll: bytes  # its hash
    index: int  # this issuer's place among the definition's
    present: bytes  # what a card signed to check in
    roster: dict[bytes, RosterLine]  # by the cards that deputies hold now
    number: int
    vault: Vault
    sig: bytes
    keys: list[bytes]  # SPKI of every issuer, once confirmed
    moduli: list[int]


class Service:
    """One issuer. Its methods are the protocol's operations; all raise `Refused`."""

    def __init__(self, id_: str, key: Ed25519PrivateKey, journal: Journal, gate: Gate) -> None:
        """`key` is the issuer key, which the definition names under `id_`."""
        self._id = id_
        self._key = key
        self._journal = journal
        self._gate = gate
        self._lock = threading.Lock()
        self._open: dict[bytes, Epoch] = {}

    def open(self, definition: bytes, roster: bytes, epoch: int) -> tuple[bytes, bytes]:
        """Make this epoch's key, or give it again; ends the poll's earlier epochs.

        Returns the SPKI and the issuer's signature over it.
        """
        parsed, lines = self._our_poll(definition, roster)
        poll = parsed.poll_hash
        with self._lock:
            self._check_epoch(poll, epoch)
            current = self._open.get(poll)
            if current is None or current.number != epoch or not current.vault.alive:
                current = self._begin(parsed, lines, epoch)
            return current.vault.spki, current.sig

    def _our_poll(self, definition: bytes, roster: bytes) -> tuple[Definition, list[RosterLine]]:
        """A definition that names this issuer, and the roster that it fixes."""
        parsed = Definition.parse(definition)
        lines = parse_roster(roster)
        if roster_head(lines) != parsed.roster:
            raise Malformed("bad_roster", "名册与定稿的名册不一致。")
        self._index(parsed)
        if not self._gate.accepts(parsed.poll_hash):
            raise Forbidden(
                "not_accepted", "另一台发票机还没有接受这项表决：请其负责人核对核验码后接受。"
            )
        return parsed, lines

    def _check_epoch(self, poll: bytes, epoch: int) -> None:
        current = self._open.get(poll)
        again = current is not None and current.number == epoch and current.vault.alive
        self._check_not_closed(poll)
        if not again and epoch <= self._journal.last_epoch(poll):
            raise Refused("epoch_used", "这一轮次已经发过表决票，必须用下一轮次。")

    def _check_not_closed(self, poll: bytes) -> None:
        if self._journal.is_closed(poll):
            raise Refused("issuing_over", "这项表决的发票已经结束，不能再开始。")

    def _begin(self, definition: Definition, lines: list[RosterLine], epoch: int) -> Epoch:
        poll = definition.poll_hash
        self._destroy(poll)
        vault = Vault()
        sig = self._key.sign(messages.issuing_key(poll, epoch, vault.spki))
        roster, index = self._by_card(poll, lines), self._index(definition)
        congress, meeting = definition.congress.id, definition.meeting.id
        present = messages.checkin(congress, meeting, definition.log_key)
        begun = Epoch(definition, poll, index, present, roster, epoch, vault, sig, [], [])
        self._open[poll] = begun
        return begun

    def _by_card(self, poll: bytes, lines: list[RosterLine]) -> dict[bytes, RosterLine]:
        """The roster by the cards that deputies hold now, by this issuer's own journal."""
        held = {line.number: line for line in lines}
        for card in self._journal.replacements(poll):
            line = held[card.number]
            held[card.number] = replace(line, card_id=card.card_id, card_key=card.card_key)
        return {line.card_id: line for line in held.values()}

    def replace(self, definition: bytes, roster: bytes, card: NewCard) -> bytes:
        """The signature for a lost card's replacement; only the new card is taken from then on.

        Possible before issuing opens, too, so it is given the poll as `open` is.
        """
        parsed, lines = self._our_poll(definition, roster)
        poll = parsed.poll_hash
        with self._lock:
            self._check_not_closed(poll)
            self._check_new(poll, lines, card)
            self._journal.replace(poll, card)
            current = self._open.get(poll)
            if current:
                current.roster = self._by_card(poll, lines)
        message = messages.card_replaced(poll, card.number, card.card_id, card.card_key)
        return self._key.sign(message)

    def _check_new(self, poll: bytes, lines: list[RosterLine], card: NewCard) -> None:
        if card.number not in {line.number for line in lines}:
            raise Forbidden("not_on_roster", "名册中没有这位代表。")
        before = self._journal.replacements(poll)
        given = sum(new.number == card.number for new in before)
        if given >= self._gate.allowed(poll, card.number):
            raise Forbidden(
                "not_allowed", "另一台发票机还没有同意更换这张代表证：请其负责人同意后再确认。"
            )
        cards = {(line.card_id, line.card_key) for line in lines}
        cards |= {(new.card_id, new.card_key) for new in before}
        if any(card.card_id == id_ or card.card_key == key for id_, key in cards):
            raise Malformed("card_known", "这张代表证已经用过，不能再用。")
        if not signing.is_p256_point(card.card_key):
            raise Malformed("bad_card", "代表证的公钥有误。")

    def confirm(self, poll: bytes, epoch: int, keys: list[Json]) -> None:
        """Take all issuers' keys of the epoch, each signed by its issuer, in their order."""
        current = self._current(poll, epoch)
        issuers = current.definition.issuers
        if len(keys) != len(issuers):
            raise Malformed("bad_keys", "签发公钥的数目不对。")
        spkis, moduli = [], []
        for issuer, key in zip(issuers, keys, strict=True):
            spki, sig = (unb64(value) for value in fields(key, {"spki": str, "sig": str}))
            moduli.append(parse_spki(spki).n)
            message = messages.issuing_key(poll, epoch, spki)
            if not signing.ed25519_verify(issuer.key, sig, message):
                raise Malformed("bad_keys", "签发公钥的签名未通过核验。")
            spkis.append(spki)
        if spkis[current.index] != current.vault.spki:
            raise Malformed("bad_keys", "签发公钥与本机的不一致。")
        current.keys, current.moduli = spkis, moduli

    def issue(self, request: Json) -> bytes:
        """The blind signature for one deputy's request, journalled before it is returned."""
        shape = {
            "auth": str,
            "blinded": list,
            "checkin": str,
            "deputy": str,
            "epoch": int,
            "poll": str,
        }
        auth, blinded, checkin, deputy, number, poll = fields(request, shape)
        epoch = self._current(unb64(poll, 32), number)
        values = [unb64(str(value), 384) for value in blinded]
        line = self._authorised(epoch, unb64(deputy, 16), checkin, unb64(auth, 64), values)
        joined = b"".join(values)
        answered = self._journal.answered(epoch.poll, number, line.number, joined)
        if answered is None:
            blind_sig = epoch.vault.sign(values[epoch.index])
            place = (epoch.poll, number, line.number, line.card_id)
            answered = self._journal.write(Signed(*place, joined, blind_sig))
        return answered

    def _authorised(
        self, epoch: Epoch, card_id: bytes, checkin: str, auth: bytes, values: list[bytes]
    ) -> RosterLine:
        """The deputy's line, if the card checked in and asks for exactly these values."""
        line = epoch.roster.get(card_id)
        if line is None:
            raise Forbidden("not_on_roster", "名册中没有这张代表证。")
        if not signing.p256_verify(line.card_key, unb64(checkin, 64), epoch.present):
            raise Forbidden("not_checked_in", "签到的签名未通过核验。")
        asked = messages.issue(epoch.poll, epoch.number, epoch.keys, values)
        if len(values) != len(epoch.moduli):
            raise Malformed("bad_blinded", "盲化数据的数目不对。")
        for n, value in zip(epoch.moduli, values, strict=True):
            if not 0 < int.from_bytes(value, "big") < n:
                raise Malformed("bad_blinded", "盲化数据超出范围。")
        if not signing.p256_verify(line.card_key, auth, asked):
            raise Forbidden("bad_signature", "代表证签名未通过核验。")
        return line

    def alive(self, poll: bytes, epoch: int, spki: bytes) -> bool:
        """Whether that very key of that epoch is still here, and ready to sign."""
        current = self._open.get(poll)
        if current is None or (current.number, current.vault.spki) != (epoch, spki):
            return False
        return bool(current.keys) and current.vault.alive

    def close(self, poll: bytes) -> None:
        """Destroy the poll's issuing key and never open it again."""
        with self._lock:
            self._journal.close_poll(poll)
            self._destroy(poll)

    def _destroy(self, poll: bytes) -> None:
        ended = self._open.pop(poll, None)
        if ended:
            ended.vault.destroy()

    def _current(self, poll: bytes, epoch: int) -> Epoch:
        current = self._open.get(poll)
        if current is None or current.number != epoch or not current.vault.alive:
            raise Unavailable("issuer_away", "发票机没有这一轮次的签发密钥，请联系工作人员。")
        return current

    def _index(self, definition: Definition) -> int:
        """This issuer's place in the definition's fixed order."""
        mine = (self._id, signing.ed25519_public(self._key))
        for index, issuer in enumerate(definition.issuers):
            if (issuer.id, issuer.key) == mine:
                return index
        raise Forbidden("not_our_poll", "这项表决没有指定本机发票。")
