"""The poll's definition (protocol section 2): the form of the JSON, and what the steps need."""

from dataclasses import dataclass
from typing import Any

from .crypto import ed25519_key, sha256, tag
from .strict import (
    Check,
    Malformed,
    b64_of,
    count,
    either,
    fields,
    flag,
    ident,
    integer,
    list_of,
    loads,
    matching,
    nothing,
    one_of,
    positive,
    text,
    unb64,
)

# The product's own limits, so that the room for a tally is bounded before a ballot is read.
_MOST_ITEMS = 200
_MOST_MARKS = 20
_MOST_WITNESSES = 8

_origin = matching(
    r"https://([a-z0-9.-]{1,253}|\[[0-9a-f:]{2,39}\])(:(?!443$)[1-9][0-9]{0,4})?",
    "https://HOST or https://HOST:PORT as browsers write it",
)
_party = fields({"id": ident, "name": text, "key": ed25519_key})
_part = {"num": integer(1, 1000), "den": integer(1, 1000)}
_items: Check = list_of(fields({"id": text, "title": text}, more=True), 1, _MOST_ITEMS)
_marks: Check = list_of(fields({"id": text, "label": text}), 1, _MOST_MARKS)


def _limits(value: Any) -> None:
    if type(value) is not dict:
        raise Malformed("not an object")
    for largest in value.values():
        count(largest)


_decision = fields(
    {
        "form": one_of("choose", "each", "grade", "rank"),
        "base": one_of("roster", "checked_in", "returned"),
        "mark": either(nothing, count),
        "pass": fields({**_part, "over": flag}),
        "quorum": fields(_part),
        "seats": either(nothing, positive),
        "points": either(nothing, list_of(integer(-1000, 1000))),
    }
)

_FIELDS: dict[str, Check] = {
    "v": integer(1, 1),
    "congress": fields({"id": ident, "name": text, "session": text}),
    "meeting": fields({"id": ident, "title": text, "date": text}),
    "poll": fields(
        {"id": text, "title": text, "round": positive, "follows": either(nothing, b64_of(32))}
    ),
    "items": _items,
    "scale": fields({"marks": _marks, "limits": _limits}),
    "decision": _decision,
    "release": fields({"reserve": integer(10)}),
    "issuers": list_of(_party, 1, 2),
    "roster": fields({"count": count, "root": b64_of(32)}),
    "log_key": ed25519_key,
}
_MAYBE: dict[str, Check] = {
    "witnesses": list_of(_party, 1, _MOST_WITNESSES),
    "relay": fields({"name": text, "origin": _origin}),
}


@dataclass(frozen=True)
class Decision:
    form: str
    base: str
    mark: int | None
    num: int
    den: int
    over: bool
    quorum_num: int
    quorum_den: int
    seats: int | None
    points: tuple[int, ...] | None


@dataclass(frozen=True)
class Witness:
    """Who cosigns checkpoints; key: Ed25519, 32 bytes."""

    id: str
    key: bytes


@dataclass(frozen=True)
class Definition:
    poll_hash: bytes
    log_key: bytes
    congress: str
    meeting: str
    follows: str | None
    items: tuple[str, ...]
    marks: int
    limits: dict[int, int]
    decision: Decision
    reserve: int
    issuers: tuple[bytes, ...]
    roster_count: int
    roster_root: bytes
    witnesses: tuple[Witness, ...]

    @property
    def check_number(self) -> str:
        """核验码: eight digits for people to compare."""
        return f"{int.from_bytes(self.poll_hash, 'big') % 10**8:08d}"


def parse(data: bytes) -> Definition:
    """From the bytes of definition.json; Malformed where they break a rule of section 2."""
    value = loads(data)
    there = {name: check for name, check in _MAYBE.items() if type(value) is dict and name in value}
    fields(_FIELDS | there)(value)
    witnesses = value.get("witnesses", [])
    marks = value["scale"]["marks"]
    _check_names(value, witnesses)
    _check_decision(value["decision"], len(marks))
    return Definition(
        poll_hash=sha256(tag("definition"), data),
        log_key=unb64(value["log_key"]),
        congress=value["congress"]["id"],
        meeting=value["meeting"]["id"],
        follows=value["poll"]["follows"],
        items=tuple(item["id"] for item in value["items"]),
        marks=len(marks),
        limits=_parse_limits(value["scale"]["limits"], len(marks)),
        decision=_parse_decision(value["decision"]),
        reserve=value["release"]["reserve"],
        issuers=tuple(unb64(issuer["key"]) for issuer in value["issuers"]),
        roster_count=value["roster"]["count"],
        roster_root=unb64(value["roster"]["root"]),
        witnesses=tuple(Witness(who["id"], unb64(who["key"])) for who in witnesses),
    )


def _check_names(value: dict[str, Any], witnesses: list[dict[str, Any]]) -> None:
    lists = {"items": value["items"], "marks": value["scale"]["marks"]}
    lists |= {"issuers": value["issuers"], "witnesses": witnesses}
    for name, entries in lists.items():
        _all_differ([entry["id"] for entry in entries], f"{name}: an id stands twice")
    keys = [party["key"] for party in (*value["issuers"], *witnesses)]
    otherwise = "issuers, witnesses: their keys and the log key must all differ"
    _all_differ([*keys, value["log_key"]], otherwise)


def _all_differ(values: list[str], otherwise: str) -> None:
    if len(set(values)) != len(values):
        raise Malformed(otherwise)


def _parse_limits(limits: dict[str, int], marks: int) -> dict[int, int]:
    indices = {str(index): index for index in range(marks)}
    if not limits.keys() <= indices.keys():
        raise Malformed("scale: limits: a name that is no index of a mark")
    return {indices[name]: largest for name, largest in limits.items()}


def _check_decision(decision: dict[str, Any], marks: int) -> None:
    """Fields that do not apply to the form are null, those that apply are not."""
    form, points = decision["form"], decision["points"]
    applies = {
        "mark": form in ("choose", "each"),
        "seats": form in ("choose", "rank"),
        "points": form == "rank",
    }
    for name, wanted in applies.items():
        if (decision[name] is not None) != wanted:
            raise Malformed(f"decision: {name} {'missing' if wanted else 'not null'} in {form}")
    if decision["mark"] is not None and decision["mark"] >= marks:
        raise Malformed("decision: mark is no index of a mark")
    if points is not None and len(points) != marks:
        raise Malformed("decision: points are not one a mark")
    for name in ("pass", "quorum"):
        if decision[name]["num"] > decision[name]["den"]:
            raise Malformed(f"decision: {name}: num above den")


def _parse_decision(decision: dict[str, Any]) -> Decision:
    return Decision(
        form=decision["form"],
        base=decision["base"],
        mark=decision["mark"],
        num=decision["pass"]["num"],
        den=decision["pass"]["den"],
        over=decision["pass"]["over"],
        quorum_num=decision["quorum"]["num"],
        quorum_den=decision["quorum"]["den"],
        seats=decision["seats"],
        points=None if decision["points"] is None else tuple(decision["points"]),
    )
