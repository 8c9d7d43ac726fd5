"""A whole vote with simulated people: officials at their pages, deputies at their tablets.

The officials prepare from the same files and print the same cards as real ones; the deputies' card
numbers are read off the printed page, which is the only place that has them.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TypeVar

from voting.client.hall import Hall
from voting.client.host import Host
from voting.client.http import Http
from voting.client.official import Official
from voting.client.tablet import Tablet
from voting.core.messages import Marks

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
OFFICIALS = {
    "secretariat": "秘书处",
    "presidium": "主席团",
    "scrutineer": "监票人",
    "auditor": "审计",
}
TWO_PEOPLE = ("presidium", "scrutineer")
AT_ONCE = 16  # tablets that act at the same moment
_DIGITS = re.compile(r'class="card-digits">((?:<span>[0-9]{5}</span>){8})<')
_PASSWORD = re.compile(r'id="password">([^<]+)<')
_PROJECTS = re.compile(r'action="/office/polls/([0-9]+)/projects"')


class People(dict[str, Official]):
    """The officials by their roles; each logs in when first needed."""

    def __init__(self, host: Host, passwords: dict[str, str]) -> None:
        """Nobody yet."""
        super().__init__()
        self._host, self._passwords = host, passwords

    def __missing__(self, role: str) -> Official:
        self[role] = Official(self._host.base, role, self._passwords[role])
        return self[role]


@dataclass(slots=True)
class Rehearsal:
    """One congress on a host of one's own, and the people in it."""

    host: Host
    http: Http = field(init=False)
    passwords: dict[str, str] = field(default_factory=dict)
    people: People = field(init=False)
    cards: list[str] = field(default_factory=list)
    _meetings: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        """All of them are away until they are asked for."""
        self.people = People(self.host, self.passwords)

    def begin(self, log: Path) -> None:
        """Make the instance, start the server, give every official an account."""
        self.make()
        self.start(log)

    def make(self, *options: str) -> None:
        """Make the instance."""
        congress = ("qingshi-18", "青石县人民代表大会", "第十八届")
        self.passwords["admin"] = self.host.init(*congress, *options)

    def start(self, log: Path) -> None:
        """Start the server, give every official an account."""
        self.go_on(log)
        for role, name in OFFICIALS.items():
            values = {"login": role, "name": name, "role": role}
            found = _PASSWORD.search(self.people["admin"].fill("/accounts", "/accounts", values))
            assert found is not None
            self.passwords[role] = found.group(1)

    def go_on(self, log: Path) -> None:
        """Start the server of an instance whose officials have accounts."""
        self.host.start(log)
        self.http = Http(self.host.base)

    @property
    def secretary(self) -> Official:
        """The official who prepares."""
        return self.people["secretariat"]

    def open_meeting(self, title: str, date: str) -> None:
        """Open a meeting, at which deputies check in."""
        values = {"id": f"meeting-{next(self._meetings)}", "title": title, "date": date}
        self.secretary.fill("/office", "/office/meeting", values)

    def import_roster(self, data: bytes) -> None:
        """Import the roster and print the cards; the deputies then hold them."""
        self._import("/office/roster", data)
        sheet = self.secretary.fill("/office", "/office/cards", {})
        self.cards = [re.sub(r"[^0-9]", "", found) for found in _DIGITS.findall(sheet)]

    def draft(self, title: str, form: str, seats: int | None, reserve: int, projects: bytes) -> int:
        """Draft a poll with its projects; returns its number."""
        values = {"title": title, "form": form, "reserve": str(reserve)}
        values["seats"] = "" if seats is None else str(seats)
        page = self.secretary.fill("/office/polls/new", "/office/polls", values)
        poll = int(_PROJECTS.findall(page)[0])
        self._import(f"/office/polls/{poll}/projects", projects)
        return poll

    def _import(self, path: str, data: bytes) -> None:
        preview = self.secretary.fill(path, path, {}, {"file": data})
        self.secretary.confirm(preview, f"{path}/commit")

    def step(self, poll: int, name: str, reason: str = "") -> None:
        """Take a step: one person where that is enough, else two of two roles."""
        page, action = f"/polls/{poll}", f"/polls/{poll}/steps/{name}"
        values = {"reason": reason} if reason else {}
        for role in takers(name):
            self.people[role].fill(page, action, values)

    def tablets(self, cards: Iterable[str] | None = None) -> list[Tablet]:
        """A tablet for each card, which share what all tablets see alike."""
        hall = Hall(self.http)
        return [Tablet(self.http, card, hall=hall) for card in cards or self.cards]

    def record(self, poll: int) -> bytes:
        """The record, as an auditor receives it."""
        return self.people["auditor"].download("/records", f"/records/{poll}.zip")


T = TypeVar("T")


def takers(step: str) -> tuple[str, ...]:
    """The roles that take a step."""
    return TWO_PEOPLE[:1] if step in ("define", "register", "freeze") else TWO_PEOPLE


def together(act: Callable[[T], object], people: list[T], tell: Callable[[], object]) -> None:
    """Let all do the same, `AT_ONCE` at a time; `tell` is called after each one."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in pool.map(act, people):
            tell()


def some_marks(items: int, seats: int) -> Marks:
    """A ballot as deputies fill them in: mostly the first ones, now and then blank."""
    if secrets.randbelow(40) == 0:
        return [None] * items
    order = sorted(range(items), key=lambda item: item + secrets.randbelow(items))
    chosen = set(order[: seats - secrets.randbelow(3)])
    return [0 if item in chosen else None for item in range(items)]
