"""Sections 3.6 and 7.5: the weights of the post-filter, and what it does, in Python integers."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from tests.reference.container import InvalidError

IntArray = npt.NDArray[np.int64]

NEIGHBOURS = ((0, -1), (0, 1), (-1, 0), (1, 0))
GROUP_SIZES = (3, 3, 3, 3, 3, 3, 6, 10, 1)
LARGEST_MAGNITUDES = (16320, 384, 16320, 384, 16320, 512, 512, 512, 64)


def read_weights(payload: bytes) -> tuple[int, list[list[int]]]:
    """Precision, and the weights of each of the 35 features for red, green and blue."""
    bits = [byte >> place & 1 for byte in payload for place in range(7, -1, -1)]

    def number(count: int) -> int:
        if count > len(bits):
            raise InvalidError
        taken, bits[:count] = bits[:count], []
        return sum(bit << place for place, bit in enumerate(reversed(taken)))

    def weight(order: int) -> int:
        zeros = 0
        while number(1) == 0:
            zeros += 1
        code = (1 << zeros + order) + number(zeros + order) - (1 << order)
        return (code + 1) // 2 if code % 2 else -code // 2

    precision = number(8)
    weights = []
    largest = []
    for size, magnitude in zip(GROUP_SIZES, LARGEST_MAGNITUDES, strict=True):
        order = number(3)
        for _ in range(size):
            weights.append([0 if order == 7 else weight(order) for _ in range(3)])
            largest.append(magnitude)
    if len(bits) > 7 or any(bits) or not 4 <= precision <= 8:
        raise InvalidError
    for colour in range(3):
        total = 4088 << precision
        for magnitude, row in zip(largest, weights, strict=True):
            if abs(row[colour]) > 511:
                raise InvalidError
            total += magnitude * abs(row[colour])
        if total > 2**24:
            raise InvalidError
    return precision, weights


def apply(precision: int, weights: list[list[int]], levels: IntArray) -> IntArray:
    """The pixels of a padded picture from its levels in sixteenths, both [height, width, 3]."""
    height, width, _ = levels.shape
    pixels = np.empty_like(levels)
    for y, x in np.ndindex(height, width):
        features = list(_features(levels, y, x))
        for colour in range(3):
            total = (int(levels[y, x, colour]) << precision) + (1 << precision + 3)
            total += sum(row[colour] * feature for row, feature in zip(weights, features, strict=True))
            pixels[y, x, colour] = min(max(total >> precision + 4, 0), 255)
    return pixels


def _features(levels: IntArray, y: int, x: int) -> Iterator[int]:
    height, width, _ = levels.shape
    own = [int(value) for value in levels[y, x]]
    first = []
    for distance in (1, 2):
        around = [
            levels[min(max(y + distance * down, 0), height - 1), min(max(x + distance * right, 0), width - 1)]
            for down, right in NEIGHBOURS
        ]
        differences = [[int(there[colour]) - own[colour] for there in around] for colour in range(3)]
        sums = [sum(values) for values in differences]
        first = first or sums
        yield from sums
        yield from (sum(min(max(value, -96), 96) for value in values) for values in differences)
    light = ((own[0] + 2 * own[1] + own[2]) >> 6) - 128
    yield from ((value * light) >> 7 for value in first)
    yield from ((value - 2048) >> 2 for value in own)
    r, g, b = ((value - 2048) >> 4 for value in own)
    yield from (product >> 5 for product in (r * r, r * g, r * b, g * g, g * b, b * b))
    yield from ((r * r >> 7) * colour >> 5 for colour in (r, g, b))
    yield from ((r * g >> 7) * colour >> 5 for colour in (g, b))
    yield (r * b >> 7) * b >> 5
    yield from ((g * g >> 7) * colour >> 5 for colour in (g, b))
    yield from ((g * b >> 7) * b >> 5, (b * b >> 7) * b >> 5)
    yield 64
