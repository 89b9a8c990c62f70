"""How the weights of a post-filter are written (FORMAT.md, section 3.6): Exp-Golomb codes, their order by groups."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from codec_format.bit_codes import BitReader, BitWriter, weight_lengths
from codec_format.errors import FormatError
from codec_format.post_filter import FEATURE_COUNT, GROUPS, LARGEST_WEIGHT, PRECISIONS, PostFilter, Weights

ABSENT = 7
"""In place of its order: the weights of the group are all 0, and none is written."""

_ORDERS = range(ABSENT)
_ORDER_BITS = 3
_PRECISION_BITS = 8

_CODE_LENGTHS: NDArray[np.float64] = np.array(
    [weight_lengths(np.arange(-LARGEST_WEIGHT, LARGEST_WEIGHT + 1), order) for order in _ORDERS], np.float64
)


@cache
def code_lengths(order: int) -> tuple[float, ...]:
    """Bits that every weight takes with an order, from -LARGEST_WEIGHT to LARGEST_WEIGHT."""
    return tuple(_CODE_LENGTHS[order].tolist())


def best_order(weights: Weights) -> tuple[int, int]:
    """The order with which the weights of a group take the fewest bits, and how many."""
    if not weights.any():
        return ABSENT, 0
    lengths = _CODE_LENGTHS[:, weights.ravel() + LARGEST_WEIGHT].sum(axis=1)
    order = int(lengths.argmin())
    return order, int(lengths[order])


def write_post_filter(post_filter: PostFilter) -> bytes:
    """The payload of the chunk."""
    bits = BitWriter()
    bits.number(post_filter.precision, _PRECISION_BITS)
    for group in GROUPS:
        weights = post_filter.weights[group]
        order, _ = best_order(weights)
        bits.number(order, _ORDER_BITS)
        for weight in weights.ravel().tolist() if order != ABSENT else ():
            bits.weight(weight, order)
    return bits.payload()


def read_post_filter(payload: bytes) -> PostFilter:
    """Read the payload of the chunk.

    Raises:
        FormatError: it has another form, or a sum of the filter could leave the exact range.
    """
    invalid = FormatError("The post-filter is not well formed; the file is not valid.")
    bits = BitReader(payload, invalid)
    precision = bits.number(_PRECISION_BITS)
    weights = np.zeros((FEATURE_COUNT, 3), np.int32)
    for group in GROUPS:
        order = bits.number(_ORDER_BITS)
        if order != ABSENT:
            weights[group] = [[bits.weight(order, LARGEST_WEIGHT) for _ in range(3)] for _ in weights[group]]
    bits.finish()
    post_filter = PostFilter(precision, weights)
    if precision not in PRECISIONS or not post_filter.is_exact:
        raise invalid
    return post_filter
