"""Samples, interpolation, inpainting, and latent blocks drawn in place of those that a file lacks."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from codec_format.areas import Area
from codec_format.bands import BandedSymbols, ScaleNetwork
from codec_format.codec import Codec
from codec_format.container import Container, read_container, write_container
from codec_format.errors import CancelledError, FormatError, SettingsError, UnsupportedError
from codec_format.frequency_tables import TOTAL
from codec_format.generation import inpaint, interpolate, sample
from codec_format.model_package import ModelPackage, default_package
from codec_format.picture import Picture
from codec_format.sampling import Sampling
from codec_format.settings import EncodeSettings
from tests.codec_format.files import without_post_filter
from tests.codec_format.golden import SECTIONS_PACKAGE

SAMPLING = Sampling(1.0, 7)


@pytest.fixture(scope="module")
def sections() -> Codec:
    return Codec(ModelPackage.load(SECTIONS_PACKAGE), "cpu")


@pytest.fixture(scope="module")
def tiny(tiny_package: ModelPackage) -> Codec:
    return Codec(tiny_package, "cpu")


@pytest.fixture(scope="module")
def float_scale(float_scale_package_file: Path) -> Codec:
    return Codec(ModelPackage.load(float_scale_package_file), "cpu")


@pytest.fixture(scope="module")
def shipped() -> Codec:
    return Codec(default_package(), "cpu")


@pytest.fixture(scope="module", params=["sections", "tiny", "float_scale"])
def codec(request: pytest.FixtureRequest) -> Codec:
    result = request.getfixturevalue(request.param)
    assert isinstance(result, Codec)
    return result


@pytest.fixture(scope="module", params=["tiny", "float_scale"])
def mixing(request: pytest.FixtureRequest) -> Codec:
    """Of packages that have graphs of single latent blocks."""
    result = request.getfixturevalue(request.param)
    assert isinstance(result, Codec)
    return result


def noise(height: int, width: int, seed: int = 0) -> Picture:
    generator = np.random.default_rng((seed, height, width))
    return Picture(generator.integers(0, 256, (height, width, 3), dtype=np.uint8), icc=b"profile")


# ------------------------------------------------------------------------------------------------------------ decoding


def test_temperature_zero_is_progressive_decoding(codec: Codec) -> None:
    data = codec.encode(noise(90, 130), EncodeSettings(95))
    mean = Sampling(0.0, 3)
    for blocks in range(1, len(codec.package.manifest.blocks) + 1):
        plain, sampled = codec.decode(data, blocks), codec.decode(data, blocks, sampling=mean)
        np.testing.assert_array_equal(sampled.picture.pixels, plain.picture.pixels)
        assert sampled.blocks_decoded == blocks


def test_drawn_blocks_change_the_picture_and_coded_ones_stay(codec: Codec) -> None:
    data = codec.encode(noise(90, 130), EncodeSettings(95))
    count = len(codec.package.manifest.blocks)
    whole = codec.decode(data).picture.pixels
    np.testing.assert_array_equal(codec.decode(data, sampling=SAMPLING).picture.pixels, whole)
    drawn = codec.decode(data, count - 1, sampling=SAMPLING).picture.pixels
    assert np.any(drawn != codec.decode(data, count - 1).picture.pixels)
    np.testing.assert_array_equal(codec.decode(data, count - 1, sampling=SAMPLING).picture.pixels, drawn)
    other = codec.decode(data, count - 1, sampling=Sampling(1.0, 8)).picture.pixels
    assert np.any(other != drawn)


def test_what_a_truncated_file_lacks_can_be_drawn(codec: Codec) -> None:
    data = codec.encode(noise(90, 130), EncodeSettings(95))
    cut = write_container(read_container(data).first_blocks(1))
    drawn = codec.decode(cut, sampling=SAMPLING)
    assert len(drawn.warnings) == 1
    np.testing.assert_array_equal(drawn.picture.pixels, codec.decode(data, 1, sampling=SAMPLING).picture.pixels)


def test_no_latent_block_at_all_needs_sampling(codec: Codec) -> None:
    data = codec.encode(noise(90, 130), EncodeSettings(50))
    with pytest.raises(SettingsError, match="between 1 and"):
        codec.decode(data, 0)
    empty = write_container(Container(read_container(data).header, ()))
    with pytest.raises(FormatError):
        codec.decode(empty)
    assert codec.decode(empty, sampling=SAMPLING).blocks_decoded == 0
    with pytest.raises(SettingsError, match="between 0 and"):
        codec.decode(data, -1, sampling=SAMPLING)


def test_a_region_and_bands_show_the_same_draws(sections: Codec) -> None:
    header = dataclasses.replace(sections.header(150, 300, 80), band_height=sections.package.manifest.alignment)
    container = Container(header, ())
    whole = sections.decode(container, 0, sampling=SAMPLING).picture.pixels
    part = sections.decode(container, 0, sampling=SAMPLING, region=(40, 130, 70, 90)).picture.pixels
    assert np.abs(part.astype(int) - whole[130:220, 40:110]).max() <= 1
    assert np.mean(part != whole[130:220, 40:110]) < 0.01
    assert whole.std() > 0


# ------------------------------------------------------------------------------------------------------------- samples


@pytest.mark.parametrize(("height", "width"), [(1, 1), (300, 1), (63, 65), (64, 64)])
def test_samples_of_odd_sizes(codec: Codec, height: int, width: int) -> None:
    pixels = sample(codec, width, height, SAMPLING).pixels
    assert pixels.shape == (height, width, 3)


def test_a_seed_decides_a_sample(codec: Codec) -> None:
    first, again = (sample(codec, 96, 80, Sampling(1.0, 5)).pixels for _ in range(2))
    np.testing.assert_array_equal(first, again)
    fresh = sample(Codec(codec.package, "cpu"), 96, 80, Sampling(1.0, 5)).pixels
    np.testing.assert_array_equal(first, fresh)
    assert np.any(first != sample(codec, 96, 80, Sampling(1.0, 6)).pixels)


def test_every_quality_has_its_own_prior(tiny: Codec) -> None:
    low, high = (sample(tiny, 96, 80, SAMPLING, quality) for quality in (10, 95))
    assert np.any(low.pixels != high.pixels)


def test_temperature_zero_is_the_same_for_every_seed(codec: Codec) -> None:
    means = [sample(codec, 96, 80, Sampling(0.0, seed)).pixels for seed in (1, 2)]
    np.testing.assert_array_equal(*means)


@pytest.mark.parametrize("name", ["sections", "tiny"])
def test_the_symbols_of_a_sample_follow_the_tables_chosen_for_them(name: str, request: pytest.FixtureRequest) -> None:
    """The probability below each symbol, at a random place within its own, is uniform: chi-square over 32 bins."""
    codec: Codec = request.getfixturevalue(name)
    manifest, tables = codec.package.manifest, codec.package.frequency_tables
    header = codec.header(512, 512, 90)
    run = codec.runner(header, None)
    area = Area(0, 0, 512, 512)
    source = BandedSymbols(Container(header, ()), manifest, tables, run, 0, SAMPLING)
    source.decode(dict.fromkeys(manifest.strides, area), lambda done: None)
    symbols = [source.part(block, area) for block in range(len(manifest.blocks))]
    assert any(block.any() for block in symbols)
    generator = np.random.default_rng(0)
    levels = []
    for block, table_index in zip(
        symbols, ScaleNetwork(run, manifest.blocks, area).table_indices(symbols), strict=True
    ):
        for table in np.unique(table_index):
            frequencies = tables.frequencies[table].astype(np.int64)
            below = np.cumsum(frequencies) - frequencies
            entry = block[table_index == table] + tables.limits[table]
            levels.append((below[entry] + frequencies[entry] * generator.random(entry.size)) / TOTAL)
    counts, _ = np.histogram(np.concatenate(levels), 32, (0, 1))
    expected = counts.sum() / 32
    assert expected > 100
    assert ((counts - expected) ** 2 / expected).sum() < 31 + 5 * np.sqrt(62)


@pytest.mark.parametrize(("width", "height"), [(0, 5), (5, 2**20 + 1), (2**17, 2**17)])
def test_impossible_sizes_are_refused(tiny: Codec, width: int, height: int) -> None:
    with pytest.raises(SettingsError, match="pixels"):
        sample(tiny, width, height, SAMPLING)


# ------------------------------------------------------------------------------------------------------- interpolation


def test_the_ends_are_the_decoded_pictures(mixing: Codec) -> None:
    first, second = noise(75, 100, 1), noise(75, 100, 2)
    ends = list(interpolate(mixing, first, second, [0.0, 1.0], 90))
    for picture, end in zip((first, second), ends, strict=True):
        plain = mixing.decode(without_post_filter(mixing.encode(picture, EncodeSettings(90)))).picture
        difference = np.abs(end.pixels.astype(int) - plain.pixels)
        assert difference.max() <= 1
        assert np.mean(difference) < 0.01
        assert end.icc == picture.icc


def test_the_ends_with_the_shipped_model(shipped: Codec) -> None:
    """Its files are decoded in sections, which round differently from single latent blocks."""
    first, second = noise(65, 90, 1), noise(65, 90, 2)
    for picture, end in zip((first, second), interpolate(shipped, first, second, [0, 1], 70), strict=True):
        plain = shipped.decode(without_post_filter(shipped.encode(picture, EncodeSettings(70)))).picture
        difference = np.abs(end.pixels.astype(int) - plain.pixels)
        assert difference.max() <= 1
        assert np.mean(difference) < 0.01


def test_the_middle_lies_between_and_is_symmetric(mixing: Codec) -> None:
    first, second = noise(64, 64, 1), Picture(np.full((64, 64, 3), 200, np.uint8), icc=b"profile")
    there = [picture.pixels.astype(int) for picture in interpolate(mixing, first, second, [0.0, 0.25, 0.5, 1.0], 90)]
    (back,) = interpolate(mixing, second, first, [0.5], 90)
    np.testing.assert_allclose(there[2], back.pixels, atol=1)
    from_first, from_second = ([np.abs(picture - there[end]).mean() for picture in there] for end in (0, -1))
    assert from_first == sorted(from_first)
    assert from_second == sorted(from_second, reverse=True)
    assert from_first[1] > 0


def test_a_picture_and_itself_have_nothing_between(mixing: Codec) -> None:
    picture = noise(60, 70)
    pictures = list(interpolate(mixing, picture, picture, [0.0, 0.5, 1.0]))
    for other in pictures[1:]:
        assert np.abs(other.pixels.astype(int) - pictures[0].pixels).max() <= 1


def test_transparency_profiles_and_grey_are_kept_or_told(tiny: Codec) -> None:
    alpha = np.full((40, 50), 55, np.uint8)
    grey = np.repeat(np.random.default_rng(0).integers(0, 256, (40, 50, 1), dtype=np.uint8), 3, axis=2)
    first, second = Picture(grey, alpha=alpha), Picture(255 - grey, icc=b"another")
    (middle,) = interpolate(tiny, first, second, [0.5])
    assert middle.is_grey
    assert middle.alpha is not None
    assert np.all(middle.alpha == 155)
    assert middle.icc is None
    assert len(middle.source_notes) == 1


def test_pictures_of_different_sizes_and_wrong_positions_are_refused(tiny: Codec) -> None:
    with pytest.raises(SettingsError, match="same size"):
        list(interpolate(tiny, noise(10, 10), noise(10, 11), [0.5]))
    with pytest.raises(SettingsError, match="position"):
        list(interpolate(tiny, noise(10, 10), noise(10, 10), [1.5]))


# ---------------------------------------------------------------------------------------------------------- inpainting


@pytest.mark.parametrize(
    ("size", "rectangle"),
    [((64, 64), (20, 10, 30, 40)), ((75, 101), (0, 0, 33, 75)), ((75, 101), (100, 74, 1, 1)), ((1, 9), (2, 0, 3, 1))],
)
def test_outside_the_rectangle_nothing_changes(
    mixing: Codec, size: tuple[int, int], rectangle: tuple[int, int, int, int]
) -> None:
    picture = noise(*size)
    x, y, width, height = rectangle
    result = inpaint(mixing, picture, rectangle, SAMPLING)
    outside = np.ones(size, bool)
    outside[y : y + height, x : x + width] = False
    np.testing.assert_array_equal(result.pixels[outside], picture.pixels[outside])
    assert result.icc == picture.icc
    assert np.any(result.pixels != picture.pixels)


def test_the_hidden_pixels_play_no_part(mixing: Codec) -> None:
    picture = noise(80, 90)
    other = picture.pixels.copy()
    other[20:50, 30:70] = 17
    results = [inpaint(mixing, shown, (30, 20, 40, 30), SAMPLING).pixels for shown in (picture, Picture(other))]
    np.testing.assert_array_equal(*results)


def test_a_seed_decides_what_is_filled_in(mixing: Codec) -> None:
    picture, rectangle = noise(80, 90), (30, 20, 40, 30)
    first, again, other = (inpaint(mixing, picture, rectangle, Sampling(1.0, seed), 95, 0).pixels for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.any(first != other)


def test_with_every_block_kept_the_surroundings_flow_in(tiny: Codec) -> None:
    """Nothing is drawn then: the temperature does not matter."""
    picture, rectangle = noise(80, 90), (30, 20, 40, 30)
    count = len(tiny.package.manifest.blocks)
    results = [inpaint(tiny, picture, rectangle, Sampling(t, 1), blocks=count).pixels for t in (0.0, 1.0)]
    np.testing.assert_array_equal(*results)


def test_only_the_neighbourhood_of_a_rectangle_is_computed(tiny: Codec) -> None:
    """A change far away does not reach the rectangle."""
    near = noise(64, 1500)
    far = near.pixels.copy()
    far[:, 1000:] = 0
    results = [inpaint(tiny, picture, (10, 10, 30, 30), SAMPLING).pixels for picture in (near, Picture(far))]
    np.testing.assert_array_equal(results[0][:, :900], results[1][:, :900])


@pytest.mark.parametrize(
    "rectangle", [(0, 0, 0, 5), (-1, 0, 5, 5), (0, 0, 51, 5), (45, 0, 6, 5), (0, 38, 5, 3), (0, 0, 50, 40)]
)
def test_rectangles_that_do_not_fit_are_refused(tiny: Codec, rectangle: tuple[int, int, int, int]) -> None:
    with pytest.raises(SettingsError, match="within the picture"):
        inpaint(tiny, noise(40, 50), rectangle, SAMPLING)


def test_a_number_of_blocks_out_of_range_is_refused(tiny: Codec) -> None:
    with pytest.raises(SettingsError, match="between 0 and 3"):
        inpaint(tiny, noise(40, 50), (0, 0, 5, 5), SAMPLING, blocks=4)


# ------------------------------------------------------------------------------------------------------- all of them


def test_progress_rises_to_the_end_and_a_cancel_stops(mixing: Codec) -> None:
    picture = noise(64, 64)
    for work in (
        lambda report, cancel: sample(mixing, 64, 64, SAMPLING, 60, report, cancel),
        lambda report, cancel: list(interpolate(mixing, picture, picture, [0.3], 60, report, cancel)),
        lambda report, cancel: inpaint(mixing, picture, (8, 8, 9, 9), SAMPLING, 60, None, report, cancel),
    ):
        reports: list[float] = []
        work(reports.append, lambda: False)
        assert reports == sorted(reports)
        assert reports[-1] == 1
        assert len(reports) > 1
        polls = []

        def later(polls: list[int] = polls) -> bool:
            polls.append(1)
            return len(polls) > 3

        with pytest.raises(CancelledError):
            work(lambda done: None, later)


def test_a_package_without_graphs_of_single_blocks_says_what_it_lacks(sections: Codec) -> None:
    with pytest.raises(UnsupportedError, match="export"):
        inpaint(sections, noise(40, 50), (0, 0, 5, 5), SAMPLING)
    with pytest.raises(UnsupportedError, match="export"):
        next(interpolate(sections, noise(40, 50), noise(40, 50), [0.5]))
