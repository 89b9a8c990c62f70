"""The run over a plan: many files, one after the other, with progress, pause and cancel.

A file that fails is reported and the run goes on. Inputs are only ever read; outputs appear whole or not at all. The
window and the command line both use this.
"""

import os
import stat
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from PIL import Image
from send2trash import send2trash

from codec_format.batch_plan import Conversion, FileState, FileUpdate, NameKeys, Outcome, Plan, numbered_names
from codec_format.codec import Cancel, Codec
from codec_format.container import read_container, read_header
from codec_format.errors import CancelledError, InputError, Message, OutputError, QresError, system_reason
from codec_format.imaging import format_picture, parse_picture
from codec_format.rate_control import encode_to_target, is_at_target
from codec_format.safe_write import check_target, safe_write
from codec_format.settings import ExistingFile, quality_to_index, target_for

CodecFor = Callable[[bytes | None], Codec]
"""Gives the codec of a model by its id; None stands for the model that encodes."""

_NOT_TRASHED = Message("The original stays, as the output does not keep all of it, or misses the target.")
_FAT_TIME_STEP_NS = 2 * 10**9  # FAT keeps modification times to two seconds, rounded down


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
            result = _failure(error.message)
        except MemoryError:
            result = _failure(Message("There is not enough memory for a picture of this size; scale it down first."))
        except Exception as error:  # a bug must not end a run that may have gone on for hours
            result = _failure(Message("This should not have happened: {error}; please report it.", error=repr(error)))
        seconds = time.perf_counter() - start
        report(FileUpdate(position, result.state, 1.0, replace(result, seconds=seconds)))


def _failure(sentence: Message) -> Outcome:
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
            raise _Skipped(
                Message(
                    "The .qres file would not be smaller: {output_bytes} bytes instead of {input_bytes}.",
                    output_bytes=len(content),
                    input_bytes=len(data),
                )
            )
        safe_write(target, content)
        is_complete = not messages
        if policy.keep_times:
            messages += _copy_times(status, target)
        if policy.trash_originals:
            messages += _trash(source) if is_complete else (_NOT_TRASHED,)
        return Outcome(FileState.DONE, 0.0, target, len(content), messages, bool(warnings))

    def _encode(self, data: bytes) -> tuple[bytes, tuple[str, ...], tuple[str, ...]]:
        """The file, what is wrong with the input, and what the file does not keep."""
        picture = parse_picture(data, Message("The file"))
        codec, settings = self.codec_for(None), self.plan.settings
        if settings.target is None:
            content = codec.encode(picture, settings.encode, self.progress, self.cancel)
            return content, (), picture.source_notes
        target = target_for(settings.target, len(data))
        result = encode_to_target(codec, picture, target, settings.encode, self.progress, self.cancel)
        missed = (
            ()
            if result.reached
            else (
                Message(
                    "Quality {quality} comes closest to the target, which is out of reach.", quality=result.quality
                ),
            )
        )
        return result.data, (), missed + picture.source_notes

    def _decode(self, data: bytes, target: Path) -> tuple[bytes, tuple[str, ...], tuple[str, ...]]:
        codec = self.codec_for(read_header(data).model_id)
        result = codec.decode(data, None, self.progress, self.cancel)
        image_file = format_picture(result.picture, target.suffix)
        return image_file.content, result.warnings, image_file.notes

    def _target(self, planned: Path, data: bytes, modified_ns: int) -> Path:
        """The planned name if it is free, otherwise what the policy says."""
        policy = self.plan.settings.output
        key = NameKeys(policy)
        others = (name for name in numbered_names(planned) if name != planned and key(name) not in self.plan.taken)
        for target in chain((planned,), others):
            if not os.path.lexists(target):
                return target
            if policy.skip_done and self._is_done(data, modified_ns, target):
                raise _Skipped(Message("It is done already: {name} is up to date.", name=target.name), target)
            if policy.existing is ExistingFile.SKIP:
                raise _Skipped(Message("{name} exists already.", name=target.name), target)
            # What a link points to may be an original, or the output of another input.
            is_own = target.is_file() and not target.is_symlink()
            is_protected = key(target) in self.plan.protected
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
            content = target.read_bytes()
            container = read_container(content)
            with Image.open(self.conversion.source.path) as image:
                size = sorted(image.size)  # the picture may lie on its side
            header = container.header
            is_stripped = not container.exif and not container.xmp
            return (
                self.codec_for(None).package.is_named(header.model_id)
                and sorted((header.width, header.height)) == size
                and not container.truncated
                and not container.damage
                and (settings.encode.keep_metadata or is_stripped)
                and (container.lossless is not None) == settings.encode.lossless
                and self._has_quality(data, content)
            )
        except CancelledError:
            raise
        except Exception:  # Pillow raises many types; whatever is wrong with the target, it is not done
            return False

    def _has_quality(self, data: bytes, content: bytes) -> bool:
        """Whether the content of a target is of the quality that a conversion would choose."""
        settings, codec = self.plan.settings, self.codec_for(None)
        if settings.target is not None:
            picture = parse_picture(data, Message("The file"))
            goal = target_for(settings.target, len(data))
            return is_at_target(codec, picture, goal, content, settings.encode, self.cancel)
        manifest = codec.package.manifest
        by_quality = quality_to_index(settings.encode.quality, manifest.quality_count)
        wanted = manifest.lossless_quality_index if settings.encode.lossless else by_quality
        return read_header(content).quality_index == wanted


def _read(path: Path) -> tuple[bytes, os.stat_result]:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
            raise InputError("It is not an ordinary file; choose a picture file.")
        data = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        raise InputError(
            "The file cannot be read: {reason}; check the path and its permissions.", reason=system_reason(error)
        ) from error
    if not data:
        raise InputError("The file is empty; get it anew.")
    return data, status


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            "The folder {folder} cannot be made: {reason}; choose another place.",
            folder=folder,
            reason=system_reason(error),
        ) from error


def _copy_times(status: os.stat_result, target: Path) -> tuple[str, ...]:
    try:
        os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))
    except OSError as error:
        return (Message("The file time could not be kept: {reason}.", reason=system_reason(error)),)
    return ()


def _trash(path: Path) -> tuple[str, ...]:
    try:
        send2trash(path)
    except OSError as error:
        return (
            Message("The original could not be moved to the trash and stays: {reason}.", reason=system_reason(error)),
        )
    return ()
