"""What the screens say, they can say in every language that has a catalogue."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_keywords
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

ROOT = Path(__file__).resolve().parents[1]
CHINESE = re.compile(r"[\u3400-\u9fff]")
WIDE = re.compile(r"[‘’“”…]")
HOLES = re.compile(r"%\((\w+)\)s|\{(\w+)\}")
MARKS = {"text", "gettext", "_", "Refused", "Malformed", "Forbidden", "Unknown", "Unavailable"}
MARKS |= {"require"}
# What code looks for in names, and what a language calls itself, is the same in all languages.
PIECES = re.compile(r"^(人民代表大会|届|中文|【彩排】|\(\[0-9\]\{4\}\)\\s\*年)$")
# Official documents are signed in Chinese, whatever language the page around them speaks.
DOCUMENTS = ROOT / "templates" / "print" / "zh"
TEMPLATES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "templates").rglob("*.html")
    if path.parent != DOCUMENTS
)
CODE = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("core", "issuer", "sheets", "steps", "web")
    for path in (ROOT / "voting" / folder).rglob("*.py")
)
# What offices write in their files: data, Chinese whatever language the pages speak.
OFFICES = {f"voting/sheets/{name}.py" for name in ("amounts", "blanks", "offices")}


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
        assert not WIDE.search(message.string), f"as wide as 中 in a Chinese font: {message.string}"


def test_the_catalogue_has_all_that_code_and_pages_say() -> None:
    marks = re.findall(r"-k (\S+)", (ROOT / "Makefile").read_text())
    keywords = {**DEFAULT_KEYWORDS, **parse_keywords(marks)}
    with (ROOT / "pyproject.toml").open("rb") as file:
        mappings = tomllib.load(file)["tool"]["babel"]["mappings"]
    ways = [(mapping["pattern"], mapping["method"]) for mapping in mappings]
    found = extract_from_dir(ROOT, method_map=ways, keywords=keywords)
    said = {words for _, _, words, _, _ in found if isinstance(words, str)}
    assert said - {message.id for message in catalogue("en")} == set(), "make words"


@pytest.mark.parametrize("path", TEMPLATES)
def test_no_page_holds_a_word_that_no_catalogue_can_find(path: str) -> None:
    tree = Environment(extensions=["jinja2.ext.i18n"]).parse((ROOT / path).read_text())
    assert [words for words in _plain(tree) if CHINESE.search(words)] == []


def _plain(node: nodes.Node) -> Iterator[str]:
    """The words of a template under a node that are not said by `_`, in its text or its code."""
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.TemplateData):
            yield child.data.strip()
        elif isinstance(child, nodes.Const) and isinstance(child.value, str):
            yield child.value
        elif isinstance(child, nodes.Call) and isinstance(child.node, nodes.Name):
            marked = child.node.name == "_" and isinstance(child.args[0], nodes.Const)
            parts = child.kwargs if marked else [*child.args, *child.kwargs]
            for part in parts:
                yield from _plain(nodes.Tuple([part], "load"))
        else:
            yield from _plain(child)


@pytest.mark.parametrize("path", CODE)
def test_no_code_holds_a_sentence_that_no_catalogue_can_find(path: str) -> None:
    if path not in OFFICES:
        tree = ast.parse((ROOT / path).read_text())
        assert list(_unmarked(tree)) == []


def _unmarked(node: ast.AST) -> Iterator[str]:
    """The Chinese literals under a node that no marking function is called with."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue  # a docstring
        if isinstance(child, ast.Call) and _name(child.func) in MARKS:
            computed = [part for part in child.args if not isinstance(part, ast.Constant)]
            for part in (*computed, *child.keywords):
                yield from _unmarked(ast.Tuple([part]))
        elif isinstance(child, ast.Constant):
            if isinstance(child.value, str) and CHINESE.search(PIECES.sub("", child.value)):
                yield child.value
        else:
            yield from _unmarked(child)


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
