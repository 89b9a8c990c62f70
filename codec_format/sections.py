"""The sections of a package's encoder and decoder, evaluated tile by tile, so that memory stays bounded.

A section is the part of a network that works at one stride. What it computes at a place depends on its input up to a
known distance, its halo. A tile is computed from its surroundings out to the halo, and what was computed there, with
incomplete knowledge, is dropped: the tiles are those of the undivided computation. Only the edges of the picture are
edges for the network.

Coarse strides are kept for the whole picture; the finest features exist for one tile at a time. An exception are the
bottom-up features, which wait for the latent blocks of their stride. Where there are several tiles, an encoder keeps
its features with 16 of their 24 significant bits, and its symbols in 16 bits. No decoder depends on that.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codec_format.areas import Area
from codec_format.model_package import Manifest, checked_output

Symbols = NDArray[np.int32]
RunGraph = Callable[[str, Mapping[str, NDArray[Any]]], Mapping[str, NDArray[Any]]]
GetSymbols = Callable[[int, Area], Symbols]

# Positions of a section's own stride in a tile: at the finest stride, 2 megapixels if that is 8, and at the others,
# which work while more features are waiting. Larger tiles take more memory, smaller ones compute more of their
# surroundings.
_FINEST_TILE_POSITIONS = 2**15
_TILE_POSITIONS = 2**14
_TILE_UNIT = 8  # keeps whole the squares of pixels that become one in a smaller picture


class Sections:
    """Encoder and decoder for one picture, as the sections of a package."""

    def __init__(self, manifest: Manifest, run: RunGraph, bounds: Area) -> None:
        """Prepare for a picture.

        Args:
            manifest: of a package with sections.
            run: runs a graph for given inputs.
            bounds: the padded picture.
        """
        self._manifest = manifest
        self._run = run
        self._bounds = bounds
        self._strides = manifest.strides
        self._finest = self._strides[-1]

    def encode(
        self, pixels: NDArray[np.uint8], bands: Sequence[Area], report: Callable[[float], None]
    ) -> Iterator[list[Symbols]]:
        """Symbols of every latent block, int32 [channels, h, w], band by band.

        Args:
            pixels: uint8 [height, width, 3]; the last row and column are repeated up to the bounds.
            bands: areas that divide the bounds, from top to bottom.
            report: receives how much is done, 0..1.
        """
        bottom_up = self._bottom_up(pixels, lambda done: report(0.6 * done))
        coarse: list[_Mosaic] = []
        feature: _Mosaic | None = None
        for stride in self._strides[:-1]:
            outputs = self._encoder_tiles(stride, self._bounds, feature, bottom_up.pop(stride))
            names = [f"symbols_{block:02}" for block in self._manifest.blocks_of(stride)]
            mosaics = self._gather(outputs, stride, self._bounds, [*names, "feature_out"], shortened=True)
            coarse += [mosaics[name] for name in names]
            feature = mosaics["feature_out"]
        names = [f"symbols_{block:02}" for block in self._manifest.blocks_of(self._finest)]
        for number, band in enumerate(bands):
            outputs = self._encoder_tiles(self._finest, band, feature, bottom_up[self._finest])
            fine = self._gather(outputs, self._finest, band, names)
            report(0.6 + 0.4 * (number + 1) / len(bands))
            yield [mosaic.part(band)[0] for mosaic in (*coarse, *fine.values())]

    def symbol_areas(self, area: Area) -> dict[int, Area]:
        """Where the symbols of each stride must be known, so that the pixels of an area can be computed."""
        areas = {}
        for stride in reversed(self._strides):
            area = self._surroundings(f"decoder_{stride}", self._cut(area, stride))
            areas[stride] = area
        return areas

    def decode(self, area: Area, symbols: GetSymbols) -> Iterator[tuple[Area, NDArray[np.uint8]]]:
        """The pixels of an area in tiles, row by row: where they stand, and uint8 [height, width, 3].

        Args:
            area: within the bounds.
            symbols: gives the symbols of a latent block above an area, int32 [channels, h, w].
        """
        inputs = self.symbol_areas(area)
        feature: _Mosaic | None = None
        for before, stride in zip(self._strides, self._strides[1:], strict=False):
            wanted = self._cut(inputs[stride], before)
            tiles = self._decoder_tiles(before, wanted, feature, symbols)
            feature = self._gather(tiles, before, wanted, ["feature_out"])["feature_out"]
        for tile, outputs in self._decoder_tiles(self._finest, self._cut(area, self._finest), feature, symbols):
            kept = tile.within(area)
            rows, columns = tile.places(kept)
            yield kept, outputs["picture"][0, rows, columns]

    def _bottom_up(self, pixels: NDArray[np.uint8], report: Callable[[float], None]) -> dict[int, "_Mosaic"]:
        """The bottom-up features of every stride."""
        features: dict[int, _Mosaic] = {}
        for before, stride in zip((None, *reversed(self._strides)), reversed(self._strides), strict=False):

            def inputs(area: Area, before: int | None = before) -> Mapping[str, NDArray[Any]]:
                if before is None:
                    return {"picture": _padded(pixels, area)}
                return {"feature": features[before].part(area)}

            reported = report if before is None else None
            tiles = self._tiles(f"bottom_up_{stride}", stride, self._bounds, ["feature_out"], inputs, reported)
            gathered = self._gather(tiles, stride, self._bounds, ["feature_out"], shortened=True)
            features[stride] = gathered["feature_out"]
        return features

    def _encoder_tiles(
        self, stride: int, area: Area, feature: "_Mosaic | None", bottom_up: "_Mosaic"
    ) -> Iterator[tuple[Area, Mapping[str, NDArray[Any]]]]:
        def inputs(area: Area) -> Mapping[str, NDArray[Any]]:
            before = {} if feature is None else {"feature": feature.part(area)}
            return {**before, "bottom_up": bottom_up.part(area)}

        names = [f"symbols_{block:02}" for block in self._manifest.blocks_of(stride)]
        names += [] if stride == self._finest else ["feature_out"]
        return self._tiles(f"encoder_{stride}", stride, area, names, inputs)

    def _decoder_tiles(
        self, stride: int, area: Area, feature: "_Mosaic | None", symbols: GetSymbols
    ) -> Iterator[tuple[Area, Mapping[str, NDArray[Any]]]]:
        def inputs(area: Area) -> Mapping[str, NDArray[Any]]:
            before = {} if feature is None else {"feature": feature.part(area)}
            blocks = self._manifest.blocks_of(stride)
            return {**before, **{f"symbols_{block:02}": symbols(block, area)[None] for block in blocks}}

        names = ["picture" if stride == self._finest else "feature_out"]
        return self._tiles(f"decoder_{stride}", stride, area, names, inputs)

    def _tiles(
        self,
        graph: str,
        stride: int,
        area: Area,
        names: Sequence[str],
        inputs: Callable[[Area], Mapping[str, NDArray[Any]]],
        report: Callable[[float], None] | None = None,
    ) -> Iterator[tuple[Area, Mapping[str, NDArray[Any]]]]:
        """Run a section over an area: tiles, and the named outputs above each of them."""
        positions = _FINEST_TILE_POSITIONS if stride == self._finest else _TILE_POSITIONS
        tiles = list(area.tiles(positions * stride**2, self._unit(stride)))
        for number, tile in enumerate(tiles):
            surroundings = self._surroundings(graph, tile)
            outputs = self._run(graph, inputs(surroundings))
            yield tile, {name: self._crop(name, outputs[name], stride, surroundings, tile) for name in names}
            if report is not None:
                report((number + 1) / len(tiles))

    def _crop(self, name: str, values: NDArray[Any], stride: int, area: Area, inner: Area) -> NDArray[Any]:
        """The part of an output above `inner`; pictures are [1, height, width, 3], all else is [1, channels, h, w]."""
        if name == "picture":
            values = checked_output(values, np.uint8, (1, area.height, area.width, 3))
            return values[:, *area.places(inner)]
        grid = area.height // stride, area.width // stride
        if name == "feature_out":
            values = checked_output(values, np.float32, (1, None, *grid))
        else:
            channels = self._manifest.blocks[int(name.removeprefix("symbols_"))].channels
            values = checked_output(values, np.int32, (1, channels, *grid))
        return values[:, :, *area.places(inner, stride)]

    def _gather(
        self,
        tiles: Iterator[tuple[Area, Mapping[str, NDArray[Any]]]],
        stride: int,
        area: Area,
        names: Sequence[str],
        shortened: bool = False,
    ) -> dict[str, "_Mosaic"]:
        """Put the tiles of each output together."""
        mosaics = {name: _Mosaic(area, stride, shortened) for name in names}
        for tile, outputs in tiles:
            for name, mosaic in mosaics.items():
                mosaic.put(tile, outputs[name])
        return mosaics

    def _unit(self, stride: int) -> int:
        """The grid to which the tiles of a section are aligned: the stride before, where its input feature stands."""
        return math.lcm(self._strides[max(0, self._strides.index(stride) - 1)], _TILE_UNIT)

    def _cut(self, area: Area, stride: int) -> Area:
        """The smallest area around this one that the section of a stride can compute."""
        return area.aligned(self._unit(stride)).within(self._bounds)

    def _surroundings(self, graph: str, tile: Area) -> Area:
        return tile.expanded(self._manifest.halos[graph]).within(self._bounds)


class _Mosaic:
    """A feature or latent block of an area, put together from tiles: [1, channels, h, w].

    If `shortened`, several tiles are kept in three bytes for a float32, [1, channels, h, w, 3], and two for a symbol.
    """

    def __init__(self, area: Area, stride: int, shortened: bool) -> None:
        self._area = area
        self._stride = stride
        self._shortened = shortened
        self._values: NDArray[Any] | None = None

    def put(self, tile: Area, values: NDArray[Any]) -> None:
        if tile == self._area:
            self._values = values
            return
        if self._shortened:
            # Symbols fit: the sections of encoders limit them.
            values = _three_bytes(values) if values.dtype == np.float32 else values.astype(np.int16)
        if self._values is None:
            shape = list(values.shape)
            shape[2:4] = self._area.height // self._stride, self._area.width // self._stride
            self._values = np.empty(shape, values.dtype)
        self._values[:, :, *self._area.places(tile, self._stride)] = values

    def part(self, area: Area) -> NDArray[Any]:
        """The values above an area."""
        assert self._values is not None  # every area has tiles
        values = self._values[:, :, *self._area.places(area, self._stride)]
        if values.dtype == np.int16:
            return values.astype(np.int32)
        return _four_bytes(values) if values.dtype == np.uint8 else values


def _three_bytes(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Numbers rounded to the upper three of their four bytes: [.., 3]."""
    rounded = (values.view(np.uint32) + np.uint32(0x80)).astype("<u4", copy=False)
    return rounded.view(np.uint8).reshape(*values.shape, 4)[..., 1:]


def _four_bytes(short: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The numbers of `_three_bytes`."""
    values = np.zeros((*short.shape[:-1], 4), np.uint8)
    values[..., 1:] = short
    return values.view("<f4")[..., 0].astype(np.float32, copy=False)


def _padded(pixels: NDArray[np.uint8], area: Area) -> NDArray[np.uint8]:
    """The pixels of an area, [1, height, width, 3]; beyond the picture its last row and column are repeated."""
    height, width = pixels.shape[:2]
    rows = slice(min(area.top, height - 1), min(area.bottom, height))
    columns = slice(min(area.left, width - 1), min(area.right, width))
    part = pixels[rows, columns]
    missing = ((0, area.height - part.shape[0]), (0, area.width - part.shape[1]), (0, 0))
    return np.pad(part, missing, mode="edge")[None]
