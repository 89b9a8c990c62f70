"""The start as a transform coder: what a model codes before its first step, and models that have no room for it."""

from __future__ import annotations

import pytest
import torch

from tests.training.small_model import wide_model
from training.errors import TrainingError
from training.linear_start import start_linear
from training.loss import psnr
from training.model import QRes


def waves(count: int) -> torch.Tensor:
    """Crops uint8 [count, 3, 64, 64] of a few smooth waves each, for which a few components do, with a little noise."""
    generator = torch.Generator().manual_seed(2)
    y, x = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
    crops = torch.zeros(count, 3, 64, 64)
    for _ in range(4):
        frequency, phase, colour = (torch.rand((count, n, 1, 1), generator=generator) for n in (2, 1, 3))
        wave = torch.sin(0.3 * (frequency[:, :1] * x + (frequency[:, 1:] - 0.5) * y) + 6.3 * phase)
        crops += 30 * wave * colour
    crops += 2 * torch.randn(crops.shape, generator=generator)
    return (crops + 128).round().clamp(0, 255).to(torch.uint8)


@pytest.mark.parametrize(("finest", "channels", "refinement"), [(16, 40, (8,)), (16, 40, ()), (8, 20, ())], ids=str)
def test_a_model_codes_at_once_as_well_as_its_principal_components(
    finest: int, channels: int, refinement: tuple[int, ...]
) -> None:
    torch.manual_seed(0)
    widths = {4: 48, 8: 192, 16: 100}
    model = QRes(wide_model(finest=finest, channels=channels, widths=widths, refinement=refinement)).eval()
    crops = waves(48)
    picture = crops.float() / 255
    squares = torch.nn.functional.pixel_unshuffle(2 * picture - 1, finest).permute(0, 2, 3, 1).flatten(0, 2)
    variances = torch.linalg.eigvalsh(torch.cov(squares.T.double(), correction=0)).flip(0)
    bound = float(psnr(variances[2 * channels :].clamp_min(0).sum() / squares.shape[1]))
    assert 40 < bound < 45  # the pictures are what the test needs: neither too rich nor too poor
    before = psnr_at_highest_quality(model, picture)
    start_linear(model, crops)
    for block in model.blocks:  # what stands beside the linear path
        torch.nn.init.zeros_(block.posterior_mean.weight)
        torch.nn.init.zeros_(block.prior_mean.weight)
    after = psnr_at_highest_quality(model, picture)
    assert before < bound - 10
    assert bound - 1 < after < bound + 0.01  # less the rounding at the highest quality


def psnr_at_highest_quality(model: QRes, picture: torch.Tensor) -> float:
    with torch.no_grad():
        result = model(picture, torch.full((len(picture),), model.quality_count - 1.0), rounded=True)
    return float(psnr((result.reconstruction - (2 * picture - 1)).square().mean()))


@pytest.mark.parametrize(
    ("widths", "channels", "message"),
    [
        ({4: 47, 8: 192, 16: 100}, 40, "47 channels wide at stride 4"),
        ({4: 48, 8: 191, 16: 100}, 40, "191 channels wide at stride 8"),
        ({4: 48, 8: 192, 16: 60}, 40, "80 latent channels at stride 16"),
    ],
)
def test_too_narrow_models_are_refused(widths: dict[int, int], channels: int, message: str) -> None:
    model = QRes(wide_model(finest=16, channels=channels, widths=widths, refinement=(8,)))
    with pytest.raises(TrainingError, match=message):
        start_linear(model, waves(16))
