"""Logging in: who comes in where, what a guesser learns (nothing), and when sessions end."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from tests.web.conftest import HASHED, PASSWORD, Browser
from voting import db
from voting.models.office import Person
from voting.web import auth
from voting.web.bucket import Bucket

Opened = Callable[[str], Browser]
NOON = 1_795_000_000


def set_clock(app: Flask, seconds: int) -> None:
    services = app.extensions["piaojue"]
    now = datetime.fromtimestamp(seconds, UTC)
    app.extensions["piaojue"] = replace(services, clock=lambda: now)


def failures_of(app: Flask, login: str) -> int:
    with app.app_context(), db.reading() as session:
        return session.scalars(select(Person.failures).where(Person.login == login)).one()


# What needs no server


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(0, 0), (4, 0), (5, 60), (6, 120), (8, 480), (9, 900), (10**6, 900)],
)
def test_waiting_doubles_up_to_a_quarter_of_an_hour(failures: int, seconds: int) -> None:
    assert auth.wait_after(failures) == seconds


@pytest.mark.parametrize("path", ["/", "/polls", "/polls/12", "/results/a_b-c", "/records/1.zip"])
def test_paths_that_lead_on(path: str) -> None:
    assert auth.is_local(path)


@pytest.mark.parametrize(
    "path",
    ["", "polls", "//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example",
     "/a\n", "/a?b=c", "/%2f/evil.example", "/\uff0fevil.example", "javascript:1"],
)  # fmt: skip
def test_paths_that_lead_elsewhere(path: str) -> None:
    assert not auth.is_local(path)


def test_hashes_are_argon2id() -> None:
    assert HASHED.startswith("$argon2id$")
    assert auth.hash_password("x") != auth.hash_password("x")


# Coming in


@pytest.mark.parametrize(
    ("login", "home"),
    [("admin", "/accounts"), ("secretariat", "/office"), ("presidium", "/polls"),
     ("scrutineer", "/polls"), ("auditor", "/records")],
)  # fmt: skip
def test_each_role_lands_on_its_own_page(browser: Opened, login: str, home: str) -> None:
    answer = browser("").send("/login", "/login", login=login, password=PASSWORD)
    assert answer.headers["Location"] == home
    someone = browser(login)
    assert someone.get(home).status_code == 200
    assert someone.get("/login").headers["Location"] == home


def test_the_page_that_was_asked_for_comes_after_logging_in(browser: Opened) -> None:
    nobody = browser("")
    asked = nobody.get("/office/roster").headers["Location"]
    assert asked == "/login?next=/office/roster"
    answer = nobody.send(asked, "/login", login="secretariat", password=PASSWORD)
    assert answer.headers["Location"] == "/office/roster"


def test_another_site_never_comes_after_logging_in(browser: Opened) -> None:
    values = {"login": "auditor", "password": PASSWORD, "next": "//evil.example/"}
    assert browser("").send("/login", "/login", **values).headers["Location"] == "/records"


def test_a_guesser_learns_nothing(app: Flask, browser: Opened) -> None:
    set_clock(app, NOON)
    texts = set()
    for login in ["nobody", *["auditor"] * 7]:
        answer = browser("").send("/login", "/login", login=login, password="guess")
        assert answer.status_code == 400
        assert f'value="{login}"' in answer.text
        assert "guess" not in answer.text
        texts.add(answer.text[answer.text.index('role="alert"') :].split("</p>")[0])
    assert len(texts) == 1


def test_after_five_failures_the_right_password_must_wait(app: Flask, browser: Opened) -> None:
    set_clock(app, NOON)
    for _ in range(5):
        browser("").send("/login", "/login", login="auditor", password="guess")
    right = {"login": "auditor", "password": PASSWORD}
    set_clock(app, NOON + 59)
    assert browser("").send("/login", "/login", **right).status_code == 400
    assert failures_of(app, "auditor") == 5
    set_clock(app, NOON + 60)
    assert browser("").send("/login", "/login", **right).status_code == 302
    assert failures_of(app, "auditor") == 0


def test_attempts_side_by_side_all_count(app: Flask) -> None:
    with app.app_context():
        for allowed in [True] * 5 + [False] * 3:
            with db.writing() as session:
                assert (auth.count_attempt(session, "auditor", [], NOON) is not None) == allowed


def test_waiting_is_the_accounts_own(app: Flask, browser: Opened) -> None:
    set_clock(app, NOON)
    for _ in range(6):
        browser("").send("/login", "/login", login="auditor", password="guess")
    assert browser("presidium").get("/polls").status_code == 200


def try_to(someone: Browser, password: str, login: str = "auditor") -> int:
    """The status of an attempt to log in: 302 who is let in, 400 who is not."""
    return someone.send("/login", "/login", login=login, password=password).status_code


def test_strangers_cannot_keep_out_who_logged_in_at_this_device_before(
    app: Flask, browser: Opened
) -> None:
    set_clock(app, NOON)
    own, stranger = browser("auditor"), browser("")
    own.send("/records", "/logout")
    for _ in range(20):
        assert try_to(stranger, "guess") == 400
    assert try_to(stranger, PASSWORD) == 400
    assert try_to(own, PASSWORD) == 302
    own.send("/records", "/logout")
    assert try_to(stranger, PASSWORD) == 400  # that the official is in does not help strangers


def test_a_known_device_has_no_more_than_five_guesses_either(app: Flask, browser: Opened) -> None:
    set_clock(app, NOON)
    taken = browser("auditor")
    taken.send("/records", "/logout")
    for _ in range(5):
        assert try_to(taken, "guess") == 400
    assert try_to(taken, PASSWORD) == 400
    assert try_to(browser(""), PASSWORD) == 302
    assert try_to(taken, "guess", "presidium") == 400
    assert failures_of(app, "presidium") == 1  # of others it knows nothing


def test_who_says_that_a_device_is_known_must_have_signed_it(app: Flask, browser: Opened) -> None:
    set_clock(app, NOON)
    own, forger = browser("auditor"), browser("")
    real = own.client.get_cookie("device")
    session = own.client.get_cookie("session")
    assert real is not None
    assert session is not None
    assert real.http_only
    for forged in ("[5]", real.value[:-2], session.value, real.value.replace(".", "x", 1)):
        forger.client.set_cookie("device", forged)
        assert try_to(forger, "guess") == 400
    assert failures_of(app, "auditor") == 4


def test_a_flood_of_strangers_takes_only_its_share_of_the_processor(
    app: Flask, browser: Opened
) -> None:
    own = browser("auditor")
    own.send("/records", "/logout")
    app.extensions["strangers"] = Bucket(2, 0)
    assert [try_to(browser(""), "guess") for _ in range(4)] == [400, 400, 429, 429]
    assert try_to(browser(""), PASSWORD, "nobody") == 429
    assert try_to(own, PASSWORD) == 302


def test_a_bucket_fills_again() -> None:
    bucket = Bucket(1, 1000)
    assert bucket.take()
    time.sleep(0.01)
    assert bucket.take()


# Sessions


def test_nothing_of_an_earlier_session_goes_on(browser: Opened) -> None:
    nobody = browser("")
    with nobody.client.session_transaction("/login") as before:
        before["planted"] = "by somebody else"
    nobody.send("/login", "/login", login="auditor", password=PASSWORD)
    with nobody.client.session_transaction("/login") as after:
        assert "planted" not in after
        assert after["_user_id"]


def test_logging_out_ends_the_session(browser: Opened) -> None:
    auditor = browser("auditor")
    assert auditor.send("/records", "/logout").headers["Location"] == "/login"
    assert auditor.get("/records").status_code == 302


def test_a_new_password_ends_the_sessions_of_the_old_one(app: Flask, browser: Opened) -> None:
    auditor = browser("auditor")
    with app.app_context(), db.writing() as session:
        person = session.scalars(select(Person).where(Person.login == "auditor")).one()
        person.password = auth.hash_password("another")
    assert auditor.get("/records").status_code == 302


def test_a_password_of_older_settings_is_hashed_anew(app: Flask, browser: Opened) -> None:
    weak = auth.PasswordHasher(time_cost=1, memory_cost=64).hash(PASSWORD)
    with app.app_context(), db.writing() as session:
        session.scalars(select(Person).where(Person.login == "auditor")).one().password = weak
    auditor = browser("auditor")
    assert auditor.get("/records").status_code == 200
    with app.app_context(), db.reading() as session:
        kept = session.scalars(select(Person).where(Person.login == "auditor")).one().password
    assert kept != weak
