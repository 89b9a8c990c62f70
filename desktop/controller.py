"""Turns what the user does into state changes and jobs, and what the jobs report into state changes."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from codec_format.model_package import ModelPackage
from desktop.bridge import Bridge
from desktop.state import events
from desktop.state import window_state as transitions
from desktop.state.choice import Aim, Choice, Goal
from desktop.state.documents import Decoded
from desktop.state.text import Text
from desktop.state.window_state import WindowState
from desktop.work import CodecWork, export_picture, find_models, first_blocks, measure, save_coded_file

SLIDER_REST_MS = 250
REFINEMENT_STEP_MS = 420


@dataclass(frozen=True)
class _Opening:
    name: str


@dataclass(frozen=True)
class _Encoding:
    choice: Choice


@dataclass(frozen=True)
class _Decoding:
    blocks: int


@dataclass(frozen=True, eq=False)
class _Measuring:
    decoded: Decoded


class Controller(QObject):
    """Holds the state of one window.

    Signals:
        changed: the new WindowState, after every change.
    """

    changed = Signal(object)

    def __init__(
        self,
        model: Path | ModelPackage | None = None,
        parent: QObject | None = None,
        slider_rest_ms: int = SLIDER_REST_MS,
        choice: Choice | None = None,
    ) -> None:
        """Start the worker threads, and look for the installed models.

        Args:
            model: the package that encodes, or its file, instead of the shipped one.
            parent: as Qt has it.
            slider_rest_ms: how long the choice must stay the same until a picture is encoded.
            choice: how to encode at first.
        """
        super().__init__(parent)
        self._state = WindowState(choice=choice or Choice())
        self._running: _Opening | _Encoding | _Decoding | _Measuring | None = None
        self._model = model
        self._codec_work = CodecWork(model)
        self._bridge = Bridge(self)
        self._bridge.work_reported.connect(self._on_work_event)
        self._bridge.work_ended.connect(self._on_work_ended)
        self._bridge.file_reported.connect(self._on_file_event)
        self._slider_rest = QTimer(self, singleShot=True, interval=slider_rest_ms)
        self._slider_rest.timeout.connect(self._pursue)
        self._refinement = QTimer(self, interval=REFINEMENT_STEP_MS)
        self._refinement.timeout.connect(self._step_refinement)
        self._bridge.start_file_job(find_models(model))

    @property
    def state(self) -> WindowState:
        """What the window shows."""
        return self._state

    # ------------------------------------------------------------------------------------------- what the user does

    def open_file(self, path: Path) -> None:
        """Open a picture or a `.qres` file; what is shown stays until it is read."""
        self._slider_rest.stop()
        self._running = _Opening(path.name)
        self._bridge.start_work(self._codec_work.open_file(path, self._state.choice.device))
        self._change(transitions.open_started(self._state, path.name))

    def open_bytes(self, name: str, load: Callable[[], bytes]) -> None:
        """Open a picture that is no file, from the bytes that ``load`` gives in a worker thread."""
        self._slider_rest.stop()
        self._running = _Opening(name)
        self._bridge.start_work(self._codec_work.open_bytes(name, load))
        self._change(transitions.open_started(self._state, name))

    def choose_quality(self, quality: int) -> None:
        """Encode at this quality as soon as it has not changed for a moment."""
        self.choose(replace(self._state.choice, goal=Goal(Aim.QUALITY, quality)))

    def choose(self, choice: Choice) -> None:
        """Encode like this as soon as it has not changed for a moment."""
        if choice == self._state.choice:
            return
        if isinstance(self._running, _Encoding | _Decoding | _Measuring):
            # Its result would be out of date before it is there.
            self._stop_running()
            self._state = transitions.work_ended(self._state)
        if choice.model not in (None, *(model.path for model in self._state.models)):
            self._bridge.start_file_job(find_models(self._model, choice.model))
        self._slider_rest.start()
        self._change(transitions.choice_made(self._state, choice))

    def encode_again(self) -> None:
        """Go on after a cancel or an error."""
        self._change(transitions.encode_requested(self._state))

    def choose_blocks(self, blocks: int) -> None:
        """Show the first so many latent blocks."""
        self._change(transitions.blocks_chosen(transitions.refinement_stopped(self._state), blocks))

    def toggle_refinement(self) -> None:
        """Play the refinement block by block, or pause it."""
        change = transitions.refinement_stopped if self._state.refining else transitions.refinement_started
        self._change(change(self._state))

    def save(self, path: Path) -> None:
        """Write the coded file exactly as it is."""
        if self._state.coded is None or not self._state.can_save_as:
            return
        self._bridge.start_file_job(save_coded_file(self._state.coded, path, self._source_files()))
        self._change(transitions.write_started(self._state, path))

    def save_blocks(self, path: Path) -> None:
        """Write the latent blocks on screen as a file of their own."""
        if self._state.coded is None or not self._state.can_save_blocks:
            return
        originals = [*self._source_files(), *([self._state.coded.path] if self._state.coded.path is not None else [])]
        self._bridge.start_file_job(save_coded_file(self._state.coded, path, originals, self._state.blocks))
        self._change(transitions.write_started(self._state, path))

    def result_bytes(self) -> bytes | None:
        """The file of the latent blocks on screen, None while there is none of the settings shown."""
        state = self._state
        return first_blocks(state.coded, state.blocks) if state.coded is not None and state.can_export else None

    def export(self, path: Path) -> None:
        """Write the picture on screen as an ordinary picture file."""
        if self._state.shown is None or not self._state.can_export:
            return
        document = self._state.document_path
        originals = [document] if document is not None else []
        self._bridge.start_file_job(export_picture(self._state.shown.picture, path, originals))
        self._change(transitions.write_started(self._state, path))

    def cancel(self) -> None:
        """Stop the work in the background; what is shown stays."""
        self._slider_rest.stop()
        self._stop_running()
        self._change(transitions.work_cancelled(self._state))

    def tell(self, message: Text) -> None:
        """Say something in the status line."""
        self._change(transitions.told(self._state, message))

    def dismiss_banner(self) -> None:
        """Hide the error or the notes."""
        self._change(transitions.banner_dismissed(self._state))

    def close(self) -> None:
        """Cancel the codec's work, finish writing files, end the threads."""
        self._slider_rest.stop()
        self._refinement.stop()
        self._bridge.close()

    # --------------------------------------------------------------------------------------------- what the jobs say

    @Slot(object)
    def _on_work_event(self, event: events.Event) -> None:
        state = self._state
        match event:
            case events.Progress():
                state = transitions.work_progressed(state, event)
            case events.PictureOpened(source):
                state = transitions.source_opened(state, source)
            case events.PreviewRead(glimpse):
                state = transitions.preview_read(state, glimpse)
            case events.CodedFileOpened(coded, first, notes):
                state = transitions.coded_file_opened(state, coded, first, notes)
            case events.Encoded(coded, complete, notes):
                state = transitions.encoded(state, coded, complete, notes)
            case events.BlocksDecoded(decoded):
                state = transitions.blocks_decoded(state, decoded)
            case events.Measured(decoded, similarity):
                state = transitions.measured(state, decoded, similarity)
            case events.Failed(sentence) if isinstance(self._running, _Opening):
                state = transitions.open_failed(state, sentence)
            case events.Failed(sentence):
                state = transitions.work_failed(state, sentence)
        self._change(state)

    @Slot()
    def _on_work_ended(self) -> None:
        self._running = None
        self._change(transitions.work_ended(self._state))

    @Slot(object)
    def _on_file_event(self, event: events.Event) -> None:
        match event:
            case events.Saved(coded, path, blocks):
                self._change(transitions.saved(self._state, coded, path, blocks))
            case events.Exported(path, notes):
                self._change(transitions.exported(self._state, path, notes))
            case events.ModelsFound(models):
                self._change(transitions.models_found(self._state, models))
            case events.Failed(sentence):
                self._change(transitions.write_failed(self._state, sentence))

    # ------------------------------------------------------------------------------------------------------ the rest

    def _change(self, state: WindowState) -> None:
        self._state = state
        if state.refining and not self._refinement.isActive():
            self._refinement.start()
        elif not state.refining:
            self._refinement.stop()
        self._pursue()
        self.changed.emit(self._state)

    def _pursue(self) -> None:
        """Start the job that brings the screen to what the state asks for, unless it is under way."""
        state = self._state
        if isinstance(self._running, _Opening) or self._slider_rest.isActive():
            return
        if state.needs_encode and state.source is not None:
            if self._running != _Encoding(state.choice):
                self._running = _Encoding(state.choice)
                self._bridge.start_work(self._codec_work.encode(state.source, state.choice))
            return
        blocks = state.blocks_to_decode
        if blocks is not None and state.coded is not None:
            if self._running != _Decoding(blocks):
                self._running = _Decoding(blocks)
                self._bridge.start_work(self._codec_work.decode_blocks(state.coded, blocks, state.choice.device))
            return
        decoded = state.to_measure
        if self._running is None and decoded is not None and state.source is not None:
            self._running = _Measuring(decoded)
            self._bridge.start_work(measure(state.source, decoded))

    def _source_files(self) -> list[Path]:
        source = self._state.source
        return [source.path] if source is not None and source.path is not None else []

    def _step_refinement(self) -> None:
        self._change(transitions.refinement_stepped(self._state))

    def _stop_running(self) -> None:
        self._bridge.cancel_work()
        self._running = None
