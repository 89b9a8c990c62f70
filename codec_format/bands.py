"""Bands: every band of every latent block is a bitstream of its own, coded as if the band were a picture by itself.

FORMAT.md, section 6, specifies the scale network, which sees nothing of the bands above and below.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codec_format.areas import Area
from codec_format.container import BandStream, Container, Header
from codec_format.entropy import FrequencyTables, decode_symbols, encode_symbols, symbol_checksum
from codec_format.errors import FormatError, IntegrityError
from codec_format.model_package import LatentBlock, Manifest, checked_output
from codec_format.sampling import Sampling, draw_symbols

Symbols = NDArray[np.int32]
TableIndex = NDArray[np.uint8]
RunGraph = Callable[[str, Mapping[str, NDArray[Any]]], Mapping[str, NDArray[Any]]]
GetSymbols = Callable[[int, Area], Symbols]

_BAND_PIXELS = 2**22  # of a band; larger ones cost fewer bits at their borders
_UNDIVIDED_PIXELS = 2 * _BAND_PIXELS  # a picture up to this size is one band


def padded_area(header: Header, alignment: int) -> Area:
    """The picture with its sides extended to multiples of the alignment."""
    return Area(0, 0, header.height, header.width).aligned(alignment)


def choose_band_height(width: int, height: int, alignment: int) -> int:
    """Rows of pixels in a band, for the header: 0 for a picture that is small enough to be one band."""
    if width * height <= _UNDIVIDED_PIXELS:
        return 0
    rows = alignment * max(1, round(_BAND_PIXELS / (width * alignment)))
    return rows if rows < height else 0


def band_areas(header: Header, alignment: int) -> list[Area]:
    """The bands of the padded picture, from top to bottom.

    Raises:
        FormatError: the bands are not aligned.
    """
    bounds = padded_area(header, alignment)
    if header.band_height % alignment:
        raise FormatError(
            f"The bands of {header.band_height} rows do not fit the alignment of {alignment} pixels of the "
            "model package; the file is not valid."
        )
    rows = [header.band_rows(band) for band in range(header.band_count)]
    return [Area(top, 0, bottom, bounds.right).aligned(alignment) for top, bottom in rows]


class ScaleNetwork:
    """The scale network of one band, a latent block at a time."""

    def __init__(self, run: RunGraph, blocks: Sequence[LatentBlock], area: Area) -> None:
        self._run = run
        self._blocks = blocks
        self._area = area
        stride = blocks[0].stride
        self._start = {"grid_shape": np.array([area.height // stride, area.width // stride], np.int64)}
        self._state: NDArray[Any] | None = None
        self._block = 0

    def next_block(self, symbols_before: Symbols | None) -> TableIndex:
        """Table index of every element of the next latent block, uint8 [channels, h, w].

        `symbols_before` are those of the block before, int32 [channels, h, w]; None for the first block.
        """
        feed: Mapping[str, NDArray[Any]]
        if symbols_before is None or self._state is None:
            feed = self._start
        else:
            feed = {"state": self._state, "symbols": symbols_before[None]}
        outputs = self._run(f"scale_{self._block:02}", feed)
        self._state = outputs["state_out"]
        block = self._blocks[self._block]
        self._block += 1
        shape = 1, block.channels, self._area.height // block.stride, self._area.width // block.stride
        table_index: TableIndex = checked_output(outputs["table_index"], np.uint8, shape)[0]
        return table_index

    def table_indices(self, symbols: Sequence[Symbols]) -> Iterator[TableIndex]:
        """Table indices of every latent block, whose symbols are all known."""
        for before in (None, *symbols[:-1]):
            yield self.next_block(before)


def encode_band(
    symbols: Sequence[Symbols], table_indices: Iterator[TableIndex], tables: FrequencyTables
) -> list[BandStream]:
    """The bitstreams of a band, one for each latent block."""
    return [
        BandStream(symbol_checksum(block), encode_symbols(block, table_index, tables))
        for block, table_index in zip(symbols, table_indices, strict=True)
    ]


def decode_stream(
    stream: BandStream, table_index: TableIndex, tables: FrequencyTables, block: int, portable: bool
) -> Symbols:
    """Symbols of one bitstream, int32 in the shape of `table_index`.

    Raises:
        IntegrityError: they are not those that were encoded.
    """
    try:
        symbols = decode_symbols(stream.payload, table_index, tables)
        matches = symbol_checksum(symbols) == stream.symbol_checksum
    except FormatError:
        # The chunk's own checksum was right, so these are the bytes that were written: the tables differ.
        matches = False
    if not matches:
        advice = (
            "the file was not written properly; encode the picture again."
            if portable
            else "this model package is not portable, so decode on the kind of computer that encoded."
        )
        raise IntegrityError(f"The symbols of latent block {block} do not match their checksum: {advice}")
    return symbols


class BandedSymbols:
    """The symbols of a file made with a portable package; each band is decoded as far as it is asked for."""

    def __init__(
        self,
        container: Container,
        manifest: Manifest,
        tables: FrequencyTables,
        run: RunGraph,
        blocks: int,
        sampling: Sampling | None = None,
    ) -> None:
        """Prepare to decode at most the first `blocks` latent blocks; what is missing counts as zeros, or is drawn.

        Raises:
            FormatError: the bands do not fit the package.
        """
        self._manifest = manifest
        self._tables = tables
        self._sampling = sampling
        self._areas = band_areas(container.header, manifest.alignment)
        self._streams = []
        for band in range(len(self._areas)):
            present = container.blocks[: min(blocks, container.band_depth(band))]
            self._streams.append([stream for block in present if (stream := block.bands[band]) is not None])
        self._networks = [ScaleNetwork(run, manifest.blocks, area) for area in self._areas]
        self._symbols: list[list[Symbols | None]] = [[] for _ in self._areas]

    def part(self, block: int, area: Area) -> Symbols:
        """The symbols of a latent block above an area, int32 [channels, h, w].

        Raises:
            IntegrityError: the symbols of a band are not those that were encoded.
        """
        stride, channels = self._manifest.blocks[block].stride, self._manifest.blocks[block].channels
        symbols = np.zeros((channels, area.height // stride, area.width // stride), np.int32)
        for band, whole in enumerate(self._areas):
            common = whole.within(area)
            known = self._sampling is not None or block < len(self._streams[band])
            if common.height > 0 and known:
                symbols[:, *area.places(common, stride)] = self._band(band, block)[:, *whole.places(common, stride)]
        return symbols

    def release(self, row: int) -> None:
        """Forget the symbols of the finest stride in the bands above a row of pixels; they cannot be had again."""
        coarse = len(self._manifest.blocks) - len(self._manifest.blocks_of(self._manifest.strides[-1]))
        for band, area in enumerate(self._areas):
            if area.bottom <= row:
                self._symbols[band][coarse:] = [None] * len(self._symbols[band][coarse:])

    def _band(self, band: int, block: int) -> Symbols:
        known = self._symbols[band]
        while len(known) <= block:
            number = len(known)
            table_index = self._networks[band].next_block(known[-1] if known else None)
            if number < len(self._streams[band]):
                stream = self._streams[band][number]
                known.append(decode_stream(stream, table_index, self._tables, number, portable=True))
            else:
                assert self._sampling is not None  # nothing else asks for what the file lacks
                known.append(draw_symbols(table_index, self._tables, self._sampling, number, band))
        symbols = known[block]
        assert symbols is not None
        return symbols
