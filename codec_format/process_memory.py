"""The memory of the process: what the programs of this project ask of the system. A library must leave it alone."""

import contextlib
import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MMAP_THRESHOLD = -3  # M_MMAP_THRESHOLD of glibc
_LARGE_ARRAY = 1 << 20  # bytes


def return_large_arrays() -> None:
    """Let the memory of large arrays go back to the system as soon as they are freed; Linux with glibc, for good.

    glibc raises the size from which it does so to 32 MiB, step by step as such arrays are freed. Smaller ones then
    leave holes in its heap: more than half a gigabyte of them while a picture of 100 megapixels is encoded.
    """
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE_ARRAY)


@contextmanager
def limited_memory() -> Iterator[None]:
    """Let allocations beyond the free memory fail, where the system can do that (Linux).

    Otherwise a small file that declares a huge picture would bring the computer to a halt, or get some program killed.
    """
    try:
        import resource

        status = sizes_in(Path("/proc/self/status"))
        memory = sizes_in(Path("/proc/meminfo"))
        free = memory["MemAvailable"] + memory["SwapFree"]
        soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
        limits = [limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY]
        resource.setrlimit(resource.RLIMIT_DATA, (min([status["VmData"] + free, *limits]), hard))
    except (ImportError, OSError, ValueError, KeyError):
        yield
        return
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def sizes_in(path: Path) -> dict[str, int]:
    """The lines "Name:  123 kB" of a file of the kernel, in bytes."""
    fields = (line.split() for line in path.read_text().splitlines())
    return {field[0].rstrip(":"): int(field[1]) * 1024 for field in fields if field[-1:] == ["kB"]}
