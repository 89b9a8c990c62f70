"""The encoder's part of the post-filter: weights that save more bits than they take.

The weights of the smallest squared error are those of least squares. They are rounded one after the other, each to what
is best given those before (Babai 1986), and then changed one by one, and group by group to nothing, for as long as what
that does to the error, counted in the bits it is worth, and to the length of the weights is a gain.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codec_format.areas import Area
from codec_format.post_filter import (
    FEATURE_COUNT,
    GROUPS,
    LARGEST_WEIGHT,
    LEVEL_STEPS,
    PRECISIONS,
    Features,
    PostFilter,
    Weights,
)
from codec_format.post_filter_code import ABSENT, best_order, code_lengths, write_post_filter

# How many hundredths of its bits a file saves with an error that is smaller by a hundredth: on the curve of the shipped
# model, twice the bits are worth 2.7 to 4.7 dB.
_BITS_FOR_ERROR = 0.9
_CHUNK_BITS = 8 * 6  # type, length and CRC
_FIRST_PRECISION = 6
_FIRST_ORDER = 1
_SWEEPS = 5
_WHOLE_PIXELS = 3 * 2**19  # pictures up to this size are fitted as a whole
_SAMPLE_SIDE = 384
_SAMPLES = (3, 2)  # along the longer and the shorter side
_RIDGE = 1e-5  # lets features that a picture hardly tells apart not take large opposite weights

Sums = NDArray[np.float64]


def areas_to_fit(width: int, height: int) -> list[Area]:
    """The parts of a picture that its post-filter is fitted to: all of it, or some squares spread over a large one."""
    whole = Area(0, 0, height, width)
    if width * height <= _WHOLE_PIXELS:
        return [whole]
    rows, columns = _SAMPLES if height > width else _SAMPLES[::-1]
    return [_middle(cell, _SAMPLE_SIDE) for cell in whole.tiles(rows, columns, 1)]


def _middle(area: Area, side: int) -> Area:
    """The square in the middle of an area, or what of it there is."""
    top, left = (area.top + area.bottom - side) // 2, (area.left + area.right - side) // 2
    return Area(top, left, top + side, left + side).within(area)


class Statistics:
    """What the fit knows of the features and of what the decoded picture lacks, from any parts of a picture.

    Attributes:
        features: float64 [FEATURE_COUNT, FEATURE_COUNT], sums over pixels of the products of two features.
        targets: float64 [FEATURE_COUNT, 3], those of a feature and what the pixel lacks in sixteenths of a level.
        error: sum of the squares of what the pixels lack.
    """

    def __init__(self) -> None:
        self.features: Sums = np.zeros((FEATURE_COUNT, FEATURE_COUNT))
        self.targets: Sums = np.zeros((FEATURE_COUNT, 3))
        self.error = 0.0

    def add(self, original: NDArray[np.uint8], values: NDArray[Any], area: Area, inner: Area) -> None:
        """Take in a part of the picture.

        Args:
            original: uint8 [height, width, 3], what `inner` should be.
            values: the decoded picture above `area`, as `PostFilter.apply` takes it.
            area: a part of the picture.
            inner: a part of `area`.
        """
        features = Features(inner.width)
        for part in features.parts(inner):
            seen = features.of(values, area, part)
            wanted = original[inner.places(part)].transpose(2, 0, 1) * np.int16(LEVEL_STEPS)
            missing = seen[FEATURE_COUNT:]
            np.subtract(wanted, missing, out=missing)
            products = np.zeros((len(seen), len(seen)))
            for block in features.in_blocks(part):
                products += block @ block.T
            self.features += products[:FEATURE_COUNT, :FEATURE_COUNT]
            self.targets += products[:FEATURE_COUNT, FEATURE_COUNT:]
            self.error += float(products[FEATURE_COUNT:, FEATURE_COUNT:].trace())


def fit_post_filter(statistics: Statistics, byte_count: int) -> PostFilter | None:
    """The post-filter that saves most; None if none saves anything.

    Args:
        statistics: of the picture, or of parts that stand for it.
        byte_count: size of all latent blocks.
    """
    if not statistics.error:
        return None
    worth = _BITS_FOR_ERROR * 8 * byte_count / statistics.error
    features = _definite(statistics.features)
    best: tuple[float, PostFilter | None] = 0.0, None
    # The gain rises up to some precision and falls from there on.
    for step in (1, -1):
        for precision in PRECISIONS[PRECISIONS.index(_FIRST_PRECISION) + min(step, 0) :: step]:
            unit = 2.0**precision
            found = _Search(features / unit**2, statistics.targets / unit, worth)
            post_filter = PostFilter(precision, found.run())
            gain = found.gain() - _CHUNK_BITS - 8 * len(write_post_filter(post_filter))
            if gain <= best[0] or not post_filter.is_exact:
                break
            best = gain, post_filter
    return best[1]


def _definite(products: Sums) -> Sums:
    """The products made positive definite, which those of few colours, or summed in single precision, need not be."""
    scale = np.sqrt(products.diagonal() + 1)
    values, vectors = np.linalg.eigh(products / np.outer(scale, scale))
    definite: Sums = (vectors * np.maximum(values, _RIDGE)) @ vectors.T * np.outer(scale, scale)
    return definite


class _Search:
    """Search for weights in units of one precision; the error is a quadratic function of them."""

    def __init__(self, features: Sums, targets: Sums, worth: float) -> None:
        """`features` and `targets` are those of `Statistics`; `worth` is in bits for a unit of error."""
        self._features = features
        self._targets = targets
        self._worth = worth
        self._weights = self._rounded()
        self._slopes = features @ self._weights - targets  # half of those of the error
        self._orders = [_FIRST_ORDER] * len(GROUPS)

    def run(self) -> Weights:
        """The weights, int32 [FEATURE_COUNT, 3]."""
        for _ in range(_SWEEPS):
            before = self._weights.copy()
            for number, group in enumerate(GROUPS):
                lengths = code_lengths(self._orders[number])
                for feature in range(group.start, group.stop):
                    self._improve(feature, lengths)
                self._drop(group)
                order, _ = best_order(self._weights[group].astype(np.int32))
                self._orders[number] = _FIRST_ORDER if order == ABSENT else order
            if np.array_equal(before, self._weights):
                break
        return self._weights.astype(np.int32)

    def gain(self) -> float:
        """Bits that the weights are worth."""
        return -self._worth * float((self._weights * (self._slopes - self._targets)).sum())

    def _rounded(self) -> Sums:
        exact = np.linalg.solve(self._features, self._targets)
        lower = np.linalg.cholesky(self._features)
        weights = np.zeros_like(exact)
        for feature in reversed(range(FEATURE_COUNT)):
            # What the rounding of those behind this one leaves for it to make good.
            rest = lower[feature + 1 :, feature] @ (exact - weights)[feature + 1 :]
            weights[feature] = np.rint(exact[feature] + rest / lower[feature, feature])
        return np.clip(weights, -LARGEST_WEIGHT, LARGEST_WEIGHT)

    def _improve(self, feature: int, lengths: Sequence[float]) -> None:
        """Change the weights of a feature, each to the best of some; `lengths` are the bits that each weight takes."""
        curvature = float(self._features[feature, feature])
        pairs = zip(self._weights[feature].tolist(), self._slopes[feature].tolist(), strict=True)
        moves = [self._best_move(weight, slope, curvature, lengths) for weight, slope in pairs]
        self._move(slice(feature, feature + 1), np.array([moves]))

    def _best_move(self, weight: float, slope: float, curvature: float, lengths: Sequence[float]) -> float:
        # Plain numbers: for so few of them, NumPy takes longer.
        best, lowest = 0.0, lengths[int(weight) + LARGEST_WEIGHT]
        for choice in (weight - 1, weight + 1, round(weight - slope / curvature), 0.0):
            if abs(choice) <= LARGEST_WEIGHT:
                move = choice - weight
                cost = self._worth * (move * (2 * slope + move * curvature)) + lengths[int(choice) + LARGEST_WEIGHT]
                if cost < lowest:
                    best, lowest = move, cost
        return best

    def _drop(self, group: slice) -> None:
        """Set the weights of a group to 0 if that is a gain."""
        moves = -self._weights[group]
        change = 2 * self._slopes[group] + self._features[group, group] @ moves
        _, bits = best_order(self._weights[group].astype(np.int32))
        if self._worth * float((moves * change).sum()) < bits:
            self._move(group, moves)

    def _move(self, features: slice, moves: Sums) -> None:
        if moves.any():
            self._weights[features] += moves
            self._slopes += self._features[:, features] @ moves
