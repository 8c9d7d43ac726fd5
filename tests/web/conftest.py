"""An instance of one's own, in this process: pages up to 发票 need no issuer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.world import new_app
from voting import db
from voting.models.office import Person
from voting.web.audience import ROLE_NAMES
from voting.web.auth import hash_password

PASSWORD = "correct horse"
HASHED = hash_password(PASSWORD)
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Browser:
    """An official's browser: it sends what the forms that it was given hold."""

    client: FlaskClient
    login: str = ""

    def get(self, path: str) -> TestResponse:
        return self.client.get(path)

    def send(self, page: str, action: str, **values: object) -> TestResponse:
        """Fill in a form of `page` that goes to `action`, with the hidden fields found there."""
        return self.confirm(self.client.get(page), action, **values)

    def confirm(self, page: TestResponse, action: str, **values: object) -> TestResponse:
        """Fill in a form of a page that was answered."""
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
        return self.client.post(action, data={**hidden, **values})


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    app = new_app(tmp_path)
    with app.app_context(), db.writing() as session:
        for role, name in ROLE_NAMES.items():
            session.add(Person(login=role, name=name, role=role, password=HASHED))
    yield app
    with app.app_context():
        db.db.engine.dispose()


@pytest.fixture
def browser(app: Flask) -> Callable[[str], Browser]:
    """Log somebody in; '' is for nobody."""

    def opened(login: str) -> Browser:
        browser = Browser(app.test_client(), login)
        if login:
            answer = browser.send("/login", "/login", login=login, password=PASSWORD)
            assert answer.status_code == 302
        return browser

    return opened
