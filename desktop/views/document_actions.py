"""What the user does with the document as a whole: open, save, export, with the questions that go with it."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

from desktop.controller import Controller
from desktop.resources import FOLDER as RESOURCES
from desktop.resources import SAMPLE_PICTURE
from desktop.state.window_state import WindowState
from desktop.views import dialogs
from desktop.views.preferences import Preferences


class DocumentActions(QObject):
    """Opens and writes the document of a controller; nothing that the user has chosen is lost without a question.

    Signals:
        opening: another document is going to be shown, unless the user would rather keep this one.
    """

    opening = Signal()

    def __init__(self, controller: Controller, preferences: Preferences, window: QWidget) -> None:
        super().__init__(window)
        self._controller = controller
        self._preferences = preferences
        self._window = window
        self._when_written: Callable[[], object] | None = None
        controller.changed.connect(self._go_on_when_written)

    @property
    def stem(self) -> str:
        """The name of the document without its extension."""
        return Path(self._controller.state.document_name).stem or "QRes"

    @Slot()
    def open(self) -> None:
        """Ask for a file, and open it."""
        path = dialogs.ask_open_path(self._window, _folder_of(self._controller.state.document_path))
        if path is not None:
            self.open_file(path)

    def open_file(self, path: Path) -> None:
        """Open a picture or a `.qres` file, after a question if something would be lost."""
        self.go_on(lambda: self._controller.open_file(path))
        if path != SAMPLE_PICTURE:
            self._preferences.add_recent_file(path)

    def go_on(self, open_document: Callable[[], object]) -> None:
        """Open another document like this, after a question if something would be lost."""
        self.opening.emit()
        if self.may_go_on(open_document):
            open_document()

    def may_go_on(self, later: Callable[[], object]) -> bool:
        """Ask before an unsaved result that somebody has chosen is lost; ``later`` runs once it is saved."""
        state = self._controller.state
        if not is_unsaved(state):
            return True
        quality = None if state.choice.lossless else state.quality
        answer = dialogs.ask_about_unsaved(self._window, state.document_name, quality)
        if answer is dialogs.Unsaved.SAVE:
            self.save()
            self.wait_for_writing(later)
        return answer is dialogs.Unsaved.DISCARD

    def wait_for_writing(self, later: Callable[[], object]) -> bool:
        """Run ``later`` once the file that is being written is there, and not at all if that fails.

        Returns:
            Whether a file is being written.
        """
        is_writing = self._controller.state.writing is not None
        if is_writing:
            self._when_written = later
        return is_writing

    @Slot()
    def take_result(self) -> None:
        """What the large button does: save a new result; a file that was opened is saved already."""
        if self._controller.state.source is None:
            self.export()
        else:
            self.save()

    @Slot()
    def save(self) -> None:
        """Write where this document was saved last, or ask."""
        target = self._controller.state.target
        if target is not None:
            self._controller.save(target)
        else:
            self.save_as()

    @Slot()
    def save_as(self) -> None:
        """Ask for a name, and save."""
        state = self._controller.state
        suggestion = state.target or _folder_of(state.document_path) / f"{self.stem}.qres"
        path = dialogs.ask_save_path(self._window, suggestion)
        if path is not None:
            self._controller.save(path)

    @Slot()
    def save_blocks(self) -> None:
        """Ask for a name, and save the blocks on screen."""
        state = self._controller.state
        name = f"{self.stem}-{state.blocks}.qres"
        path = dialogs.ask_save_path(self._window, _folder_of(state.document_path) / name)
        if path is not None:
            self._controller.save_blocks(path)

    @Slot()
    def export(self) -> None:
        """Ask for a name, and write the picture on screen."""
        state = self._controller.state
        name = f"{self.stem}-qres.png" if state.source is not None else f"{self.stem}.png"
        path = dialogs.ask_export_path(self._window, _folder_of(state.document_path) / name)
        if path is not None:
            self._controller.export(path)

    @Slot(object)
    def _go_on_when_written(self, state: WindowState) -> None:
        if state.writing is None and self._when_written is not None:
            go_on, self._when_written = self._when_written, None
            if state.error is None:
                # Not from within the controller, which is still telling everybody about this state.
                QTimer.singleShot(0, go_on)


def is_unsaved(state: WindowState) -> bool:
    """Whether something would be lost; nobody misses a result of the sample."""
    return state.has_unsaved_choice and state.document_path != SAMPLE_PICTURE


def _folder_of(document: Path | None) -> Path:
    """Where files made from a document are suggested to go; never into the installed application."""
    if document is None or document.parent == RESOURCES:
        return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation))
    return document.parent
