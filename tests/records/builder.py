"""A second writer of records, made from docs/record-format.md with plain integers and dicts.

It shares nothing with the product. `Plan` says what happens in the hall; `build` lets it happen
and returns a `Made`, whose members a test can change before `pack` makes the zip of them.
"""

import base64
import copy
import hashlib
import io
import json
import random
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization as ser
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384

SECOND = {
    "lang": "mn-Mong",
    "title": "ᠵᠠᠮ",
}  # an item's own: nothing is computed from it
NAMES = [
    "README.txt",
    "definition.json",
    "roster.jsonl",
    "issuances.jsonl",
    "roll.jsonl",
    "ballots.jsonl",
    "log.jsonl",
    "checkpoints.txt",
    "result.json",
    "board.txt",
]
README = Path(__file__).parents[2].joinpath("voting/verify/README.txt").read_bytes()
Json = dict[str, Any]
_OPENING = datetime(2026, 1, 20, 9)


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")


def jcs(value: Any) -> bytes:
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def tag(name: str) -> bytes:
    return f"piaojue/v1/{name}\n".encode()


def merkle(leaves: list[bytes]) -> bytes:
    if len(leaves) < 2:
        return sha(b"\0", leaves[0]) if leaves else sha()
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return sha(b"\1", merkle(leaves[:half]), merkle(leaves[half:]))


def new_rsa() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 3072)


def spki(key: rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(ser.Encoding.DER, ser.PublicFormat.SubjectPublicKeyInfo)


def ed_public(key: ed25519.Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


class P256:
    """A key pair whose signatures are raw r‖s, 64 bytes."""

    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.public = self.private.public_key().public_bytes(
            ser.Encoding.X962, ser.PublicFormat.UncompressedPoint
        )

    def sign(self, message: bytes) -> bytes:
        r, s = decode_dss_signature(self.private.sign(message, ec.ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


@dataclass
class Card:
    number: str
    card_id: bytes
    key: P256


@dataclass
class Plan:
    """A vote. marks: of each ballot cast; batches: how many ballots each release has."""

    marks: list[list[int | None]] = field(default_factory=lambda: [[0, None]] * 12)
    items: int = 2
    scale: list[str] = field(default_factory=lambda: ["yes"])
    limits: Json = field(default_factory=lambda: {"0": 1})
    decision: Json = field(default_factory=dict)
    roster: int = 16
    absent: int = 1  # of the roster, the last ones do not check in
    issued: int = 14
    registered: int = 13
    batches: list[int] = field(default_factory=lambda: [12])
    reserve: int = 10
    issuers: int = 1
    epochs: int = 1
    replaced: bool = False  # the first deputy's card is lost after check-in
    other_poll: bool = False  # an earlier poll of the same meeting, which this one follows
    later_entries: bool = False  # the log goes on after the result
    witnesses: int = 0
    # Where a forger with all keys can put in a hand, before things are hashed and signed:
    definition: Callable[[Json], None] = lambda _: None
    entry: Callable[[Json], None] = lambda _: None  # of the log; one that it empties is left out
    line: Callable[[str, Json], None] = lambda _kind, _line: None  # roster, issuance, roll, ballot
    before: Callable[["Vote", str], None] = lambda _vote, _event: None  # may add entries
    noted: Callable[[str], bool] = lambda _event: True  # whether a checkpoint follows
    cosigned: Callable[[str, list[bytes]], list[bytes]] = lambda _event, lines: lines  # of its note


CHOOSE: Json = {
    "form": "choose",
    "base": "roster",
    "mark": 0,
    "pass": {"num": 1, "den": 2, "over": True},
    "quorum": {"num": 2, "den": 3},
    "seats": 1,
    "points": None,
}


@dataclass
class Made:
    """A record in parts, with the keys that a forger would want."""

    members: dict[str, bytes]
    poll_hash: bytes
    log_key: ed25519.Ed25519PrivateKey
    congress: str

    def lines(self, name: str) -> list[bytes]:
        return self.members[name].split(b"\n")[:-1]

    def with_lines(self, name: str, lines: list[bytes]) -> "Made":
        return self.with_member(name, b"".join(line + b"\n" for line in lines))

    def with_member(self, name: str, data: bytes) -> "Made":
        return Made({**self.members, name: data}, self.poll_hash, self.log_key, self.congress)

    def zip(self) -> bytes:
        return pack(self.members)


def pack(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name)
            info.create_system, info.external_attr = 3, 0o100644 << 16
            archive.writestr(info, data)
    return out.getvalue()


class Log:
    """The congress's log: entries, and the checkpoints made of its prefixes."""

    def __init__(self, congress: str, key: ed25519.Ed25519PrivateKey, plan: Plan) -> None:
        self.congress, self.key, self.plan = congress, key, plan
        self.lines: list[bytes] = []
        self.notes: list[bytes] = []
        self.vote: Vote | None = None
        self.witnesses = [ed25519.Ed25519PrivateKey.generate() for _ in range(plan.witnesses)]
        self.add("congress_opened", congress=congress, log_key=b64(ed_public(key)))

    def add(self, event: str, **fields: Any) -> None:
        if self.vote:
            vote, self.vote = self.vote, None  # what it adds, it adds without being asked again
            self.plan.before(vote, event)
            self.vote = vote
        at = (_OPENING + timedelta(seconds=len(self.lines))).strftime("%Y-%m-%dT%H:%M:%SZ")
        entry = {"seq": len(self.lines), "at": at, "event": event, **fields}
        self.plan.entry(entry)
        if entry:
            self.lines.append(jcs(entry))

    def phase(self, event: str, **fields: Any) -> None:
        before = len(self.lines)
        self.add(event, **fields)
        if self.plan.noted(event) and len(self.lines) > before:
            self.checkpoint(event)

    def checkpoint(self, event: str) -> None:
        made = note(self.congress, self.key, self.lines)
        lines = [self.cosignature(made, number) for number in range(len(self.witnesses))]
        self.notes.append(made + b"".join(self.plan.cosigned(event, lines)))

    def cosignature(self, made: bytes, number: int, time: int = 1768870800) -> bytes:
        return cosignature(made, f"piaojue/{self.congress}/w{number}", self.witnesses[number], time)


def note(congress: str, key: ed25519.Ed25519PrivateKey, lines: list[bytes]) -> bytes:
    return signed_note(congress, key, len(lines), merkle(lines))


def signed_note(congress: str, key: ed25519.Ed25519PrivateKey, size: int, root: bytes) -> bytes:
    name = f"piaojue/{congress}"
    text = f"{name}\n{size}\n{base64.b64encode(root).decode()}\n".encode()
    key_id = sha(name.encode(), b"\n\1", ed_public(key))[:4]
    signature = base64.b64encode(key_id + key.sign(text)).decode()
    return text + f"\n— {name} {signature}\n".encode()


def cosignature(made: bytes, name: str, key: ed25519.Ed25519PrivateKey, time: int) -> bytes:
    """A witness's line under a note."""
    text = made.split(b"\n\n")[0] + b"\n"
    key_id = sha(name.encode(), b"\n\4", ed_public(key))[:4]
    signature = key.sign(b"cosignature/v1\ntime %d\n" % time + text)
    blob = base64.b64encode(key_id + time.to_bytes(8, "big") + signature).decode()
    return f"— {name} {blob}\n".encode()


def build(plan: Plan, pool: list[rsa.RSAPrivateKey]) -> Made:
    """Let the plan happen. `pool` holds enough RSA keys: issuers times epochs."""
    return Vote(plan, pool).made()


class Vote:
    def __init__(self, plan: Plan, pool: list[rsa.RSAPrivateKey]) -> None:
        self.plan, self.pool = plan, list(pool)
        self.chance = random.Random(7)
        self.log_key = ed25519.Ed25519PrivateKey.generate()
        self.issuer_keys = [ed25519.Ed25519PrivateKey.generate() for _ in range(plan.issuers)]
        self.cards = [Card(f"D{i:03d}", self.bytes(16), P256()) for i in range(plan.roster)]
        self.log = Log("c1", self.log_key, plan)
        self.log.vote = self
        self.log.add("settings", reserve=plan.reserve, note="任意")
        self.check_in(self.cards[0])  # before the poll is defined
        self.before = self.earlier_poll() if plan.other_poll else None
        self.define()
        self.prepare()
        self.issue()
        self.register()
        self.cast()
        self.publish()

    def bytes(self, size: int) -> bytes:
        return self.chance.randbytes(size)

    def earlier_poll(self) -> str:
        poll = b64(self.bytes(32))
        self.log.phase("poll_defined", poll=poll)
        self.log.add("checked_in", meeting="m1", deputy=b64(self.bytes(16)), sig=b64(bytes(64)))
        self.log.phase("poll_voided", poll=poll, reason="试投")
        return poll

    def check_in(self, card: Card) -> None:
        message = tag("checkin") + sha(b"c1") + sha(b"m1") + ed_public(self.log_key)
        signature = b64(card.key.sign(message))
        self.log.add("checked_in", meeting="m1", deputy=b64(card.card_id), sig=signature)

    def define(self) -> None:
        plan = self.plan
        self.roster = [self.roster_line(card) for card in self.cards]
        definition: Json = {
            "v": 1,
            "congress": {"id": "c1", "name": "某县人民代表大会", "session": "第十九届"},
            "meeting": {"id": "m1", "title": "第三次会议", "date": "2026-01-20"},
            "poll": {"id": "p1", "title": "民生实事", "round": 1, "follows": self.before},
            "items": [
                {"id": f"i{n}", "title": f"项目{n}", "sum": n, "second": SECOND}
                for n in range(plan.items)
            ],
            "scale": {
                "marks": [{"id": mark, "label": mark} for mark in plan.scale],
                "limits": plan.limits,
            },
            "decision": copy.deepcopy({**CHOOSE, **plan.decision}),
            "release": {"reserve": plan.reserve},
            "issuers": [
                {"id": f"s{n}", "name": f"发票{n}", "key": b64(ed_public(key))}
                for n, key in enumerate(self.issuer_keys)
            ],
            "roster": {"count": plan.roster, "root": b64(merkle(self.roster))},
            "log_key": b64(ed_public(self.log_key)),
        }
        if plan.witnesses:
            definition["witnesses"] = [
                {"id": f"w{n}", "name": f"见证{n}", "key": b64(ed_public(key))}
                for n, key in enumerate(self.log.witnesses)
            ]
        plan.definition(definition)
        self.definition = definition
        self.poll_hash = sha(tag("definition"), jcs(definition))
        self.poll = b64(self.poll_hash)
        self.log.phase("poll_defined", poll=self.poll)

    def line(self, kind: str, value: Json) -> bytes:
        self.plan.line(kind, value)
        return jcs(value)

    def roster_line(self, card: Card) -> bytes:
        return self.line(
            "roster",
            {
                "card_id": b64(card.card_id),
                "card_key": b64(card.key.public),
                "delegation": "第一代表团",
                "name": f"代表{card.number}",
                "number": card.number,
                "seat": "",
            },
        )

    def signed(self, message: bytes) -> list[str]:
        return [b64(key.sign(message)) for key in self.issuer_keys]

    def prepare(self) -> None:
        present = self.cards[1 : self.plan.roster - self.plan.absent]
        for card in present:
            self.check_in(card)
        self.log.add("approved", poll=self.poll, step="issue", by="甲", role="主席团")
        if self.plan.replaced:
            self.replace_card()
        self.log.add("assisted", poll=self.poll, deputy=b64(self.cards[1].card_id), helper="乙")

    def replace_card(self) -> None:
        card = self.cards[0]
        self.replaced(card, Card(card.number, self.bytes(16), P256()))
        self.check_in(card)

    def replaced(self, card: Card, new: Card, **fields: Any) -> None:
        """The deputy of `card` holds `new` from here on. fields: other values in the entry."""
        entry = {
            "poll": self.poll,
            "number": card.number,
            "old": b64(card.card_id),
            "card_id": b64(new.card_id),
            "card_key": b64(new.key.public),
        } | fields
        message = tag("card-replaced") + self.poll_hash + sha(entry["number"].encode())
        message += unb64(entry["card_id"]) + unb64(entry["card_key"])
        self.log.add("card_replaced", **{"sigs": self.signed(message), **entry})
        card.card_id, card.key = new.card_id, new.key

    def issue(self) -> None:
        for epoch in range(1, self.plan.epochs + 1):
            self.keys = [self.pool.pop(0) for _ in self.issuer_keys]
            front = tag("issuing-key") + self.poll_hash + epoch.to_bytes(4, "big")
            keys = [
                {"spki": b64(spki(key)), "sig": b64(signer.sign(front + spki(key)))}
                for key, signer in zip(self.keys, self.issuer_keys, strict=True)
            ]
            self.log.phase("issuing_opened", poll=self.poll, epoch=epoch, keys=keys)
            self.issuances: list[bytes] = []
            for card in self.cards[: self.plan.issued]:
                self.issue_one(card, epoch)
        self.log.phase(
            "issuing_closed",
            poll=self.poll,
            issued=self.plan.issued,
            checked_in=self.plan.roster - self.plan.absent,
        )

    def issue_one(self, card: Card, epoch: int) -> None:
        blinded, answers = [], []
        for key in self.keys:
            numbers = key.private_numbers()
            answer = self.chance.randrange(numbers.public_numbers.n)
            question = pow(answer, 65537, numbers.public_numbers.n)
            answers.append(answer.to_bytes(384, "big"))
            blinded.append(question.to_bytes(384, "big"))
        keys = sha(tag("keys"), *map(spki, self.keys))
        message = tag("issue") + self.poll_hash + epoch.to_bytes(4, "big") + keys
        request = {
            "auth": b64(card.key.sign(message + b"".join(blinded))),
            "blinded": [b64(q) for q in blinded],
            "deputy": b64(card.card_id),
            "epoch": epoch,
        }
        whole = {**request, "blind_sigs": [b64(a) for a in answers]}
        self.issuances.append(self.line("issuance", whole))
        request = {name: whole[name] for name in request}
        self.log.add(
            "ballot_issued",
            poll=self.poll,
            deputy=request["deputy"],
            epoch=epoch,
            request=b64(sha(tag("request"), jcs(request))),
        )

    def register(self) -> None:
        ballots = [P256() for _ in range(self.plan.registered)]
        self.ballots = sorted(ballots, key=lambda ballot: sha(ballot.public))
        self.roll = [self.registration(ballot) for ballot in self.ballots]
        self.root = merkle(self.roll)
        figures = {"issued": self.plan.issued, "registered": self.plan.registered}
        if self.plan.registered < self.plan.issued:
            self.log.add("gap_accepted", poll=self.poll, **figures, by=["甲", "乙"])
        self.log.phase("roll_frozen", poll=self.poll, **figures, root=b64(self.root))
        self.log.phase("voting_opened", poll=self.poll)

    def registration(self, ballot: P256) -> bytes:
        message = tag("ballot-key") + self.poll_hash + ballot.public
        seals = []
        for key in self.keys:
            prefix = self.bytes(32)
            seal = key.sign(prefix + message, padding.PSS(padding.MGF1(SHA384()), 48), SHA384())
            seals.append({"prefix": b64(prefix), "sig": b64(seal)})
        return self.line("roll", {"key": b64(ballot.public), "seals": seals})

    def cast(self) -> None:
        returned = len(self.plan.marks)
        batch_of = [n for n, size in enumerate(self.plan.batches, 1) for _ in range(size)]
        self.chance.shuffle(batch_of)
        self.votes, self.trackers = [], []
        voters = sorted(self.chance.sample(range(self.plan.registered), returned))
        for voter, batch, marks in zip(voters, batch_of, self.plan.marks, strict=True):
            self.cast_one(self.ballots[voter], batch, marks)
        self.tally = [[0] * (len(self.plan.scale) + 1) for _ in range(self.plan.items)]
        for number in range(1, len(self.plan.batches) + 1):
            self.release(number)

    def cast_one(self, ballot: P256, batch: int, marks: list[int | None]) -> None:
        sig = ballot.sign(tag("cast") + self.poll_hash + self.root + jcs(marks))
        line = {"batch": batch, "key": b64(ballot.public), "marks": marks, "sig": b64(sig)}
        self.votes.append((line["batch"], marks, self.line("ballot", line)))
        tracker = sha(tag("tracker"), self.poll_hash, ballot.public, sig, jcs(marks))
        self.trackers.append(tracker)

    def release(self, number: int) -> None:
        batch = [(marks, line) for n, marks, line in self.votes if n == number]
        for marks, _ in batch:
            for row, mark in zip(self.tally, marks, strict=False):
                row[-1 if mark is None else mark] += 1
        self.log.phase(
            "ballots_released",
            poll=self.poll,
            batch=number,
            count=len(batch),
            root=b64(merkle([line for _, line in batch])),
            tally=[list(row) for row in self.tally],
        )

    def publish(self) -> None:
        plan = self.plan
        figures = {
            "roster": plan.roster,
            "checked_in": plan.roster - plan.absent,
            "issued": plan.issued,
            "registered": plan.registered,
            "returned": len(plan.marks),
        }
        self.log.phase("voting_closed", poll=self.poll, **figures)
        self.result = jcs(result(self.definition, self.poll, figures, self.tally, self.blank()))
        self.board = sorted(
            base64.b32encode(tracker).decode().rstrip("=").encode() for tracker in self.trackers
        )
        self.log.phase(
            "result_published",
            poll=self.poll,
            result=b64(sha(tag("result"), self.result)),
            board=b64(merkle(self.board)),
        )
        if plan.later_entries:
            self.log.add("exported", by="审计")
            self.log.checkpoint("exported")

    def blank(self) -> int:
        return sum(all(mark is None for mark in marks) for marks in self.plan.marks)

    def made(self) -> Made:
        lines = [line for _, _, line in self.votes]
        parts = [
            README,
            jcs(self.definition),
            *map(_lines, (self.roster, self.issuances, self.roll, lines, self.log.lines)),
            b"\n".join(self.log.notes),
            self.result,
            _lines(self.board),
        ]
        members = dict(zip(NAMES, parts, strict=True))
        return Made(members, self.poll_hash, self.log_key, "c1")


def _lines(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


# --- the result, by a second hand


def result(definition: Json, poll: str, turnout: Json, tally: list[list[int]], blank: int) -> Json:
    rule = definition["decision"]
    form, quorum = rule["form"], rule["quorum"]
    need = (turnout["roster"] * quorum["num"] + quorum["den"] - 1) // quorum["den"]
    reached = turnout["checked_in"] >= need
    ids = [item["id"] for item in definition["items"]]
    items = []
    for item_id, row in zip(ids, tally, strict=True):
        missing = turnout["issued"] - turnout["returned"] + row[-1]
        items.append(
            {
                "id": item_id,
                "votes": row[:-1],
                "unmarked": row[-1],
                "not_voted": missing if form in ("each", "grade") else None,
                "points": None,
                "passed": None,
                "rank": None,
                "chosen": None,
                "grade": None,
            }
        )
    whole: Json = {"chosen": [], "tied": []}
    if form == "grade":
        _grade(items, rule, turnout, reached)
    else:
        whole = _choose(items, rule, turnout, reached)
    return {
        "v": 1,
        "poll": poll,
        "turnout": turnout,
        "quorum": {"need": need, "reached": reached},
        "blank": blank,
        "items": items,
        **whole,
    }


def _enough(rule: Json, turnout: Json, votes: int) -> bool:
    base, part = turnout.get(rule["base"], 0), rule["pass"]
    if base == 0:
        return False
    difference = votes * part["den"] - base * part["num"]
    return bool(difference > 0 or (difference == 0 and not part["over"]))


def _grade(items: list[Json], rule: Json, turnout: Json, reached: bool) -> None:
    for item in items:
        better = 0
        for k, votes in enumerate(item["votes"]):
            better += votes
            if reached and (k == len(item["votes"]) - 1 or _enough(rule, turnout, better)):
                item["grade"] = k
                break


def _choose(items: list[Json], rule: Json, turnout: Json, reached: bool) -> Json:
    scores = []
    for item in items:
        support = score = [*item["votes"], 0][rule["mark"] or 0]
        if rule["form"] == "rank":
            support = sum(item["votes"])
            score = sum(v * p for v, p in zip(item["votes"], rule["points"], strict=True))
            item["points"] = score
        scores.append(score)
        item["passed"] = reached and _enough(rule, turnout, support)
        item["chosen"] = False
    for item, score in zip(items, scores, strict=True):
        item["rank"] = 1 + len([other for other in scores if other > score])
    passed = [(item, score) for item, score in zip(items, scores, strict=True) if item["passed"]]
    passed.sort(key=lambda pair: pair[1], reverse=True)
    seats = len(passed) if rule["form"] == "each" else rule["seats"] or 0
    tied: list[Json] = []
    if len(passed) > seats:
        limit = passed[seats][1]
        if passed[seats - 1][1] == limit:
            tied = [item for item, score in passed if score == limit]
        passed = [pair for pair in passed[:seats] if pair[0] not in tied]
    for item, _ in passed:
        item["chosen"] = True
    return {"chosen": [item["id"] for item, _ in passed], "tied": [item["id"] for item in tied]}
