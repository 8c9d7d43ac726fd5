"""The administrator makes witnesses known; a cosignature needs nothing but itself to be kept."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from flask.testing import FlaskClient

from tests.web.conftest import Browser
from voting import db
from voting.core import card, checkpoint, forms, merkle, poll, signing
from voting.core.checkpoint import Cosigner
from voting.core.encoding import unb64
from voting.core.events import WITNESSED
from voting.models.office import Deputy, LogEntry, Meeting, Poll
from voting.sheets.roster import RosterRow
from voting.steps import prepare, witnesses

Login = Callable[[str], Browser]
NAME = checkpoint.origin("qingshi-18")
KEYS = {name: Ed25519PrivateKey.generate() for name in ("w1", "w2", "w3")}


def cosigner(name: str) -> Cosigner:
    return checkpoint.cosigner(NAME, name, signing.ed25519_public(KEYS[name]))


def add(admin: Browser, name: str, key: str | None = None) -> str:
    """The page that the administrator sees after adding a witness."""
    key = cosigner(name).verifier_key() if key is None else key
    answer = admin.send("/witnesses", "/witnesses", key=f" {key}\r\n", name=f"监票人{name}")
    return answer.text if answer.status_code != 302 else admin.get("/witnesses").text


def define(app: Flask) -> poll.Definition:
    """A poll is defined with what is known by now."""
    services = app.extensions["piaojue"]
    with app.app_context(), db.writing() as session:
        if session.get(Meeting, 1) is None:
            prepare.open_meeting(session, "m1", "第三次会议", "2026-11-22")
            prepare.import_roster(session, [RosterRow("001", "王玉兰", "城关", "")])
            deputy, made = session.get_one(Deputy, "001"), card.derive("1" * 40, "qingshi-18")
            deputy.card_id, deputy.card_key = made.card_id, made.card_key
        plan = prepare.PollPlan("票决", forms.Form.EACH, None)
        draft = prepare.draft_poll(session, plan)
        prepare.import_projects(session, draft, [poll.Item("1", "路")])
        prepare.define(session, services, draft)
        return poll.Definition.parse(draft.definition or b"")


def void_all(app: Flask) -> None:
    with app.app_context(), db.writing() as session:
        for row in session.query(Poll):
            row.phase = "void"  # type: ignore[assignment]


def give(client: FlaskClient, size: int, line: str) -> str:
    """What the server says of a cosignature: its code, '' where it was kept."""
    answer = client.post("/api/log/cosignature", json={"size": size, "cosignature": line})
    return "" if answer.status_code == 200 else str(answer.json["code"])  # type: ignore[index]


def test_a_definition_names_the_witnesses_that_the_administrator_has_made_known(
    app: Flask, browser: Login
) -> None:
    assert define(app).witnesses == ()
    void_all(app)
    admin = browser("admin")
    assert cosigner("w2").verifier_key() in add(admin, "w2")
    add(admin, "w1")
    named = define(app)
    assert "见证人：监票人w1、监票人w2" in browser("secretariat").get("/polls/2").text
    assert [(who.id, who.name) for who in named.witnesses] == [
        ("w1", "监票人w1"),
        ("w2", "监票人w2"),
    ]
    assert "已经定稿" in add(admin, "w3")  # they stand still with everything else
    void_all(app)
    admin.send("/witnesses", "/witnesses/w1/retire")
    assert "已停用" in admin.get("/witnesses").text
    assert [who.id for who in define(app).witnesses] == ["w2"]


def test_officials_wait_for_what_tablets_wait_for() -> None:
    phases = WITNESSED - {"relay_key"}  # which a start tells, in any phase
    assert set(witnesses._BEGAN.values()) == phases | {"poll_defined"}


def test_what_is_no_witness_is_told_why(app: Flask, browser: Login) -> None:
    admin = browser("admin")
    add(admin, "w1")
    good = cosigner("w2").verifier_key()
    log_key = app.extensions["piaojue"].log_public
    faults = {
        good[:-1]: "公钥有误",
        good.replace("w2", "w9"): "公钥有误",
        "": "公钥有误",
        cosigner("w1").verifier_key(): "已经登记过",
        Cosigner(f"{NAME}/w8", cosigner("w1").key).verifier_key(): "已经登记过",
        Cosigner("piaojue/other/w2", cosigner("w2").key).verifier_key(): "另一个日志",
        Cosigner(f"{NAME}/W2", cosigner("w2").key).verifier_key(): "标识只能用",
        Cosigner(f"{NAME}/w2", log_key).verifier_key(): "不能用来见证",
        Cosigner(f"{NAME}/w2", bytes(32)).verifier_key(): "不能用来见证",
    }
    for key, reason in faults.items():
        page = add(admin, "w2", key)
        assert reason in page, (key, reason)
        assert "监票人w2" in page  # what was typed stays
    admin.send("/witnesses", "/witnesses", key=good, name=" ")
    assert [who.id for who in define(app).witnesses] == ["w1"]


def test_cosignatures_by_witnesses_that_are_known_are_kept_and_shown(
    app: Flask, browser: Login
) -> None:
    anybody, admin = app.test_client(), browser("admin")
    assert anybody.get("/api/log/checkpoint").status_code == 404
    assert anybody.get("/api/log/after/0").json == {"checkpoint": None, "proof": []}
    add(admin, "w1")
    named = define(app)
    answer = anybody.get("/api/log/after/0").json
    assert answer
    head = checkpoint.open_note(answer["checkpoint"], NAME, named.log_key)
    lines = {
        name: checkpoint.cosign(head, cosigner(name).name, KEYS[name], 1795400000) for name in KEYS
    }
    later = checkpoint.cosign(head, cosigner("w1").name, KEYS["w1"], 1795400001)
    assert give(anybody, head.size, lines["w2"]) == "bad_cosignature"
    assert give(anybody, head.size + 1, lines["w1"]) == "unknown_checkpoint"
    assert give(anybody, -1, lines["w1"]) == "unknown_checkpoint"
    assert give(anybody, head.size, lines["w1"].strip()) == "bad_cosignature"
    assert give(anybody, head.size, lines["w1"]) == ""
    assert give(anybody, head.size, later) == ""  # and the first one stays
    assert anybody.get("/api/log/checkpoint").text == answer["checkpoint"] + lines["w1"]
    assert "第 2 条" in admin.get("/witnesses").text


def test_every_checkpoint_is_proven_to_continue_the_one_before(app: Flask, browser: Login) -> None:
    anybody = app.test_client()
    for _ in range(4):
        key = define(app).log_key
        void_all(app)
    size, root = 0, b""
    while True:
        answer = anybody.get(f"/api/log/after/{size}").json
        assert answer
        if answer["checkpoint"] is None:
            break
        head = checkpoint.open_note(answer["checkpoint"], NAME, key)
        proof = [unb64(node, 32) for node in answer["proof"]]
        assert not size or merkle.verify_consistency(size, root, head.size, head.root, proof)
        size, root = head.size, head.root
    with app.app_context(), db.reading() as session:
        assert size == session.query(LogEntry).count() > 4


@pytest.mark.parametrize("size", ["1", "99999999999999999999", "x", "-1"])
def test_a_size_that_no_checkpoint_has_costs_nothing(app: Flask, browser: Login, size: str) -> None:
    define(app)
    assert app.test_client().get(f"/api/log/after/{size}").status_code in (400, 404)
