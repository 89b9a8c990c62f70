"""Conversion of many files: which, to which names, and the run itself.

    files = find_files(paths)  ->  plan = plan_batch(files, settings)  ->  run_batch(plan, ...)

The order of the files is the order of the run. A file that fails is reported and the run goes on. Inputs are only ever
read; outputs appear whole or not at all, and no two inputs share one. The window and the command line both use this.
"""

import os
import re
import stat
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import chain, count
from pathlib import Path

from PIL import Image
from send2trash import send2trash

from codec_format.codec import Cancel, Codec
from codec_format.container import MAGIC, read_container, read_header
from codec_format.errors import CancelledError, InputError, OutputError, QresError
from codec_format.imaging import check_extension, format_picture, parse_picture
from codec_format.safe_write import check_target, safe_write
from codec_format.settings import (
    ENCODED_EXTENSION,
    EncodeSettings,
    ExistingFile,
    OutputPolicy,
    quality_to_index,
)

CodecFor = Callable[[bytes | None], Codec]
"""Gives the codec of a model by its id; None stands for the model that encodes."""

# Formats that Pillow knows but that are no pictures to find in a folder: programs, films, stubs without a reader.
_NO_PICTURES = frozenset(("BUFR", "EPS", "FITS", "GRIB", "HDF5", "MPEG", "PDF", "WMF"))
_NOT_TRASHED = "The original stays, as the output does not keep all of it."
_FAT_TIME_STEP_NS = 2 * 10**9  # FAT keeps modification times to two seconds, rounded down


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
    """All choices for one run."""

    encode: EncodeSettings = field(default_factory=EncodeSettings)
    output: OutputPolicy = field(default_factory=OutputPolicy)


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
        return "It is a .qres file already." if self.source.is_encoded else "It is no .qres file."


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


def find_files(paths: Iterable[Path], cancel: Cancel | None = None) -> tuple[InputFile, ...]:
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
    known = Image.registered_extensions().items()
    return frozenset(extension for extension, kind in known if kind in Image.OPEN and kind not in _NO_PICTURES)


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
    inputs = {file: _key(file.path.parent, file.path.name, policy) for file in files}
    # A picture among the inputs may be the original of a .qres file that is decoded. A .qres file that is left out is
    # an output of an earlier run, and the settings say what happens to it.
    protected = frozenset(key for file, key in inputs.items() if not file.is_encoded or not policy.encodes)
    taken = {key for file, key in inputs.items() if file.is_encoded != policy.encodes}
    conversions = []
    for file in files:
        target = None
        if file.is_encoded != policy.encodes:
            folder = file.path.parent if policy.folder is None else policy.folder / file.folder
            wanted = folder / f"{file.path.stem}{policy.suffix}{policy.extension}"
            target = next(name for name in _numbered(wanted) if _key(folder, name.name, policy) not in taken)
            taken.add(_key(folder, target.name, policy))
        conversions.append(Conversion(file, target))
    return Plan(tuple(conversions), settings, frozenset(taken), protected)


def _numbered(path: Path) -> Iterator[Path]:
    """The path, then "name (2).ext", "name (3).ext" and so on."""
    yield path
    for number in count(2):
        yield path.with_name(f"{path.stem} ({number}){path.suffix}")


def _key(folder: Path, name: str, policy: OutputPolicy) -> tuple[str, str]:
    """Equal for paths that some file system takes for the same: disks differ in case and in Unicode forms."""
    place = os.path.realpath(folder)
    # Folders beside the inputs exist, so they are different. Those below the target folder are still to be made.
    return place if policy.folder is None else _folded(place), _folded(name)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


# ----------------------------------------------------------------------------------------------------------- running


def run_batch(
    plan: Plan,
    codec_for: CodecFor,
    report: Callable[[FileUpdate], None],
    cancel: Cancel | None = None,
    hold: Callable[[], None] | None = None,
    positions: Iterable[int] | None = None,
) -> None:
    """Convert the files of a plan one after the other; a codec uses all processors for each.

    Args:
        plan: what to do.
        codec_for: gives the codecs; called when one is needed.
        report: called in this thread with every change of a file.
        cancel: polled; once it returns True the file at work is given up, and the run ends.
        hold: called before every file; it blocks as long as there is a pause.
        positions: which files of the plan, in rising order; all of them by default.
    """
    cancel = cancel or (lambda: False)
    for position in range(len(plan.conversions)) if positions is None else positions:
        if hold is not None:
            hold()
        if cancel():
            return
        report(FileUpdate(position, FileState.WORKING))
        start = time.perf_counter()
        task = _Task(plan, plan.conversions[position], codec_for, cancel, _reporter(position, report))
        try:
            result = task.run()
        except CancelledError:
            report(FileUpdate(position, FileState.WAITING))
            return
        except _Skipped as skipped:
            result = Outcome(FileState.SKIPPED, 0.0, skipped.target, skipped.byte_count, (skipped.reason,))
        except QresError as error:
            result = _failure(str(error))
        except MemoryError:
            result = _failure("There is not enough memory for a picture of this size; scale it down first.")
        except Exception as error:  # a bug must not end a run that may have gone on for hours
            result = _failure(f"This should not have happened: {error!r}; please report it.")
        seconds = time.perf_counter() - start
        report(FileUpdate(position, result.state, 1.0, replace(result, seconds=seconds)))


def _failure(sentence: str) -> Outcome:
    return Outcome(FileState.FAILED, messages=(sentence,))


def _reporter(position: int, report: Callable[[FileUpdate], None]) -> Callable[[float], None]:
    return lambda fraction: report(FileUpdate(position, FileState.WORKING, fraction))


class _Skipped(Exception):  # noqa: N818 (not an error)
    """This file is left as it is."""

    def __init__(self, reason: str, target: Path | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.target = target
        self.byte_count = target.stat().st_size if target is not None and target.is_file() else None


@dataclass(frozen=True)
class _Task:
    """One conversion of a run."""

    plan: Plan
    conversion: Conversion
    codec_for: CodecFor
    cancel: Cancel
    progress: Callable[[float], None]

    def run(self) -> Outcome:
        source, policy = self.conversion.source.path, self.plan.settings.output
        if self.conversion.target is None:
            raise _Skipped(self.conversion.left_out)
        data, status = _read(source)
        target = self._target(self.conversion.target, data, status.st_mtime_ns)
        _make_folder(target.parent)
        check_target(target)
        content, warnings, messages = self._encode(data) if policy.encodes else self._decode(data, target)
        messages = warnings + messages
        if policy.only_if_smaller and policy.encodes and len(content) >= len(data):
            raise _Skipped(f"The .qres file would not be smaller: {len(content)} bytes instead of {len(data)}.")
        safe_write(target, content)
        is_complete = not messages
        if policy.keep_times:
            messages += _copy_times(status, target)
        if policy.trash_originals:
            messages += _trash(source) if is_complete else (_NOT_TRASHED,)
        return Outcome(FileState.DONE, 0.0, target, len(content), messages, bool(warnings))

    def _encode(self, data: bytes) -> tuple[bytes, tuple[str, ...], tuple[str, ...]]:
        """The file, what is wrong with the input, and what the file does not keep."""
        picture = parse_picture(data, "The file")
        codec = self.codec_for(None)
        content = codec.encode(picture, self.plan.settings.encode, self.progress, self.cancel)
        return content, (), picture.source_notes

    def _decode(self, data: bytes, target: Path) -> tuple[bytes, tuple[str, ...], tuple[str, ...]]:
        codec = self.codec_for(read_header(data).model_id)
        result = codec.decode(data, None, self.progress, self.cancel)
        image_file = format_picture(result.picture, target.suffix)
        return image_file.content, result.warnings, image_file.notes

    def _target(self, planned: Path, data: bytes, modified_ns: int) -> Path:
        """The planned name if it is free, otherwise what the policy says."""
        policy = self.plan.settings.output
        others = (
            name
            for name in _numbered(planned)
            if name != planned and _key(name.parent, name.name, policy) not in self.plan.taken
        )
        for target in chain((planned,), others):
            if not os.path.lexists(target):
                return target
            if policy.skip_done and self._is_done(data, modified_ns, target):
                raise _Skipped(f"It is done already: {target.name} is up to date.", target)
            if policy.existing is ExistingFile.SKIP:
                raise _Skipped(f"{target.name} exists already.", target)
            # What a link points to may be an original, or the output of another input.
            is_own = target.is_file() and not target.is_symlink()
            is_protected = _key(target.parent, target.name, policy) in self.plan.protected
            if policy.existing is ExistingFile.OVERWRITE and is_own and not is_protected:
                return target
        raise AssertionError("there are infinitely many numbers")

    def _is_done(self, data: bytes, modified_ns: int, target: Path) -> bool:
        """Whether the target is what a conversion would give, as far as can be told without one."""
        settings = self.plan.settings
        try:
            target_ns = target.stat().st_mtime_ns
            is_coarse = target_ns % _FAT_TIME_STEP_NS == 0
            if target_ns < (modified_ns - _FAT_TIME_STEP_NS + 1 if is_coarse else modified_ns):
                return False
            if not settings.output.encodes:
                header = read_header(data)
                with Image.open(target) as image:
                    return image.size == (header.width, header.height)
            container = read_container(target.read_bytes())
            package = self.codec_for(None).package
            index = quality_to_index(settings.encode.quality, package.manifest.quality_count)
            with Image.open(self.conversion.source.path) as image:
                size = sorted(image.size)  # the picture may lie on its side
        except Exception:  # Pillow raises many types; whatever is wrong with the target, it is not done
            return False
        header = container.header
        is_stripped = not container.exif and not container.xmp
        return (
            (header.model_id, header.quality_index) == (package.model_id, index)
            and sorted((header.width, header.height)) == size
            and not container.truncated
            and not container.damage
            and (settings.encode.keep_metadata or is_stripped)
        )


def _read(path: Path) -> tuple[bytes, os.stat_result]:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
            raise InputError("It is not an ordinary file; choose a picture file.")
        data = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"The file cannot be read: {reason}; check the path and its permissions.") from error
    if not data:
        raise InputError("The file is empty; get it anew.")
    return data, status


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"The folder {folder} cannot be made: {reason}; choose another place.") from error


def _copy_times(status: os.stat_result, target: Path) -> tuple[str, ...]:
    try:
        os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))
    except OSError as error:
        return (f"The file time could not be kept: {error.strerror or error}.",)
    return ()


def _trash(path: Path) -> tuple[str, ...]:
    try:
        send2trash(path)
    except OSError as error:
        return (f"The original could not be moved to the trash and stays: {error.strerror or error}.",)
    return ()
