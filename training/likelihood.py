"""Rate of a latent under its prior: a Gaussian convolved with a unit-width uniform (paper, Eq. 4)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

_SMALLEST_PROBABILITY = 1e-6


def gaussian_nats(residual: Tensor, scale: Tensor) -> Tensor:
    """-ln p of `residual` = latent - prior mean under N(0, scale^2) * U(-1/2, 1/2), in nats, elementwise, float32.

    Where the difference of the Gaussian distribution function is below 1e-6 the density at the centre stands in for
    it, so that the gradient does not vanish.
    """
    distance = residual.float().abs()
    scale = scale.float()
    root = 1.0 / (scale * math.sqrt(2.0))
    # Both arguments are on the lower tail, where erfc loses no digits.
    probability = 0.5 * (torch.erfc((distance - 0.5) * root) - torch.erfc((distance + 0.5) * root))
    density_nats = 0.5 * (distance / scale).square() + torch.log(scale) + 0.5 * math.log(2 * math.pi)
    usable = probability > _SMALLEST_PROBABILITY
    return torch.where(usable, -torch.log(probability.clamp_min(_SMALLEST_PROBABILITY)), density_nats)
