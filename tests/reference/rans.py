"""Section 5: entropy coding, in whole numbers of any size."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tests.reference.container import InvalidError, crc32

Integers = npt.NDArray[np.int64]
BIT = (2**23, 2**23)


class Decoder:
    def __init__(self, payload: bytes) -> None:
        if payload[-1] == 0:
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
    """Positions of the elements in the order of 5.4, step 1."""
    flat = table_index.ravel().tolist()
    return sorted(range(len(flat)), key=lambda position: (flat[position], position))


def decode(payload: bytes, table_index: npt.NDArray[np.integer], tables: Sequence[Sequence[int]]) -> Integers:
    symbols = np.zeros(table_index.size, np.int64)
    if not payload:
        return symbols.reshape(table_index.shape)
    decoder = Decoder(payload)
    flat_index = table_index.ravel()
    escaped = []
    for position in element_order(table_index):
        frequencies = tables[flat_index[position]]
        limit = len(frequencies) // 2
        s = decoder.entry(frequencies)
        symbols[position] = s - limit
        if s in (0, 2 * limit):
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
    if decoder.x or decoder.words or np.abs(symbols).max(initial=0) > 2**24:
        raise InvalidError
    return symbols.reshape(table_index.shape)


def encode(
    symbols: npt.NDArray[np.integer], table_index: npt.NDArray[np.integer], tables: Sequence[Sequence[int]]
) -> bytes:
    """5.6: note down the entries that a decoder reads, then code them in reverse order."""
    if not symbols.any():
        return b""
    flat_index, flat_symbols = table_index.ravel(), symbols.ravel()
    entries: list[tuple[Sequence[int], int]] = []
    values = []
    for position in element_order(table_index):
        frequencies = tables[flat_index[position]]
        limit, n = len(frequencies) // 2, int(flat_symbols[position])
        entries.append((frequencies, max(-limit, min(n, limit)) + limit))
        if abs(n) >= limit:
            values.append(abs(n) - limit + 1)
    for step in range(25):
        entries += [(BIT, int(v.bit_length() - 1 == step)) for v in values if v.bit_length() - 1 >= step]
    for v in values:
        entries += [(BIT, int(digit)) for digit in f"{v:b}"[1:]]

    x, words = 0, []
    for frequencies, s in reversed(entries):
        f, c = frequencies[s], sum(frequencies[:s])
        if x >> 40 >= f:
            words.append(x % 2**32)
            x >>= 32
        x = (x // f << 24) + c + x % f
    words += [x % 2**32, x >> 32]
    return b"".join(word.to_bytes(4, "little") for word in words).rstrip(b"\0")


def symbol_checksum(symbols: npt.NDArray[np.integer]) -> int:
    crc = crc32(b"".join(int(n).to_bytes(4, "little", signed=True) for n in symbols.ravel()))
    return crc >> 16 ^ crc % 2**16
