"""The encoder's part of the predictors of lossless coding: weights and offsets that save more bits than they take.

The weights are those of weighted least squares, the error of a sample counted by the variance of its frequency table:
half its square in units of the variance is the nats it costs, nearly. Features are in order of their distance, so that
the Cholesky factor of their products tells for every reach at once what it gains. Weights are rounded one after the
other, each to what is best given those before (Babai 1986).
"""

from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from codec_format.frequency_tables import TOTAL, FrequencyTables
from codec_format.lossless_head import FRACTIONS
from codec_format.lossless_predictor import (
    CLASS_COUNT,
    LARGEST_OFFSET,
    LARGEST_WEIGHT,
    PRECISIONS,
    REACHES,
    SCALES_OF_OFFSET,
    ClassWeights,
    HeadOutput,
    Integers,
    Predictor,
    no_predictor,
)
from codec_format.lossless_predictor_code import best_orders

_LEAST_VARIANCE = 0.02  # in levels squared: where all is 0 anyway, errors are not so bad as a square says
_RIDGE = 1e-5  # lets features that a tile hardly tells apart not take large opposite weights
_LEAST_RIDGE = 1e-6  # the same for features that a tile does not have at all
_WEIGHT_BITS = 6.0  # that a weight takes, about: what chooses the reach
_OFFSET_BITS = 4.0
_FITTED = 2**15  # samples that the weights are fitted to, in parts spread over all
_COUNTED = 2**15  # samples that choose the offsets, spread over all
_LARGEST_SYMBOL = 511
_KEPT_TABLES = 4  # heads whose bits are kept, once they have been computed
_LOG2E = 1 / np.log(2)

Sums = NDArray[np.float64]


def fit_predictor(head: HeadOutput, residual: Integers, tables: FrequencyTables) -> Predictor:
    """The predictor of a phase and channel.

    Args:
        head: what the head says of its samples.
        residual: int32 [h, w], what they are.
        tables: of the head.
    """
    scale_count = (len(tables.limits) - 1) // FRACTIONS
    none = no_predictor(scale_count)
    if residual.size == 0:
        return none
    threshold = int(np.median(head.scale))
    normal = _normal_equations(head, residual, threshold, tables)
    reach, gain = _best_reach(head, normal)
    if gain <= 0:
        return _with_offsets(none, head, head.mean, residual, tables)
    classes = [_rounded(*_shortened(equations, head.feature_count(reach))) for equations in normal]
    best = Predictor(reach, threshold, tuple(classes), none.offsets)
    mean = best.predicted(head)
    saved = _bits(head.mean, head.scale, residual, tables) - _bits(mean, head.scale, residual, tables)
    for number, each in enumerate(classes):
        own = (head.scale >= threshold) == bool(number)
        # What least squares promises need not be so where the errors are not as the tables expect.
        if each is not None and saved[own].sum() < best_orders(each.weights)[1]:
            classes[number] = None
            mean = np.where(own, head.mean, mean)
    best = replace(best, classes=tuple(classes), reach=reach if any(classes) else None)
    return _with_offsets(best, head, mean, residual, tables)


def _normal_equations(
    head: HeadOutput, residual: Integers, threshold: int, tables: FrequencyTables
) -> list[tuple[Sums, Sums]]:
    """For each class the weighted sums of the products of features, and of features and what the mean lacks."""
    farthest = len(REACHES) - 1
    count = head.feature_count(farthest)
    sums = [(np.zeros((count, count)), np.zeros(count)) for _ in range(CLASS_COUNT)]
    # In float64: where features are nearly the same, float32 would lose what tells them apart, and the products would
    # no longer be those of any features at all.
    deviation = 1 / np.sqrt(FRACTIONS**2 * np.maximum(_variances(tables), _LEAST_VARIANCE))
    every = max(1, round(head.mean.size / _FITTED))
    for rows, features in head.features(farthest, every):
        scale, lacking = head.scale[rows].ravel(), (FRACTIONS * residual[rows] - head.mean[rows]).ravel()
        for number, (products, targets) in enumerate(sums):
            chosen = np.flatnonzero((scale >= threshold) == bool(number))
            factor = deviation[scale[chosen]]
            weighted = features[:, chosen] * factor
            products += weighted @ weighted.T
            targets += weighted @ (lacking[chosen] * factor)
    return [(every * products, every * targets) for products, targets in sums]


def _shortened(equations: tuple[Sums, Sums], count: int) -> tuple[Sums, Sums]:
    return equations[0][:count, :count], equations[1][:count]


def _factor(products: Sums) -> Sums:
    """Cholesky factor of the products with a little added to the diagonal, lower."""
    diagonal = products.diagonal()
    ridge = _RIDGE * diagonal + _LEAST_RIDGE * diagonal.max() + _LEAST_RIDGE
    return np.asarray(np.linalg.cholesky(products + np.diag(ridge)), np.float64)


def _best_reach(head: HeadOutput, normal: list[tuple[Sums, Sums]]) -> tuple[int, float]:
    """The reach that saves the most bits with real-valued weights, and how many."""
    gains = np.zeros(len(REACHES))
    for products, targets in normal:
        # With L z = targets, half the sum of z squared up to a feature is what the features up to it gain.
        partial = np.cumsum(np.linalg.solve(_factor(products), targets) ** 2) / 2 * _LOG2E
        for reach in range(len(REACHES)):
            count = head.feature_count(reach)
            gains[reach] += max(0.0, partial[count - 1] - _WEIGHT_BITS * count)
    best = int(gains.argmax())
    return best, float(gains[best])


def _rounded(products: Sums, targets: Sums) -> ClassWeights | None:
    """The weights of a class with the precision that takes the fewest bits in all; None if no weights take fewer."""
    factor = _factor(products)
    whitened = np.linalg.solve(factor, targets)
    wanted = np.linalg.solve(factor.T, whitened)
    units = np.ldexp(1.0, np.array(PRECISIONS))
    rounded = np.zeros((len(units), len(wanted)))
    missed = np.zeros_like(rounded)
    for feature in range(len(wanted) - 1, -1, -1):
        # What the rounding of the features behind has missed, this one can make good.
        own = factor[feature, feature]
        aim = wanted[feature] + missed[:, feature + 1 :] @ factor[feature + 1 :, feature] / own
        rounded[:, feature] = np.clip(np.rint(aim * units), -LARGEST_WEIGHT, LARGEST_WEIGHT)
        missed[:, feature] = wanted[feature] - rounded[:, feature] / units
    costs = ((missed @ factor) ** 2).sum(axis=1) / 2 * _LOG2E
    integers = rounded.astype(np.int32)
    costs += best_orders(integers)[1]
    for choice in np.argsort(costs).tolist():
        result = ClassWeights(PRECISIONS[choice], integers[choice])
        if costs[choice] < (whitened**2).sum() / 2 * _LOG2E and result.is_exact:
            return result
    return None


def _with_offsets(
    predictor: Predictor, head: HeadOutput, mean: Integers, residual: Integers, tables: FrequencyTables
) -> Predictor:
    """The predictor with the offsets that take the fewest bits behind its `mean`."""
    scale_count = (len(tables.limits) - 1) // FRACTIONS
    step = -(-residual.size // _COUNTED)
    mean, scale, known = (each.ravel()[::step] for each in (mean, head.scale, residual))
    group = scale // SCALES_OF_OFFSET
    offsets = np.arange(-LARGEST_OFFSET, LARGEST_OFFSET + 1)
    bits = np.empty((len(offsets), len(predictor.offsets)))
    for row, offset in zip(bits, offsets.tolist(), strict=True):
        moved = _bits(mean, np.clip(scale + offset, 0, scale_count - 1), known, tables)
        row[:] = np.bincount(group, weights=moved, minlength=len(row)) * step + _OFFSET_BITS * (offset != 0)
    best = offsets[bits.argmin(axis=0)].astype(np.int32)
    return replace(predictor, offsets=best)


def _bits(mean: Integers, scale: Integers, residual: Integers, tables: FrequencyTables) -> NDArray[np.float32]:
    """Bits of residuals, elementwise."""
    symbols = np.clip(residual - (mean >> 2), -_LARGEST_SYMBOL, _LARGEST_SYMBOL)
    result: NDArray[np.float32] = _symbol_bits(tables)[FRACTIONS * scale + (mean & 3), symbols + _LARGEST_SYMBOL]
    return result


@lru_cache(maxsize=_KEPT_TABLES)
def _symbol_bits(tables: FrequencyTables) -> NDArray[np.float32]:
    """Bits of every symbol in every table, float32 [T, 2 * _LARGEST_SYMBOL + 1], those of escapes included."""
    symbols = np.arange(-_LARGEST_SYMBOL, _LARGEST_SYMBOL + 1)
    rows = []
    for limit, frequencies in zip(tables.limits.tolist(), tables.frequencies, strict=True):
        excess = np.maximum(np.abs(symbols) - limit, 0)
        gamma = np.where(np.abs(symbols) >= limit, 2 * np.floor(np.log2(excess + 1)) + 1, 0)
        rows.append(gamma - np.log2(frequencies[np.clip(symbols, -limit, limit) + limit] / TOTAL))
    return np.array(rows, np.float32)


@lru_cache(maxsize=_KEPT_TABLES)
def _variances(tables: FrequencyTables) -> NDArray[np.float64]:
    """Variance of the residuals of every scale, in levels squared, float64 [scales]."""
    variances = []
    for limit, frequencies in list(zip(tables.limits.tolist(), tables.frequencies, strict=True))[:-1:FRACTIONS]:
        variances.append(float(np.arange(-limit, limit + 1) ** 2 @ (frequencies / TOTAL)))
    return np.array(variances)
