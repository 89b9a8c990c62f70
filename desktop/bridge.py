"""Worker threads -> Qt signals. The only place where threads meet: everything above it lives in the window's thread.

Two lanes: in the codec lane the newest job supersedes and cancels the older ones, whose events are never delivered; in
the file lane jobs run in turn, and each of them is finished.
"""

import logging
import threading
from collections import deque
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Qt, Signal, Slot

from codec_format.errors import CancelledError, QresError
from desktop.state.events import Event, Failed
from desktop.state.text import QT_TRANSLATE_NOOP, Text
from desktop.work import Job

_NO_MEMORY = QT_TRANSLATE_NOOP("State", "There is not enough memory for a picture of this size; use a smaller picture.")
_BUG = QT_TRANSLATE_NOOP("State", "This should not have happened: {error}. Please report it.")

_log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Ticket:
    """A job on its way: cancelling it also stops the delivery of what it has reported already."""

    job: Job
    cancelled: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, eq=False)
class _Ended:
    """Last thing that a job sends, whatever became of it."""


class _Lane(QObject):
    """One thread that runs jobs in turn.

    Signals (in the window's thread):
        reported: an event of a job that has not been cancelled.
        ended: such a job has come to its end.
    """

    reported = Signal(object)
    ended = Signal()
    _arrived = Signal(object, object)

    def __init__(self, name: str, parent: QObject) -> None:
        super().__init__(parent)
        self._waiting: deque[_Ticket] = deque()
        # Jobs whose end has not been delivered yet, the window's thread's own list: a job may be over while its events
        # still wait for delivery, and cancelling has to stop those too.
        self._undelivered: list[_Ticket] = []
        self._closing = False
        self._change = threading.Condition()
        # Queued: a signal sent by the worker thread is received in the thread of this object.
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def add(self, job: Job) -> None:
        ticket = _Ticket(job)
        self._undelivered.append(ticket)
        with self._change:
            self._waiting.append(ticket)
            self._change.notify()

    def cancel(self) -> None:
        for ticket in self._undelivered:
            ticket.cancelled.set()
        self._undelivered.clear()
        with self._change:
            self._waiting.clear()

    def close(self) -> None:
        """Let the jobs that are not cancelled finish, then end the thread."""
        with self._change:
            self._closing = True
            self._change.notify()
        self._thread.join()

    def _work(self) -> None:
        while True:
            with self._change:
                while not self._waiting:
                    if self._closing:
                        return
                    self._change.wait()
                ticket = self._waiting.popleft()
            self._run(ticket)

    def _run(self, ticket: _Ticket) -> None:
        try:
            ticket.job(lambda event: self._arrived.emit(ticket, event), ticket.cancelled.is_set)
        except CancelledError:
            pass
        except QresError as error:
            self._arrived.emit(ticket, Failed(error.message))
        except MemoryError:
            self._arrived.emit(ticket, Failed(Text(_NO_MEMORY)))
        except Exception as error:  # a bug; the window must survive it and say so
            _log.exception("A job failed unexpectedly")
            self._arrived.emit(ticket, Failed(Text(_BUG, error=repr(error))))
        finally:
            self._arrived.emit(ticket, _Ended())

    @Slot(object, object)
    def _deliver(self, ticket: _Ticket, event: Event | _Ended) -> None:
        if ticket.cancelled.is_set():
            return
        if isinstance(event, _Ended):
            self._undelivered.remove(ticket)
            self.ended.emit()
        else:
            self.reported.emit(event)


class Bridge(QObject):
    """Runs jobs and hands their events to the window's thread.

    Signals:
        work_reported: an event of the newest codec job.
        work_ended: the newest codec job has come to its end; not sent when it was cancelled.
        file_reported: an event of a file job.
    """

    work_reported = Signal(object)
    work_ended = Signal()
    file_reported = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._codec_lane = _Lane("codec", self)
        self._file_lane = _Lane("files", self)
        self._codec_lane.reported.connect(self.work_reported)
        self._codec_lane.ended.connect(self.work_ended)
        self._file_lane.reported.connect(self.file_reported)

    def start_work(self, job: Job) -> None:
        """Run a codec job; any older one is cancelled and nothing of it is delivered any more."""
        self._codec_lane.cancel()
        self._codec_lane.add(job)

    def cancel_work(self) -> None:
        """Cancel the codec job; nothing of it is delivered any more."""
        self._codec_lane.cancel()

    def start_file_job(self, job: Job) -> None:
        """Run a file job after those that wait already."""
        self._file_lane.add(job)

    def close(self) -> None:
        """Cancel codec work, finish writing files, and end the threads."""
        self._codec_lane.cancel()
        self._codec_lane.close()
        self._file_lane.close()
