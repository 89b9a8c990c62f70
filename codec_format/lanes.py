"""Pieces of work done several at once, their results in the order of the pieces."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Self, TypeVar

Result = TypeVar("Result")


def usable_cores() -> int:
    """Number of cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on Windows and macOS
    return len(affinity(0)) if affinity else os.cpu_count() or 1


class Lanes:
    """Threads that work side by side; with one lane the caller's own. Leaving the context waits for what still runs."""

    def __init__(self, count: int) -> None:
        """Prepare `count` lanes, at least 1."""
        self._count = count
        self._pool = ThreadPoolExecutor(count) if count > 1 else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def in_order(self, pieces: Iterable[Callable[[], Result]]) -> Iterator[Result]:
        """The result of every piece.

        Each piece is taken from `pieces` in the caller's thread, where its inputs can be made, and as late as keeps
        the lanes busy: one more than there are lanes has been begun or waits. Taking one may use the lanes as well.

        Raises:
            MemoryError: there is no room for another thread.
            Exception: what a piece raises.
        """
        if self._pool is None:
            for piece in pieces:
                yield piece()
            return
        begun: deque[Future[Result]] = deque()
        try:
            for piece in pieces:
                begun.append(_submit(self._pool, piece))
                if len(begun) > self._count:
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        finally:
            for future in begun:  # after an error, those that wait
                future.cancel()


def _submit(pool: ThreadPoolExecutor, piece: Callable[[], Any]) -> Future[Any]:
    try:
        return pool.submit(piece)
    except RuntimeError as error:
        raise MemoryError("no room for the stack of a thread") from error
