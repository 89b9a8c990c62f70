"""Table shifts: what a file says about the statistics of its picture, for each channel of a latent block.

The scale network gives every symbol a frequency table without knowing the picture. Where the symbols of a channel are
larger or smaller than the tables expect, the file shifts the table indices of the whole channel (FORMAT.md, section
5.7). Where no shift pays, a latent block takes one bit more than it would if there were none.
"""

import functools

import numpy as np
import numpy.typing as npt

from codec_format.frequency_tables import MAX_TABLES, TOTAL, FrequencyTables, Int32Array, UInt8Array

# The entries of the shift table; the first leads to table 0 from everywhere, for channels that a picture does not use.
SHIFTS = np.array([-MAX_TABLES, -24, -16, -10, -6, -4, -2, 0, 2, 4, 6, 10, 16, 24])
NO_SHIFT = 7  # the entry of the shift 0
# As often as photographs and drawings have them, in units of 2**-12.
SHIFT_FREQUENCIES = np.array([22, 5, 8, 22, 42, 168, 464, 2880, 356, 67, 31, 17, 8, 6], np.int32) * (TOTAL >> 12)

# Magnitudes are counted in classes: each up to 15 by itself, from there on in quarters of octaves.
_EXACT = 16
_CLASSES_OF_OCTAVE = 4
_LARGEST = 2**8  # counts for all that are larger
_CLASS_OF_MAGNITUDE = np.array(
    [m if m < _EXACT else _EXACT + int(_CLASSES_OF_OCTAVE * np.log2(m / _EXACT)) for m in range(_LARGEST + 1)]
)
_CLASSES = int(_CLASS_OF_MAGNITUDE[-1]) + 1
_KEPT_TABLES = 8  # packages whose bits are kept, once they have been computed


def shifted(table_index: UInt8Array, shifts: Int32Array, table_count: int) -> UInt8Array:
    """Table indices after the shifts of their channels.

    Args:
        table_index: uint8 [C, ...], below `table_count`.
        shifts: int32 [C], the entry of the shift table for each channel.
        table_count: number of frequency tables.

    Returns:
        uint8, of the same shape.
    """
    result = table_index.copy()
    channels = np.flatnonzero(shifts != NO_SHIFT)
    moves = SHIFTS[shifts[channels]].astype(np.int16).reshape(-1, *[1] * (table_index.ndim - 1))
    result[channels] = np.clip(table_index[channels] + moves, 0, table_count - 1).astype(np.uint8)
    return result


def choose_shifts(symbols: Int32Array, table_index: UInt8Array, tables: FrequencyTables) -> Int32Array | None:
    """The shifts with which a latent block takes the fewest bits, int32 [C]; None if it takes fewer without any.

    The bits are estimated: magnitudes above 15 count as others near them.

    Args:
        symbols: int32 [C, h, w].
        table_index: uint8 of the same shape.
        tables: the tables of the model package.
    """
    cells = len(tables.limits) * _CLASSES
    channels = symbols.shape[0]
    classes = _CLASS_OF_MAGNITUDE[np.abs(np.clip(symbols, -_LARGEST, _LARGEST))]
    places = classes + table_index.astype(np.intp) * _CLASSES + cells * np.arange(channels)[:, None, None]
    counts = np.bincount(places.ravel(), minlength=channels * cells).reshape(channels, cells)
    bits = counts.astype(np.float64) @ _bits_of_cells(tables)
    bits_with_shifts = bits - np.log2(SHIFT_FREQUENCIES / TOTAL)
    best: Int32Array = bits_with_shifts.argmin(axis=1).astype(np.int32)
    if bits_with_shifts.min(axis=1).sum() >= bits[:, NO_SHIFT].sum():
        return None
    return best


@functools.lru_cache(maxsize=_KEPT_TABLES)
def _bits_of_cells(tables: FrequencyTables) -> npt.NDArray[np.float64]:
    """Bits of a symbol, by the table that it is meant for and its class, under each shift: [T * classes, shifts]."""
    magnitudes = np.array([np.flatnonzero(class_ == _CLASS_OF_MAGNITUDE).mean() for class_ in range(_CLASSES)])
    pairs = zip(tables.limits.tolist(), tables.frequencies, strict=True)
    bits = np.array([_bits_of(magnitudes, limit, frequencies) for limit, frequencies in pairs])
    count = len(bits)
    chosen = np.clip(np.arange(count)[:, None] + SHIFTS, 0, count - 1)
    return np.ascontiguousarray(bits[chosen].swapaxes(1, 2)).reshape(count * _CLASSES, len(SHIFTS))


def _bits_of(magnitudes: npt.NDArray[np.float64], limit: int, frequencies: Int32Array) -> npt.NDArray[np.float64]:
    """Bits of symbols of given magnitudes in a table, the mean of both signs; with the Elias-gamma code of escapes."""
    cut = np.minimum(np.rint(magnitudes), limit).astype(np.intp)
    chances = np.log2(frequencies / TOTAL)
    excess = np.maximum(magnitudes - limit, 0)
    gamma = np.where(cut == limit, 2 * np.floor(np.log2(excess + 1)) + 1, 0)
    bits: npt.NDArray[np.float64] = gamma - (chances[limit + cut] + chances[limit - cut]) / 2
    return bits
