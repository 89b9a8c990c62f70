"""The picture that a decoder paints tile by tile: a part of the whole one, in its size or smaller."""

import numpy as np
from numpy.typing import NDArray

from codec_format.areas import Area

UInt8Array = NDArray[np.uint8]


class Canvas:
    """Pixels of an area of a picture, each the mean of a square of `scale` x `scale` pixels of the picture.

    The squares are counted from the upper left corner of the picture; those at its right and lower edge hold fewer.

    Attributes:
        area: what is to be painted: the area asked for, extended to whole squares.
        pixels: uint8 [height, width, 3] of what has been painted.
    """

    def __init__(self, area: Area, width: int, height: int, scale: int) -> None:
        """Take an area of a picture of `width` x `height` pixels; `scale` is at most 16."""
        self.area = area.aligned(scale).within(Area(0, 0, height, width))
        self._scale = scale
        size = (-(-self.area.height // scale), -(-self.area.width // scale), 3)
        self.pixels: UInt8Array = np.empty(size, np.uint8)

    def put(self, tile: Area, pixels: UInt8Array) -> None:
        """Paint a part of the area that is made of whole squares: uint8 [height, width, 3]."""
        top, left = (tile.top - self.area.top) // self._scale, (tile.left - self.area.left) // self._scale
        small = self._reduced(pixels)
        self.pixels[top : top + small.shape[0], left : left + small.shape[1]] = small

    def whole(self, values: UInt8Array) -> UInt8Array:
        """The area of a whole picture, uint8 [height, width] or [height, width, 3], in the size of the canvas."""
        rows, columns = slice(self.area.top, self.area.bottom), slice(self.area.left, self.area.right)
        return np.ascontiguousarray(self._reduced(values[rows, columns]))

    def _reduced(self, values: UInt8Array) -> UInt8Array:
        """The rounded mean of every square."""
        if self._scale == 1:
            return values
        sums = values.astype(np.uint16)
        counts = []
        for axis in (0, 1):
            starts = np.arange(0, values.shape[axis], self._scale)
            sums = np.add.reduceat(sums, starts, axis=axis, dtype=np.uint16)
            counts.append(np.diff(starts, append=values.shape[axis]))
        divisor = np.outer(*counts).astype(np.uint16).reshape(*sums.shape[:2], *[1] * (sums.ndim - 2))
        return ((sums + divisor // 2) // divisor).astype(np.uint8)
