"""The post-filter: its arithmetic, how it is written and fitted, and where files have it and decoders apply it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codec_format import bands, sections
from codec_format import codec as codec_module
from codec_format import post_filter as filter_module
from codec_format.areas import Area
from codec_format.codec import Codec
from codec_format.container import Container, list_bands, list_chunks, read_container, write_container
from codec_format.errors import FormatError
from codec_format.metrics import psnr
from codec_format.model_package import ModelPackage
from codec_format.picture import Picture
from codec_format.post_filter import FEATURE_COUNT, LARGEST_WEIGHT, PRECISIONS, Features, PostFilter
from codec_format.post_filter_code import read_post_filter, write_post_filter
from codec_format.post_filter_fit import Statistics, areas_to_fit, fit_post_filter
from codec_format.settings import EncodeSettings
from tests.codec_format.files import without_post_filter
from tests.codec_format.golden import FLOAT_SCALE_PACKAGE, LOSSLESS_PACKAGE, SECTIONS_PACKAGE, TINY_PACKAGE
from tests.reference import post_filter as reference
from tests.reference.container import InvalidError

Pixels = npt.NDArray[np.uint8]

SAMPLE_UNIT = 2**14
# What FORMAT.md, section 9, gives.
VECTOR = "06 06 B8 DF FF FF F8 C8"
QUALITY = EncodeSettings(90, preview_share=0)


def weights_of(rows: Mapping[int, tuple[int, int, int]]) -> npt.NDArray[np.int32]:
    weights = np.zeros((FEATURE_COUNT, 3), np.int32)
    for feature, values in rows.items():
        weights[feature] = values
    return weights


def filters(largest: int) -> st.SearchStrategy[PostFilter]:
    rows = st.dictionaries(st.integers(0, FEATURE_COUNT - 1), st.tuples(*[st.integers(-largest, largest)] * 3))
    return st.builds(PostFilter, st.sampled_from(PRECISIONS), rows.map(weights_of))


def samples_of(seed: int, height: int, width: int) -> npt.NDArray[np.int32]:
    """Smooth colours with noise, from black to white, in samples of lossless coding."""
    y, x = np.mgrid[0:height, 0:width]
    smooth = np.stack([9 * x, 255 - 7 * y, 4 * (x + y)], axis=2)
    noisy = smooth + np.random.default_rng(seed).normal(0, 8, smooth.shape)
    return np.rint(np.clip(noisy, 0, 255) * SAMPLE_UNIT).astype(np.int32)


@settings(max_examples=30, deadline=None)
@given(filters(12), st.integers(1, 21), st.integers(1, 30), st.integers(0, 9), st.booleans())
def test_pixels_are_those_of_the_reference(
    post_filter: PostFilter, height: int, width: int, seed: int, in_steps: bool
) -> None:
    values = samples_of(seed, height, width)
    levels = (values.astype(np.int64) + 512) >> 10
    if not in_steps:
        values = (values // SAMPLE_UNIT).astype(np.uint8)  # type: ignore[assignment]
        levels = 16 * values.astype(np.int64)
    area = Area(0, 0, height, width)
    expected = reference.apply(post_filter.precision, post_filter.weights.tolist(), levels)
    assert np.array_equal(post_filter.apply(values, area, area), expected)


def test_sums_at_the_limit_of_the_weights_are_exact() -> None:
    """Black and white pixels next to each other make the largest features, and these weights the largest sums."""
    row = (2**24 - 4088 * 2**8) // 16320
    for signs in ((1, 1, 1), (-1, -1, -1), (1, -1, 1)):
        weights = weights_of({0: (signs[0] * 500, 0, 0), 6: (0, signs[1] * 500, 0), 12: (0, 0, signs[2] * 500)})
        weights[[1, 7, 13], [0, 1, 2]] = [sign * (row - 500) for sign in signs]
        post_filter = PostFilter(8, weights)
        assert post_filter.is_exact
        assert not PostFilter(8, weights + 1).is_exact
        values = (255 * (np.indices((9, 11)).sum(axis=0) % 2)).astype(np.uint8)[:, :, None].repeat(3, axis=2)
        expected = reference.apply(8, weights.tolist(), 16 * values.astype(np.int64))
        assert np.array_equal(post_filter.apply(values, Area(0, 0, 9, 11), Area(0, 0, 9, 11)), expected)


def test_parts_give_the_pixels_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filter_module, "_PART_PIXELS", 350)
    monkeypatch.setattr(filter_module, "_BLOCK_PIXELS", 100)
    values = samples_of(0, 40, 50)
    whole = Area(0, 0, 40, 50)
    post_filter = PostFilter(6, np.random.default_rng(1).integers(-9, 10, (FEATURE_COUNT, 3)).astype(np.int32))
    expected = reference.apply(6, post_filter.weights.tolist(), (values.astype(np.int64) + 512) >> 10)
    assert np.array_equal(post_filter.apply(values, whole, whole), expected)
    known, inner = Area(3, 4, 30, 50), Area(5, 6, 28, 50)
    part = post_filter.apply(values[whole.places(known)], known, inner)
    assert np.array_equal(part, expected[whole.places(inner)])


@given(filters(LARGEST_WEIGHT))
def test_weights_come_back_from_their_bytes(post_filter: PostFilter) -> None:
    data = write_post_filter(post_filter)
    if not post_filter.is_exact:
        with pytest.raises(FormatError):
            read_post_filter(data)
        return
    again = read_post_filter(data)
    assert again.precision == post_filter.precision
    assert np.array_equal(again.weights, post_filter.weights)
    assert reference.read_weights(data) == (post_filter.precision, post_filter.weights.tolist())


def test_bytes_are_those_of_the_specification() -> None:
    post_filter = PostFilter(6, weights_of({0: (3, 0, -1), 1: (0, -6, 0), 34: (0, 0, 2)}))
    assert write_post_filter(post_filter).hex(" ").upper() == VECTOR


@given(st.binary(max_size=30) | st.binary(max_size=30).map(lambda data: b"\x06" + data))
def test_any_bytes_give_weights_or_an_error_of_the_family(data: bytes) -> None:
    try:
        expected = reference.read_weights(data)
    except InvalidError:
        with pytest.raises(FormatError):
            read_post_filter(data)
        return
    post_filter = read_post_filter(data)
    assert (post_filter.precision, post_filter.weights.tolist()) == expected


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data[:-1],
        lambda data: data + b"\0",
        lambda data: data[:-1] + bytes([data[-1] | 1]),
        lambda data: b"\x03" + data[1:],
        lambda data: b"\x09" + data[1:],
        lambda data: data[:1] + bytes(900),
        lambda data: b"",
    ],
    ids=["cut off", "too long", "padding", "precision 3", "precision 9", "endless code", "empty"],
)
def test_payloads_that_no_encoder_writes_are_refused(change: object) -> None:
    data = bytes.fromhex(VECTOR)
    read_post_filter(data)
    with pytest.raises(FormatError, match="post-filter"):
        read_post_filter(change(data))  # type: ignore[operator]


def blurred(original: Pixels) -> Pixels:
    padded = np.pad(original.astype(int), ((1, 1), (1, 1), (0, 0)), mode="edge")
    rows = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) // 4
    return ((rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]) // 4).astype(np.uint8)


@pytest.fixture(scope="module")
def original() -> Pixels:
    y, x = np.mgrid[0:90, 0:120]
    waves = 120 + 60 * np.sin(x / 3) * np.cos(y / 4) + 30 * np.sin(x * y / 40)
    return np.stack([waves, 255 - waves, waves / 2 + 60], axis=2).astype(np.uint8)


def fitted(original: Pixels, values: Pixels, file_bytes: int) -> PostFilter | None:
    statistics = Statistics()
    area = Area(0, 0, *original.shape[:2])
    statistics.add(original, values, area, area)
    return fit_post_filter(statistics, file_bytes)


def test_a_fitted_filter_undoes_what_can_be_undone(original: Pixels) -> None:
    decoded = blurred(original)
    area = Area(0, 0, *original.shape[:2])
    post_filter = fitted(original, decoded, 10_000)
    assert post_filter is not None
    assert post_filter.is_exact
    filtered = post_filter.apply(decoded, area, area)
    assert psnr(original, filtered) > psnr(original, decoded) + 5


def test_a_filter_is_as_long_as_the_file_is_worth(original: Pixels) -> None:
    decoded = blurred(original)
    lengths, gains = [], []
    area = Area(0, 0, *original.shape[:2])
    for file_bytes in (30, 300, 3_000, 30_000):
        post_filter = fitted(original, decoded, file_bytes)
        lengths.append(0 if post_filter is None else len(write_post_filter(post_filter)))
        gains.append(0.0 if post_filter is None else psnr(original, post_filter.apply(decoded, area, area)))
    assert lengths == sorted(lengths)
    assert gains == sorted(gains)
    assert lengths[0] == 0
    assert 0 < lengths[1] < lengths[-1]


def test_no_filter_where_nothing_is_to_be_gained(original: Pixels) -> None:
    assert fitted(original, original, 10_000) is None
    noise = np.random.default_rng(0).integers(0, 3, original.shape, dtype=np.uint8)
    assert fitted(99 + noise, np.full_like(original, 100), 200) is None


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (64, 40), (300, 500)])
@pytest.mark.parametrize("colours", [1, 2, 3, 7])
def test_pictures_of_few_colours_are_fitted(size: tuple[int, int], colours: int) -> None:
    """Their features depend on each other."""
    generator = np.random.default_rng(colours)
    palette = generator.integers(0, 256, (colours, 3), dtype=np.uint8)
    original = palette[(np.indices(size).sum(axis=0) // 16) % colours]
    near = np.clip(palette.astype(int) + generator.integers(-9, 10, palette.shape), 0, 255).astype(np.uint8)
    decoded = near[(np.indices(size).sum(axis=0) // 16) % colours]
    post_filter = fitted(original, decoded, 10_000)
    assert post_filter is not None
    area = Area(0, 0, *size)
    assert psnr(original, post_filter.apply(decoded, area, area)) > psnr(original, decoded) + 5


def test_statistics_of_parts_add_up_to_those_of_the_whole(original: Pixels) -> None:
    decoded, area = blurred(original), Area(0, 0, *original.shape[:2])
    statistics = Statistics()
    for part in area.tiles(2, 3, 1):
        around = part.expanded(2).within(area)
        statistics.add(original[area.places(part)], decoded[area.places(around)], around, part)
    features = Features(area.width)
    (part,) = features.parts(area)
    seen = features.of(decoded, area, part).reshape(FEATURE_COUNT + 3, -1).astype(np.float64)
    seen[FEATURE_COUNT:] = 16.0 * original.transpose(2, 0, 1).reshape(3, -1) - seen[FEATURE_COUNT:]
    expected = seen @ seen.T
    targets = expected[:FEATURE_COUNT, FEATURE_COUNT:]
    assert np.allclose(statistics.features, expected[:FEATURE_COUNT, :FEATURE_COUNT], rtol=1e-5)
    assert np.allclose(statistics.targets, targets, rtol=1e-4, atol=1e-5 * np.abs(targets).max())
    assert np.isclose(statistics.error, expected[FEATURE_COUNT:, FEATURE_COUNT:].trace(), rtol=1e-5)


@pytest.mark.parametrize(
    ("width", "height", "count"), [(1, 1, 1), (1536, 1024, 1), (4000, 3000, 6), (3000, 4000, 6), (2**20, 3, 6)]
)
def test_large_pictures_are_fitted_by_squares_spread_over_them(width: int, height: int, count: int) -> None:
    areas = areas_to_fit(width, height)
    whole = Area(0, 0, height, width)
    assert len(set(areas)) == count
    assert all(area.within(whole) == area and area.height > 0 and area.width > 0 for area in areas)
    if count == 1:
        assert areas == [whole]
    else:
        assert sum(area.height * area.width for area in areas) <= 6 * 384**2
        assert max(area.right for area in areas) > width * 2 // 3
        assert min(area.left for area in areas) < width // 3


@pytest.fixture(scope="module", params=[LOSSLESS_PACKAGE, SECTIONS_PACKAGE, TINY_PACKAGE, FLOAT_SCALE_PACKAGE])
def codec(request: pytest.FixtureRequest) -> Codec:
    """With samples and without, in sections and not, portable and not."""
    path: Path = request.param
    return Codec(ModelPackage.load(path), "cpu")


@pytest.fixture(scope="module")
def picture() -> Picture:
    y, x = np.mgrid[0:150, 0:210]
    rough = np.random.default_rng(3).integers(0, 40, (150, 210))
    return Picture(np.stack([x // 2 + rough, 200 - y // 3, (x * y // 97) % 200], axis=-1).astype(np.uint8))


@pytest.fixture(scope="module")
def file(codec: Codec, picture: Picture) -> bytes:
    return codec.encode(picture, QUALITY)


def test_files_have_a_filter_that_takes_the_picture_nearer(codec: Codec, picture: Picture, file: bytes) -> None:
    container = read_container(file)
    assert container.post_filter is not None
    plain = without_post_filter(file)
    assert len(plain) == len(file) - len(container.post_filter) - 6
    filtered, unfiltered = (psnr(picture.pixels, codec.decode(data).picture.pixels) for data in (file, plain))
    assert filtered > unfiltered + 0.5


def test_decoded_pixels_are_those_of_the_reference(codec: Codec, file: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The product's samples or pixels before the filter, filtered by the reference."""
    container = read_container(file)
    assert container.post_filter is not None
    seen: list[npt.NDArray[np.int64]] = []
    apply = PostFilter.apply

    def watched(self: PostFilter, values: npt.NDArray[np.int64], area: Area, inner: Area) -> Pixels:
        assert (area.top, area.left, inner.top, inner.left) == (0, 0, 0, 0)  # the picture is one tile
        seen.append(values)
        return apply(self, values, area, inner)

    monkeypatch.setattr(PostFilter, "apply", watched)
    pixels = codec.decode(file).picture.pixels
    (values,) = seen
    assert (values.dtype == np.int32) == codec.package.manifest.has_samples
    levels = (values + 512) >> 10 if values.dtype == np.int32 else 16 * values.astype(np.int64)
    expected = reference.apply(*reference.read_weights(container.post_filter), levels.astype(np.int64))
    assert np.array_equal(pixels, expected[: pixels.shape[0], : pixels.shape[1]])


def test_fewer_latent_blocks_are_shown_without_it(codec: Codec, file: bytes) -> None:
    plain = without_post_filter(file)
    count = read_container(file).header.block_count
    results = list(codec.progressive(file))
    for shown, result in enumerate(results, start=1):
        same = np.array_equal(result.picture.pixels, codec.decode(plain, shown).picture.pixels)
        assert same == (shown < count)
        assert np.array_equal(result.picture.pixels, codec.decode(file, shown).picture.pixels)
    assert np.array_equal(results[-1].picture.pixels, codec.decode(file).picture.pixels)
    shorter = read_container(file).first_blocks(count - 1)
    assert shorter.post_filter is None
    assert read_container(file).first_blocks(count).post_filter is not None


def test_a_damaged_filter_is_dropped_and_a_malformed_one_makes_the_file_invalid(codec: Codec, file: bytes) -> None:
    (chunk,) = [chunk for chunk in list_chunks(file) if chunk.type == "f"]
    damaged = bytearray(file)
    damaged[chunk.payload_offset + 5] ^= 1
    result = codec.decode(bytes(damaged))
    assert np.array_equal(result.picture.pixels, codec.decode(without_post_filter(file)).picture.pixels)
    assert any("post-filter" in warning for warning in result.warnings)
    malformed = write_container(replace(read_container(file), post_filter=b"\x05"))
    for call in (codec.decode, codec.read_symbols):
        with pytest.raises(FormatError, match="post-filter"):
            call(malformed)


@pytest.mark.parametrize("region", [(0, 0, 40, 30), (37, 61, 90, 50), (150, 100, 60, 50)])
def test_regions_and_tiles_have_the_pixels_of_the_whole_picture(
    codec: Codec, file: bytes, region: tuple[int, int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = codec.decode(file).picture.pixels.astype(int)
    x, y, width, height = region
    part = codec.decode(file, region=region).picture.pixels
    # Networks round their sums differently in other tiles: rarely, that is another level.
    assert (np.abs(part - whole[y : y + height, x : x + width]) > 1).sum() == 0
    monkeypatch.setattr(sections, "_TILE_POSITIONS", 64)
    tiled = codec.decode(file).picture.pixels
    assert (np.abs(tiled - whole) > 1).sum() == 0
    assert (tiled != whole).mean() < 0.01


def test_large_pictures_of_many_bands_are_fitted_too(monkeypatch: pytest.MonkeyPatch, picture: Picture) -> None:
    codec = Codec(ModelPackage.load(LOSSLESS_PACKAGE), "cpu")
    monkeypatch.setattr(bands, "_UNDIVIDED_PIXELS", 0)
    monkeypatch.setattr(bands, "_BAND_PIXELS", 1)
    monkeypatch.setattr(sections, "_TILE_POSITIONS", 64)
    monkeypatch.setattr(
        codec_module, "areas_to_fit", lambda width, height: [Area(3, 5, 70, 90), Area(60, 100, height, width)]
    )
    data = codec.encode(picture, QUALITY)
    container: Container = read_container(data)
    assert container.header.band_count == 3
    assert container.post_filter is not None
    filtered, plain = (psnr(picture.pixels, codec.decode(d).picture.pixels) for d in (data, without_post_filter(data)))
    assert filtered > plain + 0.5
    band = list_bands(data, [chunk for chunk in list_chunks(data) if chunk.type == "B"][-1], container.header)[2]
    damaged = bytearray(data)
    damaged[band.offset + 2] ^= 1
    result = codec.decode(bytes(damaged))
    assert result.warnings
    intact = codec.decode(data).picture.pixels
    assert np.array_equal(result.picture.pixels[:64], intact[:64])  # the bands that are whole are filtered all the same
    assert not np.array_equal(result.picture.pixels[128:], intact[128:])


def test_lossless_files_have_none(picture: Picture) -> None:
    codec = Codec(ModelPackage.load(LOSSLESS_PACKAGE), "cpu")
    data = codec.encode(picture, EncodeSettings(lossless=True))
    assert read_container(data).post_filter is None
