"""The scale network while it is trained: gradients, quantisation, and what it may depend on."""

import pytest
import torch

from tests.training.small_model import small_model
from training.scale_network import ScaleNetwork, inward_clamp, magnitude_table, quantise_weight


def gradient_of_clamp(x: list[float], upstream: list[float]) -> list[float]:
    values = torch.tensor(x, requires_grad=True)
    (gradient,) = torch.autograd.grad(inward_clamp(values, 0.0, 5.0), values, torch.tensor(upstream))
    return gradient.tolist()


def test_inward_clamp_limits_values() -> None:
    assert inward_clamp(torch.tensor([-2.0, 0.0, 3.0, 5.0, 9.0]), 0.0, 5.0).tolist() == [0, 0, 3, 5, 5]


def test_inward_clamp_passes_every_gradient_within_its_range() -> None:
    assert gradient_of_clamp([0.0, 2.0, 5.0, 0.0, 2.0, 5.0], [1, 1, 1, -1, -1, -1]) == [1, 1, 1, -1, -1, -1]


def test_inward_clamp_passes_only_what_leads_back() -> None:
    # A descent step moves against the gradient: below the range it must be negative, above it positive.
    assert gradient_of_clamp([-1.0, -1.0], [2.0, -2.0]) == [0.0, -2.0]
    assert gradient_of_clamp([6.0, 6.0], [2.0, -2.0]) == [2.0, 0.0]


def test_a_saturated_value_returns_and_does_not_drift() -> None:
    for target, start in ((2.0, 30.0), (2.0, -30.0), (80.0, 6.0), (-80.0, -1.0)):
        value = torch.tensor(start, requires_grad=True)
        optimiser = torch.optim.SGD([value], lr=0.5)
        for _ in range(60):
            optimiser.zero_grad()
            (0.5 * (inward_clamp(value, 0.0, 5.0) - target) ** 2).backward()
            optimiser.step()
        if 0 <= target <= 5:
            assert float(value.detach()) == pytest.approx(target, abs=0.01)
        else:
            assert float(value.detach()) == start  # the target is out of reach: stay, and stay near


def test_inward_clamp_gradient_agrees_with_differences_inside() -> None:
    values = torch.tensor([0.5, 1.0, 4.5], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: inward_clamp(x, 0.0, 5.0).square(), values)


def test_magnitudes_are_the_companding_of_the_format() -> None:
    table = magnitude_table()
    assert table.dtype == torch.uint8
    assert [int(table[r]) for r in (0, 1, 3, 7, 255)] == [0, 16, 32, 48, 128]
    assert bool((table[1:].int() >= table[:-1].int()).all())


def test_quantised_weights_are_as_fine_as_seven_bits_allow() -> None:
    weight = torch.randn((6, 5, 3, 3), generator=torch.Generator().manual_seed(0)) * torch.logspace(-5, 1.5, 6).view(
        -1, 1, 1, 1
    )
    integers, exponent = quantise_weight(weight)
    assert float(integers.abs().max()) <= 63
    assert torch.equal(integers, integers.round())
    assert int(exponent.min()) >= 0
    assert int(exponent.max()) <= 15
    free = (exponent > 0) & (exponent < 15)
    assert bool(free.any())
    assert bool((integers[free].flatten(1).abs().amax(dim=1) >= 31).all())  # one bit more would not fit
    error = (integers * torch.exp2(-exponent.float()).view(-1, 1, 1, 1) - weight).abs().flatten(1).amax(dim=1)
    assert bool((error[exponent > 0] <= 0.5 * torch.exp2(-exponent[exponent > 0].float())).all())


@pytest.fixture
def network() -> ScaleNetwork:
    return small_model().scale_network


def symbols_for(network: ScaleNetwork, seed: int = 0) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [
        torch.round(4 * torch.randn((1, shape.channels, 128 // shape.stride, 192 // shape.stride), generator=generator))
        for shape in network.shapes
    ]


def test_quantised_indices_are_whole_and_near_the_real_valued_ones(network: ScaleNetwork) -> None:
    symbols, quality_index = symbols_for(network), torch.tensor([40])
    real = network(quality_index, symbols)
    network.quantised = True
    for index, other in zip(network(quality_index, symbols), real, strict=True):
        assert torch.equal(index, index.round())
        assert 0 <= index.min().item() <= index.max().item() <= network.table_count - 1
        assert float((index - other).detach().abs().mean()) < 3


def test_indices_depend_on_magnitudes_of_earlier_blocks_only(network: ScaleNetwork) -> None:
    symbols, quality_index = symbols_for(network), torch.tensor([40])
    before = network(quality_index, symbols)
    assert all(map(torch.equal, before, network(quality_index, [-r for r in symbols])))
    changed = [*symbols[:2], symbols[2] + 3, symbols[3] + 3]
    after = network(quality_index, changed)
    assert [torch.equal(a, b) for a, b in zip(before, after, strict=True)] == [True, True, True, False]


def test_symbols_learn_to_tell_the_scales_of_later_blocks(network: ScaleNetwork) -> None:
    """The gradient is that of the companding, 1 / ((1 + |r|) ln 2), with the sign of the symbol; the values stay."""
    symbols = symbols_for(network)
    plain = network(torch.tensor([40]), symbols)
    linked = [r.clone().requires_grad_(True) for r in symbols]
    indices = network(torch.tensor([40]), linked)
    assert all(map(torch.equal, plain, indices))
    torch.stack([index.sum() for index in indices]).sum().backward()
    *earlier, last = linked
    assert last.grad is None
    for r in earlier:
        assert r.grad is not None
        assert bool((r.grad[r != 0] != 0).any())
        assert bool((r.grad[r == 0] == 0).all())
    assert all(p.grad is not None for name, p in network.named_parameters() if name.startswith(("heads", "updates")))


def test_symbols_that_are_not_numbers_do_not_end_the_program(network: ScaleNetwork) -> None:
    symbols = symbols_for(network)
    symbols[0][0, 0, 0, 0] = torch.nan
    symbols[1][0, 0, 0, 0] = torch.inf
    assert all(bool(torch.isfinite(index).all()) for index in network(torch.tensor([40]), symbols))


def test_the_same_weights_give_the_same_scales_with_tables_twice_as_dense(network: ScaleNetwork) -> None:
    settings = {"width": 8, "scale_min": 0.05, "scale_max": 256.0}
    dense = ScaleNetwork(network.shapes, embedding=network.embedding, table_count=127, **settings)
    dense.load_state_dict(network.state_dict())
    symbols, quality_index = symbols_for(network), torch.tensor([40])
    for quantised in (False, True):
        network.quantised = dense.quantised = quantised
        for index, finer in zip(network(quality_index, symbols), dense(quality_index, symbols), strict=True):
            assert float((finer / 2 - index).detach().abs().max()) <= (0.5 if quantised else 1e-4)
    assert float(dense.scale_of(torch.tensor(dense.index_of(0.5)))) == pytest.approx(0.5)


def test_scales_are_log_spaced(network: ScaleNetwork) -> None:
    scales = network.scale_of(torch.arange(64.0))
    assert float(scales[0]) == pytest.approx(0.05)
    assert float(scales[63]) == pytest.approx(256, rel=1e-5)
    ratios = scales[1:] / scales[:-1]
    assert float(ratios.max() / ratios.min()) == pytest.approx(1, abs=1e-4)
