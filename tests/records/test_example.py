"""The example that the document gives to whoever writes a verifier is a good record, and whole."""

import csv
import re

from tests.records import book, example
from tests.records.test_document import DOCUMENT
from voting.verify import Anchors, verify


def test_the_example_is_good_by_all_that_is_known_of_it(judge):
    values = example.page()
    poll = example.Example().poll
    receipt = example.RECEIPT.read_text()
    report = judge(example.RECORD.read_bytes(), Anchors(poll_hash=poll, receipts=(receipt,)))
    assert report.good, report
    assert report.to_compare["核验码"] in values
    assert len(report.anchors_used) == 2


def test_its_page_is_what_follows_from_it():
    assert example.PAGE.read_text("utf-8") == example.page()


def test_it_shows_every_event_that_the_document_lists():
    table = DOCUMENT[DOCUMENT.index("## 5 log.jsonl") : DOCUMENT.index("## 6 checkpoints.txt")]
    events = set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))
    shown = {entry["event"] for entry in example.Example().log}
    assert len(events) == 16
    assert events <= shown


def test_the_forged_records_come_as_files(tmp_path, monkeypatch):
    monkeypatch.setattr(book.test_good, "PLANS", {"gap": book.test_good.PLANS["gap"]})
    monkeypatch.setattr(book.test_forged, "ALL", {"again": (example.PLAN, 1)})
    book.write_records(tmp_path)
    with (tmp_path / "steps.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    assert rows == [["001.zip", "good", "gap"], ["002.zip", "1", "again"]]
    assert all(verify(tmp_path / row[0]).good for row in rows)
