"""What the documents say of the tests is so."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.records import book

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted((ROOT / "docs").rglob("*.md"))


@cache
def names() -> set[str]:
    """Every test that there is, and every program that make runs."""
    found = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        found |= {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        found |= {path.stem, path.name}
    return found


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_test_that_a_document_names_exists(path: Path) -> None:
    named = set(re.findall(r"`(test_\w+)`", path.read_text("utf-8")))
    assert named <= names()


def test_every_row_of_the_threat_model_names_what_plays_it() -> None:
    heads = r"attempt|pair|---|-+:|[0-9,]+ \||deputies"
    rows = re.findall(rf"^\| (?!{heads})(.*) \|$", THREATS, re.MULTILINE)
    assert len(rows) > 50
    for row in rows:
        last = row.split(" | ")[-1]
        assert re.search(r"`test_\w+`|`make attack`|not playable|not stopped", last), row


THREATS = (ROOT / "docs" / "threat-model.md").read_text("utf-8")


def test_the_attack_book_is_that_of_the_tests() -> None:
    assert (ROOT / "docs" / "attack-book.md").read_text("utf-8") == book.written()
    assert len(book.rows()) >= 60
    assert len({what for what, _, _ in book.rows()}) == len(book.rows())
