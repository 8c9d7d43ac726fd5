"""A good record with one thing changed that its format gives meaning to: what fuzzers feed on.

Bytes changed at random mostly end in step 1. So some changes keep lines canonical, and some mend
the checksums of the zip, to reach what comes after.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from random import Random
from typing import Any

from tests.records.builder import NAMES, Json, Made, Plan, jcs, pack

HOSTILE: list[Any] = [None, True, False, 0, 1, -1, 2**31, 2**53 - 1, 2**53, 10**40, 1.5]
HOSTILE += ["", "0", "\ud800", "A" * 5000, "e\u0301", "\u00e9", "９", "\u202e"]
HOSTILE += [[], [[]], {}, {"a": 1}, [0] * 300]
RAW = [b"", b"\n", b"\r\n", b"\0", b"\xff", b"\xef\xbb\xbf", b"1e400", b"NaN", b"-0", b"[" * 9000]
RAW += [b'{"seq":0,"seq":1}', b" ", b"\xed\xa0\x80", b"\xc0\x80", b"9" * 5000]


def mutated(good: Made, chance: Random) -> bytes:
    """One mutation of the record's zip, drawn with `chance`; it may, seldom, change nothing."""
    return chance.choice([_zip_bytes, _member_bytes, _lines, _values, _values, _values])(
        good, chance
    )


def _zip_bytes(good: Made, chance: Random) -> bytes:
    return _spliced(good.zip(), chance)


def _member_bytes(good: Made, chance: Random) -> bytes:
    name = chance.choice(NAMES)
    return pack({**good.members, name: _spliced(good.members[name], chance)})


def _spliced(data: bytes, chance: Random) -> bytes:
    place = chance.randrange(len(data) + 1)
    gone = chance.choice([0, 0, 1, 1, 2, 40])
    put = chance.choice([b"", chance.randbytes(1), chance.choice(RAW), data[place - 9 : place]])
    return data[:place] + put + data[place + gone :]


def _lines(good: Made, chance: Random) -> bytes:
    name = chance.choice([name for name in NAMES if name.endswith(("l", "txt"))])
    lines = good.members[name].split(b"\n")
    act: Callable[[], None] = chance.choice(
        [
            lambda: lines.pop(chance.randrange(len(lines))) and None,
            lambda: lines.insert(chance.randrange(len(lines)), chance.choice(lines)),
            lambda: chance.shuffle(lines),
            lambda: lines.insert(chance.randrange(len(lines)), chance.choice(RAW)),
        ]
    )
    act()
    return pack({**good.members, name: b"\n".join(lines)})


def _values(good: Made, chance: Random) -> bytes:
    """Another value somewhere in a line, written canonically again where that is possible."""
    name = chance.choice([name for name in NAMES if "json" in name])
    lines = good.members[name].split(b"\n")
    place = chance.randrange(max(1, len(lines) - 1))
    value = json.loads(lines[place])
    _changed(value, chance)
    try:
        lines[place] = jcs(value)
    except (UnicodeEncodeError, ValueError):
        lines[place] = json.dumps(value).encode()
    return pack({**good.members, name: b"\n".join(lines)})


def _changed(value: Any, chance: Random) -> None:
    """One place below, anywhere, gets something hostile, loses a name, or gets another one."""
    places = list(_places(value))
    holder, key = chance.choice(places)
    match chance.randrange(6):
        case 0 if isinstance(holder, dict):
            del holder[key]
        case 1 if isinstance(holder, dict):
            holder[chance.choice(["x", "poll", "é", "__proto__"])] = copy.deepcopy(holder[key])
        case 2:
            holder[key] = copy.deepcopy(chance.choice([other[name] for other, name in places]))
        case _:
            holder[key] = chance.choice(HOSTILE)


def _places(value: Any) -> Any:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        yield value, key
        if isinstance(inner, dict | list):
            yield from _places(inner)


# --- with all keys, before anything is hashed and signed

WORDS = ["", "voting_opened", "checked_in", "approved", "poll_voided", "m2"]
WORDS += ["2026-01-20T09:00:00Z", "2030-01-01T00:00:00Z"]


def forged(chance: Random) -> Plan:
    """A vote in which one value somewhere is another of its kind: the rest is consistent with it.

    Random bytes end in the first steps, these come to all of them.
    """
    seen: list[str] = []
    left = chance.randrange(45)

    def hand(value: Json) -> None:
        nonlocal left
        seen.extend(text for text in map(_at, _places(value)) if isinstance(text, str))
        left -= 1
        if left == -1:
            _exchanged(value, seen, chance)

    where: dict[str, Any] = chance.choice(
        [{"entry": hand}, {"entry": hand}, {"line": lambda _, value: hand(value)}]
    )
    return Plan(
        issuers=chance.choice([1, 2]),
        witnesses=chance.choice([0, 1]),
        replaced=chance.choice([True, False]),
        other_poll=chance.choice([True, False]),
        later_entries=True,
        **where,
    )


def _at(place: tuple[Any, Any]) -> Any:
    holder, key = place
    return holder[key]


def _exchanged(value: Json, seen: list[str], chance: Random) -> None:
    holder, key = chance.choice(list(_places(value)))
    match holder[key]:
        case int(number):
            holder[key] = chance.choice(
                [number + 1, abs(number - 1), 0, 2 * number, 10, not number]
            )
        case str(text):
            alike = [other for other in seen if len(other) == len(text) and other != text]
            holder[key] = chance.choice([*alike, *alike, text[:-1] + "A", *WORDS])
        case list(values) if values:
            holder[key] = chance.choice([values[1:], [*values, values[0]], values[::-1], []])
        case _:
            holder[key] = chance.choice(HOSTILE)
