"""Orthogonalisation and the split of parameters between Muon and AdamW."""

import pytest
import torch
from torch import Tensor

from training.optimiser import build_optimisers, orthogonalise


def newton_schulz(matrices: Tensor) -> Tensor:
    """The iteration of Jordan et al. 2024, step by step in float64."""
    x = matrices.double()
    x = x / x.norm(dim=(1, 2), keepdim=True)
    for _ in range(5):
        gram = x @ x.mT
        x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
    return x


@pytest.mark.parametrize("shape", [(3, 8, 8), (3, 8, 12), (2, 8, 72), (2, 72, 8), (1, 1, 9)])
def test_orthogonalise_is_the_newton_schulz_iteration(shape: tuple[int, int, int]) -> None:
    generator = torch.Generator().manual_seed(1)
    matrices = torch.randn(shape, generator=generator)
    if min(shape[1:]) > 1:
        matrices[:, 0] *= 1e-4  # badly conditioned, as momentum is
    expected = newton_schulz(matrices if shape[1] <= shape[2] else matrices.mT)
    expected = expected if shape[1] <= shape[2] else expected.mT
    assert torch.allclose(orthogonalise(matrices).double(), expected, atol=2e-5)


def test_singular_values_come_close_to_one() -> None:
    matrices = torch.randn((4, 16, 144), generator=torch.Generator().manual_seed(2))
    values = torch.linalg.svdvals(orthogonalise(matrices))
    assert values.min() > 0.6
    assert values.max() < 1.3


def test_every_trainable_parameter_has_exactly_one_optimiser() -> None:
    from training.preset import load_preset

    model = load_preset("qres7m").build_model()
    model.initial.requires_grad_(False)
    optimisers = build_optimisers(model, muon=True, learning_rate=1e-3, adam_learning_rate=1e-3, weight_decay=0.1)
    taken = [id(p) for optimiser in optimisers for group in optimiser.param_groups for p in group["params"]]
    assert sorted(taken) == sorted(id(p) for p in model.parameters() if p.requires_grad)
    assert len(optimisers) == 2
