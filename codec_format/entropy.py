"""Entropy coding of latent blocks: symbols and table indices <-> bytes, by rANS with frozen integer tables.

FORMAT.md, section 5, specifies the bytes. Probabilities are integers out of 2**24 from end to end, so every machine
codes the same bytes. The arithmetic runs in constriction; its Categorical model takes floats, but for the values
`frequency - 1`, whose sum is exactly what it distributes besides the 1 it grants to every symbol, its scale factor is
exactly 1 and its cumulative table is exactly the integer one. The tests check this word for word against integer rANS.
"""

import functools
import itertools
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

import constriction
import numpy as np
import numpy.typing as npt

from codec_format.errors import FormatError, Message, ModelError

PRECISION = 24
TOTAL = 1 << PRECISION
MAX_TABLES = 256
MAX_LIMIT = 2**15 - 1
MAX_SYMBOL = 1 << 24
MAX_GROUP_SIZE = 64
MAX_GROUP_ENTRIES = 2 * MAX_LIMIT + 1  # as many as a table may have

_WORD_BYTES = 4
_STATE_WORDS = 2
# Entries in one call of constriction, a millisecond or two: many keep Python's lock, for which a window may be waiting.
_CALL_SYMBOLS = 2**16
# The largest chance that an element of a group is not 0, and the fewest elements: measured, what decodes fastest among
# what makes no file longer by more than a byte or two.
_MAX_GROUP_CHANCE = 1 / 4
_MIN_GROUP_SIZE = 4
_MAX_GAMMA_ZEROS = MAX_SYMBOL.bit_length() - 1  # a symbol of magnitude 2**24 under the smallest limit, 1

Int32Array = npt.NDArray[np.int32]
UInt8Array = npt.NDArray[np.uint8]
IntpArray = npt.NDArray[np.intp]
_Count = TypeVar("_Count", int, npt.NDArray[np.int64])
Categorical: TypeAlias = constriction.stream.model.Categorical


@dataclass(frozen=True, eq=False)
class GroupTable:
    """How the elements of a frequency table with the limit L are coded in groups (FORMAT.md, section 5.4).

    Entry 2 L k + j says that the first element of a group that is not 0 is at position k, and that its entry in the
    frequency table is the j-th of those that are not that of symbol 0. The last entry says that all elements are 0.

    Attributes:
        size: number of elements of a group, 2..64.
        frequencies: int32 [2 * L * size + 1], at most 65535 of them, each at least 1, summing to 2**24.
    """

    size: int
    frequencies: Int32Array


@dataclass(frozen=True, eq=False)
class FrequencyTables:
    """The frozen probability tables of a model package.

    Table t codes the symbols -L..L with L = limits[t]; entry i of its frequencies belongs to symbol i - L and is its
    probability in units of 2**-24. Its two end entries are escapes: they stand for all n <= -L and all n >= L.

    Attributes:
        limits: int32 [T], 1 <= T <= 256, each 1..32767.
        frequencies: T arrays int32 [2 * limits[t] + 1], each entry at least 1, each array summing to 2**24.
        groups: the group tables of those tables whose elements are coded in groups, by the number of the table.

    Raises:
        ModelError: the tables break one of these rules.
    """

    limits: Int32Array
    frequencies: tuple[Int32Array, ...]
    groups: Mapping[int, GroupTable] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.limits.ndim != 1 or not 1 <= len(self.limits) <= MAX_TABLES:
            raise ModelError(
                "The model package must have between 1 and {limit} frequency tables; get it again.", limit=MAX_TABLES
            )
        if len(self.frequencies) != len(self.limits):
            raise ModelError("The model package has not as many frequency tables as limits; get it again.")
        for table, (limit, frequencies) in enumerate(zip(self.limits.tolist(), self.frequencies, strict=True)):
            if not (1 <= limit <= MAX_LIMIT and _is_distribution(frequencies, 2 * limit + 1)):
                raise _invalid_table(table)
        for table, group in self.groups.items():
            if not (0 <= table < len(self.limits) and self._is_group_table(group, int(self.limits[table]))):
                raise _invalid_table(table)

    @staticmethod
    def _is_group_table(group: GroupTable, limit: int) -> bool:
        length = _group_entries(limit, group.size)
        fits = 2 <= group.size <= MAX_GROUP_SIZE and length <= MAX_GROUP_ENTRIES
        return fits and _is_distribution(group.frequencies, length)

    @classmethod
    def from_concatenated(
        cls,
        limits: npt.NDArray[np.integer],
        frequencies: npt.NDArray[np.integer],
        group_sizes: npt.NDArray[np.integer] | None = None,
        group_frequencies: npt.NDArray[np.integer] | None = None,
    ) -> "FrequencyTables":
        """Build the tables as a model package stores them.

        Args:
            limits: [T].
            frequencies: [sum(2 * limits + 1)], the tables one after the other.
            group_sizes: [T], 0 for a table that is not coded in groups; None if no table is.
            group_frequencies: [sum(2 * limits * group_sizes + 1) over the others], their group tables one after the
                other; None as above.

        Raises:
            ModelError: the arrays do not describe valid tables.
        """
        limits64 = np.asarray(limits, np.int64)
        if limits64.ndim != 1 or limits64.size == 0 or limits64.min() < 1 or limits64.max() > MAX_LIMIT:
            raise ModelError("The limits of the frequency tables of the model package are not valid; get it again.")
        tables = _split(frequencies, 2 * limits64 + 1)
        groups = {}
        if group_sizes is not None and group_frequencies is not None:
            sizes = np.asarray(group_sizes, np.int64)
            if sizes.shape != limits64.shape:
                raise _wrong_length()
            grouped = np.flatnonzero(sizes)
            parts = _split(group_frequencies, _group_entries(limits64[grouped], sizes[grouped]))
            groups = {
                table: GroupTable(size, part)
                for table, size, part in zip(grouped.tolist(), sizes[grouped].tolist(), parts, strict=True)
            }
        return cls(limits64.astype(np.int32), tables, groups)

    def concatenated(self) -> Int32Array:
        """All frequencies in one int32 array [sum(2 * limits + 1)], as a model package stores them."""
        return np.concatenate(self.frequencies)

    def concatenated_groups(self) -> tuple[Int32Array, Int32Array]:
        """Group sizes, int32 [T], and all frequencies of the group tables, int32, as a model package stores them."""
        sizes = np.zeros(len(self.limits), np.int32)
        for table, group in self.groups.items():
            sizes[table] = group.size
        frequencies = [self.groups[table].frequencies for table in sorted(self.groups)]
        return sizes, np.concatenate([np.zeros(0, np.int32), *frequencies])

    @functools.cached_property
    def _models(self) -> tuple[Categorical, ...]:
        return tuple(_exact_model(frequencies) for frequencies in self.frequencies)

    @functools.cached_property
    def _grouped(self) -> "_GroupedTables":
        tables = np.array(sorted(self.groups), np.intp)
        return _GroupedTables(
            tables,
            np.array([self.groups[table].size for table in tables.tolist()], np.intp),
            2 * self.limits[tables].astype(np.intp),
            tuple(_exact_model(self.groups[table].frequencies) for table in tables.tolist()),
        )


@dataclass(frozen=True, eq=False)
class _GroupedTables:
    """The tables whose elements are coded in groups, ascending: what a coder needs of each, [G]."""

    tables: IntpArray
    sizes: IntpArray
    others: IntpArray  # number of entries in the frequency table but that of symbol 0
    models: tuple[Categorical, ...]


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
        raise _impossible(Message("ends in a zero byte"))
    coder = _coder(payload)
    # What is coded before the symbols keeps the state of the coder above 0 as long as one of them is left.
    symbols = _pop(coder, table_index, tables, empty_is_early=True)
    if coder.num_words() != 0:
        raise _impossible(Message("has bytes left over"))
    return symbols


def encode_stream(blocks: Sequence[tuple[Int32Array, UInt8Array]], tables: FrequencyTables) -> list[bytes]:
    """Code all latent blocks of a band as one stream, cut where what each block needs ends (FORMAT.md, section 5.7).

    Args:
        blocks: symbols and table indices of every latent block, as for `encode_symbols`, in coding order.
        tables: the tables of the model package.

    Returns:
        A piece for each latent block. The first pieces without the others decode to the first latent blocks.

    Raises:
        ModelError: as `encode_symbols` does.
    """
    for symbols, table_index in blocks:
        _check_symbols(symbols, table_index, tables)
    # The state begins with the checksum instead of 0: the first symbol takes the room for it in any case.
    checksum = _fold(functools.reduce(_continued_crc, (symbols for symbols, _ in blocks), 0))
    coder = constriction.stream.stack.AnsCoder(np.array([checksum] if checksum else [], np.uint32))
    words_behind = []
    for symbols, table_index in reversed(blocks):
        words_behind.append(_settled_words(coder))
        anything = bool(symbols.any())
        if anything:
            _push(coder, symbols, table_index, tables)
        coder.encode_reverse(np.array([anything], np.int32), _bit_model())
    stream = _payload(coder)[::-1]
    ends = [len(stream) - _WORD_BYTES * words for words in reversed(words_behind)]
    return [stream[start:end] for start, end in itertools.pairwise([0, *ends])]


class StreamDecoder:
    """Decodes the latent blocks of a band one after the other; the inverse of `encode_stream`.

    Time and memory are proportional to the number of elements plus the length of the pieces, whatever they hold.
    """

    def __init__(self, pieces: Sequence[bytes], tables: FrequencyTables, *, complete: bool) -> None:
        """Prepare to decode the first `len(pieces)` latent blocks.

        Args:
            pieces: those that are there, from that of the first latent block on.
            tables: the tables of the model package.
            complete: they are those of all latent blocks, so that the checksum of the symbols can be verified.

        Raises:
            FormatError: no encoder writes such pieces.
        """
        stream = b"".join(pieces)
        if stream.startswith(b"\0"):
            raise _impossible(Message("begins with a zero byte"))
        if any(len(piece) % _WORD_BYTES for piece in pieces[1:]):
            raise _impossible(Message("ends within a word"))
        self._tables = tables
        self._coder = _coder(stream[::-1])
        self._lengths = [len(piece) for piece in pieces]
        self._complete = complete
        self._crc = 0

    def decode(self, table_index: UInt8Array) -> Int32Array:
        """The symbols of the next latent block, int32 of the shape of its table indices (uint8).

        Raises:
            FormatError: no encoder writes such pieces for these table indices.
            ModelError: a table does not exist.
        """
        _check_table_index(table_index, self._tables)
        if self._coder.decode(_bit_model(), 1)[0]:
            symbols = _pop(self._coder, table_index, self._tables, empty_is_early=False)
        else:
            symbols = np.zeros(table_index.shape, np.int32)
        del self._lengths[0]
        if _WORD_BYTES * _settled_words(self._coder) != sum(self._lengths):
            raise _impossible(Message("does not end where its piece does"))
        self._crc = _continued_crc(self._crc, symbols)
        if not self._lengths and self._complete:
            checksum = _fold(self._crc)
            if self._coder.get_compressed().tolist() != ([checksum] if checksum else []):
                raise _impossible(Message("does not match its checksum"))
        return symbols


def symbol_checksum(symbols: Int32Array) -> int:
    """The checksum of a latent block's symbols that the file carries, 0..65535.

    CRC-32 of the symbols as little-endian int32 in C order, its upper half XORed onto its lower half.
    """
    return _fold(_continued_crc(0, symbols))


def gaussian_tables(sigmas: Sequence[float]) -> FrequencyTables:
    """Tables of zero-mean Gaussians rounded to integers, for an exporter; the package freezes the result.

    The limit of a table is ceil(6 sigma) + 1; the tail beyond it is the probability of the escapes.

    Args:
        sigmas: standard deviations in units of the quantisation step, each > 0; at most 256 of them.

    Raises:
        ModelError: there are no or too many sigmas, or one is out of range.
    """
    if not all(0 < sigma <= (MAX_LIMIT - 1) / 6 for sigma in sigmas):
        raise ModelError(
            "Every sigma must be above 0 and at most {highest}; correct the list of scales.",
            highest=(MAX_LIMIT - 1) // 6,
        )
    frequencies = []
    for sigma in sigmas:
        limit = math.ceil(6 * sigma) + 1
        # Probability of n >= k for k = 1..limit, from erfc so that the far tail keeps its digits.
        tail = np.array([math.erfc((k - 0.5) / (sigma * math.sqrt(2))) / 2 for k in range(1, limit + 1)])
        side = np.append(tail[:-1] - tail[1:], tail[-1])
        frequencies.append(_to_frequencies(np.concatenate([side[::-1], [1 - 2 * tail[0]], side])))
    limits = np.array([len(table) // 2 for table in frequencies], np.int32)
    return FrequencyTables(limits, tuple(frequencies))


def fitted_tables(
    prior: FrequencyTables, histograms: Sequence[npt.NDArray[np.integer]], prior_weight: float
) -> FrequencyTables:
    """Tables fitted to measured symbols, for an exporter; the package freezes the result.

    Args:
        prior: the tables to start from; the result has the same limits.
        histograms: per table the number of times that each of its entries was coded, [2 * limits[t] + 1].
        prior_weight: number of symbols that the prior counts for, > 0.

    Raises:
        ModelError: there is not one histogram of the right length for every table.
    """
    if [len(histogram) for histogram in histograms] != [len(table) for table in prior.frequencies]:
        raise ModelError("There must be one histogram of the length of its table for every table; measure them again.")
    fitted = []
    for table, histogram in zip(prior.frequencies, histograms, strict=True):
        weights = np.asarray(histogram, np.float64) + prior_weight * table / TOTAL
        fitted.append(_to_frequencies(weights))
    return FrequencyTables(prior.limits, tuple(fitted))


def tables_from_probabilities(probabilities: Sequence[npt.NDArray[np.float64]]) -> FrequencyTables:
    """Tables of any distributions of the symbols, for an exporter; the package freezes the result.

    Args:
        probabilities: per table those of the symbols -L..L, [2 L + 1] with L in 1..32767, up to a factor; the ends are
            those of all symbols from there on. At most 256 tables.

    Raises:
        ModelError: there are no or too many tables, or one is empty, of even length, or too long.
    """
    limits = np.array([len(table) // 2 for table in probabilities], np.int32)
    return FrequencyTables(limits, tuple(_to_frequencies(table) for table in probabilities))


def with_groups(tables: FrequencyTables) -> FrequencyTables:
    """The same tables, those that nearly always give 0 in groups, for an exporter; the package freezes the result.

    The groups make coding faster, and change the size of a stream by next to nothing.
    """
    groups = {}
    for table, (limit, frequencies) in enumerate(zip(tables.limits.tolist(), tables.frequencies, strict=True)):
        probabilities = frequencies / TOTAL
        others = np.delete(probabilities, limit)
        size = MAX_GROUP_SIZE
        while size * others.sum() > _MAX_GROUP_CHANCE or _group_entries(limit, size) > MAX_GROUP_ENTRIES:
            size //= 2
        if size >= _MIN_GROUP_SIZE:
            all_zero = probabilities[limit] ** np.arange(size + 1)
            weights = np.append(np.outer(all_zero[:-1], others), all_zero[-1])
            groups[table] = GroupTable(size, _to_frequencies(weights))
    return FrequencyTables(tables.limits, tables.frequencies, groups)


@dataclass(frozen=True, eq=False)
class _Order:
    """The elements of a latent block, table by table and in C order for each; their index here is their **place**.

    Attributes:
        elements: intp [elements], the position of each in C order.
        starts: intp [T], the first place of each table.
        stops: intp [T], that behind its last one.
    """

    elements: IntpArray
    starts: IntpArray
    stops: IntpArray

    @classmethod
    def of(cls, table_index: UInt8Array, tables: FrequencyTables) -> "_Order":
        flat = table_index.reshape(-1)
        elements = np.argsort(flat, kind="stable")
        numbers = np.arange(len(tables.limits), dtype=np.uint8)
        stops = np.searchsorted(flat, numbers, side="right", sorter=elements)
        return cls(elements, np.append(0, stops[:-1]), stops)

    def groups(self, grouped: _GroupedTables) -> tuple[IntpArray, IntpArray]:
        """First group of each grouped table and that behind its last one, which may be smaller; intp [G] each."""
        counts = -((self.starts - self.stops)[grouped.tables] // grouped.sizes)
        stops = np.cumsum(counts)
        return stops - counts, stops


@dataclass(frozen=True, eq=False)
class _Leaders:
    """The first elements that are not 0 of groups; each array has the length of them and ascends with their place.

    Attributes:
        tables: the table of each.
        places: the place of each in an `_Order`.
        stops: the place behind the last element of its group.
        entries: the entry of each in its frequency table, int32.
    """

    tables: IntpArray
    places: IntpArray
    stops: IntpArray
    entries: Int32Array


@dataclass(frozen=True, eq=False)
class _Coded:
    """The elements that may be other than 0: those of tables without groups, those behind leaders, and the leaders.

    Attributes:
        elements: intp [coded], their positions in C order.
        limits: int32 [coded], the limit of the table of each.
        starts: intp [T]; `starts[t]` to `stops[t] - 1` are those that have an entry of their own in table t.
        stops: intp [T].
    """

    elements: IntpArray
    limits: Int32Array
    starts: IntpArray
    stops: IntpArray

    @classmethod
    def of(cls, order: _Order, leaders: _Leaders, tables: FrequencyTables) -> "_Coded":
        counts = order.stops - order.starts
        if not tables.groups:  # what follows would copy everything
            limits = np.repeat(tables.limits.astype(np.int32, copy=False), counts)
            return cls(order.elements, limits, order.starts, order.stops)
        grouped = tables._grouped.tables
        counts[grouped] = 0
        single = np.flatnonzero(counts)
        whole = zip(order.starts[single].tolist(), order.stops[single].tolist(), strict=True)
        behind = leaders.stops - leaders.places - 1
        places = np.repeat(leaders.places + 1 - (np.cumsum(behind) - behind), behind) + np.arange(behind.sum())
        parts = [order.elements[start:stop] for start, stop in whole]
        elements = np.concatenate([*parts, order.elements[places], order.elements[leaders.places]])
        numbers = np.concatenate([single, leaders.tables, leaders.tables])
        lengths = np.concatenate([counts[single], behind, np.ones_like(behind)])
        limits = np.repeat(tables.limits[numbers].astype(np.int32, copy=False), lengths)
        stops = np.cumsum(counts)
        np.add.at(counts, leaders.tables, behind)
        stops[grouped] = counts.sum() - counts[grouped].sum() + np.cumsum(counts[grouped])
        return cls(elements, limits, stops - counts, stops)

    def escaped(self, values: Int32Array, table_index: UInt8Array) -> IntpArray:
        """Which of the elements escape, in the order of section 5.4; by their symbols, or those cut to the limits."""
        escaped = np.flatnonzero(np.abs(values) >= self.limits)
        elements = self.elements[escaped]
        in_order: IntpArray = escaped[np.lexsort((elements, table_index.reshape(-1)[elements]))]
        return in_order


def _push(
    coder: constriction.stream.stack.AnsCoder, symbols: Int32Array, table_index: UInt8Array, tables: FrequencyTables
) -> None:
    """Code the symbols of a latent block, whose values have been checked."""
    order = _Order.of(table_index, tables)
    group_entries = _group_entries_of(symbols, order, tables)
    coded = _Coded.of(order, _leaders(group_entries, order, tables), tables)
    values = symbols.reshape(-1)[coded.elements].astype(np.int32, copy=False)
    entries = np.clip(values, -coded.limits, coded.limits) + coded.limits
    escaped = coded.escaped(values, table_index)
    # rANS is a stack: what the decoder reads last is written first.
    for bits in reversed(_gamma_bits(np.abs(values[escaped]) - coded.limits[escaped] + 1)):
        coder.encode_reverse(bits, _bit_model())
    for model, start, stop in reversed(_pieces(coded.starts, coded.stops)):
        coder.encode_reverse(entries[start:stop], tables._models[model])
    for model, start, stop in reversed(_pieces(*order.groups(tables._grouped))):
        coder.encode_reverse(group_entries[start:stop], tables._grouped.models[model])


def _pop(
    coder: constriction.stream.stack.AnsCoder, table_index: UInt8Array, tables: FrequencyTables, *, empty_is_early: bool
) -> Int32Array:
    """Decode the symbols of a latent block, int32 in the shape of `table_index`.

    With `empty_is_early`, a coder whose state is 0 while a symbol is left is one that ends too early.
    """
    order = _Order.of(table_index, tables)
    group_pieces = _pieces(*order.groups(tables._grouped))
    group_entries = _pop_entries(coder, tables._grouped.models, group_pieces, empty_is_early=empty_is_early)
    leaders = _leaders(group_entries, order, tables)
    coded = _Coded.of(order, leaders, tables)
    pieces = _pieces(coded.starts, coded.stops)
    entries = _pop_entries(coder, tables._models, pieces, empty_is_early=empty_is_early)
    values = np.concatenate([entries, leaders.entries])
    values -= coded.limits
    escaped = coded.escaped(values, table_index)
    excess = _decode_gamma(coder, len(escaped), empty_is_early=empty_is_early) - 1
    values[escaped] += np.sign(values[escaped]) * excess
    if len(escaped) and int(np.abs(values[escaped]).max()) > MAX_SYMBOL:
        raise _impossible(Message("holds a symbol that is too large"))
    symbols = np.zeros(order.elements.size, np.int32)
    symbols[coded.elements] = values
    return symbols.reshape(table_index.shape)


def _group_entries_of(symbols: Int32Array, order: _Order, tables: FrequencyTables) -> Int32Array:
    """The entries of all groups of the symbols of a latent block, int32 [groups]."""
    grouped = tables._grouped
    starts, stops = order.groups(grouped)
    entries = np.repeat(grouped.others * grouped.sizes, stops - starts).astype(np.int32)
    from_places, to_places = order.starts[grouped.tables], order.stops[grouped.tables]
    runs = zip(from_places.tolist(), to_places.tolist(), strict=True)
    elements = np.concatenate([order.elements[:0], *(order.elements[start:stop] for start, stop in runs)])
    values = symbols.reshape(-1)[elements]
    ends = np.cumsum(to_places - from_places)
    nonzero = np.flatnonzero(values)
    which = np.searchsorted(ends, nonzero, side="right")  # of the grouped tables
    group, position = np.divmod(nonzero - np.append(0, ends)[which], grouped.sizes[which])
    led, first = np.unique(starts[which] + group, return_index=True)
    which, position, leader = which[first], position[first], values[nonzero[first]]
    limits = grouped.others[which] // 2
    entries[led] = grouped.others[which] * position + np.clip(leader, -limits, limits) + limits - (leader > 0)
    return entries


def _leaders(group_entries: Int32Array, order: _Order, tables: FrequencyTables) -> _Leaders:
    """The leaders that the entries of all groups describe.

    Raises:
        FormatError: a leader is behind the last element of its table.
    """
    grouped = tables._grouped
    starts, stops = order.groups(grouped)
    led = np.flatnonzero(group_entries != np.repeat(grouped.others * grouped.sizes, stops - starts))
    which = np.searchsorted(stops, led, side="right")
    numbers, sizes, others = grouped.tables[which], grouped.sizes[which], grouped.others[which]
    position, other = np.divmod(group_entries[led], others)
    group_starts = order.starts[numbers] + sizes * (led - starts[which])
    group_stops = np.minimum(group_starts + sizes, order.stops[numbers])
    places = group_starts + position
    if (places >= group_stops).any():
        raise _impossible(Message("holds a symbol behind its last element"))
    return _Leaders(numbers, places, group_stops, (other + (other >= others // 2)).astype(np.int32))


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
            raise _impossible(Message("ends too early"))
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
            raise _impossible(Message("ends too early"))
        if step > _MAX_GAMMA_ZEROS:
            raise _impossible(Message("holds a symbol that is too large"))
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


@functools.cache
def _bit_model() -> constriction.stream.model.Categorical:
    return _exact_model(np.array([TOTAL // 2, TOTAL // 2], np.int32))


def _exact_model(frequencies: Int32Array) -> constriction.stream.model.Categorical:
    return constriction.stream.model.Categorical((frequencies - 1).astype(np.float64), perfect=False)


def _group_entries(limit: _Count, size: _Count) -> _Count:
    """The number of entries of a group table."""
    return 2 * limit * size + 1


def _is_distribution(frequencies: Int32Array, length: int) -> bool:
    """Whether these are the frequencies of a table of so many entries."""
    return (
        frequencies.shape == (length,) and int(frequencies.min()) >= 1 and int(frequencies.sum(dtype=np.int64)) == TOTAL
    )


def _split(frequencies: npt.NDArray[np.integer], lengths: npt.NDArray[np.int64]) -> tuple[Int32Array, ...]:
    """Tables of these lengths that stand one after the other.

    Raises:
        ModelError: all together have another length.
    """
    if frequencies.shape != (int(lengths.sum()),):
        raise _wrong_length()
    return tuple(np.split(np.asarray(frequencies, np.int32), np.cumsum(lengths))[:-1])


def _to_frequencies(weights: npt.NDArray[np.float64]) -> Int32Array:
    """Integers of at least 1 that sum to 2**24 and are proportional to the weights, up to rounding."""
    cumulative = np.cumsum(weights)
    # Rounding the cumulative weights and not the weights themselves leaves nothing over.
    boundaries = np.rint(cumulative / cumulative[-1] * (TOTAL - len(weights))).astype(np.int32)
    frequencies: Int32Array = np.diff(boundaries, prepend=np.int32(0)) + np.int32(1)
    return frequencies


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


def _invalid_table(table: int) -> ModelError:
    return ModelError(
        "The frequency table {table} of the model package is not valid; get the package again.", table=table
    )


def _wrong_length() -> ModelError:
    return ModelError("The frequency tables of the model package have the wrong length; get the package again.")


def _impossible(reason: Message) -> FormatError:
    return FormatError(
        "A latent block {reason}, so the file is damaged or was made with another model package.", reason=reason
    )
