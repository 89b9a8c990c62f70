"""The loss against what the paper says, computed directly in float64."""

import math

import numpy as np
import pytest
import torch
from pytorch_msssim import ms_ssim

from tests.training.small_model import small_model
from training.fit_scale_network import residual_symbols
from training.likelihood import gaussian_nats
from training.loss import coarse_error, psnr, rate_distortion_loss, smallest_crop
from training.model import ForwardResult


def picture(batch: int, side: int, seed: int = 1) -> torch.Tensor:
    return torch.rand(batch, 3, side, side, generator=torch.Generator().manual_seed(seed))


def test_loss_is_nats_per_sub_pixel_plus_lambda_times_squared_error() -> None:
    original = picture(2, 8)
    result = ForwardResult(torch.tensor([[30.0, 5.0], [2.0, 1.0]]), 2 * picture(2, 8, seed=2) - 1)
    loss, distortion = rate_distortion_loss(result, original, torch.tensor([16.0, 2048.0]), "mse")
    for sample, (nats, lagrangian) in enumerate(((32.0, 16.0), (6.0, 2048.0))):
        # On the scale -1..1, as in the paper.
        difference = result.reconstruction[sample].double() - (2 * original[sample].double() - 1)
        squared_error = float((difference**2).mean())
        assert float(distortion[sample]) == pytest.approx(squared_error, rel=1e-5)
        assert float(loss[sample]) == pytest.approx(nats / (3 * 8 * 8) + lagrangian * squared_error, rel=1e-5)
    assert result.bits_per_pixel().tolist() == pytest.approx([32 / math.log(2) / 64, 6 / math.log(2) / 64])


def test_rate_of_a_model_is_the_information_of_its_symbols() -> None:
    """Of the integers that would be coded: the mass of a Gaussian in a bin of width one around each, and of a tail."""
    model = small_model()
    original, quality_index = picture(2, 64), torch.tensor([20.0, 50.0])
    with torch.no_grad():
        result = model(original, quality_index, rounded=True)
        symbols = residual_symbols(model, original, quality_index)
        indices = model.scale_network(quality_index, symbols)
        scales = [model.scale_network.scale_of(index) for index in indices]
    checked = 0
    for block, (residual, scale) in enumerate(zip(symbols, scales, strict=True)):
        for sample in range(2):
            total = 0.0
            for r, s in zip(residual[sample].flatten().tolist(), scale[sample].flatten().tolist(), strict=True):
                mass = 0.5 * (math.erf((r + 0.5) / s / math.sqrt(2)) - math.erf((r - 0.5) / s / math.sqrt(2)))
                total -= math.log(mass + 3e-4 / (3 + 2 * s) / (1 + abs(r) / (1 + s)) ** 2)
                checked += mass > 1e-6
            assert float(result.nats[block, sample]) == pytest.approx(total, rel=1e-3, abs=1e-3)
    assert checked > 100


def test_likelihood_and_its_gradient_at_small_numbers() -> None:
    residual = torch.linspace(-3, 3, 13, dtype=torch.float64)
    for value in residual.tolist():
        r = torch.tensor(value, requires_grad=True)
        nats = gaussian_nats(r, torch.tensor(0.8))
        (gradient,) = torch.autograd.grad(nats, r)
        bounds = [(value + side) / 0.8 for side in (-0.5, 0.5)]
        mass = 0.5 * (math.erf(bounds[1] / math.sqrt(2)) - math.erf(bounds[0] / math.sqrt(2)))
        slope = (math.exp(-(bounds[1] ** 2) / 2) - math.exp(-(bounds[0] ** 2) / 2)) / math.sqrt(2 * math.pi) / 0.8
        assert float(nats.detach()) == pytest.approx(-math.log(mass), rel=1e-4)
        assert float(gradient) == pytest.approx(-slope / mass, rel=1e-3, abs=1e-4)


def test_beyond_black_and_white_only_what_leads_back_counts() -> None:
    original = torch.tensor([1.0, 0.0, 1.0, 0.5]).view(4, 1, 1, 1).expand(-1, 3, 2, 2)
    reconstruction = torch.tensor([1.25, -1.5, 0.75, 1.25]).view(4, 1, 1, 1).repeat(1, 3, 2, 2).requires_grad_(True)
    result = ForwardResult(torch.zeros(1, 4), reconstruction)
    loss, distortion = rate_distortion_loss(result, original, torch.ones(4), "mse")
    # The first two are shown as white and black, which they are; grey is shown as white.
    assert distortion.tolist() == pytest.approx([0.0, 0.0, 0.0625, 1.0])
    (gradient,) = torch.autograd.grad(loss.sum(), reconstruction)
    assert gradient[:, 0, 0, 0].sign().tolist() == [0.0, 0.0, -1.0, 1.0]


def test_distortion_of_ms_ssim_is_what_is_missing_to_one() -> None:
    y, x = np.mgrid[0:176, 0:176]
    waves = torch.from_numpy((0.5 + 0.3 * np.sin(x / 9) * np.cos(y / 13)).astype(np.float32)).expand(2, 3, -1, -1)
    disturbed = waves + torch.tensor([0.02, 0.2]).view(2, 1, 1, 1) * (picture(2, 176) - 0.5)
    result = ForwardResult(torch.zeros(1, 2), (2 * disturbed - 1).requires_grad_(True))
    lambdas = torch.tensor([100.0, 100.0])
    loss, distortion = rate_distortion_loss(result, waves, lambdas, "ms-ssim")
    expected = 1 - ms_ssim(disturbed.clamp(0, 1), waves, data_range=1.0, size_average=False)
    assert torch.allclose(distortion, expected, rtol=1e-3, atol=1e-5)
    assert torch.allclose(loss, 100 * distortion)
    assert 0 < distortion[0].item() < distortion[1].item()
    (gradient,) = torch.autograd.grad(loss.sum(), result.reconstruction)
    assert bool(torch.isfinite(gradient).all())
    assert bool(gradient.any())
    assert smallest_crop("ms-ssim") == 161
    assert smallest_crop("mse") == 1


def test_psnr_from_the_squared_error_on_the_scale_of_the_loss() -> None:
    # An error of 1/255 of the range is 2/255 on -1..1.
    assert float(psnr(torch.tensor((2 / 255) ** 2))) == pytest.approx(20 * math.log10(255), abs=1e-4)


def test_coarse_error_compares_with_the_picture_scaled_down() -> None:
    original = picture(2, 8)
    means = (2 * original - 1).unflatten(3, (4, 2)).unflatten(2, (4, 2)).mean(dim=(3, 5))
    exact = ForwardResult(torch.zeros(1, 2), 2 * original - 1, coarse=(means, means.mean(dim=(2, 3), keepdim=True)))
    assert coarse_error(exact, original).tolist() == pytest.approx([0.0, 0.0], abs=1e-10)
    off = torch.tensor([0.5, 0.25]).view(2, 1, 1, 1)
    wrong = ForwardResult(torch.zeros(1, 2), 2 * original - 1, coarse=(means + off, means - off))
    assert coarse_error(wrong, original).tolist() == pytest.approx([2 * 0.25, 2 * 0.0625], rel=1e-5)


def test_coarse_weight_adds_the_coarse_error_to_the_distortion_of_the_loss_alone() -> None:
    original = picture(2, 8)
    result = ForwardResult(torch.ones(1, 2), 2 * original - 1, coarse=(torch.zeros(2, 3, 4, 4),))
    lambdas = torch.tensor([1.0, 20.0])
    plain, distortion = rate_distortion_loss(result, original, lambdas, "mse")
    helped, same_distortion = rate_distortion_loss(result, original, lambdas, "mse", 0.5)
    assert torch.equal(distortion, same_distortion)
    assert torch.allclose(helped - plain, lambdas * 0.5 * coarse_error(result, original))
