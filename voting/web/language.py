"""The languages of the pages: Chinese first; others have a catalogue, and stand in the address.

Chinese is what the code itself says. Another language is a folder with a catalogue: those of the
product in `voting/translations`, a congress's own in its `instance/translations`. A page is asked
for in one by `?lang=en`, which all its links then carry: nothing is stored, no cookie is needed,
and what tablets send never says which language somebody reads.
"""

from __future__ import annotations

from gettext import GNUTranslations
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from babel import Locale
from flask import Flask, current_app, request
from flask_babel import Babel, get_locale, gettext

from voting.core.encoding import Json
from voting.core.text import Text, text

FIRST, FIRST_NAME = "zh", "中文"
OWN_NAME = text("本语言的名称")  # which each catalogue translates by its own language's name
OWN = Path(__file__).resolve().parents[1] / "translations"
SILENT = ("static", "tablet")  # blueprints whose addresses are the same in every language


def install(app: Flask, more: Path) -> None:
    """Let pages speak the languages that have a catalogue in the product's folder or in `more`."""
    Babel(  # type: ignore[no-untyped-call]
        app,
        default_locale=FIRST,
        default_translation_directories=f"{OWN};{more}",
        default_domain="messages;messages",
        locale_selector=chosen,
    )
    known = app.extensions["languages"] = languages(OWN, more)
    app.jinja_env.filters["said"] = said
    app.jinja_env.globals["speech"] = SimpleNamespace(
        all=known, chosen=chosen, tag=tag, direction=direction, address=in_language
    )
    app.url_defaults(_carry)


def languages(*folders: Path) -> dict[str, str]:
    """The languages there are, by code, each by its own name."""
    found = {FIRST: FIRST_NAME}
    for path in sorted(path for folder in folders for path in folder.glob("*/*/messages.mo")):
        with path.open("rb") as file:
            name = GNUTranslations(file).gettext(OWN_NAME)
        code = str(Locale.parse(path.parents[1].name))  # a folder that is no language: no start
        found[code] = name if name != OWN_NAME else found.get(code, code)
    return found


def chosen() -> str:
    """The code of the language that this request asks for; Chinese where it asks for none."""
    code = request.args.get("lang", FIRST) if request else FIRST
    return code if code in _known() else FIRST


def _known() -> dict[str, str]:
    known: dict[str, str] = current_app.extensions["languages"]
    return known


def _carry(endpoint: str, values: dict[str, Any]) -> None:
    """Every link of a page leads to a page in the same language."""
    if request and chosen() != FIRST and endpoint.partition(".")[0] not in SILENT:
        values.setdefault("lang", chosen())


def in_language(code: str) -> str:
    """The address of this very page in another language."""
    rest = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return _address(request.path, code, rest)


def carried(path: str) -> str:
    """A path of this server, in the language of this request."""
    return _address(path, chosen(), [])


def _address(path: str, code: str, rest: list[tuple[str, str]]) -> str:
    query = urlencode(rest if code == FIRST else [*rest, ("lang", code)])
    return f"{path}?{query}" if query else path


def tongue() -> Locale:
    """The language of this page."""
    locale: Locale | None = get_locale()
    return locale or Locale.parse(FIRST)


def formats() -> Locale:
    """How this page writes dates and numbers: English as the world does, not as the USA do."""
    return Locale.parse("en_001") if str(tongue()) == "en" else tongue()


def tag(code: str) -> str:
    """A language's code as HTML writes it (BCP 47)."""
    return code.replace("_", "-")


def direction() -> str:
    """Which way the lines of this page run; a vertical script is set in rows from the left."""
    return "rtl" if tongue().character_order == "right-to-left" else "ltr"


def said(words: str) -> str:
    """Words of the product in the page's language; words of people stay as they are."""
    if not words:
        return words  # a catalogue's entry for '' is its own head
    if not isinstance(words, Text):
        return str(gettext(words))
    made = str(gettext(words.template))
    return made % said_in(dict(words.values)) if words.values else made


def said_in(value: Json) -> Json:
    """A value with each `Text` in it said; its other strings are people's words or programs'."""
    match value:
        case Text():
            return said(value)
        case dict():
            return {name: said_in(part) for name, part in value.items()}
        case list() | tuple():
            return [said_in(part) for part in value]
        case _:
            return value
