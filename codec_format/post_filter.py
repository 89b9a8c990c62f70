"""The post-filter: how a file corrects the decoded picture, as its encoder found best (FORMAT.md, section 7.5).

The networks are trained for all pictures; how sharp, how noisy and how colourful this one is, they know only as far as
the symbols tell. The filter adds to every pixel a weighted sum of what is around it: differences of its neighbours, as
they are and limited to small ones, and a polynomial of its own colours. As in the adaptive loop filter of VVC
(Karczewicz et al. 2021), limited differences tell noise from edges.

It takes levels in sixteenths, so that the decoded picture is rounded only once. Its arithmetic is that of integers, of
which float32 holds every one exactly.
"""

import itertools
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codec_format.areas import Area
from codec_format.lanes import Lanes

Levels = NDArray[np.int16]
Weights = NDArray[np.int32]

RADIUS = 2
"""How many pixels around one take part in it."""

LEVEL_STEPS = 16
"""The unit of levels: so many steps are a level of 8 bits."""

LARGEST_WEIGHT = 511
PRECISIONS = range(4, 9)

_TOP = 255 * LEVEL_STEPS
_MIDDLE = 2048
_LIMIT = 6 * LEVEL_STEPS  # of differences
_PRODUCT_LIMIT = 512
_CONSTANT = 64
# How many features belong together, and the largest magnitude of each: from the neighbours at distance 1, and then from
# those at distance 2, sums of differences and of limited ones, one of each colour; the first sum times luma; levels;
# products of two colours and of three; a constant.
_SIZES = (3, 3, 3, 3, 3, 3, 6, 10, 1)
_LARGEST = (
    4 * _TOP,
    4 * _LIMIT,
    4 * _TOP,
    4 * _LIMIT,
    4 * _TOP,
    _MIDDLE // 4,
    _PRODUCT_LIMIT,
    _PRODUCT_LIMIT,
    _CONSTANT,
)
_DISTANCES = (1, 2)
_PAIRS = tuple(itertools.combinations_with_replacement(range(3), 2))
_TRIPLES = tuple(itertools.combinations_with_replacement(range(3), 3))

GROUPS = tuple(slice(stop - size, stop) for size, stop in zip(_SIZES, itertools.accumulate(_SIZES), strict=True))
"""Where the features that belong together stand among all."""

FEATURE_COUNT = sum(_SIZES)

_EXACT = 2**24  # up to here float32 holds every integer
_SAMPLE_SHIFT = 10  # from samples of lossless coding, of which 2**14 are a level, to sixteenths

_ROWS = 128  # filtered at once: their features fit into the cache
PRODUCT_PIXELS = 3072
"""OpenBLAS divides larger products among threads, which would be in the way of those that work already."""


@dataclass(frozen=True, eq=False)
class PostFilter:
    """The weights of the features of a pixel for each of its colours.

    Attributes:
        precision: one of `PRECISIONS`; a weight counts in units of ``2 ** -precision``.
        weights: int32 [FEATURE_COUNT, 3], magnitudes up to `LARGEST_WEIGHT`.
    """

    precision: int
    weights: Weights

    @property
    def is_exact(self) -> bool:
        """Whether no sum can leave the range in which the arithmetic is exact, as the format demands."""
        sums = np.repeat(_LARGEST, _SIZES) @ np.abs(self.weights) + (_TOP + LEVEL_STEPS // 2) * 2**self.precision
        return bool(sums.max() <= _EXACT)

    def apply(self, values: NDArray[Any], area: Area, inner: Area, lanes: int = 1) -> NDArray[np.uint8]:
        """Filter a part of a decoded picture.

        Args:
            values: [height, width, 3] above `area`: uint8 pixels, or int32 samples of lossless coding. Beyond them,
                those at the edge are repeated.
            area: a part of the picture.
            inner: the part of `area` that is wanted.
            lanes: number of threads that do the work.

        Returns:
            uint8 [height, width, 3], the pixels of `inner`.
        """
        matrix = self._matrix()
        pixels = np.empty((inner.height, inner.width, 3), np.uint8)

        def fill(strip: Area) -> None:
            features = Features(strip.width)
            for part in features.parts(strip):
                result = _product(matrix, features.of(values, area, part))
                np.clip(result, 0, 255, out=result)
                planes = result.astype(np.uint8).reshape(3, part.height, part.width)
                pixels[inner.places(part)] = planes.transpose(1, 2, 0)

        with Lanes(lanes) as threads:
            for _ in threads.in_order(partial(fill, strip) for strip in inner.tiles(lanes, 1, 1)):
                pass
        return pixels

    def _matrix(self) -> NDArray[np.float32]:
        """From features and levels to pixels plus a half, [3, FEATURE_COUNT + 3]; exact, as it divides by 2 ** n."""
        unit = LEVEL_STEPS * 2**self.precision
        matrix = np.concatenate([self.weights.T, np.eye(3, dtype=np.int32) * 2**self.precision], axis=1)
        matrix[:, GROUPS[-1]] += unit // 2 // _CONSTANT
        scaled: NDArray[np.float32] = (matrix / unit).astype(np.float32)
        return scaled


class Features:
    """What the filter sees of a picture, part by part, in memory that is used again."""

    def __init__(self, width: int) -> None:
        """Prepare for parts of so many pixels in a row."""
        self._samples = np.empty((_ROWS + 2 * RADIUS, width + 2 * RADIUS, 3), np.int32)
        self._levels = np.empty((3, _ROWS + 2 * RADIUS, width + 2 * RADIUS), np.int16)
        self._difference = np.empty((3, _ROWS + RADIUS, width + RADIUS), np.int16)
        self._sums = np.empty((2, 3, _ROWS, width), np.int16)
        self._features = np.empty((FEATURE_COUNT + 3) * _ROWS * width, np.float32)

    def parts(self, area: Area) -> list[Area]:
        """An area in parts that are small enough."""
        return list(area.tiles(-(-area.height // _ROWS), 1, 1))

    def of(self, values: NDArray[Any], area: Area, inner: Area) -> NDArray[np.float32]:
        """The features of every pixel, and then its levels, [FEATURE_COUNT + 3, height * width]: whole numbers.

        Takes the arguments of `PostFilter.apply`, `inner` as one of `parts`; what it returns is overwritten by the next
        call.
        """
        levels = self._levels_around(values, area, inner)
        own = levels[:, RADIUS:-RADIUS, RADIUS:-RADIUS]
        height, width = own.shape[1:]
        count = FEATURE_COUNT + 3
        features = self._features[: count * height * width].reshape(count, height, width)
        groups = iter(GROUPS)
        for distance in _DISTANCES:
            for sums in self._sums_at(levels, distance):
                features[next(groups)] = sums
        luma, level, pairs, triples, constant = groups
        light = ((own[0] + 2 * own[1].astype(np.int32) + own[2]) >> 6) - (_MIDDLE >> 4)
        np.multiply(features[GROUPS[0]], (light / 128).astype(np.float32), out=features[luma])
        np.floor(features[luma], out=features[luma])
        features[level] = (own - np.int16(_MIDDLE)) >> 2
        colours = (own - np.int16(_MIDDLE)) >> 4
        products = {}
        for place, pair in zip(range(pairs.start, pairs.stop), _PAIRS, strict=True):
            product = colours[pair[0]] * colours[pair[1]]
            features[place] = product >> 5
            products[pair] = product >> 7
        for place, (first, second, third) in zip(range(triples.start, triples.stop), _TRIPLES, strict=True):
            features[place] = (products[first, second] * colours[third]) >> 5
        features[constant] = _CONSTANT
        features[FEATURE_COUNT:] = own
        return features.reshape(count, height * width)

    def _levels_around(self, values: NDArray[Any], area: Area, inner: Area) -> Levels:
        """The levels of a part and of what is around it, int16 [3, height + 2 * RADIUS, width + 2 * RADIUS]."""
        wanted = inner.expanded(RADIUS)
        known = wanted.within(area)
        part = values[area.places(known)]
        levels = self._levels[:, : wanted.height]
        rows, columns = wanted.places(known)
        there = levels[:, rows, columns].transpose(1, 2, 0)
        if part.dtype == np.uint8:
            np.multiply(part, LEVEL_STEPS, out=there, dtype=np.int16)
        else:
            samples = self._samples[: known.height, : known.width]
            np.add(part, 2 ** (_SAMPLE_SHIFT - 1), out=samples)
            there[:] = np.right_shift(samples, _SAMPLE_SHIFT, out=samples)
        levels[:, : rows.start] = levels[:, rows.start : rows.start + 1]
        levels[:, rows.stop :] = levels[:, rows.stop - 1 : rows.stop]
        levels[:, :, : columns.start] = levels[:, :, columns.start : columns.start + 1]
        levels[:, :, columns.stop :] = levels[:, :, columns.stop - 1 : columns.stop]
        return levels

    def _sums_at(self, levels: Levels, distance: int) -> NDArray[np.int16]:
        """Sums of the differences of four neighbours from the pixel, and of the limited ones, [2, 3, height, width]."""
        height, width = (side - 2 * RADIUS for side in levels.shape[1:])
        sums = self._sums[:, :, :height]
        sums[:] = 0
        for axis, length in ((1, height), (2, width)):
            across = levels[_along(3 - axis, RADIUS, -RADIUS)]
            line = across[_along(axis, RADIUS - distance, RADIUS + length + distance)]
            # The difference of a neighbour behind is that of the pixel from it, negated: both are in one array.
            ahead, behind = _along(axis, distance, None), _along(axis, None, -distance)
            buffer = self._difference[:, : height + distance * (axis == 1), : width + distance * (axis == 2)]
            difference = np.subtract(line[ahead], line[behind], out=buffer)
            for total in sums:
                total += difference[ahead]
                total -= difference[behind]
                np.clip(difference, -_LIMIT, _LIMIT, out=difference)
        return sums


def _along(axis: int, start: int | None, stop: int | None) -> tuple[slice, ...]:
    """A part of an array along one axis."""
    return (slice(None),) * axis + (slice(start, stop),)


def _product(matrix: NDArray[np.float32], features: NDArray[np.float32]) -> NDArray[np.float32]:
    """[3, F] times [F, pixels], in this thread alone."""
    result = np.empty((len(matrix), features.shape[1]), np.float32)
    for start in range(0, features.shape[1], PRODUCT_PIXELS):
        pixels = slice(start, start + PRODUCT_PIXELS)
        result[:, pixels] = matrix @ features[:, pixels]
    return result
