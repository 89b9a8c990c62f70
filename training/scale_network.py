"""The scale network: from symbols already decoded to the frequency-table index of every latent element.

It is trained in floating point on numbers that an integer implementation can represent, and is exported as exact
integers (FORMAT.md, "Scale network"). Units while training: a state of 1.0 is the integer 16, a table index is itself.
Where the symbols carry a gradient it is that of the companding without its rounding.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.likelihood import counted_costs, counted_nats, integer_nats
from training.quality import ConditionalTable, QualityEmbedding

STATE_UNIT = 16  # integer value of a state of 1.0
STATE_MAXIMUM = 255
WEIGHT_MAXIMUM = 63  # no 16-bit saturation where u8 x s8 pairs are summed in 16 bits
# Of the magnitudes of a channel's weights together: 255 times it leaves a quarter of 2**24 to the bias. Only wide
# layers come near.
_WEIGHT_SUM_MAXIMUM = (2**24 - 2**22) // STATE_MAXIMUM


@dataclass(frozen=True)
class LatentShape:
    """Stride (pixels per latent position) and channels of one latent block.

    The symbols of a `factorised` block have a frequency table of their own in each channel. They may be far from
    symmetric, so the scale network sees positive and negative ones apart.
    """

    stride: int
    channels: int
    factorised: bool = False


def head_unit(table_count: int) -> float:
    """Table indices per unit of a head's weights: a power of two, about an eighth of the number of tables.

    So heads learn at the pace of the other layers, and where the tables stand twice as dense (2 T - 1 of them in place
    of T) the weights keep their meaning.
    """
    return float(2 ** max(1, round(math.log2((table_count - 1) / 63)) + 3))


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
    room = torch.minimum(WEIGHT_MAXIMUM / largest, _WEIGHT_SUM_MAXIMUM / flat.abs().sum(dim=1).clamp_min(1e-8))
    exponent = torch.floor(torch.log2(room)).clamp(0, 15).to(torch.int64)
    factor = torch.exp2(exponent.to(weight.dtype)).view(-1, *[1] * (weight.dim() - 1))
    return torch.round(weight * factor).clamp(-WEIGHT_MAXIMUM, WEIGHT_MAXIMUM), exponent


def upsample_state(state: Tensor, width: int, ratio: int) -> Tensor:
    """What an update gave -> the state at a stride that is `ratio` times finer: [B, width, h * ratio, w * ratio].

    [B, width, h, w] is repeated, [B, width * ratio**2, h, w] has a state for each finer position.
    """
    if ratio == 1:
        return state
    if state.shape[1] == width:
        return functional.interpolate(state, scale_factor=float(ratio), mode="nearest")
    return functional.pixel_shuffle(state, ratio)


class ScaleNetwork(nn.Module):
    """Convolutional state over the symbols decoded so far, with a 1x1 head per latent block.

    With `quantised` the forward pass is the one of the exported integers (weights, states and indices rounded,
    straight-through gradients); its indices are then whole numbers.

    On the way to a finer stride the state is repeated, or with `sub_pixel` each update makes a state for every finer
    position (sub-pixel convolution). A factorised block has no head: the tables of its channels are numbered from
    `table_count` on, behind those of the scales.
    """

    magnitude: Tensor
    costs: Tensor | None

    def __init__(
        self,
        shapes: Sequence[LatentShape],
        *,
        width: int,
        table_count: int,
        scale_min: float,
        scale_max: float,
        embedding: QualityEmbedding,
        sub_pixel: bool = False,
    ) -> None:
        super().__init__()
        self.log_scale_range = (math.log(scale_min), math.log(scale_max))
        self.shapes = tuple(shapes)
        self.width = width
        self.table_count = table_count
        self.head_unit = head_unit(table_count)
        self.quantised = False
        self.embedding = embedding
        self.initial_state = ConditionalTable(embedding.width, width)
        self.heads = nn.ModuleList(
            nn.Identity() if shape.factorised else nn.Conv2d(width, shape.channels, 1, bias=False)
            for shape in self.shapes
        )
        self.head_biases = nn.ModuleList(
            nn.Identity() if shape.factorised else ConditionalTable(embedding.width, shape.channels)
            for shape in self.shapes
        )
        self.updates, self.update_biases = nn.ModuleList(), nn.ModuleList()
        for previous, shape in itertools.pairwise(self.shapes):
            places = (previous.stride // shape.stride) ** 2 if sub_pixel else 1
            inputs = width + previous.channels * (2 if previous.factorised else 1)
            self.updates.append(nn.Conv2d(inputs, width * places, 3, padding=1, bias=False))
            self.update_biases.append(ConditionalTable(embedding.width, width * places))
        self.register_buffer("magnitude", magnitude_table().float() / STATE_UNIT, persistent=False)
        self.register_buffer("costs", None, persistent=False)
        self._initialise()

    @torch.no_grad()
    def _initialise(self) -> None:
        # The state passes through unchanged at first, so that what was seen early reaches the late blocks.
        nn.init.uniform_(self.initial_state.linear.bias, 0.0, 1.0)
        for update in self.updates:
            weight = cast(nn.Conv2d, update).weight
            nn.init.normal_(weight, std=0.5 / math.sqrt(weight[0].numel()))
            weight[:, : self.width, 1, 1] += 0.9 * torch.eye(self.width).repeat_interleave(len(weight) // self.width, 0)
        for shape, head, bias in zip(self.shapes, self.heads, self.head_biases, strict=True):
            if shape.factorised:
                continue
            nn.init.normal_(cast(nn.Conv2d, head).weight, std=0.1 / math.sqrt(self.width))
            nn.init.constant_(cast(ConditionalTable, bias).linear.bias, 0.4 * self.table_count / self.head_unit)

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

    def _magnitudes(self, block: int, symbols: Tensor) -> Tensor:
        """What an update sees of the symbols [B, z, h, w] of the block before; signs apart if they are factorised."""
        parts = [symbols.relu(), (-symbols).relu()] if self.shapes[block].factorised else [symbols.abs()]
        magnitudes = torch.cat(parts, dim=1)
        # A diverged model gives NaN, which must reach the loss instead of ending in a wrong place of the table.
        places = magnitudes.detach().nan_to_num(nan=255.0).clamp_max(255).to(torch.int64)
        value = self.magnitude[places]
        return straight_through(torch.log2(1 + magnitudes), value) if symbols.requires_grad else value

    def scale_of(self, table_index: Tensor) -> Tensor:
        """Standard deviation that a (real-valued) table index stands for; log-spaced."""
        low, high = self.log_scale_range
        return torch.exp(low + table_index * ((high - low) / (self.table_count - 1)))

    def index_of(self, scale: float) -> float:
        """The real-valued table index that stands for a standard deviation; the inverse of `scale_of`."""
        low, high = self.log_scale_range
        return (math.log(scale) - low) * (self.table_count - 1) / (high - low)

    def expect_tables(self, counts: Tensor) -> None:
        """From now on, `nats` are those of frequency tables fitted to counts int [T, N] of magnitude n in table t."""
        tables = torch.arange(self.table_count, device=self.magnitude.device)
        self.costs = counted_costs(counts.to(tables.device), self.scale_of(tables))

    def nats(self, residual: Tensor, index: Tensor) -> Tensor:
        """What the integers that `residual` [B, z, h, w] is rounded to cost with these table indices, elementwise."""
        if self.costs is None:
            return integer_nats(residual, self.scale_of(index))
        return counted_nats(residual, index, self.costs)

    def start(self, condition: Tensor, height: int, width: int) -> Tensor:
        """State before block 0 on a grid of that block's stride: float32 [B, width, height, width]."""
        state = self._round_state(self.initial_state(condition))
        return state[:, :, None, None].expand(-1, -1, height, width)

    def forward(self, quality_index: Tensor, symbols: Sequence[Tensor]) -> list[Tensor]:
        """Table index of every element of every block: real-valued in 0..T-1 (whole numbers if `quantised`), with T the
        number of scales; for a factorised block T + channel.

        quality_index [B] (real while training); symbols: per block but the last the integers r [B, z, h, w] as float.
        """
        condition = self.embedding(quality_index)
        state = self.start(condition, *symbols[0].shape[-2:])
        indices = []
        for block, shape in enumerate(self.shapes):
            if block > 0:
                bias = self.update_biases[block - 1](condition)[:, :, None, None]
                inputs = torch.cat([state, self._magnitudes(block - 1, symbols[block - 1])], dim=1)
                update = self.updates[block - 1]
                state = self._round_state(functional.conv2d(inputs, self._weight(update), padding=1) + bias)
                state = upsample_state(state, self.width, self.shapes[block - 1].stride // shape.stride)
            if shape.factorised:
                table = self.table_count + torch.arange(shape.channels, dtype=state.dtype, device=state.device)
                indices.append(table[None, :, None, None].expand(len(state), -1, *state.shape[2:]))
                continue
            bias = self.head_biases[block](condition)[:, :, None, None]
            index = self.head_unit * (functional.conv2d(state, self._weight(self.heads[block])) + bias)
            index = inward_clamp(index, 0, self.table_count - 1)
            indices.append(straight_through(index, torch.floor(index + 0.5)) if self.quantised else index)
        return indices
