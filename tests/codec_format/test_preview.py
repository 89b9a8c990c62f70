"""The small picture inside a file."""

import io

import numpy as np
import pytest
from PIL import Image

from codec_format.codec import Codec
from codec_format.colour import profile_from_cicp
from codec_format.container import DEFAULT_LIMITS, read_container
from codec_format.errors import SettingsError
from codec_format.model_package import ModelPackage
from codec_format.picture import Picture
from codec_format.preview import SIDE, make_preview
from codec_format.settings import EncodeSettings


@pytest.fixture(scope="module")
def codec(tiny_package: ModelPackage) -> Codec:
    return Codec(tiny_package, "cpu")


def gradient(height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([255 * x / width, 255 * y / height, 255 - 255 * x / width], axis=-1).astype(np.uint8)


def opened(preview: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(preview))
    assert image.format == "WEBP"
    return image


@pytest.mark.parametrize(
    ("height", "width", "expected"),
    [(600, 900, (SIDE, 171)), (900, 300, (85, SIDE)), (40, 30, (30, 40)), (1, 5000, (SIDE, 1))],
)
def test_the_preview_is_the_picture_made_small(height: int, width: int, expected: tuple[int, int]) -> None:
    image = opened(make_preview(gradient(height, width), None, None))
    assert image.size == expected
    small = np.asarray(Image.fromarray(gradient(height, width)).resize(expected, Image.Resampling.BOX)).astype(int)
    assert np.abs(np.asarray(image.convert("RGB")) - small).mean() < 6


def test_the_preview_is_srgb_whatever_the_picture_is() -> None:
    pixels = np.full((300, 300, 3), (200, 100, 50), np.uint8)
    colour = np.asarray(opened(make_preview(pixels, None, profile_from_cicp(12, 13))).convert("RGB"))[50, 50]
    assert colour.tolist() == pytest.approx([215, 93, 31], abs=4)


@pytest.mark.parametrize("icc", [b"no profile", b"x" * 200])
def test_an_unreadable_profile_is_no_obstacle(icc: bytes) -> None:
    assert opened(make_preview(gradient(300, 300), None, icc)).size == (SIDE, SIDE)


def test_the_preview_is_transparent_where_the_picture_is() -> None:
    alpha = np.zeros((300, 600), np.uint8)
    alpha[:, 300:] = 255
    small = np.asarray(opened(make_preview(gradient(300, 600), alpha, None)))
    assert small.shape == (128, 256, 4)
    assert small[:, :120, 3].max() == 0
    assert small[:, 136:, 3].min() == 255


def test_the_preview_fits_the_format_even_for_noise() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    alpha = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE), dtype=np.uint8)
    assert len(make_preview(noise, None, None)) < DEFAULT_LIMITS.preview_bytes
    assert len(make_preview(noise, alpha, None)) > 0


def test_a_file_has_a_preview_only_where_it_takes_a_small_share(codec: Codec) -> None:
    picture = Picture(gradient(300, 400))
    without = codec.encode(picture, EncodeSettings(90, preview_share=0))
    assert read_container(without).preview is None
    share = len(make_preview(picture.pixels, None, None)) / len(without)
    assert read_container(codec.encode(picture, EncodeSettings(90, preview_share=0.99 * share))).preview is None
    with_preview = codec.encode(picture, EncodeSettings(90, preview_share=min(1, 1.01 * share)))
    preview = read_container(with_preview).preview
    assert preview == make_preview(picture.pixels, None, None)
    assert codec.encode(picture, EncodeSettings(90)) == without  # a small file, by the default
    np.testing.assert_array_equal(codec.decode(with_preview).picture.pixels, codec.decode(without).picture.pixels)


def test_the_default_gives_a_large_file_a_preview(codec: Codec) -> None:
    """The tiny model needs a large picture for a large file: noise at the highest quality."""
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    exif = b"II*\0\x08\0\0\0\0\0\0\0\0\0" + bytes(400_000)
    data = codec.encode(Picture(pixels, exif=exif))
    preview = read_container(data).preview
    assert preview is not None
    assert len(preview) <= 0.02 * len(data)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_out_of_range_is_refused(share: float) -> None:
    with pytest.raises(SettingsError, match="share"):
        EncodeSettings(preview_share=share)
