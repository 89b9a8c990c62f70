"""Bands: every band of every latent block is a bitstream of its own, coded as if the band were a picture by itself.

FORMAT.md, section 6, specifies the scale network, which sees nothing of the bands above and below.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codec_format.areas import Area
from codec_format.container import SHIFTS_VERSION, BandStream, Container, Header
from codec_format.entropy import CodedBlock, StreamDecoder, decode_symbols, encode_stream, symbol_checksum
from codec_format.errors import FormatError, IntegrityError
from codec_format.frequency_tables import FrequencyTables
from codec_format.lanes import Lanes, usable_cores
from codec_format.model_package import LatentBlock, Manifest, checked_output
from codec_format.sampling import Sampling, draw_symbols

Symbols = NDArray[np.int32]
TableIndex = NDArray[np.uint8]
RunGraph = Callable[[str, Mapping[str, NDArray[Any]]], Mapping[str, NDArray[Any]]]
GetSymbols = Callable[[int, Area], Symbols]

_BAND_PIXELS = 2**22  # of a band; larger ones cost fewer bits at their borders
_MOST_LANES = 8  # bands that are decoded at once
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
            "The bands of {band_height} rows do not fit the alignment of {alignment} pixels of the "
            "model package; the file is not valid.",
            band_height=header.band_height,
            alignment=alignment,
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
    blocks = [
        CodedBlock.of(values, table_index, tables) for values, table_index in zip(symbols, table_indices, strict=True)
    ]
    pieces = encode_stream(blocks, tables)
    return [BandStream(None, piece) for piece in pieces]


class BandDecoder:
    """Entropy decoder of the bitstreams of a band, a latent block at a time."""

    def __init__(
        self, streams: Sequence[BandStream], header: Header, tables: FrequencyTables, *, portable: bool
    ) -> None:
        """Prepare to decode the bitstreams of the first latent blocks, those that are there.

        Args:
            streams: from that of the first latent block on.
            header: that of the file.
            tables: the tables of the model package.
            portable: of the model package.
        """
        self._streams = streams
        self._tables = tables
        self._portable = portable
        self._block = 0
        self._complete = len(streams) == header.block_count
        self._with_shifts = header.version >= SHIFTS_VERSION
        self._joined: StreamDecoder | None = None  # made when first asked for, as what it finds wrong is an error

    def __len__(self) -> int:
        """Number of latent blocks that can be decoded."""
        return len(self._streams)

    def decode(self, table_index: TableIndex) -> Symbols:
        """Symbols of the next latent block, int32 in the shape of its table indices.

        Raises:
            IntegrityError: they are not those that were encoded.
        """
        block = self._block
        self._block += 1
        try:
            symbols = self._decode(self._streams[block], table_index)
        except FormatError:
            # The chunk's own checksum was right, so these are the bytes that were written: the tables differ.
            symbols = None
        if symbols is not None:
            return symbols
        if self._portable:
            raise IntegrityError(
                "The symbols of latent block {block} do not match their checksum: the file was not written properly; "
                "encode the picture again.",
                block=block,
            )
        raise IntegrityError(
            "The symbols of latent block {block} do not match their checksum: this model package is not portable, so "
            "decode on the kind of computer that encoded.",
            block=block,
        )

    def _decode(self, stream: BandStream, table_index: TableIndex) -> Symbols | None:
        """The symbols; None if they do not match their checksum."""
        if stream.symbol_checksum is not None:
            symbols = decode_symbols(stream.payload, table_index, self._tables)
            return symbols if symbol_checksum(symbols) == stream.symbol_checksum else None
        if self._joined is None:
            pieces = [stream.payload for stream in self._streams]
            self._joined = StreamDecoder(pieces, self._tables, complete=self._complete, with_shifts=self._with_shifts)
        return self._joined.decode(table_index)


class BandedSymbols:
    """The symbols of a file made with a portable package, in as few bytes each as the largest of its band needs."""

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
        self._run = run
        self._areas = band_areas(container.header, manifest.alignment)
        self._decoders = [
            BandDecoder(container.band(band, blocks), container.header, tables, portable=True)
            for band in range(len(self._areas))
        ]
        self._symbols: list[list[NDArray[np.signedinteger]]] = [[] for _ in self._areas]

    def decode(self, wanted: Mapping[int, Area], report: Callable[[float], None]) -> None:
        """Decode what is wanted of each stride, and what that depends on; several bands at once.

        Args:
            wanted: areas of the padded picture.
            report: receives how much is done, 0..1; called in this thread.

        Raises:
            IntegrityError: the symbols of a band are not those that were encoded.
        """
        depths = [self._depth(band, wanted) for band in range(len(self._areas))]
        bands = [band for band, depth in enumerate(depths) if depth]
        # Scale network and checksum run beside each other; the entropy coder itself, a fifth of the work, does not.
        with Lanes(min(len(bands), usable_cores(), _MOST_LANES) or 1) as lanes:
            pieces = (partial(self._decode_band, band, depths[band]) for band in bands)
            for done, _ in enumerate(lanes.in_order(pieces), start=1):
                report(done / len(bands))

    def part(self, block: int, area: Area) -> Symbols:
        """The decoded symbols of a latent block above an area, int32 [channels, h, w]."""
        stride, channels = self._manifest.blocks[block].stride, self._manifest.blocks[block].channels
        symbols = np.zeros((channels, area.height // stride, area.width // stride), np.int32)
        for known, whole in zip(self._symbols, self._areas, strict=True):
            common = whole.within(area)
            if common.height > 0 and block < len(known):
                symbols[:, *area.places(common, stride)] = known[block][:, *whole.places(common, stride)]
        return symbols

    def _depth(self, band: int, wanted: Mapping[int, Area]) -> int:
        """How many of the latent blocks of a band are wanted or needed for those that are, and can be had."""
        touched = {stride for stride, area in wanted.items() if self._areas[band].within(area).height > 0}
        numbers = [number for number, block in enumerate(self._manifest.blocks) if block.stride in touched]
        depth = max(numbers, default=-1) + 1
        return depth if self._sampling is not None else min(depth, len(self._decoders[band]))

    def _decode_band(self, band: int, depth: int) -> None:
        network = ScaleNetwork(self._run, self._manifest.blocks, self._areas[band])
        before: Symbols | None = None
        decoder = self._decoders[band]
        for number in range(depth):
            table_index = network.next_block(before)
            if number < len(decoder):
                before = decoder.decode(table_index)
            else:
                assert self._sampling is not None  # nothing else asks for what the file lacks
                before = draw_symbols(table_index, self._tables, self._sampling, number, band)
            self._symbols[band].append(_compact(before))


def _compact(symbols: Symbols) -> NDArray[np.signedinteger]:
    """The same numbers in as few bytes as the largest one needs; most are small."""
    return symbols.astype(np.min_scalar_type(min(int(symbols.min()), -int(symbols.max()) - 1)))
