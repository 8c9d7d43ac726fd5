"""What the pages share: the steps' services, the official who asks, rendering, conditional JSON."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Response, current_app, render_template, request
from flask_login import UserMixin, current_user

from voting.core.encoding import Json, jcs, sha256
from voting.models.office import Person
from voting.steps.services import Services
from voting.web import language, words
from voting.web.audience import ROLE_NAMES


@dataclass(frozen=True)
class Official(UserMixin):  # type: ignore[misc]  # its package has no types
    """An official who has logged in; `mark` changes with the password and ends older sessions."""

    id: int
    login: str
    name: str
    role: str
    mark: str

    def get_id(self) -> str:
        """What the session keeps."""
        return f"{self.id}:{self.mark}"

    @property
    def role_name(self) -> str:
        """The role, to be said."""
        return ROLE_NAMES[self.role]


def official(person: Person) -> Official:
    """A person of the database as the one who asks."""
    mark = sha256(person.password.encode()).hex()[:16]
    return Official(person.id, person.login, person.name, person.role, mark)


def asker() -> Official:
    """The official who sends this request, to a view that only officials reach."""
    person: Official = current_user._get_current_object()
    return person


def typed_reason() -> str:
    """What was typed as a reason, or ""; a form sends two characters for a line's end."""
    return request.form.get("reason", "").replace("\r\n", "\n")


def services() -> Services:
    """The log key and neighbours that steps work with."""
    made: Services = current_app.extensions["piaojue"]
    return made


def records_folder() -> Path:
    """Where exported records are written."""
    folder: Path = current_app.config["RECORDS"]
    return folder


def page(template: str, **context: Any) -> str:
    """A page for officials, with their name and their ways on it."""
    return render_template(template, words=words, asker=asker(), **context)


def public_page(template: str, **context: Any) -> str:
    """A page for everybody: it knows no session."""
    return render_template(template, words=words, **context)


def live(value: Json) -> Response:
    """JSON that is polled, in the page's language: 304 while it stays the same."""
    response = Response(jcs(language.said_in(value)), content_type="application/json")
    response.set_etag(sha256(response.get_data()).hex()[:32])
    response.make_conditional(request)
    return response
