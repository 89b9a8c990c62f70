"""How the predictors of lossless coding are written (FORMAT.md, section 3.5): Exp-Golomb codes, by classes."""

import numpy as np
from numpy.typing import NDArray

from codec_format.bit_codes import BitReader, BitWriter, weight_lengths
from codec_format.lossless_predictor import (
    CLASS_COUNT,
    LARGEST_OFFSET,
    LARGEST_WEIGHT,
    REACHES,
    ClassWeights,
    Predictor,
    Weights,
    no_predictor,
)

_ORDERS = range(15)
_REACH_BITS = 3
_THRESHOLD_BITS = 6
_PRECISION_BITS = 4
_ORDER_BITS = 4
_OFFSET_ORDER = 0


def best_orders(weights: Weights) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The orders with which the weights [..., features] take the fewest bits, and how many: [...] each."""
    lengths = np.array([weight_lengths(weights, order).sum(axis=-1) for order in _ORDERS])
    return lengths.argmin(axis=0), lengths.min(axis=0)


def write_predictor(predictor: Predictor, bits: BitWriter) -> None:
    """Write a predictor (FORMAT.md, section 3.5)."""
    bits.number(0 if predictor.reach is None else 1 + predictor.reach, _REACH_BITS)
    if predictor.reach is not None:
        bits.number(predictor.threshold, _THRESHOLD_BITS)
        for each in predictor.classes:
            bits.number(0 if each is None else each.precision, _PRECISION_BITS)
            if each is not None:
                order = int(best_orders(each.weights)[0])
                bits.number(order, _ORDER_BITS)
                for weight in each.weights.tolist():
                    bits.weight(weight, order)
    moves = bool(predictor.offsets.any())
    bits.number(int(moves), 1)
    for offset in predictor.offsets.tolist() if moves else ():
        bits.weight(offset, _OFFSET_ORDER)


def read_predictor(bits: BitReader, feature_counts: list[int], scale_count: int) -> Predictor:
    """Read a predictor.

    Args:
        bits: where it stands.
        feature_counts: of each reach.
        scale_count: of the head.

    Raises:
        FormatError: that of `bits`, if it is not well formed or a sum could leave the exact range.
    """
    reach, threshold = bits.number(_REACH_BITS) - 1, 0
    if reach >= len(REACHES):
        raise bits.invalid
    classes: list[ClassWeights | None] = [None] * CLASS_COUNT
    if reach >= 0:
        threshold = bits.number(_THRESHOLD_BITS)
        for number in range(CLASS_COUNT):
            precision = bits.number(_PRECISION_BITS)
            if precision:
                order = bits.number(_ORDER_BITS)
                weights = [bits.weight(order, LARGEST_WEIGHT) for _ in range(feature_counts[reach])]
                each = ClassWeights(precision, np.array(weights, np.int32))
                if order not in _ORDERS or not each.is_exact:
                    raise bits.invalid
                classes[number] = each
    predictor = no_predictor(scale_count)
    offsets = predictor.offsets
    if bits.number(1):
        offsets = np.array([bits.weight(_OFFSET_ORDER, LARGEST_OFFSET) for _ in offsets], np.int32)
    return Predictor(reach if reach >= 0 else None, threshold, tuple(classes), offsets)
