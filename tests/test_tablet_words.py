"""What the tablets' own modules say, the catalogues can find."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.jslexer import Token, tokenize

ROOT = Path(__file__).resolve().parents[1]
CHINESE = re.compile(r"[\u3400-\u9fff]")
SCRIPTS = sorted(p.relative_to(ROOT).as_posix() for p in (ROOT / "static/js").rglob("*.js"))
# Still to be marked: this list only ever gets shorter.
UNMARKED = {"static/js/board/page.js", "static/js/hall.js", "static/js/live.js"}


@pytest.mark.parametrize("path", SCRIPTS)
def test_no_script_holds_a_sentence_that_no_catalogue_can_find(path: str) -> None:
    if path not in UNMARKED:
        assert list(unmarked((ROOT / path).read_text())) == []


def test_a_sentence_outside_of_its_mark_is_found() -> None:
    marked = 't("甲"); // 乙\n/** 丙 */ t("丁 {n}", { n })'
    assert list(unmarked(marked)) == []
    for loose in ('"甲"', "`${n} 乙`", 'say("丙")', 't(n, "丁")', "t(`戊`)", "{ 己: 1 }"):
        assert len(list(unmarked(loose))) == 1, loose


def unmarked(script: str) -> Iterator[str]:
    """The Chinese literals and names that are not the first argument of `t`."""
    before: list[Token] = []
    for token in tokenize(script, jsx=False):
        if token.type in ("linecomment", "multilinecomment"):
            continue
        marked = [part.value for part in before[-2:]] == ["t", "("] and token.type == "string"
        if CHINESE.search(token.value) and not marked:
            yield token.value
        before.append(token)
