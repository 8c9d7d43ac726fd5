"""The languages of the pages: Chinese first; others have a catalogue, and stand in the address.

Chinese is what the code itself says. Another language is a folder with a catalogue: those of the
product in `voting/translations`, a congress's own in its `instance/translations`. A page is asked
for in one by `?lang=en`, which all its links then carry: nothing is stored, no cookie is needed,
and what tablets send never says which language somebody reads.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from babel import Locale
from flask import Flask, current_app, request
from flask_babel import Babel, get_locale, gettext

from voting.core.text import Text

FIRST = "zh"
OWN = Path(__file__).resolve().parents[1] / "translations"


def install(app: Flask, more: Path) -> None:
    """Let pages speak the languages that have a catalogue in the product's folder or in `more`."""
    Babel(
        app,
        default_locale=FIRST,
        default_translation_directories=f"{OWN};{more}",
        default_domain="messages;messages",
        locale_selector=chosen,
    )
    app.extensions["languages"] = languages(OWN, more)
    app.jinja_env.filters["said"] = said
    known = app.extensions["languages"]
    app.jinja_env.globals.update(tongue=tongue, languages=known, in_language=in_language)
    app.url_defaults(_carry)


def languages(*folders: Path) -> dict[str, str]:
    """The languages there are, by code, each by its own name."""
    found = {path.parents[1].name for folder in folders for path in folder.glob("*/*/messages.mo")}
    codes = [FIRST, *sorted(found)]
    return {code: Locale.parse(code).get_display_name() or code for code in codes}


def chosen() -> str:
    """The code of the language that this request asks for; Chinese where it asks for none."""
    code = request.args.get("lang", FIRST)
    return code if code in _known() else FIRST


def _known() -> dict[str, str]:
    known: dict[str, str] = current_app.extensions["languages"]
    return known


def _carry(endpoint: str, values: dict[str, Any]) -> None:
    """Every link of a page leads to a page in the same language."""
    if request and chosen() != FIRST and endpoint != "static":
        values.setdefault("lang", chosen())


def in_language(code: str) -> str:
    """The address of this very page in another language."""
    rest = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    query = urlencode(rest if code == FIRST else [*rest, ("lang", code)])
    return f"{request.path}?{query}" if query else request.path


def tongue() -> Locale:
    """The language of this page, with its direction (`text_direction`)."""
    locale: Locale | None = get_locale()
    return locale or Locale.parse(FIRST)


def said(words: str) -> str:
    """Words of the product in the page's language; words of people stay as they are."""
    if not words:
        return words  # a catalogue's entry for '' is its own head
    if not isinstance(words, Text):
        return str(gettext(words))
    values = {name: said(v) if isinstance(v, str) else v for name, v in words.values.items()}
    made = str(gettext(words.template))
    return made % values if values else made
