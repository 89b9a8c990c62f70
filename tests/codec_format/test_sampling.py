"""Symbols drawn from frequency tables."""

import numpy as np
import pytest
from numpy.typing import NDArray

from codec_format.errors import ModelError, SettingsError
from codec_format.frequency_tables import TOTAL, FrequencyTables, gaussian_tables
from codec_format.sampling import Sampling, draw_symbols

SIGMAS = (0.05, 0.4, 1.0, 7.5)


@pytest.fixture(scope="module")
def tables() -> FrequencyTables:
    return gaussian_tables(SIGMAS)


def assert_fits(counts: NDArray[np.integer], expected: NDArray[np.floating]) -> None:
    """Pearson's chi-square over the bins that expect some; its mean is their number, its variance twice that."""
    rare = expected < 10
    counts = np.append(counts[~rare], counts[rare].sum())
    expected = np.append(expected[~rare], max(expected[rare].sum(), 1e-9))
    if expected[-1] < 1:
        assert counts[-1] <= 5
        counts, expected = counts[:-1], expected[:-1]
    freedom = len(counts) - 1
    assert ((counts - expected) ** 2 / expected).sum() < freedom + 5 * np.sqrt(2 * max(freedom, 1))


@pytest.mark.parametrize("table", range(len(SIGMAS)))
def test_at_temperature_one_the_shares_are_those_of_the_table(tables: FrequencyTables, table: int) -> None:
    count = 200_000
    symbols = draw_symbols(np.full(count, table, np.uint8), tables, Sampling(1.0, 5))
    limit = int(tables.limits[table])
    assert np.abs(symbols).max() <= limit
    counts = np.bincount(symbols + limit, minlength=2 * limit + 1)
    assert_fits(counts, tables.frequencies[table] / TOTAL * count)


def test_the_temperature_scales_the_spread(tables: FrequencyTables) -> None:
    """round(t (n + u)) has the variance of t sigma w, and of the rounding; Eq. 5."""
    index = np.full(100_000, 3, np.uint8)
    for temperature in (0.25, 0.5, 0.75, 1.0):
        spread = draw_symbols(index, tables, Sampling(temperature, 1)).std()
        assert spread == pytest.approx(np.sqrt((temperature * SIGMAS[3]) ** 2 + 1 / 12), rel=0.02)


def test_temperature_zero_is_the_prior_mean(tables: FrequencyTables) -> None:
    symbols = draw_symbols(np.full((3, 40, 50), 3, np.uint8), tables, Sampling(0.0, 1))
    assert (symbols.dtype, symbols.shape) == (np.int32, (3, 40, 50))
    assert not symbols.any()


def test_a_lower_temperature_draws_the_same_picture_more_faintly(tables: FrequencyTables) -> None:
    index = np.full(10_000, 3, np.uint8)
    faint, full = (draw_symbols(index, tables, Sampling(temperature, 9)) for temperature in (0.4, 1.0))
    assert np.corrcoef(faint, full)[0, 1] > 0.98
    assert np.all(np.abs(faint) <= np.abs(full))


def test_every_place_and_seed_has_draws_of_its_own(tables: FrequencyTables) -> None:
    index = np.full(1000, 3, np.uint8)
    draws = {
        draw_symbols(index, tables, Sampling(1.0, seed), *place).tobytes()
        for seed in (0, 1, 2**63 - 1)
        for place in ((0, 0), (0, 1), (1, 0), (1, 1))
    }
    assert len(draws) == 12


def test_the_draws_of_a_seed_are_these_for_ever(tables: FrequencyTables) -> None:
    """What a seed gives is part of what users keep."""
    index = (np.arange(24) % 4).astype(np.uint8).reshape(2, 3, 4)
    symbols = draw_symbols(index, tables, Sampling(1.0, 123), 4, 2)
    assert symbols.ravel().tolist() == [0, -1, -1, 6, 0, 0, 2, -2, 0, 0, 0, 2, 0, -1, 1, -16, 0, 1, 1, 7, 0, 0, 0, -3]


def test_mixed_tables_keep_their_places(tables: FrequencyTables) -> None:
    index = np.tile(np.array([0, 3], np.uint8), 5000)
    symbols = draw_symbols(index, tables, Sampling(1.0, 2))
    assert not symbols[::2].any()
    assert np.count_nonzero(symbols[1::2]) > 4000


def test_a_table_that_does_not_exist_is_a_fault_of_the_package(tables: FrequencyTables) -> None:
    with pytest.raises(ModelError, match="frequency table"):
        draw_symbols(np.full(3, 4, np.uint8), tables, Sampling(1.0, 2))


@pytest.mark.parametrize("values", [{"temperature": -0.1}, {"temperature": 1.01}, {"seed": -1}, {"seed": 2**63}])
def test_values_out_of_range_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match="must be between"):
        Sampling(**values)  # type: ignore[arg-type]


def test_without_a_seed_every_sampling_is_another() -> None:
    assert len({Sampling().seed for _ in range(8)}) > 1
