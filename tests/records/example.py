"""The example of docs/record-format.md: a small record, and every value that follows from it.

`python -m tests.records.example > docs/example/values.md` writes the page from the record; with
`new` it makes another record first. Like `builder`, it shares nothing with the product.
"""

from __future__ import annotations

import base64
import json
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from tests.records.builder import Json, Plan, build, jcs, merkle, new_rsa, sha, tag, unb64

FOLDER = Path(__file__).parents[2] / "docs" / "example"
RECORD, RECEIPT, PAGE = (FOLDER / name for name in ("record.zip", "receipt.json", "values.md"))
PLAN = Plan(
    roster=4,
    issued=3,
    registered=2,
    marks=[[0, None], [0, None]],
    batches=[2],
    decision={"base": "returned"},
    issuers=2,
    witnesses=1,
    replaced=True,
    other_poll=True,
    later_entries=True,
)
HEAD = """\
# A record, byte by byte

`record.zip` beside this page is a small good record: four deputies, two issuers, one witness, a
card that was replaced, a gap, an earlier poll that was voided. `receipt.json` is the receipt of its
first ballot. The page has a line of each kind as it stands there, and every value that a verifier
computes on the way, so that one who writes a verifier from
[record-format.md](../record-format.md) can compare step by step.
`python -m tests.records.example` writes it from the record.

Messages are given in hexadecimal, long ones by their length and SHA-256. To see a verifier fail
where it should, `python -m tests.records.book FOLDER` writes the forged records of the
[attack book](../attack-book.md), and `steps.csv` with the step that each must fail at.

"""


def new() -> None:
    """Make the record and the receipt; signatures and keys are new each time."""
    made = build(PLAN, [new_rsa(), new_rsa()])
    tracker = tracker_of(made.poll_hash, json.loads(made.lines("ballots.jsonl")[0]))
    promise = made.log_key.sign(tag("receipt") + made.poll_hash + tracker)
    RECORD.write_bytes(made.zip())
    texts = {"promise": promise, "tracker": tracker}
    RECEIPT.write_bytes(jcs({name: _b64(data) for name, data in texts.items()}))


def tracker_of(poll: bytes, ballot: Json) -> bytes:
    """The tracker of a line of ballots.jsonl, 32 bytes."""
    signed = unb64(ballot["key"]) + unb64(ballot["sig"]) + jcs(ballot["marks"])
    return sha(tag("tracker") + poll + signed)


class Example:
    """The record in parts."""

    def __init__(self) -> None:
        with zipfile.ZipFile(RECORD) as archive:
            self.infos = archive.infolist()
            self.members = {info.filename: archive.read(info) for info in self.infos}
        self.definition = json.loads(self.members["definition.json"])
        self.poll = sha(tag("definition"), self.members["definition.json"])
        self.log = [json.loads(line) for line in self.lines("log.jsonl")]

    def lines(self, name: str) -> list[bytes]:
        return self.members[name].split(b"\n")[:-1]

    def first(self, name: str) -> Json:
        value: Json = json.loads(self.lines(name)[0])
        return value

    def entry(self, event: str) -> Json:
        """The last entry of this event: the earlier poll's come first."""
        return [entry for entry in self.log if entry["event"] == event][-1]


def page() -> str:
    """values.md."""
    example = Example()
    parts = [HEAD, "## The container\n\n", *_container(example), "\n## A line of each kind\n"]
    parts += [f"\n{what}:\n\n```\n{text}\n```\n" for what, text in _texts(example)]
    parts += ["\n## Values\n\n| what | value |\n|---|---|\n"]
    parts += [f"| {what} | `{value}` |\n" for what, value in _values(example)]
    return "".join(parts)


def _container(example: Example) -> Iterator[str]:
    whole = RECORD.read_bytes()
    yield f"{len(whole)} bytes, SHA-256 `{sha(whole).hex()}`.\n\n"
    yield "| member | offset | size | CRC-32 | SHA-256 |\n|---|---:|---:|---|---|\n"
    for info in example.infos:
        data = example.members[info.filename]
        crc = struct.pack(">I", zlib.crc32(data)).hex()
        place = f"{info.header_offset} | {info.file_size}"
        yield f"| {info.filename} | {place} | `{crc}` | `{sha(data).hex()}` |\n"


def _texts(example: Example) -> Iterator[tuple[str, str]]:
    yield "definition.json", example.members["definition.json"].decode()
    for name in ("roster.jsonl", "issuances.jsonl", "roll.jsonl", "ballots.jsonl", "board.txt"):
        yield f"{name}, line 1", example.lines(name)[0].decode()
    for event in dict.fromkeys(entry["event"] for entry in example.log):
        line = jcs(example.entry(event)).decode()
        yield f"log.jsonl, `{event}`", line
    yield "checkpoints.txt, the last", _last_note(example)
    yield "result.json", example.members["result.json"].decode()
    yield "receipt.json", RECEIPT.read_text()


def _last_note(example: Example) -> str:
    return example.members["checkpoints.txt"].decode().split("\n\npiaojue")[-1].rstrip("\n")


def _values(example: Example) -> Iterator[tuple[str, str]]:
    poll, definition = example.poll, example.definition
    yield "poll_hash", poll.hex()
    yield "poll_hash, b64", _b64(poll)
    yield "核验码", f"{int.from_bytes(poll) % 10**8:08d}"
    yield "roster root", merkle(example.lines("roster.jsonl")).hex()
    yield from _deputies(example, poll)
    yield from _ballots(example, poll)
    yield "batch 1, root", merkle(example.lines("ballots.jsonl")).hex()
    yield "result hash", sha(tag("result"), example.members["result.json"]).hex()
    yield "board root", merkle(example.lines("board.txt")).hex()
    yield from _notes(example, definition)


def _deputies(example: Example, poll: bytes) -> Iterator[tuple[str, str]]:
    definition = example.definition
    ids = (definition["congress"]["id"], definition["meeting"]["id"])
    hashes = b"".join(sha(name.encode()) for name in ids)
    yield "check-in message", (tag("checkin") + hashes + unb64(definition["log_key"])).hex()
    new_card = example.entry("card_replaced")
    front = tag("card-replaced") + poll + sha(new_card["number"].encode())
    message = front + unb64(new_card["card_id"]) + unb64(new_card["card_key"])
    yield "card-replaced message", message.hex()
    spkis = [unb64(key["spki"]) for key in example.entry("issuing_opened")["keys"]]
    epoch = (1).to_bytes(4, "big")
    for number, spki in enumerate(spkis, 1):
        yield f"issuing-key message {number}", _long(tag("issuing-key") + poll + epoch + spki)
    keys = sha(tag("keys"), *spkis)
    yield "hash of the keys", keys.hex()
    line = example.first("issuances.jsonl")
    blinded = b"".join(map(unb64, line["blinded"]))
    yield "issue message of line 1", _long(tag("issue") + poll + epoch + keys + blinded)
    request = jcs({name: line[name] for name in ("auth", "blinded", "deputy", "epoch")})
    yield "request of line 1", sha(tag("request"), request).hex()


def _ballots(example: Example, poll: bytes) -> Iterator[tuple[str, str]]:
    line, ballot = example.first("roll.jsonl"), example.first("ballots.jsonl")
    key = unb64(line["key"])
    yield "H(key) of roll line 1", sha(key).hex()
    for number, seal in enumerate(line["seals"], 1):
        message = unb64(seal["prefix"]) + tag("ballot-key") + poll + key
        yield f"ballot-key message of roll line 1, seal {number}, with its prefix", message.hex()
    roll = merkle(example.lines("roll.jsonl"))
    yield "roll root", roll.hex()
    yield "cast message of ballot 1", (tag("cast") + poll + roll + jcs(ballot["marks"])).hex()
    tracker = tracker_of(poll, ballot)
    yield "tracker of ballot 1", tracker.hex()
    yield "tracker of ballot 1, base32", base64.b32encode(tracker).decode().rstrip("=")
    yield "receipt message of ballot 1", (tag("receipt") + poll + tracker).hex()


def _notes(example: Example, definition: Json) -> Iterator[tuple[str, str]]:
    lines = _last_note(example).split("\n")
    name, size, root = f"piaojue/{definition['congress']['id']}", int(lines[1]), lines[2]
    assert base64.b64decode(root) == merkle(example.lines("log.jsonl")[:size])
    yield f"root of the first {size} entries", base64.b64decode(root).hex()
    yield "key id of the log", sha(name.encode(), b"\n\1", unb64(definition["log_key"]))[:4].hex()
    witness = definition["witnesses"][0]
    signer = f"{name}/{witness['id']}"
    key_id = sha(signer.encode(), b"\n\4", unb64(witness["key"]))[:4]
    yield f"key id of `{signer}`", key_id.hex()
    blob = base64.b64decode(lines[5].split(" ")[2])
    time = int.from_bytes(blob[4:12])
    text = "\n".join(lines[:3]) + "\n"
    message = f"cosignature/v1\ntime {time}\n{text}"
    yield "cosigned message of the last checkpoint", message.encode().hex()


def _long(message: bytes) -> str:
    return f"{len(message)} bytes, {sha(message).hex()}"


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


if __name__ == "__main__":
    if sys.argv[1:] == ["new"]:
        new()
    print(page(), end="")
