"""Turns what the user does in the laboratory into state changes and jobs, and what the jobs report into changes."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from codec_format.model_package import ModelPackage
from desktop.bridge import Bridge
from desktop.laboratory_work import LaboratoryWork, open_other, png_file
from desktop.state import laboratory as transitions
from desktop.state.batch import Encoder
from desktop.state.documents import Source
from desktop.state.events import Event, Exported, Failed, Progress
from desktop.state.laboratory import Created, LaboratoryState, OtherOpened, Recipe
from desktop.state.text import Text
from desktop.work import export_picture


class LaboratoryController(QObject):
    """Holds the state of the laboratory.

    Signals:
        changed: the new LaboratoryState, after every change.
    """

    changed = Signal(object)

    def __init__(self, model: Path | ModelPackage | None = None, parent: QObject | None = None) -> None:
        """Start the worker threads; ``model`` is used instead of the shipped one."""
        super().__init__(parent)
        self._state = LaboratoryState()
        self._work = LaboratoryWork(model)
        self._encoder = Encoder()
        # A bridge of its own: what is made here goes on while the other pages work.
        self._bridge = Bridge(self)
        self._bridge.work_reported.connect(self._on_event)
        self._bridge.work_ended.connect(self._on_work_ended)
        self._bridge.file_reported.connect(self._on_event)

    @property
    def state(self) -> LaboratoryState:
        """What the page shows."""
        return self._state

    # ------------------------------------------------------------------------------------------- what the user does

    def show_source(self, source: Source | None) -> None:
        """Work with the picture that is open in the window."""
        known = self._state.source
        if (known and known.picture) is not (source and source.picture):
            self._change(transitions.source_shown(self._state, source))

    def choose_encoder(self, encoder: Encoder) -> None:
        """Use this model on this device."""
        self._encoder = encoder

    def choose(self, recipe: Recipe) -> None:
        """Make the next picture like this."""
        if recipe != self._state.recipe:
            self._change(transitions.recipe_chosen(self._state, recipe))

    def open_other(self, path: Path) -> None:
        """Read the other picture of an interpolation."""
        self._bridge.start_file_job(open_other(path))

    def make(self) -> None:
        """Make a picture, if everything is there for it."""
        state = self._state
        if state.can_make:
            self._bridge.start_work(self._work.make(state.recipe, state.source, state.other, self._encoder))
            self._change(transitions.work_started(state))

    def cancel(self) -> None:
        """Stop making it; what is shown stays."""
        self._bridge.cancel_work()
        self._change(transitions.cancelled(self._state))

    def export(self, path: Path) -> None:
        """Write the result as an ordinary picture file; the files it was made of are never written to."""
        state = self._state
        if state.creation is not None:
            sources = (state.source, state.other)
            originals = [source.path for source in sources if source is not None and source.path is not None]
            self._bridge.start_file_job(export_picture(state.creation.picture, path, originals))

    def result_file(self) -> Callable[[], bytes] | None:
        """What gives the result as a PNG file, in any thread; None without a result."""
        creation = self._state.creation
        return None if creation is None else partial(png_file, creation.picture)

    def tell(self, message: Text) -> None:
        """Say something below the controls."""
        self._change(transitions.told(self._state, message))

    def close(self) -> None:
        """Give up the work and end the threads."""
        self._bridge.close()

    # --------------------------------------------------------------------------------------------- what the jobs say

    @Slot(object)
    def _on_event(self, event: Event) -> None:
        match event:
            case Progress(label, fraction):
                self._change(transitions.work_progressed(self._state, label, fraction))
            case Created():
                self._change(transitions.created(self._state, event))
            case OtherOpened(source):
                self._change(transitions.other_opened(self._state, source))
            case Exported(path, notes):
                self._change(transitions.exported(self._state, path, notes))
            case Failed(sentence):
                self._change(transitions.failed(self._state, sentence))

    @Slot()
    def _on_work_ended(self) -> None:
        self._change(transitions.work_ended(self._state))

    def _change(self, state: LaboratoryState) -> None:
        self._state = state
        self.changed.emit(state)
