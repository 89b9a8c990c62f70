"""Generalised divisive normalisation (GDN) and its approximate inverse (IGDN).

Ballé, Laparra, Simoncelli, "Density modeling of images using a generalized normalization transformation", 2016; in the
simplified form of "End-to-end optimized image compression", 2017.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.scale_network import inward_clamp

_PEDESTAL = 2.0**-36  # keeps the gradient of the square alive near zero
_SMALLEST_BETA = 1e-6
_INITIAL_GAMMA = 0.1


class GDN(nn.Module):
    """x[i] / sqrt(beta[i] + sum over j of gamma[i, j] * x[j]**2) at every position; the inverse multiplies.

    beta and gamma are not negative: they are squares of the parameters, which are kept away from zero as in the
    published implementation.
    """

    def __init__(self, channels: int, *, inverse: bool = False) -> None:
        super().__init__()
        self.inverse = inverse
        self.beta_root = nn.Parameter(torch.full((channels,), math.sqrt(1 + _PEDESTAL)))
        self.gamma_root = nn.Parameter(torch.sqrt(_INITIAL_GAMMA * torch.eye(channels) + _PEDESTAL))

    @property
    def beta(self) -> Tensor:
        """[channels], at least 1e-6."""
        return inward_clamp(self.beta_root, math.sqrt(_SMALLEST_BETA + _PEDESTAL), math.inf).square() - _PEDESTAL

    @property
    def gamma(self) -> Tensor:
        """[channels, channels], at least 0."""
        return inward_clamp(self.gamma_root, math.sqrt(_PEDESTAL), math.inf).square() - _PEDESTAL

    def forward(self, x: Tensor) -> Tensor:
        """[B, channels, h, w] -> the same shape."""
        norm = functional.conv2d(x.square(), self.gamma[:, :, None, None], self.beta)
        return x * (torch.sqrt(norm) if self.inverse else torch.rsqrt(norm))
