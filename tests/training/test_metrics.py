import math

import numpy as np
import pytest

from training.metrics import MS_SSIM_SMALLEST_SIDE, ms_ssim, ms_ssim_decibels, psnr


def noise(height: int, width: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_psnr_of_a_known_error() -> None:
    black = np.zeros((2, 4, 3), dtype=np.uint8)
    # One sub-pixel of 24 is wrong by 255: the mean squared error is 255^2 / 24.
    wrong = black.copy()
    wrong[1, 2, 0] = 255
    assert psnr(black, wrong) == pytest.approx(10 * math.log10(24))
    # The difference of 8-bit numbers must not wrap around.
    assert psnr(black, black + 255) == pytest.approx(0)
    assert psnr(black + 255, black) == pytest.approx(0)


def test_equal_pictures() -> None:
    picture = noise(MS_SSIM_SMALLEST_SIDE, MS_SSIM_SMALLEST_SIDE)
    assert psnr(picture, picture) == math.inf
    assert ms_ssim(picture, picture) == pytest.approx(1, abs=1e-6)


def test_ms_ssim_falls_with_the_error() -> None:
    y, x = np.mgrid[0:192, 0:200]
    picture = np.repeat((128 + 60 * np.sin(x / 9) * np.cos(y / 13))[..., None], 3, axis=2).astype(np.uint8)
    values = []
    for amplitude in (4, 16, 64):
        disturbed = picture + amplitude * (noise(192, 200) / 255 - 0.5)
        value = ms_ssim(picture, np.clip(disturbed, 0, 255).astype(np.uint8))
        assert value is not None
        values.append(value)
    assert 1 > values[0] > values[1] > values[2] > 0


def test_ms_ssim_is_not_defined_for_small_pictures() -> None:
    small = noise(MS_SSIM_SMALLEST_SIDE - 1, 300)
    assert ms_ssim(small, small) is None


def test_ms_ssim_in_decibels() -> None:
    assert ms_ssim_decibels(0.99) == pytest.approx(20)
    assert ms_ssim_decibels(1) == math.inf


@pytest.mark.parametrize("metric", [psnr, ms_ssim])
def test_pictures_of_different_shape_are_refused(metric: object) -> None:
    assert callable(metric)
    with pytest.raises(ValueError, match="of one shape"):
        metric(noise(170, 170), noise(170, 1))
