"""What the screens say, they can say in every language that has a catalogue."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

ROOT = Path(__file__).resolve().parents[1]
CHINESE = re.compile(r"[\u3400-\u9fff]")
HOLES = re.compile(r"%\((\w+)\)s|\{(\w+)\}")
MARKS = {"text", "gettext", "_", "Refused", "Malformed", "Forbidden", "Unknown", "Unavailable"}
MARKS |= {"require"}
TEMPLATES = sorted(p.relative_to(ROOT).as_posix() for p in (ROOT / "templates").rglob("*.html"))
CODE = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("core", "issuer", "sheets", "steps", "web")
    for path in (ROOT / "voting" / folder).rglob("*.py")
)
# Still to be marked: this list only ever gets shorter.
UNMARKED: set[str] = {
    "templates/accounts/accounts.html",
    "templates/auditor/records.html",
    "templates/auth/login.html",
    "templates/base.html",
    "templates/desk.html",
    "templates/error.html",
    "templates/parts.html",
    "templates/poll/_items.html",
    "templates/poll/_step.html",
    "templates/poll/deputies.html",
    "templates/poll/poll.html",
    "templates/poll/polls.html",
    "templates/presidium/_hall.html",
    "templates/presidium/live.html",
    "templates/print/attendance.html",
    "templates/print/note.html",
    "templates/print/notice.html",
    "templates/print/paper.html",
    "templates/print/report.html",
    "templates/public/board.html",
    "templates/public/hall.html",
    "templates/public/home.html",
    "templates/public/results.html",
    "templates/scrutineer/desk.html",
    "templates/secretariat/cards.html",
    "templates/secretariat/office.html",
    "templates/secretariat/plan.html",
    "templates/secretariat/preview.html",
    "templates/secretariat/projects.html",
    "templates/secretariat/roster.html",
    "voting/core/forms.py",
    "voting/core/phases.py",
    "voting/core/poll.py",
    "voting/issuer/__main__.py",
    "voting/issuer/client.py",
    "voting/sheets/amounts.py",
    "voting/sheets/blanks.py",
    "voting/sheets/columns.py",
    "voting/sheets/csvfile.py",
    "voting/sheets/projects.py",
    "voting/sheets/reading.py",
    "voting/sheets/roster.py",
    "voting/sheets/workbook.py",
    "voting/steps/assist.py",
    "voting/steps/fleet.py",
    "voting/steps/prepare.py",
    "voting/steps/replace.py",
    "voting/web/accounts.py",
    "voting/web/audience.py",
    "voting/web/auth.py",
    "voting/web/bars.py",
    "voting/web/deputies.py",
    "voting/web/errors.py",
    "voting/web/hall.py",
    "voting/web/imports.py",
    "voting/web/outcome.py",
    "voting/web/papers.py",
    "voting/web/poll.py",
    "voting/web/presidium.py",
    "voting/web/public.py",
    "voting/web/scrutineer.py",
    "voting/web/secretariat.py",
    "voting/web/tables.py",
    "voting/web/words.py",
}


def catalogue(language: str) -> Catalog:
    path = ROOT / "voting" / "translations" / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        return read_po(file, locale=language)


def test_english_says_all_that_chinese_says_with_the_same_values() -> None:
    for message in catalogue("en"):
        if not message.id:
            continue
        assert message.string, f"not in English yet: {message.id}"
        assert set(HOLES.findall(message.id)) == set(HOLES.findall(message.string)), message.id
        assert not CHINESE.search(re.sub(r"「[^」]*」", "", message.string)), message.string


@pytest.mark.parametrize("path", TEMPLATES)
def test_no_page_holds_a_word_that_no_catalogue_can_find(path: str) -> None:
    if path not in UNMARKED:
        tree = Environment(extensions=["jinja2.ext.i18n"]).parse((ROOT / path).read_text())
        plain = [data.data.strip() for data in tree.find_all(nodes.TemplateData)]
        assert [words for words in plain if CHINESE.search(words)] == []


@pytest.mark.parametrize("path", CODE)
def test_no_code_holds_a_sentence_that_no_catalogue_can_find(path: str) -> None:
    if path not in UNMARKED:
        tree = ast.parse((ROOT / path).read_text())
        assert list(_unmarked(tree)) == []


def _unmarked(node: ast.AST) -> Iterator[str]:
    """The Chinese literals under a node that no marking function is called with."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue  # a docstring
        if isinstance(child, ast.Call) and _name(child.func) in MARKS:
            yield from (words for part in child.keywords for words in _unmarked(part))
        elif isinstance(child, ast.Constant):
            if isinstance(child.value, str) and CHINESE.search(child.value):
                yield child.value
        else:
            yield from _unmarked(child)


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
