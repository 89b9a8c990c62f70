"""Pieces of work side by side: order, how far ahead they are taken, errors, and lanes used while taking a piece."""

import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from codec_format.lanes import Lanes, usable_cores

WAIT = 10  # seconds until a lane that hangs fails the test


@pytest.mark.parametrize("count", [1, 2, 3])
def test_results_come_in_the_order_of_the_pieces(count: int) -> None:
    """Although the first piece of several lanes is the last one to be done."""
    second_done = threading.Event()

    def piece(number: int) -> int:
        if number == 0 and count > 1:
            assert second_done.wait(WAIT)
        if number == 1:
            second_done.set()
        return number

    with Lanes(count) as lanes:
        assert list(lanes.in_order(partial(piece, number) for number in range(20))) == list(range(20))


def test_several_lanes_work_at_once_and_no_more() -> None:
    """Two pieces meet at a barrier; a third one is never with them."""
    barrier, inside, most, lock = threading.Barrier(2), 0, 0, threading.Lock()

    def piece() -> None:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        barrier.wait(WAIT)
        with lock:
            inside -= 1

    with Lanes(2) as lanes:
        assert len(list(lanes.in_order(piece for _ in range(10)))) == 10
    assert most == 2


@pytest.mark.parametrize(("count", "ahead"), [(1, 1), (2, 3)])
def test_pieces_are_taken_late(count: int, ahead: int) -> None:
    """In the caller's thread, and not before they are needed: what each has gathered takes memory."""
    taken, given = 0, 0

    def pieces() -> Iterator[Callable[[], int]]:
        nonlocal taken
        for number in range(10):
            assert threading.current_thread() is threading.main_thread()
            taken += 1
            assert taken - given <= ahead
            yield partial(int, number)

    with Lanes(count) as lanes:
        for _ in lanes.in_order(pieces()):
            given += 1
    assert given == 10


def test_taking_a_piece_may_use_the_lanes() -> None:
    """As a section does that first needs the tiles of the section before it; more levels than there are lanes."""
    with Lanes(2) as lanes:

        def total(level: int) -> int:
            if level == 0:
                return 1
            return sum(lanes.in_order(partial(int, total(level - 1)) for _ in range(3)))

        assert total(5) == 3**5


@pytest.mark.parametrize("count", [1, 2])
def test_an_error_ends_the_work(count: int) -> None:
    """Those before it have been given; those that had not begun are not; nothing runs when the context is left."""
    begun: list[int] = []
    release = threading.Event()

    def piece(number: int) -> int:
        begun.append(number)
        if number == 3:
            raise ValueError("broken")
        if number == 4:  # still at work while the error is raised
            assert release.wait(WAIT)
            begun.append(-4)
        return number

    given = []

    def work() -> None:
        with Lanes(count) as lanes:
            try:
                for result in lanes.in_order(partial(piece, number) for number in range(100)):
                    given.append(result)
            finally:
                release.set()

    with pytest.raises(ValueError, match="broken"):
        work()
    assert given == [0, 1, 2]
    assert len(begun) < 10
    assert (4 in begun) == (-4 in begun)


def test_no_room_for_a_thread_is_a_lack_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with Lanes(2) as lanes:
        monkeypatch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(MemoryError):
            list(lanes.in_order([int]))


def test_there_is_a_core() -> None:
    assert usable_cores() >= 1
