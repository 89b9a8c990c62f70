"""The sections of a package's encoder and decoder, evaluated tile by tile, so that memory stays bounded.

A section is the part of a network that works at one stride. What it computes at a place depends on its input up to a
known distance, its halo. A tile is computed from its surroundings out to the halo, and what was computed there, with
incomplete knowledge, is dropped: the tiles are those of the undivided computation. Only the edges of the picture are
edges for the network.

The finest section goes over the picture slab by slab, from one end to the other. Each section before it goes ahead as
far as its successors need, or some tiles further, and its feature is kept until they have passed: so every feature is
computed once, and those in memory are the ones around the slab, however long the picture is.

Where there are several tiles, some are computed at once, each by a part of the cores: not every operator of a network
can use more than one, and those that can wait for each other.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from codec_format.areas import Area
from codec_format.errors import ModelError
from codec_format.feature_window import FeatureWindow
from codec_format.kept import KeptFeature
from codec_format.lanes import Lanes
from codec_format.model_package import Manifest, checked_output
from codec_format.post_filter import PostFilter

Symbols = NDArray[np.int32]
Outputs = Mapping[str, NDArray[Any]]
GetSymbols = Callable[[int, Area], Symbols]

# Positions of a section's own stride in a tile: at the finest stride, 1.5 megapixels if that is 8. Larger tiles take
# more memory, as many times as there are lanes; smaller ones compute more of their surroundings.
_TILE_POSITIONS = 3 * 2**13
# At coarser strides an encoder has so many times fewer: two paths meet there, each as wide as several of the finest.
_COARSE_ENCODER_DIVISOR = 3
# Tiles are cut for as many lanes as a backend has on most processors, and not for those that there are: they are the
# same on every computer.
_TILES_AT_ONCE = 2
_TILE_UNIT = 8  # keeps whole the squares of pixels that become one in a smaller picture

_PICTURE_TYPES: Mapping[str, type[np.generic]] = MappingProxyType({"picture": np.uint8, "samples": np.int32})
_LARGEST_SYMBOL = 2**15 - 1


class Runner(Protocol):
    """Runs graphs by name.

    Attributes:
        lanes: how many runs at once make the best of the cores.
    """

    lanes: int

    def __call__(self, name: str, inputs: Outputs) -> Outputs:
        """Run a graph alone, with all cores."""

    def beside(self, name: str, inputs: Outputs) -> Outputs:
        """Run a graph as one of `lanes` at once, with its share of the cores; called from several threads."""


class Sections:
    """Encoder and decoder for one picture, as the sections of a package."""

    def __init__(
        self,
        manifest: Manifest,
        run: Runner,
        bounds: Area,
        *,
        in_steps: bool = False,
        post_filter: PostFilter | None = None,
    ) -> None:
        """Prepare for a picture.

        Args:
            manifest: of a package with sections.
            run: runs its graphs.
            bounds: the padded picture.
            in_steps: decode to the samples of lossless coding, in steps of a level, instead of to pixels.
            post_filter: corrects the decoded pixels.
        """
        self._manifest = manifest
        self._in_steps = in_steps
        self._post_filter = post_filter
        self._run = run
        self._bounds = bounds
        self._strides = manifest.section_strides
        self._finest = self._strides[-1]

    def encode(
        self,
        pixels: NDArray[np.uint8],
        bands: Sequence[Area],
        report: Callable[[float], None],
        kept: Sequence[KeptFeature] = (),
    ) -> Iterator[list[Symbols]]:
        """Symbols of every latent block, int32 [channels, h, w], band by band.

        Args:
            pixels: uint8 [height, width, 3]; the last row and column are repeated up to the bounds.
            bands: areas that divide the bounds, from top to bottom.
            report: receives how much is done, 0..1.
            kept: take the feature that the encoder ends with, if the package gives it.
        """
        with Lanes(self._run.lanes) as lanes:
            yield from self._encode(pixels, bands, report, kept, _Walk(_walking_axis(self._bounds), lanes))

    def symbol_areas(self, area: Area) -> dict[int, Area]:
        """Where the symbols of each section, by stride, must be known to compute the pixels of an area."""
        areas = {}
        for stride in reversed(self._strides):
            area = self._surroundings(f"decoder_{stride}", self._cut(area, stride))
            areas[stride] = area
        return areas

    def feature_area(self, area: Area) -> Area:
        """Where the feature that the refinement starts from must be known to compute the pixels of an area."""
        return self._surroundings(f"decoder_{self._finest}", self._cut(area, self._finest))

    def decode(self, area: Area, symbols: GetSymbols) -> Iterator[tuple[Area, NDArray[Any]]]:
        """The pixels of an area in tiles: where they stand, and uint8 [height, width, 3]; int32 if `in_steps`.

        Args:
            area: within the bounds.
            symbols: gives the symbols of a latent block above an area, int32 [channels, h, w].
        """
        with Lanes(self._run.lanes) as lanes:
            yield from self._decode(area, symbols, _Walk(_walking_axis(area), lanes))

    def decode_whole(self, area: Area, symbols: GetSymbols) -> NDArray[Any]:
        """What `decode` gives, in one piece."""
        return self._whole(area, self.decode(area, symbols))

    def refine_whole(self, area: Area, feature: KeptFeature) -> NDArray[Any]:
        """What `decode_whole` gives, from the feature that an encoder ended with."""
        with Lanes(self._run.lanes) as lanes:
            walk = _Walk(_walking_axis(area), lanes)
            return self._whole(area, self._decode_finest(area, {"feature": feature}, walk))

    def _whole(self, area: Area, tiles: Iterator[tuple[Area, NDArray[Any]]]) -> NDArray[Any]:
        whole = np.empty((area.height, area.width, 3), np.int32 if self._in_steps else np.uint8)
        for tile, values in tiles:
            whole[area.places(tile)] = values
        return whole

    def _encode(
        self,
        pixels: NDArray[np.uint8],
        bands: Sequence[Area],
        report: Callable[[float], None],
        kept: Sequence[KeptFeature],
        walk: "_Walk",
    ) -> Iterator[list[Symbols]]:
        symbols = _BandSymbols(self._manifest, bands)
        # The finest strides are most of the work, half of it on the way up and half on the way down.
        total, done = 2 * self._bounds.height * self._bounds.width, 0

        def count(tile: Area, _: Outputs) -> None:
            nonlocal done
            done += tile.height * tile.width
            report(done / total)

        bottom_up: dict[int, _Feature] = {}
        inputs: dict[str, _Source] = {"picture": _PaddedPicture(pixels)}
        for stride in reversed(self._strides):
            section = self._section("bottom_up", stride, ["feature_out"], inputs, walk)
            bottom_up[stride] = _Feature(section, self._bounds, count if stride == self._finest else _ignore)
            inputs = {"feature": bottom_up[stride]}
        inputs = {}
        *earlier, last = self._manifest.strides
        for stride in earlier:
            names = [*self._symbol_names(stride), "feature_out"]
            section = self._section("encoder", stride, names, {**inputs, "bottom_up": bottom_up[stride]}, walk)
            inputs = {"feature": _Feature(section, self._bounds, symbols.put)}
        names, inputs = self._symbol_names(last), {**inputs, "bottom_up": bottom_up[last]}
        if kept:
            names.append("feature_out")
        for tile, outputs in self._section("encoder", last, names, inputs, walk).run(self._bounds):
            symbols.put(tile, outputs)
            for feature in kept:
                feature.put(tile, outputs["feature_out"])
            count(tile, outputs)
            yield from symbols.finished(tile)

    def _decode(self, area: Area, symbols: GetSymbols, walk: "_Walk") -> Iterator[tuple[Area, NDArray[Any]]]:
        wanted = self.symbol_areas(area)
        inputs: dict[str, _Source] = {}
        for stride in self._strides:
            for block, name in zip(self._manifest.blocks_of(stride), self._symbol_names(stride), strict=True):
                inputs[name] = _BlockSymbols(symbols, block)
            if stride != self._finest:
                section = self._section("decoder", stride, ["feature_out"], inputs, walk)
                following = self._strides[self._strides.index(stride) + 1]
                inputs = {"feature": _Feature(section, self._cut(wanted[following], stride), _ignore)}
        yield from self._decode_finest(area, inputs, walk)

    def _decode_finest(
        self, area: Area, inputs: "Mapping[str, _Source]", walk: "_Walk"
    ) -> Iterator[tuple[Area, NDArray[Any]]]:
        # The filter takes samples where the package has them: they have not been rounded to levels.
        samples = self._in_steps or (self._post_filter is not None and self._manifest.has_samples)
        kind, name = ("lossless_decoder", "samples") if samples else ("decoder", "picture")
        section = self._section(kind, self._finest, [name], inputs, walk)
        for tile, outputs in section.run(self._cut(area, self._finest)):
            kept = tile.within(area)
            rows, columns = tile.places(kept)
            yield kept, outputs[name][0, rows, columns]

    def _symbol_names(self, stride: int) -> list[str]:
        return [f"symbols_{block:02}" for block in self._manifest.blocks_of(stride)]

    def _section(
        self, kind: str, stride: int, names: Sequence[str], inputs: "Mapping[str, _Source]", walk: "_Walk"
    ) -> "_Section":
        graph = f"{kind}_{stride}"

        def gather(tile: Area) -> Outputs:
            around = self._surroundings(graph, tile)
            return {name: source.part(around) for name, source in inputs.items()}

        def compute(tile: Area, gathered: Outputs, alone: bool) -> Outputs:
            outputs = self._run(graph, gathered) if alone else self._run.beside(graph, gathered)
            around = self._surroundings(graph, tile)
            return {name: self._finished(name, outputs[name], stride, around, tile) for name in names}

        sources = list(inputs.values())
        encoder = kind in ("bottom_up", "encoder")
        pixels = _TILE_POSITIONS // (_COARSE_ENCODER_DIVISOR if encoder and stride != self._finest else 1) * stride**2
        # Every slab computes its surroundings, too. An encoder has features of both ways to keep, and goes no further
        # than it must; a decoder far enough to give each lane a whole tile.
        slab_pixels = 0 if encoder else _TILES_AT_ONCE * pixels
        unit, halo = self._unit(stride), self._halo(graph)
        return _Section(graph, stride, pixels, slab_pixels, unit, halo, sources, gather, compute, walk)

    def _finished(self, name: str, values: NDArray[Any], stride: int, area: Area, inner: Area) -> NDArray[Any]:
        """The part of an output above `inner`, pictures filtered.

        Pictures are [1, height, width, 3], all else is [1, channels, h, w].
        """
        if name in _PICTURE_TYPES:
            values = checked_output(values, _PICTURE_TYPES[name], (1, area.height, area.width, 3))
            if self._post_filter is not None:
                return self._post_filter.apply(values[0], area, inner)[None]
            return values[:, *area.places(inner)]
        grid = area.height // stride, area.width // stride
        if name == "feature_out":
            values = checked_output(values, np.float32, (1, None, *grid))
        else:
            channels = self._manifest.blocks[int(name.removeprefix("symbols_"))].channels
            values = checked_output(values, np.int32, (1, channels, *grid))
        return values[:, :, *area.places(inner, stride)]

    def _unit(self, stride: int) -> int:
        """The grid to which the tiles of a section are aligned: the stride before, where its input feature stands."""
        return math.lcm(self._strides[max(0, self._strides.index(stride) - 1)], _TILE_UNIT)

    def _cut(self, area: Area, stride: int) -> Area:
        """The smallest area around this one that the section of a stride can compute."""
        return area.aligned(self._unit(stride)).within(self._bounds)

    def _surroundings(self, graph: str, tile: Area) -> Area:
        return tile.expanded(self._halo(graph)).within(self._bounds)

    def _halo(self, graph: str) -> int:
        graph = graph.removeprefix("lossless_")
        halo = self._manifest.halos[graph]
        if self._post_filter is not None and graph == f"decoder_{self._finest}":
            halo += self._unit(self._finest)  # has room for what the filter sees, and a halo is a multiple of it
        return halo


class _Source(Protocol):
    """Where the input of a section comes from."""

    def part(self, area: Area) -> NDArray[Any]:
        """The values above an area."""

    def keep(self, user: str, start: int) -> None:
        """Along the axis, `user` needs nothing before the position `start` any more."""


class _PaddedPicture:
    """The pixels of a picture; beyond it, its last row and column are repeated."""

    def __init__(self, pixels: NDArray[np.uint8]) -> None:
        self._pixels = pixels

    def part(self, area: Area) -> NDArray[np.uint8]:
        """[1, height, width, 3]."""
        height, width = self._pixels.shape[:2]
        rows = slice(min(area.top, height - 1), min(area.bottom, height))
        columns = slice(min(area.left, width - 1), min(area.right, width))
        part = self._pixels[rows, columns]
        missing = ((0, area.height - part.shape[0]), (0, area.width - part.shape[1]), (0, 0))
        return np.pad(part, missing, mode="edge")[None]

    def keep(self, user: str, start: int) -> None:
        """It stays."""


class _BlockSymbols:
    """The symbols of a latent block that has been decoded."""

    def __init__(self, symbols: GetSymbols, block: int) -> None:
        self._symbols = symbols
        self._block = block

    def part(self, area: Area) -> Symbols:
        """[1, channels, h, w]."""
        return self._symbols(self._block, area)[None]

    def keep(self, user: str, start: int) -> None:
        """They stay."""


@dataclass(frozen=True)
class _Walk:
    """How the sections go over a picture: along an axis (0 for down), several tiles at once."""

    axis: int
    lanes: Lanes


class _Section:
    """A section with its inputs, which goes along an axis; what it has passed, its inputs need not keep."""

    def __init__(
        self,
        graph: str,
        stride: int,
        tile_pixels: int,
        slab_pixels: int,
        unit: int,
        halo: int,
        inputs: Sequence[_Source],
        gather: Callable[[Area], Outputs],
        compute: Callable[[Area, Outputs, bool], Outputs],
        walk: _Walk,
    ) -> None:
        """`gather` copies the inputs of a tile, `compute` makes its outputs of them, alone or beside others.

        A tile has at most so many pixels, a slab at least, as far as the picture goes.
        """
        self.stride = stride
        self.unit = unit  # edges of tiles are multiples of it
        self.axis = walk.axis
        self.slab_pixels = slab_pixels
        self._graph = graph
        self._tile_pixels = tile_pixels
        self._halo = halo
        self._inputs = inputs
        self._gather = gather
        self._compute = compute
        self._lanes = walk.lanes
        self._pass(0)

    def run(self, area: Area) -> Iterator[tuple[Area, Outputs]]:
        """All tiles of an area, slab by slab along the axis, and the outputs above each tile.

        Nothing before the area will be asked for any more.
        """
        rows, columns = tile_grid(area, self.unit, self._tile_pixels, self._halo, _TILES_AT_ONCE)
        tiles = sorted(area.tiles(rows, columns, self.unit), key=lambda tile: tile.span(self.axis))
        alone = len(tiles) == 1
        pieces = self._pieces(tiles, alone)
        return (piece() for piece in pieces) if alone else self._lanes.in_order(pieces)

    def _pieces(self, tiles: Sequence[Area], alone: bool) -> Iterator[Callable[[], tuple[Area, Outputs]]]:
        """The work that each tile is; taking a piece gathers its inputs."""

        def work(tile: Area, gathered: Outputs) -> tuple[Area, Outputs]:
            return tile, self._compute(tile, gathered, alone)

        for (_, stop), slab in groupby(tiles, key=lambda tile: tile.span(self.axis)):
            for tile in slab:
                yield partial(work, tile, self._gather(tile))
            self._pass(stop)

    def _pass(self, position: int) -> None:
        for source in self._inputs:
            source.keep(self._graph, position - self._halo)


class _Feature:
    """The feature that a section gives, [1, channels, h, w], computed as far as it is asked for."""

    def __init__(self, section: _Section, area: Area, watch: Callable[[Area, Outputs], None]) -> None:
        """`watch` sees every tile and its outputs."""
        self._section = section
        self._area = area
        self._watch = watch
        self._window = FeatureWindow(area, section.stride, section.axis)
        self._position = area.span(section.axis)[0]  # all before it has been computed
        self._users: dict[str, int] = {}

    def part(self, area: Area) -> NDArray[Any]:
        """The values above an area, float32."""
        stop = area.span(self._section.axis)[1]
        if stop > self._position:
            stop += -(stop - self._position) % self._section.unit
            across = self._area.width if self._section.axis == 0 else self._area.height
            length = self._section.slab_pixels // across
            stop = max(stop, self._position + length - length % self._section.unit)
            slab = self._area.slab(self._section.axis, self._position, stop)
            for tile, outputs in self._section.run(slab):
                self._window.put(tile, outputs["feature_out"])
                self._watch(tile, outputs)
            self._position = slab.span(self._section.axis)[1]
        return self._window.part(area)

    def keep(self, user: str, start: int) -> None:
        """Forget what no user needs any more."""
        self._users[user] = start
        self._window.forget(min(self._users.values()))


class _BandSymbols:
    """The symbols of an encoder, gathered for each band until all of them are there.

    They are kept in 16 bits: FORMAT.md limits the symbols of `encoder_<stride>` to that range.
    """

    def __init__(self, manifest: Manifest, bands: Sequence[Area]) -> None:
        self._manifest = manifest
        self._bands = bands
        self._blocks: list[dict[int, NDArray[np.int16]]] = [{} for _ in bands]
        self._missing = [band.height * band.width for band in bands]  # pixels of which the finest symbols are missing

    def put(self, tile: Area, outputs: Outputs) -> None:
        """Take the symbols [1, channels, h, w] above a tile from the outputs of a section.

        Raises:
            ModelError: one is too large.
        """
        for block, shape in enumerate(self._manifest.blocks):
            values = outputs.get(f"symbols_{block:02}")
            if values is None:
                continue
            if max(int(values.max()), -int(values.min())) > _LARGEST_SYMBOL:
                raise ModelError("The model package gives a symbol that is too large; use another package.")
            for band, common in self._touched(tile):
                if block not in self._blocks[band]:
                    grid = self._bands[band].height // shape.stride, self._bands[band].width // shape.stride
                    self._blocks[band][block] = np.empty((shape.channels, *grid), np.int16)
                part = values[0, :, *tile.places(common, shape.stride)]
                self._blocks[band][block][:, *self._bands[band].places(common, shape.stride)] = part

    def finished(self, tile: Area) -> Iterator[list[Symbols]]:
        """The bands for which this tile of the finest stride was the last; they are given away."""
        for band, common in self._touched(tile):
            self._missing[band] -= common.height * common.width
            if not self._missing[band]:
                blocks = self._blocks[band]
                self._blocks[band] = {}
                yield [blocks.pop(number).astype(np.int32) for number in range(len(self._manifest.blocks))]

    def _touched(self, tile: Area) -> list[tuple[int, Area]]:
        """Number of each band that a tile touches, and what they have in common."""
        common = [(number, band.within(tile)) for number, band in enumerate(self._bands)]
        return [(number, area) for number, area in common if area.height > 0]


def tile_grid(area: Area, unit: int, pixels: int, halo: int, lanes: int) -> tuple[int, int]:
    """Rows and columns of tiles with which `lanes` side by side are done soonest.

    A tile has at most so many pixels, its edges are multiples of `unit`, and it takes as long as it is large with its
    halo. One that suffices is computed alone, by all cores.
    """
    high, wide = -(-area.height // unit), -(-area.width // unit)
    most = max(1, pixels // unit**2)
    if high * wide <= most:
        return 1, 1
    choices = []
    for rows in range(max(1, -(-high // most)), high + 1):
        fewest = -(-wide // (most // -(-high // rows)))
        choices += [(rows, columns) for columns in range(fewest, min(fewest + lanes, wide + 1))]
        if fewest == 1:
            break

    def duration(grid: tuple[int, int]) -> int:
        rows, columns = grid
        tile = (-(-high // rows) * unit + 2 * halo) * (-(-wide // columns) * unit + 2 * halo)
        return -(-rows * columns // lanes) * tile

    return min(choices, key=duration)


def _walking_axis(area: Area) -> int:
    """The axis along which to go over a picture, 0 for down.

    Going down, features as wide as the picture are kept; going to the right, features as high as it is and all
    symbols, which take as much where the width is twice the height.
    """
    return 0 if area.width <= 2 * area.height else 1


def _ignore(tile: Area, outputs: Outputs) -> None:
    pass
