"""An official at a browser, simulated: logs in, fills in the forms that the pages offer.

What a page does not offer, an official cannot do either: every request is made from a form that
was found on a page, with its hidden fields.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import urllib3

Body = list[tuple[str, str | tuple[str, bytes, str]]]


@dataclass(slots=True)
class Form:
    """A form of a page: where it goes, and the fields that are filled in already."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get").lower()))
        elif tag == "input" and self.forms and given.get("type") == "hidden":
            self.forms[-1].fields[given.get("name", "")] = given.get("value", "")


class Refusal(Exception):
    """The server refused what the official asked for; the message is the page's."""


class Official:
    """One official with a session of their own."""

    def __init__(self, base: str, login: str, password: str) -> None:
        """Log in at `base`; raises `Refusal`."""
        self._base = base
        self.cookies: dict[str, str] = {}
        self._http = urllib3.PoolManager(num_pools=1, maxsize=2)
        self.login = login
        self.fill("/login", "/login", {"login": login, "password": password})

    @property
    def cookie(self) -> str:
        """All cookies, as they are sent."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def get(self, path: str) -> str:
        """The page at `path`."""
        return self.fetch("GET", path).decode()

    def fill(
        self, path: str, action: str, values: dict[str, str], files: dict[str, bytes] | None = None
    ) -> str:
        """On the page at `path`, fill in and send the form that goes to `action`."""
        body: Body = [*_form(self.get(path), action).fields.items(), *values.items()]
        for name, data in (files or {}).items():
            body.append((name, (f"{name}.csv", data, "text/csv")))
        return self.fetch("POST", action, body).decode()

    def confirm(self, page: str, action: str) -> str:
        """Send the form that goes to `action` as it stands on a page that was answered."""
        return self.fetch("POST", action, [*_form(page, action).fields.items()]).decode()

    def download(self, path: str, action: str) -> bytes:
        """Send the form that goes to `action` as it stands; the file that comes back."""
        return self.fetch("POST", action, [*_form(self.get(path), action).fields.items()])

    def fetch(self, method: str, path: str, body: Body | None = None) -> bytes:
        """The bytes of an answer, redirects followed; raises `Refusal`."""
        content, kind = (None, "") if body is None else urllib3.encode_multipart_formdata(body)
        headers = {"Cookie": self.cookie} | ({"Content-Type": kind} if kind else {})
        response = self._http.request(
            method, self._base + path, body=content, headers=headers, redirect=False
        )
        for cookie in response.headers.getlist("Set-Cookie"):
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        if response.status in (302, 303):
            return self.fetch("GET", response.headers["Location"])
        if response.status != 200:
            raise Refusal(f"{method} {path}: {response.status} {_message(response.data)}")
        return response.data


def _form(page: str, action: str) -> Form:
    parser = _Forms()
    parser.feed(page)
    for form in parser.forms:
        if form.action.split("?")[0] == action:
            return form
    raise Refusal(f"the page offers no form for {action}")


def _message(page: bytes) -> str:
    """What a page says in its alert, or its beginning."""
    text = page.decode("utf-8", "replace")
    alert = re.search(r'role="alert"[^>]*>(.*?)</', text, re.DOTALL)
    return re.sub(r"<[^>]+>|\s+", " ", alert.group(1) if alert else text[:300]).strip()
