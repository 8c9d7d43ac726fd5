"""Who may call what: every route is tried by everybody who may not; no cookies for tablets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3
from flask import Flask
from werkzeug.routing import Rule

from tests.world import a_poll, congress
from voting.app import create_app
from voting.client.official import Official
from voting.client.rehearsal import Rehearsal
from voting.config import Config
from voting.web import audience, headers
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
    person: Official, world: Rehearsal, method: str, path: str, fields: dict[str, str] | None
) -> int:
    """The status that an official with a session gets."""
    answer = urllib3.request(
        method,
        world.host.base + path,
        headers={"Cookie": person.cookie},
        fields=fields,
        redirect=False,
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


def test_no_page_has_a_script_or_a_style_within(app: Flask) -> None:
    """The policy would block them; two pages come from other programs, which send none."""
    assert "'unsafe-inline'" not in headers.READING_CSP
    folder = Path(app.root_path) / str(app.template_folder)
    others = {"offline.html", "tablets.html"}
    pages = [path for path in folder.rglob("*.html") if path.name not in others]
    assert len(pages) > 50
    for path in pages:
        found = re.search(
            r"<style|<script(?![^>]*\ssrc=)|\s(on\w+|style)=|javascript:", path.read_text()
        )
        assert not found, (path, found)


def test_without_tls_nobody_is_told_to_use_it(world: Rehearsal) -> None:
    """Whatever a client says of a proxy that is not there."""
    forged = {"X-Forwarded-Proto": "https", "X-Forwarded-Ssl": "on", "X-Forwarded-Protocol": "ssl"}
    answer = urllib3.request("GET", f"{world.host.base}/login", headers=forged)
    assert "Strict-Transport-Security" not in answer.headers
    given = answer.headers["Set-Cookie"]
    assert given.startswith("session=")
    assert "Secure" not in given


def test_every_answer_carries_the_headers(world: Rehearsal) -> None:
    for path in ("/", "/tablet", "/api/status", "/login", "/nowhere"):
        sent = urllib3.request("GET", world.host.base + path).headers
        assert "script-src 'self'" in sent["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in sent["Content-Security-Policy"]
        assert sent["Referrer-Policy"] == "no-referrer"
        assert sent["X-Content-Type-Options"] == "nosniff"
        reads_cards = path == "/tablet"
        assert ("wasm-unsafe-eval" in sent["Content-Security-Policy"]) == reads_cards
        assert ("camera=(self)" in sent["Permissions-Policy"]) == reads_cards
