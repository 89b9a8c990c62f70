"""Distortion between two 8-bit RGB pictures: PSNR and MS-SSIM, in memory that does not grow with the picture."""

import itertools
import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from codec_format.errors import CancelledError

Cancel = Callable[[], bool]
Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]

MS_SSIM_SMALLEST_SIDE = 161
"""MS-SSIM halves the picture four times and then needs a window of 11 pixels."""

_ROWS_AT_ONCE = 256  # the differences of a large picture never stand in memory as a whole
_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
_LUMINANCE_CONSTANT = (0.01 * 255) ** 2
_CONTRAST_CONSTANT = (0.03 * 255) ** 2
_WINDOW_LENGTH = 11
_WINDOW_SIGMA = 1.5
_STRIP = 48  # output rows per multiplication with the banded window matrix: few wasted products, long enough for BLAS
# Sides of the tiles of the similarity: their intermediate results stay in the cache, below the size from which the
# programs take the memory of every array anew from the system, and below the products that BLAS would divide among
# threads, which then wait for each other without pause.
_TILE_ROWS, _TILE_COLUMNS = 192, 128


def psnr(reference: Pixels, picture: Pixels, cancel: Cancel | None = None) -> float:
    """Peak signal-to-noise ratio in dB over all samples of two uint8 [H, W, 3] pictures; infinite if they are equal.

    Raises:
        ValueError: the pictures differ in shape.
        CancelledError: ``cancel`` returned True.
    """
    _check(reference, picture)
    total = 0
    for rows in _parts(reference.shape[0], _ROWS_AT_ONCE, cancel):
        difference = reference[rows].astype(np.int32) - picture[rows]
        total += int(np.sum(difference * difference, dtype=np.int64))
    return math.inf if total == 0 else 10 * math.log10(255**2 * reference.size / total)


def ms_ssim(reference: Pixels, picture: Pixels, cancel: Cancel | None = None) -> float | None:
    """Multi-scale structural similarity of two uint8 [H, W, 3] pictures, the mean of the three channels, at most 1.

    Window and weights are those of Wang, Simoncelli and Bovik (2003), without padding. None where a side is shorter
    than MS_SSIM_SMALLEST_SIDE, for which it is not defined.

    Raises:
        ValueError: the pictures differ in shape.
        CancelledError: ``cancel`` returned True.
    """
    _check(reference, picture)
    if min(reference.shape[:2]) < MS_SSIM_SMALLEST_SIDE:
        return None
    similarities = []
    for channel in range(3):
        first = reference[..., channel].astype(np.float32)
        second = picture[..., channel].astype(np.float32)
        similarity = 1.0
        for scale, weight in enumerate(_WEIGHTS):
            whole, contrast = _structural_similarity(first, second, cancel)
            last = scale == len(_WEIGHTS) - 1
            similarity *= max(whole if last else contrast, 0.0) ** weight
            if not last:
                first, second = _halved(first), _halved(second)
        similarities.append(similarity)
    return sum(similarities) / 3


def _structural_similarity(first: Plane, second: Plane, cancel: Cancel | None) -> tuple[float, float]:
    """Means of the SSIM and of its contrast-structure part over all places where the window fits."""
    height, width = first.shape[0] - _WINDOW_LENGTH + 1, first.shape[1] - _WINDOW_LENGTH + 1
    whole = contrast = 0.0
    for rows, columns in itertools.product(_parts(height, _TILE_ROWS, cancel), _parts(width, _TILE_COLUMNS)):
        seen = tuple(slice(side.start, side.stop + _WINDOW_LENGTH - 1) for side in (rows, columns))
        x, y = first[seen], second[seen]
        mean_x, mean_y = _smoothed(x), _smoothed(y)
        variances = _smoothed(x * x + y * y) - mean_x * mean_x - mean_y * mean_y
        covariance = _smoothed(x * y) - mean_x * mean_y
        part = (2 * covariance + _CONTRAST_CONSTANT) / (variances + _CONTRAST_CONSTANT)
        contrast += float(np.sum(part, dtype=np.float64))
        part *= (2 * mean_x * mean_y + _LUMINANCE_CONSTANT) / (mean_x * mean_x + mean_y * mean_y + _LUMINANCE_CONSTANT)
        whole += float(np.sum(part, dtype=np.float64))
    return whole / (height * width), contrast / (height * width)


def _smoothed(plane: Plane) -> Plane:
    """The Gaussian window applied along both axes where it fits: [H, W] -> [H - 10, W - 10]."""
    return _smoothed_rows(np.ascontiguousarray(_smoothed_rows(plane).T)).T


def _smoothed_rows(plane: Plane) -> Plane:
    """The window along the first axis, as products with a banded matrix, tile by tile."""
    length = plane.shape[0] - _WINDOW_LENGTH + 1
    result = np.empty((length, plane.shape[1]), np.float32)
    for start in range(0, length, _STRIP):
        stop = min(start + _STRIP, length)
        count = stop - start
        matrix = _WINDOW_MATRIX[:count, : count + _WINDOW_LENGTH - 1]
        np.matmul(matrix, plane[start : stop + _WINDOW_LENGTH - 1], out=result[start:stop])
    return result


def _window_matrix() -> Plane:
    offsets = np.arange(_WINDOW_LENGTH) - _WINDOW_LENGTH // 2
    window = np.exp(-(offsets**2) / (2 * _WINDOW_SIGMA**2))
    window /= window.sum()
    matrix = np.zeros((_STRIP, _STRIP + _WINDOW_LENGTH - 1), np.float32)
    for row in range(_STRIP):
        matrix[row, row : row + _WINDOW_LENGTH] = window
    return matrix


_WINDOW_MATRIX = _window_matrix()


def _halved(plane: Plane) -> Plane:
    """Means of 2 x 2 samples; an odd side is taken as if a row or column of zeros stood before and behind it.

    That is what the widely used implementation in PyTorch does, so that the figures can be compared.
    """
    odd_rows, odd_columns = plane.shape[0] % 2, plane.shape[1] % 2
    if odd_rows or odd_columns:
        plane = np.pad(plane, ((odd_rows, odd_rows), (odd_columns, odd_columns)))
    height, width = plane.shape[0] // 2, plane.shape[1] // 2
    halves = plane[: 2 * height : 2] + plane[1 : 2 * height : 2]
    return (halves[:, : 2 * width : 2] + halves[:, 1 : 2 * width : 2]) * np.float32(0.25)


def _parts(length: int, part: int, cancel: Cancel | None = None) -> Iterator[slice]:
    for start in range(0, length, part):
        if cancel is not None and cancel():
            raise CancelledError("The work was cancelled.")
        yield slice(start, min(start + part, length))


def _check(reference: Pixels, picture: Pixels) -> None:
    if reference.shape != picture.shape:
        raise ValueError(f"the pictures must be of one shape, not {reference.shape} and {picture.shape}.")
