import math
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from tests.training.published_values import published_checkpoint, synthetic_picture
from training.import_published import import_published
from training.published import (
    PRESETS,
    LatentBlock,
    PublishedQResVAE,
    gaussian_information,
    load_preset,
    rate_distortion_loss,
)

EXPECTED = Path(__file__).parents[1] / "data" / "published"
SIZES = {"qres34m": (128, 192), "qres17m": (128, 128)}


def samples(values: Tensor, count: int) -> NDArray[np.float32]:
    flat = values.numpy().reshape(-1)
    return np.asarray(flat[np.linspace(0, flat.size - 1, count).astype(int)])


@pytest.mark.parametrize("preset", PRESETS)
@torch.no_grad()
def test_every_latent_block_computes_what_the_published_network_does(preset: str) -> None:
    expected = np.load(EXPECTED / f"{preset}.npz")
    model, _ = import_published(published_checkpoint(preset))
    height, width = SIZES[preset]
    bottom_up = model.bottom_up(synthetic_picture(height, width))
    feature = model.initial_feature(1, height // 64, width // 64)
    for index, block in enumerate(model.latent_blocks):
        assert isinstance(block, LatentBlock)
        feature, prior_mean, prior_scale = block.prior(feature)
        posterior_mean = block.posterior(feature, bottom_up[block.stride])
        for name, values in (
            ("prior_mean", prior_mean),
            ("prior_scale", prior_scale),
            ("posterior_mean", posterior_mean),
        ):
            wanted = expected[f"block{index:02d}.{name}"]
            error = np.abs(samples(values, 48) - wanted).max()
            assert error <= 1e-4 * np.abs(wanted).max(), f"{name} of latent block {index}"
        # The fixture's symbols go on, so that a single rounding that falls the other way does not spread.
        symbols = torch.from_numpy(expected[f"block{index:02d}.symbols"])
        feature = block.merge(feature, prior_mean + symbols)
    picture = model.synthesis(feature)[0].permute(1, 2, 0)
    np.testing.assert_allclose(samples(picture, 512), expected["reconstruction"], rtol=0, atol=1e-4)


@pytest.mark.parametrize(("preset", "parameters"), [("qres34m", 34.04), ("qres17m", 16.68)])
def test_parameter_count_is_the_published_one(preset: str, parameters: float) -> None:
    model = PublishedQResVAE(load_preset(preset))
    assert round(sum(parameter.numel() for parameter in model.parameters()) / 1e6, 2) == parameters


def test_latent_blocks_run_from_coarse_to_fine() -> None:
    model = PublishedQResVAE(load_preset("qres34m"))
    shapes = [(block.stride, block.channels) for block in model.latent_blocks if isinstance(block, LatentBlock)]
    assert shapes == [(64, 16)] + 2 * [(32, 14)] + 3 * [(16, 12)] + 3 * [(8, 10)] + 3 * [(4, 8)]


def test_picture_of_a_size_off_the_grid_is_refused() -> None:
    with pytest.raises(ValueError, match="multiples of 64"):
        PublishedQResVAE(load_preset("qres17m")).bottom_up(torch.zeros(1, 3, 64, 80))


def test_unknown_preset_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="qres34m, qres17m"):
        load_preset("qres99m")


def test_information_is_that_of_the_probability_of_the_rounding_interval() -> None:
    # Probability of |x| < 1/2 under a standard Gaussian: erf(1 / (2 sqrt 2)).
    information = gaussian_information(torch.zeros(1), torch.ones(1))
    assert information.item() == pytest.approx(-math.log(math.erf(0.5 / math.sqrt(2))), rel=1e-5)


def test_information_of_neighbouring_integers_sums_to_probability_one() -> None:
    integers = torch.arange(-20, 21, dtype=torch.float32)
    for scale in (0.1, 0.5, 2.0):
        probability = torch.exp(-gaussian_information(integers - 0.3, torch.tensor(scale))).sum()
        assert probability.item() == pytest.approx(1, abs=2e-4)


def test_information_far_out_is_finite_and_pulls_the_residual_back() -> None:
    residual = torch.tensor([-300.0, 300.0], requires_grad=True)
    information = gaussian_information(residual, torch.tensor(0.1))
    information.sum().backward()  # type: ignore[no-untyped-call]
    assert torch.isfinite(information).all()
    assert residual.grad is not None
    assert residual.grad[0] < 0 < residual.grad[1]


def test_training_lowers_the_loss() -> None:
    torch.manual_seed(0)
    model = PublishedQResVAE(load_preset("qres17m")).train()
    picture = synthetic_picture(64, 64)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    losses = []
    for _ in range(6):
        rate, reconstruction = model(picture)
        assert rate.shape == (1,)
        loss = rate_distortion_loss(rate, reconstruction, picture, 64.0).mean()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.9 * losses[0]


@torch.no_grad()
def test_evaluation_mode_quantises_and_repeats_exactly() -> None:
    model, _ = import_published(published_checkpoint("qres17m"))
    picture = synthetic_picture(64, 64)
    model.eval()
    rate, reconstruction = model(picture)
    rate_again, reconstruction_again = model(picture)
    assert torch.equal(rate, rate_again)
    assert torch.equal(reconstruction, reconstruction_again)
    model.train()
    assert not torch.equal(model(picture)[0], rate)


def test_loss_takes_the_error_on_the_scale_from_minus_one_to_one() -> None:
    picture = torch.zeros(2, 3, 4, 4)
    reconstruction = torch.full_like(picture, 0.5)
    loss = rate_distortion_loss(torch.tensor([0.25, 0.5]), reconstruction, picture, torch.tensor([1.0, 8.0]))
    assert loss.tolist() == [1.25, 8.5]
