"""PSNR and MS-SSIM against their definitions, and MS-SSIM against the differentiable one of training."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from codec_format.errors import CancelledError
from codec_format.metrics import MS_SSIM_SMALLEST_SIDE, ms_ssim, psnr
from training.loss import distortion_of
from training.model import ForwardResult


def pair(height: int, width: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A picture of waves and the same with noise."""
    y, x = np.mgrid[0:height, 0:width]
    waves = np.stack([np.sin(x / 9), np.cos(y / 7), np.sin((x + y) / 11)], -1) * 90 + 120
    noise = np.random.default_rng(0).normal(0, 15, waves.shape)
    return waves.astype(np.uint8), np.clip(waves + noise, 0, 255).astype(np.uint8)


def test_psnr_is_that_of_the_definition_over_all_rows() -> None:
    random = np.random.default_rng(0)
    reference = random.integers(0, 256, (600, 7, 3), np.uint8)
    picture = random.integers(0, 256, (600, 7, 3), np.uint8)
    mean_square = np.mean((reference.astype(float) - picture.astype(float)) ** 2)
    assert psnr(reference, picture) == pytest.approx(10 * math.log10(255**2 / mean_square), rel=1e-12)


def test_equal_pictures_have_no_finite_psnr_and_a_similarity_of_one() -> None:
    picture, _ = pair(170, 180)
    assert psnr(picture, picture) == math.inf
    assert ms_ssim(picture, picture) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("shape", [(161, 162), (300, 401), (323, 517), (600, 200)])
def test_ms_ssim_is_the_one_that_training_minimises(shape: tuple[int, int]) -> None:
    reference, picture = pair(*shape)
    original, decoded = (torch.from_numpy(p).permute(2, 0, 1)[None].float() / 255 for p in (reference, picture))
    distortion = distortion_of(ForwardResult(torch.zeros(1, 1), 2 * decoded - 1), original, "ms-ssim")
    assert ms_ssim(reference, picture) == pytest.approx(1 - distortion.item(), abs=2e-6)


def test_ms_ssim_of_a_small_picture_is_not_defined() -> None:
    reference, picture = pair(MS_SSIM_SMALLEST_SIDE - 1, 400)
    assert ms_ssim(reference, picture) is None


@pytest.mark.parametrize("metric", [psnr, ms_ssim])
def test_pictures_of_two_shapes_cannot_be_compared(metric: Callable[..., float | None]) -> None:
    reference, picture = pair(170, 180)
    with pytest.raises(ValueError, match="one shape"):
        metric(reference, picture[:-1])


@pytest.mark.parametrize("metric", [psnr, ms_ssim])
def test_a_cancel_ends_the_measurement(metric: Callable[..., float | None]) -> None:
    reference, picture = pair(600, 200)
    polls = iter([False, True])
    with pytest.raises(CancelledError):
        metric(reference, picture, lambda: next(polls))
