"""The figures shown beside a picture, and how they are written."""

import math

import numpy as np
from numpy.typing import NDArray

_ROWS_AT_ONCE = 256  # the differences of a large picture never stand in memory as a whole


def psnr(reference: NDArray[np.uint8], picture: NDArray[np.uint8]) -> float:
    """Peak signal-to-noise ratio in dB over all samples of two uint8 [H, W, 3] pictures; infinite if they are equal."""
    total = 0
    for row in range(0, reference.shape[0], _ROWS_AT_ONCE):
        rows = slice(row, row + _ROWS_AT_ONCE)
        difference = reference[rows].astype(np.int32) - picture[rows]
        total += int(np.sum(difference * difference, dtype=np.int64))
    return math.inf if total == 0 else 10 * math.log10(255**2 * reference.size / total)


def bits_per_pixel(byte_count: int, width: int, height: int) -> float:
    """Bits that a file of so many bytes spends on each pixel."""
    return 8 * byte_count / (width * height)


def format_size(byte_count: int) -> str:
    """A short size in decimal units: ``812 bytes``, ``48.2 KB``, ``1.17 MB``."""
    if byte_count < 1000:
        return f"{byte_count} bytes"
    value, unit = (byte_count / 1e3, "KB") if byte_count < 999_500 else (byte_count / 1e6, "MB")
    return f"{value:.{2 if value < 9.995 else 1 if value < 99.95 else 0}f} {unit}"


def format_share(byte_count: int, source_byte_count: int) -> str:
    """How large a file is, as a percentage of its source file."""
    percent = 100 * byte_count / source_byte_count
    return f"{percent:.{2 if percent < 0.995 else 1 if percent < 99.95 else 0}f} %"


def format_psnr(value: float) -> str:
    """A PSNR with its unit; equal pictures have no finite one."""
    return "identical" if math.isinf(value) else f"{value:.2f} dB"


def format_seconds(seconds: float) -> str:
    """A duration: ``84 ms``, ``1.24 s``, ``18 s``."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.2f} s" if seconds < 9.995 else f"{seconds:.0f} s"
