"""Importing rosters and candidate lists: what is taken, what is refused, and that nothing else is.

Characters that look alike are written as escapes here, so that a reader sees which is which.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import voting
from voting.core.encoding import jcs
from voting.core.errors import Malformed
from voting.core.poll import Item
from voting.sheets import csvfile, projects, roster
from voting.sheets.reading import Fault, Faults, Reading
from voting.sheets.roster import RosterRow

SAMPLES = Path(voting.__file__).parent / "samples"
HEADER = "序号,项目名称,项目类别,建设内容,投资估算(万元),责任单位,完成时限"


def deputies(text: str) -> list[RosterRow]:
    return roster.read("名册.csv", text.encode()).accepted()


def items(rows: str, header: str = HEADER) -> list[Item]:
    return projects.read("项目.csv", f"{header}\n{rows}".encode()).accepted()


def amount(text: str) -> object:
    (item,) = items(f'1,修路,交通,,"{text}",,\n')
    return item.more.get("amount_yuan")


def faults_of(data: bytes) -> list[Fault]:
    with pytest.raises(Faults) as caught:
        roster.read("名册.csv", data).accepted()
    assert caught.value.status == 400
    assert all(fault.file == "名册.csv" for fault in caught.value.faults)
    return caught.value.faults


def where(text: str) -> list[tuple[int, str]]:
    return [(fault.line, fault.column) for fault in faults_of(text.encode())]


# The samples


def test_both_encodings_of_the_sample_roster_give_equal_rows() -> None:
    utf8 = roster.read("a", (SAMPLES / "roster-314.csv").read_bytes()).accepted()
    gb18030 = roster.read("b", (SAMPLES / "roster-314.gb18030.csv").read_bytes()).accepted()
    assert utf8 == gb18030
    assert len(utf8) == 314
    assert len({row.delegation for row in utf8}) == 9
    assert utf8[0] == RosterRow("0001", "邱明欣", "城关镇代表团", "1排1座")


def test_sample_roster_has_what_real_rosters_have() -> None:
    names = [row.name for row in deputies((SAMPLES / "roster-314.csv").read_text("utf-8"))]
    assert len(set(names)) < len(names)  # two people of one name
    assert any("\u00b7" in name for name in names)  # a middle dot
    assert any(ord(max(name)) > 0xFFFF for name in names)  # outside the common sets


def test_sample_candidates_of_the_county() -> None:
    data = (SAMPLES / "candidates-county-13.csv").read_bytes()
    items = projects.read("a", data).accepted()
    assert [item.id for item in items] == [str(n) for n in range(1, 14)]
    assert items[0] == Item(
        "1",
        "公办幼儿园扩容工程",
        {
            "category": "教育",
            "content": "新(改、扩)建公办园5所,新增公办幼儿学位1000个",
            "amount_yuan": 52_000_000,
            "unit": "县教育局",
            "deadline": "2022年12月",
        },
    )


def test_sample_candidates_of_the_city() -> None:
    items = projects.read("a", (SAMPLES / "candidates-city-12.csv").read_bytes()).accepted()
    assert len(items) == 12
    assert sum(item.more["amount_yuan"] for item in items) == 437_460 * 10_000


# Encodings


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_each_encoding_is_read(encoding: str) -> None:
    assert csvfile.decode("姓名,𠮷野".encode(encoding)) == "姓名,𠮷野"


@pytest.mark.parametrize(
    "data", [b"\xff\xfe\x00", b"\xef\xbb\xbf\xd0\xd5", b"\x81", b"\xed\xa0\x80"]
)
def test_other_encodings_are_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        csvfile.decode(data)
    (fault,) = faults_of(data)
    assert "编码" in fault.reason


# Rosters


def test_optional_columns_may_be_missing_and_in_any_order() -> None:
    assert deputies("座位,姓名,代表证号\n3排12座,王玉兰,0007\n") == [
        RosterRow("0007", "王玉兰", "", "3排12座")
    ]


def test_blank_rows_and_empty_ends_are_left_out() -> None:
    rows = deputies("代表证号,姓名,,\r\n,,,\r\n\r\n0001,王玉兰,,\r\n,,\r\n")
    assert rows == [RosterRow("0001", "王玉兰", "", "")]


def test_all_faults_come_at_once_with_the_lines_of_the_file() -> None:
    text = '代表证号,姓名,座位\n0001,"王\n玉兰",1\n0001,,2\n0003,甲\x00乙,3\n0004,丙\n'
    assert where(text) == [(4, "姓名"), (4, "代表证号"), (5, "姓名"), (6, "")]


def test_a_line_break_in_a_cell_becomes_a_space() -> None:
    assert deputies('代表证号,姓名\n1,"王\r\n 玉兰"\n')[0].name == "王 玉兰"


@pytest.mark.parametrize("space", ["\u2028", "\u0085", "\x0b", "\x0c", "\x1c"])
def test_other_line_separators_split_nothing_and_are_refused(space: str) -> None:
    assert where(f"代表证号,姓名\n1,王{space}2\n3,李\n") == [(2, "姓名")]
    assert where(f"代表证号,姓名\n1,王{space}\n") == [(2, "姓名")]


def test_text_that_turns_around_is_refused() -> None:
    assert where("代表证号,姓名\n1,王\u202e玉兰\n") == [(2, "姓名")]


def test_text_that_looks_like_a_formula_stays_text() -> None:
    assert deputies("代表证号,姓名\n1,=1+1\n")[0].name == "=1+1"


def test_full_width_digits_make_no_second_number() -> None:
    assert deputies("代表证号,姓名\n\uff11\uff12,王\n")[0].number == "12"
    assert where("代表证号,姓名\n12,王\n\uff11\uff12,李\n") == [(3, "代表证号")]


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("", [(0, "")]),
        ("\n\r\n", [(0, "")]),
        ("代表证号,姓名\n", [(1, "")]),
        ("代表证号\n1\n", [(1, "姓名")]),
        ("代表证号,姓名,姓名\n1,王,王\n", [(1, "姓名")]),
        ('代表证号,姓名\n1,"王\n2,李\n', [(2, "")]),
        ('代表证号,姓名\n1,"王"x\n', [(2, "")]),
        ("代表证号,姓名\n1,王,多\n", [(2, "")]),
        (f"代表证号,姓名\n1,{'王' * 65}\n", [(2, "姓名")]),
    ],
)
def test_faults_of_a_roster(text: str, at: list[tuple[int, str]]) -> None:
    assert where(text) == at


def test_too_many_rows() -> None:
    rows = [f"{n},王" for n in range(roster.MAX_DEPUTIES)]
    assert len(deputies("\n".join(["代表证号,姓名", *rows]))) == roster.MAX_DEPUTIES
    assert where("\n".join(["代表证号,姓名", *rows, "x,王"])) == [(roster.MAX_DEPUTIES + 2, "")]
    with pytest.raises(Faults, match="1 处错误"):
        items("\n".join(f"{n},路,,,,," for n in range(201)))


# Amounts and the fields of projects


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("5200", 52_000_000),
        ("0", 0),
        ("1,200.5", 12_005_000),
        ("0.0001", 1),
        ("85000.00", 850_000_000),
        ("\uff11\uff12\uff0e\uff15", 125_000),
        ("", None),
        ("/", None),
        ("——", None),
        ("1.2亿", 120_000_000),
        ("1.2亿元", 120_000_000),
        ("3820万元", 38_200_000),
        ("3,820 万元", 38_200_000),
        ("\uff13\uff0c\uff18\uff12\uff10", 38_200_000),
        ("\uffe552000000元", 52_000_000),
    ],
)
def test_amounts_become_whole_yuan(text: str, yuan: int | None) -> None:
    assert amount(text) == yuan


@pytest.mark.parametrize(
    "text",
    ["1e5", "-1", "+1", "0.00001", "12,00", "1.2.3", ".5", "5.", "约3", "3左右", "1.2亿美元",
     "0.1元", "9" * 20, "\u00bd", "5\u00b2",
     "\u0661", "NaN", "99999999999", "0x10", "1_000", "\u4e00"],
)  # fmt: skip
def test_other_amounts_are_refused(text: str) -> None:
    with pytest.raises(Faults) as caught:
        amount(text)
    assert [(f.line, f.column) for f in caught.value.faults] == [(2, "总投资")]


def test_further_columns_and_full_width_brackets_in_the_header() -> None:
    header = f"{HEADER},建设地点,年度计划投资\uff08万元\uff09,牵头领导"
    (item,) = items("1,修路,,,,,,城关,2.5,王县长\n", header)
    assert item.more == {"place": "城关", "year_amount_yuan": 25_000, "leader": "王县长"}


def test_other_names_of_columns() -> None:
    header = HEADER.replace("建设内容", "建设内容及规模").replace("投资估算", "总投资")
    (item,) = items("1,修路,,五公里,3,,\n", header)
    assert item.more == {"content": "五公里", "amount_yuan": 30_000}


def test_a_missing_column_of_the_list_is_named() -> None:
    with pytest.raises(Faults) as caught:
        items("1,教育\n", "序号,项目类别")
    missing = [fault.column for fault in caught.value.faults]
    assert missing == ["项目名称"]


# Anything at all

CELL = st.text(st.sampled_from('1,"\n\r\t .王=\x00\u2028\u202e\uff11\ufeff'), max_size=6)
ROW = st.lists(CELL, max_size=4).map(",".join)
SHEET = st.tuples(
    st.sampled_from(["代表证号,姓名\n", HEADER + "\n", ""]), st.lists(ROW, max_size=6)
)
TEXT = SHEET.map(lambda parts: parts[0] + "\n".join(parts[1]))
DATA = st.binary() | TEXT.map(str.encode) | TEXT.map(lambda text: text.encode("gb18030"))


def rows_or_faults(read: Callable[[str, bytes], Reading[object]], data: bytes) -> list[object]:
    reading = read("x.csv", data)
    assert len(reading.values) == len(reading.table.rows)
    return [*reading.values, *reading.table.faults]


@given(DATA)
def test_any_bytes_give_rows_or_faults_and_nothing_else(data: bytes) -> None:
    assert rows_or_faults(roster.read, data)
    assert rows_or_faults(projects.read, data)


@given(DATA)
def test_what_is_read_fits_a_definition(data: bytes) -> None:
    try:
        read = projects.read("x.csv", data).accepted()
    except Faults:
        return
    assert len({item.id for item in read}) == len(read) > 0
    for item in read:
        jcs(dict(item.more))
