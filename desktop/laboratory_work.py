"""The worker side of the laboratory. It runs in worker threads and knows no Qt."""

import time
from dataclasses import replace
from pathlib import Path

from codec_format.codec import Codec
from codec_format.container import MAGIC, read_header
from codec_format.errors import InputError
from codec_format.generation import inpaint, interpolate, sample
from codec_format.imaging import fitted, format_picture, parse_picture
from codec_format.model_package import ModelPackage, default_package, find_package
from codec_format.picture import Picture
from codec_format.sampling import Sampling
from desktop.state.batch import Encoder
from desktop.state.display import prepare
from desktop.state.documents import Source
from desktop.state.events import Progress
from desktop.state.laboratory import Created, Creation, Experiment, OtherOpened, Recipe
from desktop.state.text import QT_TRANSLATE_NOOP, Text
from desktop.work import Cancelled, Job, Report


class LaboratoryWork:
    """Jobs in which a model makes pictures up. They share its codec, so they run one after the other in one thread."""

    def __init__(self, model: Path | ModelPackage | None = None) -> None:
        """Use a package, the one in a file, or the shipped one; it is loaded at its first use.

        An encoder that names a model goes before.
        """
        self._model = model
        self._loaded: tuple[Encoder, Codec] | None = None

    def make(self, recipe: Recipe, source: Source | None, other: Source | None, encoder: Encoder) -> Job:
        """Make a picture: Created. The recipe needs a source, and an interpolation the other picture too."""

        def job(report: Report, cancelled: Cancelled) -> None:
            start = time.perf_counter()
            label = Text(QT_TRANSLATE_NOOP("State", "Making a picture"))
            report(Progress(label))
            codec = self._codec(encoder)

            def progress(fraction: float) -> None:
                report(Progress(label, fraction))

            sampling = Sampling(recipe.temperature, recipe.seed)
            notes: tuple[str, ...] = ()
            if recipe.experiment is Experiment.SAMPLE:
                picture = sample(codec, recipe.width, recipe.height, sampling, recipe.quality, progress, cancelled)
            elif recipe.experiment is Experiment.INPAINTING:
                assert source is not None
                assert recipe.region is not None
                picture = inpaint(
                    codec, source.picture, recipe.region, sampling, recipe.quality, None, progress, cancelled
                )
            else:
                assert source is not None
                assert other is not None
                first = source.picture
                # Whatever was said of them when they were opened is known.
                second = fitted(replace(other.picture, source_notes=()), first.width, first.height)
                positions = [recipe.position]
                (picture,) = interpolate(codec, first, second, positions, recipe.quality, progress, cancelled)
                notes = second.source_notes + picture.source_notes
            creation = Creation(recipe, picture, prepare(picture), time.perf_counter() - start)
            report(Created(creation, notes))

        return job

    def _codec(self, encoder: Encoder) -> Codec:
        if self._loaded is None or self._loaded[0] != encoder:
            if isinstance(self._model, Path):
                self._model = ModelPackage.load(self._model)
            chosen = ModelPackage.load(encoder.model) if encoder.model is not None else self._model
            self._loaded = encoder, Codec(chosen or default_package(), encoder.device)
        return self._loaded[1]


def png_file(picture: Picture) -> bytes:
    """A picture as a PNG file, with its metadata."""
    return format_picture(picture, ".png").content


def open_other(path: Path) -> Job:
    """Read the other picture of an interpolation, from a file of any type: OtherOpened."""

    def job(report: Report, cancelled: Cancelled) -> None:
        try:
            data = path.read_bytes()
        except OSError as error:
            reason = error.strerror or str(error)
            raise InputError(f"{path} cannot be opened: {reason}; choose another file.") from error
        picture = _decoded(data, cancelled) if data.startswith(MAGIC) else parse_picture(data, path.name)
        report(OtherOpened(Source(path, path.name, picture, prepare(picture), len(data))))

    return job


def _decoded(data: bytes, cancelled: Cancelled) -> Picture:
    return Codec(find_package(read_header(data).model_id)).decode(data, cancel=cancelled).picture
