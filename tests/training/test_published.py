import math
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from tests.training.published_values import published_model, synthetic_picture
from training.errors import TrainingError
from training.loss import rate_distortion_loss
from training.preset import load_preset
from training.published import LatentBlock, PublishedQResVAE

EXPECTED = Path(__file__).parents[1] / "data" / "published"
SIZES = {"qres34m": (128, 192), "qres17m": (128, 128)}


def samples(values: Tensor, count: int) -> NDArray[np.float32]:
    flat = values.numpy().reshape(-1)
    return np.asarray(flat[np.linspace(0, flat.size - 1, count).astype(int)])


@pytest.mark.parametrize("preset", SIZES)
@torch.no_grad()
def test_every_latent_block_computes_what_the_published_network_does(preset: str) -> None:
    expected = np.load(EXPECTED / f"{preset}.npz")
    model = published_model(preset)
    height, width = SIZES[preset]
    bottom_up = model.bottom_up(synthetic_picture(height, width))
    feature = model.initial_feature(None, height // 64, width // 64)
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
    model = PublishedQResVAE(load_preset(preset).model)
    assert round(sum(parameter.numel() for parameter in model.parameters()) / 1e6, 2) == parameters


def test_latent_blocks_run_from_coarse_to_fine() -> None:
    model = PublishedQResVAE(load_preset("qres34m").model)
    shapes = [(block.stride, block.channels) for block in model.latent_blocks if isinstance(block, LatentBlock)]
    assert shapes == [(64, 16)] + 2 * [(32, 14)] + 3 * [(16, 12)] + 3 * [(8, 10)] + 3 * [(4, 8)]


def test_prior_starts_at_mean_zero_and_scale_one() -> None:
    block = PublishedQResVAE(load_preset("qres17m").model).latent_blocks[0]
    assert isinstance(block, LatentBlock)
    _, mean, scale = block.prior(torch.randn(1, 288, 2, 2))
    assert torch.count_nonzero(mean) == 0
    # exp(softplus(2.3) - 2.3) = 1 + exp(-2.3)
    torch.testing.assert_close(scale, torch.full_like(scale, 1 + math.exp(-2.3)))


def test_smallest_prior_scale_is_about_a_tenth() -> None:
    block = PublishedQResVAE(load_preset("qres17m").model).latent_blocks[0]
    assert isinstance(block, LatentBlock)
    torch.nn.init.constant_(block.prior_convs.c4.bias, -100)  # type: ignore[union-attr, arg-type]
    _, _, scale = block.prior(torch.randn(1, 288, 2, 2))
    torch.testing.assert_close(scale, torch.full_like(scale, math.exp(-2.3)))


def test_unknown_upsampling_names_the_known_ones() -> None:
    config = dict(load_preset("qres17m").model)
    config["top_down"] = [config["top_down"][0], {**config["top_down"][1], "upsample": "bilinear"}]
    with pytest.raises(TrainingError, match="'bilinear'; known are pixel-shuffle, nearest"):
        PublishedQResVAE(config)


def test_training_lowers_the_loss() -> None:
    torch.manual_seed(0)
    model = PublishedQResVAE(load_preset("qres17m").model)
    picture = synthetic_picture(64, 64)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    losses = []
    for _ in range(6):
        result = model(picture, torch.zeros(1))
        loss = rate_distortion_loss(result, picture, model.lambda_of(torch.zeros(1)), "mse")[0].mean()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.9 * losses[0]


@torch.no_grad()
def test_rounded_forward_pass_is_the_one_that_is_coded() -> None:
    model = published_model("qres17m")
    picture = synthetic_picture(64, 128)
    result = model(picture, torch.zeros(1), rounded=True)
    features = model.bottom_up(picture)
    feature = model.initial_feature(None, 1, 2)
    for block in model.latent_blocks:
        assert isinstance(block, LatentBlock)
        feature, mean, _ = block.prior(feature)
        symbols = torch.round(block.posterior(feature, features[block.stride]) - mean)
        feature = block.merge(feature, mean + symbols)
    torch.testing.assert_close(
        (result.reconstruction.clamp(-1, 1) + 1) / 2, model.synthesis(feature), atol=1e-4, rtol=0
    )
    assert result.nats.shape == (12, 1)


@torch.no_grad()
def test_noise_is_drawn_anew_for_every_forward_pass() -> None:
    model = published_model("qres17m")
    picture = synthetic_picture(64, 64)
    assert not torch.equal(model(picture).reconstruction, model(picture).reconstruction)
