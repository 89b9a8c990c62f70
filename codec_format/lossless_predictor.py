"""The predictors of lossless coding: how a tile corrects the head's distributions, as its encoder found best.

The head is one for all pictures. A predictor belongs to one phase and one channel of a tile; it adds a weighted sum of
the known pixels around to the mean, with weights of its own for small and for large scales, and moves the scales
(FORMAT.md, section 7.4). Its arithmetic is that of integers, of which float32 holds every one exactly.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from codec_format.lossless_head import MEAN_MAXIMUM, PLACES

Integers = NDArray[np.int32]
Weights = NDArray[np.int32]

REACHES = (0, 2, 5, 10)
"""The squares of the distances in pixels up to which known pixels take part."""

PRECISIONS = range(1, 16)
LARGEST_WEIGHT = 2**15 - 1
LARGEST_OFFSET = 8
SCALES_OF_OFFSET = 8
"""So many scales that follow each other are moved together."""

CLASS_COUNT = 2

_CONSTANT = 64
_EXACT = 2**24  # up to here float32 holds every integer
_PADDING = 2  # squares around a tile: as far as a pixel within reach can be
_PART_SAMPLES = 4096  # features of so many samples at once fit into the cache


def neighbours(place: int, reach: int) -> list[tuple[int, int, int]]:
    """The known pixels within a reach: their place, and the row and column of their square from the own one.

    In order of their distance, and for the same distance of place, row and column.
    """
    found = []
    row, column = PLACES[place]
    for other, (other_row, other_column) in enumerate(PLACES[:place]):
        for down in range(-_PADDING, _PADDING + 1):
            for right in range(-_PADDING, _PADDING + 1):
                distance = (2 * down + other_row - row) ** 2 + (2 * right + other_column - column) ** 2
                if distance <= REACHES[reach]:
                    found.append((distance, other, down, right))
    return [neighbour[1:] for neighbour in sorted(found)]


class KnownPixels:
    """The pixels that a phase knows, around those of its place that lie within the tile.

    Attributes:
        place: 0..3.
        colours: 3, or 1 if the picture is grey.
    """

    def __init__(
        self, base: Integers, residual: Integers, place: int, inside: tuple[slice, slice], *, grey: bool
    ) -> None:
        """Take what the phase sees.

        Args:
            base: int32 [3, 2h, 2w] in coding order, the decoded picture at the step of the phase.
            residual: int32 of the same shape; those of the places before are read.
            place: of the phase.
            inside: rows and columns of squares whose pixel of this place lies within the tile.
            grey: the picture is grey, so that one channel tells all.
        """
        self.place = place
        self.colours = 1 if grey else 3
        row, column = PLACES[place]
        self._own = base[: self.colours, row::2, column::2][:, *inside]
        around = (0, 0), (_PADDING, _PADDING), (_PADDING, _PADDING)
        self._planes = [
            np.pad((base + residual)[: self.colours, row::2, column::2], around, mode="edge").astype(np.int16)
            for row, column in PLACES[:place]
        ]

    def parts(self) -> list[slice]:
        """Ranges of rows that are small enough to be looked at at once."""
        height, width = self._own.shape[1:]
        rows = max(1, _PART_SAMPLES // max(width, 1))
        return [slice(top, min(top + rows, height)) for top in range(0, height, rows)]

    def differences(self, reach: int, rows: slice) -> NDArray[np.float32]:
        """The known pixels within a reach minus the own decoded one, float32 [neighbours * colours, samples]."""
        own = self._own[:, rows]
        found = neighbours(self.place, reach)
        result = np.empty((len(found), *own.shape), np.float32)
        width = own.shape[2]
        for part, (other, down, right) in zip(result, found, strict=True):
            top, left = rows.start + _PADDING + down, _PADDING + right
            np.subtract(self._planes[other][:, top : top + own.shape[1], left : left + width], own, out=part)
        return result.reshape(len(found) * self.colours, own[0].size)


@dataclass(frozen=True, eq=False)
class HeadOutput:
    """What the head says of the samples of a phase and channel that lie within the tile, and from what.

    Attributes:
        mean: int32 [h, w], of the residual, in quarters of a level.
        scale: int32 [h, w].
        here: int32 [0..2, h, w], residuals of the channels of this phase that are known.
        known: the pixels around.
    """

    mean: Integers
    scale: Integers
    here: Integers
    known: KnownPixels

    def feature_count(self, reach: int) -> int:
        """How many features there are within a reach."""
        return 2 + len(self.here) + self.known.colours * len(neighbours(self.known.place, reach))

    def features(self, reach: int, every: int = 1) -> Iterator[tuple[slice, NDArray[np.float32]]]:
        """All features, every so many-th part: the rows, and float32 [features, samples], all of them integers.

        A constant, the mean, the residuals that are known here, and the differences of the pixels around.
        """
        for rows in self.known.parts()[::every]:
            mean = self.mean[rows].reshape(1, -1)
            own = [np.full_like(mean, _CONSTANT), mean, self.here[:, rows].reshape(len(self.here), mean.size)]
            yield rows, np.concatenate([*own, self.known.differences(reach, rows)], dtype=np.float32)


@dataclass(frozen=True, eq=False)
class ClassWeights:
    """The weights of the samples of a class.

    Attributes:
        precision: one of `PRECISIONS`; a weight counts in units of ``2 ** -precision`` quarters of a level.
        weights: int32 [features], magnitudes up to `LARGEST_WEIGHT`.
    """

    precision: int
    weights: Weights

    @property
    def is_exact(self) -> bool:
        """Whether no sum can leave the range in which the arithmetic is exact, as the format demands."""
        largest = np.full(len(self.weights), 255)
        largest[:2] = _CONSTANT, MEAN_MAXIMUM
        return bool(largest @ np.abs(self.weights) + 2 ** (self.precision - 1) <= _EXACT)


@dataclass(frozen=True, eq=False)
class Predictor:
    """How the head's distributions of a phase and channel are corrected.

    Attributes:
        reach: index of `REACHES`; None if the means stay as they are.
        threshold: scales from this one on are of the second class, those below of the first.
        classes: the weights of the classes; None for one whose means stay as they are.
        offsets: int32 [ceil(scales / 8)], what is added to so many scales each; magnitudes up to `LARGEST_OFFSET`.
    """

    reach: int | None
    threshold: int
    classes: tuple[ClassWeights | None, ...]
    offsets: Integers

    def correct(self, head: HeadOutput, scale_count: int) -> tuple[Integers, Integers]:
        """The corrected mean in quarters of a level, and scale, int32 [h, w] each."""
        moved = head.scale + self.offsets[head.scale // SCALES_OF_OFFSET]
        return self.predicted(head), np.clip(moved, 0, scale_count - 1)

    def predicted(self, head: HeadOutput) -> Integers:
        """The corrected mean in quarters of a level, int32 [h, w]."""
        if self.reach is None:
            return head.mean
        matrix = np.zeros((CLASS_COUNT, head.feature_count(self.reach)), np.float32)
        for row, each in zip(matrix, self.classes, strict=True):
            if each is not None:
                row[:] = np.ldexp(each.weights.astype(np.float32), -each.precision)
        result = head.mean.copy()
        for rows, features in head.features(self.reach):
            # Multiples of 2 ** -precision, with which float32 is as exact as with integers.
            sums = np.floor(matrix @ features + np.float32(0.5))
            second = head.scale[rows].ravel() >= self.threshold
            result[rows] += np.where(second, sums[1], sums[0]).astype(np.int32).reshape(result[rows].shape)
        return np.clip(result, -MEAN_MAXIMUM, MEAN_MAXIMUM)


def no_predictor(scale_count: int) -> Predictor:
    """The predictor that corrects nothing."""
    return Predictor(None, 0, (None,) * CLASS_COUNT, np.zeros(-(-scale_count // SCALES_OF_OFFSET), np.int32))
