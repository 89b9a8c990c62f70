"""The state of the page that converts many files, and every change it can go through as a pure function."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codec_format.batch_plan import BatchSettings, FileState, FileUpdate, InputFile, Outcome, Plan, RunProgress
from desktop.state.text import QT_TRANSLATE_NOOP, Text

_DECODED_EXTENSION = ".png"  # what dropped .qres files become at first


@dataclass(frozen=True, eq=False)
class FilesFound:
    """The search through dropped files and folders has ended."""

    files: tuple[InputFile, ...]


@dataclass(frozen=True, eq=False)
class ThumbnailRead:
    """A small picture of an input.

    Attributes:
        path: the input.
        pixels: uint8 [height, width, 4], RGBA.
    """

    path: Path
    pixels: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class RowUpdated:
    """A file of the run has got further."""

    update: FileUpdate


@dataclass(frozen=True)
class RunPaused:
    """No file is at work until the run is resumed."""


@dataclass(frozen=True)
class ReportSaved:
    """The report was written."""

    path: Path


BatchEvent = FilesFound | ThumbnailRead | RowUpdated | RunPaused | ReportSaved


@dataclass(frozen=True)
class Encoder:
    """What encodes, and where the networks run; both are chosen beside the picture.

    Attributes:
        model: the file of the model package, None for the one that the program came with or was started with.
        device: "auto", "cpu" or "cuda".
    """

    model: Path | None = None
    device: str = "auto"


class Phase(Enum):
    """What goes on."""

    IDLE = "idle"
    RUNNING = "running"
    PAUSING = "pausing"  # the file at work is being finished
    PAUSED = "paused"
    CANCELLING = "cancelling"


@dataclass(frozen=True, eq=False)
class Row:
    """One input.

    Attributes:
        file: the input.
        target: where its output goes or went; None if it is left out.
        left_out: why it is not converted, in the library's words; empty if it is.
        state: where it stands.
        fraction: 0..1, how far the work on it is.
        outcome: what became of it; None as long as that is open.
    """

    file: InputFile
    target: Path | None
    left_out: str
    state: FileState = FileState.WAITING
    fraction: float = 0.0
    outcome: Outcome | None = None

    @property
    def is_open(self) -> bool:
        """The next run is going to convert it."""
        return self.outcome is None and not self.left_out

    @property
    def saving(self) -> float | None:
        """Which part of the input's size the output saves; negative if it is larger; None without an output."""
        outcome = self.outcome
        if outcome is None or outcome.state is not FileState.DONE or outcome.byte_count is None:
            return None
        return 1 - outcome.byte_count / max(self.file.byte_count, 1)


@dataclass(frozen=True, eq=False)
class BatchState:
    """Everything that the page shows.

    Attributes:
        rows: the inputs in the order in which they are converted.
        settings: the choices for the next run.
        plan: what a run would do now, row by row; that of the present run while there is one.
        phase: what goes on.
        progress: of the present or the last run.
        searches: how many searches for dropped files are under way.
        can_be_lossless: the model that encodes can do so losslessly.
        message: what happened last.
        error: what went wrong with the page itself, until the user does something else.
    """

    rows: tuple[Row, ...] = ()
    settings: BatchSettings = field(default_factory=BatchSettings)
    plan: Plan | None = None
    phase: Phase = Phase.IDLE
    progress: RunProgress = field(default_factory=lambda: RunProgress(0))
    searches: int = 0
    can_be_lossless: bool = False
    message: str = ""
    error: str = ""

    @property
    def is_running(self) -> bool:
        """There is a run, at work or paused; files and settings stay as they are."""
        return self.phase is not Phase.IDLE

    @property
    def open_rows(self) -> tuple[int, ...]:
        """Positions of the rows that the next run is going to convert."""
        return tuple(position for position, row in enumerate(self.rows) if row.is_open)

    @property
    def can_start(self) -> bool:
        """There is something to convert."""
        return not self.is_running and not self.searches and any(row.is_open for row in self.rows)

    @property
    def can_start_again(self) -> bool:
        """Everything has been converted, and can be once more, for instance with other settings."""
        return not self.is_running and not self.can_start and any(not row.left_out for row in self.rows)

    @property
    def has_outcomes(self) -> bool:
        """There is something to report."""
        return any(row.outcome is not None for row in self.rows)

    def count(self, state: FileState) -> int:
        """How many rows stand there."""
        return sum(row.state is state for row in self.rows)

    @property
    def sizes(self) -> tuple[int, int]:
        """Bytes of the inputs that were converted, and of their outputs."""
        done = [(row.file, row.outcome) for row in self.rows if row.outcome and row.state is FileState.DONE]
        return sum(file.byte_count for file, _ in done), sum(outcome.byte_count or 0 for _, outcome in done)


def search_started(state: BatchState) -> BatchState:
    """Files or folders were dropped."""
    return replace(state, searches=state.searches + 1, message="", error="")


def search_ended(state: BatchState) -> BatchState:
    """A search has come to its end, with or without a result."""
    return replace(state, searches=max(state.searches - 1, 0))


def files_found(state: BatchState, files: Iterable[InputFile]) -> BatchState:
    """Add the files that are not there yet. The first ones decide about the direction if all are .qres files."""
    known = {row.file.path for row in state.rows}
    new = tuple(file for file in files if file.path not in known)
    settings = state.settings
    if new and not state.rows and settings.output.encodes and all(file.is_encoded for file in new):
        settings = replace(settings, output=replace(settings.output, extension=_DECODED_EXTENSION))
    if not new:
        text = QT_TRANSLATE_NOOP("State", "There is nothing new to convert in what was added.")
        return replace(state, message=Text(text))
    rows = (*state.rows, *(Row(file, None, "") for file in new))
    return replace(state, rows=rows, settings=settings, plan=None, message="")


def rows_removed(state: BatchState, positions: Iterable[int]) -> BatchState:
    """Take files off the list; the files themselves stay."""
    gone = set(positions)
    rows = tuple(row for position, row in enumerate(state.rows) if position not in gone)
    return replace(state, rows=rows, plan=None, message="", error="")


def settings_chosen(state: BatchState, settings: BatchSettings) -> BatchState:
    """The next run shall be done like this."""
    return replace(state, settings=settings, plan=None, message="", error="")


def encoder_chosen(state: BatchState, can_be_lossless: bool) -> BatchState:
    """Another model is going to encode, which may be able to do so losslessly.

    The settings stay: what was to be lossless must not become lossy unnoticed.
    """
    return replace(state, can_be_lossless=can_be_lossless)


def planned(state: BatchState, plan: Plan) -> BatchState:
    """The names of the outputs are known. What has been converted keeps the name that it got."""
    rows = []
    for row, conversion in zip(state.rows, plan.conversions, strict=True):
        target = row.outcome.target if row.outcome is not None and row.outcome.target else conversion.target
        rows.append(
            row
            if (target, conversion.left_out) == (row.target, row.left_out)
            else replace(row, target=target, left_out=conversion.left_out)
        )
    return replace(state, rows=tuple(rows), plan=plan)


def reopened(state: BatchState) -> BatchState:
    """Everything shall be converted once more."""
    rows = tuple(Row(row.file, None, row.left_out) for row in state.rows)
    return replace(state, rows=rows, plan=None)


def run_started(state: BatchState) -> BatchState:
    """The run has begun with the rows that are open."""
    total = sum(row.file.byte_count for row in state.rows if row.is_open)
    return replace(state, phase=Phase.RUNNING, progress=RunProgress(total), message="", error="")


def row_updated(state: BatchState, update: FileUpdate) -> BatchState:
    """A file has got further."""
    row = state.rows[update.position]
    target = update.outcome.target if update.outcome is not None and update.outcome.target else row.target
    row = replace(row, state=update.state, fraction=update.fraction, outcome=update.outcome, target=target)
    rows = (*state.rows[: update.position], row, *state.rows[update.position + 1 :])
    return replace(state, rows=rows, progress=state.progress.after(update, row.file.byte_count))


def pause_requested(state: BatchState) -> BatchState:
    """Stop when the file at work is finished."""
    return replace(state, phase=Phase.PAUSING) if state.phase is Phase.RUNNING else state


def run_paused(state: BatchState) -> BatchState:
    """The file that was at work is finished, and no other has been begun."""
    return replace(state, phase=Phase.PAUSED) if state.phase is Phase.PAUSING else state


def resume_requested(state: BatchState) -> BatchState:
    """Go on after a pause."""
    return replace(state, phase=Phase.RUNNING) if state.phase in (Phase.PAUSING, Phase.PAUSED) else state


def cancel_requested(state: BatchState) -> BatchState:
    """Give up the file at work and end the run."""
    return replace(state, phase=Phase.CANCELLING) if state.is_running else state


def run_ended(state: BatchState) -> BatchState:
    """The run is over. A file that was given up is open again."""
    rows = tuple(
        replace(row, state=FileState.WAITING, fraction=0.0) if row.state is FileState.WORKING else row
        for row in state.rows
    )
    cancelled = state.phase is Phase.CANCELLING
    message = Text(QT_TRANSLATE_NOOP("State", "Cancelled. What is finished stays; the rest can be converted later."))
    return replace(state, rows=rows, phase=Phase.IDLE, message=message if cancelled else "")


def failed(state: BatchState, sentence: str) -> BatchState:
    """Something about the page went wrong, such as a report that could not be written."""
    return replace(state, error=sentence, message="")


def report_saved(state: BatchState, path: Path) -> BatchState:
    """The report is on disk."""
    text = Text(QT_TRANSLATE_NOOP("State", "The report was saved as {name}."), name=path.name)
    return replace(state, message=text, error="")
