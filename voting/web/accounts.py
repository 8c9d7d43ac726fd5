"""The administrator's page: accounts, and nothing of any vote."""

from __future__ import annotations

import re
import secrets

from flask import Blueprint, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from voting import db
from voting.core.errors import Malformed, Refused, Unknown
from voting.core.forms import is_text
from voting.models.office import Person
from voting.steps import log, prepare
from voting.web.audience import ADMIN, ROLE_NAMES, audience
from voting.web.auth import hash_password
from voting.web.desk import page

pages = Blueprint("accounts", __name__)

_LOGIN = re.compile(r"[a-z0-9][a-z0-9.-]{1,31}\Z")
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another
LONGEST_NAME = 64


def random_password() -> str:
    """A password of 79 random bits, to be read from a screen and typed."""
    letters = [secrets.choice(_LETTERS) for _ in range(16)]
    return "-".join("".join(letters[i : i + 4]) for i in range(0, 16, 4))


def add_person(session: Session, login: str, name: str, role: str, password: str) -> Person:
    """Add an account; `password` is its hash."""
    prepare.still(session)
    if not _LOGIN.match(login):
        raise Malformed(
            "bad_login", "登录名用 2 至 32 个小写字母、数字、点或连字符，以字母或数字开头。"
        )
    if not is_text(name) or len(name) > LONGEST_NAME:
        raise Malformed(
            "bad_name", "姓名不能为空，最多 %(most)s 个字，不含控制字符。", most=LONGEST_NAME
        )
    if role not in ROLE_NAMES:
        raise Malformed("bad_role", "请选择职责。")
    if session.scalars(select(Person).where(Person.login == login)).first():
        raise Refused("login_taken", "登录名「%(login)s」已经有人使用。", login=login)
    person = Person(login=login, name=name, role=role, password=password)
    person.since = log.length(session)
    session.add(person)
    session.flush()
    return person


def set_password(session: Session, person_id: int, password: str) -> Person:
    """Give an account a new password, by its hash; its sessions end and it need not wait."""
    prepare.still(session)
    person = session.get(Person, person_id)
    if person is None:
        raise Unknown("unknown_person", "没有这个帐号。")
    person.password = password
    person.since = log.length(session)
    person.failures = person.locked_until = 0
    person.known_failures = person.known_until = 0
    return person


@pages.get("/accounts")
@audience(ADMIN)
def listing() -> str:
    """All accounts, and the form for another."""
    return _listing()


@pages.post("/accounts")
@audience(ADMIN)
def create() -> str | tuple[str, int]:
    """Add an account; its password is shown in this answer and nowhere else."""
    password = random_password()
    hashed = hash_password(password)
    login, name = (request.form.get(key, "").strip() for key in ("login", "name"))
    try:
        with db.writing() as session:
            person = add_person(session, login, name, request.form.get("role", ""), hashed)
            made = (person.login, person.name, password)
    except Refused as refused:
        return _listing(error=refused.message, typed=request.form), refused.status
    return _listing(made=made)


@pages.post("/accounts/<int:person_id>/password")
@audience(ADMIN)
def renew(person_id: int) -> str | tuple[str, int]:
    """Give an account a new password, shown once."""
    password = random_password()
    hashed = hash_password(password)
    try:
        with db.writing() as session:
            person = set_password(session, person_id, hashed)
            made = (person.login, person.name, password)
    except Refused as refused:
        return _listing(error=refused.message), refused.status
    return _listing(made=made)


def _listing(**context: object) -> str:
    with db.reading() as session:
        people = list(session.scalars(select(Person).order_by(Person.role, Person.login)))
        settled = _settled(session)
        return page(
            "accounts/accounts.html",
            people=people,
            roles=ROLE_NAMES,
            settled=settled,
            **{"typed": {}, **context},
        )


def _settled(session: Session) -> str:
    """Why accounts stand still now, or ''."""
    try:
        prepare.still(session)
    except Refused as refused:
        return refused.message
    return ""
