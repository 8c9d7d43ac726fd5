"""Tricks with hosts, headers, paths, methods, bodies, forms and sessions: none works."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from http.cookies import SimpleCookie

import pytest
import urllib3

from tests.hardening import wire
from tests.hardening.front import NGINX, Fronted, fronted
from tests.world import a_poll
from voting.client.rehearsal import Rehearsal

pytestmark = pytest.mark.skipif(NGINX is None, reason="no nginx here")

EVIL = "evil.example"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    """A small congress with a poll, behind nginx."""
    with fronted(tmp_path_factory.mktemp("tricks"), 3) as made:
        a_poll(made)
        yield made


@pytest.fixture(scope="module")
def front(world: Rehearsal) -> Fronted:
    """Its server."""
    assert isinstance(world.host, Fronted)
    return world.host


def both(front: Fronted, data: bytes) -> list[bytes]:
    """What nginx, and the server behind it, answer to these bytes."""
    return [wire.say(front.port, data, front.context()), wire.say(front.behind, data)]


# Hosts and schemes


def test_another_host_is_not_served(front: Fronted) -> None:
    for lines in (f"GET / HTTP/1.1\r\nHost: {EVIL}", f"GET https://{EVIL}/ HTTP/1.1\r\nHost: x"):
        data = f"{lines}\r\nConnection: close\r\n\r\n".encode()
        assert wire.statuses(wire.say(front.port, data, front.context())) == [421]
        assert wire.statuses(wire.say(front.plain, data)) == [421]
    twice = f"GET / HTTP/1.1\r\nHost: localhost\r\nHost: {EVIL}\r\n\r\n".encode()
    assert [wire.statuses(heard) for heard in both(front, twice)] == [[400], [400]]


def test_a_plain_connection_only_leads_to_tls(front: Fronted) -> None:
    heard = wire.say(front.plain, wire.request("POST", "/login?next=/x", "Content-Length: 0"))
    assert wire.statuses(heard) == [308]
    assert f"Location: https://localhost:{front.port}/login?next=/x\r\n".encode() in heard


def test_no_answer_repeats_a_host_or_a_forwarded_one(front: Fronted) -> None:
    forged = (
        f"X-Forwarded-Host: {EVIL}", f"X-Forwarded-For: {EVIL}", f"Forwarded: host={EVIL}",
        f"X-Forwarded-Prefix: /{EVIL}", f"X-Original-URL: /{EVIL}", f"X-Rewrite-URL: /{EVIL}",
        f"Script_Name: /{EVIL}", f"Path_Info: /{EVIL}", "Connection: close",
    )  # fmt: skip
    for path in ("/", "/login", "/office", "/nothing", "/api/status"):
        for heard in both(front, wire.request("GET", path, *forged)):
            assert EVIL.encode() not in heard
            assert wire.statuses(heard)[0] in (200, 302, 404)


def test_over_tls_cookies_are_the_hosts_own_and_plain_connections_end(front: Fronted) -> None:
    for headers in ({}, {"X-Forwarded-Proto": "http"}):
        answer = urllib3.request("GET", f"{front.base}/login", headers=headers)
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        (given,) = answer.headers.getlist("Set-Cookie")
        cookie = SimpleCookie(given)["__Host-session"]
        assert (cookie["secure"], cookie["httponly"], cookie["path"]) == (True, True, "/")
        assert (cookie["samesite"], cookie["domain"]) == ("Strict", "")


def test_a_session_of_tls_cannot_be_resumed(front: Fronted) -> None:
    """Or it would join the connections of one tablet."""
    context = front.context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    session = None
    for _ in range(2):
        with wire.connect(front.port) as plain:
            again = context.wrap_socket(plain, server_hostname="localhost", session=session)
            assert not again.session_reused
            session = again.session
            again.close()


# Paths and methods


@pytest.mark.parametrize(
    "path",
    ["/api/../office", "/api/%2e%2e/office", "/api/..%2foffice", "/static/../office",
     "/static/..%2f..%2finstance/log.key", "/static/%2e%2e/%2e%2e/instance/log.key",
     "/static/....//....//wsgi.py", "/static/..%5c..%5cwsgi.py", "/static/../../wsgi.py",
     "/static/%252e%252e/wsgi.py", "/static//etc/passwd", "//office", "/./office", "/office%2f",
     "/office%00", "/office;x=/api/", "/OFFICE", "/tablet/../office", "/hall/../accounts",
     "/results/../accounts", "/results/%2e%2e%2faccounts", "/api/polls/../../accounts"],
)  # fmt: skip
def test_no_path_leads_round_the_log_in_or_out_of_the_folder(front: Fronted, path: str) -> None:
    for heard in both(front, wire.request("GET", path, "Connection: close")):
        assert wire.statuses(heard)[0] in (302, 308, 400, 404)
        assert b"create_app" not in heard
        assert not re.search(rb"Location: (https?:)?//(?!localhost)", heard)


def test_methods_are_what_they_are(front: Fronted) -> None:
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "get"):
        for heard in both(front, wire.request(method, "/api/status", "Connection: close")):
            assert wire.statuses(heard)[0] in (400, 405)
    override = ("X-HTTP-Method-Override: POST", "X-Method-Override: POST", "Connection: close")
    for heard in both(front, wire.request("GET", "/api/cast?_method=POST", *override)):
        assert wire.statuses(heard) == [405]


# Two requests in one


@pytest.mark.parametrize(
    "framing",
    ["Content-Length: 4\r\nTransfer-Encoding: chunked", "Content-Length: 0\r\nContent-Length: 9",
     "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "Content-Length: +0",
     "Transfer-Encoding: xchunked", "Transfer-Encoding : chunked", "Content-Length: 0x0",
     "Transfer-Encoding:\x0bchunked", "Content-Length: 0,0", "X: y\n Content-Length: 9"],
)  # fmt: skip
def test_a_request_is_not_smuggled_in_anothers_body(front: Fronted, framing: str) -> None:
    hidden = wire.request("GET", "/health")
    data = wire.request("POST", "/api/status", framing, body=b"0\r\n\r\n" + hidden)
    for heard in both(front, data):
        assert all(status >= 400 for status in wire.statuses(heard)), heard[:400]


# Forms and sessions


def test_another_site_cannot_send_what_tablets_send(front: Fronted) -> None:
    """Without leave across origins a browser sends no JSON, and nothing else is taken."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        headers = {"Content-Type": kind, "Origin": f"https://{EVIL}"}
        answer = urllib3.request("POST", f"{front.base}/api/card", body=b"{}", headers=headers)
        assert answer.status == 415
    asked = {"Origin": f"https://{EVIL}", "Access-Control-Request-Method": "POST"}
    answer = urllib3.request("OPTIONS", f"{front.base}/api/card", headers=asked)
    assert not [name for name in answer.headers if name.startswith("Access-Control")]


def test_a_form_of_another_session_is_not_taken(world: Rehearsal, front: Fronted) -> None:
    base, admin = front.base, world.people["admin"]
    theirs = re.search(
        r'name="csrf_token" value="([^"]+)"', world.people["secretariat"].get("/office")
    )
    assert theirs
    values = {"login": "mole", "name": "王某", "role": "admin"}
    for token in ({}, {"csrf_token": theirs[1]}, {"csrf_token": "x"}):
        answer = urllib3.request(
            "POST", f"{base}/accounts", fields={**values, **token}, headers={"Cookie": admin.cookie}
        )
        assert answer.status == 400
    assert "mole" not in admin.get("/accounts")


def log_in(world: Rehearsal, who: str, cookie: str = "", more: dict[str, str] | None = None) -> str:
    """Log in with that cookie and more in the form than it asks for; the new session's cookie."""
    url, sent = f"{world.host.base}/login", {"Cookie": cookie} if cookie else {}
    page = urllib3.request("GET", url, headers=sent)
    cookie = cookie or page.headers["Set-Cookie"].split(";")[0]
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.data.decode())
    assert token
    values = {"csrf_token": token[1], "login": who, "password": world.passwords[who]}
    answer = urllib3.request(
        "POST", url, fields=values | (more or {}), headers={"Cookie": cookie}, redirect=False
    )
    assert answer.status == 302
    return next(
        given.split(";")[0]
        for given in answer.headers.getlist("Set-Cookie")
        if given.startswith("__Host-session=")
    )


def status(world: Rehearsal, path: str, cookie: str, **headers: str) -> int:
    """What somebody with that cookie gets."""
    sent = {"Cookie": cookie, **headers}
    return urllib3.request("GET", world.host.base + path, headers=sent, redirect=False).status


def test_a_session_that_somebody_planted_is_not_the_one_after_logging_in(
    world: Rehearsal, front: Fronted
) -> None:
    planted = urllib3.request("GET", f"{front.base}/login").headers["Set-Cookie"].split(";")[0]
    cookie = log_in(world, "auditor", planted)
    assert status(world, "/records", cookie) == 200
    for other in (planted, cookie.replace("__Host-", ""), cookie[:-3] + "xyz", "a=b"):
        assert status(world, "/records", other) == 302


def test_nobody_gives_themselves_a_role(world: Rehearsal) -> None:
    """What a form does not ask for is not taken; nor are headers of a proxy that logs people in."""
    wishes = {"role": "admin", "person_id": "1", "person": "1", "_user_id": "1", "id": "1"}
    cookie = log_in(world, "scrutineer", more=wishes)
    for path in ("/accounts", "/office", "/records", "/accounts?_user_id=1&role=admin"):
        assert status(world, path, cookie, **{"Remote-User": "admin", "X-User": "admin"}) == 403
