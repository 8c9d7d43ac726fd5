"""Records made with all the keys, consistent in themselves, that break one rule each.

Each forgery is a plan whose hook changes one thing before it is hashed and signed.
"""

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from tests.records.builder import P256, Card, Json, Plan, Vote, b64, build, ed_public

BIG = {"roster": 46, "issued": 45, "registered": 42, "marks": [[0, None]] * 35}


def put(event: str, **fields: Any) -> Plan:
    """Other values in the entries of this event; None takes the field out."""

    def entry(found: Json) -> None:
        if found["event"] == event:
            found.update(fields)
            for name in [name for name, value in fields.items() if value is None]:
                del found[name]

    return Plan(entry=entry)


def without(event: str, **plan: Any) -> Plan:
    """The same log, but these entries are never written."""

    def entry(found: Json) -> None:
        if found["event"] == event:
            found.clear()

    return Plan(entry=entry, **plan)


def once(event: str, act: Callable[[Vote], None], **plan: Any) -> Plan:
    """`act` happens just before the first entry of this event."""
    done: list[str] = []

    def before(vote: Vote, found: str) -> None:
        if found == event and not done:
            done.append(found)
            act(vote)

    return Plan(before=before, **plan)


def adding(before: str, event: str, **fields: Any) -> Plan:
    def act(vote: Vote) -> None:
        poll = {"poll": vote.poll} if "poll" not in fields else {}
        vote.log.phase(event, **{**poll, **fields})

    return once(before, act)


def defining(*path: Any, to: Any, **plan: Any) -> Plan:
    """Another value in the definition; at a place of this path."""

    def definition(value: Json) -> None:
        for name in path[:-1]:
            value = value[name]
        value[path[-1]] = to

    return Plan(definition=definition, **plan)


def line(kind: str, change: Callable[[Json], None], **plan: Any) -> Plan:
    """The first line of this kind is changed before its hash is taken."""
    done: list[str] = []

    def change_first(found: str, value: Json) -> None:
        if found == kind and not done:
            done.append(found)
            change(value)

    return Plan(line=change_first, **plan)


def setter(name: str, value: Any) -> Callable[[Json], None]:
    return lambda found: found.update({name: value})


def always_epoch_1(found: Json) -> None:
    if found["event"] == "issuing_opened":
        found["epoch"] = 1


def opened_again(vote: Vote) -> None:
    vote.log.add("congress_opened", congress="c1", log_key=b64(ed_public(vote.log_key)))


SIG = b64(bytes(63) + b"\1")
HASH = b64(bytes(32))
RELEASE = {"count": 1, "root": HASH, "tally": []}

PHASES = [
    "poll_defined",
    "issuing_opened",
    "issuing_closed",
    "roll_frozen",
    "voting_opened",
    "ballots_released",
    "voting_closed",
    "result_published",
]

LOG = {
    "another congress": (put("congress_opened", congress="c2"), 2),
    "another log key": (put("congress_opened", log_key=b64(b"\2" + bytes(31))), 2),
    "a log key of small order in the log": (
        put("congress_opened", log_key=b64(b"\1" + bytes(31))),
        2,
    ),
    "opened twice": (once("poll_defined", opened_again), 2),
    "seq skips": (put("roll_frozen", seq=99), 2),
    "time goes back": (put("roll_frozen", at="2026-01-20T08:00:00Z"), 2),
    "no such day": (put("roll_frozen", at="2026-02-30T09:00:00Z"), 1),
    "leap second": (put("roll_frozen", at="2026-06-30T23:59:60Z"), 1),
    "full-width time": (put("roll_frozen", at="２026-01-20T09:00:00Z"), 1),
    "time with fraction": (put("roll_frozen", at="2026-01-20T09:00:00.0Z"), 1),
    "field too many": (put("voting_opened", by="甲"), 1),
    "field missing": (put("roll_frozen", registered=None), 1),
    "other event names the poll": (put("settings", poll=HASH), 1),
    "approval with another field": (put("approved", figures=1), 1),
    "one name twice": (put("gap_accepted", by=["甲", "甲"]), 1),
    "three names": (put("gap_accepted", by=["甲", "乙", "丙"]), 1),
    "epoch as text": (put("ballot_issued", epoch="1"), 1),
    "key with the PSS OID": (put("issuing_opened", keys=[{"spki": HASH, "sig": SIG}]), 1),
    **{
        f"no checkpoint after {event}": (Plan(noted=lambda found, event=event: found != event), 2)
        for event in PHASES
    },
    "voided": (adding("voting_closed", "poll_voided", reason="停电"), 4),
    "defined twice": (adding("issuing_opened", "poll_defined"), 4),
    "never opened": (without("voting_opened"), 4),
    "never frozen": (without("roll_frozen"), 4),
    "never closed": (without("voting_closed"), 4),
    "never published": (without("result_published"), 4),
    "never defined": (without("poll_defined"), 3),
    "opened twice for votes": (adding("voting_closed", "voting_opened"), 4),
    "released before opening": (adding("voting_opened", "ballots_released", batch=1, **RELEASE), 4),
    "gap accepted after freeze": (
        adding("voting_opened", "gap_accepted", issued=14, registered=13, by=["甲", "乙"]),
        4,
    ),
    "assisted too late": (adding("voting_closed", "assisted", deputy=SIG[:22], helper="乙"), 4),
    "two keys of one epoch": (Plan(epochs=2, entry=always_epoch_1), 4),
    "epoch 2 first": (put("issuing_opened", epoch=2), 4),
    "ballot of another epoch": (put("ballot_issued", epoch=2), 4),
    "follows an unknown poll": (defining("poll", "follows", to=HASH), 3),
    "roster count": (defining("roster", "count", to=17), 3),
    "roster root": (defining("roster", "root", to=HASH), 3),
    "gap not accepted": (without("gap_accepted"), 6),
    "gap accepted with other figures": (put("gap_accepted", registered=12), 6),
    "frozen with other figures": (put("roll_frozen", registered=12), 6),
    "frozen with another root": (put("roll_frozen", root=HASH), 6),
    "closed with other figures": (put("voting_closed", returned=11), 10),
    "closed with another roster": (put("voting_closed", roster=17), 10),
    "issuing closed with other figures": (put("issuing_closed", issued=13), 5),
    "other check-ins at closing": (put("issuing_closed", checked_in=16), 10),
    "another result": (put("result_published", result=HASH), 9),
    "another board": (put("result_published", board=HASH), 10),
    "batch 2 first": (put("ballots_released", batch=2), 8),
    "another count": (put("ballots_released", count=11), 8),
    "another batch root": (put("ballots_released", root=HASH), 8),
    "another tally": (put("ballots_released", tally=[[12, 0], [1, 11]]), 8),
    "not released": (without("ballots_released"), 8),
}

DEFINITION = {
    "version 2": (defining("v", to=2), 1),
    "unknown field": (defining("witnesses", to=[]), 1),
    "unknown decision field": (defining("decision", "tie", to="lot"), 1),
    "two items of one id": (defining("items", 1, "id", to="i0"), 1),
    "201 items": (Plan(items=201, marks=[[None] * 201] * 12), 1),
    "21 marks": (Plan(scale=[f"m{n}" for n in range(21)]), 1),
    "no items": (Plan(items=0, marks=[[]] * 12), 1),
    "item without title": (defining("items", 0, to={"id": "i0"}), 1),
    "meeting id": (defining("meeting", "id", to="M1"), 1),
    "issuer id": (defining("issuers", 0, "id", to="-s"), 1),
    "no issuer": (defining("issuers", to=[]), 1),
    "round 0": (defining("poll", "round", to=0), 1),
    "reserve 9": (defining("release", "reserve", to=9), 1),
    "limit of no mark": (defining("scale", "limits", to={"1": 1}), 1),
    "limit by 00": (defining("scale", "limits", to={"00": 1}), 1),
    "limit full width": (defining("scale", "limits", to={"０": 1}), 1),
    "decisive mark beyond the scale": (defining("decision", "mark", to=1, marks=[], batches=[]), 1),
    "no mark": (defining("decision", "mark", to=None), 1),
    "no seats": (defining("decision", "seats", to=None), 1),
    "0 seats": (defining("decision", "seats", to=0), 1),
    "points in choose": (defining("decision", "points", to=[1]), 1),
    "num 0": (defining("decision", "pass", "num", to=0), 1),
    "num above den": (defining("decision", "quorum", "num", to=4), 1),
    "den 1001": (defining("decision", "pass", "den", to=1001), 1),
    "over as 1": (defining("decision", "pass", "over", to=1), 1),
    "unknown form": (defining("decision", "form", to="approve"), 1),
    "unknown base": (defining("decision", "base", to="valid"), 1),
    "log key of no point": (defining("log_key", to=HASH), 1),
    "issuer's key is the log key": (
        Plan(definition=lambda value: value["issuers"][0].update(key=value["log_key"])),
        1,
    ),
}


def stranger_checks_in(vote: Vote) -> None:
    vote.check_in(Card("X", bytes(16), P256()))


def card_replaced(vote: Vote, card: Card, **fields: Any) -> None:
    vote.replaced(card, Card(card.number, b"n" * 16, P256()), **fields)


def not_signed(vote: Vote) -> None:
    card_replaced(vote, vote.cards[15], sigs=[SIG])


DEPUTIES = {
    "checked in twice": (once("issuing_closed", lambda vote: vote.check_in(vote.cards[3])), 5),
    "stranger checked in": (once("issuing_closed", stranger_checks_in), 5),
    "check-in signed by another": (put("checked_in", sig=SIG), 5),
    "absent deputy has a ballot": (Plan(issued=16, registered=14), 5),
    "two ballots": (
        once("issuing_closed", lambda vote: vote.issue_one(vote.cards[2], 1), issued=14),
        5,
    ),
    "request of another": (put("ballot_issued", request=HASH), 5),
    "entry of another": (put("ballot_issued", deputy=b64(bytes(16))), 5),
    "entry missing": (without("ballot_issued"), 5),
    "issuing key unsigned": (
        Plan(
            entry=lambda found: (
                found["event"] == "issuing_opened" and found["keys"][0].update(sig=SIG)
            )  # type: ignore[func-returns-value]
        ),
        5,
    ),
    "auth": (line("issuance", setter("auth", SIG)), 5),
    "blind signature": (line("issuance", setter("blind_sigs", [b64(bytes(384))])), 5),
    "issuance of an earlier epoch": (line("issuance", setter("epoch", 2)), 5),
    "issuance of another": (line("issuance", setter("deputy", b64(bytes(16)))), 5),
    "card replaced, not checked in": (
        once("issuing_opened", lambda vote: card_replaced(vote, vote.cards[4])),
        5,
    ),
    "card replaced, other number": (
        once("issuing_opened", lambda v: card_replaced(v, v.cards[15], number="D001")),
        5,
    ),
    "card replaced, unknown old": (
        once("issuing_opened", lambda v: card_replaced(v, v.cards[15], old=b64(bytes(16)))),
        5,
    ),
    "card replaced, not signed": (once("issuing_opened", not_signed), 5),
    "card replaced after the ballot": (
        once("issuing_closed", lambda vote: card_replaced(vote, vote.cards[4])),
        5,
    ),
    "card replaced by one in use": (
        once(
            "issuing_opened",
            lambda v: card_replaced(v, v.cards[15], card_id=b64(v.cards[0].card_id)),
        ),
        5,
    ),
    "assisted nobody": (
        adding("issuing_closed", "assisted", deputy=b64(bytes(16)), helper="乙"),
        5,
    ),
    "one number twice": (
        line("roster", setter("number", "D001")),
        1,
    ),
    "roster field": (line("roster", setter("phone", "1")), 1),
    "roster field as number": (line("roster", setter("seat", 1)), 1),
    "card key off the curve": (line("roster", setter("card_key", b64(b"\4" + bytes(64)))), 1),
    "card key compressed": (line("roster", setter("card_key", b64(b"\2" + bytes(32)))), 1),
}

BOX = {
    "seal": (line("roll", setter("seals", [{"prefix": HASH, "sig": b64(bytes(384))}])), 6),
    "two seals for one issuer": (line("roll", lambda v: v["seals"].append(v["seals"][0])), 1),
    "roll field": (line("roll", setter("at", 1)), 1),
    "more keys than issued": (Plan(issued=12, registered=13), 6),
    "ballot signature": (line("ballot", setter("sig", SIG)), 7),
    "marks of another ballot": (line("ballot", setter("marks", [None, 0])), 7),
    "more marks than the limit": (Plan(marks=[[0, 0]] * 12), 7),
    "mark beyond the scale": (Plan(scale=["y", "n"], decision={"mark": 0}, marks=[[2, 0]] * 12), 7),
    "no marks at all": (line("ballot", setter("marks", [])), 7),
    "marks too many": (Plan(marks=[[0, None]] * 11 + [[0, None, None]]), 7),
    "batch 0": (line("ballot", setter("batch", 0)), 1),
    "batch never released": (line("ballot", setter("batch", 2)), 8),
    "batch below the reserve": (Plan(**BIG, batches=[26, 9]), 8),
    "two batches of a small roll": (
        Plan(roster=40, issued=39, registered=39, marks=[[0, None]] * 30, batches=[15, 15]),
        8,
    ),
}


@pytest.mark.parametrize("name", ALL := {**LOG, **DEFINITION, **DEPUTIES, **BOX})
def test_forgery(name, pool, judge):
    plan, step = ALL[name]
    try:
        made = build(plan, pool)
    except (IndexError, ValueError):
        pytest.fail("the forgery cannot be built")
    report = judge(made)
    assert report.failed_step == step, report


def test_one_issuing_key_for_two_epochs_or_issuers(pool, judge):
    assert judge(build(Plan(epochs=2), [pool[0]] * 2)).failed_step == 5
    assert judge(build(Plan(issuers=2), [pool[0]] * 2)).failed_step == 5


def test_a_key_that_is_not_on_the_roll(good, pool, judge):
    other = build(Plan(), pool)
    lines = sorted([*good.lines("ballots.jsonl")[1:], other.lines("ballots.jsonl")[0]])
    assert not judge(good.with_lines("ballots.jsonl", lines)).good


def test_a_checkpoint_left_out(good, judge):
    notes = good.members["checkpoints.txt"].split(b"\n\npiaojue")
    for place in range(1, len(notes)):
        left = b"\n\npiaojue".join(notes[:place] + notes[place + 1 :])
        if not left.endswith(b"\n"):
            left += b"\n"
        assert judge(good.with_member("checkpoints.txt", left)).failed_step == 2


def test_keys_of_the_definition_are_those_that_sign(pool, judge):
    other = b64(ed_public(ed25519.Ed25519PrivateKey.generate()))
    assert judge(build(defining("log_key", to=other), pool)).failed_step == 2
    assert judge(build(defining("issuers", 0, "key", to=other), pool)).failed_step == 5
