"""The quality index: one set of weights for all rates, conditioned on lambda.

A quality index q in 0..Q-1 stands for the Lagrangian multiplier lambda of the paper's loss, log-spaced between
`lambda_min` and `lambda_max`. The index enters every block as learned per-channel gains and shifts; while training it
is a real number, and for export the learned functions are tabulated at the integers.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

UNIT_GAIN_LAMBDA = 6.0
"""The lambda at which the latent gain begins at one, for the mean squared error on -1..1."""

_HARMONICS = 8


def lambda_of(quality_index: Tensor, quality_count: int, lambda_min: float, lambda_max: float) -> Tensor:
    """Lambda for (real-valued) quality indices, any shape: lambda_min * (lambda_max / lambda_min) ** (q / (Q - 1))."""
    position = quality_index.to(torch.float32) / max(quality_count - 1, 1)
    return lambda_min * torch.exp(position * math.log(lambda_max / lambda_min))


class QualityEmbedding(nn.Module):
    """Smooth embedding of the quality index: cosine features, then a two-layer perceptron; last the log latent gain.

    The last component is ln sqrt(lambda / 6). At high rate the loss is minimal at MSE = 1 / (2 lambda), the error of a
    uniform quantiser of step sqrt(6 / lambda), so features of pixel scale want this gain before rounding to integers.
    For another distortion, `unit_gain_lambda` stands for the 6.
    """

    def __init__(
        self,
        width: int,
        quality_count: int,
        lambda_min: float,
        lambda_max: float,
        unit_gain_lambda: float = UNIT_GAIN_LAMBDA,
    ) -> None:
        super().__init__()
        self.width = width + 1
        self.quality_count = quality_count
        self.lambda_range = (lambda_min, lambda_max)
        self.unit_gain_lambda = unit_gain_lambda
        self.layers = nn.Sequential(nn.Linear(_HARMONICS, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU())

    def forward(self, quality_index: Tensor) -> Tensor:
        """quality_index [B], real in 0..Q-1 -> embedding float32 [B, self.width]."""
        position = quality_index.to(torch.float32) / max(self.quality_count - 1, 1)
        harmonics = torch.arange(_HARMONICS, dtype=torch.float32, device=position.device)
        with torch.autocast(position.device.type, enabled=False):
            learned = self.layers(torch.cos(math.pi * position[:, None] * harmonics))
        lambdas = lambda_of(quality_index, self.quality_count, *self.lambda_range)
        log_gain = 0.5 * torch.log(lambdas / self.unit_gain_lambda)
        return torch.cat([learned, log_gain[:, None]], dim=1)


class ConditionalTable(nn.Module):
    """A vector that depends on the quality index, as a linear function of its embedding.

    It starts at zero, or with `starts_at_log_gain` at the embedding's log latent gain.

    `tabulate` freezes the function at the integer indices 0..Q-1; afterwards `forward` expects the index itself
    (int64 [B]) in place of the embedding, which is what the exported graphs receive.
    """

    table: Tensor | None

    def __init__(self, embedding_width: int, size: int, *, starts_at_log_gain: bool = False) -> None:
        super().__init__()
        self.linear = nn.Linear(embedding_width, size)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)
        if starts_at_log_gain:
            nn.init.ones_(self.linear.weight[:, -1])
        self.register_buffer("table", None, persistent=False)

    def forward(self, condition: Tensor) -> Tensor:
        """Embedding float32 [B, embedding_width], or after `tabulate` the index int64 [B] -> float32 [B, size]."""
        if self.table is not None:
            return self.table.index_select(0, condition)
        with torch.autocast(condition.device.type, enabled=False):
            return self.linear(condition.float())

    @torch.no_grad()
    def tabulate(self, embeddings: Tensor) -> None:
        """Freeze at the embeddings [Q, embedding_width] of all quality indices."""
        self.table = self.linear(embeddings)
