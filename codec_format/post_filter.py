"""The post-filter: how a file corrects the decoded picture, as its encoder found best (FORMAT.md, section 7.5).

The networks are trained for all pictures; how sharp, how noisy and how colourful this one is, they know only as far as
the symbols tell. The filter adds to every pixel a weighted sum of what is around it: differences of its neighbours, as
they are and limited to small ones, and a polynomial of its own colours. As in the adaptive loop filter of VVC
(Karczewicz et al. 2021), limited differences tell noise from edges.

It takes levels in sixteenths, so that the decoded picture is rounded only once. Its arithmetic is that of integers, of
which float32 holds every one exactly.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codec_format.areas import Area

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

GROUPS = tuple(slice(stop - size, stop) for size, stop in zip(_SIZES, itertools.accumulate(_SIZES), strict=True))
"""Where the features that belong together stand among all."""

FEATURE_COUNT = sum(_SIZES)

_EXACT = 2**24  # up to here float32 holds every integer
_SAMPLE_SHIFT = 10  # from samples of lossless coding, of which 2**14 are a level, to sixteenths

_PART_PIXELS = 12288  # filtered at once, as far as whole rows go: the integers fit into the cache
# OpenBLAS divides larger products among threads, which would be in the way of those that work already.
_BLOCK_PIXELS = 1024


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

    def apply(self, values: NDArray[Any], area: Area, inner: Area) -> NDArray[np.uint8]:
        """Filter a part of a decoded picture.

        Args:
            values: [height, width, 3] above `area`: uint8 pixels, or int32 samples of lossless coding. Beyond them,
                those at the edge are repeated.
            area: a part of the picture.
            inner: the part of `area` that is wanted.

        Returns:
            uint8 [height, width, 3], the pixels of `inner`.
        """
        matrix = self._matrix()
        pixels = np.empty((inner.height, inner.width, 3), np.uint8)
        features = Features(inner.width)
        for part in features.parts(inner):
            features.of(values, area, part)
            result = np.matmul(matrix, features.in_blocks(part))
            np.clip(result, 0, 255, out=result)
            planes = result.astype(np.uint8).transpose(1, 0, 2).reshape(len(matrix), -1)
            there = pixels[inner.places(part)]
            for colour, plane in enumerate(planes[:3, : part.height * part.width]):
                there[:, :, colour] = plane.reshape(part.height, part.width)
        return pixels

    def _matrix(self) -> NDArray[np.float32]:
        """From features and levels to pixels plus a half, [4, FEATURE_COUNT + 3]; exact, as it divides by 2 ** n.

        The last row is 0: OpenBLAS multiplies by four rows in two thirds of the time that it takes for three.
        """
        unit = LEVEL_STEPS * 2**self.precision
        matrix = np.concatenate([self.weights.T, np.eye(3, dtype=np.int32) * 2**self.precision], axis=1)
        matrix[:, GROUPS[-1]] += unit // 2 // _CONSTANT
        scaled: NDArray[np.float32] = np.pad(matrix / unit, ((0, 1), (0, 0))).astype(np.float32)
        return scaled


class Features:
    """What the filter sees of a picture, part by part, in memory that is used again."""

    def __init__(self, width: int) -> None:
        """Prepare for parts of so many pixels in a row."""
        self._rows = max(1, _PART_PIXELS // width)
        around = (self._rows + 2 * RADIUS, width + 2 * RADIUS)
        self._samples = np.empty(3 * around[0] * around[1], np.int32)
        self._levels = np.empty((3, *around), np.int16)
        self._difference = np.empty(3 * around[0] * around[1], np.int16)
        count = FEATURE_COUNT + 3
        self._blocks = np.empty((-(-self._rows * width // _BLOCK_PIXELS), count, _BLOCK_PIXELS), np.float32)
        self._features = np.zeros((count, len(self._blocks) * _BLOCK_PIXELS), np.int16)
        self._features[GROUPS[-1]] = _CONSTANT

    def parts(self, area: Area) -> list[Area]:
        """An area in parts that are small enough."""
        return list(area.tiles(-(-area.height // self._rows), 1, 1))

    def of(self, values: NDArray[Any], area: Area, inner: Area) -> NDArray[np.int16]:
        """The features of every pixel, and then its levels, [FEATURE_COUNT + 3, height, width].

        Takes the arguments of `PostFilter.apply`, `inner` as one of `parts`; what it returns is overwritten by the next
        call.
        """
        levels = self._levels_around(values, area, inner)
        own = levels[:, RADIUS:-RADIUS, RADIUS:-RADIUS]
        shape = own.shape[1:]
        features = self._features[:, : shape[0] * shape[1]].reshape(-1, *shape)
        groups = iter(GROUPS)
        for distance in _DISTANCES:
            self._add_differences(levels, distance, features[next(groups)], features[next(groups)])
        luma, level, pairs, triples, _ = groups
        light = ((own[0] + 2 * own[1] + own[2]) >> 6) - (_MIDDLE >> 4)
        features[luma] = np.multiply(features[GROUPS[0]], light, dtype=np.int32) >> 7
        centred = own - np.int16(_MIDDLE)
        np.right_shift(centred, 2, out=features[level])
        colours = np.right_shift(centred, 4, out=centred)
        products = np.empty((len(_PAIRS), *shape), np.int16)
        _multiply(colours, range(3), colours, products)
        np.right_shift(products, 5, out=features[pairs])
        products >>= 7
        _multiply(products, [second for _, second in _PAIRS], colours, features[triples])
        features[triples] >>= 5
        features[FEATURE_COUNT:] = own
        return features

    def in_blocks(self, part: Area) -> NDArray[np.float32]:
        """What `of` gave last, for this part, and its caller may have changed, cut into blocks for products.

        float32 [blocks, FEATURE_COUNT + 3, pixels of a block], row by row; 0 beyond the last pixel.
        """
        pixels = part.height * part.width
        count = -(-pixels // _BLOCK_PIXELS)
        blocks = self._blocks[:count]
        blocks[:] = self._features[:, : count * _BLOCK_PIXELS].reshape(-1, count, _BLOCK_PIXELS).transpose(1, 0, 2)
        blocks[-1, :, pixels - (count - 1) * _BLOCK_PIXELS :] = 0
        return blocks

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
            samples = self._samples[: part.size].reshape(part.shape)
            np.add(part, 2 ** (_SAMPLE_SHIFT - 1), out=samples)
            samples >>= _SAMPLE_SHIFT
            there[:] = samples.astype(np.int16)  # in two steps: to change type and order at once takes longer
        levels[:, : rows.start] = levels[:, rows.start : rows.start + 1]
        levels[:, rows.stop :] = levels[:, rows.stop - 1 : rows.stop]
        levels[:, :, : columns.start] = levels[:, :, columns.start : columns.start + 1]
        levels[:, :, columns.stop :] = levels[:, :, columns.stop - 1 : columns.stop]
        return levels

    def _add_differences(self, levels: Levels, distance: int, sums: Levels, limited: Levels) -> None:
        """Fill in the sums of the differences of four neighbours from the pixel, and of the limited ones."""
        height, width = sums.shape[1:]
        for axis, length in ((1, height), (2, width)):
            across = levels[_along(3 - axis, RADIUS, -RADIUS)]
            line = across[_along(axis, RADIUS - distance, RADIUS + length + distance)]
            # The difference of a neighbour behind is that of the pixel from it, negated: both are in one array.
            ahead, behind = _along(axis, distance, None), _along(axis, None, -distance)
            shape = (3, height + distance * (axis == 1), width + distance * (axis == 2))
            buffer = self._difference[: math.prod(shape)].reshape(shape)
            difference = np.subtract(line[ahead], line[behind], out=buffer)
            for total in (sums, limited):
                if total is limited:
                    np.clip(difference, -_LIMIT, _LIMIT, out=difference)
                if axis == 1:
                    np.subtract(difference[ahead], difference[behind], out=total)
                else:
                    total += difference[ahead]
                    total -= difference[behind]


def _multiply(factors: Levels, first: Sequence[int], colours: Levels, out: Levels) -> None:
    """Each factor times the colours from its first one on, one product after the other."""
    start = 0
    for factor, colour in zip(factors, first, strict=True):
        stop = start + len(colours) - colour
        np.multiply(colours[colour:], factor, out=out[start:stop])
        start = stop


def _along(axis: int, start: int | None, stop: int | None) -> tuple[slice, ...]:
    """A part of an array along one axis."""
    return (slice(None),) * axis + (slice(start, stop),)
