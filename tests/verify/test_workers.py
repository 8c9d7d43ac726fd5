"""All cores share the work, and its answers come as if one had done it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count, islice

import pytest

from voting.verify import workers


def square_and_process(number: int) -> tuple[int, int]:
    return number * number, os.getpid()


def test_the_answers_come_in_the_order_of_the_lines_from_several_processes() -> None:
    found = list(workers.in_order(square_and_process, range(2000)))
    assert [item for item, _ in found] == list(range(2000))
    assert [square for _, (square, _) in found] == [n * n for n in range(2000)]
    if (os.cpu_count() or 1) > 1:
        assert os.getpid() not in {process for _, (_, process) in found}


@pytest.mark.skipif((os.cpu_count() or 1) == 1, reason="one core does it line by line")
def test_no_more_lines_are_read_than_are_worked_on() -> None:
    read = count()

    def lines() -> Iterator[int]:
        while True:
            yield next(read)

    list(islice(workers.in_order(square_and_process, lines()), 10))
    most = (workers._AHEAD * (os.cpu_count() or 1) + 2) * workers._BLOCK
    assert next(read) <= most


def test_a_small_record_starts_no_process() -> None:
    found = list(workers.in_order(square_and_process, range(20)))
    assert {process for _, (_, process) in found} == {os.getpid()}
