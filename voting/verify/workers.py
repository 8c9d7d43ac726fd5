"""Checks that depend on one line only, made on all cores, their answers in the lines' order.

A few blocks of lines are under way at any time, so memory does not grow with the record.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_BLOCK = 256
_AHEAD = 3  # blocks under way for each core
_CORES = os.cpu_count() or 1

_check: Callable[[Any], Any]  # a worker's own


def in_order(check: Callable[[T], R], items: Iterable[T]) -> Iterator[tuple[T, R]]:
    """Every item with what `check` says of it; `check`, items and answers can be pickled.

    Processes are started only where there is more than one block to share out.
    """
    items = iter(items)
    first = list(islice(items, _BLOCK))
    if len(first) < _BLOCK or _CORES == 1:
        yield from ((item, check(item)) for item in first)
        yield from ((item, check(item)) for item in items)
        return
    with ProcessPoolExecutor(_CORES, initializer=_begin, initargs=(check,)) as pool:
        waiting: deque[tuple[list[T], Future[list[R]]]] = deque()
        try:
            block = first
            while block or waiting:
                if block:
                    waiting.append((block, pool.submit(_run, block)))
                    block = list(islice(items, _BLOCK))
                if not block or len(waiting) >= _AHEAD * _CORES:
                    done, answers = waiting.popleft()
                    yield from zip(done, answers.result(), strict=True)
        finally:  # a failure found on the way ends the rest
            pool.shutdown(cancel_futures=True)


def _begin(check: Callable[[Any], Any]) -> None:
    global _check  # noqa: PLW0603 - one for each process, given when it starts
    _check = check


def _run(block: list[Any]) -> list[Any]:
    return [_check(item) for item in block]
