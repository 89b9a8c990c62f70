"""The frozen frequency tables of a model package, and how an exporter makes them.

FORMAT.md, section 5.1, specifies them. Probabilities are integers out of 2**24 from end to end.
"""

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from codec_format.errors import ModelError

PRECISION = 24
TOTAL = 1 << PRECISION
MAX_TABLES = 256
MAX_LIMIT = 2**15 - 1
MAX_GROUP_SIZE = 64
MAX_GROUP_ENTRIES = 2 * MAX_LIMIT + 1  # as many as a table may have

# The largest chance that an element of a group is not 0, and the fewest elements: measured, what decodes fastest among
# what makes no file longer by more than a byte or two.
_MAX_GROUP_CHANCE = 1 / 4
_MIN_GROUP_SIZE = 4

Int32Array = npt.NDArray[np.int32]
UInt8Array = npt.NDArray[np.uint8]
IntpArray = npt.NDArray[np.intp]
_Count = TypeVar("_Count", int, npt.NDArray[np.int64])


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
    def grouped(self) -> "GroupedTables":
        """What a coder needs of the tables whose elements are coded in groups."""
        tables = np.array(sorted(self.groups), np.intp)
        return GroupedTables(
            tables,
            np.array([self.groups[table].size for table in tables.tolist()], np.intp),
            2 * self.limits[tables].astype(np.intp),
        )


@dataclass(frozen=True, eq=False)
class GroupedTables:
    """The tables whose elements are coded in groups, ascending.

    Attributes:
        tables: intp [G], the number of each.
        sizes: intp [G], the elements of a group.
        others: intp [G], the entries of each frequency table but that of symbol 0.
    """

    tables: IntpArray
    sizes: IntpArray
    others: IntpArray


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


def _invalid_table(table: int) -> ModelError:
    return ModelError(
        "The frequency table {table} of the model package is not valid; get the package again.", table=table
    )


def _wrong_length() -> ModelError:
    return ModelError("The frequency tables of the model package have the wrong length; get the package again.")
