"""What a conversion of many files is going to do: which files there are, and the names of their outputs.

    files = find_files(paths)  ->  plan = plan_batch(files, settings)  ->  batch.run_batch(plan, ...)

Nothing here reads more of a file than its first bytes, and nothing is written.
"""

import os
import re
import stat
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import count
from pathlib import Path

from PIL import Image

from codec_format.container import MAGIC
from codec_format.errors import CancelledError, Message
from codec_format.imaging import check_extension, register_optional_formats
from codec_format.settings import ENCODED_EXTENSION, EncodeSettings, OutputPolicy, Target

# Formats that Pillow knows but that are no pictures to find in a folder: programs, films, stubs without a reader.
NO_PICTURES = frozenset(("BUFR", "EPS", "FITS", "GRIB", "HDF5", "MPEG", "PDF", "WMF"))


@dataclass(frozen=True)
class InputFile:
    """A file that was found.

    Attributes:
        path: where it lies.
        folder: its place below the target folder: that in the folder that was named, its name included.
        byte_count: its size; 0 if it cannot be found out.
        is_encoded: it is a .qres file.
    """

    path: Path
    folder: Path
    byte_count: int
    is_encoded: bool


@dataclass(frozen=True)
class BatchSettings:
    """All choices for one run.

    Attributes:
        encode: how pictures are encoded.
        output: where the outputs go.
        target: what each encoding shall reach; the quality of ``encode`` is then found, not given.
    """

    encode: EncodeSettings = field(default_factory=EncodeSettings)
    output: OutputPolicy = field(default_factory=OutputPolicy)
    target: Target | None = None


@dataclass(frozen=True)
class Conversion:
    """One row of a plan.

    Attributes:
        source: the input.
        target: the output's path, as long as nothing stands there already; None if this input is left out.
    """

    source: InputFile
    target: Path | None

    @property
    def left_out(self) -> str:
        """Why this input is not converted; empty if it is."""
        if self.target is not None:
            return ""
        return Message("It is a .qres file already.") if self.source.is_encoded else Message("It is no .qres file.")


@dataclass(frozen=True)
class Plan:
    """What a run is going to do, in this order.

    Attributes:
        conversions: one for each input.
        settings: the choices it was made with.
        taken: names that no other output may be given: those of converted inputs and of planned outputs.
        protected: names of files that are never overwritten, whatever the settings say.
    """

    conversions: tuple[Conversion, ...]
    settings: BatchSettings
    taken: frozenset[tuple[str, str]] = field(repr=False)
    protected: frozenset[tuple[str, str]] = field(repr=False)


class FileState(StrEnum):
    """Where a file of a run stands."""

    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True)
class Outcome:
    """What became of one input.

    Attributes:
        state: DONE, SKIPPED or FAILED.
        seconds: how long it took.
        target: the file that was written, or that was there already; None if there is none.
        byte_count: size of the output; None if there is none.
        messages: sentences: why it was skipped or failed, or what the output does not keep.
        truncated: the input was cut short or damaged, and the output is a coarser picture.
    """

    state: FileState
    seconds: float = 0.0
    target: Path | None = None
    byte_count: int | None = None
    messages: tuple[str, ...] = ()
    truncated: bool = False


@dataclass(frozen=True)
class FileUpdate:
    """A file of a run has got further.

    Attributes:
        position: of the file in the plan.
        state: where it stands now; WAITING again after a cancel.
        fraction: 0..1, how far the work on it is.
        outcome: what became of it, once that is known.
    """

    position: int
    state: FileState
    fraction: float = 0.0
    outcome: Outcome | None = None


@dataclass(frozen=True)
class RunProgress:
    """How far a run is, and how long the rest will take. Files count by their sizes.

    Attributes:
        total: bytes of all inputs.
        finished: bytes of the inputs that are finished.
        current: bytes that stand for the work done on the file at work.
        converted: bytes of the finished inputs that were converted, rather than skipped or failed.
        seconds: what these took.
    """

    total: int
    finished: int = 0
    current: float = 0.0
    converted: int = 0
    seconds: float = 0.0

    @property
    def fraction(self) -> float:
        """0..1."""
        return (self.finished + self.current) / self.total if self.total else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Judged by the files that were converted; None as long as none was."""
        if not self.converted:
            return None
        return self.seconds / self.converted * (self.total - self.finished - self.current)

    def after(self, update: FileUpdate, byte_count: int) -> "RunProgress":
        """The progress after an update of a file of so many bytes."""
        outcome = update.outcome
        if outcome is None:
            return replace(self, current=byte_count * update.fraction)
        advanced = replace(self, finished=self.finished + byte_count, current=0.0)
        if outcome.state is not FileState.DONE:
            return advanced
        return replace(advanced, converted=self.converted + byte_count, seconds=self.seconds + outcome.seconds)


# ----------------------------------------------------------------------------------------------------- finding files


def find_files(paths: Iterable[Path], cancel: Callable[[], bool] | None = None) -> tuple[InputFile, ...]:
    """All pictures and .qres files among these files and in these folders, each once.

    A file that is named itself is taken whatever it is called. In folders, those with the extension of a picture or of
    a .qres file are taken, in natural order (2 before 10), files before folders; hidden ones are left alone. A folder
    that cannot be read is given as an input itself, so that the run reports it.

    Raises:
        CancelledError: ``cancel`` returned True.
    """
    extensions = picture_extensions() | {ENCODED_EXTENSION}
    found: dict[str, InputFile] = {}
    for path in paths:
        for file, folder in _walk(path, extensions):
            if cancel is not None and cancel():
                raise CancelledError("The search for files was cancelled.")
            found.setdefault(os.path.realpath(file), _input_file(file, folder))
    return tuple(found.values())


def picture_extensions() -> frozenset[str]:
    """Extensions of the picture files that can be read, lower case with the dot."""
    register_optional_formats()
    known = Image.registered_extensions().items()
    return frozenset(extension for extension, kind in known if kind in Image.OPEN and kind not in NO_PICTURES)


def _walk(path: Path, extensions: frozenset[str]) -> Iterator[tuple[Path, Path]]:
    """Files below a path, with their place in the folder structure."""
    if not path.is_dir():
        yield path, Path()
        return
    # As with "cp -r", the named folder is part of the structure; "." and ".." are not names.
    root = Path(path.name if path.name != os.pardir else "")
    unreadable: list[Path] = []
    for at, folders, names in os.walk(path, onerror=lambda error: unreadable.append(Path(error.filename))):
        folders[:] = sorted((name for name in folders if not name.startswith(".")), key=_natural_order)
        folder = root / Path(at).relative_to(path)
        for name in sorted(names, key=_natural_order):
            if Path(name).suffix.lower() in extensions and not name.startswith("."):
                yield Path(at, name), folder
    for missing in unreadable:
        yield missing, root


def _natural_order(name: str) -> tuple[list[tuple[int, str]], str]:
    parts = re.split(r"(\d+)", name.casefold())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts], name


def _input_file(path: Path, folder: Path) -> InputFile:
    is_encoded = path.suffix.lower() == ENCODED_EXTENSION
    byte_count = 0
    try:
        status = path.stat()
        if stat.S_ISREG(status.st_mode):
            byte_count = status.st_size
            with path.open("rb") as file:
                is_encoded = is_encoded or file.read(len(MAGIC)) == MAGIC
    except OSError:
        pass  # the run finds out again, and reports it
    return InputFile(path, folder, byte_count, is_encoded)


# ---------------------------------------------------------------------------------------------------------- planning


def plan_batch(files: Iterable[InputFile], settings: BatchSettings) -> Plan:
    """Choose a name for every output.

    Two inputs of one output name get different ones: the later gets a number. This depends on the order of the files
    and on nothing else, so a later run over the same files chooses the same names.

    Raises:
        SettingsError: no picture can be written under the extension.
    """
    policy = settings.output
    if not policy.encodes:
        check_extension(policy.extension)
    files = tuple(files)
    key = NameKeys(policy)
    inputs = [(file, key(file.path)) for file in files]
    # A picture among the inputs may be the original of a .qres file that is decoded. A .qres file that is left out is
    # an output of an earlier run, and the settings say what happens to it.
    protected = frozenset(known for file, known in inputs if not file.is_encoded or not policy.encodes)
    taken = {known for file, known in inputs if file.is_encoded != policy.encodes}
    conversions = []
    for file in files:
        target = None
        if file.is_encoded != policy.encodes:
            folder = file.path.parent if policy.folder is None else policy.folder / file.folder
            wanted = folder / f"{file.path.stem}{policy.suffix}{policy.extension}"
            target = next(name for name in numbered_names(wanted) if key(name) not in taken)
            taken.add(key(target))
        conversions.append(Conversion(file, target))
    return Plan(tuple(conversions), settings, frozenset(taken), protected)


def numbered_names(path: Path) -> Iterator[Path]:
    """The path, then "name (2).ext", "name (3).ext" and so on."""
    yield path
    for number in count(2):
        yield path.with_name(f"{path.stem} ({number}){path.suffix}")


class NameKeys:
    """Keys of paths, equal where some file system takes two for the same: disks differ in case and in Unicode forms."""

    def __init__(self, policy: OutputPolicy) -> None:
        # Folders beside the inputs exist, so they are different. Those below the target folder are still to be made.
        self._folds_folders = policy.folder is not None
        self._places: dict[str, str] = {}  # a list has many files of few folders

    def __call__(self, path: Path) -> tuple[str, str]:
        """The key of a path, whose folder is looked up on the disk once."""
        folder, name = os.path.split(path)
        if folder not in self._places:
            place = os.path.realpath(folder)
            self._places[folder] = _folded(place) if self._folds_folders else place
        return self._places[folder], _folded(name)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
