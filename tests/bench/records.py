"""Records of any size, written as a stream: `python -m tests.bench.records BALLOTS FILE`.

Everybody comes, is issued a ballot and casts it. Written from docs/record-format.md with the small
parts of tests/records/builder.py, by all cores and through files: a million ballots need 2.9 GB of
disk twice, and memory for their keys and trackers alone.
"""

from __future__ import annotations

import argparse
import random
import struct
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, TypeVar

from cryptography.hazmat.primitives.asymmetric import ed25519
from tqdm import tqdm

from tests.bench.slices import (
    AT,
    CONGRESS,
    ITEMS,
    MEETING,
    SEATS,
    ManyPrimes,
    Poll,
    ballots,
    cards,
    issuances,
    registrations,
)
from tests.records.builder import (
    CHOOSE,
    NAMES,
    README,
    b64,
    ed_public,
    jcs,
    result,
    sha,
    signed_note,
    tag,
    unb64,
)

T = TypeVar("T")
R = TypeVar("R")
SLICE = 1000  # deputies that a worker takes at once
BUCKETS = 256  # files in which the roll is sorted, by the first byte of H(key)


class Tree:
    """RFC 6962's tree hash of leaves that come one by one."""

    def __init__(self) -> None:
        self.size = 0
        self.peaks: list[tuple[int, bytes]] = []  # height and hash, the highest first

    def add(self, leaf: bytes) -> None:
        self.size += 1
        height, node = 0, sha(b"\0", leaf)
        while self.peaks and self.peaks[-1][0] == height:
            node = sha(b"\1", self.peaks.pop()[1], node)
            height += 1
        self.peaks.append((height, node))

    def root(self) -> bytes:
        if not self.peaks:
            return sha()
        node = self.peaks[-1][1]
        for _, left in reversed(self.peaks[:-1]):
            node = sha(b"\1", left, node)
        return node


class Lines:
    """A member of lines, on disk, with its tree hash."""

    def __init__(self, folder: Path, name: str) -> None:
        self.file: BinaryIO = (folder / name).open("wb")
        self.tree = Tree()

    def add(self, line: bytes) -> None:
        self.file.write(line + b"\n")
        self.tree.add(line)


class Vote:
    """One vote of so many deputies, written into a folder member by member."""

    def __init__(self, deputies: int, folder: Path, pool: ProcessPoolExecutor) -> None:
        self.deputies, self.folder, self.pool = deputies, folder, pool
        self.log_key = ed25519.Ed25519PrivateKey.generate()
        self.issuer_key = ed25519.Ed25519PrivateKey.generate()
        self.key = ManyPrimes()
        self.open: list[Lines] = []
        self.log = self.member("log.jsonl")
        self.notes: list[bytes] = []
        self.progress = tqdm(total=4 * deputies, unit="step", smoothing=0.02)
        self.enter("congress_opened", congress=CONGRESS, log_key=b64(ed_public(self.log_key)))
        self.poll = Poll(self.define(), self.key)
        self.poll = self.issue()
        self.poll = self.register()
        self.cast()
        self.finish()

    def member(self, name: str) -> Lines:
        self.open.append(Lines(self.folder, name))
        return self.open[-1]

    def enter(self, event: str, **fields: Any) -> None:
        self.log.add(jcs({"at": AT, "event": event, "seq": self.log.tree.size, **fields}))

    def phase(self, event: str, **fields: Any) -> None:
        """An entry of the poll, and the checkpoint that holds it."""
        self.enter(event, poll=b64(self.poll_hash), **fields)
        self.notes.append(
            signed_note(CONGRESS, self.log_key, self.log.tree.size, self.log.tree.root())
        )

    def all(self, work: Callable[[T], list[R]], slices: Iterator[T]) -> Iterator[R]:
        """What all cores make of the slices, in order."""
        waiting = []
        for each in slices:
            waiting.append(self.pool.submit(work, each))
            if len(waiting) >= 8:
                yield from self._made(waiting.pop(0).result())
        for one in waiting:
            yield from self._made(one.result())

    def _made(self, made: list[R]) -> list[R]:
        self.progress.update(len(made))
        return made

    def define(self) -> bytes:
        roster = self.member("roster.jsonl")
        self.cards: list[tuple[bytes, bytes]] = []
        numbers = _slices(range(1, self.deputies + 1))
        for private, card_id, line, entry in self.all(
            partial(cards, ed_public(self.log_key)), numbers
        ):
            self.cards.append((private, card_id))
            roster.add(line)
            self.log.add(entry)
        self.reserve = max(20, self.deputies // 8)
        self.definition = {
            "v": 1,
            "congress": {"id": CONGRESS, "name": "某县人民代表大会", "session": "第十九届"},
            "meeting": {"id": MEETING, "title": "第三次会议", "date": "2026-01-20"},
            "poll": {"id": "p1", "title": "民生实事", "round": 1, "follows": None},
            "items": [{"id": f"i{n}", "title": f"项目{n}"} for n in range(ITEMS)],
            "scale": {"marks": [{"id": "yes", "label": "同意"}], "limits": {"0": SEATS}},
            "decision": {**CHOOSE, "seats": SEATS},
            "release": {"reserve": self.reserve},
            "issuers": [{"id": "s0", "name": "发票", "key": b64(ed_public(self.issuer_key))}],
            "roster": {"count": self.deputies, "root": b64(roster.tree.root())},
            "log_key": b64(ed_public(self.log_key)),
        }
        self.poll_hash = sha(tag("definition"), jcs(self.definition))
        self.phase("poll_defined")
        return self.poll_hash

    def issue(self) -> Poll:
        der = self.key.spki()
        front = tag("issuing-key") + self.poll_hash + (1).to_bytes(4, "big")
        keys = [{"spki": b64(der), "sig": b64(self.issuer_key.sign(front + der))}]
        self.phase("issuing_opened", epoch=1, keys=keys)
        poll = Poll(self.poll_hash, self.key, self.log.tree.size)
        lines = self.member("issuances.jsonl")
        deputies = [(index, *card) for index, card in enumerate(self.cards)]
        for line, entry in self.all(partial(issuances, poll), _slices(deputies)):
            lines.add(line)
            self.log.add(entry)
        self.phase("issuing_closed", issued=self.deputies, checked_in=self.deputies)
        return poll

    def register(self) -> Poll:
        buckets = [(self.folder / f"roll.{n}").open("w+b") for n in range(BUCKETS)]
        numbers = _slices(range(self.deputies))
        for hashed, private, line in self.all(partial(registrations, self.poll), numbers):
            buckets[hashed[0]].write(hashed + private + line + b"\n")
        roll = self.member("roll.jsonl")
        batch_of = self.batches()
        self.voters: list[tuple[bytes, bytes, int]] = []
        for bucket in buckets:
            bucket.seek(0)
            for _hashed, private, line in sorted(_records(bucket)):
                roll.add(line)
                self.voters.append((private, unb64(line[8:95].decode()), batch_of.pop()))
            bucket.close()
        figures = {"issued": self.deputies, "registered": self.deputies}
        self.phase("roll_frozen", **figures, root=b64(roll.tree.root()))
        self.phase("voting_opened")
        return Poll(self.poll_hash, self.key, root=roll.tree.root())

    def batches(self) -> list[int]:
        """For each ballot, by chance, the batch that it is released in; all of one size."""
        allowed = self.deputies >= 4 * self.reserve
        self.count = self.deputies // self.reserve - 1 if allowed else 1
        numbers = [1 + place % self.count for place in range(self.deputies)]
        random.shuffle(numbers)
        return numbers

    def cast(self) -> None:
        lines = self.member("ballots.jsonl")
        released = [(Tree(), [[0, 0] for _ in range(ITEMS)]) for _ in range(self.count)]
        self.trackers: list[bytes] = []
        for batch, marks, line, tracker in self.all(
            partial(ballots, self.poll), _slices(self.voters)
        ):
            lines.add(line)
            self.trackers.append(tracker)
            tree, tally = released[batch - 1]
            tree.add(line)
            for row, mark in zip(tally, marks, strict=True):
                row[-1 if mark is None else mark] += 1
        self.tally = [[0, 0] for _ in range(ITEMS)]
        for number, (tree, tally) in enumerate(released, 1):
            for total, part in zip(self.tally, tally, strict=True):
                total[:] = map(sum, zip(total, part, strict=True))
            root = b64(tree.root())
            self.phase(
                "ballots_released", batch=number, count=tree.size, root=root, tally=self.tally
            )

    def finish(self) -> None:
        names = ("roster", "checked_in", "issued", "registered", "returned")
        figures = dict.fromkeys(names, self.deputies)
        self.phase("voting_closed", **figures)
        decided = jcs(result(self.definition, b64(self.poll_hash), figures, self.tally, 0))
        board = self.member("board.txt")
        for tracker in sorted(self.trackers):
            board.add(tracker)
        self.phase(
            "result_published",
            result=b64(sha(tag("result"), decided)),
            board=b64(board.tree.root()),
        )
        for member in self.open:
            member.file.close()
        self.progress.close()
        whole = {
            "README.txt": README,
            "definition.json": jcs(self.definition),
            "checkpoints.txt": b"\n".join(self.notes),
            "result.json": decided,
        }
        for name, data in whole.items():
            (self.folder / name).write_bytes(data)


def _slices(whole: Any) -> Iterator[Any]:
    return (whole[start : start + SLICE] for start in range(0, len(whole), SLICE))


def _records(bucket: BinaryIO) -> Iterator[tuple[bytes, bytes, bytes]]:
    while head := bucket.read(64):
        yield head[:32], head[32:], bucket.readline()[:-1]


# --- the container (record-format.md, section 2)


def pack(folder: Path, file: BinaryIO) -> None:
    """The members of a folder as a record; each is read twice and never held."""
    directory = b""
    for name in NAMES:
        path, offset = folder / name, file.tell()
        checksum, size = 0, path.stat().st_size
        for block in _blocks(path):
            checksum = zlib.crc32(block, checksum)
        fixed = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 0x21, checksum, size, size, len(name), 0)
        file.write(b"PK\3\4" + fixed + name.encode())
        for block in _blocks(path):
            file.write(block)
        directory += b"PK\1\2" + struct.pack("<H", 0x314) + fixed
        directory += struct.pack("<HHHII", 0, 0, 0, 0x81A40000, offset) + name.encode()
    start = file.tell()
    file.write(directory + b"PK\5\6")
    file.write(struct.pack("<HHHHIIH", 0, 0, 10, 10, len(directory), start, 0))


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            yield block


def write(deputies: int, target: Path) -> None:
    """Write the record of a vote of so many deputies."""
    with TemporaryDirectory(dir=target.parent) as name, ProcessPoolExecutor() as pool:
        Vote(deputies, Path(name), pool)
        with target.open("wb") as file:
            pack(Path(name), file)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ballots", type=int)
    parser.add_argument("file", type=Path)
    given = parser.parse_args()
    write(given.ballots, given.file)


if __name__ == "__main__":
    main()
