"""A feature of a large picture of which only the part that is still needed is kept.

The networks go over a picture from one end to the other. A window moves with them: features are put in at its front
and forgotten at its back.
"""

import numpy as np
from numpy.typing import NDArray

from codec_format.areas import Area
from codec_format.errors import ModelError

Feature = NDArray[np.float32]

_CHUNK_PIXELS = 256  # along the axis; what is kept too long is at most one chunk


class FeatureWindow:
    """Float32 values [1, channels, h, w] with one position for `stride` x `stride` pixels of an area, kept in chunks.

    A chunk is there from the first value that is put into it until all before its end has been forgotten.
    """

    def __init__(self, area: Area, stride: int, axis: int) -> None:
        """Prepare for an area whose edges are multiples of the stride; the window moves along `axis` (0 for rows)."""
        self._area = area
        self._stride = stride
        self._axis = axis
        self._extent = stride * max(1, _CHUNK_PIXELS // stride)  # of a chunk along the axis, in pixels
        self._chunks: dict[int, Feature] = {}
        self._unused: list[Feature] = []  # to be filled again, which fragments memory less than new ones
        self._channels: int | None = None

    def put(self, tile: Area, values: Feature) -> None:
        """Put in the values [1, channels, h, w] above a tile.

        Raises:
            ModelError: they have not as many channels as those before.
        """
        if self._channels is None:
            self._channels = values.shape[1]
        if values.shape[1] != self._channels:
            raise ModelError("A graph of the model package gives varying numbers of channels; get it anew.")
        for number, chunk in self._chunks_of(tile):
            if number not in self._chunks:
                shape = self._shape(chunk)
                fits = bool(self._unused) and self._unused[-1].shape == shape
                self._chunks[number] = self._unused.pop() if fits else np.empty(shape, np.float32)
            common = tile.within(chunk)
            part = values[:, :, *tile.places(common, self._stride)]
            self._chunks[number][:, :, *chunk.places(common, self._stride)] = part

    def part(self, area: Area) -> Feature:
        """The values above an area, [1, channels, h, w]; they must have been put in and not been forgotten."""
        values = np.empty(self._shape(area), np.float32)
        for number, chunk in self._chunks_of(area):
            common = area.within(chunk)
            part = self._chunks[number][:, :, *chunk.places(common, self._stride)]
            values[:, :, *area.places(common, self._stride)] = part
        return values

    def forget(self, before: int) -> None:
        """Drop the values before a position along the axis, in pixels, by whole chunks."""
        start = self._area.span(self._axis)[0]
        for number in [number for number in self._chunks if start + (number + 1) * self._extent <= before]:
            self._unused.append(self._chunks.pop(number))

    def _shape(self, area: Area) -> tuple[int, ...]:
        assert self._channels is not None  # something has been put in
        return 1, self._channels, area.height // self._stride, area.width // self._stride

    def _chunks_of(self, area: Area) -> list[tuple[int, Area]]:
        """Number and area of the chunks that an area touches."""
        start = self._area.span(self._axis)[0]
        first, last = area.span(self._axis)
        numbers = range((first - start) // self._extent, -(-(last - start) // self._extent))
        edges = [(number, start + number * self._extent) for number in numbers]
        return [(number, self._area.slab(self._axis, edge, edge + self._extent)) for number, edge in edges]
