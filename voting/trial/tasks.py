"""The tasks of a trial: on which tablet which marks are cast; and the record held against them."""

from __future__ import annotations

import base64
import secrets
import zipfile
from dataclasses import dataclass
from pathlib import Path

from voting.core import messages
from voting.core.encoding import Json, b64, fields, jcs, parse_jcs, text_lines, unb64
from voting.core.errors import Malformed
from voting.core.messages import Marks
from voting.core.poll import Definition
from voting.core.trial import some_ballot
from voting.verify import verify

CODE = 20  # base32 characters that a receipt shows of its tracker


@dataclass(frozen=True, slots=True)
class Tasks:
    """poll: its hash, 32 bytes. marks: by tablet, numbered from 1."""

    poll: bytes
    marks: dict[int, Marks]

    def to_bytes(self) -> bytes:
        """The file's bytes."""
        listed = [{"marks": marks, "tablet": tablet} for tablet, marks in self.marks.items()]
        return jcs({"poll": b64(self.poll), "tasks": listed})

    @classmethod
    def parse(cls, data: bytes) -> Tasks:
        """The tasks of a file; else `Malformed`."""
        poll, listed = fields(parse_jcs(data), {"poll": str, "tasks": list})
        pairs = [fields(task, {"marks": list, "tablet": int}) for task in listed]
        return cls(unb64(poll, 32), {tablet: marks for marks, tablet in pairs})


def draw(definition: Definition, tablets: int, tried: int) -> Tasks:
    """Draw so many of the tablets, and a ballot for each."""
    numbers = sorted(secrets.SystemRandom().sample(range(1, tablets + 1), tried))
    items = len(definition.items)
    marks = {n: some_ballot(definition.scale, items, secrets.randbelow) for n in numbers}
    return Tasks(definition.poll_hash, marks)


def compare(tasks: Tasks, record: Path, codes: dict[int, str]) -> dict[int, str]:
    """What is wrong, by tablet: nothing where its ballot stands in the record with its marks.

    `codes` are the receipts' first 20 characters by tablet. `Malformed` where the record is not
    good or is another poll's.
    """
    report = verify(record)
    if not report.good:
        step, why = report.failed_step, report.reason
        raise Malformed("bad_record", "记录未通过核验：第 %(step)s 步，%(why)s", step=step, why=why)
    found = _ballots(record, tasks.poll)
    return {n: _wrong(found, codes.get(n, ""), marks) for n, marks in tasks.marks.items()}


def _ballots(record: Path, poll: bytes) -> dict[str, Json]:
    """The marks in a record by the receipt's code."""
    with zipfile.ZipFile(record) as archive:
        definition = Definition.parse(archive.read("definition.json"))
        lines = text_lines(archive.read("ballots.jsonl"))
    if definition.poll_hash != poll:
        raise Malformed("other_poll", "这不是试投那次表决的记录，核验码不同。")
    ballots = [parse_jcs(line) for line in lines]
    return {_code(poll, ballot): ballot["marks"] for ballot in ballots}


def _code(poll: bytes, ballot: Json) -> str:
    parts = unb64(ballot["key"], 65), unb64(ballot["sig"], 64), messages.marks(ballot["marks"])
    return base64.b32encode(messages.tracker(poll, *parts)).decode()[:CODE]


def _wrong(found: dict[str, Json], code: str, marks: Marks) -> str:
    code = code.upper().replace("-", "").replace(" ", "")
    if len(code) != CODE:
        return "没有回执号"
    if code not in found:
        return "记录中没有这张票"
    return "" if found[code] == list(marks) else "记录中的选择与任务单不同"
