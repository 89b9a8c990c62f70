"""Turns what the user does on the batch page into state changes and jobs, and what the jobs report into changes."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from codec_format.batch_plan import BatchSettings, plan_batch
from codec_format.model_package import ModelPackage
from desktop.batch_work import BatchWork, RunControl, make_thumbnail, save_report, search_files
from desktop.bridge import Bridge
from desktop.state import batch as transitions
from desktop.state.batch import BatchState, Encoder, FilesFound, ReportSaved, RowUpdated, RunPaused, ThumbnailRead
from desktop.state.events import Event, Failed

THUMBNAIL_SIDE = 96  # pixels; rows are drawn at up to twice the logical size


class BatchController(QObject):
    """Holds the state of the batch page.

    Signals:
        changed: the new BatchState, after every change.
        thumbnail_read: path, and uint8 [height, width, 4] pixels.
    """

    changed = Signal(object)
    thumbnail_read = Signal(object, object)

    def __init__(self, model: Path | ModelPackage | None = None, parent: QObject | None = None) -> None:
        """Start the worker threads; ``model`` encodes instead of the shipped one."""
        super().__init__(parent)
        self._state = BatchState()
        self._work = BatchWork(model)
        self._encoder = Encoder()
        self._control = RunControl()
        # A bridge of its own: the run goes on while pictures are opened, and nothing supersedes it.
        self._bridge = Bridge(self)
        self._bridge.work_reported.connect(self._on_event)
        self._bridge.work_ended.connect(self._on_run_ended)
        self._bridge.file_reported.connect(self._on_event)

    @property
    def state(self) -> BatchState:
        """What the page shows."""
        return self._state

    # ------------------------------------------------------------------------------------------- what the user does

    def add(self, paths: Sequence[Path]) -> None:
        """Add files, and all pictures and .qres files in folders."""
        if paths and not self._state.is_running:
            self._bridge.start_file_job(search_files(paths))
            self._change(transitions.search_started(self._state))

    def remove(self, positions: Iterable[int]) -> None:
        """Take rows off the list."""
        if not self._state.is_running:
            self._plan(transitions.rows_removed(self._state, positions))

    def choose(self, settings: BatchSettings) -> None:
        """Do the next run like this."""
        if not self._state.is_running and settings != self._state.settings:
            self._plan(transitions.settings_chosen(self._state, settings))

    def choose_encoder(self, encoder: Encoder, can_be_lossless: bool) -> None:
        """Do the next run with this model on this device; the model may be able to encode losslessly."""
        self._encoder = encoder
        if can_be_lossless != self._state.can_be_lossless:
            self._change(transitions.encoder_chosen(self._state, can_be_lossless))

    def start(self) -> None:
        """Convert what is open, or everything once more if nothing is."""
        if self._state.can_start_again:
            self._plan(transitions.reopened(self._state))
        state = self._state
        if not state.can_start or state.plan is None:
            return
        self._control = RunControl()
        self._bridge.start_work(self._work.run(state.plan, state.open_rows, self._encoder, self._control))
        self._change(transitions.run_started(state))

    def pause(self) -> None:
        """Stop when the file at work is finished."""
        self._control.pause()
        self._change(transitions.pause_requested(self._state))

    def resume(self) -> None:
        """Go on after a pause."""
        self._change(transitions.resume_requested(self._state))
        self._control.resume()

    def cancel(self) -> None:
        """Give up the file at work and end the run."""
        self._change(transitions.cancel_requested(self._state))
        self._control.cancel()

    def save_report(self, path: Path) -> None:
        """Write what became of the files."""
        state = self._state
        if state.plan is not None:
            outcomes = {at: row.outcome for at, row in enumerate(state.rows) if row.outcome is not None}
            self._bridge.start_file_job(save_report(state.plan, outcomes, path))

    def want_thumbnail(self, path: Path) -> None:
        """Read a small picture of a file, for ``thumbnail_read``."""
        self._bridge.start_file_job(make_thumbnail(path, THUMBNAIL_SIDE))

    def close(self) -> None:
        """Give up the run and end the threads."""
        self._control.cancel()
        self._bridge.close()

    # --------------------------------------------------------------------------------------------- what the jobs say

    @Slot(object)
    def _on_event(self, event: Event) -> None:
        match event:
            case FilesFound(files):
                self._plan(transitions.files_found(transitions.search_ended(self._state), files))
            case ThumbnailRead(path, pixels):
                self.thumbnail_read.emit(path, pixels)
            case RowUpdated(update):
                self._change(transitions.row_updated(self._state, update))
            case RunPaused():
                self._change(transitions.run_paused(self._state))
            case ReportSaved(path):
                self._change(transitions.report_saved(self._state, path))
            case Failed(sentence):
                self._change(transitions.failed(transitions.search_ended(self._state), sentence))

    @Slot()
    def _on_run_ended(self) -> None:
        self._change(transitions.run_ended(self._state))

    # ------------------------------------------------------------------------------------------------------ the rest

    def _plan(self, state: BatchState) -> None:
        """Find the names for a changed list or changed settings."""
        if state.plan is None:
            state = transitions.planned(state, plan_batch((row.file for row in state.rows), state.settings))
        self._change(state)

    def _change(self, state: BatchState) -> None:
        self._state = state
        self.changed.emit(state)
