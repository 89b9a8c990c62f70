"""Entropy coding of latent blocks: symbols and table indices <-> bytes, by rANS with frozen integer tables.

FORMAT.md, section 5, specifies the bytes. Probabilities are integers out of 2**24 from end to end, so every machine
codes the same bytes. The arithmetic runs in constriction; its Categorical model takes floats, but for the values
`frequency - 1`, whose sum is exactly what it distributes besides the 1 it grants to every symbol, its scale factor is
exactly 1 and its cumulative table is exactly the integer one. The tests check this word for word against integer rANS.
"""

import functools
import itertools
import zlib
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import constriction
import numpy as np
import numpy.typing as npt

from codec_format.errors import Message, ModelError
from codec_format.frequency_tables import TOTAL, FrequencyTables, Int32Array, IntpArray, UInt8Array
from codec_format.symbol_order import (
    CodedElements,
    SymbolOrder,
    group_entries_of,
    impossible,
    leaders_of,
)
from codec_format.table_shifts import SHIFT_FREQUENCIES, choose_shifts, shifted

MAX_SYMBOL = 1 << 24

_WORD_BYTES = 4
_STATE_WORDS = 2
# Entries in one call of constriction, a millisecond or two: many keep Python's lock, for which a window may be waiting.
_CALL_SYMBOLS = 2**16
_KEPT_TABLES = 8  # packages whose models are kept, once they have been made: some milliseconds
_MAX_GAMMA_ZEROS = MAX_SYMBOL.bit_length() - 1  # a symbol of magnitude 2**24 under the smallest limit, 1

# What a stream says of a latent block first: all symbols are 0; they are coded; shifts are, and then the symbols.
_EMPTY, _PLAIN, _SHIFTED = range(3)
_KIND_FREQUENCIES = np.array([TOTAL // 4, TOTAL // 4, TOTAL // 2], np.int32)

Categorical: TypeAlias = constriction.stream.model.Categorical


class CodedBlock(NamedTuple):
    """What a stream holds of a latent block.

    Attributes:
        symbols: int32, usually [C, h, w], magnitudes at most 2**24.
        table_index: uint8, same shape, the table of each symbol before it is shifted.
        shifts: int32 [C], the entry of each channel in the shift table; None for a block without shifts.
    """

    symbols: Int32Array
    table_index: UInt8Array
    shifts: Int32Array | None = None

    @classmethod
    def of(cls, symbols: Int32Array, table_index: UInt8Array, tables: FrequencyTables) -> "CodedBlock":
        """A block [C, h, w] with the shifts that take the fewest bits.

        Raises:
            ModelError: as `encode_symbols` does.
        """
        _check_symbols(symbols, table_index, tables)
        return cls(symbols, table_index, choose_shifts(symbols, table_index, tables))


def encode_symbols(symbols: Int32Array, table_index: UInt8Array, tables: FrequencyTables) -> bytes:
    """Code symbols to a payload of their own.

    Args:
        symbols: int32, usually [C, h, w], magnitudes at most 2**24.
        table_index: uint8, same shape, the table of each symbol.
        tables: the tables of the model package.

    Returns:
        The payload; empty when all symbols are zero.

    Raises:
        ModelError: shapes differ, a table does not exist, or a symbol is too large; the model made impossible values.
    """
    _check_symbols(symbols, table_index, tables)
    if not symbols.any():
        return b""
    coder = constriction.stream.stack.AnsCoder()
    _push(coder, symbols, table_index, tables)
    return _payload(coder)


def decode_symbols(payload: bytes, table_index: UInt8Array, tables: FrequencyTables) -> Int32Array:
    """Decode the symbols of a payload; the inverse of `encode_symbols`.

    Time and memory are proportional to the number of elements plus the length of the payload, whatever it holds.

    Args:
        payload: the payload.
        table_index: uint8, usually [C, h, w], the table of each symbol.
        tables: the tables of the model package.

    Returns:
        int32 of the shape of `table_index`.

    Raises:
        FormatError: no encoder writes such a payload for these table indices.
        ModelError: a table does not exist.
    """
    _check_table_index(table_index, tables)
    if not payload:
        return np.zeros(table_index.shape, np.int32)
    if payload[-1] == 0:
        raise impossible(Message("ends in a zero byte"))
    coder = _coder(payload)
    # What is coded before the symbols keeps the state of the coder above 0 as long as one of them is left.
    symbols = _pop(coder, table_index, tables, empty_is_early=True)
    if coder.num_words() != 0:
        raise impossible(Message("has bytes left over"))
    return symbols


def encode_stream(blocks: Sequence[CodedBlock], tables: FrequencyTables) -> list[bytes]:
    """Code all latent blocks of a band as one stream, cut where what each block needs ends (FORMAT.md, section 5.7).

    Args:
        blocks: all latent blocks in coding order.
        tables: the tables of the model package.

    Returns:
        A piece for each latent block. The first pieces without the others decode to the first latent blocks.

    Raises:
        ModelError: as `encode_symbols` does.
    """
    for block in blocks:
        _check_symbols(block.symbols, block.table_index, tables)
    # The state begins with the checksum instead of 0: the first symbol takes the room for it in any case.
    checksum = _fold(functools.reduce(_continued_crc, (block.symbols for block in blocks), 0))
    coder = constriction.stream.stack.AnsCoder(np.array([checksum] if checksum else [], np.uint32))
    words_behind = []
    for symbols, table_index, shifts in reversed(blocks):
        words_behind.append(_settled_words(coder))
        if not symbols.any():
            kind = _EMPTY
        elif shifts is None:
            kind = _PLAIN
            _push(coder, symbols, table_index, tables)
        else:
            kind = _SHIFTED
            _push(coder, symbols, shifted(table_index, shifts, len(tables.limits)), tables)
            coder.encode_reverse(shifts, _shift_model())
        coder.encode_reverse(np.array([kind], np.int32), _kind_model())
    stream = _payload(coder)[::-1]
    ends = [len(stream) - _WORD_BYTES * words for words in reversed(words_behind)]
    return [stream[start:end] for start, end in itertools.pairwise([0, *ends])]


class StreamDecoder:
    """Decodes the latent blocks of a band one after the other; the inverse of `encode_stream`.

    Time and memory are proportional to the number of elements plus the length of the pieces, whatever they hold.

    Attributes:
        shifts: those of the latent block that was decoded last, int32 [C]; None if it has none.
    """

    def __init__(
        self, pieces: Sequence[bytes], tables: FrequencyTables, *, complete: bool, with_shifts: bool = True
    ) -> None:
        """Prepare to decode the first `len(pieces)` latent blocks.

        Args:
            pieces: those that are there, from that of the first latent block on.
            tables: the tables of the model package.
            complete: they are those of all latent blocks, so that the checksum of the symbols can be verified.
            with_shifts: false for those of a file of version 3, in which a block has a bit for its kind.

        Raises:
            FormatError: no encoder writes such pieces.
        """
        stream = b"".join(pieces)
        if stream.startswith(b"\0"):
            raise impossible(Message("begins with a zero byte"))
        if any(len(piece) % _WORD_BYTES for piece in pieces[1:]):
            raise impossible(Message("ends within a word"))
        self._tables = tables
        self._coder = _coder(stream[::-1])
        self._lengths = [len(piece) for piece in pieces]
        self._complete = complete
        self._crc = 0
        self._kind_model = _kind_model() if with_shifts else _bit_model()
        self.shifts: Int32Array | None = None

    def decode(self, table_index: UInt8Array) -> Int32Array:
        """The symbols of the next latent block, int32 of the shape of its table indices (uint8).

        Raises:
            FormatError: no encoder writes such pieces for these table indices.
            ModelError: a table does not exist.
        """
        _check_table_index(table_index, self._tables)
        kind = self._coder.decode(self._kind_model, 1)[0]
        self.shifts = None
        if kind == _SHIFTED:
            self.shifts = self._coder.decode(_shift_model(), len(table_index))
            table_index = shifted(table_index, self.shifts, len(self._tables.limits))
        if kind == _EMPTY:
            symbols = np.zeros(table_index.shape, np.int32)
        else:
            symbols = _pop(self._coder, table_index, self._tables, empty_is_early=False)
        del self._lengths[0]
        if _WORD_BYTES * _settled_words(self._coder) != sum(self._lengths):
            raise impossible(Message("does not end where its piece does"))
        self._crc = _continued_crc(self._crc, symbols)
        if not self._lengths and self._complete:
            checksum = _fold(self._crc)
            if self._coder.get_compressed().tolist() != ([checksum] if checksum else []):
                raise impossible(Message("does not match its checksum"))
        return symbols


def symbol_checksum(symbols: Int32Array) -> int:
    """The checksum of a latent block's symbols that the file carries, 0..65535.

    CRC-32 of the symbols as little-endian int32 in C order, its upper half XORed onto its lower half.
    """
    return _fold(_continued_crc(0, symbols))


def _push(
    coder: constriction.stream.stack.AnsCoder, symbols: Int32Array, table_index: UInt8Array, tables: FrequencyTables
) -> None:
    """Code the symbols of a latent block, whose values have been checked."""
    single, of_groups = _models(tables)
    order = SymbolOrder.of(table_index, tables)
    group_entries = group_entries_of(symbols, order, tables)
    coded = CodedElements.of(order, leaders_of(group_entries, order, tables), tables)
    values = symbols.reshape(-1)[coded.elements].astype(np.int32, copy=False)
    entries = np.clip(values, -coded.limits, coded.limits) + coded.limits
    escaped = coded.escaped(values, table_index)
    # rANS is a stack: what the decoder reads last is written first.
    for bits in reversed(_gamma_bits(np.abs(values[escaped]) - coded.limits[escaped] + 1)):
        coder.encode_reverse(bits, _bit_model())
    for model, start, stop in reversed(_pieces(coded.starts, coded.stops)):
        coder.encode_reverse(entries[start:stop], single[model])
    for model, start, stop in reversed(_pieces(*order.groups(tables.grouped))):
        coder.encode_reverse(group_entries[start:stop], of_groups[model])


def _pop(
    coder: constriction.stream.stack.AnsCoder, table_index: UInt8Array, tables: FrequencyTables, *, empty_is_early: bool
) -> Int32Array:
    """Decode the symbols of a latent block, int32 in the shape of `table_index`.

    With `empty_is_early`, a coder whose state is 0 while a symbol is left is one that ends too early.
    """
    single, of_groups = _models(tables)
    order = SymbolOrder.of(table_index, tables)
    group_pieces = _pieces(*order.groups(tables.grouped))
    group_entries = _pop_entries(coder, of_groups, group_pieces, empty_is_early=empty_is_early)
    leaders = leaders_of(group_entries, order, tables)
    coded = CodedElements.of(order, leaders, tables)
    pieces = _pieces(coded.starts, coded.stops)
    entries = _pop_entries(coder, single, pieces, empty_is_early=empty_is_early)
    values = np.concatenate([entries, leaders.entries])
    values -= coded.limits
    escaped = coded.escaped(values, table_index)
    excess = _decode_gamma(coder, len(escaped), empty_is_early=empty_is_early) - 1
    values[escaped] += np.sign(values[escaped]) * excess
    if len(escaped) and int(np.abs(values[escaped]).max()) > MAX_SYMBOL:
        raise impossible(Message("holds a symbol that is too large"))
    symbols = np.zeros(order.elements.size, np.int32)
    symbols[coded.elements] = values
    return symbols.reshape(table_index.shape)


def _pop_entries(
    coder: constriction.stream.stack.AnsCoder,
    models: Sequence[Categorical],
    pieces: Sequence[tuple[int, int, int]],
    *,
    empty_is_early: bool,
) -> Int32Array:
    """Decode the entries of all pieces, which are given by `_pieces`, in this order."""
    entries = np.empty(sum(stop - start for _, start, stop in pieces), np.int32)
    for model, start, stop in pieces:
        if empty_is_early and coder.is_empty():
            raise impossible(Message("ends too early"))
        entries[start:stop] = coder.decode(models[model], stop - start)
    return entries


def _pieces(starts: IntpArray, stops: IntpArray) -> list[tuple[int, int, int]]:
    """(model, start, stop) of pieces of entries, of which `starts[m]` to `stops[m] - 1` are those of model m."""
    models = np.flatnonzero(starts < stops)
    pieces = []
    for model, start, stop in zip(models.tolist(), starts[models].tolist(), stops[models].tolist(), strict=True):
        while stop - start > _CALL_SYMBOLS:
            pieces.append((model, start, start + _CALL_SYMBOLS))
            start += _CALL_SYMBOLS
        pieces.append((model, start, stop))
    return pieces


def _payload(coder: constriction.stream.stack.AnsCoder) -> bytes:
    """What a coder holds, without the zero bytes of its last word."""
    words: npt.NDArray[np.uint32] = coder.get_compressed()
    return words.astype("<u4").tobytes().rstrip(b"\0")


def _coder(payload: bytes) -> constriction.stream.stack.AnsCoder:
    """The coder that `_payload` was taken from."""
    words = np.frombuffer(payload + bytes(-len(payload) % _WORD_BYTES), "<u4")
    return constriction.stream.stack.AnsCoder(words.astype(np.uint32))


def _settled_words(coder: constriction.stream.stack.AnsCoder) -> int:
    """Number of words that stand below the state of a coder, which takes up to two."""
    return max(0, int(coder.num_words()) - _STATE_WORDS)


def _continued_crc(crc: int, symbols: Int32Array) -> int:
    """CRC-32 of what `crc` is that of, continued with symbols as little-endian int32 in C order."""
    return zlib.crc32(np.ascontiguousarray(symbols, "<i4").data, crc)


def _fold(crc: int) -> int:
    """A CRC-32 as 16 bits: its upper half XORed onto its lower half."""
    return (crc >> 16) ^ (crc & 0xFFFF)


def _gamma_bits(values: Int32Array) -> list[Int32Array]:
    """Elias-gamma codes of values >= 1, bit plane by bit plane in the order in which the decoder reads them."""
    planes: list[Int32Array] = []
    zeros = _bit_length(values) - 1
    step = 0
    remaining = zeros
    while remaining.size:
        stops = remaining == step
        planes.append(stops.astype(np.int32))
        remaining = remaining[~stops]
        step += 1
    planes.append((np.repeat(values, zeros) >> _suffix_shifts(zeros)) & 1)
    return planes


def _decode_gamma(coder: constriction.stream.stack.AnsCoder, count: int, *, empty_is_early: bool) -> Int32Array:
    """Read `count` Elias-gamma codes as written by `_gamma_bits`; int32 [count]."""
    zeros = np.zeros(count, np.int32)
    open_codes = np.arange(count)
    step = 0
    while open_codes.size:
        if empty_is_early and coder.is_empty():
            raise impossible(Message("ends too early"))
        if step > _MAX_GAMMA_ZEROS:
            raise impossible(Message("holds a symbol that is too large"))
        zeros[open_codes] = step
        open_codes = open_codes[coder.decode(_bit_model(), open_codes.size) == 0]
        step += 1
    bits: Int32Array = coder.decode(_bit_model(), int(zeros.sum()))
    values = np.int32(1) << zeros
    np.add.at(values, np.repeat(np.arange(count), zeros), bits << _suffix_shifts(zeros))
    return values


def _suffix_shifts(zeros: Int32Array) -> Int32Array:
    """For codes with z suffix bits each: z-1, z-2, .. 0 for the first code, then the same for the next one."""
    ends = np.cumsum(zeros, dtype=np.int64)
    return (np.repeat(ends, zeros) - 1 - np.arange(ends[-1] if ends.size else 0)).astype(np.int32)


def _bit_length(values: Int32Array) -> Int32Array:
    # The exponent of a float64 is exact for every int32.
    return np.frexp(values.astype(np.float64))[1].astype(np.int32)


@functools.lru_cache(maxsize=_KEPT_TABLES)
def _models(tables: FrequencyTables) -> tuple[tuple[Categorical, ...], tuple[Categorical, ...]]:
    """Those of all tables, and the group tables of those that are coded in groups, in ascending order."""
    single = tuple(_exact_model(frequencies) for frequencies in tables.frequencies)
    return single, tuple(_exact_model(tables.groups[table].frequencies) for table in tables.grouped.tables.tolist())


@functools.cache
def _bit_model() -> constriction.stream.model.Categorical:
    return _exact_model(np.array([TOTAL // 2, TOTAL // 2], np.int32))


@functools.cache
def _kind_model() -> constriction.stream.model.Categorical:
    return _exact_model(_KIND_FREQUENCIES)


@functools.cache
def _shift_model() -> constriction.stream.model.Categorical:
    return _exact_model(SHIFT_FREQUENCIES)


def _exact_model(frequencies: Int32Array) -> constriction.stream.model.Categorical:
    return constriction.stream.model.Categorical((frequencies - 1).astype(np.float64), perfect=False)


def _check_symbols(symbols: Int32Array, table_index: UInt8Array, tables: FrequencyTables) -> None:
    if symbols.shape != table_index.shape:
        raise ModelError(
            "The model package gives symbols of shape {symbols} but table indices of shape {tables}; "
            "use another package.",
            symbols=symbols.shape,
            tables=table_index.shape,
        )
    _check_table_index(table_index, tables)
    # Not abs(): the magnitude of the smallest int32 is no int32.
    if int(symbols.max(initial=0)) > MAX_SYMBOL or int(symbols.min(initial=0)) < -MAX_SYMBOL:
        raise ModelError("The model package gives a symbol that is too large to be coded; use another package.")


def _check_table_index(table_index: UInt8Array, tables: FrequencyTables) -> None:
    if table_index.dtype != np.uint8 or int(table_index.max(initial=0)) >= len(tables.limits):
        raise ModelError("The model package refers to a frequency table that it does not have; use another package.")
