"""Who may call what: every route is tried by everybody who may not; no cookies for tablets."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import urllib3
from flask import Flask
from werkzeug.routing import Rule

from tests.world import a_poll, congress
from voting.app import create_app
from voting.client.rehearsal import Rehearsal
from voting.config import Config
from voting.web import audience
from voting.web.audience import PUBLIC, ROLES, TABLET, UndeclaredRoute, enforce

HOMES = dict.fromkeys(audience.OFFICIALS, "/polls") | {"admin": "/accounts", "auditor": "/records"}
EXAMPLES = {"name": "A" * 43, "event": "roll_frozen", "filename": "css/base.css", "size": 1}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    """A small congress with a poll that is defined."""
    with congress(tmp_path_factory.mktemp("doors"), 3) as made:
        a_poll(made)
        yield made


@pytest.fixture(scope="module")
def app(world: Rehearsal) -> Flask:
    """The same instance's application, to read its routes from."""
    return create_app(Config(world.host.instance))


def routes(app: Flask, anonymous: bool) -> Iterator[tuple[Rule, frozenset[str]]]:
    """The routes that anybody may call, or those that are for officials only."""
    for rule in app.url_map.iter_rules():
        who: frozenset[str] = app.view_functions[rule.endpoint].__audience__  # type: ignore[attr-defined]
        if bool(who & {PUBLIC, TABLET}) is anonymous:
            yield rule, who


def address(rule: Rule) -> str:
    """An address that the rule matches."""
    _, path = rule.build(
        {name: EXAMPLES.get(name, 1 if "id" in name else "A" * 43) for name in rule.arguments}
    ) or ("", "")
    return path


def methods(rule: Rule) -> list[str]:
    """What the rule answers, apart from what HTTP adds by itself."""
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def test_a_route_that_names_no_audience_does_not_start(world: Rehearsal) -> None:
    careless = Flask("careless")
    careless.add_url_rule("/secrets", "secrets", lambda: "everything")
    with pytest.raises(UndeclaredRoute, match="secrets"):
        enforce(careless)
    with pytest.raises(UndeclaredRoute):
        audience.audience("everyone")


def test_nobody_comes_in_without_an_account(world: Rehearsal, app: Flask) -> None:
    tried = 0
    for rule, _ in routes(app, anonymous=False):
        for method in methods(rule):
            answer = urllib3.request(
                method, world.host.base + address(rule), redirect=False, retries=False
            )
            tried += 1
            denied = answer.status == 302 and answer.headers["Location"].startswith("/login")
            assert denied or (method == "POST" and answer.status == 400), (method, rule.rule)
    assert tried >= 15


def test_nobody_comes_in_with_the_wrong_role(world: Rehearsal, app: Flask) -> None:
    tried = 0
    for role in ROLES:
        person = world.people[role]
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', person.get(HOMES[role]))
        assert token
        for rule, who in routes(app, anonymous=False):
            if role in who:
                continue
            for method in methods(rule):
                body = {"csrf_token": token.group(1)} if method == "POST" else None
                status = world_status(person, world, method, address(rule), body)
                tried += 1
                assert status == 403, (role, method, rule.rule, status)
    assert tried >= 40


def world_status(
    person: object, world: Rehearsal, method: str, path: str, fields: dict[str, str] | None
) -> int:
    """The status that an official with a session gets."""
    cookie = person._cookie  # type: ignore[attr-defined]
    answer = urllib3.request(
        method, world.host.base + path, headers={"Cookie": cookie}, fields=fields, redirect=False
    )
    return answer.status


def test_no_cookie_is_given_to_tablets_and_the_public(world: Rehearsal, app: Flask) -> None:
    tried = 0
    for rule, _ in routes(app, anonymous=True):
        if rule.rule == "/login":
            continue  # the only page before a session that needs one
        for method in methods(rule):
            cookie = {"Cookie": "session=eyJfdXNlcl9pZCI6IjEifQ.forged.x; other=1"}
            answer = urllib3.request(method, world.host.base + address(rule), headers=cookie)
            tried += 1
            assert "Set-Cookie" not in answer.headers, rule.rule
            assert answer.status < 500, rule.rule
    assert tried >= 15


def test_every_answer_carries_the_headers(world: Rehearsal) -> None:
    for path in ("/", "/tablet", "/api/status", "/login", "/nowhere"):
        headers = urllib3.request("GET", world.host.base + path).headers
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        reads_cards = path == "/tablet"
        assert ("wasm-unsafe-eval" in headers["Content-Security-Policy"]) == reads_cards
        assert ("camera=(self)" in headers["Permissions-Policy"]) == reads_cards
