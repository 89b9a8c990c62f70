"""The fully factorised prior of a hyper-latent: one learned density for each channel, the same at every position.

Ballé, Minnen, Singh, Hwang, Johnston, "Variational image compression with a scale hyperprior", 2018, appendix 6.1.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

_FILTERS = (1, 3, 3, 3, 1)
_INITIAL_SCALE = 10.0  # the density starts about this wide
_SMALLEST_PROBABILITY = 1e-9
_TAIL = 2.0**-16  # largest probability of the symbols that a table leaves to an escape, on either side
_LARGEST_LIMIT = 1023


class FactorisedPrior(nn.Module):
    """A cumulative distribution function for each channel, as a monotone network of four layers.

    Each layer multiplies by a positive matrix, adds a bias and, but for the last, adds tanh(x) times a factor above -1;
    a sigmoid follows.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels
        layers = len(_FILTERS) - 1
        self.matrices = nn.ParameterList()
        self.biases = nn.ParameterList()
        self.factors = nn.ParameterList()
        for number, (before, after) in enumerate(itertools.pairwise(_FILTERS)):
            start = math.log(math.expm1(1 / (_INITIAL_SCALE ** (1 / layers) * after)))
            self.matrices.append(nn.Parameter(torch.full((channels, after, before), start)))
            self.biases.append(nn.Parameter(torch.rand(channels, after, 1) - 0.5))
            if number < layers - 1:
                self.factors.append(nn.Parameter(torch.zeros(channels, after, 1)))

    def _logits(self, values: Tensor) -> Tensor:
        """Logits of the cumulative distribution function at `values` [channels, 1, N], in their dtype."""
        logits = values
        for number, (matrix, bias) in enumerate(zip(self.matrices, self.biases, strict=True)):
            logits = functional.softplus(matrix.to(values.dtype)) @ logits + bias.to(values.dtype)
            if number < len(self.factors):
                logits = logits + torch.tanh(self.factors[number].to(values.dtype)) * torch.tanh(logits)
        return logits

    def nats(self, latent: Tensor) -> Tensor:
        """-ln p of a latent [B, channels, h, w] under the density convolved with a unit-width uniform, float32."""
        with torch.autocast(latent.device.type, enabled=False):
            values = latent.float().transpose(0, 1).flatten(1)[:, None]
            lower, upper = self._logits(values - 0.5), self._logits(values + 0.5)
            # On the side of the median where both sigmoids are small, none of their digits are lost.
            sign = -torch.sign(lower + upper).detach()
            probability = (torch.sigmoid(sign * upper) - torch.sigmoid(sign * lower)).abs()
            nats = -torch.log(probability.clamp_min(_SMALLEST_PROBABILITY))
        batch, channels, height, width = latent.shape
        return nats.view(channels, batch, height, width).transpose(0, 1)

    @torch.no_grad()
    def probabilities(self) -> list[NDArray[np.float64]]:
        """For each channel the probabilities of the symbols -L..L, float64 [2 L + 1].

        The end entries are those of all symbols from there on, as in a frequency table with escapes. L is the smallest
        limit with which neither exceeds 2**-16, at most 1023.
        """
        edges = torch.arange(-_LARGEST_LIMIT, _LARGEST_LIMIT, dtype=torch.float64, device="cpu") + 0.5
        logits = self._logits(edges.expand(self.channels, 1, -1))[:, 0]
        below, above = torch.sigmoid(logits).numpy(), torch.sigmoid(-logits).numpy()
        tables = []
        for low, high in zip(below, above, strict=True):
            # Edge number _LARGEST_LIMIT - L is at -L + 1/2, number _LARGEST_LIMIT + L - 1 at L - 1/2.
            outer = np.maximum(low[_LARGEST_LIMIT - 1 :: -1], high[_LARGEST_LIMIT:])
            small_enough = np.flatnonzero(outer <= _TAIL)
            limit = int(small_enough[0]) + 1 if len(small_enough) else _LARGEST_LIMIT
            inner = slice(_LARGEST_LIMIT - limit, _LARGEST_LIMIT + limit)
            between = np.where(low[inner][:-1] < 0.5, np.diff(low[inner]), -np.diff(high[inner]))
            tables.append(np.concatenate([low[inner][:1], between, high[inner][-1:]]))
        return tables
