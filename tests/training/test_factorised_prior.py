"""The factorised prior: a density for each channel, and the probabilities that become its frequency tables."""

import math

import numpy as np
import pytest
import torch

from codec_format.frequency_tables import TOTAL, tables_from_probabilities
from training.factorised_prior import FactorisedPrior


def fitted() -> tuple[FactorisedPrior, torch.Tensor]:
    """A prior trained for a moment on integers that are skewed, narrow and far from zero, and the integers."""
    generator = torch.Generator().manual_seed(0)
    skewed = torch.randn(1, 1, 64, 64, generator=generator).exp().mul(3)
    narrow = 0.2 * torch.randn(1, 1, 64, 64, generator=generator)
    distant = 20 + 4 * torch.randn(1, 1, 64, 64, generator=generator)
    symbols = torch.round(torch.cat([skewed, narrow, distant], dim=1))
    torch.manual_seed(0)
    prior = FactorisedPrior(3)
    optimiser = torch.optim.Adam(prior.parameters(), lr=0.03)
    for _ in range(400):
        optimiser.zero_grad()
        prior.nats(symbols + torch.rand(symbols.shape, generator=generator) - 0.5).mean().backward()
        optimiser.step()
    return prior, symbols


@pytest.fixture(scope="module")
def trained() -> tuple[FactorisedPrior, torch.Tensor]:
    return fitted()


def test_it_learns_the_distribution_of_each_channel(trained: tuple[FactorisedPrior, torch.Tensor]) -> None:
    prior, symbols = trained
    learned = prior.nats(symbols).detach().mean(dim=(0, 2, 3))
    for channel in range(3):
        _, counts = symbols[0, channel].unique(return_counts=True)
        share = counts / counts.sum()
        entropy = float(-(share * share.log()).sum())
        assert entropy - 0.01 < float(learned[channel]) < entropy + 0.15


def test_probabilities_agree_with_the_density_and_sum_to_one(trained: tuple[FactorisedPrior, torch.Tensor]) -> None:
    prior, _ = trained
    for channel, probabilities in enumerate(prior.probabilities()):
        limit = len(probabilities) // 2
        assert math.isclose(probabilities.sum(), 1.0, abs_tol=1e-9)
        assert max(probabilities[0], probabilities[-1]) <= 2**-16
        inner = torch.arange(-limit + 1, limit).float().view(1, 1, -1, 1).expand(1, 3, -1, 1)
        density = torch.exp(-prior.nats(inner))[0, channel, :, 0].detach().numpy()
        np.testing.assert_allclose(probabilities[1:-1], density, rtol=2e-3, atol=2e-8)


def test_limits_are_as_small_as_the_tails_allow(trained: tuple[FactorisedPrior, torch.Tensor]) -> None:
    prior, symbols = trained
    narrow, distant = prior.probabilities()[1:]
    assert len(narrow) // 2 < 10
    assert len(distant) // 2 >= int(symbols[0, 2].max())


def test_tables_sum_to_the_total_and_keep_the_asymmetry(trained: tuple[FactorisedPrior, torch.Tensor]) -> None:
    prior, _ = trained
    probabilities = prior.probabilities()
    tables = tables_from_probabilities(probabilities)
    for exact, table in zip(probabilities, tables.frequencies, strict=True):
        assert table.sum() == TOTAL
        assert table.min() >= 1
        np.testing.assert_allclose(table / TOTAL, exact, atol=2 * len(table) / TOTAL)
    skewed = tables.frequencies[0]
    assert skewed[len(skewed) // 2 + 3] > 50 * skewed[len(skewed) // 2 - 3]


def test_a_density_wider_than_any_table_is_cut() -> None:
    prior = FactorisedPrior(1)
    with torch.no_grad():
        for matrix in prior.matrices:
            matrix.fill_(-8.0)
    (probabilities,) = prior.probabilities()
    assert len(probabilities) == 2 * 1023 + 1
    assert math.isclose(probabilities.sum(), 1.0, abs_tol=1e-9)


def test_far_symbols_cost_finite_nats_with_a_gradient_towards_them() -> None:
    prior = FactorisedPrior(2)
    latent = torch.tensor([60.0, -60.0]).view(1, 2, 1, 1).requires_grad_()
    nats = prior.nats(latent)
    assert bool(torch.isfinite(nats).all())
    nats.sum().backward()
    assert latent.grad is not None
    assert float(latent.grad[0, 0]) > 0
    assert float(latent.grad[0, 1]) < 0
