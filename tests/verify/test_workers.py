"""All cores share the work, and its answers come as if one had done it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count, islice

import pytest

from voting.verify import workers
from voting.verify.report import Failure
from voting.verify.workers import Workers

SEVERAL = pytest.mark.skipif((os.cpu_count() or 1) == 1, reason="one core does it block by block")


def squares(block: range) -> Iterator[tuple[int, int]]:
    for number in block:
        if number == 1234:
            raise Failure(f"line {number}", "wrong")
        yield number * number, os.getpid()


def blocks(end: int) -> Iterator[range]:
    for first in range(0, end, 100):
        yield range(first, first + 100)


def test_answers_come_in_the_order_of_the_lines_from_several_processes() -> None:
    with Workers() as shared:
        found = list(shared.in_order(squares, blocks(1000)))
    assert [square for square, _ in found] == [n * n for n in range(1000)]
    if (os.cpu_count() or 1) > 1:
        assert os.getpid() not in {process for _, process in found}


@pytest.mark.parametrize("cores", [1, pytest.param(2, marks=SEVERAL)])
def test_a_failure_comes_after_everything_before_it(
    cores: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_CORES", cores)

    def broken_off() -> Iterator[range]:
        yield from blocks(700)
        raise Failure("line 700", "broken off")

    for lines, last in ((broken_off(), 700), (blocks(2000), 1234)):
        found: list[int] = []
        with Workers() as shared, pytest.raises(Failure, match=f"line {last}: "):
            found.extend(square for square, _ in shared.in_order(squares, lines))
        assert len(found) == last


@SEVERAL
def test_no_more_blocks_are_read_than_are_worked_on() -> None:
    read = count()

    def endless() -> Iterator[range]:
        while True:
            yield range(next(read), 10)

    with Workers() as shared:
        list(islice(shared.in_order(squares, endless()), 10))
    assert next(read) <= workers._AHEAD * (os.cpu_count() or 1) + 2


def test_one_block_starts_no_process() -> None:
    with Workers() as shared:
        found = list(shared.in_order(squares, blocks(100)))
    assert {process for _, process in found} == {os.getpid()}
