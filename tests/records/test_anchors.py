"""What is known from outside decides against a record that is good in itself."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from tests.records.builder import Plan, b64, build, jcs, note, tag
from voting.verify import Anchors


def receipt(made, tracker: bytes) -> str:
    promise = made.log_key.sign(tag("receipt") + made.poll_hash + tracker)
    return jcs({"promise": b64(promise), "tracker": b64(tracker)}).decode()


def on_board(made) -> bytes:
    return base64.b32decode(made.lines("board.txt")[0] + b"====")


def test_a_receipt_on_the_board(good, judge):
    report = judge(good, Anchors(receipts=(receipt(good, on_board(good)) + "\n",)))
    assert report.good, report


@pytest.mark.parametrize("text", ["", "ABCD EFGH", "AAAA AAAA AAAA AAAA AAAA", "{}", "\ud800", "∞"])
def test_a_receipt_that_proves_nothing(text, good, judge):
    assert judge(good, Anchors(receipts=(text,))).failed_step == 10


def test_a_promised_ballot_that_is_missing(good, judge):
    assert judge(good, Anchors(receipts=(receipt(good, bytes(32)),))).failed_step == 10


def test_a_promise_by_another_key(good, pool, judge):
    stranger = build(Plan(marks=[], batches=[]), pool)
    stranger.poll_hash = good.poll_hash
    text = receipt(stranger, on_board(good))
    assert judge(good, Anchors(receipts=(text,))).failed_step == 10


def test_another_poll_or_log(good, judge):
    assert judge(good, Anchors(poll_hash=bytes(32))).failed_step == 3
    assert judge(good, Anchors(log_key=bytes(32))).failed_step == 2


def test_noted_checkpoints_that_disagree(good, judge):
    lines = good.lines("log.jsonl")
    noted = {
        "other history": note("c1", good.log_key, [*lines[:5], b"{}"]),
        "beyond the end": note("c1", good.log_key, [*lines, b"{}"]),
        "other congress": note("c2", good.log_key, lines),
        "other key": note("c1", ed25519.Ed25519PrivateKey.generate(), lines),
        "no note": b"piaojue/c1\n",
    }
    for name, text in noted.items():
        assert judge(good, Anchors(checkpoints=(text.decode(),))).failed_step == 2, name


COSIGNATURE = "— witness.example/w " + base64.b64encode(bytes(range(76))).decode() + "\n"


def test_a_noted_checkpoint_with_cosignatures(good, judge):
    noted = note("c1", good.log_key, good.lines("log.jsonl")[:20]).decode()
    report = judge(good, Anchors(checkpoints=(noted, noted + COSIGNATURE * 2)))
    assert report.good, report
    assert "not checked" not in report.anchors_used[0]
    assert "2 cosignature(s) not checked" in report.anchors_used[1]


def test_what_is_no_cosignature(good, judge):
    noted = note("c1", good.log_key, good.lines("log.jsonl")[:20]).decode()
    log_line = noted.splitlines(keepends=True)[-1]
    lines = {
        "hyphen": COSIGNATURE.replace("—", "-"),
        "no LF": COSIGNATURE[:-1],
        "empty line": "\n" + COSIGNATURE,
        "text": "seen\n",
        "two spaces": COSIGNATURE.replace(" w", "  w"),
        "plus in the name": COSIGNATURE.replace("/w", "+w"),
        "no name": COSIGNATURE.replace("witness.example/w ", ""),
        "base64url": COSIGNATURE.replace("AAEC", "-_-_"),
        "no padding": COSIGNATURE.replace("=", ""),
        "short": "— w AAAAAAA=\n",
    }
    for name, line in lines.items():
        assert judge(good, Anchors(checkpoints=(noted + line,))).failed_step == 2, name
    for other in (COSIGNATURE + log_line, COSIGNATURE):  # the log key's own comes first
        changed = noted.replace(log_line, other)
        assert judge(good, Anchors(checkpoints=(changed,))).failed_step == 2


def test_a_voided_poll_is_seen_only_from_outside(good, judge):
    """The record was exported after publication and before the poll was voided."""
    entry = jcs({"at": "2026-01-21T09:00:00Z", "event": "poll_voided", "poll": b64(good.poll_hash)})
    later = note("c1", good.log_key, [*good.lines("log.jsonl"), entry]).decode()
    assert judge(good).good
    assert judge(good, Anchors(checkpoints=(later,))).failed_step == 2
