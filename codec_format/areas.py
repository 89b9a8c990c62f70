"""Areas of a picture, in pixels, and how they are cut into tiles."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Area:
    """The pixels of the rows top..bottom-1 and the columns left..right-1."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def height(self) -> int:
        """Number of rows."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Number of columns."""
        return self.right - self.left

    def expanded(self, margin: int) -> "Area":
        """This area with a margin on every side."""
        return Area(self.top - margin, self.left - margin, self.bottom + margin, self.right + margin)

    def aligned(self, unit: int) -> "Area":
        """The smallest area around this one whose edges are multiples of `unit`."""
        return Area(
            self.top // unit * unit,
            self.left // unit * unit,
            -(-self.bottom // unit) * unit,
            -(-self.right // unit) * unit,
        )

    def within(self, other: "Area") -> "Area":
        """What this area and the other one have in common."""
        return Area(
            max(self.top, other.top),
            max(self.left, other.left),
            min(self.bottom, other.bottom),
            min(self.right, other.right),
        )

    def span(self, axis: int) -> tuple[int, int]:
        """Where the area begins and ends along an axis: 0 for rows, 1 for columns."""
        return (self.left, self.right) if axis else (self.top, self.bottom)

    def slab(self, axis: int, start: int, stop: int) -> "Area":
        """What of this area lies between two positions along an axis."""
        across = Area(self.top, start, self.bottom, stop) if axis else Area(start, self.left, stop, self.right)
        return across.within(self)

    def places(self, inner: "Area", stride: int = 1) -> tuple[slice, slice]:
        """Rows and columns of `inner` in a grid of this area that has one position for `stride` x `stride` pixels."""
        return (
            slice((inner.top - self.top) // stride, (inner.bottom - self.top) // stride),
            slice((inner.left - self.left) // stride, (inner.right - self.left) // stride),
        )

    def tiles(self, rows: int, columns: int, unit: int) -> Iterator["Area"]:
        """Cut into nearly equal tiles, row by row, in at most so many rows and columns.

        Edges between tiles are multiples of `unit` from the upper left corner of the area.
        """
        for top, bottom in _parts(self.top, self.bottom, rows, unit):
            for left, right in _parts(self.left, self.right, columns, unit):
                yield Area(top, left, bottom, right)


def _parts(start: int, stop: int, count: int, unit: int) -> list[tuple[int, int]]:
    """Cut a range into at most `count` parts at multiples of `unit` from its start."""
    units = -(-(stop - start) // unit)
    edges = [min(start + unit * (units * part // count), stop) for part in range(count + 1)]
    return [(before, after) for before, after in itertools.pairwise(edges) if before < after]
