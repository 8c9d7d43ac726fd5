"""Work on blocks of lines, shared out to all cores, its answers in the blocks' order.

A few blocks are under way at any time, so memory does not grow with the record.
"""

import os
import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from functools import lru_cache
from itertools import chain, islice
from typing import Any, TypeVar

from .container import Block
from .report import Failure

T = TypeVar("T")
R = TypeVar("R")
Work = Callable[[T], Iterable[R]]
_Answers = tuple[list[R], Failure | None]  # those before the failure, if there is one

_AHEAD = 3  # blocks under way for each core
_CORES = os.cpu_count() or 1


class Workers:
    """Processes that serve a whole verification, started when there is something to share out."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool:  # a failure found on the way ends the rest
            self._pool.shutdown(cancel_futures=True)

    def in_order(self, work: Work[T, R], blocks: Iterable[T]) -> Iterator[R]:
        """What `work` yields of every block; it, blocks and answers can be pickled.

        A Failure of `work`, or of `blocks` itself, is raised after all that comes before it.
        """
        blocks = iter(blocks)
        first = list(islice(blocks, 2))
        blocks = chain(first, blocks)
        if len(first) < 2 or _CORES == 1:
            for block in blocks:
                yield from work(block)
            return
        waiting: deque[Future[_Answers[R]]] = deque()
        for future in self._submitted(work, blocks):
            waiting.append(future)
            if len(waiting) >= _AHEAD * _CORES:
                yield from _told(waiting.popleft().result())
        while waiting:
            yield from _told(waiting.popleft().result())

    def _submitted(self, work: Work[T, R], blocks: Iterable[T]) -> Iterator["Future[_Answers[R]]"]:
        self._pool = self._pool or ProcessPoolExecutor(_CORES)
        pickled = pickle.dumps(work)
        try:
            for block in blocks:
                yield self._pool.submit(_run, pickled, block)
        except Failure as failure:
            last: Future[_Answers[R]] = Future()
            last.set_result(([], failure))
            yield last


def _told(answers: _Answers[R]) -> Iterator[R]:
    found, failure = answers
    yield from found
    if failure:
        raise failure


_unpickled = lru_cache(maxsize=2)(pickle.loads)


def _run(work: bytes, block: Any) -> _Answers[Any]:
    """In a worker: it keeps what all blocks have in common, keys and expressions parsed once."""
    return _gathered(_unpickled(work)(block))


def _gathered(items: Iterable[T]) -> tuple[list[T], Failure | None]:
    """All of them, or those before a failure."""
    found: list[T] = []
    try:
        found.extend(items)
    except Failure as failure:
        return found, failure
    return found, None


def checked(
    block: Block, items: Iterable[T], *checks: tuple[Callable[[T], bool], str]
) -> tuple[list[T], Failure | None]:
    """Of a block's lines, one item each: those before the first failure, and the failure.

    It is the first as if each item met all checks before the next. But each check meets all items
    before the next: signatures of one kind verify a tenth faster when nothing comes between them.
    """
    good, failure = _gathered(items)
    for check, reason in checks:
        for place, item in enumerate(good):
            if not check(item):
                good, failure = good[:place], Failure(block.where(block.number + place), reason)
                break
    return good, failure
