"""What a count by hand must add up to, where two counts differ, and what it decides."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.core.test_rules import poll
from voting.core import paper
from voting.core.errors import Refused
from voting.core.forms import form_choose, form_each
from voting.core.paper import Count

CHOOSE = poll(form_choose(2), "1", "2", "3")
EACH = poll(form_each(), "1", "2")
# Eight present: seven ballots came back, one of them over-marked, one blank; five deputies chose.
COUNT = Count(issued=8, returned=7, valid=6, invalid=1, blank=1, votes=((5,), (4,), (1,)))


def test_a_count_that_adds_up_is_taken_and_decided_by_the_polls_rule() -> None:
    assert paper.faults(CHOOSE, 8, COUNT) == []
    result = paper.decided(CHOOSE, 8, COUNT)
    assert result["chosen"] == ["1"]  # five of nine are more than half, four are not
    assert [item["votes"] for item in result["items"]] == [[5], [4], [1]]
    assert [item["unmarked"] for item in result["items"]] == [1, 2, 5]
    assert result["blank"] == 1


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"issued": 9}, "多于实到 8 人"),
        ({"invalid": 2}, "不等于收回 7 张"),
        ({"valid": 6, "blank": 7}, "弃权票多于有效票"),
        ({"votes": ((6,), (2,), (0,))}, "「项目1」的票数之和"),
        ({"votes": ((5,), (5,), (1,))}, "多于每票最多 2 项的总和 10"),
        ({"votes": ((1,), (1,), (1,))}, "至少选了一项"),
    ],
)
def test_what_paper_cannot_say_is_said(changed: dict[str, Any], why: str) -> None:
    said = paper.faults(CHOOSE, 8, replace(COUNT, **changed))
    assert any(why in sentence for sentence in said)


def test_more_ballots_back_than_issued_are_no_slip_of_the_pen_but_void() -> None:
    found = replace(COUNT, issued=6)
    assert paper.faults(CHOOSE, 8, found) == []
    assert paper.is_void(found)
    with pytest.raises(Refused, match="无效"):
        paper.decided(CHOOSE, 8, found)


def test_who_left_an_item_unmarked_has_not_voted_on_it() -> None:
    count = Count(8, 7, 6, 1, 0, votes=((5, 1, 0), (3, 1, 1)))
    assert paper.faults(EACH, 8, count) == []
    result = paper.decided(EACH, 8, count)
    assert [item["not_voted"] for item in result["items"]] == [1, 2]  # one ballot never came back
    assert result["chosen"] == ["1"]


def test_two_counts_differ_cell_by_cell_and_pass_through_the_form_unchanged() -> None:
    other = replace(COUNT, blank=2, votes=((5,), (3,), (1,)))
    assert paper.differing(COUNT, other) == ["blank", "item-1-0"]
    assert paper.from_cells(CHOOSE, COUNT.cells()) == COUNT
    assert list(COUNT.cells()) == paper.cell_names(CHOOSE)
