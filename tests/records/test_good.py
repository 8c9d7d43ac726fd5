"""Records that a stranger makes from the document are good."""

import pytest

from tests.records.builder import Plan, build, note
from voting.verify import Anchors

MIXED = [[0, 1, None], [1, 1, 0], [None, None, None], [0, 0, 1]] * 3
PLANS = {
    "gap": Plan(),
    "no gap": Plan(registered=14),
    "nobody voted": Plan(marks=[], batches=[]),
    "few voted": Plan(marks=[[0, None]] * 3, batches=[3]),
    "nobody registered": Plan(marks=[], batches=[], registered=0),
    "nobody came": Plan(marks=[], batches=[], registered=0, issued=0, absent=15),
    "two issuers": Plan(issuers=2),
    "two epochs": Plan(epochs=2),
    "card replaced": Plan(replaced=True),
    "earlier poll, log goes on": Plan(other_poll=True, later_entries=True),
    "batches": Plan(
        roster=46, issued=45, registered=42, marks=[[0, None]] * 35, batches=[10, 14, 11]
    ),
    "everything": Plan(
        issuers=2, epochs=2, replaced=True, other_poll=True, later_entries=True, absent=0
    ),
    "each": Plan(
        items=3,
        scale=["赞成", "反对"],
        limits={},
        marks=MIXED,
        decision={"form": "each", "base": "returned", "seats": None},
    ),
    "grade": Plan(
        items=3,
        scale=["满意", "基本满意", "不满意"],
        limits={},
        marks=MIXED,
        decision={"form": "grade", "base": "checked_in", "mark": None, "seats": None},
    ),
    "rank": Plan(
        items=3,
        scale=["急", "缓"],
        limits={"0": 2, "1": 2},
        marks=MIXED,
        decision={"form": "rank", "base": "roster", "mark": None, "seats": 2, "points": [3, 1]},
    ),
    "two witnesses": Plan(witnesses=2, epochs=2, later_entries=True),
    "witnesses that were away where nobody waits": Plan(
        witnesses=2,
        cosigned=lambda event, lines: {
            "poll_defined": lines[1:],
            "voting_closed": lines[:1],
            "result_published": [],
        }.get(event, lines),
    ),
    "no quorum": Plan(absent=8, issued=8, registered=8, marks=[[0, None]] * 8, batches=[8]),
}


@pytest.mark.parametrize("name", PLANS)
def test_a_good_record_passes(name, pool, judge):
    report = judge(build(PLANS[name], pool))
    assert report.good, report
    assert list(report.figures) == list(range(1, 11))


def test_anchors_that_agree_are_named(good, judge):
    log_key = good.log_key.public_key().public_bytes_raw()
    noted = note("c1", good.log_key, good.lines("log.jsonl")[:20]).decode()
    short = good.lines("board.txt")[3][:20].decode()
    fours = " ".join(short[i : i + 4] for i in range(0, 20, 4))
    report = judge(good, Anchors(good.poll_hash, log_key, (noted,), (fours,)))
    assert report.good, report
    assert len(report.anchors_used) == 4


TOLD = {
    "restored": ("restored", "went on from a copy at entry {}: see the reason there"),
    "relay_key": (
        "relayKeys",
        "at entry {}: one for each start of the server, or ask why",
    ),
}


@pytest.mark.parametrize("event", TOLD)
def test_what_is_no_fault_and_nothing_to_pass_over_is_told(event, pool, judge, browser, tmp_path):
    def said(entry):
        if entry["event"] == "exported":
            entry["event"] = event

    made = build(Plan(later_entries=True, entry=said), pool)
    last = len(made.lines("log.jsonl")) - 1
    name, words = TOLD[event]
    report = judge(made)
    assert report.good, report
    assert report.figures[2].endswith(words.format(last))
    assert " at entry " not in judge(build(Plan(later_entries=True), pool)).figures[2]
    if browser:
        (tmp_path / "record.zip").write_bytes(made.zip())
        assert browser.judge(tmp_path / "record.zip")[name] == [last]
