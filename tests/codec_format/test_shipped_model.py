"""What the shipped package promises its users, on a picture that is made here."""

import math

import numpy as np
import pytest

from benchmarks.pictures import generated_picture
from codec_format import EncodeSettings, Picture, decode, encode


@pytest.fixture(scope="module")
def curve() -> list[tuple[float, float]]:
    """Bits per pixel and PSNR at the qualities 0, 5, .. 100."""
    original = generated_picture(320, 256, seed=4)
    points = []
    for quality in range(0, 101, 5):
        data = encode(Picture(original), EncodeSettings(quality=quality))
        error = np.mean((decode(data).pixels.astype(float) - original) ** 2)
        points.append((8 * len(data) / original[:, :, 0].size, 10 * math.log10(255**2 / error)))
    return points


def test_a_higher_quality_gives_a_larger_file_and_a_better_picture(curve: list[tuple[float, float]]) -> None:
    rates, qualities = zip(*curve, strict=True)
    assert list(rates) == sorted(set(rates))
    assert list(qualities) == sorted(set(qualities))


def test_the_qualities_reach_from_a_thumbnail_to_hardly_a_difference(curve: list[tuple[float, float]]) -> None:
    assert curve[0][0] < 0.15
    assert curve[-1][1] - curve[0][1] > 8


@pytest.mark.parametrize("level", [0, 128, 255])
def test_flat_pictures_cost_less_than_others(level: int) -> None:
    flat = np.full((256, 256, 3), level, np.uint8)
    data = encode(Picture(flat), EncodeSettings(quality=60))
    assert len(data) < len(encode(Picture(generated_picture(256, 256)), EncodeSettings(quality=60))) / 2
    error = np.abs(decode(data).pixels.astype(int) - level)
    assert error.mean() < 1.5
    assert error[8:-8, 8:-8].max() <= 8


@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 0, 0), (255, 255, 255)])
def test_pure_colours_stay_pure(colour: tuple[int, int, int]) -> None:
    pixels = np.full((128, 128, 3), 127, np.uint8)
    pixels[32:96, 32:96] = colour
    decoded = decode(encode(Picture(pixels), EncodeSettings(quality=90))).pixels
    assert np.abs(decoded[44:84, 44:84].astype(int) - colour).mean() < 6
