"""Lossless coding: what the decoded picture differs from the original by, in tiles that need nothing of each other.

FORMAT.md, sections 3.5 and 7.4, specifies the bytes. The decoded picture is computed in floating point, and its last
bits differ between machines. So the encoder names every sample that lies close to the boundary between two levels
together with its side (the guards); all others are rounded alike everywhere. From there on all is integers: networks
with exact sums choose a mean and a frequency table for every residual. A checksum of the original closes the proof.
"""

import zlib
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from codec_format.areas import Area
from codec_format.entropy import decode_symbols, encode_symbols
from codec_format.errors import FormatError, IntegrityError
from codec_format.frequency_tables import FrequencyTables
from codec_format.lossless_head import CHANNEL_ORDER, PHASES, PLACES, LosslessHead
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
    tables = head.tables
    levels, distance = np.divmod(samples, SAMPLE_UNIT)
    distance -= SAMPLE_UNIT // 2
    sides = np.where(distance >= 0, np.int32(1), np.int32(-1))
    guards = np.where(np.abs(distance) <= GUARD_MARGIN, sides, 0).astype(np.int32)
    base = _base(levels + (sides > 0), grey)
    streams = [encode_symbols(guards, _guard_index(guards.shape, tables), tables)]
    residual = original.astype(np.int32) - base

    def encode(place: tuple[slice, slice], channel: int, mean: Samples, index: NDArray[np.uint8]) -> Samples:
        values = residual[*place, channel]
        streams.append(encode_symbols(values - mean, index, tables))
        return values

    _code(head, base, grey, encode)
    crc = zlib.crc32(np.ascontiguousarray(original).tobytes())
    return b"".join([crc.to_bytes(_CRC_BYTES, "little"), *(_length(len(stream)) + stream for stream in streams)])


def decode_tile(head: LosslessHead, data: bytes, samples: Samples, grey: bool) -> Pixels:
    """The original of a tile, uint8 [height, width, 3]; the inverse of `encode_tile`.

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
        result = base.copy()

        def decode(place: tuple[slice, slice], channel: int, mean: Samples, index: NDArray[np.uint8]) -> Samples:
            values = decode_symbols(_next(streams), index, tables) + mean
            if np.abs(values).max(initial=0) > 255:  # which the head is not made for
                raise _invalid()
            result[*place, slice(None) if grey else channel] += values[..., None] if grey else values
            return values

        _code(head, base, grey, decode)
    except FormatError as error:
        # The checksum of the chunk was right, so these are the bytes that were written.
        raise _mismatch() from error
    if next(streams, None) is not None:
        raise _invalid()
    original = result.astype(np.uint8)
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


def _code(
    head: LosslessHead,
    base: Samples,
    grey: bool,
    code: Callable[[tuple[slice, slice], int, Samples, NDArray[np.uint8]], Samples],
) -> None:
    """Go through phases and channels; `code` writes or reads the residuals [rows, columns] of one and gives them."""
    height, width = base.shape[:2]
    padding = (0, -height % _UNIT), (0, -width % _UNIT), (0, 0)
    picture = np.pad(base, padding, mode="edge").astype(np.uint8)
    residual = np.zeros((3, *picture.shape[:2]), np.int32)  # in coding order; beyond the tile it counts as 0
    for phase, (step, place) in enumerate(PHASES):
        row, column = (step * offset for offset in PLACES[place])
        pixels = slice(row, height, 2 * step), slice(column, width, 2 * step)
        inside = slice(len(range(row, height, 2 * step))), slice(len(range(column, width, 2 * step)))
        view = head.view(picture, residual, phase)
        here = residual[:, row :: 2 * step, column :: 2 * step]
        for number, channel in enumerate(CHANNEL_ORDER):
            mean, index = view.distribution(here[:number])
            here[number, *inside] = code(pixels, channel, mean[inside], index[inside])
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
