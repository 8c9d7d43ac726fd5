"""The record: one zip with exactly ten members, the same bytes whenever it is exported.

Protocol section 5. The log in it ends at the checkpoint of this poll's `result_published`, so what
the congress does later does not change the record; a witness that lags adds its lines later.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from voting.core.encoding import join_lines
from voting.core.errors import Refused
from voting.core.phases import Phase
from voting.core.poll import Witness
from voting.models.box import Ballot
from voting.models.office import Issuance, LogCheckpoint, LogEntry, Poll
from voting.steps import log, polls, publish, register, release, witnesses

README = Path(__file__).with_name("record_readme.txt")


def write_record(session: Session, poll: Poll, file: BinaryIO) -> None:
    """Write the record of a published poll to an empty file that can seek."""
    if poll.phase != Phase.PUBLISHED:
        raise Refused("not_published", "结果公布以后才能导出记录。")
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, data in _members(session, poll):
            archive.writestr(_member(name), data)


def fingerprint(session: Session, poll: Poll) -> tuple[str, int]:
    """SHA-256 in hex and size in bytes of a published poll's record, whenever it is written."""
    with TemporaryFile() as file:
        write_record(session, poll, file)
        size = file.tell()
        file.seek(0)
        return hashlib.file_digest(file, "sha256").hexdigest(), size


def _member(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.create_system = 3  # Unix
    info.create_version = info.extract_version = 20
    info.external_attr = 0o100644 << 16
    return info


def _members(session: Session, poll: Poll) -> Iterator[tuple[str, bytes]]:
    hash_, definition = polls.defined(poll)
    published = log.latest(session, hash_, "result_published")
    assert published is not None  # the phase says so
    yield "README.txt", README.read_bytes()
    yield "definition.json", poll.definition or b""
    yield "roster.jsonl", poll.roster or b""
    yield "issuances.jsonl", join_lines(_issuances(session, poll))
    yield "roll.jsonl", join_lines(register.roll_lines(session, hash_))
    yield "ballots.jsonl", join_lines(_ballots(session, hash_))
    yield "log.jsonl", join_lines(_log(session, published.seq))
    yield "checkpoints.txt", _checkpoints(session, published.seq + 1, definition.witnesses)
    yield "result.json", poll.result or b""
    yield "board.txt", publish.board(session, poll)


def _issuances(session: Session, poll: Poll) -> list[bytes]:
    mine = select(Issuance.line).where(Issuance.poll == poll.id, Issuance.epoch == poll.epoch)
    return list(session.scalars(mine.order_by(Issuance.seq)))


def _ballots(session: Session, poll: bytes) -> list[bytes]:
    rows = select(Ballot.batch, Ballot.key, Ballot.marks, Ballot.sig).where(Ballot.poll == poll)
    ballots = session.execute(rows.order_by(Ballot.key_hash))
    return [release.ballot_line(*ballot) for ballot in ballots]


def _log(session: Session, last: int) -> list[bytes]:
    rows = select(LogEntry.entry).where(LogEntry.seq <= last).order_by(LogEntry.seq)
    return list(session.scalars(rows))


def _checkpoints(session: Session, size: int, named: Sequence[Witness]) -> bytes:
    rows = select(LogCheckpoint).where(LogCheckpoint.size <= size).order_by(LogCheckpoint.size)
    notes = [witnesses.cosigned(session, note, named) for note in session.scalars(rows)]
    return "\n".join(notes).encode()
