"""Writing a file so that its path holds the old content or the new one in full, whatever goes wrong."""

import contextlib
import errno
import functools
import os
import re
import secrets
import stat
import time
from collections.abc import Iterator

from codec_format.errors import Message, OutputError

_TEMPORARY = re.compile(r"\.qres-[0-9a-f]{16}\.tmp")
_LEFTOVER_SECONDS = 24 * 3600

_REASONS = {
    errno.ENOENT: Message("its folder does not exist; create the folder or choose another one"),
    errno.ENOTDIR: Message("a part of its path is not a folder; choose another place"),
    errno.EISDIR: Message("it is a folder; give the name of a file in it"),
    errno.EACCES: Message("permission is denied; choose another place or change its permissions"),
    errno.EPERM: Message("permission is denied; choose another place or change its permissions"),
    errno.EROFS: Message("the medium is read-only; choose another place"),
    errno.ENOSPC: Message("the disk is full; free some space or choose another disk"),
    errno.EDQUOT: Message("the disk quota is used up; free some space or choose another disk"),
    errno.EFBIG: Message("the file would be larger than this medium or account allows; choose another place"),
    errno.ENAMETOOLONG: Message("its name is too long; choose a shorter one"),
}


def safe_write(path: str | os.PathLike[str], data: bytes) -> None:
    """Create or replace a file.

    The bytes go to a temporary file in the same folder, which takes the target's name only when they are on the disk.
    On any failure, a keyboard interrupt included, the temporary file is removed and the target is what it was; one that
    a killed process left in the folder is removed when it is a day old. A symbolic link is followed, and an existing
    file keeps its permissions. A device or a pipe cannot be replaced and is written to directly.

    Args:
        path: the target.
        data: its whole new content.

    Raises:
        OutputError: the target cannot be written; the message says why.
    """
    with _output_errors(path):
        _replace_file(os.path.realpath(path), data)


def check_target(path: str | os.PathLike[str]) -> None:
    """Learn before long work whether `safe_write` is going to fail, as far as that can be seen without writing.

    Args:
        path: the target.

    Raises:
        OutputError: the target cannot be written; the message says why.
    """
    with _output_errors(path):
        target = os.path.realpath(path)
        _writable_mode(target)
        os.stat(os.path.join(os.path.dirname(target), ""))  # with the separator at its end: it must be a folder


@contextlib.contextmanager
def _output_errors(path: str | os.PathLike[str]) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        number = error.errno if isinstance(error, OSError) else None
        reason = _REASONS.get(number or 0, Message("{error}; choose another place", error=error))
        raise OutputError("Cannot write {path!r}: {reason}.", path=os.fspath(path), reason=reason) from error


def _replace_file(target: str, data: bytes) -> None:
    mode = _writable_mode(target)
    if mode is not None and not stat.S_ISREG(mode):
        with open(target, "wb") as device:
            device.write(data)
        return

    folder = os.path.dirname(target)
    _remove_leftovers(folder)
    temporary = os.path.join(folder, f".qres-{secrets.token_hex(8)}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    # Not the tempfile module: its files are private to the user, and a picture gets the usual permissions.
    descriptor = os.open(temporary, flags, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        if mode is not None:
            os.chmod(temporary, stat.S_IMODE(mode))
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


@functools.lru_cache(maxsize=256)
def _remove_leftovers(folder: str) -> None:
    """Remove what processes that were killed have left in a folder; looked for once in the life of this process.

    A temporary file lives for seconds, so one that has not been written to for a day is nobody's work in progress. Were
    it one nevertheless, its process having slept, that process would fail to rename it, and leave its target alone.
    """
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _TEMPORARY.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                with contextlib.suppress(OSError):  # it is somebody else's, or gone
                    if time.time() - entry.stat(follow_symlinks=False).st_mtime > _LEFTOVER_SECONDS:
                        os.unlink(entry.path)


def _writable_mode(target: str) -> int | None:
    """The mode of an existing target, None if there is none; OSError if the target is a folder or write-protected."""
    try:
        mode = os.stat(target).st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if stat.S_ISREG(mode) and not os.access(target, os.W_OK):
        # The folder alone decides whether a file can be replaced; a write-protected file is meant to stay.
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return mode
