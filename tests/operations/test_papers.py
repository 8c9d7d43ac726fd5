"""What operators are handed: the checklist, and units that keep the keys in memory."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from voting.web import checklist

ROOT = Path(__file__).resolve().parents[2]
UNITS = sorted((ROOT / "voting" / "deploy").glob("*.service"))
HARDENED = {
    "LimitCORE=0",
    "UMask=0077",
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    "PrivateTmp=yes",
    "SystemCallFilter=@system-service",
    "StateDirectoryMode=0700",
}


def test_the_checklist_on_paper_is_the_documents() -> None:
    lines = ["# 当天清单", "", "秘书处可以在“会议与名册”页打印这份清单。"]
    for title, items in checklist.PARTS:
        lines += ["", f"## {title}", "", *(f"- [ ] {item}" for item in items)]
    assert (ROOT / "docs" / "checklist.md").read_text("utf-8") == "\n".join([*lines, ""])


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_is_hardened_and_starts_what_there_is(path: Path) -> None:
    lines = path.read_text().splitlines()
    front = path.stem == "piaojue-nginx"  # which binds the ports of the web
    rights = "CAP_NET_BIND_SERVICE" if front else ""
    assert set(lines) >= HARDENED | {f"CapabilityBoundingSet={rights}"}
    (start,) = (line for line in lines if line.startswith("ExecStart="))
    if not front:
        (module,) = re.findall(r"(?:python:|-m )(voting\.\w+)", start)
        assert importlib.util.find_spec(module)


def test_there_is_a_unit_for_each_machine() -> None:
    names = {path.stem for path in UNITS}
    assert names == {"piaojue", "piaojue-issuer", "piaojue-nginx", "piaojue-witness"}
