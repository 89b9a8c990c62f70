"""The worker side of the page that converts many files. It runs in worker threads and knows no Qt."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from codec_format.batch import run_batch
from codec_format.batch_plan import Outcome, Plan, find_files
from codec_format.batch_report import format_report
from codec_format.codec import Codec
from codec_format.errors import QresError
from codec_format.imaging import accept_pixels
from codec_format.model_package import ModelPackage, default_package, find_package
from codec_format.safe_write import safe_write
from codec_format.thumbnail import read_thumbnail
from desktop.state.batch import Encoder, FilesFound, ReportSaved, RowUpdated, RunPaused, ThumbnailRead
from desktop.work import Cancelled, Job, Report


class RunControl:
    """Pauses, resumes and cancels a run from another thread."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._go_on = threading.Event()
        self._go_on.set()

    @property
    def is_cancelled(self) -> bool:
        """The run shall end."""
        return self._cancelled.is_set()

    def pause(self) -> None:
        """Begin no further file."""
        self._go_on.clear()

    def resume(self) -> None:
        """Go on after a pause."""
        self._go_on.set()

    def cancel(self) -> None:
        """Give up the file at work and begin no further one."""
        self._cancelled.set()
        self._go_on.set()

    def hold(self, paused: Callable[[], None]) -> None:
        """Return when there is no pause, or no more; ``paused`` is called when there is one."""
        if not self._go_on.is_set():
            paused()
            self._go_on.wait()


class BatchWork:
    """Jobs that convert files. They share their codecs, so they run one after the other in one thread."""

    def __init__(self, model: Path | ModelPackage | None = None) -> None:
        """Encode with a package, with the one in a file, or with the shipped one; it is loaded at its first use.

        An encoder that names a model goes before.
        """
        accept_pixels()
        self._model = model
        self._encoder = Encoder()
        self._codecs: dict[bytes | None, Codec] = {}

    def run(self, plan: Plan, positions: Sequence[int], encoder: Encoder, control: RunControl) -> Job:
        """Convert rows of a plan: RowUpdated, many times, and RunPaused."""

        def job(report: Report, cancelled: Cancelled) -> None:
            if encoder != self._encoder:
                self._encoder = encoder
                self._codecs.clear()
            run_batch(
                plan,
                self._codec_for,
                lambda update: report(RowUpdated(update)),
                lambda: control.is_cancelled or cancelled(),
                lambda: control.hold(lambda: report(RunPaused())),
                positions,
            )

        return job

    def _codec_for(self, model_id: bytes | None) -> Codec:
        if model_id not in self._codecs:
            package = self._package(model_id)
            codec = self._codecs.setdefault(package.model_id, Codec(package, self._encoder.device))
            self._codecs[model_id] = codec
        return self._codecs[model_id]

    def _package(self, model_id: bytes | None) -> ModelPackage:
        if isinstance(self._model, Path):
            self._model = ModelPackage.load(self._model)
        if self._encoder.model is not None:
            chosen = ModelPackage.load(self._encoder.model)
            if model_id is None or chosen.is_named(model_id):
                return chosen
        if self._model is not None and (model_id is None or self._model.is_named(model_id)):
            return self._model
        return default_package() if model_id is None else find_package(model_id)


def search_files(paths: Sequence[Path]) -> Job:
    """Look for pictures and .qres files: FilesFound."""

    def job(report: Report, cancelled: Cancelled) -> None:
        report(FilesFound(find_files(paths, cancelled)))

    return job


def make_thumbnail(path: Path, side: int) -> Job:
    """A small picture of a file: ThumbnailRead, or nothing where there is none to be had."""

    def job(report: Report, _cancelled: Cancelled) -> None:
        try:
            pixels = np.asarray(read_thumbnail(path, side).convert("RGBA"))
        except QresError:
            return  # what is wrong with the file is told when it is converted
        report(ThumbnailRead(path, pixels))

    return job


def save_report(plan: Plan, outcomes: dict[int, Outcome], path: Path) -> Job:
    """Write what became of the files; the extension chooses CSV or JSON: ReportSaved."""

    def job(report: Report, _cancelled: Cancelled) -> None:
        safe_write(path, format_report(plan, outcomes, path.suffix))
        report(ReportSaved(path))

    return job
