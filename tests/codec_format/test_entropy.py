import itertools
import time
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from codec_format import entropy
from codec_format.entropy import (
    CodedBlock,
    StreamDecoder,
    decode_symbols,
    encode_stream,
    encode_symbols,
    symbol_checksum,
)
from codec_format.errors import FormatError, ModelError
from codec_format.frequency_tables import FrequencyTables, GroupTable, fitted_tables, gaussian_tables, with_groups

SIGMAS = np.geomspace(0.05, 40, 64).tolist()
TABLES = gaussian_tables(SIGMAS)
GROUPED_TABLES = with_groups(TABLES)

with_and_without_groups = pytest.mark.parametrize("tables", [TABLES, GROUPED_TABLES], ids=["single", "grouped"])

shapes = st.tuples(st.integers(1, 3), st.integers(1, 6), st.integers(1, 6))
symbol_values = st.one_of(st.integers(-3, 3), st.integers(-300, 300), st.integers(-(2**24), 2**24))


@st.composite
def latent_blocks(draw: st.DrawFn) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    shape = draw(shapes)
    symbols = draw(hnp.arrays(np.int32, shape, elements=symbol_values))
    return symbols, draw(hnp.arrays(np.uint8, shape, elements=st.integers(0, 63)))


def gaussian_block(shape: tuple[int, ...], seed: int = 0) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    rng = np.random.default_rng(seed)
    table_index = rng.integers(0, 64, shape, dtype=np.uint8)
    return np.round(rng.normal(size=shape) * np.array(SIGMAS)[table_index]).astype(np.int32), table_index


@with_and_without_groups
@settings(deadline=None)
@given(latent_blocks())
def test_round_trip(tables: FrequencyTables, block: tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]) -> None:
    symbols, table_index = block
    payload = encode_symbols(symbols, table_index, tables)
    decoded = decode_symbols(payload, table_index, tables)
    assert decoded.dtype == np.int32
    assert decoded.shape == symbols.shape
    assert np.array_equal(decoded, symbols)
    assert (payload == b"") == (not symbols.any())
    assert not payload.endswith(b"\0")


@with_and_without_groups
def test_long_runs_are_coded_in_pieces_that_do_not_show(
    tables: FrequencyTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    symbols, table_index = gaussian_block((4, 40, 50))
    in_one = encode_symbols(symbols, table_index, tables)
    for piece in (1, 7, 125):
        monkeypatch.setattr(entropy, "_CALL_SYMBOLS", piece)
        assert encode_symbols(symbols, table_index, tables) == in_one
        assert np.array_equal(decode_symbols(in_one, table_index, tables), symbols)


@with_and_without_groups
def test_round_trip_at_the_extremes(tables: FrequencyTables) -> None:
    values = [0, 1, -1, 2, -2, 2**24, -(2**24), 2**24 - 1, 2**23, -(2**23) - 1]
    symbols = np.array(values * 64, np.int32).reshape(1, 64, -1)
    table_index = np.repeat(np.arange(64, dtype=np.uint8), len(values)).reshape(symbols.shape)
    payload = encode_symbols(symbols, table_index, tables)
    assert np.array_equal(decode_symbols(payload, table_index, tables), symbols)


def test_arrays_need_not_be_contiguous_or_filled() -> None:
    symbols, table_index = gaussian_block((4, 6, 8))
    expected = encode_symbols(symbols[:, ::2].copy(), table_index[:, ::2].copy(), TABLES)
    assert encode_symbols(symbols[:, ::2], table_index[:, ::2], TABLES) == expected
    empty = np.zeros((0, 2, 2), np.int32)
    assert encode_symbols(empty, empty.astype(np.uint8), TABLES) == b""
    assert decode_symbols(b"", empty.astype(np.uint8), TABLES).shape == (0, 2, 2)


def test_size_is_that_of_the_ideal_code() -> None:
    symbols, table_index = gaussian_block((8, 64, 64))
    limits = TABLES.limits[table_index]
    inside = np.abs(symbols) < limits
    symbols, table_index, limits = symbols * inside, table_index, limits
    frequencies = [
        TABLES.frequencies[table][symbol + limit]
        for table, symbol, limit in zip(table_index.flat, symbols.flat, limits.flat, strict=True)
    ]
    ideal_bits = float(np.sum(24 - np.log2(frequencies)))
    assert ideal_bits <= 8 * len(encode_symbols(symbols, table_index, TABLES)) < ideal_bits + 64


@with_and_without_groups
@settings(deadline=None)
@given(st.binary(max_size=200), hnp.arrays(np.uint8, shapes, elements=st.integers(0, 63)))
def test_any_payload_gives_symbols_or_a_format_error(
    tables: FrequencyTables, payload: bytes, table_index: npt.NDArray[np.uint8]
) -> None:
    try:
        symbols = decode_symbols(payload, table_index, tables)
    except FormatError:
        return
    # Whatever was accepted is what an encoder writes, except that an encoder has a shorter form for zeros.
    assert encode_symbols(symbols, table_index, tables) == (payload if symbols.any() else b"")


@with_and_without_groups
def test_every_corruption_of_a_payload_is_noticed(tables: FrequencyTables) -> None:
    symbols, table_index = gaussian_block((2, 8, 8))
    symbols[0, 0, 0] = 5000
    payload = encode_symbols(symbols, table_index, tables)
    checksum = symbol_checksum(symbols)
    candidates = [payload[:length] for length in range(len(payload))] + [payload + b"\1", payload + b"\0"]
    for position in range(len(payload)):
        for bit in range(8):
            candidates.append(payload[:position] + bytes([payload[position] ^ 1 << bit]) + payload[position + 1 :])
    for candidate in candidates:
        try:
            decoded = decode_symbols(candidate, table_index, tables)
        except FormatError:
            continue
        assert symbol_checksum(decoded) != checksum


def test_wrong_table_indices_do_not_pass() -> None:
    symbols, table_index = gaussian_block((2, 16, 16))
    table_index[1, 3, 3] = 40
    payload = encode_symbols(symbols, table_index, TABLES)
    table_index[1, 3, 3] = 41
    with pytest.raises(FormatError, match="another model package"):
        decode_symbols(payload, table_index, TABLES)


@pytest.mark.parametrize("payload", [b"\1", b"\xff" * 9, b"\xff" * 2**18])
@pytest.mark.parametrize("last_table", [0, 63])
def test_hostile_payloads_for_large_grids_take_bounded_time(payload: bytes, last_table: int) -> None:
    table_index = np.full((16, 256, 256), 63, np.uint8)
    table_index[0, 0, 0] = last_table
    start = time.perf_counter()
    with pytest.raises(FormatError, match="ends too early"):
        decode_symbols(payload, table_index, TABLES)
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize("payload", [b"\1", b"\xff" * 9, bytes(2**18) + b"\1", np.random.default_rng(0).bytes(2**18)])
def test_hostile_payloads_for_large_grids_of_groups_take_bounded_time(payload: bytes) -> None:
    start = time.perf_counter()
    for table in sorted(GROUPED_TABLES.groups)[::5]:
        with pytest.raises(FormatError, match=r"ends too early|bytes left over|too large"):
            decode_symbols(payload, np.full((16, 256, 256), table, np.uint8), GROUPED_TABLES)
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"\1\0", "zero byte"),
        (b"\0\0\0\0" * 9 + b"\1", "too large"),
        (b"\xff" * 9, "left over"),
    ],
)
def test_impossible_payloads_are_told_apart(payload: bytes, words: str) -> None:
    with pytest.raises(FormatError, match=words):
        decode_symbols(payload, np.zeros((1, 1, 1), np.uint8), TABLES)


def test_speed_is_that_of_whole_groups() -> None:
    """A loop over elements in Python would take about a hundred times as long."""
    symbols, table_index = gaussian_block((32, 64, 64))
    decode_symbols(encode_symbols(symbols, table_index, TABLES), table_index, TABLES)
    start = time.perf_counter()
    decode_symbols(encode_symbols(symbols, table_index, TABLES), table_index, TABLES)
    assert time.perf_counter() - start < 0.25


def test_impossible_input_is_a_model_error() -> None:
    symbols = np.ones((1, 2, 2), np.int32)
    table_index = np.zeros((1, 2, 2), np.uint8)
    with pytest.raises(ModelError, match="shape"):
        encode_symbols(symbols, table_index[:, :1], TABLES)
    for wrong in (2**24 + 1, -(2**31)):
        with pytest.raises(ModelError, match="too large"):
            encode_symbols(symbols * np.int32(wrong), table_index, TABLES)
    for payload in (b"", b"\1"):
        with pytest.raises(ModelError, match="does not have"):
            decode_symbols(payload, table_index + np.uint8(64), TABLES)
    with pytest.raises(ModelError, match="does not have"):
        encode_symbols(symbols, table_index + np.uint8(64), TABLES)


def test_checksum() -> None:
    symbols = np.arange(-6, 6, dtype=np.int32).reshape(1, 3, 4)
    crc = zlib.crc32(symbols.astype("<i4").tobytes())
    assert symbol_checksum(symbols) == (crc >> 16) ^ (crc & 0xFFFF)
    assert symbol_checksum(symbols.transpose(0, 2, 1)) == symbol_checksum(symbols.transpose(0, 2, 1).copy())
    assert symbol_checksum(symbols) != symbol_checksum(symbols.transpose(0, 2, 1))


def valid_table() -> npt.NDArray[np.int32]:
    return np.array([1, 2**24 - 2, 1], np.int32)


@pytest.mark.parametrize(
    ("limits", "frequencies"),
    [
        ([], []),
        ([1] * 257, [valid_table()] * 257),
        ([1, 1], [valid_table()]),
        ([2], [valid_table()]),
        ([0], [np.array([2**24])]),
        ([-1], [np.array([])]),
        ([1], [np.array([0, 2**24 - 1, 1])]),
        ([1], [np.array([-1, 2**24, 1])]),
        ([1], [np.array([1, 2**24 - 1, 1])]),
        ([1], [np.array([2**30 + 2**24, 2**30, 2**30])]),
        ([2**15], [np.append(np.ones(2**16), 2**24 - 2**16)]),
    ],
)
def test_invalid_tables_are_refused(limits: list[int], frequencies: list[npt.NDArray[Any]]) -> None:
    limit_array = np.array(limits, np.int32)
    tables = tuple(table.astype(np.int32) for table in frequencies)
    with pytest.raises(ModelError):
        FrequencyTables(limit_array, tables)
    with pytest.raises(ModelError):
        FrequencyTables.from_concatenated(limit_array, np.concatenate([np.zeros(0, np.int32), *tables[:256]]))


def test_groups_leave_the_size_as_it_is() -> None:
    symbols, table_index = gaussian_block((8, 64, 64))
    rare = table_index % np.uint8(1 + max(GROUPED_TABLES.groups))
    symbols = symbols * (table_index == rare)
    for index in (table_index, rare):
        single, grouped = (len(encode_symbols(symbols, index, tables)) for tables in (TABLES, GROUPED_TABLES))
        assert abs(grouped - single) <= 4


def test_a_leader_that_a_smaller_group_does_not_have_is_impossible() -> None:
    table = max(GROUPED_TABLES.groups)
    size = GROUPED_TABLES.groups[table].size
    symbols = np.zeros((1, 1, 2 * size), np.int32)
    symbols[0, 0, -2] = 1
    table_index = np.full(symbols.shape, table, np.uint8)
    payload = encode_symbols(symbols, table_index, GROUPED_TABLES)
    for count in range(size + 1, 2 * size - 1):
        with pytest.raises(FormatError, match="behind its last"):
            decode_symbols(payload, table_index[..., :count], GROUPED_TABLES)
    assert np.array_equal(decode_symbols(payload, table_index, GROUPED_TABLES), symbols)


def group_table(*, limit: int = 1, size: int = 2, length: int | None = None, least: int = 1, total: int = 2**24) -> Any:
    frequencies = np.full(2 * limit * size + 1 if length is None else length, least, np.int32)
    frequencies[-1] += total - frequencies.sum()
    return GroupTable(size, frequencies)


@pytest.mark.parametrize(
    ("limit", "groups"),
    [
        (1, {1: group_table()}),
        (1, {-1: group_table()}),
        (1, {0: group_table(size=0)}),
        (1, {0: group_table(size=1)}),
        (1, {0: group_table(size=65)}),
        (1, {0: group_table(length=4)}),
        (2, {0: group_table()}),
        (1, {0: group_table(least=0)}),
        (1, {0: group_table(total=2**24 - 1)}),
        (512, {0: group_table(limit=512, size=64)}),
    ],
)
def test_invalid_group_tables_are_refused(limit: int, groups: dict[int, GroupTable]) -> None:
    table = np.ones(2 * limit + 1, np.int32)
    table[limit] = 2**24 - 2 * limit
    limits = np.array([limit], np.int32)
    assert FrequencyTables(limits, (table,), {0: group_table(limit=limit)}).groups
    with pytest.raises(ModelError):
        FrequencyTables(limits, (table,), groups)
    sizes = np.array([group.size for group in groups.values()], np.int32)
    if 0 in groups and sizes.any():
        with pytest.raises(ModelError):
            FrequencyTables.from_concatenated(limits, table, sizes, groups[0].frequencies)


def test_concatenated_groups_that_do_not_fit_are_refused() -> None:
    sizes, frequencies = GROUPED_TABLES.concatenated_groups()
    for wrong_sizes, wrong_frequencies in [
        (sizes[:-1], frequencies),
        (-sizes, frequencies),
        (0 * sizes, frequencies),
        (sizes, frequencies[1:]),
        (sizes, frequencies[None]),
        (np.full(64, 2**31 - 1), frequencies),
    ]:
        with pytest.raises(ModelError):
            FrequencyTables.from_concatenated(TABLES.limits, TABLES.concatenated(), wrong_sizes, wrong_frequencies)


def test_groups_are_for_tables_of_rare_symbols() -> None:
    groups = GROUPED_TABLES.groups
    assert sorted(groups) == list(range(len(groups)))
    assert 0 < len(groups) < 64
    rarest, others = groups[0], list(groups.values())[1:]
    assert rarest.size == 64
    assert all(before.size >= after.size for before, after in itertools.pairwise([rarest, *others]))
    for table, group in groups.items():
        share = TABLES.frequencies[table][TABLES.limits[table]] / 2**24
        assert group.frequencies[-1] / 2**24 == pytest.approx(share**group.size, rel=1e-3)
        assert group.frequencies[-1] / 2**24 >= 3 / 4


def test_concatenated_tables_round_trip() -> None:
    tables = FrequencyTables.from_concatenated(
        TABLES.limits, TABLES.concatenated(), *GROUPED_TABLES.concatenated_groups()
    )
    assert tables.groups.keys() == GROUPED_TABLES.groups.keys()
    for table, group in GROUPED_TABLES.groups.items():
        assert tables.groups[table].size == group.size
        assert np.array_equal(tables.groups[table].frequencies, group.frequencies)
    assert np.array_equal(tables.limits, TABLES.limits)
    assert tables.concatenated().dtype == np.int32
    for left, right in zip(tables.frequencies, TABLES.frequencies, strict=True):
        assert np.array_equal(left, right)


@settings(max_examples=50, deadline=None)
@given(st.floats(1e-3, 1000))
def test_gaussian_tables_match_the_distribution(sigma: float) -> None:
    tables = gaussian_tables([sigma])
    (limit,), (table,) = tables.limits.tolist(), tables.frequencies
    assert limit == int(np.ceil(6 * sigma)) + 1
    assert np.abs(table - table[::-1]).max() <= 2  # symmetric up to rounding
    assert np.diff(table[limit:]).max() <= 2
    # The standard deviation that the table describes: that of the Gaussian plus that of the rounding.
    values = np.arange(-limit, limit + 1)
    variance = float((values**2 * (table / 2**24)).sum())
    if sigma > 0.5:
        assert variance == pytest.approx(sigma**2 + 1 / 12, rel=0.02)


def test_gaussian_tables_refuse_impossible_scales() -> None:
    for sigmas in ([], [0.0], [-1.0], [float("nan")], [6000.0], [1.0] * 257):
        with pytest.raises(ModelError):
            gaussian_tables(sigmas)


def test_fitted_tables_follow_the_data_and_fall_back_to_the_prior() -> None:
    prior = gaussian_tables([0.4, 2.0])
    rng = np.random.default_rng(1)
    symbols = np.clip(np.round(rng.laplace(scale=0.5, size=100_000)), -prior.limits[0], prior.limits[0]).astype(int)
    histograms = [np.bincount(symbols + prior.limits[0], minlength=2 * prior.limits[0] + 1), np.zeros(27, np.int64)]
    fitted = fitted_tables(prior, histograms, prior_weight=50)
    assert np.array_equal(fitted.limits, prior.limits)
    assert np.abs(fitted.frequencies[1] - prior.frequencies[1]).max() <= 30  # rounding
    before, after = (-(histograms[0] * np.log2(t.frequencies[0] / 2**24)).sum() for t in (prior, fitted))
    entropy = -(histograms[0] * np.log2(np.maximum(histograms[0], 1) / 100_000)).sum()
    assert entropy < after < min(before, 1.001 * entropy)
    with pytest.raises(ModelError):
        fitted_tables(prior, histograms[:1], prior_weight=50)


def blocks_of_a_stream(seed: int = 0) -> list[CodedBlock]:
    """Latent blocks of rising size, one of them all zero, one too small to fill a word and one with shifts."""
    symbols, table_index = gaussian_block((1, 1, 1), seed)
    zeros = np.zeros((3, 4, 5), np.int32)
    return [
        CodedBlock(symbols, table_index),
        CodedBlock(zeros, np.full(zeros.shape, 20, np.uint8)),
        CodedBlock(np.ones((1, 1, 1), np.int32), np.full((1, 1, 1), 40, np.uint8)),
        CodedBlock(*gaussian_block((4, 8, 8), seed + 1), np.array([7, 8, 6, 10], np.int32)),
        CodedBlock(*gaussian_block((8, 16, 16), seed + 2)),
    ]


@settings(deadline=None)
@given(st.lists(latent_blocks(), min_size=1, max_size=4), st.data())
def test_the_first_pieces_of_a_stream_give_the_first_blocks(
    pairs: list[tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]], data: st.DataObject
) -> None:
    blocks = []
    for symbols, table_index in pairs:
        shifts = data.draw(st.none() | st.lists(st.integers(0, 13), min_size=len(symbols), max_size=len(symbols)))
        blocks.append(CodedBlock(symbols, table_index, None if shifts is None else np.array(shifts, np.int32)))
    pieces = encode_stream(blocks, TABLES)
    assert len(pieces) == len(blocks)
    present = data.draw(st.integers(0, len(blocks)))
    decoder = StreamDecoder(pieces[:present], TABLES, complete=present == len(blocks))
    for block in blocks[:present]:
        decoded = decoder.decode(block.table_index)
        assert decoded.dtype == np.int32
        assert np.array_equal(decoded, block.symbols)


def test_a_stream_is_smaller_than_its_blocks_coded_alone() -> None:
    blocks = [block._replace(shifts=None) for block in blocks_of_a_stream()]
    alone = sum(len(encode_symbols(block.symbols, block.table_index, TABLES)) + 2 for block in blocks)
    together = sum(map(len, encode_stream(blocks, TABLES)))
    # A checksum for each and most of the last word, but one or two bits for the kind.
    assert together < alone - 2 * len(blocks)


def decode_stream(pieces: list[bytes], table_indices: list[npt.NDArray[np.uint8]]) -> list[npt.NDArray[np.int32]]:
    decoder = StreamDecoder(pieces, TABLES, complete=True)
    return [decoder.decode(table_index) for table_index in table_indices]


def test_every_corruption_of_a_stream_is_noticed() -> None:
    blocks = blocks_of_a_stream()[:4]
    pieces = encode_stream(blocks, TABLES)
    stream = b"".join(pieces)
    ends = np.cumsum([len(piece) for piece in pieces]).tolist()
    for position in range(len(stream)):
        for bit in range(8):
            changed = stream[:position] + bytes([stream[position] ^ 1 << bit]) + stream[position + 1 :]
            cut = [changed[start:end] for start, end in zip([0, *ends], ends, strict=False)]
            with pytest.raises(FormatError):
                decode_stream(cut, [block.table_index for block in blocks])


def test_wrong_table_indices_in_a_stream_do_not_pass() -> None:
    """Not even two that change places, which leave every code word as it is."""
    blocks = blocks_of_a_stream()
    pieces = encode_stream(blocks, TABLES)
    right = blocks[-1].table_index
    for first, second in [((0, 0, 0), (7, 15, 15)), ((1, 2, 3), (1, 2, 4)), ((3, 3, 3), (4, 4, 4))]:
        wrong = right.copy()
        wrong[first], wrong[second] = right[second], right[first]
        with pytest.raises(FormatError, match="another model package"):
            decode_stream(pieces, [block.table_index for block in blocks[:-1]] + [wrong])


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        ([b"\0\1"], "zero byte"),
        ([b"\1", b"\1\1"], "within a word"),
        ([b"\xff" * 16, b""], "where its piece does"),
        ([b"\xff" * 4, b"\xff" * 8], "where its piece does"),
        ([b"\1"], "its checksum"),
    ],
)
def test_impossible_pieces_are_told_apart(pieces: list[bytes], words: str) -> None:
    with pytest.raises(FormatError, match=words):
        decode_stream(pieces, [np.zeros((1, 1, 1), np.uint8)] * len(pieces))
