"""Records of polls that name witnesses, with the cosignatures that they must have, and others."""

import base64
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from tests.records.builder import NAMES, Plan, b64, build, cosignature, ed_public, note
from voting.verify import Anchors

NEEDED = ["issuing_opened", "issuing_closed", "roll_frozen", "voting_opened"]


def on(event, change):
    """The cosignature lines of the note made on this event are changed."""
    return lambda found, lines: change(lines) if found == event else lines


def blob_changed(place):
    """One bit of what the first line holds is another: 0 to 3 key id, 4 to 11 time, then signed."""

    def change(lines):
        dash, name, text = lines[0].decode().split(" ")
        blob = bytearray(base64.b64decode(text))
        blob[place] ^= 1
        again = base64.b64encode(bytes(blob)).decode()
        return [f"{dash} {name} {again}\n".encode(), *lines[1:]]

    return change


@pytest.mark.parametrize("event", NEEDED)
@pytest.mark.parametrize("left", [[], [0], [1]])
def test_a_witness_missing_where_tablets_waited_for_it(event, left, pool, judge):
    plan = Plan(witnesses=2, cosigned=on(event, lambda lines: [lines[n] for n in left]))
    report = judge(build(plan, pool))
    assert report.failed_step == 4, report
    assert "not cosigned by witness" in report.reason


def test_an_earlier_epoch_needs_no_witness(pool, judge):
    """Its keys were lost: no ballot of it counts."""
    seen = []

    def once(event, lines):
        seen.append(event)
        return [] if seen.count("issuing_opened") == 1 and event == "issuing_opened" else lines

    assert judge(build(Plan(witnesses=1, epochs=2, cosigned=once), pool)).good


def second_spelling(line):
    """The last letter before the padding has bits that hold nothing."""
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    assert line.endswith(b"==\n")
    return line[:-4] + alphabet[alphabet.index(line[-4]) + 1 :][:1] + line[-3:]


STRANGER = ed25519.Ed25519PrivateKey.generate()
WRONG = {
    "twice": (lambda lines: [lines[0], *lines], 1),
    "twice, of two": (lambda lines: [lines[0], lines[0]], 2),
    "out of order": (lambda lines: lines[::-1], 2),
    "key id": (blob_changed(0), 2),
    "time": (blob_changed(11), 2),
    "signature": (blob_changed(40), 2),
    "by nobody known": (lambda lines: [lines[0], lines[1].replace(b"/w1 ", b"/w9 ")], 2),
    "another name": (lambda lines: [lines[0].replace(b"piaojue", b"piaojux"), lines[1]], 2),
    "short": (lambda lines: [lines[0][:-21] + b"\n", lines[1]], 2),
    "a second spelling": (lambda lines: [second_spelling(lines[0]), lines[1]], 1),
    "no line": (lambda lines: [b"seen\n", lines[1]], 1),
    "empty line between": (lambda lines: [b"\n", *lines], 1),
    "of another head": (None, 2),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_cosignature_of_a_witness(name, pool, judge):
    change, step = WRONG[name]
    last = []

    def cosigned(event, lines):
        last.append(lines)
        if event != "roll_frozen":
            return lines
        return change(lines) if change else last[-2]

    report = judge(build(Plan(witnesses=2, cosigned=cosigned), pool))
    assert report.failed_step == step, report


def test_a_line_where_no_witness_is_named(pool, judge):
    made = build(Plan(), pool)
    notes = made.members["checkpoints.txt"]
    line = cosignature(notes, "piaojue/c1/w0", STRANGER, 1)
    first, rest = notes.split(b"\n\npiaojue", 1)
    changed = first + b"\n" + line + b"\npiaojue" + rest
    assert judge(made.with_member("checkpoints.txt", changed)).failed_step == 1


def definition(**changes):
    return Plan(witnesses=2, definition=lambda value: value["witnesses"][0].update(changes))


@pytest.mark.parametrize(
    "plan",
    [
        Plan(definition=lambda value: value.update(witnesses=[])),
        Plan(definition=lambda value: value.update(witnesses=None)),
        Plan(witnesses=9),
        definition(id="w1"),
        definition(id="W0"),
        definition(url="x"),
        definition(key=b64(bytes(32))),
        Plan(
            witnesses=1,
            definition=lambda value: value["witnesses"][0].update(key=value["log_key"]),
        ),
        Plan(
            witnesses=1,
            definition=lambda value: value["witnesses"][0].update(key=value["issuers"][0]["key"]),
        ),
        Plan(
            witnesses=2,
            definition=lambda value: value["witnesses"][0].update(key=value["witnesses"][1]["key"]),
        ),
    ],
)
def test_what_a_definition_cannot_say_of_witnesses(plan, pool, judge):
    assert judge(build(plan, pool)).failed_step == 1


def test_a_witness_that_is_another_than_the_definition_names(pool, judge):
    assert judge(build(definition(key=b64(ed_public(STRANGER))), pool)).failed_step == 2


@pytest.fixture(scope="module")
def witnessed(pool):
    return build(Plan(witnesses=2), pool)


def test_no_byte_of_the_checkpoints_can_be_changed(witnessed, judge):
    data = witnessed.members["checkpoints.txt"]
    for place in range(0, len(data), 97):
        for other in (b"A", b"0", b"\n", b" "):
            changed = data[:place] + other + data[place + 1 :]
            if changed != data:
                report = judge(witnessed.with_member("checkpoints.txt", changed))
                assert not report.good, (place, other)
    assert NAMES.index("checkpoints.txt") == 7


def test_a_noted_checkpoint_with_cosignatures_of_the_witnesses(witnessed, judge):
    own = witnessed.members["checkpoints.txt"].decode().rsplit("\npiaojue", 1)[1]
    last = f"piaojue{own}"
    report = judge(witnessed, Anchors(checkpoints=(last,)))
    assert report.good, report
    assert "cosigned by w0, w1" in report.anchors_used[0]
    assert "not checked" not in report.anchors_used[0]
    stranger = cosignature(last.encode(), "piaojue/c1/w7", STRANGER, 1).decode()
    report = judge(witnessed, Anchors(checkpoints=(last + stranger,)))
    assert "1 cosignature(s) not checked" in report.anchors_used[0]
    forged = cosignature(last.encode(), "piaojue/c1/w0", STRANGER, 1).decode()
    assert judge(witnessed, Anchors(checkpoints=(last + forged,))).failed_step == 2


@pytest.fixture(scope="module")
def noted(witnessed):
    """The last note: what the log signed, and the lines of both witnesses."""
    text = "piaojue" + witnessed.members["checkpoints.txt"].decode().rsplit("\npiaojue", 1)[1]
    *signed, first, second = text.splitlines(keepends=True)
    return "".join(signed), first, second


def by(name):
    """A line of somebody that the record does not know."""
    return f"— {name} {base64.b64encode(bytes(76)).decode()}\n"


def test_cosignatures_that_were_collected_by_hand(witnessed, noted, judge):
    signed, first, second = noted
    for lines in (second + first, first * 2, first + by("x/y") + second, by("x\u200by")):
        assert judge(witnessed, Anchors(checkpoints=(signed + lines,))).good, lines


@pytest.mark.parametrize("space", "\t\f\x1f\x85\xa0\u2028\u3000+")
def test_a_name_is_one_word_in_every_script(space, witnessed, noted, pool, judge):
    line = by(f"x{space}y")
    assert judge(witnessed, Anchors(checkpoints=(noted[0] + line,))).failed_step == 2
    plan = Plan(witnesses=1, cosigned=on("ballots_released", lambda _: [line.encode()]))
    assert judge(build(plan, pool)).failed_step == 1


@pytest.mark.parametrize(
    ("name", "step"), [("piaojue+c1", 2), ("piaojue\t/c1", 2), ("piaojue /c1", 1), ("", 1)]
)
def test_the_log_signs_under_another_name(name, step, witnessed, judge):
    notes = witnessed.members["checkpoints.txt"]
    changed = notes.replace("— piaojue/c1 ".encode(), f"— {name} ".encode(), 1)
    assert judge(witnessed.with_member("checkpoints.txt", changed)).failed_step == step


def test_the_page_hears_who_saw_the_log(witnessed, good, tmp_path, browser):
    if browser is None:
        pytest.skip("no node")
    path = tmp_path / "record.zip"
    path.write_bytes(witnessed.zip())
    report = browser.judge(path)
    notes = report["notes"]
    last = len(witnessed.lines("log.jsonl"))
    assert report["witnesses"] == [
        {"name": f"见证{n}", "notes": notes, "last": last} for n in range(2)
    ]
    assert [seen["event"] for seen in report["seen"]] == NEEDED
    path.write_bytes(good.zip())
    report = browser.judge(path)
    assert (report["witnesses"], report["seen"]) == ([], [])


def test_the_records_of_polls_without_witnesses_say_nothing_of_them(good, judge):
    assert b"witness" not in good.members["definition.json"]
    assert "witness" not in judge(good).figures[2]
    plain = note("c1", good.log_key, good.lines("log.jsonl")[:20]).decode()
    assert judge(good, replace(Anchors(), checkpoints=(plain,))).good
