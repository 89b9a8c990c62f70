"""The order in which the symbols of a latent block are coded: table by table, some tables in groups.

FORMAT.md, section 5.4, step 1. What is decoded of the groups says which elements have an entry of their own.
"""

from dataclasses import dataclass

import numpy as np

from codec_format.errors import FormatError, Message
from codec_format.frequency_tables import FrequencyTables, GroupedTables, Int32Array, IntpArray, UInt8Array


@dataclass(frozen=True, eq=False)
class SymbolOrder:
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
    def of(cls, table_index: UInt8Array, tables: FrequencyTables) -> "SymbolOrder":
        """That of a latent block, from the table indices of its elements (uint8, all of them tables that exist)."""
        flat = table_index.reshape(-1)
        elements = np.argsort(flat, kind="stable")
        numbers = np.arange(len(tables.limits), dtype=np.uint8)
        stops = np.searchsorted(flat, numbers, side="right", sorter=elements)
        return cls(elements, np.append(0, stops[:-1]), stops)

    def groups(self, grouped: GroupedTables) -> tuple[IntpArray, IntpArray]:
        """First group of each grouped table and that behind its last one, which may be smaller; intp [G] each."""
        counts = -((self.starts - self.stops)[grouped.tables] // grouped.sizes)
        stops = np.cumsum(counts)
        return stops - counts, stops


@dataclass(frozen=True, eq=False)
class Leaders:
    """The first elements that are not 0 of groups; each array has the length of them and ascends with their place.

    Attributes:
        tables: the table of each.
        places: the place of each in an `SymbolOrder`.
        stops: the place behind the last element of its group.
        entries: the entry of each in its frequency table, int32.
    """

    tables: IntpArray
    places: IntpArray
    stops: IntpArray
    entries: Int32Array


@dataclass(frozen=True, eq=False)
class CodedElements:
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
    def of(cls, order: SymbolOrder, leaders: Leaders, tables: FrequencyTables) -> "CodedElements":
        """Those of a latent block, from its order and the leaders of its groups."""
        counts = order.stops - order.starts
        if not tables.groups:  # what follows would copy everything
            limits = np.repeat(tables.limits.astype(np.int32, copy=False), counts)
            return cls(order.elements, limits, order.starts, order.stops)
        grouped = tables.grouped.tables
        counts[grouped] = 0
        single = np.flatnonzero(counts)
        whole = zip(order.starts[single].tolist(), order.stops[single].tolist(), strict=True)
        # What is behind a leader in its group has entries of its own; these follow those of the tables without groups.
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


def group_entries_of(symbols: Int32Array, order: SymbolOrder, tables: FrequencyTables) -> Int32Array:
    """The entries of all groups of the symbols of a latent block, int32 [groups]."""
    grouped = tables.grouped
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


def leaders_of(group_entries: Int32Array, order: SymbolOrder, tables: FrequencyTables) -> Leaders:
    """The leaders that the entries of all groups describe.

    Raises:
        FormatError: a leader is behind the last element of its table.
    """
    grouped = tables.grouped
    starts, stops = order.groups(grouped)
    led = np.flatnonzero(group_entries != np.repeat(grouped.others * grouped.sizes, stops - starts))
    which = np.searchsorted(stops, led, side="right")
    numbers, sizes, others = grouped.tables[which], grouped.sizes[which], grouped.others[which]
    position, other = np.divmod(group_entries[led], others)
    group_starts = order.starts[numbers] + sizes * (led - starts[which])
    group_stops = np.minimum(group_starts + sizes, order.stops[numbers])
    places = group_starts + position
    if (places >= group_stops).any():
        raise impossible(Message("holds a symbol behind its last element"))
    return Leaders(numbers, places, group_stops, (other + (other >= others // 2)).astype(np.int32))


def impossible(reason: Message) -> FormatError:
    """The error for bytes that no encoder writes; the reason goes on behind "A latent block"."""
    return FormatError(
        "A latent block {reason}, so the file is damaged or was made with another model package.", reason=reason
    )
