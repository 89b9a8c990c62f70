"""Pillow opens, loads, reduces and saves .qres files."""

import io
import pickle
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageFile, UnidentifiedImageError

from codec_format import pillow_plugin
from codec_format.codec import decode, encode, shared_codec
from codec_format.container import list_chunks, read_container, write_container
from codec_format.errors import ModelMissingError
from codec_format.imaging import image_from_picture, load_picture
from codec_format.model_package import ModelPackage, default_package
from codec_format.picture import Picture, to_grey, turned
from codec_format.settings import EncodeSettings

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'


@pytest.fixture(scope="module", autouse=True)
def plugin() -> Iterator[None]:
    """Register the plugin, and take it out again: other tests look at Pillow as it is."""
    pillow_plugin.register()
    pillow_plugin.register()
    yield
    Image.ID.remove("QRES")
    for table in (Image.OPEN, Image.SAVE, Image.MIME):
        del table["QRES"]
    del Image.EXTENSION[".qres"]


def exif_block(orientation: int = 1) -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    exif[0x0112] = orientation
    return exif.tobytes().removeprefix(b"Exif\0\0")


def rough(height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width]
    noise = np.random.default_rng(height * 10007 + width).integers(0, 60, (height, width))
    return np.stack([255 * x / width, 255 * y / height, 100 + noise], axis=-1).astype(np.uint8)


@pytest.fixture(scope="module")
def picture() -> Picture:
    y, x = np.mgrid[0:150, 0:200]
    alpha = np.clip((70 - np.hypot(y - 75, x - 100)) * 20, 0, 255).astype(np.uint8)
    return Picture(rough(150, 200), SRGB, exif_block(), XMP, alpha=alpha)


@pytest.fixture(scope="module")
def data(picture: Picture) -> bytes:
    return encode(picture)


@pytest.fixture
def path(data: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "picture.qres"
    path.write_bytes(data)
    return path


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


class ReadCounter(io.BytesIO):
    """A file that counts the bytes that are read from it."""

    count = 0

    def read(self, size: int | None = -1) -> bytes:
        content = super().read(size)
        self.count += len(content)
        return content


def test_opening_reads_no_latent_block_and_no_model(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("opening must not look for a model package")

    monkeypatch.setattr(pillow_plugin, "find_package", fail)
    with opened(data) as image:
        assert (image.format, image.mode, image.size) == ("QRES", "RGBA", (200, 150))
        assert image.get_format_mimetype() == "image/x-qres"
        assert image.info == {"icc_profile": SRGB, "exif": exif_block(), "xmp": XMP}
        assert image.getexif()[0x010F] == "Maker"
    blocks = sum(chunk.length for chunk in list_chunks(data) if chunk.type == "B")
    assert blocks > 1000
    file = ReadCounter(data)
    pillow_plugin.QresImageFile(file)  # without the other plugins that Pillow asks first
    assert file.count <= len(data) - blocks


def test_loading_gives_what_the_library_decodes(path: Path, data: bytes) -> None:
    with Image.open(path) as image:
        image.load()
        image.load()
        expected = decode(data)
        np.testing.assert_array_equal(np.asarray(image)[..., :3], expected.pixels)
        np.testing.assert_array_equal(np.asarray(image)[..., 3], expected.alpha)
        assert image.fp is None
    path.unlink()  # nothing holds the file, which matters on Windows


@pytest.mark.parametrize(
    ("grey", "alpha", "icc", "mode"),
    [
        (False, False, None, "RGB"),
        (True, False, None, "L"),
        (True, True, None, "LA"),
        (False, True, None, "RGBA"),
        (True, True, SRGB, "RGBA"),
    ],
)
def test_the_mode_is_known_before_and_true_after_loading(grey: bool, alpha: bool, icc: bytes | None, mode: str) -> None:
    pixels = to_grey(rough(40, 30)) if grey else rough(40, 30)
    channel = np.full((40, 30), 100, np.uint8) if alpha else None
    image = opened(encode(Picture(pixels, icc, alpha=channel)))
    assert image.mode == mode
    image.load()
    assert image.mode == image.im.mode == mode


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_size_is_that_of_the_upright_picture(orientation: int) -> None:
    container = read_container(encode(Picture(rough(30, 50))))
    header = container.header
    forged = write_container(replace(container, header=replace(header, orientation=orientation)))
    image = opened(forged)
    size = image.size
    upright = np.asarray(opened(write_container(container)))
    np.testing.assert_array_equal(np.asarray(image), turned(upright, orientation))
    assert image.size == size


# ------------------------------------------------------------------------------------------------------- thumbnails


@pytest.fixture(scope="module")
def large() -> bytes:
    return encode(Picture(rough(400, 600)))


@pytest.mark.parametrize(
    ("asked", "size"), [((75, 50), (75, 50)), ((80, 40), (150, 100)), ((290, 200), (300, 200)), ((301, 50), None)]
)
def test_draft_decodes_at_least_the_size_asked_for(
    large: bytes, asked: tuple[int, int], size: tuple[int, int] | None
) -> None:
    image = opened(large)
    drafted = image.draft(None, asked)
    if size is None:
        assert drafted is None
        assert np.asarray(image).shape == (400, 600, 3)
        return
    assert drafted == ("RGB", (0, 0, *size))
    assert image.size == size
    assert image.draft(None, (10, 10)) is None  # only once, as for JPEG files
    assert np.asarray(image).shape == (size[1], size[0], 3)
    whole = np.asarray(opened(large).resize(size, Image.Resampling.BOX)).astype(int)
    assert np.abs(np.asarray(image) - whole).mean() < 6


def test_a_thumbnail_needs_the_coarse_latent_blocks_only(large: bytes) -> None:
    """A file that ends behind them gives the same thumbnail, without a complaint."""
    strides = [block.stride for block in default_package().manifest.blocks]
    needed = sum(stride >= 8 for stride in strides)
    needed_at_full_size = len(strides)
    coarse = write_container(read_container(large).first_blocks(needed))
    image, of_coarse = opened(large), opened(coarse)
    for thumbnail in (image, of_coarse):
        thumbnail.thumbnail((37, 25))
        assert thumbnail.size == (37, 25)
    np.testing.assert_array_equal(np.asarray(image), np.asarray(of_coarse))
    if needed < needed_at_full_size:
        with pytest.raises(OSError, match="truncated"):
            opened(coarse).load()


# ------------------------------------------------------------------------------------------------- damage and absence


def test_truncated_files_honour_pillows_switch(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = [chunk for chunk in list_chunks(data) if chunk.type == "B"]
    cut = data[: blocks[4].end + 3]
    with pytest.raises(OSError, match="truncated"):
        opened(cut).load()
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    np.testing.assert_array_equal(np.asarray(opened(cut))[..., :3], decode(data, blocks=5).pixels)


def test_a_damaged_alpha_channel_is_an_error_unless_the_switch_is_set(
    data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = bytearray(data)
    damaged[data.index(b"VP8L") + 20] ^= 1
    with pytest.raises(OSError, match="damaged"):
        opened(bytes(damaged)).load()
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    assert np.asarray(opened(bytes(damaged))).shape == (150, 200, 3)


def test_every_cut_opens_or_is_refused_as_pillow_expects(data: bytes) -> None:
    first = next(chunk for chunk in list_chunks(data) if chunk.type == "B")
    header_end = list_chunks(data)[0].end
    for length in range(0, len(data), 7):
        try:
            image = opened(data[:length])
        except UnidentifiedImageError:
            assert length < header_end
            continue
        assert length >= header_end
        assert image.size == (200, 150)
        if length < first.end:
            with pytest.raises(OSError, match="latent block"):
                image.load()


def test_changed_bytes_give_an_error_that_pillow_expects(data: bytes) -> None:
    rng = np.random.default_rng(5)
    for position in rng.integers(0, len(data), 300):
        changed = bytearray(data)
        changed[position] ^= int(rng.integers(1, 256))
        try:
            assert opened(bytes(changed)).size == (200, 150)
        except UnidentifiedImageError:
            continue


def test_a_missing_model_package_is_an_os_error_at_load(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(model_id: bytes) -> ModelPackage:
        raise ModelMissingError(model_id)

    monkeypatch.setattr(pillow_plugin, "find_package", missing)
    image = opened(data)
    with pytest.raises(OSError, match="not installed"):
        image.load()


# ------------------------------------------------------------------------------------------------------------- saving


def saved(image: Image.Image, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "QRES", **options)
    return buffer.getvalue()


def test_saving_gives_the_bytes_of_the_library(picture: Picture, data: bytes, tmp_path: Path) -> None:
    image = image_from_picture(picture)
    image.info = {"icc_profile": SRGB, "exif": exif_block(), "xmp": XMP}
    image.save(tmp_path / "picture.qres")
    assert (tmp_path / "picture.qres").read_bytes() == data
    assert saved(image, quality=20) == encode(picture, EncodeSettings(20))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_a_picture_file_gives_the_same_bytes_through_pillow_and_the_library(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "source"
    exif = b"Exif\0\0" + exif_block(6)
    Image.fromarray(rough(60, 90)).save(path, kind, exif=exif, icc_profile=SRGB)
    with Image.open(path) as image:
        assert saved(image) == encode(load_picture(path))


def test_what_pillow_opened_keeps_its_metadata_when_saved(data: bytes) -> None:
    again = opened(saved(opened(data)))
    assert again.info == opened(data).info


def test_given_metadata_replace_those_of_the_image(data: bytes) -> None:
    other = Image.Exif()
    other[0x0110] = "Model"
    image = opened(saved(opened(data), exif=other, xmp="<other/>", icc_profile=None))
    assert image.getexif()[0x0110] == "Model"
    assert 0x010F not in image.getexif()
    assert image.info["xmp"] == b"<other/>"
    assert "icc_profile" not in image.info
    assert opened(saved(opened(data), exif=b"", xmp=b"", icc_profile=b"")).info == {}


def test_given_orientation_turns_the_picture() -> None:
    image = Image.fromarray(rough(30, 50))
    turned_image = opened(saved(image, exif=exif_block(6)))
    assert turned_image.size == (30, 50)
    assert turned_image.getexif()[0x0112] == 1
    by_hand = opened(saved(image.transpose(Image.Transpose.ROTATE_270)))
    np.testing.assert_array_equal(np.asarray(turned_image), np.asarray(by_hand))


def test_target_size(picture: Picture) -> None:
    image = Image.fromarray(rough(200, 200))
    smallest, largest = len(saved(image, quality=0)), len(saved(image, quality=100))
    target = (smallest + largest) // 2
    assert smallest <= len(saved(image, target_size=target)) <= target
    with pytest.raises(OSError, match="at least"):
        saved(image, target_size=100)
    with pytest.raises(ValueError, match="only one of quality"):
        saved(image, target_size=10000, quality=50)


@pytest.mark.parametrize("options", [{"quality": 101}, {"quality": -1}, {"target_size": 0}])
def test_options_out_of_range_are_value_errors(options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be"):
        saved(Image.new("RGB", (4, 4)), **options)


def test_what_is_lost_is_a_warning_at_the_caller() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        saved(Image.fromarray(np.full((4, 4), 1000, np.uint16)))
        saved(Image.new("RGB", (4, 4)))
    assert [str(warning.message) for warning in caught] == ["The 16 bits per sample are reduced to 8."]
    assert caught[0].filename == __file__


def test_modes_without_a_fixed_range_are_refused() -> None:
    with pytest.raises(OSError, match="floating-point"):
        saved(Image.new("F", (4, 4)))


def test_images_can_be_copied_and_pickled(data: bytes) -> None:
    image = opened(data)
    pickled = pickle.loads(pickle.dumps(image))
    np.testing.assert_array_equal(np.asarray(pickled), np.asarray(image.copy()))


def test_only_one_codec_is_kept_loaded(data: bytes) -> None:
    opened(data).load()
    before = shared_codec.cache_info().misses
    opened(data).load()
    assert shared_codec.cache_info().misses == before
