"""The scale network: from symbols already decoded to the frequency-table index of every latent element.

It is trained in floating point on numbers that an integer implementation can represent, and is exported as exact
integers (FORMAT.md, "Scale network"). Units while training: a state of 1.0 is the integer 16, a table index is itself.
No gradient flows from here into the rest of the model except through the scale of the likelihood.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.quality import ConditionalTable, QualityEmbedding

STATE_UNIT = 16  # integer value of a state of 1.0
STATE_MAXIMUM = 255
WEIGHT_MAXIMUM = 63  # no 16-bit saturation where u8 x s8 pairs are summed in 16 bits
HEAD_UNIT = 8.0  # table indices per unit of a head's weights, so that heads learn at the pace of the other layers


@dataclass(frozen=True)
class LatentShape:
    """Stride (pixels per latent position) and channels of one latent block."""

    stride: int
    channels: int


def magnitude_table() -> Tensor:
    """Integer companding of min(|r|, 255), uint8 [256]: 16 log2(1 + |r|), rounded; 1 -> 16, 3 -> 32, 255 -> 128."""
    return torch.round(16 * torch.log2(1 + torch.arange(256, dtype=torch.float64))).to(torch.uint8)


def straight_through(x: Tensor, value: Tensor) -> Tensor:
    """`value` going forward, the gradient of `x` going back."""
    return x + (value - x).detach()


class _InwardClamp(torch.autograd.Function):
    """Clamp whose gradient outside the range passes only where a descent step would lead back into it.

    With the plain gradient of a clamp a saturated value never returns; passed on unchanged, it drifts away for ever.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, low: float, high: float) -> Tensor:
        ctx.save_for_backward(x)
        ctx.range = (low, high)
        return x.clamp(low, high)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (x,) = ctx.saved_tensors
        low, high = ctx.range
        gradient = gradients[0]
        outward = ((x < low) & (gradient > 0)) | ((x > high) & (gradient < 0))
        return gradient.masked_fill(outward, 0.0), None, None


def inward_clamp(x: Tensor, low: float, high: float) -> Tensor:
    """`x` limited to low..high, with a gradient that never pushes it out or holds it there."""
    return _InwardClamp.apply(x, low, high)


def quantise_weight(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Integers in [-63, 63] and the power-of-two exponent per output channel: weight ~ integers * 2**-exponent.

    weight [out, ...] float32 -> (integers, same shape, float32; exponent int64 [out], 0..15).
    """
    flat = weight.detach().flatten(1)
    largest = flat.abs().amax(dim=1).clamp_min(1e-8)
    exponent = torch.floor(torch.log2(WEIGHT_MAXIMUM / largest)).clamp(0, 15).to(torch.int64)
    factor = torch.exp2(exponent.to(weight.dtype)).view(-1, *[1] * (weight.dim() - 1))
    return torch.round(weight * factor).clamp(-WEIGHT_MAXIMUM, WEIGHT_MAXIMUM), exponent


class ScaleNetwork(nn.Module):
    """Convolutional state over the symbols decoded so far, with a 1x1 head per latent block.

    With `quantised` the forward pass is the one of the exported integers (weights, states and indices rounded,
    straight-through gradients); its indices are then whole numbers.
    """

    magnitude: Tensor

    def __init__(
        self,
        shapes: Sequence[LatentShape],
        *,
        width: int,
        table_count: int,
        scale_min: float,
        scale_max: float,
        embedding: QualityEmbedding,
    ) -> None:
        super().__init__()
        self.log_scale_range = (math.log(scale_min), math.log(scale_max))
        self.shapes = tuple(shapes)
        self.width = width
        self.table_count = table_count
        self.quantised = False
        self.embedding = embedding
        self.initial_state = ConditionalTable(embedding.width, width)
        self.heads = nn.ModuleList(nn.Conv2d(width, shape.channels, 1, bias=False) for shape in self.shapes)
        self.head_biases = nn.ModuleList(ConditionalTable(embedding.width, s.channels) for s in self.shapes)
        self.updates = nn.ModuleList(
            nn.Conv2d(width + previous.channels, width, 3, padding=1, bias=False) for previous in self.shapes[:-1]
        )
        self.update_biases = nn.ModuleList(ConditionalTable(embedding.width, width) for _ in self.shapes[:-1])
        self.register_buffer("magnitude", magnitude_table().float() / STATE_UNIT, persistent=False)
        self._initialise()

    @torch.no_grad()
    def _initialise(self) -> None:
        # The state passes through unchanged at first, so that what was seen early reaches the late blocks.
        nn.init.uniform_(self.initial_state.linear.bias, 0.0, 1.0)
        for update in self.updates:
            weight = cast(nn.Conv2d, update).weight
            nn.init.normal_(weight, std=0.5 / math.sqrt(weight[0].numel()))
            weight[:, : self.width, 1, 1] += 0.9 * torch.eye(self.width)
        for head, bias in zip(self.heads, self.head_biases, strict=True):
            nn.init.normal_(cast(nn.Conv2d, head).weight, std=0.1 / math.sqrt(self.width))
            nn.init.constant_(cast(ConditionalTable, bias).linear.bias, 0.4 * self.table_count / HEAD_UNIT)

    def _weight(self, layer: nn.Module) -> Tensor:
        weight = cast(nn.Conv2d, layer).weight
        if not self.quantised:
            return weight
        integers, exponent = quantise_weight(weight)
        factor = torch.exp2(-exponent.to(weight.dtype)).view(-1, *[1] * (weight.dim() - 1))
        return straight_through(weight, integers * factor)

    def _round_state(self, state: Tensor) -> Tensor:
        state = inward_clamp(state, 0, STATE_MAXIMUM / STATE_UNIT)
        if not self.quantised:
            return state
        return straight_through(state, torch.floor(state * STATE_UNIT + 0.5) / STATE_UNIT)

    def scale_of(self, table_index: Tensor) -> Tensor:
        """Standard deviation that a (real-valued) table index stands for; log-spaced."""
        low, high = self.log_scale_range
        return torch.exp(low + table_index * ((high - low) / (self.table_count - 1)))

    def start(self, condition: Tensor, height: int, width: int) -> Tensor:
        """State before block 0 on a grid of that block's stride: float32 [B, width, height, width]."""
        state = self._round_state(self.initial_state(condition))
        return state[:, :, None, None].expand(-1, -1, height, width)

    def forward(self, quality_index: Tensor, symbols: Sequence[Tensor]) -> list[Tensor]:
        """Table index of every element of every block, real-valued in 0..T-1 (whole numbers if `quantised`).

        quality_index [B] (real while training); symbols: per block but the last the integers r [B, z, h, w] as float.
        """
        condition = self.embedding(quality_index)
        state = self.start(condition, *symbols[0].shape[-2:])
        indices = []
        for block, shape in enumerate(self.shapes):
            if block > 0:
                # A diverged model gives NaN, which must reach the loss instead of ending in a wrong place of the table.
                places = symbols[block - 1].detach().abs().nan_to_num(nan=255.0).clamp_max(255).to(torch.int64)
                magnitude = self.magnitude[places]
                bias = self.update_biases[block - 1](condition)[:, :, None, None]
                inputs = torch.cat([state, magnitude], dim=1)
                update = self.updates[block - 1]
                state = self._round_state(functional.conv2d(inputs, self._weight(update), padding=1) + bias)
                ratio = self.shapes[block - 1].stride // shape.stride
                if ratio > 1:
                    state = functional.interpolate(state, scale_factor=ratio, mode="nearest")
            bias = self.head_biases[block](condition)[:, :, None, None]
            index = HEAD_UNIT * (functional.conv2d(state, self._weight(self.heads[block])) + bias)
            index = inward_clamp(index, 0, self.table_count - 1)
            indices.append(straight_through(index, torch.floor(index + 0.5)) if self.quantised else index)
        return indices
