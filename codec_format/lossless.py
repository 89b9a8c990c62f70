"""Lossless coding: what the decoded picture differs from the original by, in tiles that need nothing of each other.

FORMAT.md, sections 3.5 and 7.4, specifies the bytes. The decoded picture is computed in floating point, and its last
bits differ between machines. So the encoder names every sample that lies close to the boundary between two levels
together with its side (the guards); all others are rounded alike everywhere. From there on all is integers: networks
with exact sums choose a mean and a frequency table for every residual. A checksum of the original closes the proof.
"""

import zlib
from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from codec_format.areas import Area
from codec_format.bit_codes import BitReader, BitWriter
from codec_format.entropy import decode_symbols, encode_symbols
from codec_format.errors import FormatError, IntegrityError
from codec_format.frequency_tables import FrequencyTables
from codec_format.lossless_head import CHANNEL_ORDER, FRACTIONS, PHASES, PLACES, LosslessHead
from codec_format.lossless_predictor import REACHES, HeadOutput, KnownPixels, Predictor, no_predictor
from codec_format.lossless_predictor_code import read_predictor, write_predictor
from codec_format.lossless_predictor_fit import fit_predictor
from codec_format.picture import to_grey

SAMPLE_UNIT = 2**14
"""Steps of a decoded sample per 8-bit level."""

GUARD_MARGIN = 8
"""Steps from the boundary of two levels up to which the encoder names the side; decoders need not know it."""

TILE_SIDE = 1024

_UNIT = 4  # the tile is extended to multiples of it
_CRC_BYTES = 4
_LENGTH_BYTES = 4

Pixels = NDArray[np.uint8]
Samples = NDArray[np.int32]


def lossless_tiles(width: int, height: int) -> list[Area]:
    """The tiles of a picture, row by row."""
    return [
        Area(top, left, min(top + TILE_SIDE, height), min(left + TILE_SIDE, width))
        for top in range(0, height, TILE_SIDE)
        for left in range(0, width, TILE_SIDE)
    ]


def tiles_around(area: Area, width: int, height: int) -> Area:
    """The area of the tiles of a picture that an area touches."""
    return area.aligned(TILE_SIDE).within(Area(0, 0, height, width))


def encode_tile(head: LosslessHead, original: Pixels, samples: Samples, grey: bool) -> bytes:
    """Code a tile.

    Args:
        head: the lossless head of the model package.
        original: uint8 [height, width, 3].
        samples: the decoded picture, int32 [height, width, 3], `SAMPLE_UNIT` steps per level.
        grey: the original has equal channels.
    """
    levels, distance = np.divmod(samples, SAMPLE_UNIT)
    distance -= SAMPLE_UNIT // 2
    sides = np.where(distance >= 0, np.int32(1), np.int32(-1))
    guards = np.where(np.abs(distance) <= GUARD_MARGIN, sides, 0).astype(np.int32)
    base = _base(levels + (sides > 0), grey)
    encoder = _Encoder(head.tables, original.astype(np.int32) - base)
    _code(head, base, grey, encoder)
    streams = [
        encode_symbols(guards, _guard_index(guards.shape, head.tables), head.tables),
        encoder.predictors.payload(),
        *encoder.streams,
    ]
    crc = zlib.crc32(np.ascontiguousarray(original).tobytes())
    return b"".join([crc.to_bytes(_CRC_BYTES, "little"), *(_length(len(stream)) + stream for stream in streams)])


def decode_tile(
    head: LosslessHead, data: bytes, samples: Samples, grey: bool, *, has_predictors: bool = True
) -> Pixels:
    """The original of a tile, uint8 [height, width, 3]; the inverse of `encode_tile`.

    Files of versions 1 to 4 have no predictors.

    Raises:
        FormatError: no encoder writes such a tile.
        IntegrityError: the result is not what was encoded.
    """
    tables = head.tables
    streams = _streams(data[_CRC_BYTES:])
    try:
        guards = decode_symbols(_next(streams), _guard_index(samples.shape, tables), tables)
        levels = samples + SAMPLE_UNIT // 2
        base = _base(np.where(guards == 0, levels, samples) // SAMPLE_UNIT + (guards > 0), grey)
        decoder = _Decoder(head, streams, base.copy(), grey, has_predictors)
        _code(head, base, grey, decoder)
    except FormatError as error:
        # The checksum of the chunk was right, so these are the bytes that were written.
        raise _mismatch() from error
    decoder.finish()
    original = decoder.result.astype(np.uint8)
    if zlib.crc32(original.tobytes()) != int.from_bytes(data[:_CRC_BYTES], "little"):
        raise _mismatch()
    return original


def join_tiles(tiles: list[bytes]) -> bytes:
    """The payload of a lossless chunk: each tile behind its length."""
    return b"".join(_length(len(tile)) + tile for tile in tiles)


def split_tiles(payload: bytes, count: int) -> list[bytes]:
    """The tiles of a payload.

    Raises:
        FormatError: it does not hold `count` of them.
    """
    tiles = list(_streams(payload))
    if len(tiles) != count:
        raise _invalid()
    return tiles


class _Coder(Protocol):
    """Writes or reads the residuals of a phase and channel, those of the pixels [rows, columns] of the tile."""

    def predictor(self, output: HeadOutput, pixels: tuple[slice, slice], channel: int) -> Predictor:
        """What corrects the output of the head."""

    def code(self, mean: Samples, index: NDArray[np.uint8], pixels: tuple[slice, slice], channel: int) -> Samples:
        """The residuals, whose means are whole levels, and what is left is coded with the tables of `index`."""


class _Encoder:
    """Writes residuals, and the predictors that suit them.

    Attributes:
        predictors: one behind the other.
        streams: of the residuals.
    """

    def __init__(self, tables: FrequencyTables, residual: Samples) -> None:
        self._tables = tables
        self._residual = residual
        self.predictors = BitWriter()
        self.streams: list[bytes] = []

    def predictor(self, output: HeadOutput, pixels: tuple[slice, slice], channel: int) -> Predictor:
        predictor = fit_predictor(output, self._residual[*pixels, channel], self._tables)
        write_predictor(predictor, self.predictors)
        return predictor

    def code(self, mean: Samples, index: NDArray[np.uint8], pixels: tuple[slice, slice], channel: int) -> Samples:
        values = self._residual[*pixels, channel]
        self.streams.append(encode_symbols(values - mean, index, self._tables))
        return values


class _Decoder:
    """Reads predictors and residuals.

    Attributes:
        result: int32 [height, width, 3], the original as far as it is known, else the decoded picture.
    """

    def __init__(
        self, head: LosslessHead, streams: Iterator[bytes], base: Samples, grey: bool, has_predictors: bool
    ) -> None:
        self.result = base
        self._head = head
        self._streams = streams
        self._grey = grey
        self._predictors = BitReader(_next(streams), _invalid()) if has_predictors else None

    def predictor(self, output: HeadOutput, pixels: tuple[slice, slice], channel: int) -> Predictor:
        if self._predictors is None:
            return no_predictor(self._head.scale_count)
        counts = [output.feature_count(reach) for reach in range(len(REACHES))]
        return read_predictor(self._predictors, counts, self._head.scale_count)

    def code(self, mean: Samples, index: NDArray[np.uint8], pixels: tuple[slice, slice], channel: int) -> Samples:
        values = decode_symbols(_next(self._streams), index, self._head.tables) + mean
        if np.abs(values).max(initial=0) > 255:  # which the head is not made for
            raise _invalid()
        self.result[*pixels, slice(None) if self._grey else channel] += values[..., None] if self._grey else values
        return values

    def finish(self) -> None:
        """Nothing may be left."""
        if self._predictors is not None:
            self._predictors.finish()
        if next(self._streams, None) is not None:
            raise _invalid()


def _code(head: LosslessHead, base: Samples, grey: bool, coder: _Coder) -> None:
    """Go through phases and channels; `coder` writes or reads their predictors and residuals."""
    height, width = base.shape[:2]
    padding = (0, -height % _UNIT), (0, -width % _UNIT), (0, 0)
    picture = np.pad(base, padding, mode="edge").astype(np.uint8)
    levels = picture.transpose(2, 0, 1)[list(CHANNEL_ORDER)].astype(np.int32)
    residual = np.zeros_like(levels)  # in coding order; beyond the tile it counts as 0
    for phase, (step, place) in enumerate(PHASES):
        row, column = (step * offset for offset in PLACES[place])
        pixels = slice(row, height, 2 * step), slice(column, width, 2 * step)
        inside = slice(len(range(row, height, 2 * step))), slice(len(range(column, width, 2 * step)))
        view = head.view(picture, residual, phase)
        known = KnownPixels(levels[:, ::step, ::step], residual[:, ::step, ::step], place, inside, grey=grey)
        here = residual[:, row :: 2 * step, column :: 2 * step]
        for number, channel in enumerate(CHANNEL_ORDER):
            mean, scale = view.distribution(here[:number])
            output = HeadOutput(mean[inside], scale[inside], here[:number, *inside], known)
            mean, scale = coder.predictor(output, pixels, channel).correct(output, head.scale_count)
            table = (scale * FRACTIONS + (mean & (FRACTIONS - 1))).astype(np.uint8)
            here[number, *inside] = coder.code(mean >> 2, table, pixels, channel)
            if grey:
                here[1:] = here[0]
                break


def _base(levels: NDArray[np.integer], grey: bool) -> Samples:
    """The decoded picture in whole levels, int32 [height, width, 3]."""
    pixels = np.clip(levels, 0, 255).astype(np.uint8)
    return (to_grey(pixels) if grey else pixels).astype(np.int32)


def _guard_index(shape: tuple[int, ...], tables: FrequencyTables) -> NDArray[np.uint8]:
    return np.full(shape, len(tables.limits) - 1, np.uint8)


def _length(value: int) -> bytes:
    return value.to_bytes(_LENGTH_BYTES, "little")


def _streams(data: bytes) -> Iterator[bytes]:
    """Parts of which each stands behind its length."""
    position = 0
    while position < len(data):
        start = position + _LENGTH_BYTES
        position = start + int.from_bytes(data[position:start], "little")
        if start > len(data) or position > len(data):
            raise _invalid()
        yield data[start:position]


def _next(streams: Iterator[bytes]) -> bytes:
    stream = next(streams, None)
    if stream is None:
        raise _invalid()
    return stream


def _mismatch() -> IntegrityError:
    return IntegrityError(
        "The lossless part does not give the picture that was encoded; decode with a number of latent blocks to get "
        "the lossy picture."
    )


def _invalid() -> FormatError:
    return FormatError("The lossless part of the .qres file is not valid; encode the picture again.")
