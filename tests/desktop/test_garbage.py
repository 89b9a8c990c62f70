"""Where Python's garbage collector runs once there is a window."""

import gc
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, Qt
from pytestqt.qtbot import QtBot

from desktop.garbage import GarbageCollector


class _Cycle(QObject):
    """Reachable from itself alone, as a closed dialog is."""

    def __init__(self) -> None:
        super().__init__()
        self.itself = self


@pytest.fixture
def destroyed_in() -> Iterator[list[int]]:
    """Threads in which a cycle of Qt objects that is garbage now is destroyed."""
    threads: list[int] = []
    cycle = _Cycle()
    cycle.destroyed.connect(lambda: threads.append(threading.get_ident()), Qt.ConnectionType.DirectConnection)
    del cycle
    thresholds = gc.get_threshold()
    gc.set_threshold(10, 1, 1)
    yield threads
    gc.set_threshold(*thresholds)


def _allocate_in_a_worker() -> list[list[None]]:
    """Objects that a worker has made; while they live, a collection is due."""
    kept: list[list[None]] = []
    worker = threading.Thread(target=lambda: kept.extend([None] for _ in range(5000)))
    worker.start()
    worker.join()
    return kept


def test_qt_objects_are_never_destroyed_in_a_worker_thread(qtbot: QtBot, destroyed_in: list[int]) -> None:
    kept = _allocate_in_a_worker()
    assert destroyed_in == []
    qtbot.waitUntil(lambda: destroyed_in == [threading.get_ident()], timeout=10_000)
    assert len(kept) == 5000


def test_nothing_is_collected_before_it_is_due(qtbot: QtBot) -> None:
    parent = QObject()
    collector = GarbageCollector(parent)
    thresholds = gc.get_threshold()
    gc.collect()
    gc.set_threshold(1_000_000, 10, 10)
    collections = [generation["collections"] for generation in gc.get_stats()]
    collector.collect()
    assert [generation["collections"] for generation in gc.get_stats()] == collections
    gc.set_threshold(*thresholds)
