"""Section 5: entropy coding, in whole numbers of any size."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from tests.reference.container import InvalidError, crc32

Integers = npt.NDArray[np.int64]
BIT = (2**23, 2**23)
KIND = (2**22, 2**22, 2**23)
SHIFTS = (-256, -24, -16, -10, -6, -4, -2, 0, 2, 4, 6, 10, 16, 24)
SHIFT_TABLE = tuple(4096 * f for f in (22, 5, 8, 22, 42, 168, 464, 2880, 356, 67, 31, 17, 8, 6))
Groups = Mapping[int, tuple[int, Sequence[int]]]  # size of the groups and group table, by the number of the table
NO_GROUPS: Groups = {}


class Decoder:
    def __init__(self, payload: bytes) -> None:
        if payload[-1:] == b"\0":
            raise InvalidError
        payload += bytes(-len(payload) % 4)
        self.words = [int.from_bytes(payload[at : at + 4], "little") for at in range(0, len(payload), 4)]
        self.x = 0
        while self.x < 2**32 and self.words:
            self.refill()

    def refill(self) -> None:
        self.x = self.x << 32 | self.words.pop()

    def entry(self, frequencies: Sequence[int]) -> int:
        q = self.x % 2**24
        s, c = 0, 0
        while q >= c + frequencies[s]:
            c += frequencies[s]
            s += 1
        self.x = (self.x >> 24) * frequencies[s] + q - c
        if self.x < 2**32 and self.words:
            self.refill()
        return s

    def bit(self) -> int:
        return self.entry(BIT)


def element_order(table_index: npt.NDArray[np.integer]) -> list[int]:
    """Positions of the elements, ascending with the tables and in C order for each."""
    flat = table_index.ravel().tolist()
    return sorted(range(len(flat)), key=lambda position: (flat[position], position))


def groups_of(table_index: npt.NDArray[np.integer], table: int, size: int) -> list[list[int]]:
    """Positions of the elements of the groups of a table."""
    positions = np.flatnonzero(table_index.ravel() == table).tolist()
    return [positions[start : start + size] for start in range(0, len(positions), size)]


def decode(
    payload: bytes,
    table_index: npt.NDArray[np.integer],
    tables: Sequence[Sequence[int]],
    groups: Groups = NO_GROUPS,
) -> Integers:
    if not payload:
        return np.zeros(table_index.shape, np.int64)
    decoder = Decoder(payload)
    symbols = decode_block(decoder, table_index, tables, groups)
    if decoder.x or decoder.words:
        raise InvalidError
    return symbols


def decode_stream(
    pieces: Sequence[bytes],
    table_indices: Callable[[Integers | None], npt.NDArray[np.integer]],
    tables: Sequence[Sequence[int]],
    block_count: int,
    groups: Groups = NO_GROUPS,
    version: int = 4,
) -> Iterator[tuple[npt.NDArray[np.integer], Integers]]:
    """5.7: table indices and symbols of every latent block that there is a piece of.

    `table_indices` gives those of the next latent block for the symbols of the one before.
    """
    whole = b"".join(pieces)
    if whole[:1] == b"\0" or any(len(piece) % 4 for piece in pieces[1:]):
        raise InvalidError
    decoder = Decoder(whole[::-1])
    symbols: Integers | None = None
    values: list[int] = []
    for number in range(len(pieces)):
        table_index = table_indices(symbols)
        kind = decoder.bit() if version == 3 else decoder.entry(KIND)
        symbols = np.zeros(table_index.shape, np.int64)
        if kind:
            used = table_index
            if kind == 2:
                used = shifted(table_index, [decoder.entry(SHIFT_TABLE) for _ in table_index], len(tables))
            symbols = decode_block(decoder, used, tables, groups)
        if 4 * len(decoder.words) != sum(len(piece) for piece in pieces[number + 1 :]):
            raise InvalidError
        values += symbols.ravel().tolist()
        if number == block_count - 1 and decoder.x != symbol_checksum(np.array(values)):
            raise InvalidError
        yield table_index, symbols


def shifted(table_index: npt.NDArray[np.integer], entries: Sequence[int], table_count: int) -> npt.NDArray[np.integer]:
    """5.7: the table indices after the shifts of their channels."""
    result = table_index.astype(np.int64)
    for channel, entry in enumerate(entries):
        result[channel] = np.minimum(np.maximum(result[channel] + SHIFTS[entry], 0), table_count - 1)
    return result


def decode_block(
    decoder: Decoder, table_index: npt.NDArray[np.integer], tables: Sequence[Sequence[int]], groups: Groups
) -> Integers:
    """5.4, steps 1 and 2."""
    symbols = np.zeros(table_index.size, np.int64)
    flat_index = table_index.ravel()
    entries: dict[int, int] = {}
    for table, (size, group_frequencies) in sorted(groups.items()):
        limit = len(tables[table]) // 2
        for group in groups_of(table_index, table, size):
            k, j = divmod(decoder.entry(group_frequencies), 2 * limit)
            entries |= dict.fromkeys(group[:k], limit)
            if k < size:
                if k >= len(group):
                    raise InvalidError
                entries[group[k]] = j if j < limit else j + 1
    for position in element_order(table_index):
        if position not in entries:
            entries[position] = decoder.entry(tables[flat_index[position]])
    escaped = []
    for position in element_order(table_index):
        limit = len(tables[flat_index[position]]) // 2
        symbols[position] = entries[position] - limit
        if entries[position] in (0, 2 * limit):
            escaped.append(position)
    zeros: dict[int, int] = {}
    for step in range(25):
        for position in escaped:
            if position not in zeros and decoder.bit():
                zeros[position] = step
    if len(zeros) < len(escaped):
        raise InvalidError
    for position in escaped:
        v = 1
        for _ in range(zeros[position]):
            v = 2 * v + decoder.bit()
        symbols[position] += (v - 1) * np.sign(symbols[position])
    if np.abs(symbols).max(initial=0) > 2**24:
        raise InvalidError
    return symbols.reshape(table_index.shape)


def encode(
    symbols: npt.NDArray[np.integer],
    table_index: npt.NDArray[np.integer],
    tables: Sequence[Sequence[int]],
    groups: Groups = NO_GROUPS,
) -> bytes:
    """5.6: note down the entries that a decoder reads, then code them in reverse order."""
    if not symbols.any():
        return b""
    x, words = push(entries_of(symbols, table_index, tables, groups), 0, [])
    return payload(x, words)


def encode_stream(
    blocks: Sequence[tuple[npt.NDArray[np.integer], npt.NDArray[np.integer], npt.NDArray[np.integer] | None]],
    tables: Sequence[Sequence[int]],
    groups: Groups = NO_GROUPS,
    version: int = 4,
) -> list[bytes]:
    """5.7, the pieces of symbols, table indices and shifts (None without) of all latent blocks."""
    x = symbol_checksum(np.concatenate([symbols.ravel() for symbols, _, _ in blocks]))
    words: list[int] = []
    behind = []
    for symbols, table_index, shifts in reversed(blocks):
        behind.append(4 * len(words))
        kind = 0 if not symbols.any() else 1 if shifts is None else 2
        entries: list[tuple[Sequence[int], int]] = [(BIT if version == 3 else KIND, kind)]
        used = table_index
        if kind == 2 and shifts is not None:
            entries += [(SHIFT_TABLE, entry) for entry in shifts.tolist()]
            used = shifted(table_index, shifts.tolist(), len(tables))
        if kind:
            entries += entries_of(symbols, used, tables, groups)
        x, words = push(entries, x, words)
    whole = payload(x, words)[::-1]
    ends = [len(whole) - count for count in reversed(behind)]
    return [whole[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def entries_of(
    symbols: npt.NDArray[np.integer],
    table_index: npt.NDArray[np.integer],
    tables: Sequence[Sequence[int]],
    groups: Groups,
) -> list[tuple[Sequence[int], int]]:
    """The entries that a decoder reads, with their tables."""
    flat_index, flat_symbols = table_index.ravel(), symbols.ravel()
    entries: list[tuple[Sequence[int], int]] = []
    values = []
    given = set()
    for table, (size, group_frequencies) in sorted(groups.items()):
        limit = len(tables[table]) // 2
        for group in groups_of(table_index, table, size):
            k = next((k for k, position in enumerate(group) if flat_symbols[position]), size)
            j = 0
            if k < size:
                n = int(flat_symbols[group[k]])
                j = max(-limit, min(n, limit)) + limit - (n > 0)
            entries.append((group_frequencies, 2 * limit * k + j))
            given |= set(group[: k + 1])
    for position in element_order(table_index):
        frequencies = tables[flat_index[position]]
        limit, n = len(frequencies) // 2, int(flat_symbols[position])
        if position not in given:
            entries.append((frequencies, max(-limit, min(n, limit)) + limit))
        if abs(n) >= limit:
            values.append(abs(n) - limit + 1)
    for step in range(25):
        entries += [(BIT, int(v.bit_length() - 1 == step)) for v in values if v.bit_length() - 1 >= step]
    for v in values:
        entries += [(BIT, int(digit)) for digit in f"{v:b}"[1:]]
    return entries


def push(entries: Sequence[tuple[Sequence[int], int]], x: int, words: list[int]) -> tuple[int, list[int]]:
    """State and words behind entries, for those in front of them."""
    words = list(words)
    for frequencies, s in reversed(entries):
        f, c = frequencies[s], sum(frequencies[:s])
        if x >> 40 >= f:
            words.append(x % 2**32)
            x >>= 32
        x = (x // f << 24) + c + x % f
    return x, words


def payload(x: int, words: Sequence[int]) -> bytes:
    return b"".join(word.to_bytes(4, "little") for word in (*words, x % 2**32, x >> 32)).rstrip(b"\0")


def symbol_checksum(symbols: npt.NDArray[np.integer]) -> int:
    crc = crc32(b"".join(int(n).to_bytes(4, "little", signed=True) for n in symbols.ravel()))
    return crc >> 16 ^ crc % 2**16
