"""What must hold after every round, whatever happened in it."""

from __future__ import annotations

import io
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.torture.crowd import Notes
from voting.core.encoding import Json, parse_json, text_lines

ALL = (
    "every receipt that was given is on the board",
    "every promise that was given is on the roll",
    "no deputy has two ballots, and each has the one that was cast",
    "every check-in that was acknowledged is in the log",
    "the record verifies (`python -m voting.verify`, exit status 0)",
    "who was refused saw a reason, and nobody an error of the server (500)",
    "the databases are whole (`PRAGMA integrity_check`)",
)


@dataclass(frozen=True, slots=True)
class Places:
    """Where a record may be written, and where the instance lies."""

    folder: Path
    instance: Path


def broken(record: bytes, notes: Notes, meeting: str, deputies: int, places: Places) -> list[str]:
    """What does not hold of the record of a vote in which all deputies have cast."""
    with zipfile.ZipFile(io.BytesIO(record)) as file:
        members = {name: file.read(name) for name in file.namelist()}
    return [
        *_promised(members, notes, meeting),
        *_counted(members, notes, deputies),
        *_verified(record, notes, places.folder),
        *_whole(places.instance),
    ]


def _promised(members: dict[str, bytes], notes: Notes, meeting: str) -> Iterator[str]:
    board = {line.decode() for line in text_lines(members["board.txt"])}
    for receipt in sorted(notes.receipts - board):
        yield f"a receipt is not on the board: {receipt}"
    if lost := notes.promised - set(members["roll.jsonl"].splitlines()):
        yield f"{len(lost)} promised lines are not on the roll"
    logged = {
        entry["deputy"]
        for entry in _lines(members["log.jsonl"])
        if entry["event"] == "checked_in" and entry["meeting"] == meeting
    }
    if lost_names := notes.checked_in - logged:
        yield f"{len(lost_names)} acknowledged check-ins are not in the log"


def _counted(members: dict[str, bytes], notes: Notes, deputies: int) -> Iterator[str]:
    issued = [line["deputy"] for line in _lines(members["issuances.jsonl"])]
    if len(set(issued)) != len(issued):
        yield "a deputy was issued two ballots"
    counts = [len(issued), *(len(_lines(members[f"{name}.jsonl"])) for name in ("roll", "ballots"))]
    if [*counts, len(notes.receipts)] != [deputies] * 4:
        yield f"{deputies} deputies; issued, roll, ballots, receipts: {counts}, {notes.receipts}"


def _lines(data: bytes) -> list[Json]:
    return [parse_json(line) for line in data.splitlines()]


def _verified(record: bytes, notes: Notes, folder: Path) -> Iterator[str]:
    path = folder / "record.zip"
    path.write_bytes(record)
    receipt = min(notes.receipts)
    done = subprocess.run(
        [sys.executable, "-m", "voting.verify", str(path), "--receipt", receipt[:20]],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        yield f"the record does not verify: {done.stdout}{done.stderr}"


def _whole(instance: Path) -> Iterator[str]:
    for path in (instance / "piaojue.db", *(instance / "issuer").glob("*.db")):
        database = sqlite3.connect(path)
        found = [row[0] for row in database.execute("PRAGMA integrity_check")]
        database.close()
        if found != ["ok"]:
            yield f"{path.name}: {found}"
