"""How the weights of a post-filter are written (FORMAT.md, section 3.6): Exp-Golomb codes, their order by groups."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from codec_format.errors import FormatError
from codec_format.post_filter import FEATURE_COUNT, GROUPS, LARGEST_WEIGHT, PRECISIONS, PostFilter, Weights

ABSENT = 7
"""In place of its order: the weights of the group are all 0, and none is written."""

_ORDERS = range(ABSENT)
_ORDER_BITS = 3
_PRECISION_BITS = 8
_LONGEST_PREFIX = 16  # zeros at the start of a code: more than any weight has


def _number_of(weight: int) -> int:
    return 2 * weight - 1 if weight > 0 else -2 * weight


_CODE_LENGTHS: NDArray[np.float64] = np.array(
    [
        [
            2 * (_number_of(weight) + 2**order).bit_length() - 1 - order
            for weight in range(-LARGEST_WEIGHT, LARGEST_WEIGHT + 1)
        ]
        for order in _ORDERS
    ],
    np.float64,
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
    bits = f"{post_filter.precision:0{_PRECISION_BITS}b}"
    for group in GROUPS:
        weights = post_filter.weights[group]
        order, _ = best_order(weights)
        bits += f"{order:0{_ORDER_BITS}b}"
        for weight in weights.ravel().tolist() if order != ABSENT else ():
            number = _number_of(weight) + 2**order
            bits += "0" * (number.bit_length() - 1 - order) + f"{number:b}"
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def read_post_filter(payload: bytes) -> PostFilter:
    """Read the payload of the chunk.

    Raises:
        FormatError: it has another form, or a sum of the filter could leave the exact range.
    """
    bits = _Bits(payload)
    precision = bits.number(_PRECISION_BITS)
    weights = np.zeros((FEATURE_COUNT, 3), np.int32)
    for group in GROUPS:
        order = bits.number(_ORDER_BITS)
        if order != ABSENT:
            weights[group] = [[bits.weight(order) for _ in range(3)] for _ in weights[group]]
    bits.finish()
    post_filter = PostFilter(precision, weights)
    if precision not in PRECISIONS or not post_filter.is_exact:
        raise _invalid()
    return post_filter


class _Bits:
    """Reads bits, the highest of each byte first."""

    def __init__(self, data: bytes) -> None:
        self._bits = "".join(f"{byte:08b}" for byte in data)
        self._position = 0

    def number(self, count: int) -> int:
        bits = self._bits[self._position : self._position + count]
        if len(bits) < count:
            raise _invalid()
        self._position += count
        return int(bits, 2) if bits else 0

    def weight(self, order: int) -> int:
        zeros = 0
        while not self.number(1):
            zeros += 1
            if zeros > _LONGEST_PREFIX:
                raise _invalid()
        number: int = 2 ** (zeros + order) + self.number(zeros + order) - 2**order
        weight = (number + 1) // 2 if number % 2 else -(number // 2)
        if abs(weight) > LARGEST_WEIGHT:
            raise _invalid()
        return weight

    def finish(self) -> None:
        rest = self._bits[self._position :]
        if len(rest) >= 8 or "1" in rest:
            raise _invalid()


def _invalid() -> FormatError:
    return FormatError("The post-filter is not well formed; the file is not valid.")
