"""The browser's verifier, run under Node, judges every record that these tests judge."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.records.builder import b64
from voting.verify import Anchors, Report

_SCRIPT = Path(__file__).with_suffix(".mjs")
TYPED = 0  # the step of what was typed: the page refuses a malformed value before it begins


class Second:
    """One process for all records of a session."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            ["node", str(_SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def judge(self, path: Path, anchors: Anchors | None = None) -> dict[str, Any]:
        """The report, as the page gets it."""
        report: dict[str, Any] = self._ask(record=str(path), typed=_typed(anchors or Anchors()))
        return report

    def decide(self, definition: Any, poll: str, turnout: Any, rows: Any, blank: int) -> bytes:
        """The bytes of result.json."""
        vote = {
            "definition": definition,
            "poll": poll,
            "turnout": turnout,
            "tally": {"rows": rows, "blank": blank},
        }
        return str(self._ask(decide=vote)).encode()

    def _ask(self, **question: Any) -> Any:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        self.process.communicate(timeout=10)


def available() -> bool:
    return shutil.which("node") is not None


def must_agree(first: Report, second: dict[str, Any], anchors: Anchors | None) -> None:
    """Two programs that share a document only come to the same verdict, at the same step."""
    if _forgiven(anchors or Anchors()):
        return
    step = None if second["good"] else second["step"]
    if anchors and step == TYPED:
        assert not first.good, (first, second)
    else:
        assert step == first.failed_step, (first, second)
    if step is not None:
        assert all(text and "{" not in text for text in second["words"]), second


def _typed(anchors: Anchors) -> dict[str, str]:
    return {
        "code": b64(anchors.poll_hash or b""),
        "logKey": b64(anchors.log_key or b""),
        "checkpoints": "\n".join(anchors.checkpoints),
        "receipts": "\n".join(anchors.receipts),
    }


def _forgiven(anchors: Anchors) -> bool:
    """The page takes fields as people fill them: empty, or without the last LF."""
    return "" in anchors.receipts or any(not note.endswith("\n") for note in anchors.checkpoints)
