"""The catalogues as a module of the tablets' page: every language that there is, for every tablet.

Only sentences that the tablets' own modules say are in it. Each tablet holds all languages before
anyone chooses one, so that no request, header or cache tells what a deputy reads.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from io import BytesIO

from babel.messages.extract import extract
from flask import Flask
from flask_babel import force_locale, gettext

from voting.web.language import FIRST

MARK = {"t": None}  # what a sentence of the tablets' modules stands in


def module(app: Flask, scripts: Iterable[bytes]) -> bytes:
    """The text of static/js/tablet/catalogues.js with the sentences of these scripts."""
    said = sorted({words for script in scripts for words in sentences(script)})
    languages: dict[str, str] = app.extensions["languages"]
    with app.app_context():
        value = {
            code.replace("_", "-"): {"name": name, "words": _catalogue(code, said)}
            for code, name in languages.items()
            if code != FIRST
        }
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return f"export const CATALOGUES = {text};\n".encode()


@cache  # finding them is half the time that an app takes to make
def sentences(script: bytes) -> tuple[str, ...]:
    """What a script says."""
    return tuple(str(found[1]) for found in extract("javascript", BytesIO(script), MARK))


def _catalogue(code: str, said: list[str]) -> dict[str, str]:
    with force_locale(code):
        return {words: other for words in said if (other := gettext(words)) != words}
