"""An instance of one's own, in this process: pages up to 发票 need no issuer."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.test import TestResponse

from tests.passwords import QUICK
from tests.world import new_app
from voting import db
from voting.app import create_app
from voting.config import Config
from voting.models.office import Person
from voting.web import auth
from voting.web.audience import ROLE_NAMES

PASSWORD = "correct horse"
HASHED = QUICK.hash(PASSWORD)
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Compiled(BytecodeCache):
    """The templates, compiled once for all apps of this process."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if kept := self._kept.get(bucket.key + bucket.checksum):
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key + bucket.checksum] = bucket.bytecode_to_string()


COMPILED = Compiled()


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


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """A guess costs a fifth of a second, and nearly every test logs somebody in."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auth, "_hasher", QUICK)
        yield


@pytest.fixture(scope="session")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new instance with an official of every role."""
    folder = tmp_path_factory.mktemp("made") / "instance"
    with new_app(folder).app_context():
        with db.writing() as session:
            for role, name in ROLE_NAMES.items():
                session.add(Person(login=role, name=name, role=role, password=HASHED))
        db.db.engine.dispose()
    return folder


@pytest.fixture
def app(instance: Path, tmp_path: Path) -> Iterator[Flask]:
    """A server on a copy of it: to make it anew is most of the time that a test takes."""
    shutil.copytree(instance, tmp_path, dirs_exist_ok=True)
    app = create_app(Config(tmp_path))
    app.jinja_env.bytecode_cache = COMPILED
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
