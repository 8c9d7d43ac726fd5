"""The sheets as one page that needs nothing else: no server's style, no script, no network."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from voting.cards.sheet import PrintedCard
from voting.core.rehearsal import is_one

_ROOT = Path(__file__).resolve().parents[2]
_STYLES = ("base.css", "cards.css", "print.css", "rehearsal.css")


def render(congress: str, title: str, sheets: list[list[PrintedCard]], fingerprint: str) -> bytes:
    """The page; `title` stands on every card, `fingerprint` on the first sheet."""
    loader = FileSystemLoader(_ROOT / "templates")
    template = Environment(loader=loader, autoescape=True).get_template("print/zh/offline.html")
    styles = {name: (_ROOT / "static" / "css" / name).read_text("utf-8") for name in _STYLES}
    return template.render(
        title=title,
        rehearsal=is_one(congress),
        sheets=sheets,
        count=sum(map(len, sheets)),
        fingerprint=fingerprint,
        screen=styles["base.css"] + styles["cards.css"] + styles["rehearsal.css"],
        paper=styles["print.css"],
    ).encode()
