"""Rate of a latent under its prior, a Gaussian convolved with a unit-width uniform (paper, Eq. 4)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from training.precision import compiled_for_gpu

_SMALLEST_PROBABILITY = 1e-6
TABLE_PRIOR_WEIGHT = 1000.0  # symbols that the Gaussian counts for where frequency tables are fitted to counted ones
_TAIL_SHARE = 3e-4  # of the symbols of a frequency table, those that the Gaussian does not explain


def gaussian_nats(residual: Tensor, scale: Tensor) -> Tensor:
    """-ln p of `residual` = latent - prior mean under N(0, scale^2) * U(-1/2, 1/2), in nats, elementwise, float32.

    Where the difference of the Gaussian distribution function is below 1e-6 the density at the centre stands in for
    it, so that the gradient does not vanish.
    """
    distance = residual.float().abs()
    scale = scale.float()
    probability = _gaussian_mass(distance, scale)
    density_nats = 0.5 * (distance / scale).square() + torch.log(scale) + 0.5 * math.log(2 * math.pi)
    usable = probability > _SMALLEST_PROBABILITY
    return torch.where(usable, -torch.log(probability.clamp_min(_SMALLEST_PROBABILITY)), density_nats)


def table_nats(residual: Tensor, scale: Tensor) -> Tensor:
    """-ln p of `residual` under what stands for a frequency table while training, in nats, elementwise, float32.

    Tables are fitted to counted symbols, and among those of the smallest scales there always are some that a Gaussian
    would not give: at scale 0.05 it makes a one cost 50 nats, a fitted table 12 to 15. So a small share of the mass
    falls with the square of the distance, as escapes in a file do (Elias gamma).
    """
    distance = residual.float().abs()
    scale = scale.float()
    mass = _gaussian_mass(distance, scale)
    width = 1 + scale
    tail = math.log(_TAIL_SHARE) - torch.log1p(2 * width) - 2 * torch.log1p(distance / width)
    return -torch.logaddexp(torch.log(mass.clamp_min(torch.finfo(mass.dtype).tiny)), tail)


def integer_nats(residual: Tensor, scale: Tensor) -> Tensor:
    """`table_nats` of the integers that `residual` [B, C, h, w] is rounded to, elementwise, in nats, float32.

    `scale` learns from the integers, for which it will be used: under uniform noise an element that is always rounded
    to zero would still cost something. Rounding has no gradient; for `residual` that of the expected rate under
    uniform noise stands in, R(u + 1/2) - R(u - 1/2), without drawing any.
    """
    # In one dimension and in the order of the memory, one compiled kernel serves all shapes.
    rows = [value.float().permute(0, 2, 3, 1) for value in (residual, scale)]
    nats = _integer_nats(*(value.reshape(-1) for value in rows))
    return nats.view(rows[0].shape).permute(0, 3, 1, 2)


@compiled_for_gpu(dynamic=True)
def _integer_nats(residual: Tensor, scale: Tensor) -> Tensor:
    value = table_nats(torch.round(residual.detach()), scale)
    with torch.no_grad():
        slope = table_nats(residual + 0.5, scale) - table_nats(residual - 0.5, scale)
    return value + slope * (residual - residual.detach())


def counted_costs(counts: Tensor, scales: Tensor) -> Tensor:
    """Nats of a symbol of every magnitude under every frequency table, as tables are fitted: float32 [T, N].

    counts [T, N] says how often magnitude n was coded with table t, scales [T] what Gaussian the table stands for.
    """
    magnitudes = torch.arange(counts.shape[1], dtype=torch.float32, device=counts.device)
    sides = torch.where(magnitudes > 0, 2.0, 1.0)  # symbols that share a magnitude
    prior = sides * torch.exp(-table_nats(magnitudes, scales[:, None]))
    weights = counts + TABLE_PRIOR_WEIGHT * prior / prior.sum(dim=1, keepdim=True)
    return -torch.log(weights / (sides * weights.sum(dim=1, keepdim=True)))


def counted_nats(residual: Tensor, index: Tensor, costs: Tensor) -> Tensor:
    """`integer_nats` with the tables that the symbols will be coded with instead of the Gaussians they stand for.

    residual and index [B, C, h, w], the index whole; costs [T, N], see `counted_costs`. The index has the gradient of
    the costs in the neighbouring tables; `residual` that of the costs interpolated between the integers, as it is on
    average within a quarter of a step. (Without the average, all residuals in the dead zone around an integer are
    pulled to its middle, and fewer bits are spent than is best.)
    """
    rows = [value.float().permute(0, 2, 3, 1) for value in (residual, index)]
    nats = _counted_nats(*(value.reshape(-1) for value in rows), costs)
    return nats.view(rows[0].shape).permute(0, 3, 1, 2)


@compiled_for_gpu(dynamic=True)
def _counted_nats(residual: Tensor, index: Tensor, costs: Tensor) -> Tensor:
    tables, magnitudes = costs.shape
    with torch.no_grad():
        # A diverged model gives NaN, which reaches the loss in the last line instead of ending in a wrong place here.
        place = index.nan_to_num(nan=0.0).to(torch.int64)
        nearest = torch.round(residual).nan_to_num(nan=0.0).clamp(1 - magnitudes, magnitudes - 1)
        share = (0.5 + 2 * (residual - nearest)).clamp(0, 1)
        symbol = nearest.to(torch.int64)
        magnitude = symbol.abs()
        value = costs[place, magnitude]
        wider = costs[(place + 1).clamp_max(tables - 1), magnitude]
        narrower = costs[(place - 1).clamp_min(0), magnitude]
        above = costs[place, (symbol + 1).abs().clamp_max(magnitudes - 1)] - value
        below = value - costs[place, (symbol - 1).abs().clamp_max(magnitudes - 1)]
        slope = below + share * (above - below)
    return value + (wider - narrower) / 2 * (index - index.detach()) + slope * (residual - residual.detach())


def _gaussian_mass(distance: Tensor, scale: Tensor) -> Tensor:
    """Mass of N(0, scale^2) in the interval of width one around `distance` >= 0, float32."""
    root = 1.0 / (scale * math.sqrt(2.0))
    # Both arguments are on the lower tail, where erfc loses no digits.
    return 0.5 * (torch.erfc((distance - 0.5) * root) - torch.erfc((distance + 0.5) * root))
