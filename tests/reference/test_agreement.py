"""The product and the decoder that follows FORMAT.md agree, and both give the document's test vectors."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import codec_format
from codec_format.container import BandStream, BlockStream, Container, Header, read_container, write_container
from codec_format.entropy import (
    CodedBlock,
    StreamDecoder,
    decode_symbols,
    encode_stream,
    encode_symbols,
    symbol_checksum,
)
from codec_format.errors import FormatError, UnsupportedError
from codec_format.frequency_tables import FrequencyTables, GroupTable, gaussian_tables
from tests.reference import rans
from tests.reference.container import InvalidError, NewerVersionError, crc32, read_file
from tests.reference.scale_network import ScaleNetwork

SPECIFICATION = (Path(codec_format.__file__).parent / "FORMAT.md").read_text(encoding="utf-8")


def model_id(version: int) -> bytes:
    return bytes(range(8 if version >= 3 else 16))


def random_frequencies(rng: np.random.Generator, size: int) -> npt.NDArray[np.int32]:
    """From flat to nearly deterministic, not symmetric, with many entries of the least frequency."""
    weights = rng.random(size) ** rng.integers(0, 60)
    table = 1 + np.floor(weights / weights.sum() * (2**24 - size)).astype(np.int32)
    table[rng.integers(size)] += 2**24 - int(table.sum())
    return table


def random_tables(rng: np.random.Generator, count: int) -> FrequencyTables:
    """Tables as they may be, about half of which are coded in groups, most of these in small ones."""
    frequencies = [random_frequencies(rng, 2 * int(rng.integers(1, 40)) + 1) for _ in range(count)]
    limits = np.array([len(table) // 2 for table in frequencies], np.int32)
    groups = {}
    for table in np.flatnonzero(rng.random(count) < 0.5).tolist():
        size = int(rng.choice([2, 3, 5, 8, 64]))
        groups[table] = GroupTable(size, random_frequencies(rng, 2 * int(limits[table]) * size + 1))
    return FrequencyTables(limits, tuple(frequencies), groups)


def integer_tables(tables: FrequencyTables) -> tuple[list[list[int]], dict[int, tuple[int, list[int]]]]:
    """Tables and groups for the reference."""
    groups = {table: (group.size, group.frequencies.tolist()) for table, group in tables.groups.items()}
    return [table.tolist() for table in tables.frequencies], groups


def random_symbols(rng: np.random.Generator, shape: tuple[int, ...], largest: int) -> npt.NDArray[np.int32]:
    """Symbols up to a magnitude, any share of which are 0."""
    magnitudes = np.exp2(rng.uniform(0, np.log2(largest + 1), shape)).astype(np.int32) - 1
    return magnitudes * rng.choice(np.array([-1, 1], np.int32), shape) * (rng.random(shape) < rng.random())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 12), st.sampled_from([1, 3, 10, 1000, 2**24]))
def test_entropy_coder_agrees_word_for_word(seed: int, table_count: int, largest: int) -> None:
    rng = np.random.default_rng(seed)
    tables = random_tables(rng, table_count)
    shape = tuple(rng.integers(1, 9, 3).tolist())
    symbols = random_symbols(rng, shape, largest)
    table_index = rng.integers(0, table_count, shape, dtype=np.uint8)

    payload = encode_symbols(symbols, table_index, tables)
    assert payload == rans.encode(symbols, table_index, *integer_tables(tables))
    assert np.array_equal(rans.decode(payload, table_index, *integer_tables(tables)), symbols)
    assert np.array_equal(decode_symbols(payload, table_index, tables), symbols)
    assert rans.symbol_checksum(symbols) == symbol_checksum(symbols)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32),
    st.lists(st.sampled_from([0, 1, 3, 1000, 2**24]), min_size=1, max_size=5),
    st.booleans(),
    st.data(),
)
def test_streams_agree_byte_for_byte(seed: int, largest: list[int], with_shifts: bool, data: st.DataObject) -> None:
    rng = np.random.default_rng(seed)
    tables = random_tables(rng, 5)
    plain, groups = integer_tables(tables)
    blocks = []
    for most in largest:
        shape = tuple(rng.integers(1, 7, 3).tolist())
        shifts = rng.integers(0, 14, shape[0], dtype=np.int32) if with_shifts and rng.random() < 0.7 else None
        blocks.append(CodedBlock(random_symbols(rng, shape, most), rng.integers(0, 5, shape, dtype=np.uint8), shifts))

    version = 4 if with_shifts else data.draw(st.sampled_from([3, 4]))
    pieces = rans.encode_stream(blocks, plain, groups, version)
    assert version == 3 or encode_stream(blocks, tables) == pieces
    present = data.draw(st.integers(1, len(blocks)))
    ours = StreamDecoder(pieces[:present], tables, complete=present == len(blocks), with_shifts=version == 4)
    indices = iter([block.table_index for block in blocks])
    theirs = rans.decode_stream(pieces[:present], lambda _: next(indices), plain, len(blocks), groups, version)
    for block, (_, decoded) in zip(blocks, theirs, strict=False):
        assert np.array_equal(decoded, block.symbols)
        assert np.array_equal(ours.decode(block.table_index), block.symbols)
        if block.symbols.any():
            assert (ours.shifts is None) == (block.shifts is None)
            assert block.shifts is None or np.array_equal(ours.shifts, block.shifts)


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=12),
    st.lists(st.binary(max_size=2).map(lambda word: 4 * word), max_size=3),
    st.integers(0, 2**32),
    st.sampled_from([3, 4]),
)
def test_pieces_of_any_bytes_are_judged_alike(first: bytes, others: list[bytes], seed: int, version: int) -> None:
    rng = np.random.default_rng(seed)
    tables = random_tables(rng, 3)
    pieces = [first, *others]
    table_indices = [rng.integers(0, 3, 1 + seed % 7, dtype=np.uint8) for _ in pieces]
    block_count = len(pieces) + seed % 2
    expected: list[npt.NDArray[np.int64]] | None
    try:
        indices = iter(table_indices)
        plain, groups = integer_tables(tables)
        theirs = rans.decode_stream(pieces, lambda _: next(indices), plain, block_count, groups, version)
        expected = [symbols for _, symbols in theirs]
    except InvalidError:
        expected = None
    try:
        decoder = StreamDecoder(pieces, tables, complete=len(pieces) == block_count, with_shifts=version == 4)
        decoded = [decoder.decode(table_index) for table_index in table_indices]
    except FormatError:
        assert expected is None
    else:
        assert expected is not None
        assert all(np.array_equal(a, b) for a, b in zip(decoded, expected, strict=True))


def test_every_entry_of_group_tables_has_the_integer_frequencies() -> None:
    """Groups of 3 with each entry of their table once, a smaller one at the end, and one with more than a leader."""
    rng = np.random.default_rng(0)
    limit, size = 2, 3
    frequencies = random_frequencies(rng, 2 * limit + 1)
    group = GroupTable(size, random_frequencies(rng, 2 * limit * size + 1))
    tables = FrequencyTables(np.array([limit], np.int32), (frequencies,), {0: group})
    groups = [leader * np.eye(size, dtype=np.int32)[position] for position in range(size) for leader in (-2, -1, 1, 2)]
    symbols = np.concatenate([*groups, np.array([0, 0, 0, 0, 7, -9, 5, -1, 0, 0, 1], np.int32)])
    table_index = np.zeros(len(symbols), np.uint8)
    payload = encode_symbols(symbols, table_index, tables)
    assert payload == rans.encode(symbols, table_index, *integer_tables(tables))
    assert np.array_equal(decode_symbols(payload, table_index, tables), symbols)
    assert np.array_equal(rans.decode(payload, table_index, *integer_tables(tables)), symbols)


def test_every_entry_of_realistic_tables_has_the_integer_frequencies() -> None:
    """Each entry of each table once, the ends included: every boundary of every cumulative table is used."""
    tables = gaussian_tables(np.geomspace(0.05, 60, 64).tolist())
    limits = tables.limits.tolist()
    symbols = np.concatenate([np.arange(-limit, limit + 1, dtype=np.int32) for limit in limits])
    table_index = np.repeat(np.arange(64, dtype=np.uint8), [2 * limit + 1 for limit in limits])
    assert encode_symbols(symbols, table_index, tables) == rans.encode(symbols, table_index, *integer_tables(tables))


@settings(max_examples=200, deadline=None)
@given(st.binary(min_size=1, max_size=40), st.integers(0, 2**32), st.integers(1, 20))
def test_payloads_of_any_bytes_are_judged_alike(payload: bytes, seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    tables = random_tables(rng, 3)
    table_index = rng.integers(0, 3, count, dtype=np.uint8)
    expected: npt.NDArray[np.int64] | None
    try:
        expected = rans.decode(payload, table_index, *integer_tables(tables))
    except InvalidError:
        expected = None
    try:
        symbols = decode_symbols(payload, table_index, tables)
    except FormatError:
        assert expected is None
    else:
        assert np.array_equal(symbols, expected)


def judgement_of_product(data: bytes) -> object:
    try:
        container = read_container(data)
    except FormatError:
        return "invalid"
    except UnsupportedError:
        return "newer"
    header = container.header
    metadata = {
        "i": container.icc,
        "p": container.preview,
        "A": container.alpha,
        "e": container.exif,
        "x": container.xmp,
    }
    return (
        (header.width, header.height, header.quality_index, header.block_count, header.model_id),
        (header.version, header.orientation, header.grey, header.band_height),
        [[band and (band.symbol_checksum, band.payload) for band in block.bands] for block in container.blocks],
        {letter: payload for letter, payload in metadata.items() if payload is not None},
        container.truncated,
        bool(container.damage),
    )


def judgement_of_reference(data: bytes) -> object:
    try:
        file = read_file(data)
    except InvalidError:
        return "invalid"
    except NewerVersionError:
        return "newer"
    sizes = (file.width, file.height, file.quality_index, file.block_count, file.model_id)
    features = (file.version, file.orientation, file.grey, file.band_height)
    return sizes, features, file.blocks, file.metadata, file.truncated, file.damaged


def small_file(version: int = 4) -> bytes:
    checksums = (None, None, None) if version >= 3 else (1, 2, 3)
    payloads = (b"abc", b"", b"Bix")
    blocks = tuple(
        BlockStream((BandStream(checksum, payload),)) for checksum, payload in zip(checksums, payloads, strict=True)
    )
    header = Header(300, 200, 5, 3, model_id(version), version=version)
    return write_container(Container(header, blocks, icc=b"icc", exif=b"exif", xmp=b"xmp", preview=b"preview"))


def version_1_file() -> bytes:
    block = BlockStream((BandStream(1, b"abc"),))
    return write_container(Container(Header(300, 200, 5, 2, model_id(1), version=1), (block, block), exif=b"exif"))


def version_2_file() -> bytes:
    return small_file(version=2)


def version_3_file() -> bytes:
    return small_file(version=3)


def banded_file(version: int = 4) -> bytes:
    def block(number: int, *payloads: bytes) -> BlockStream:
        return BlockStream(tuple(BandStream(None if version >= 3 else number, payload) for payload in payloads))

    first, second = block(1, b"abc", b"", b"Bix"), block(2, b"d", b"efg", b"h")
    header = Header(300, 200, 5, 2, model_id(version), orientation=8, grey=True, band_height=75, version=version)
    return write_container(Container(header, (first, second), icc=b"icc", exif=b"exif", alpha=b"alpha"))


def version_2_banded_file() -> bytes:
    return banded_file(version=2)


@pytest.mark.parametrize(
    "make",
    [small_file, version_1_file, version_2_file, version_3_file, banded_file, version_2_banded_file],
    ids=lambda make: make.__name__,
)
def test_every_truncation_and_corruption_is_judged_alike(make: Callable[[], bytes]) -> None:
    data = make()
    for length in range(len(data) + 1):
        assert judgement_of_product(data[:length]) == judgement_of_reference(data[:length])
    for position in range(len(data)):
        for flip in (1, 0x20, 0x80, 0xFF):
            changed = data[:position] + bytes([data[position] ^ flip]) + data[position + 1 :]
            assert judgement_of_product(changed) == judgement_of_reference(changed)


chunk_bytes = st.tuples(st.sampled_from(b"HBBBipAexQqz\0"), st.binary(max_size=24), st.integers(0, 5))


@settings(max_examples=300, deadline=None)
@given(st.lists(chunk_bytes, max_size=7), st.booleans(), st.binary(max_size=3), st.sampled_from([2, 3, 4]))
def test_any_sequence_of_chunks_is_judged_alike(
    chunks: list[tuple[int, bytes, int]], with_header: bool, tail: bytes, version: int
) -> None:
    whole = small_file(version)
    data = whole[: 31 if version >= 3 else 39] if with_header else whole[:8]
    assert not with_header or read_container(data).blocks == ()
    for letter, payload, damage in chunks:
        body = bytes([letter, len(payload)]) + payload
        crc = crc32(body) ^ (damage == 0)
        short = version >= 3 and letter == ord("B")
        data += body + ((crc >> 16 ^ crc % 2**16).to_bytes(2, "little") if short else crc.to_bytes(4, "little"))
    assert judgement_of_product(data + tail) == judgement_of_reference(data + tail)


# The test vectors of section 9.


def vector(pattern: str) -> str:
    match = re.search(pattern, SPECIFICATION.partition("## 9. Test vectors")[2])
    assert match
    return match[1]


def matrix(text: str) -> npt.NDArray[np.int32]:
    return np.array([[row.split() for row in channel.split("/")] for channel in text.split(",")], np.int32)


def test_vectors_of_the_entropy_coder() -> None:
    frequencies = [[4194304, 8388608, 4194304], [100000, 1000000, 3000000, 8577216, 3000000, 1000000, 100000]]
    tables = FrequencyTables(np.array([1, 3], np.int32), tuple(np.array(table, np.int32) for table in frequencies))
    symbols = matrix(vector(r"symbols +(0 -1 .*)"))
    table_index = matrix(vector(r"table indices +(\d.*)")).astype(np.uint8)
    payload = bytes.fromhex(vector(r"payload +(.*)"))
    assert encode_symbols(symbols, table_index, tables) == payload
    assert np.array_equal(rans.decode(payload, table_index, frequencies), symbols)
    assert symbol_checksum(symbols) == rans.symbol_checksum(symbols) == int(vector(r"checksum +(\w+)"), 16)

    group_frequencies = [1000000] * 8 + [8777216]
    grouped = FrequencyTables(
        tables.limits, tables.frequencies, {0: GroupTable(4, np.array(group_frequencies, np.int32))}
    )
    grouped_symbols = matrix(vector(r"grouped symbols +(.*)"))
    grouped_index = matrix(vector(r"grouped table indices +(.*)")).astype(np.uint8)
    grouped_payload = bytes.fromhex(vector(r"grouped payload +(.*)"))
    assert encode_symbols(grouped_symbols, grouped_index, grouped) == grouped_payload
    decoded_groups = rans.decode(grouped_payload, grouped_index, frequencies, {0: (4, group_frequencies)})
    assert np.array_equal(decoded_groups, grouped_symbols)

    data = file_in("The same in version 2", "A scale network")
    zeros = BlockStream((BandStream(symbol_checksum(np.zeros((1, 2, 3), np.int32)), b""),))
    blocks = (BlockStream((BandStream(symbol_checksum(symbols), payload),)), zeros)
    assert write_container(Container(Header(3, 2, 7, 2, model_id(2), version=2), blocks)) == data
    assert judgement_of_product(data) == judgement_of_reference(data)

    third = matrix(vector(r"symbols `(-300 .*)`"))
    shifts = np.array([int(vector(r"\(entry (\d+)\)"))], np.int32)
    blocks_with = [
        CodedBlock(symbols, table_index),
        CodedBlock(np.zeros_like(symbols), table_index),
        CodedBlock(third, table_index, shifts),
    ]
    blocks_without = [block._replace(shifts=None) for block in blocks_with]
    everything = np.concatenate([block.symbols for block in blocks_with])
    assert symbol_checksum(everything) == int(vector(r" pieces .*\n +checksum +(\w+)"), 16)
    for version, name, stream, start, end in [
        (4, "pieces", blocks_with, "A picture of 3 x 2 pixels", "The same in version 3, without the shift:\n\n    89"),
        (3, "older pieces", blocks_without, "    42 0C 72", "The same in version 2"),
    ]:
        pieces = [bytes.fromhex(piece) for piece in vector(rf"    {name} +(.*)").replace("(empty)", "").split("|")]
        assert rans.encode_stream(stream, frequencies, version=version) == pieces
        assert version == 3 or encode_stream(stream, tables) == pieces
        decoder = StreamDecoder(pieces, tables, complete=True, with_shifts=version == 4)
        assert all(np.array_equal(decoder.decode(table_index), block.symbols) for block in stream)
        data = file_in(start, end)
        streams = tuple(BlockStream((BandStream(None, piece),)) for piece in pieces)
        assert write_container(Container(Header(3, 2, 7, 3, model_id(version), version=version), streams)) == data
        assert judgement_of_product(data) == judgement_of_reference(data)


def file_in(start: str, end: str) -> bytes:
    """The bytes of a file that the document prints between two sentences."""
    text = SPECIFICATION.partition(start)[2].partition(end)[0]
    return bytes.fromhex("".join(re.findall(r"(?m)^    ((?:[0-9A-F]{2} ?)+)$", text)))


def test_vectors_of_the_scale_network() -> None:
    update = np.zeros((2, 3, 3, 3), np.int8)
    update[0, 0, 1, 1] = 8
    update[0, 2, 1, 0] = 4
    update[1, 1] = -1
    network = ScaleNetwork(
        {
            "entropy.limits": np.ones(64, np.int32),
            "scale.initial_state": np.array([[10, 200]], np.uint8),
            "scale.magnitude": np.minimum(16 * np.arange(256), 255).astype(np.uint8),
            "scale.0.head.weight": np.array([[3, -1]], np.int8),
            "scale.0.head.bias": np.array([[250]], np.int32),
            "scale.0.head.shift": np.array([2], np.uint8),
            "scale.1.update.weight": update,
            "scale.1.update.bias": np.array([[5, 500]], np.int32),
            "scale.1.update.shift": np.array([3, 1], np.uint8),
            "scale.1.head.weight": np.array([[1, 1]], np.int8),
            "scale.1.head.bias": np.array([[-10]], np.int32),
            "scale.1.head.shift": np.array([0], np.uint8),
        },
        strides=(2, 1),
        quality_index=0,
        grid=(1, 2),
    )
    assert np.array_equal(network.table_index(), matrix(vector("table indices of block 0 +(.*)")))
    network.next_block(matrix(vector("symbols of block 0 +(.*)")))
    assert np.array_equal(network.state, matrix(vector("state of block 1 +(.*)")))
    assert np.array_equal(network.table_index(), matrix(vector("table indices of block 1 +(.*)")))
