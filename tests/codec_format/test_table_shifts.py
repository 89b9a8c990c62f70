"""Shifts of tables, channel by channel: what they do, what they save, and that files have them."""

import numpy as np
import numpy.typing as npt
import pytest

from codec_format.codec import Codec
from codec_format.container import read_container
from codec_format.entropy import CodedBlock, StreamDecoder, encode_stream
from codec_format.errors import ModelError
from codec_format.frequency_tables import TOTAL, FrequencyTables, gaussian_tables
from codec_format.model_package import ModelPackage
from codec_format.picture import Picture
from codec_format.settings import EncodeSettings
from codec_format.table_shifts import NO_SHIFT, SHIFT_FREQUENCIES, SHIFTS, choose_shifts, shifted
from tests.codec_format.golden import SECTIONS_PACKAGE
from tests.reference.container import read_file
from tests.reference.package import read_package
from tests.reference.symbols import decode_symbols

SIGMAS = np.geomspace(0.05, 60, 100)
TABLES = gaussian_tables(SIGMAS.tolist())
SHAPE = (6, 24, 32)


def block_of(factors: list[float], tables: npt.NDArray[np.uint8]) -> CodedBlock:
    """Symbols whose deviations are those of their tables times a factor for each channel."""
    noise = np.random.default_rng(1).standard_normal(tables.shape) * SIGMAS[tables]
    symbols = np.rint(noise * np.array(factors)[:, None, None]).astype(np.int32)
    return CodedBlock.of(symbols, tables, TABLES)


def size_of(block: CodedBlock, tables: FrequencyTables = TABLES) -> int:
    return sum(map(len, encode_stream([block], tables)))


def test_the_shift_table_is_a_distribution_around_no_shift() -> None:
    assert len(SHIFTS) == len(SHIFT_FREQUENCIES)
    assert SHIFT_FREQUENCIES.sum() == TOTAL
    assert SHIFTS[NO_SHIFT] == 0
    assert (np.diff(SHIFTS) > 0).all()


def test_shifted_indices_stay_within_the_tables() -> None:
    table_index = np.array([[[0, 5, 98]], [[0, 5, 98]], [[0, 5, 98]], [[1, 2, 3]]], np.uint8)
    shifts = np.array([0, len(SHIFTS) - 1, NO_SHIFT + 1, NO_SHIFT], np.int32)
    expected = [[[0, 0, 0]], [[24, 29, 99]], [[2, 7, 99]], [[1, 2, 3]]]
    before = table_index.copy()
    assert shifted(table_index, shifts, 100).tolist() == expected
    assert np.array_equal(table_index, before)


def test_channels_get_the_shift_towards_what_they_hold() -> None:
    step = SIGMAS[1] / SIGMAS[0]
    tables = np.random.default_rng(0).integers(40, 70, SHAPE, dtype=np.uint8)
    block = block_of([1.0, step**6, step**-6, step**16, 0.0, step**-16], tables)
    assert block.shifts is not None
    moves = SHIFTS[block.shifts].tolist()
    assert abs(moves[0]) <= 2
    assert moves[1:4] == [6, -6, 16]
    assert moves[4] == SHIFTS[0]
    assert moves[5] == -16


def test_large_symbols_shift_as_small_ones_do() -> None:
    step = SIGMAS[1] / SIGMAS[0]
    tables = np.full(SHAPE, 85, np.uint8)  # a deviation of 22
    block = block_of([1.0, step**10, step**-10, 1.0, 1.0, 1.0], tables)
    assert block.shifts is not None
    assert SHIFTS[block.shifts][:3].tolist() == [0, 10, -10]


def test_shifts_save_what_wrong_tables_cost_and_nothing_is_shifted_where_all_are_right() -> None:
    tables = np.random.default_rng(0).integers(40, 70, SHAPE, dtype=np.uint8)
    right = block_of([1.0] * 6, tables)
    wrong = block_of([2.0, 0.5] * 3, tables)
    assert size_of(wrong) < 0.985 * size_of(wrong._replace(shifts=None))
    assert size_of(right) <= size_of(right._replace(shifts=None))
    tiny = block_of([1.0], np.full((1, 2, 2), 50, np.uint8))
    assert tiny.shifts is None


def test_a_block_with_shifts_comes_back() -> None:
    tables = np.random.default_rng(0).integers(40, 70, SHAPE, dtype=np.uint8)
    block = block_of([2.0, 0.5] * 3, tables)
    decoder = StreamDecoder(encode_stream([block], TABLES), TABLES, complete=True)
    assert np.array_equal(decoder.decode(tables), block.symbols)
    assert np.array_equal(decoder.shifts, block.shifts)


def test_symbols_beyond_all_classes_are_chosen_for_without_overflow() -> None:
    symbols = np.full((1, 4, 4), -(2**24), np.int32)
    shifts = choose_shifts(symbols, np.full(symbols.shape, 90, np.uint8), TABLES)
    assert shifts is not None
    assert SHIFTS[shifts[0]] > 0


def test_values_that_no_package_should_give_are_refused() -> None:
    with pytest.raises(ModelError, match="too large"):
        CodedBlock.of(np.full((1, 1, 1), np.iinfo(np.int32).min, np.int32), np.zeros((1, 1, 1), np.uint8), TABLES)
    with pytest.raises(ModelError, match="table"):
        CodedBlock.of(np.zeros((1, 1, 1), np.int32), np.full((1, 1, 1), 100, np.uint8), TABLES)


def test_a_file_is_smaller_for_them() -> None:
    """The tables of this package expect anything but a drawing: it has not been trained."""
    package = ModelPackage.load(SECTIONS_PACKAGE)
    pixels = np.full((192, 192, 3), 200, np.uint8)
    pixels[60:90, 20:150] = 10, 20, 230
    data = Codec(package, "cpu").encode(Picture(pixels), EncodeSettings(60, preview_share=0))
    pairs = list(decode_symbols(read_file(data), read_package(SECTIONS_PACKAGE)))
    blocks = [CodedBlock(symbols.astype(np.int32), index.astype(np.uint8)) for index, symbols in pairs]
    without = sum(map(len, encode_stream(blocks, package.frequency_tables)))
    streams = [stream.payload for stream in read_container(data).band(0, len(blocks))]
    assert sum(map(len, streams)) < without - 10
