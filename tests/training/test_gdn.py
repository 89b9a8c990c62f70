"""Generalised divisive normalisation."""

import pytest
import torch
from torch.nn import functional

from training.gdn import GDN


def lively(channels: int, *, inverse: bool = False) -> GDN:
    torch.manual_seed(3)
    layer = GDN(channels, inverse=inverse)
    with torch.no_grad():
        layer.beta_root += 0.3 * torch.rand(channels)
        layer.gamma_root += 0.4 * torch.rand(channels, channels)
    return layer


@pytest.mark.parametrize("inverse", [False, True])
@torch.no_grad()
def test_it_is_the_equation_of_the_paper(inverse: bool) -> None:
    layer = lively(4, inverse=inverse)
    x = 3 * torch.randn(2, 4, 3, 5)
    result = layer(x)
    for batch, row, column in ((0, 0, 0), (1, 2, 4)):
        vector = x[batch, :, row, column]
        for channel in range(4):
            norm = torch.sqrt(layer.beta[channel] + (layer.gamma[channel] * vector.square()).sum())
            expected = vector[channel] * norm if inverse else vector[channel] / norm
            assert float(result[batch, channel, row, column]) == pytest.approx(float(expected), rel=1e-5)


@torch.no_grad()
def test_it_starts_as_a_gentle_compression_of_each_channel_alone() -> None:
    layer = GDN(5)
    assert torch.allclose(layer.gamma, 0.1 * torch.eye(5), atol=1e-7)
    assert torch.allclose(layer.beta, torch.ones(5))
    amplitudes = torch.tensor([0.1, 1.0, 10.0, 100.0]).view(4, 1, 1, 1).expand(-1, 5, 1, 1)
    first = layer(amplitudes)[:, 0, 0, 0]
    assert float(first[0]) == pytest.approx(0.1, rel=1e-3)
    assert bool((first.diff() > 0).all())
    assert float(first[-1]) < 0.1**-0.5


@torch.no_grad()
def test_the_sign_passes_and_positions_do_not_mix() -> None:
    layer = lively(3)
    x = torch.randn(1, 3, 4, 4)
    assert torch.allclose(layer(-x), -layer(x))
    changed = x.clone()
    changed[..., 2, 1] = 50.0
    same = torch.ones(4, 4, dtype=torch.bool)
    same[2, 1] = False
    assert torch.equal(layer(changed)[..., same], layer(x)[..., same])


def test_parameters_stay_in_their_range_and_come_back() -> None:
    """Steps that would make beta and gamma negative; the gradient back into the range must pass."""
    layer = GDN(3)
    with torch.no_grad():
        layer.beta_root.fill_(-1.0)
        layer.gamma_root.fill_(-1.0)
    assert float(layer.beta.detach().min()) == pytest.approx(1e-6, rel=1e-3)
    assert float(layer.gamma.detach().min()) >= 0
    x = torch.randn(1, 3, 8, 8)
    (-layer(x).square().sum()).backward()  # a larger norm would lower it: descent wants smaller parameters
    assert layer.beta_root.grad is not None
    assert float(layer.beta_root.grad.abs().max()) == 0
    layer.zero_grad()
    functional.mse_loss(layer(x), torch.zeros_like(x)).backward()
    assert float(layer.beta_root.grad.max()) < 0
