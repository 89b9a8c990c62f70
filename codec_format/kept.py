"""What an encoder keeps of its work to decode a part of the picture: its last feature, or its symbols."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codec_format.areas import Area
from codec_format.feature_window import FeatureWindow
from codec_format.model_package import Manifest

Symbols = NDArray[np.int32]


class KeptSymbols:
    """The symbols of every latent block above an area."""

    def __init__(self, manifest: Manifest, areas: Mapping[int, Area]) -> None:
        """`areas` says for each stride where the symbols are kept, in pixels of the padded picture."""
        self._strides = [block.stride for block in manifest.blocks]
        self._areas = [areas[stride] for stride in self._strides]
        self._symbols = [
            np.zeros((block.channels, area.height // block.stride, area.width // block.stride), np.int32)
            for block, area in zip(manifest.blocks, self._areas, strict=True)
        ]

    def keep(self, band: Area, symbols: Sequence[Symbols]) -> None:
        """Take what is wanted of a band, int32 [channels, h, w] for each latent block."""
        for kept, area, stride, values in zip(self._symbols, self._areas, self._strides, symbols, strict=True):
            common = area.within(band)
            if common.height > 0:
                kept[:, *area.places(common, stride)] = values[:, *band.places(common, stride)]

    def part(self, block: int, area: Area) -> Symbols:
        """The symbols of a latent block above a part of the area, int32 [channels, h, w]."""
        places = self._areas[block].places(area, self._strides[block])
        return self._symbols[block][:, *places]


class KeptFeature:
    """The feature behind the last latent block, above an area."""

    def __init__(self, area: Area, stride: int) -> None:
        """Prepare for an area whose edges are multiples of the stride of the feature."""
        self._area = area
        self._stride = stride
        self._window = FeatureWindow(area, stride, axis=0)

    def put(self, tile: Area, values: NDArray[Any]) -> None:
        """Take what is wanted of a tile, float32 [1, channels, h, w]."""
        common = self._area.within(tile)
        if common.height > 0 and common.width > 0:
            self._window.put(common, values[:, :, *tile.places(common, self._stride)])

    def part(self, area: Area) -> NDArray[Any]:
        """The values above a part of the area, float32 [1, channels, h, w]."""
        return self._window.part(area)

    def keep(self, user: str, start: int) -> None:
        """All of it is kept."""
