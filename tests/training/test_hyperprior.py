"""The scale hyperprior and hierarchical compression (HC)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

from training.complexity import count_multiply_accumulates, measure_complexity
from training.gdn import GDN
from training.hierarchical_compression import HierarchicalCompression, ShallowLatentBlock
from training.hyperprior import HierarchicalModel, Hyperprior
from training.loss import rate_distortion_loss
from training.preset import load_preset, preset_from_dict

SMALL: dict[str, dict[str, Any]] = {
    "hyperprior": {"lambda": 64.0, "width": 8, "channels": 6},
    "hc": {"lambda": 64.0, "width": 8, "shallow_channels": [4, 2], "thresholds": [0.5, 1.0]},
}


def small(architecture: str) -> HierarchicalModel:
    torch.manual_seed(0)
    values = {"name": "small", "architecture": architecture, "model": SMALL[architecture], "training": {}}
    model = preset_from_dict(values).build_model()
    assert isinstance(model, HierarchicalModel)
    return model


def shallow_blocks(model: nn.Module) -> list[ShallowLatentBlock]:
    return [block for block in model.modules() if isinstance(block, ShallowLatentBlock)]


@pytest.mark.parametrize(
    ("preset", "width", "encoder", "decoder"),
    [
        ("hyperprior", 128, "2.36E+09", "2.36E+09"),
        ("hyperprior", 192, "5.19E+09", "5.19E+09"),
        ("hyperprior", 256, "9.12E+09", "9.12E+09"),
        ("hc", 128, "2.70E+09", "2.51E+09"),
        ("hc", 192, "5.93E+09", "5.42E+09"),
    ],
)
@torch.no_grad()
def test_complexity_is_that_of_table_1_of_the_hc_paper(preset: str, width: int, encoder: str, decoder: str) -> None:
    """A picture of 256x256. The table leaves out GDN and the hyper-transforms, and takes N channels for y."""
    values = load_preset(preset)
    sizes = {"width": width} | ({"channels": width} if preset == "hyperprior" else {})
    model = replace(values, model=dict(values.model) | sizes).build_model()
    assert isinstance(model, HierarchicalModel)
    hyper_analysis, _ = count_multiply_accumulates(lambda: model.bottom_up_path["64"](torch.zeros(1, width, 16, 16)))
    hyper_synthesis, _ = count_multiply_accumulates(
        lambda: model.blocks[1].hyper_synthesis(torch.zeros(1, width, 4, 4))
    )
    for parent in list(model.modules()):
        for name, child in parent.named_children():
            if isinstance(child, GDN):
                setattr(parent, name, nn.Identity())
    cost = measure_complexity(model, 256, 256)
    assert f"{(cost.bottom_up + cost.posterior) * 256**2 - hyper_analysis:.2E}" == encoder
    assert f"{cost.decode * 256**2 - hyper_synthesis:.2E}" == decoder


def test_the_hyperprior_has_the_layers_of_the_paper() -> None:
    model = load_preset("hyperprior").build_model()
    assert isinstance(model, Hyperprior)
    down = [m for m in model.bottom_up_path["16"].modules() if isinstance(m, nn.Conv2d)]
    assert [(m.in_channels, m.out_channels) for m in down] == [(3, 128), (128, 128), (128, 128), (128, 192)]
    up = [m for m in model.synthesis_path.modules() if isinstance(m, nn.ConvTranspose2d)]
    assert [(m.in_channels, m.out_channels) for m in up] == [(192, 128), (128, 128), (128, 128), (128, 3)]
    assert [(block.stride, block.channels) for block in model.blocks] == [(64, 128), (16, 192)]


def test_hc_has_the_latents_of_the_paper() -> None:
    model = load_preset("hc").build_model()
    assert [(block.stride, block.channels) for block in model.blocks] == [(64, 128), (16, 128), (8, 16), (4, 4)]


@pytest.mark.parametrize("architecture", SMALL)
def test_a_few_steps_lower_the_loss(architecture: str) -> None:
    model = small(architecture)
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
    y, x = torch.meshgrid(torch.linspace(0, 1, 128), torch.linspace(0, 1, 128), indexing="ij")
    picture = torch.stack([x, y, (x + y) / 2])[None].expand(2, -1, -1, -1)
    losses = []
    for _ in range(40):
        optimiser.zero_grad()
        loss = rate_distortion_loss(model(picture), picture, torch.full((2,), 64.0), "mse")[0].mean()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert sum(losses[-5:]) < 0.6 * sum(losses[:5])


@pytest.mark.parametrize("architecture", SMALL)
@torch.no_grad()
def test_the_rounded_forward_pass_is_the_latent_block_loop_of_a_codec(architecture: str) -> None:
    model = small(architecture).eval()
    for block in shallow_blocks(model):
        block.rate.fill_(9.0)
    picture = torch.rand(1, 3, 128, 64)
    result = model(picture, rounded=True)
    features = model.bottom_up(picture)
    feature = model.initial_feature(None, 2, 1)
    for block, nats in zip(model.blocks, result.nats, strict=True):
        feature, mean, *scale = block.prior(feature)
        symbols = torch.round(block.posterior(feature, features[block.stride]) - mean)
        assert float(block.nats(symbols, *scale).sum()) == pytest.approx(float(nats), rel=1e-4)
        feature = block.merge(feature, mean + symbols)
    assert torch.allclose(2 * model.synthesis(feature) - 1, result.reconstruction, atol=1e-4)


def test_hc_transmits_the_shallow_latents_above_the_rates_of_the_paper() -> None:
    model = load_preset("hc").build_model()
    y3, y2 = shallow_blocks(model)
    for rate, expected in ((0.0, (0, 0)), (0.5, (0, 0)), (0.51, (1, 0)), (1.0, (1, 0)), (1.01, (1, 1)), (3.0, (1, 1))):
        for block in (y3, y2):
            block.rate.fill_(rate)
        assert (float(y3.transmitted), float(y2.transmitted)) == expected


@pytest.mark.parametrize("rounded", [False, True])
@torch.no_grad()
def test_what_hc_does_not_transmit_costs_nothing_and_says_nothing(rounded: bool) -> None:
    model = small("hc")
    y3, y2 = shallow_blocks(model)
    y3.rate.fill_(0.7)
    y2.rate.fill_(0.7)
    picture = torch.rand(1, 3, 64, 64)
    torch.manual_seed(1)
    result = model(picture, rounded=rounded)
    assert float(result.nats[2]) > 0
    assert float(result.nats[3]) == 0
    nn.init.normal_(y2.analysis.weight, std=9.0)  # type: ignore[arg-type]
    nn.init.normal_(y2.conditional[-1].weight, std=9.0)  # type: ignore[index]
    torch.manual_seed(1)
    assert torch.equal(model(picture, rounded=rounded).reconstruction, result.reconstruction)


def test_the_rate_of_hc_follows_the_training_steps_alone() -> None:
    model = small("hc")
    assert isinstance(model, HierarchicalCompression)
    picture = torch.rand(2, 3, 64, 64)
    rates = []
    for _ in range(200):
        rates.append(float(model(picture).bits_per_pixel().detach().mean()))
    expected = sum(rates[-50:]) / 50
    for block in shallow_blocks(model):
        assert float(block.rate) == pytest.approx(expected, rel=0.1)
    known = float(shallow_blocks(model)[0].rate)
    with torch.no_grad():
        model(picture, rounded=True)
    assert float(shallow_blocks(model)[0].rate) == known
