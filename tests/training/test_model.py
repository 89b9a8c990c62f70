"""The shipped architecture: what the codec relies on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from tests.training.small_model import small_model
from training.complexity import count_multiply_accumulates, measure_complexity
from training.fit_scale_network import residual_symbols
from training.likelihood import counted_costs, counted_nats, gaussian_nats, integer_nats, table_nats
from training.model import QRes
from training.optimiser import orthogonalise
from training.preset import load_preset


def test_shipped_model_keeps_its_budget() -> None:
    model = QRes(load_preset("qres7m").model)
    complexity = measure_complexity(model, 256, 256, model.embedding(torch.zeros(1)))
    symbols = [torch.zeros(1, s.channels, 256 // s.stride, 256 // s.stride) for s in model.latent_shapes()]
    count, _ = count_multiply_accumulates(lambda: model.scale_network(torch.zeros(1), symbols))
    scale_network = count / 256**2
    assert complexity.decode + scale_network <= 25_000
    assert complexity.encode + scale_network <= 60_000
    assert len(symbols) == 12


@pytest.mark.parametrize("nats", [gaussian_nats, table_nats])
def test_likelihood_is_a_distribution(nats: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> None:
    values = torch.arange(-4000, 4001, dtype=torch.float32)
    for scale in (0.05, 0.3, 1.0, 20.0, 256.0):
        probabilities = torch.exp(-nats(values, torch.full_like(values, scale)))
        near = values.abs() <= 4 * scale + 1
        assert float(probabilities[near].double().sum()) == pytest.approx(1.0, abs=2e-3)


@pytest.mark.parametrize("nats", [gaussian_nats, table_nats])
def test_likelihood_gradient_survives_far_outliers(nats: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> None:
    residual = torch.tensor([500.0], requires_grad=True)
    nats(residual, torch.tensor([0.5])).sum().backward()
    assert residual.grad is not None
    assert residual.grad.item() > 0


def test_rounded_forward_codes_the_symbols_of_the_codec_loop() -> None:
    model = small_model()
    picture = torch.rand(2, 3, 128, 64, generator=torch.Generator().manual_seed(1))
    quality_index = torch.tensor([10.0, 55.0])
    with torch.no_grad():
        seen: list[list[torch.Tensor]] = []
        model.scale_network.register_forward_hook(lambda _module, inputs, _output: seen.append(inputs[1]))
        model(picture, quality_index, rounded=True)
        expected = residual_symbols(model, picture, quality_index)
    assert any(bool((symbols != 0).any()) for symbols in expected)
    for symbols, other in zip(expected, seen[0], strict=True):
        assert torch.equal(symbols, other)


def test_decoder_and_rate_are_trained_on_the_integers() -> None:
    model = small_model()
    picture, quality_index = torch.rand(2, 3, 64, 64), torch.tensor([20.0, 50.0])
    result, coded = model(picture, quality_index), model(picture, quality_index, rounded=True)
    assert torch.equal(result.reconstruction, coded.reconstruction)
    assert torch.equal(result.nats, coded.nats)
    for part in (result.reconstruction.sum(), result.nats.sum()):
        model.zero_grad()
        part.backward(retain_graph=True)
        gradient = model.blocks[0].posterior_mean.weight.grad
        assert gradient is not None
        assert bool((gradient != 0).any()), "the gradient passes through the rounding"


def test_the_rate_of_integers_teaches_the_residual_what_noise_would_on_average() -> None:
    values = torch.linspace(-3.3, 3.3, 24).view(1, 2, 3, 4)
    noise = (torch.arange(2000) + 0.5) / 2000 - 0.5
    for value in (0.2, 0.7, 3.0):
        residual, scale = values.clone().requires_grad_(True), torch.full_like(values, value).requires_grad_(True)
        nats = integer_nats(residual, scale)
        assert torch.equal(nats, table_nats(values.round(), scale))
        by_residual, by_scale = torch.autograd.grad(nats.sum(), (residual, scale))
        (at_integers,) = torch.autograd.grad(table_nats(values.round(), scale).sum(), scale)
        assert torch.equal(by_scale, at_integers)
        noisy = table_nats(residual[..., None] + noise, scale[..., None].detach()).mean(dim=-1)
        (expected,) = torch.autograd.grad(noisy.sum(), residual)
        torch.testing.assert_close(by_residual, expected, rtol=0.02, atol=0.02)


def test_counted_costs_are_those_of_a_code_for_the_counted_symbols() -> None:
    scales = torch.tensor([0.1, 0.4, 2.0])
    counts = torch.zeros(3, 200, dtype=torch.int32)
    costs = counted_costs(counts, scales)
    sides = torch.where(torch.arange(200) > 0, 2, 1)
    torch.testing.assert_close((sides * torch.exp(-costs)).sum(dim=1), torch.ones(3))
    gaussian = table_nats(torch.arange(4.0), scales[:, None])  # what nothing was counted for
    torch.testing.assert_close(costs[:, :4], gaussian, rtol=0.01, atol=0.01)
    counts[1, :3] = torch.tensor([700_000, 200_000, 100_000])
    fitted = counted_costs(counts, scales)
    expected = -torch.log(torch.tensor([0.7, 0.2 / 2, 0.1 / 2]))
    torch.testing.assert_close(fitted[1, :3], expected, rtol=0.01, atol=0.01)
    assert torch.equal(fitted[[0, 2]], costs[[0, 2]])


def test_counted_nats_teach_the_index_what_its_neighbours_would_cost() -> None:
    scales = torch.exp(torch.linspace(-2, 1, 12))
    counts = torch.zeros(12, 50, dtype=torch.int32)
    counts[5, 2] = 5000  # table 5 expects twos
    costs = counted_costs(counts, scales)
    residual = torch.tensor([2.2, -1.8, 0.1, 1.7]).view(1, 1, 2, 2).requires_grad_(True)
    index = torch.tensor([4.0, 6.0, 0.0, 11.0]).view(1, 1, 2, 2).requires_grad_(True)
    nats = counted_nats(residual, index, costs)
    places, magnitudes = torch.tensor([4, 6, 0, 11]), torch.tensor([2, 2, 0, 2])
    torch.testing.assert_close(nats.flatten(), costs[places, magnitudes])
    by_residual, by_index = torch.autograd.grad(nats.sum(), (residual, index))
    assert by_index.flatten()[0] < 0 < by_index.flatten()[1]  # towards table 5

    def interpolated(value: torch.Tensor) -> torch.Tensor:
        low, high = (costs[places, end.abs().long()] for end in (value.floor(), value.ceil()))
        return torch.lerp(low, high, value - value.floor())

    with torch.no_grad():
        expected = 2 * (interpolated(residual.flatten() + 0.25) - interpolated(residual.flatten() - 0.25))
    torch.testing.assert_close(by_residual.flatten(), expected)
    broken = counted_nats(torch.full((1, 1, 1, 2), torch.nan), index[..., :1, :], costs)
    assert bool(torch.isnan(broken).all())


def test_warm_up_gives_the_coarse_blocks_a_smallest_scale() -> None:
    """With scales as small as the table has, a residual of two steps is dear; at the start of the warm-up it is not."""
    model = small_model()
    with torch.no_grad():
        for block, (head, bias) in enumerate(
            zip(model.scale_network.heads, model.scale_network.head_biases, strict=True)
        ):
            head.weight.zero_()
            bias.linear.weight.zero_()
            bias.linear.bias.zero_()
            if block == 0:
                model.blocks[0].posterior_mean.bias.fill_(2.0)
    picture, quality_index = torch.rand(1, 3, 64, 64), torch.tensor([20.0])
    rates = []
    for warm_up in (0.0, 0.5, 1.0):
        torch.manual_seed(0)
        rates.append(model(picture, quality_index, warm_up=warm_up).nats[:, 0].tolist())
    first, half, end = rates
    assert first[0] < half[0] < end[0]
    assert first[-1] == end[-1], "the finest blocks are left alone"


def test_coarse_reconstructions_have_two_pixels_per_position_of_their_stride() -> None:
    result = small_model()(torch.rand(2, 3, 128, 64), torch.tensor([20.0, 50.0]))
    assert [tuple(coarse.shape) for coarse in result.coarse] == [(2, 3, 4, 2), (2, 3, 8, 4)]


def test_higher_quality_index_quantises_finer() -> None:
    model = small_model()
    picture = torch.rand(1, 3, 128, 128, generator=torch.Generator().manual_seed(1))
    energy = [
        sum(float(symbols.abs().sum()) for symbols in residual_symbols(model, picture, torch.tensor([index])))
        for index in (0.0, 30.0, 63.0)
    ]
    assert energy[0] < energy[1] < energy[2]


def test_newton_schulz_gives_nearly_orthogonal_rows() -> None:
    matrices = torch.randn(3, 24, 60, generator=torch.Generator().manual_seed(0))
    singular = torch.linalg.svdvals(orthogonalise(matrices))
    assert float(singular.min()) > 0.5
    assert float(singular.max()) < 1.4
    tall = orthogonalise(matrices.mT)
    np.testing.assert_allclose(tall.mT.numpy(), orthogonalise(matrices).numpy(), atol=0.1)


def test_preset_for_ms_ssim_continues_the_model_of_the_squared_error() -> None:
    """The same weights are the same function of the quality index, although lambda is another."""
    squared_error, similarity = load_preset("qres7m"), load_preset("qres7m-ms-ssim")
    assert similarity.training["distortion"] == "ms-ssim"
    torch.manual_seed(0)
    first, second = (QRes(preset.model) for preset in (squared_error, similarity))
    second.load_state_dict(first.state_dict())
    indices = torch.linspace(0, 63, 5)
    torch.testing.assert_close(first.embedding(indices), second.embedding(indices))
    torch.testing.assert_close(first.scale_network.embedding(indices), second.scale_network.embedding(indices))
    torch.testing.assert_close(first.lambda_of(indices), 10 * second.lambda_of(indices))
