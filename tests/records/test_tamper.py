"""A good record changed by someone without the keys."""

import base64
import json
import random

import pytest

from tests.records.builder import NAMES, b64, jcs

SAMPLE = 10  # places in each member


def test_every_single_byte_of_every_member(good, judge):
    """A sample of the places, each byte changed to another; the zip itself is repaired."""
    chance = random.Random(1)
    for name in NAMES:
        data = good.members[name]
        for _ in range(SAMPLE):
            place = chance.randrange(len(data))
            other = bytes([data[place] ^ chance.randrange(1, 256)])
            changed = good.with_member(name, data[:place] + other + data[place + 1 :])
            assert not judge(changed).good, (name, place, other)


def test_ascii_digits_and_letters_changed(good, judge):
    """Changes that stay well formed: another digit, another letter of base64."""
    chance = random.Random(2)
    for name in NAMES[1:]:
        data = good.members[name]
        places = [i for i, byte in enumerate(data) if chr(byte).isalnum() and byte < 128]
        for place in chance.sample(places, SAMPLE):
            other = b"1" if data[place : place + 1] != b"1" else b"0"
            changed = good.with_member(name, data[:place] + other + data[place + 1 :])
            assert not judge(changed).good, (name, place)


@pytest.mark.parametrize("name", NAMES)
def test_a_byte_more_or_less(name, good, judge):
    data = good.members[name]
    for changed in (data[:-1], data + b"\n", data + b"x", b"\xef\xbb\xbf" + data, b" " + data):
        step = judge(good.with_member(name, changed)).failed_step
        assert step == 1 or (step == 2 and name == "checkpoints.txt")
    assert not judge(good.with_member(name, b"")).good


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith("l")])
def test_lines_left_out_doubled_swapped(name, good, judge):
    lines = good.lines(name)
    for place in (0, 1, len(lines) // 2, len(lines) - 1):
        out = lines[:place] + lines[place + 1 :]
        double = lines[: place + 1] + lines[place:]
        swapped = lines[:]
        swapped[0], swapped[-1 - place] = swapped[-1 - place], swapped[0]
        for changed in (out, double, swapped):
            if changed != lines:
                assert not judge(good.with_lines(name, changed)).good, (name, place)


SPELLINGS = [
    (b'"epoch":1', b'"epoch":1.0'),
    (b'"epoch":1', b'"epoch":01'),
    (b'"epoch":1', b'"epoch": 1'),
    (b'"epoch":1', b'"epoch":1e0'),
    (b'"seq":0', b'"seq":-0'),
    (b'"seq":1}', b'"seq":1,"seq":1}'),
    (b'"count"', b'"c\\u006funt"'),
    ("任意".encode(), b"\\u4efb\\u610f"),
    ("任意".encode(), b"\\ud800"),
    ("任意".encode(), b"\xed\xa0\x80"),
    (b'"marks":[0', b'"marks":[00'),
    (b'"marks":[0', b'"marks":["0"'),
    (b'"marks":[0', b'"marks":[false'),
    (b'"batch":1', b'"batch":true'),
    (b'"v":1', b'"v":true'),
    (b'"v":1', '"v":１'.encode()),
]


@pytest.mark.parametrize(("one", "other"), SPELLINGS, ids=str)
def test_a_second_spelling(one, other, good, judge):
    found = [name for name in NAMES[1:] if one in good.members[name]]
    assert found
    for name in found:
        changed = good.with_member(name, good.members[name].replace(one, other, 1))
        assert judge(changed).failed_step == 1, name


LAST_LETTERS = {
    "roster.jsonl": b'","card_key',
    "issuances.jsonl": b'","epoch',
    "roll.jsonl": b'","seals',
    "ballots.jsonl": b'","marks',
    "log.jsonl": b'","seq',
}


@pytest.mark.parametrize("name", LAST_LETTERS)
def test_a_second_spelling_of_base64(name, good, judge):
    """The last letter of 16, 32 or 65 bytes carries bits that have to be zero."""
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    data = good.members[name]
    place = data.index(LAST_LETTERS[name]) - 1
    other = bytes([alphabet[alphabet.index(data[place]) + 1]])
    changed = good.with_member(name, data[:place] + other + data[place + 1 :])
    assert judge(changed).failed_step == 1
    padded = good.with_member(name, data[: place + 1] + b"=" + data[place + 1 :])
    assert judge(padded).failed_step == 1


def test_long_and_deep_lines(good, judge):
    deep = b'{"at":"2026-01-20T10:00:00Z","event":"x","seq":99,"z":' + b"[" * 200_000
    deep_closed = deep[:54] + b"[" * 70 + b"]" * 70 + b"}"
    long = jcs({"at": "2026-01-20T10:00:00Z", "event": "x", "seq": 99, "z": "x" * (3 << 20)})
    number = b'{"at":"2026-01-20T10:00:00Z","event":"x","seq":' + b"9" * 10_000 + b"}"
    for line in (deep, deep_closed, long, number):
        changed = good.with_lines("log.jsonl", [*good.lines("log.jsonl"), line])
        assert judge(changed).failed_step == 1
    huge = good.with_member("definition.json", b'"' + b"x" * (5 << 20) + b'"')
    assert judge(huge).failed_step == 1


def test_cosignatures_and_extensions_are_refused(good, judge):
    notes = good.members["checkpoints.txt"]
    cosigned = notes + notes.split(b"\n")[-2] + b"\n"
    extended = notes.replace(b"\n\n\xe2", b"\nmore\n\n\xe2", 1)
    for changed in (cosigned, extended, notes.replace("—".encode(), b"-", 1)):
        assert judge(good.with_member("checkpoints.txt", changed)).failed_step == 1


@pytest.mark.parametrize(("name", "step"), [(b"x", 2), (b"", 1)])
def test_a_note_of_another_name_or_of_none(name, step, good, judge):
    notes = good.members["checkpoints.txt"].replace(b"piaojue/c1\n", name + b"\n", 1)
    assert judge(good.with_member("checkpoints.txt", notes)).failed_step == step


@pytest.mark.parametrize(("name", "field"), [("issuances.jsonl", "auth"), ("ballots.jsonl", "sig")])
def test_a_high_s_is_bound_even_though_it_is_valid(name, field, good, judge):
    """ECDSA's (r, n - s) is valid too: request hash, tracker and log refuse it."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    first, *others = good.lines(name)
    value = json.loads(first)
    raw = base64.urlsafe_b64decode(value[field] + "==")
    mirrored = order - int.from_bytes(raw[32:], "big")
    value[field] = b64(raw[:32] + mirrored.to_bytes(32, "big"))
    assert not judge(good.with_lines(name, [jcs(value), *others])).good
