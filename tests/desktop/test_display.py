"""Pictures made ready for the screen."""

import numpy as np
import pytest
from PIL import Image, ImageCms

from codec_format.picture import Picture
from desktop.state.display import prepare

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.mark.parametrize("size", [(1300, 201), (511, 300), (1025, 129), (64, 64), (63, 900)])
def test_every_level_is_half_of_the_one_before(size: tuple[int, int]) -> None:
    height, width = size
    pixels = np.random.default_rng(5).integers(0, 256, (height, width, 3), dtype=np.uint8)
    display = prepare(Picture(pixels))
    assert display.levels[0] is pixels
    whole = Image.fromarray(pixels)
    for level in display.levels[1:]:
        whole = whole.reduce(2)
        assert np.array_equal(level, np.asarray(whole))
    assert min(display.levels[-1].shape[:2]) < 64


def test_colours_are_converted_strip_by_strip_and_a_profile_that_does_not_fit_is_left_alone() -> None:
    pixels = np.random.default_rng(5).integers(0, 256, (1100, 70, 3), dtype=np.uint8)
    wide = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    assert np.array_equal(prepare(Picture(pixels, icc=wide)).levels[0], pixels)
    assert np.array_equal(prepare(Picture(pixels, icc=b"no profile")).levels[0], pixels)
    converted = prepare(Picture(pixels, icc=SRGB)).levels[0]
    assert np.abs(converted.astype(int) - pixels).max() <= 1
