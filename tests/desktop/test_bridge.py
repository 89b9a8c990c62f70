"""The worker threads: the newest job wins, nothing of an older one is delivered, errors are sentences."""

import threading
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from codec_format.errors import CancelledError, InputError
from desktop.bridge import Bridge
from desktop.state.events import Event, Failed, Progress
from desktop.state.text import Text
from desktop.work import Cancelled, Job, Report


class Record:
    """What a bridge has delivered."""

    def __init__(self, bridge: Bridge) -> None:
        self.work: list[Event] = []
        self.files: list[Event] = []
        self.ended = 0
        bridge.work_reported.connect(self.work.append)
        bridge.file_reported.connect(self.files.append)
        bridge.work_ended.connect(self._count)

    def _count(self) -> None:
        self.ended += 1


@pytest.fixture
def bridge(qtbot: QtBot) -> Iterator[Bridge]:
    bridge = Bridge()
    yield bridge
    bridge.close()


def reporting(label: str) -> Job:
    return lambda report, _cancelled: report(Progress(Text(label)))


def test_events_arrive_in_the_thread_of_the_window(bridge: Bridge, qtbot: QtBot) -> None:
    threads: list[threading.Thread] = []
    workers: list[threading.Thread] = []

    def job(report: Report, _cancelled: Cancelled) -> None:
        workers.append(threading.current_thread())
        report(Progress(Text("a")))

    bridge.work_reported.connect(lambda _event: threads.append(threading.current_thread()))
    with qtbot.waitSignal(bridge.work_ended):
        bridge.start_work(job)
    assert threads == [threading.main_thread()]
    assert workers != threads


def test_a_newer_job_cancels_the_older_and_nothing_of_it_is_delivered(bridge: Bridge, qtbot: QtBot) -> None:
    record = Record(bridge)
    started, noticed = threading.Event(), threading.Event()

    def endless(report: Report, cancelled: Cancelled) -> None:
        report(Progress(Text("old")))
        started.set()
        while not cancelled():
            pass
        noticed.set()
        report(Progress(Text("too late")))
        raise CancelledError("The work was cancelled.")

    bridge.start_work(endless)
    assert started.wait(5)
    bridge.start_work(reporting("new"))
    qtbot.waitUntil(lambda: record.ended == 1)
    assert noticed.is_set()
    assert record.work == [Progress(Text("new"))]


def test_a_job_that_was_over_before_it_was_superseded_is_not_delivered_either(bridge: Bridge, qtbot: QtBot) -> None:
    record = Record(bridge)
    over = threading.Event()

    def quick(report: Report, _cancelled: Cancelled) -> None:
        report(Progress(Text("old")))
        over.set()

    # The event loop does not run between the two, so the events of the first are still on their way.
    bridge.start_work(quick)
    assert over.wait(5)
    bridge.start_work(reporting("new"))
    qtbot.waitUntil(lambda: record.ended == 1)
    qtbot.wait(20)
    assert record.work == [Progress(Text("new"))]
    assert record.ended == 1


def test_jobs_that_never_started_are_skipped(bridge: Bridge, qtbot: QtBot) -> None:
    record = Record(bridge)
    gate = threading.Event()
    bridge.start_work(lambda _report, _cancelled: (gate.wait(5), None)[1])
    for label in ("a", "b", "c"):
        bridge.start_work(reporting(label))
    gate.set()
    qtbot.waitUntil(lambda: record.ended == 1)
    assert record.work == [Progress(Text("c"))]


def test_file_jobs_are_all_done_in_turn_also_when_the_bridge_closes(qtbot: QtBot) -> None:
    bridge = Bridge()
    done: list[int] = []
    gate = threading.Event()
    for number in range(3):
        bridge.start_file_job(lambda _report, _cancelled, number=number: (gate.wait(5), done.append(number))[1])
    bridge.cancel_work()
    gate.set()
    bridge.close()
    assert done == [0, 1, 2]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (InputError("x.png is empty; choose a picture file."), "x.png is empty; choose a picture file."),
        (MemoryError(), "There is not enough memory for a picture of this size; use a smaller picture."),
        (RuntimeError("a bug"), "This should not have happened: RuntimeError('a bug'). Please report it."),
    ],
)
def test_errors_become_sentences_and_the_thread_lives_on(
    bridge: Bridge, qtbot: QtBot, error: Exception, sentence: str
) -> None:
    record = Record(bridge)

    def failing(_report: Report, _cancelled: Cancelled) -> None:
        raise error

    bridge.start_work(failing)
    qtbot.waitUntil(lambda: record.ended == 1)
    (failed,) = record.work
    assert isinstance(failed, Failed)
    assert str(failed.sentence) == sentence
    bridge.start_work(reporting("next"))
    qtbot.waitUntil(lambda: record.ended == 2)
    assert record.work[-1] == Progress(Text("next"))
