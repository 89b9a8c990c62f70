"""The figures beside the pictures."""

import math

import numpy as np
import pytest

from desktop.state.measures import bits_per_pixel, format_psnr, format_seconds, format_share, format_size, psnr


def test_psnr_is_that_of_the_definition_over_all_rows() -> None:
    random = np.random.default_rng(0)
    reference = random.integers(0, 256, (600, 7, 3), np.uint8)
    picture = random.integers(0, 256, (600, 7, 3), np.uint8)
    mean_square = np.mean((reference.astype(float) - picture.astype(float)) ** 2)
    assert psnr(reference, picture) == pytest.approx(10 * math.log10(255**2 / mean_square), rel=1e-12)


def test_equal_pictures_have_no_finite_psnr() -> None:
    pixels = np.zeros((2, 3, 3), np.uint8)
    assert format_psnr(psnr(pixels, pixels)) == "identical"


def test_bits_per_pixel() -> None:
    assert bits_per_pixel(1000, 100, 20) == 4.0


@pytest.mark.parametrize(
    ("byte_count", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.00 KB"),
        (9994, "9.99 KB"),
        (9995, "10.0 KB"),
        (48_230, "48.2 KB"),
        (999_499, "999 KB"),
        (999_500, "1.00 MB"),
        (12_340_000, "12.3 MB"),
    ],
)
def test_sizes_have_three_figures(byte_count: int, text: str) -> None:
    assert format_size(byte_count) == text


def test_shares_and_seconds() -> None:
    assert format_share(42, 10_000) == "0.42 %"
    assert format_share(128, 1000) == "12.8 %"
    assert format_share(1500, 1000) == "150 %"
    assert format_seconds(0.0836) == "84 ms"
    assert format_seconds(0.9996) == "1.00 s"
    assert format_seconds(18.2) == "18 s"
