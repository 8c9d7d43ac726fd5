"""Logging in and out: Argon2id, and failures counted an account, never an address.

An attempt is counted before the password is looked at, so that guesses sent side by side count
too; the hash is computed outside of any transaction, so that guessing holds up no ballot. After
five failures the account waits 60 seconds, then twice as long each time, at most 15 minutes.

That alone would let anybody in the hall keep an official out in mid-vote. So a device where the
official has logged in before (`device`) counts its failures apart, and all other devices together
share the account's wait. They also share a number of hashes a second (`Bucket`), so that a flood
of guesses leaves the processor to the ballots; known devices do not wait for those either.

What the answer says is the same for an unknown log-in, a wrong password and a waiting account, and
to a stranger so is the work.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from flask import (
    Blueprint,
    Flask,
    current_app,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_login import current_user, login_user
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from voting import db
from voting.core.errors import Refused
from voting.core.text import text
from voting.models.office import Person
from voting.web import audience as roles
from voting.web import device, language
from voting.web.audience import PUBLIC, ROLES, audience
from voting.web.bucket import Bucket
from voting.web.desk import Official, official, services

pages = Blueprint("auth", __name__)

FREE_FAILURES = 5
FIRST_WAIT, LONGEST_WAIT = 60, 15 * 60
STRANGERS_AT_ONCE, STRANGERS_A_SECOND = 60, 2  # a web worker
REFUSED = text(
    "登录名或密码不对。连续 5 次不对，该帐号会暂停登录 1 至 15 分钟；以前登录过的设备单独计算。"
)
CROWDED = text("现在尝试登录的太多，请过几秒再试。")
_hasher = PasswordHasher()
_LOCAL = re.compile(r"/(?:[A-Za-z0-9_-][A-Za-z0-9_./-]*)?\Z")  # no '//', no other host
_HOMES = {
    roles.ADMIN: "accounts.listing",
    roles.SECRETARIAT: "secretariat.overview",
    roles.PRESIDIUM: "poll.listing",
    roles.SCRUTINEER: "poll.listing",
    roles.AUDITOR: "auditor.listing",
}


def hash_password(password: str) -> str:
    """The Argon2id hash to keep of a password."""
    return _hasher.hash(password)


def wait_after(failures: int) -> int:
    """How many seconds an account waits after that many failures in a row."""
    if failures < FREE_FAILURES:
        return 0
    doublings = min(failures - FREE_FAILURES, 10)
    return min(FIRST_WAIT << doublings, LONGEST_WAIT)


def is_local(path: str) -> bool:
    """Whether a path leads to this server and nowhere else."""
    return _LOCAL.match(path) is not None


def load_person(key: str) -> Official | None:
    """The official whom a session names; None after the password has changed."""
    id_, _, _ = key.partition(":")
    if not re.fullmatch(r"[0-9]{1,9}", id_):
        return None
    with db.reading() as opened:
        person = opened.get(Person, int(id_))
        found = official(person) if person else None
    return found if found and found.get_id() == key else None


@dataclass(frozen=True, slots=True)
class Attempt:
    """An account that somebody tries to enter, and the hash to compare with."""

    person_id: int
    known: bool  # from a device where that account has been entered before
    password: str


def log_in(login: str, password: str, devices: list[int]) -> Official | None:
    """The official of a log-in and password; None for a refusal, whatever its cause.

    `devices` are the accounts that the device is known to; `Refused` where too many strangers try.
    """
    now = services().seconds()
    with db.reading() as opened:
        person = _person(opened, login)
        known = person is not None and person.id in devices
        waits = person is None or _waits_until(person, known) > now
    if known and waits:
        return None
    if not known and not _strangers().take():
        raise Refused("many_log_ins", CROWDED)
    attempt = None
    if not waits:  # who must wait takes no turn from those who write ballots
        with db.writing() as opened:
            attempt = count_attempt(opened, login, devices, now)
    good = _matches(attempt.password if attempt else _nobodys(), password)
    if attempt is None or not good:
        return None
    renewed = _hasher.check_needs_rehash(attempt.password)
    kept = hash_password(password) if renewed else attempt.password
    with db.writing() as opened:
        return _enter(opened, attempt, kept)


def count_attempt(opened: Session, login: str, devices: list[int], now: int) -> Attempt | None:
    """Count an attempt as failed until it succeeds; None for nobody and for one who must wait."""
    person = _person(opened, login)
    known = person is not None and person.id in devices
    if person is None or _waits_until(person, known) > now:
        return None
    if known:
        person.known_failures += 1
        person.known_until = now + wait_after(person.known_failures)
    else:
        person.failures += 1
        person.locked_until = now + wait_after(person.failures)
    return Attempt(person.id, known, person.password)


def _person(opened: Session, login: str) -> Person | None:
    return opened.scalars(select(Person).where(Person.login == login)).first()


def _waits_until(person: Person, known: bool) -> int:
    return person.known_until if known else person.locked_until


def _enter(opened: Session, attempt: Attempt, kept: str) -> Official | None:
    person = opened.get(Person, attempt.person_id)
    if person is None or person.password != attempt.password:
        return None  # the administrator gave another password meanwhile
    if attempt.known:
        person.known_failures = person.known_until = 0
    else:
        person.failures = person.locked_until = 0
    person.password = kept
    return official(person)


def install(app: Flask) -> None:
    """Let strangers try to log in so often."""
    app.extensions["strangers"] = Bucket(STRANGERS_AT_ONCE, STRANGERS_A_SECOND)


def _strangers() -> Bucket:
    made: Bucket = current_app.extensions["strangers"]
    return made


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except VerificationError:
        return False


@lru_cache(maxsize=1)
def _nobodys() -> str:
    return hash_password("")


@pages.get("/login")
@audience(PUBLIC)
def login() -> str | Response:
    """The form to log in."""
    if current_user.is_authenticated:
        return redirect(url_for(_HOMES[current_user.role]))
    return _form("")


def _form(login: str, error: str = "") -> str:
    onward = request.values.get("next", "")
    onward = onward if is_local(onward) else ""
    return render_template("auth/login.html", login=login, error=error, next=onward)


@pages.post("/login")
@audience(PUBLIC)
def enter() -> tuple[str, int] | Response:
    """Log in, to the page that was asked for or the role's own."""
    name = request.form.get("login", "").strip()[:64]
    try:
        person = log_in(name, request.form.get("password", ""), device.known())
    except Refused as refused:
        return _form(name, refused.message), 429
    if person is None:
        return _form(name, REFUSED), 400
    session.clear()  # nothing that somebody else put into this browser's session goes on
    login_user(person)
    onward = request.form.get("next", "")
    home = url_for(_HOMES[person.role])
    answer = redirect(language.carried(onward) if is_local(onward) else home)
    device.remember(answer, person.id)
    return answer


@pages.post("/logout")
@audience(*ROLES)
def logout() -> Response:
    """End the session."""
    session.clear()
    return redirect(url_for("auth.login"))
