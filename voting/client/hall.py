"""What every tablet in the hall sees alike: the poll, its issuing keys, the frozen roll.

Each fact is fetched once, checked as protocol section 3 tells a tablet to, and kept. Simulated
tablets may share one `Hall`; with one each, each does the whole work of a real tablet.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from voting.client.http import ByRelay, Http
from voting.core import blindrsa, checkpoint, merkle, messages, signing
from voting.core.blindrsa import PublicKey
from voting.core.encoding import Json, b64, fields, parse_jcs, unb64
from voting.core.errors import Malformed, Refused, Unavailable
from voting.core.events import WITNESSED
from voting.core.poll import Definition, Issuer

_AGAIN = 0.2  # seconds until a checkpoint is asked for again that a witness has yet to see


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tablet stands, by the server's word: `log_key` is 32 bytes, `meeting` an id.

    `meeting` is None where nobody can check in now.
    """

    congress: str
    meeting: str | None
    log_key: bytes


@dataclass(frozen=True, slots=True)
class Keys:
    """The issuing keys of an epoch, in the definition's order, parsed and as they travel."""

    epoch: int
    public: tuple[PublicKey, ...]
    spkis: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Roll:
    """The frozen roll: its root, 32 bytes, and the hashes of its lines as leaves."""

    root: bytes
    hashes: frozenset[bytes]


@dataclass(frozen=True, slots=True)
class RelayKey:
    """What is sealed for the server by a relay, 65 bytes, and the place of its log entry."""

    seq: int
    key: bytes


class Hall:
    """The facts of one poll, fetched from `http` when first asked for; threads may share it.

    `poll` is the poll_hash where the caller knows it, else the server's word is taken; `patience`
    the seconds to wait for the definition's witnesses. Every method raises `Malformed` for what
    fails its check, `Problem` for what is not to be had, `Unavailable` for what is not witnessed.
    """

    def __init__(self, http: Http, poll: bytes | None = None, patience: float = 60.0) -> None:
        self._http = http
        self._poll = poll
        self._patience = patience
        self._lock = threading.RLock()
        self._place: Place | None = None
        self._definition: Definition | None = None
        self._keys: Keys | None = None
        self._roll: Roll | None = None
        self._relay: Http | None = None
        self._relay_key: RelayKey | None = None

    def place(self) -> Place:
        """The congress, its log key and the meeting, for the check-in."""
        with self._lock:
            if self._place is None:
                self._place = _place(self._http.get("/api/status"))
            return self._place

    def poll(self) -> bytes:
        """The poll_hash; `Unavailable` before the first 定稿."""
        with self._lock:
            if self._poll is None:
                poll = self._http.get("/api/status")["poll"]
                if poll is None:
                    raise Unavailable("no_poll", "还没有定稿的表决。")
                self._poll = unb64(poll["hash"], 32)
            return self._poll

    def definition(self) -> Definition:
        """The definition whose hash is the poll's name, of this congress and log."""
        with self._lock:
            if self._definition is None:
                self._definition = self._fetch_definition()
            return self._definition

    def keys(self, after: int = 0) -> Keys:
        """The issuing keys of the latest epoch, which is later than `after`."""
        with self._lock:
            if self._keys is None or self._keys.epoch <= after:
                self._keys = _keys(self._proven("issuing_opened"), self.definition())
            if self._keys.epoch <= after:
                raise Malformed("wrong_epoch", "签发轮次没有更新。")
            return self._keys

    def roll(self) -> Roll:
        """The roll that was frozen: all its leaf hashes have the root that the log shows."""
        with self._lock:
            if self._roll is None:
                entry = self._proven("roll_frozen")
                self._roll = _roll(entry, self._http.get_bytes(self._path("roll")))
            return self._roll

    def relay(self) -> Http:
        """The relay that the definition names; `Refused` where it names none."""
        with self._lock:
            if self._relay is None:
                named = self.definition().relay
                if named is None:
                    raise Refused("no_relay", "这次表决没有转送机。")
                self._relay = ByRelay(named.origin)
            return self._relay

    def relay_key(self, after: int = -1) -> RelayKey:
        """The server's relay key, in a log entry later than `after`.

        By the relay too, which gives everybody the same: a key of its own would mark a tablet.
        """
        end = time.monotonic() + self._patience
        while (key := self._latest_relay_key(after)).seq <= after:
            if time.monotonic() > end:
                raise Unavailable("old_relay_key", "转送密钥没有更新。")
            time.sleep(_AGAIN)  # others may go on meanwhile
        return key

    def _latest_relay_key(self, after: int) -> RelayKey:
        with self._lock:
            if self._relay_key is None or self._relay_key.seq <= after:
                self._relay_key = _relay_key(self._proven("relay_key", self.relay()))
            return self._relay_key

    def board(self) -> bytes:
        """board.txt, fetched each time."""
        return self._http.get_bytes(self._path("board"))

    def _path(self, name: str) -> str:
        return f"/api/polls/{b64(self.poll())}/{name}"

    def _fetch_definition(self) -> Definition:
        data = self._http.get_bytes(self._path("definition"))
        if messages.poll_hash(data) != self.poll():
            raise Malformed("wrong_poll", "表决定义与核验码不符。")
        definition, place = Definition.parse(data), self.place()
        if (definition.congress.id, definition.log_key) != (place.congress, place.log_key):
            raise Malformed("wrong_congress", "表决定义属于另一个会议或日志。")
        return definition

    def _proven(self, event: str, by: Http | None = None) -> dict[str, Json]:
        """The poll's latest entry of that event, once all witnesses have seen it.

        Asked for `by` another than the server, if given.
        """
        self.definition()  # where there is none, no waiting helps
        end = time.monotonic() + self._patience
        while True:
            try:
                return self._proven_now(event, by or self._http)
            except Unavailable:
                if time.monotonic() > end:
                    raise
            time.sleep(_AGAIN)

    def _proven_now(self, event: str, by: Http) -> dict[str, Json]:
        """The poll's latest entry of that event, which stands in a checkpoint of the log key."""
        definition, poll = self.definition(), self.poll()
        answer = by.get(self._path(f"proof/{event}"))
        text, index, proof, note = fields(
            answer, {"entry": str, "index": int, "proof": list, "checkpoint": str}
        )
        name = checkpoint.origin(definition.congress.id)
        needed = definition.cosigners if event in WITNESSED else ()
        head = checkpoint.open_note(note, name, definition.log_key, needed)
        leaf, path = merkle.leaf_hash(text.encode()), [_hash(node) for node in proof]
        if not merkle.verify_inclusion(head.root, head.size, index, leaf, path):
            raise Malformed("bad_proof", "日志条目不在已签名的检查点中。")
        about = {} if event == "relay_key" else {"poll": b64(poll)}
        return _entry(text.encode(), {"event": event, "seq": index} | about)


def _place(status: Json) -> Place:
    meeting = status["meeting"]
    key = unb64(status["log_key"], 32)
    return Place(status["congress"]["id"], None if meeting is None else meeting["id"], key)


def _hash(text: Json) -> bytes:
    if not isinstance(text, str):
        raise Malformed("bad_proof", "日志证明的格式有误。")
    return unb64(text, 32)


def _entry(data: bytes, said: dict[str, Json]) -> dict[str, Json]:
    """The log entry of these bytes, in which the fields of `said` stand."""
    entry = parse_jcs(data)
    if not isinstance(entry, dict) or any(entry.get(name) != said[name] for name in said):
        raise Malformed("bad_entry", "日志条目不是所要的那一条。")
    return entry


def _keys(entry: dict[str, Json], definition: Definition) -> Keys:
    """The keys that an `issuing_opened` entry shows, each signed by its issuer."""
    shape: dict[str, type | tuple[type, ...]] = {"seq": int, "at": str, "event": str, "poll": str}
    *_, epoch, keys = fields(entry, shape | {"epoch": int, "keys": list})
    if not 1 <= epoch < 2**32 or len(keys) != len(definition.issuers):
        raise Malformed("bad_entry", "签发公钥的轮次或个数不对。")
    poll = definition.poll_hash
    pairs = zip(definition.issuers, keys, strict=True)
    spkis = tuple(_spki(issuer, poll, epoch, key) for issuer, key in pairs)
    if len(set(spkis)) != len(spkis):
        raise Malformed("bad_issuing_key", "两个发票方的签发公钥相同。")
    return Keys(epoch, tuple(blindrsa.parse_spki(spki) for spki in spkis), spkis)


def _spki(issuer: Issuer, poll: bytes, epoch: int, value: Json) -> bytes:
    spki_text, sig = fields(value, {"spki": str, "sig": str})
    spki = unb64(spki_text)
    message = messages.issuing_key(poll, epoch, spki)
    if not signing.ed25519_verify(issuer.key, unb64(sig, 64), message):
        raise Malformed("bad_issuing_key", f"签发公钥没有{issuer.name}的有效签名。")
    return spki


def _relay_key(entry: dict[str, Json]) -> RelayKey:
    """The key that a `relay_key` entry shows."""
    shape: dict[str, type | tuple[type, ...]] = {"seq": int, "at": str, "event": str, "public": str}
    seq, _, _, key = fields(entry, shape)
    return RelayKey(seq, unb64(key, 65))


def _roll(entry: dict[str, Json], data: bytes) -> Roll:
    """The roll of a `roll_frozen` entry, from its leaf hashes one after another."""
    shape: dict[str, type | tuple[type, ...]] = {"seq": int, "at": str, "event": str, "poll": str}
    shape |= {"issued": int, "registered": int, "root": str}
    *_, issued, registered, root_text = fields(entry, shape)
    root = unb64(root_text, 32)
    hashes = [data[i : i + 32] for i in range(0, len(data), 32)]
    if len(data) != 32 * registered or registered > issued:
        raise Malformed("bad_roll", "票册的票数与日志不符。")
    if len(set(hashes)) != registered or merkle.root_of_hashes(hashes) != root:
        raise Malformed("bad_roll", "票册与日志中的根不符。")
    return Roll(root, frozenset(hashes))
