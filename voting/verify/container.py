"""The zip of a record, byte for byte (protocol section 5, PKWARE APPNOTE 4.3).

Nothing is looked up: from each member's name, size and CRC-32 every header byte follows, and the
bytes in the file must be those. So there is no second spelling, no gap and no hidden member.
Sizes above 4 GiB would need zip64 extra fields, which the protocol rules out.
"""

import hashlib
import os
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from pkgutil import get_data
from typing import BinaryIO, cast

from .report import Failure

NAMES = (
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
)
MAX_LINE = 1 << 20
MAX_WHOLE = 1 << 22
README = cast("bytes", get_data(__package__, "README.txt"))  # of a .pyz, too
_BLOCKS = 16  # at least, so that all cores end together; but no smaller and no larger than these
_BLOCK = 1 << 16, 1 << 19
_DATED = 0x0021 << 16  # 1980-01-01 00:00:00 as the two words date and time
_MODE = 0o100644 << 16

# Called now and then with the member's name, the bytes read of it, and its size.
Progress = Callable[[str, int, int], None]


def _local(name: bytes, crc: int, size: int) -> bytes:
    fixed = struct.pack("<4sHHHIIIIHH", b"PK\3\4", 20, 0, 0, _DATED, crc, size, size, len(name), 0)
    return fixed + name


def _central(name: bytes, crc: int, size: int, offset: int) -> bytes:
    made_by = 3 << 8 | 20  # Unix, version 2.0
    head = struct.pack("<4sHHHHI", b"PK\1\2", made_by, 20, 0, 0, _DATED)
    sizes = struct.pack("<IIIHHHHH", crc, size, size, len(name), 0, 0, 0, 0)
    return head + sizes + struct.pack("<II", _MODE, offset) + name


def _end(entries: int, size: int, offset: int) -> bytes:
    return struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, entries, entries, size, offset, 0)


def _check_size(name: str, size: int) -> None:
    """Of the members that are read whole."""
    if name == "README.txt" and size != len(README):
        raise Failure(name, "not as long as the fixed text")
    if name.endswith(".json") and size > MAX_WHOLE:
        raise Failure(name, f"{size} bytes, more than {MAX_WHOLE}")


@dataclass(frozen=True)
class Source:
    """The record's file, and by what a process that opens it again knows it for the same."""

    path: str
    stamp: tuple[int, ...]

    @staticmethod
    def of(file: BinaryIO) -> "Source":
        return Source(str(Path(file.name).resolve()), _stamp(file))

    def read(self, name: str, start: int, size: int) -> bytes:
        """Bytes of member `name`; Failure where another file has taken its place, or it changed."""
        with Path(self.path).open("rb", buffering=0) as file:
            if _stamp(file) != self.stamp:
                raise Failure(name, "the file was changed while it was verified")
            file.seek(start)
            data = file.read(size)
        if len(data) < size:
            raise _ends_within(name)
        return data


def _stamp(file: BinaryIO) -> tuple[int, ...]:
    found = os.fstat(file.fileno())
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


@dataclass(frozen=True)
class Block:
    """Where some whole lines of a member stand, each ended by LF; whoever works on them reads them.

    number, count: of the first line, and how many there are. last: the size of the line before it,
    with its LF, or 0.
    """

    source: Source
    name: str
    start: int
    size: int
    number: int
    count: int
    last: int

    def data(self) -> bytes:
        return self.source.read(self.name, self.start, self.size)

    def before(self) -> bytes:
        """The line before the first one without its LF, or nothing."""
        return self.source.read(self.name, self.start - self.last, self.last)[:-1]

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Line numbers and lines without their LF, up to 1 MiB long."""
        for number, line in enumerate(self.data()[:-1].split(b"\n"), self.number):
            if len(line) > MAX_LINE:
                raise _too_long(self.name, number)
            yield number, line

    def where(self, number: int) -> str:
        return f"{self.name} line {number}"


def _too_long(name: str, number: int) -> Failure:
    return Failure(f"{name} line {number}", f"longer than {MAX_LINE} bytes")


def _ends_within(name: str) -> Failure:
    return Failure(name, "the file ends within this member")


class Member:
    """One stored file of the record. `scan` comes first; then its lines are known by place."""

    def __init__(self, file: BinaryIO, name: str, start: int, size: int, told: Progress) -> None:
        self.name, self.size = name, size
        self._file, self._start, self._told = file, start, told
        self._source = Source.of(file)
        self._blocks: list[Block] = []
        self._broken: Failure | None = None

    def whole(self) -> bytes:
        """All of a member that is small by its nature, as the container has made sure."""
        return b"".join(self._chunks())

    def _chunks(self) -> Iterator[bytes]:
        smallest, largest = _BLOCK
        most, done = min(max(smallest, self.size // _BLOCKS), largest), 0
        while done < self.size:
            self._file.seek(self._start + done)
            chunk = self._file.read(min(most, self.size - done))
            if not chunk:
                raise _ends_within(self.name)
            done += len(chunk)
            yield chunk
            self._told(self.name, done, self.size)

    def scan(self) -> Iterator[bytes]:
        """All its bytes; on the way it is noted where lines end, in blocks of about one size."""
        start, number, last, rest = self._start, 1, 0, 0
        for chunk in self._chunks():
            yield chunk
            end = chunk.rfind(b"\n") + 1
            if end and not self._broken:
                size, count = rest + end, chunk.count(b"\n", 0, end)
                self._blocks.append(
                    Block(self._source, self.name, start, size, number, count, last)
                )
                last = end - chunk.rfind(b"\n", 0, end - 1) - 1 if count > 1 else size
                start, number, rest = start + size, number + count, 0
            rest += len(chunk) - end
            if rest > MAX_LINE and not self._broken:
                self._broken = _too_long(self.name, number)
        if rest and not self._broken:
            where = f"{self.name} line {number}"
            self._broken = Failure(where, "the last line is not ended by LF")

    def blocks(self) -> Iterator[Block]:
        """The member's lines, every one ended by LF."""
        for block in self._blocks:
            yield block
            self._told(self.name, block.start + block.size - self._start, self.size)
        if self._broken:
            raise self._broken

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Line numbers from 1 and lines without their LF."""
        for block in self.blocks():
            yield from block.lines()

    def count(self) -> int:
        """How many lines there are, up to one that is too long."""
        return sum(block.count for block in self._blocks)


class Container:
    """The ten members of a record whose container is exactly as the rules give it."""

    def __init__(self, file: BinaryIO, told: Progress) -> None:
        self.size = file.seek(0, 2)
        self._file, self._told = file, told
        self._members: dict[str, Member] = {}
        self._hash = hashlib.sha256()
        if self.size >= 1 << 32:
            raise Failure("zip", "larger than a zip without zip64 can be")
        self._read_members()
        self.sha256 = self._hash.hexdigest()

    def __getitem__(self, name: str) -> Member:
        return self._members[name]

    def _read_members(self) -> None:
        """Headers, sizes and directory first, which are a few hundred bytes; then every byte."""
        crcs, end = self._read_headers()
        for member, crc in zip(self._members.values(), crcs, strict=True):
            self._hash.update(_local(member.name.encode(), crc, member.size))
            self._check_crc(member, crc)
        self._hash.update(end)

    def _read_headers(self) -> tuple[list[int], bytes]:
        """The members' CRC-32, and the bytes of the directory."""
        offset, directory, crcs = 0, b"", list[int]()
        for name in NAMES:
            crc, size = self._read_header(name, offset)
            _check_size(name, size)
            directory += _central(name.encode(), crc, size, offset)
            start = offset + len(_local(name.encode(), 0, 0))
            offset = start + size
            if offset > self.size:
                raise Failure(name, "the file ends within this member")
            self._members[name] = Member(self._file, name, start, size, self._told)
            crcs.append(crc)
        end = directory + _end(len(NAMES), len(directory), offset)
        self._check_end(offset, end)
        return crcs, end

    def _read_header(self, name: str, offset: int) -> tuple[int, int]:
        length = len(_local(name.encode(), 0, 0))
        self._file.seek(offset)
        header = self._file.read(length)
        if len(header) < length:
            raise Failure(name, "the file ends before this member")
        crc, size = struct.unpack_from("<II", header, 14)
        if header != _local(name.encode(), crc, size):
            raise Failure(name, f"no such header at byte {offset} as the format asks for")
        return crc, size

    def _check_crc(self, member: Member, crc: int) -> None:
        found = 0
        for chunk in member.scan():
            found = zlib.crc32(chunk, found)
            self._hash.update(chunk)
        if found != crc:
            raise Failure(member.name, "the CRC-32 is not that of the member's bytes")

    def _check_end(self, offset: int, expected: bytes) -> None:
        self._file.seek(offset)
        if self._file.read(len(expected) + 1) != expected:
            raise Failure("zip directory", f"the bytes from {offset} on are not those asked for")
