"""Workbooks that are damaged, huge or hostile are refused in words; nothing else ever comes out."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from tests.sheets.test_offices import of, reason
from voting.sheets import projects, roster, workbook

GOOD = of(("编号", "姓名"), (1, "王玉兰"))


def changed(name: str, old: str, new: str) -> bytes:
    """A good workbook with a change in one of its parts."""
    data = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as parts, zipfile.ZipFile(data, "w") as made:
        for entry in parts.infolist():
            text = parts.read(entry).decode()
            if entry.filename == name:
                assert old in text
                text = text.replace(old, new, 1)
            made.writestr(entry.filename, text)
    return data.getvalue()


def added(name: str, data: bytes, times: int = 1) -> bytes:
    """A good workbook with further parts."""
    made = io.BytesIO(GOOD)
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as parts:
        for n in range(times):
            parts.writestr(f"{name}{n}", data)
    return made.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
AFTER = "</sheetData>"


@pytest.mark.parametrize(
    "element",
    [
        '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>',
        '<mergeCells><mergeCell ref="A:XFD"/></mergeCells>',
        '<comments><comment ref="A1:XFD1048576"/></comments>',
        '<hyperlinks><hyperlink ref="A1:XFD1048576" location="A1"/></hyperlinks>',
        "<mergeCells>" + '<mergeCell ref="A1:XFD30"/>' * 2 + "</mergeCells>",
    ],
)
def test_ranges_that_would_unfold_without_end_are_refused(element: str) -> None:
    assert "太大" in reason(changed(SHEET, AFTER, AFTER + element))


def test_a_lone_cell_far_away_and_endless_formatted_rows_are_refused() -> None:
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    assert "太大" in reason(changed(SHEET, AFTER, far + AFTER))
    rows = '<row r="9" s="1"/>' * (workbook.MAX_CELLS + 1)
    assert "太大" in reason(added("xl/x.xml", f"<sheet>{rows}</sheet>".encode()))


def test_bombs_are_refused_before_they_are_unpacked() -> None:
    assert "太大" in reason(added("xl/media/x", bytes(workbook.MAX_UNPACKED)))
    assert "太大" in reason(added("xl/x", b"", workbook.MAX_PARTS))
    assert "4 MB" in reason(b"PK\x03\x04" + bytes(4 * 1024 * 1024))


def test_entities_and_links_to_other_files_are_refused() -> None:
    doctype = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b SYSTEM "file:///etc/passwd">]>'
    name = "xl/workbook.xml"
    assert "实体" in reason(changed(name, "<workbook", doctype + "<workbook"))
    assert "实体" in reason(added("xl/y.bin", f"{doctype}<x>&b;</x>".encode("utf-16")))
    assert "别的文件" in reason(added("xl/externalLinks/externalLink1.xml", b"<x/>"))


def test_a_filter_over_whole_columns_is_nothing_strange() -> None:
    data = changed(SHEET, AFTER, AFTER + '<autoFilter ref="A:B"/>')
    assert roster.read("x.xlsx", data).accepted()[0].name == "王玉兰"


def test_old_encrypted_and_damaged_workbooks_are_named() -> None:
    assert ".xls" in reason(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512))
    assert "损坏" in reason(GOOD[: len(GOOD) // 2])
    assert "损坏" in reason(changed(SHEET, "<row", '<row r="x"'))


def test_an_empty_workbook() -> None:
    assert reason(of()) == "文件是空的。"


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8)
KNOWN = st.sampled_from(
    ["编号", "姓名", "序号", "项目", "总投资（万元）", "完成时间", "合计", "=1"]
)
CELL = (
    st.none()
    | KNOWN
    | TEXT
    | st.integers()
    | st.floats()
    | st.booleans()
    | st.dates(date(1900, 1, 1))
    | st.datetimes(datetime(1900, 1, 1))
    | st.times()
    | st.timedeltas(timedelta(0), timedelta(days=999))
)
HEADERS = st.sampled_from([("编号", "姓名", "座位"), ("序号", "项目", "总投资（亿元）", "时限")])
ROWS = st.tuples(HEADERS, st.lists(st.lists(CELL, max_size=4).map(tuple), max_size=5))


def made(rows: list[tuple[date | time | str | float | None, ...]], merge: bool) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(row)
    if merge:
        sheet.merge_cells("A2:B3")
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


@settings(max_examples=60, deadline=None)
@given(ROWS, st.booleans())
def test_any_cells_give_rows_or_faults(
    parts: tuple[tuple[str, ...], list[tuple[str, ...]]], merge: bool
) -> None:
    data = made([parts[0], *parts[1]], merge)
    for reading in (roster.read("x.xlsx", data), projects.read("x.xlsx", data)):
        assert reading.values or reading.table.faults


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_damage_gives_rows_or_faults(data: st.DataObject) -> None:
    spoiled = bytearray(GOOD)
    for place in data.draw(st.lists(st.integers(0, len(GOOD) - 1), min_size=1, max_size=6)):
        spoiled[place] = data.draw(st.integers(0, 255))
    reading = roster.read("x.xlsx", bytes(spoiled))
    assert reading.values or reading.table.faults
