"""Large pictures in small: tiles, bands, regions and smaller pictures, compared with the undivided computation."""

import tracemalloc
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codec_format import backend, bands, post_filter_fit, sections
from codec_format.areas import Area
from codec_format.bands import choose_band_height
from codec_format.codec import Codec, decode
from codec_format.container import (
    BandStream,
    Container,
    Limits,
    list_bands,
    list_chunks,
    read_container,
    write_container,
)
from codec_format.errors import FormatError, IntegrityError, SettingsError
from codec_format.model_package import ModelPackage, default_package
from codec_format.picture import Picture
from codec_format.sections import tile_grid
from codec_format.settings import EncodeSettings
from tests.codec_format.files import without_post_filter
from tests.codec_format.golden import (
    FEATURE_PACKAGE,
    FLOAT_SCALE_PACKAGE,
    REFINED_PACKAGE,
    SECTIONS_PACKAGE,
    TINY_PACKAGE,
)
from tests.codec_format.packages import with_manifest

QUALITY = EncodeSettings(90, preview_share=0)


@pytest.fixture(scope="module", params=[SECTIONS_PACKAGE, REFINED_PACKAGE, FEATURE_PACKAGE], ids=lambda path: path.stem)
def package(request: pytest.FixtureRequest) -> ModelPackage:
    """All strides with latent blocks, or a finest one without, whose encoder may also give its feature."""
    return ModelPackage.load(request.param)


@pytest.fixture(scope="module")
def codec(package: ModelPackage) -> Codec:
    return Codec(package, "cpu")


@pytest.fixture(scope="module")
def picture() -> Picture:
    y, x = np.mgrid[0:450, 0:330]
    rough = np.random.default_rng(3).integers(0, 90, (450, 330))
    pixels = np.stack([x // 2 + rough, 200 - y // 3, (x * y // 97) % 200], axis=-1)
    return Picture(pixels.astype(np.uint8), alpha=(x % 256).astype(np.uint8))


@pytest.fixture
def small_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiles of 8 x 8 positions of each stride, far smaller than the halos."""
    monkeypatch.setattr(sections, "_TILE_POSITIONS", 64)


@pytest.fixture(scope="module")
def whole(codec: Codec, picture: Picture) -> bytes:
    """One band, computed undivided."""
    return codec.encode(picture, QUALITY)


@pytest.fixture(scope="module")
def banded(codec: Codec, picture: Picture) -> bytes:
    """Bands of 128 rows, the last one of 66."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bands, "_UNDIVIDED_PIXELS", 0)
        patch.setattr(bands, "_BAND_PIXELS", 128 * 330)
        return codec.encode(picture, QUALITY)


@pytest.mark.parametrize("wide", [False, True])
def test_tiles_give_the_symbols_and_pixels_of_the_undivided_computation(
    codec: Codec, picture: Picture, monkeypatch: pytest.MonkeyPatch, wide: bool
) -> None:
    """A picture more than twice as wide as high is gone over from left to right, others downwards."""
    picture = Picture(picture.pixels.swapaxes(0, 1)[:200] if wide else picture.pixels)
    whole = codec.encode(picture, QUALITY)
    pixels = codec.decode(whole).picture.pixels.astype(int)
    monkeypatch.setattr(sections, "_TILE_POSITIONS", 64)
    tiled = codec.encode(picture, QUALITY)
    symbols, tiled_symbols = codec.read_symbols(whole).blocks, codec.read_symbols(tiled).blocks
    assert sum(int((block != 0).sum()) for block in symbols) > 300
    different = sum(int((a != b).sum()) for a, b in zip(symbols, tiled_symbols, strict=True))
    assert different <= 1e-5 * sum(block.size for block in symbols)  # near ties
    assert np.abs(codec.decode(whole).picture.pixels - pixels).max() <= 1
    assert np.abs(codec.decode(tiled).picture.pixels - pixels).max() <= 2


@pytest.mark.usefixtures("small_tiles")
def test_tiles_side_by_side_give_what_they_give_one_by_one(
    package: ModelPackage, picture: Picture, banded: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = []
    for cores in (1, 4):
        monkeypatch.setattr(backend, "usable_cores", lambda cores=cores: cores)
        codec = Codec(package, "cpu")
        results.append((codec.encode(picture, QUALITY), codec.decode(banded).picture.pixels.tobytes()))
        finest = package.manifest.section_strides[-1]
        threads = {key[2] for key in codec._backend._sessions if key[0].endswith(f"decoder_{finest}")}
        assert threads == {min(cores, 2)}  # as many runs share the cores
    assert results[0] == results[1]


@pytest.mark.usefixtures("small_tiles")
def test_halos_that_are_too_small_are_noticed(package: ModelPackage, picture: Picture, whole: bytes) -> None:
    """The comparison above would be worth nothing if it held without halos."""
    assert package.path is not None
    content = package.path.read_bytes()
    halos = dict.fromkeys(package.manifest.halos, 0)
    blind = Codec(ModelPackage(with_manifest(content, halos=halos)), "cpu")
    seeing = Codec(ModelPackage(content), "cpu")
    container = read_container(whole)
    header = type(container.header)(**{**vars(container.header), "model_id": blind.package.model_id[:8]})
    pixels = blind.decode(write_container(Container(header, container.blocks))).picture.pixels
    assert np.abs(seeing.decode(whole).picture.pixels.astype(int) - pixels).max() > 2
    symbols = seeing.read_symbols(whole).blocks
    others = blind.read_symbols(blind.encode(picture, QUALITY)).blocks
    assert any((a != b).mean() > 1e-3 for a, b in zip(symbols, others, strict=True))


@pytest.mark.usefixtures("small_tiles")
def test_memory_does_not_grow_with_the_length_of_a_picture(
    package: ModelPackage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for the picture itself, its symbols and its file. One lane: several are in step by chance alone."""
    monkeypatch.setattr(backend, "usable_cores", lambda: 1)
    monkeypatch.setattr(post_filter_fit, "_WHOLE_PIXELS", 0)  # as if the picture were large
    codec = Codec(package, "cpu")
    peaks = []
    for height in (2048, 4096):
        pixels = np.random.default_rng(0).integers(0, 255, (height, 128, 3)).astype(np.uint8)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(bands, "_UNDIVIDED_PIXELS", 0)
            patch.setattr(bands, "_BAND_PIXELS", 128 * 128)
            tracemalloc.start()
            data = codec.encode(Picture(pixels), QUALITY)
            peaks.append(tracemalloc.get_traced_memory()[1] - len(data))
            tracemalloc.stop()
    assert peaks[1] < 1.25 * peaks[0]


def test_bands_hold_the_same_symbols(codec: Codec, whole: bytes, banded: bytes) -> None:
    assert read_container(banded).header.band_count == 4
    symbols, banded_symbols = codec.read_symbols(whole).blocks, codec.read_symbols(banded).blocks
    for block, other in zip(symbols, banded_symbols, strict=True):
        np.testing.assert_array_equal(block, other)
    np.testing.assert_array_equal(codec.decode(whole).picture.pixels, codec.decode(banded).picture.pixels)
    assert len(banded) < 1.1 * len(whole) + 500


@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 2000), st.integers(0, 9), st.integers(1, 4))
def test_tiles_are_small_enough_and_done_as_soon_as_the_fewest_ones(
    height: int, width: int, most: int, halo: int, lanes: int
) -> None:
    area = Area(0, 0, 16 * height, 16 * width)
    rows, columns = tile_grid(area, 16, 256 * most, 16 * halo, lanes)
    tall, wide = -(-height // rows), -(-width // columns)
    assert tall * wide <= most
    if height * width <= most:
        assert rows == columns == 1

    def duration(rows: int, columns: int) -> int:
        tile = (-(-height // rows) + 2 * halo) * (-(-width // columns) + 2 * halo)
        return -(-rows * columns // lanes) * tile

    for other_rows in range(-(-height // most), height + 1 if rows * columns > 1 else 0):
        fewest = -(-width // (most // -(-height // other_rows)))
        assert duration(rows, columns) <= duration(other_rows, fewest)
        if fewest == 1:  # fewer rows would do
            break


def test_a_photograph_keeps_both_lanes_busy() -> None:
    """Eight tiles in four rounds, where nine would take five; and two halves of the wide section before."""
    assert tile_grid(Area(0, 0, 3008, 4032), 16, 3 * 2**19, 48, 2) == (2, 4)
    assert tile_grid(Area(0, 0, 3008, 4032), 32, 3 * 2**21, 192, 2) == (1, 2)
    assert tile_grid(Area(0, 0, 512, 768), 16, 3 * 2**19, 48, 2) == (1, 1)


@pytest.mark.parametrize(("bounds", "decoder_16"), [(Area(0, 0, 6272, 6400), 1.3), (Area(0, 0, 3008, 4032), 1.1)])
def test_tiles_of_a_large_picture_compute_little_twice(bounds: Area, decoder_16: float) -> None:
    """Sections that give nothing but zeros, with the strides and halos of the shipped model; 40 and 12 megapixels."""
    manifest = default_package().manifest
    computed: Counter[str] = Counter()

    class Runner:
        lanes = 1

        def __call__(self, name: str, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
            kind, last = name.rsplit("_", 1)
            stride = int(last)
            if "picture" in inputs:
                grid = [side // stride for side in inputs["picture"].shape[1:3]]
            elif kind == "bottom_up":
                grid = [side // 2 for side in inputs["feature"].shape[2:]]
            elif kind == "encoder":
                grid = inputs["bottom_up"].shape[2:]
            elif blocks := manifest.blocks_of(stride):
                grid = inputs[f"symbols_{blocks[0]:02}"].shape[2:]
            else:  # a refinement, at half of the stride before it
                grid = [2 * side for side in inputs["feature"].shape[2:]]
            computed[name] += grid[0] * grid[1] * stride**2
            outputs = {"feature_out": np.zeros((1, 1, *grid), np.float32)}
            outputs["picture"] = np.zeros((1, grid[0] * stride, grid[1] * stride, 3), np.uint8)
            for block in manifest.blocks_of(stride):
                outputs[f"symbols_{block:02}"] = np.zeros((1, manifest.blocks[block].channels, *grid), np.int32)
            return outputs

        beside = __call__

    def symbols(block: int, area: Area) -> np.ndarray:
        shape = manifest.blocks[block]
        return np.zeros((shape.channels, area.height // shape.stride, area.width // shape.stride), np.int32)

    networks = sections.Sections(manifest, Runner(), bounds)
    pixels = np.zeros((bounds.height, bounds.width, 3), np.uint8)
    assert len(list(networks.encode(pixels, [bounds], lambda done: None))) == 1
    assert sum(tile.height * tile.width for tile, _ in networks.decode(bounds, symbols)) == pixels.size // 3
    shares = {name: count * 3 / pixels.size for name, count in computed.items()}
    assert set(shares) == set(manifest.halos)
    # Most of the time is that of the finest stride. What the surroundings cost, tiles computed side by side give back.
    assert max(share for name, share in shares.items() if name.endswith("_8")) < 1.3
    assert shares["decoder_16"] < decoder_16
    assert max(shares.values()) < 2


@pytest.mark.parametrize(
    "region", [(0, 0, 330, 450), (0, 0, 1, 1), (329, 449, 1, 1), (100, 200, 60, 7), (0, 130, 9, 300)]
)
@pytest.mark.usefixtures("small_tiles")
def test_a_region_has_the_pixels_of_the_whole_picture(
    codec: Codec, banded: bytes, region: tuple[int, int, int, int]
) -> None:
    whole = codec.decode(banded).picture
    part = codec.decode(banded, region=region).picture
    x, y, width, height = region
    expected = whole.pixels[y : y + height, x : x + width]
    assert part.pixels.shape == expected.shape
    assert np.abs(part.pixels.astype(int) - expected).max() <= 1
    assert part.alpha is not None
    assert whole.alpha is not None
    np.testing.assert_array_equal(part.alpha, whole.alpha[y : y + height, x : x + width])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_region_is_counted_in_the_picture_as_it_is_displayed(codec: Codec, whole: bytes, orientation: int) -> None:
    container = read_container(whole)
    header = type(container.header)(**{**vars(container.header), "orientation": orientation})
    data = write_container(Container(header, container.blocks, alpha=container.alpha))
    shown = codec.decode(data).picture.pixels
    part = codec.decode(data, region=(30, 7, 100, 50)).picture.pixels
    assert np.abs(part.astype(int) - shown[7:57, 30:130]).max() <= 1


def test_a_region_does_not_touch_far_bands(codec: Codec, picture: Picture, banded: bytes) -> None:
    """Wrong symbols in the last band are an error of the whole picture, and of no region far from it."""
    container = read_container(banded)
    block = container.blocks[-1]
    *others, last = block.bands
    assert last is not None
    forged = type(block)((*others, BandStream(None, last.payload[:-1] + bytes([last.payload[-1] ^ 1]))))
    data = write_container(Container(container.header, (*container.blocks[:-1], forged)))
    with pytest.raises(IntegrityError, match="block 2"):
        codec.decode(data)
    assert codec.decode(data, region=(0, 0, 330, 100)).picture.height == 100


@pytest.mark.parametrize("scale", [2, 4, 8])
@pytest.mark.usefixtures("small_tiles")
def test_a_smaller_picture_is_the_mean_of_the_large_one(codec: Codec, banded: bytes, scale: int) -> None:
    large = codec.decode(banded).picture.pixels
    small = codec.decode(banded, scale=scale).picture
    rows, columns = 450 // scale, 330 // scale
    squares = large[: rows * scale, : columns * scale].reshape(rows, scale, columns, scale, 3)
    assert small.pixels.shape == (-(-450 // scale), -(-330 // scale), 3)
    assert np.abs(small.pixels[:rows, :columns] - squares.mean(axis=(1, 3))).max() <= 0.75
    assert small.alpha is not None
    assert small.alpha.shape == small.pixels.shape[:2]
    part = codec.decode(banded, region=(64, 128, 80, 40), scale=scale).picture.pixels
    expected = small.pixels[128 // scale : 168 // scale, 64 // scale : 144 // scale]
    assert np.abs(part.astype(int) - expected).max() <= 1


@pytest.mark.parametrize(
    "choice",
    [{"region": (0, 0, 331, 1)}, {"region": (-1, 0, 5, 5)}, {"region": (0, 0, 0, 5)}, {"scale": 3}, {"scale": 0}],
)
def test_impossible_regions_and_scales_are_refused(codec: Codec, whole: bytes, choice: dict[str, int]) -> None:
    with pytest.raises(SettingsError):
        codec.decode(whole, **choice)  # type: ignore[arg-type]


def test_a_damaged_band_is_coarser_and_the_rest_unchanged(codec: Codec, banded: bytes) -> None:
    intact = codec.decode(banded).picture.pixels
    header = read_container(banded).header
    chunk = [chunk for chunk in list_chunks(banded) if chunk.type == "B"][1]
    band = list_bands(banded, chunk, header)[3]
    damaged = bytearray(banded)
    damaged[band.offset + 3] ^= 4
    result = codec.decode(bytes(damaged))
    assert len(result.warnings) == 2
    assert "Band 3 of latent block 1" in result.warnings[0]
    assert "1 of 4 bands" in result.warnings[1]
    pixels = result.picture.pixels
    assert (pixels[384:] != intact[384:]).mean() > 0.1
    np.testing.assert_array_equal(pixels[:128], intact[:128])  # the networks see some way across the border


def test_a_file_cut_in_a_latent_block_uses_the_bands_in_front_of_the_cut(codec: Codec, banded: bytes) -> None:
    header = read_container(banded).header
    chunk = [chunk for chunk in list_chunks(banded) if chunk.type == "B"][2]
    places = list_bands(banded, chunk, header)
    cut = codec.decode(banded[: places[2].offset + 1])
    assert cut.warnings
    depths = [read_container(banded[: places[2].offset + 1]).band_depth(band) for band in range(4)]
    assert depths == [3, 3, 2, 2]
    np.testing.assert_array_equal(cut.picture.pixels[:192], codec.decode(banded).picture.pixels[:192])
    # A coarser picture has no post-filter, and without it the lower bands are its.
    plain, position = without_post_filter(banded), places[2].offset + 1
    cut = codec.decode(plain[: position - (len(banded) - len(plain))])
    np.testing.assert_array_equal(cut.picture.pixels[384:], codec.decode(banded, 2).picture.pixels[384:])


def test_progressive_decoding_of_bands_ends_with_the_picture(codec: Codec, banded: bytes) -> None:
    *_, last = codec.progressive(banded)
    np.testing.assert_array_equal(last.picture.pixels, codec.decode(banded).picture.pixels)


@pytest.mark.parametrize(
    ("values", "size"),
    [
        ([0, 0], 1),
        ([-128, 127], 1),
        ([-5, -3], 1),
        ([0, 128], 2),
        ([-129, 0], 2),
        ([-(2**15), 2**15 - 1], 2),
        ([2**24, 0], 4),
        ([-(2**24), 1], 4),
    ],
)
def test_symbols_wait_in_as_few_bytes_as_they_need(values: list[int], size: int) -> None:
    kept = bands._compact(np.array(values, np.int32))
    assert kept.tolist() == values
    assert kept.itemsize == size


def test_one_thread_and_several_read_the_same_symbols(
    codec: Codec, banded: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    several = codec.read_symbols(banded).blocks
    monkeypatch.setattr(bands, "_MOST_LANES", 1)
    for one, other in zip(codec.read_symbols(banded).blocks, several, strict=True):
        np.testing.assert_array_equal(one, other)


def test_small_pictures_are_one_band_and_large_ones_have_bands_of_some_megapixels() -> None:
    assert choose_band_height(4000, 2000, 64) == 0
    for width, height in ((10_000, 10_000), (4000, 3000), (65_000, 1500), (300, 65_000)):
        rows = choose_band_height(width, height, 64)
        assert rows % 64 == 0
        assert 0 < rows < height
        assert width * rows <= 7 * 2**20
    assert choose_band_height(2**20, 256, 64) == 64
    assert choose_band_height(2**20, 60, 64) == 0


def test_bands_that_do_not_fit_the_package_are_refused(codec: Codec, banded: bytes) -> None:
    container = read_container(banded)
    header = type(container.header)(**{**vars(container.header), "band_height": 120})
    assert header.band_count == 4
    with pytest.raises(FormatError, match="alignment"):
        codec.decode(write_container(Container(header, container.blocks)))


def test_limits_of_the_reader(codec: Codec, banded: bytes) -> None:
    for limits in (Limits(pixels=330 * 450 - 1), Limits(symbols=1000), Limits(band_count=3), Limits(alpha_bytes=10)):
        with pytest.raises(FormatError):
            decode(banded, package=codec.package, limits=limits)


@pytest.mark.parametrize("package", [TINY_PACKAGE, FLOAT_SCALE_PACKAGE])
def test_packages_without_sections_give_regions_and_smaller_pictures_too(picture: Picture, package: Path) -> None:
    codec = Codec(ModelPackage.load(package), "cpu")
    data = codec.encode(picture, QUALITY)
    whole = codec.decode(data).picture.pixels
    np.testing.assert_array_equal(codec.decode(data, region=(3, 5, 70, 9)).picture.pixels, whole[5:14, 3:73])
    small = codec.decode(data, scale=8).picture.pixels
    assert np.abs(small[:-1, :-1] - whole[:448, :328].reshape(56, 8, 41, 8, 3).mean(axis=(1, 3))).max() <= 0.5


def test_packages_without_sections_read_and_write_bands(picture: Picture, monkeypatch: pytest.MonkeyPatch) -> None:
    codec = Codec(ModelPackage.load(TINY_PACKAGE), "cpu")
    whole = codec.encode(picture, QUALITY)
    monkeypatch.setattr(bands, "_UNDIVIDED_PIXELS", 0)
    monkeypatch.setattr(bands, "_BAND_PIXELS", 128 * 330)
    banded = codec.encode(picture, QUALITY)
    assert read_container(banded).header.band_count == 4
    np.testing.assert_array_equal(codec.decode(banded).picture.pixels, codec.decode(whole).picture.pixels)
