"""The scale network as exact integers, and the proof that float32 carries them without rounding.

The arithmetic is the one of FORMAT.md, "Scale network". Every product and every partial sum of a convolution is an
integer below 2**24 in magnitude, so float32 computes it exactly in any order of summation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from export.errors import ExportError
from training.scale_network import (
    STATE_MAXIMUM,
    STATE_UNIT,
    WEIGHT_MAXIMUM,
    ScaleNetwork,
    magnitude_table,
    quantise_weight,
    upsample_state,
)

EXACT_LIMIT = 2**24
_LARGEST_SHIFT = 23

IntegerTensors = dict[str, NDArray[np.generic]]


@dataclass(frozen=True)
class LayerBound:
    """Largest magnitude that a sum in `layer` can reach, over its output channels, before the shift."""

    layer: str
    bound: int


def _layer(weight: Tensor, bias: Tensor, gain_exponent: int) -> dict[str, NDArray[np.generic]]:
    """Integers of one convolution whose input unit is 1/16.

    weight float [out, in, k, k], bias float [Q, out]; the output unit is 2**-(4 + exponent - shift), shift chosen so
    that it is 1/16 for a state (gain_exponent 0) or 1 for a table index (gain_exponent 3: indices are 8 times the sum).
    Raises ExportError where weights or biases do not fit into the integers.
    """
    if not float(weight.abs().max()) < WEIGHT_MAXIMUM + 0.5:
        raise ExportError(
            f"A weight of the scale network is not a number in -{WEIGHT_MAXIMUM}..{WEIGHT_MAXIMUM}; retrain it."
        )
    integers, exponent = quantise_weight(weight)
    state_exponent = STATE_UNIT.bit_length() - 1
    shift = exponent if gain_exponent == 0 else exponent + state_exponent - gain_exponent
    scaled = torch.round(bias.double() * torch.exp2((exponent + state_exponent).double()))
    if not float(scaled.abs().max()) < EXACT_LIMIT:
        raise ExportError("A bias of the scale network is too large, or no number; train it with smaller ones.")
    return {
        "weight": integers.to(torch.int8).numpy(),
        "bias": scaled.to(torch.int32).numpy(),
        "shift": shift.to(torch.uint8).numpy(),
    }


def _constant_head(network: ScaleNetwork, channels: int) -> dict[str, NDArray[np.generic]]:
    """The head of a factorised block: whatever the state, channel c has the table `network.table_count` + c."""
    tables = network.table_count + np.arange(channels, dtype=np.int32)
    return {
        "weight": np.zeros((channels, network.width), np.int8),
        "bias": np.tile(tables, (network.embedding.quality_count, 1)),
        "shift": np.zeros(channels, np.uint8),
        "maximum": tables[-1:].astype(np.uint8),
    }


@torch.no_grad()
def integer_scale_network(network: ScaleNetwork) -> IntegerTensors:
    """All integers of the scale network, by the names of FORMAT.md ("scale.<block>.update.weight" and so on).

    Raises ExportError where the network cannot be written in them.
    """
    quality_index = torch.arange(network.embedding.quality_count)
    condition = network.embedding(quality_index)
    initial = network.initial_state(condition).clamp(0, STATE_MAXIMUM / STATE_UNIT)
    tensors: IntegerTensors = {
        "scale.initial_state": torch.floor(initial * STATE_UNIT + 0.5).to(torch.uint8).numpy(),
        "scale.magnitude": magnitude_table().numpy(),
    }
    gain_exponent = int(network.head_unit).bit_length() - 1
    for block, shape in enumerate(network.shapes):
        if shape.factorised:
            layers = {f"scale.{block}.head": _constant_head(network, shape.channels)}
        else:
            head = cast(nn.Conv2d, network.heads[block]).weight
            layers = {f"scale.{block}.head": _layer(head, network.head_biases[block](condition), gain_exponent)}
            if any(other.factorised for other in network.shapes):
                # Behind the tables of the scales stand those of single channels.
                tensors[f"scale.{block}.head.maximum"] = np.array([network.table_count - 1], np.uint8)
        if block > 0:
            update = cast(nn.Conv2d, network.updates[block - 1]).weight
            layers[f"scale.{block}.update"] = _layer(update, network.update_biases[block - 1](condition), 0)
        for name, values in layers.items():
            for key, value in values.items():
                # Heads are 1x1 convolutions, stored as matrices.
                tensors[f"{name}.{key}"] = value[:, :, 0, 0] if value.shape[2:] == (1, 1) else value
    return tensors


def prove_exact(tensors: IntegerTensors) -> list[LayerBound]:
    """Bound of every layer, from its integers alone.

    Raises ExportError when one is not below 2**24, or a shift is above 23.

    For every output channel: sum |weight| * 255 + max |bias| + half < 2**24, with 255 the largest state or magnitude.
    """
    bounds = []
    for name in sorted(key.removesuffix(".weight") for key in tensors if key.endswith(".weight")):
        weight = tensors[f"{name}.weight"].astype(np.int64)
        bias = np.abs(tensors[f"{name}.bias"].astype(np.int64)).max(axis=0)
        shift = tensors[f"{name}.shift"].astype(np.int64)
        if shift.max() > _LARGEST_SHIFT:
            raise ExportError(f"Layer {name} of the scale network needs a shift above {_LARGEST_SHIFT}; retrain it.")
        half = np.where(shift > 0, 1 << np.maximum(shift - 1, 0), 0)
        sums = np.abs(weight).reshape(len(weight), -1).sum(axis=1) * STATE_MAXIMUM + bias + half
        bounds.append(LayerBound(name, int(sums.max())))
        if bounds[-1].bound >= EXACT_LIMIT:
            raise ExportError(
                f"Layer {name} of the scale network can reach {bounds[-1].bound}, not below 2**24, so its result would "
                "depend on the machine; train it with smaller weights."
            )
    return bounds


class IntegerLayer(nn.Module):
    """One convolution of the integer scale network on float32 tensors that hold integers."""

    weight: Tensor
    bias: Tensor
    rounding: Tensor
    factor: Tensor

    def __init__(self, tensors: IntegerTensors, name: str, maximum: int) -> None:
        super().__init__()
        weight = torch.from_numpy(tensors[f"{name}.weight"].astype(np.float32))
        self.register_buffer("weight", weight if weight.dim() == 4 else weight[:, :, None, None])
        self.register_buffer("bias", torch.from_numpy(tensors[f"{name}.bias"].astype(np.float32)))
        shift = torch.from_numpy(tensors[f"{name}.shift"].astype(np.int64))
        half = torch.where(shift > 0, 2 ** (shift - 1).clamp_min(0), torch.zeros_like(shift))
        self.register_buffer("rounding", half.float()[None, :, None, None])
        self.register_buffer("factor", torch.exp2(-shift.float())[None, :, None, None])
        self.maximum = maximum

    def forward(self, x: Tensor, quality_index: Tensor) -> Tensor:
        """X float32 [1, in, h, w] of integers 0..255 -> float32 [1, out, h, w] in 0..maximum, to be rounded down."""
        # What has no height and width is added first: every pass over the sums takes time.
        offset = self.bias.index_select(0, quality_index)[:, :, None, None] + self.rounding
        sums = functional.conv2d(x, self.weight, padding=self.weight.shape[-1] // 2) + offset
        return (sums * self.factor).clamp(0, self.maximum)


class IntegerScaleStep(nn.Module):
    """Scale network of one latent block: state and previous symbols to the new state and the table indices."""

    initial_state: Tensor
    magnitude: Tensor

    def __init__(self, tensors: IntegerTensors, block: int, ratio: int, table_count: int) -> None:
        super().__init__()
        self.block, self.ratio = block, ratio
        self.width = tensors[f"scale.{block}.head.weight"].shape[1]
        maximum = tensors.get(f"scale.{block}.head.maximum", np.array([table_count - 1]))
        self.head = IntegerLayer(tensors, f"scale.{block}.head", int(maximum[0]))
        if block == 0:
            self.register_buffer("initial_state", torch.from_numpy(tensors["scale.initial_state"].astype(np.float32)))
        else:
            self.update = IntegerLayer(tensors, f"scale.{block}.update", STATE_MAXIMUM)
            self.register_buffer("magnitude", torch.from_numpy(tensors["scale.magnitude"].astype(np.float32))[None])

    def start(self, grid: Tensor, quality_index: Tensor) -> tuple[Tensor, Tensor]:
        """Block 0: grid of zeros float32 [1, 1, h, w] -> (state, table_index uint8 [1, z, h, w])."""
        state = self.initial_state.index_select(0, quality_index)[:, :, None, None] + grid
        return state, self.head(state, quality_index).to(torch.uint8)

    def advance(self, state: Tensor, symbols: Tensor, quality_index: Tensor) -> tuple[Tensor, Tensor]:
        """Later blocks: state, symbols int32 [1, z, h, w] of the block before -> (state, table_index)."""
        if self.update.weight.shape[1] == self.width + 2 * symbols.shape[1]:  # sees their signs apart
            symbols = torch.cat([symbols.clamp(min=0), -symbols.clamp(max=0)], dim=1)
        places = symbols.abs().clamp(max=255).to(torch.int64)
        # As `GatherElements` it takes a quarter of the time that ONNX Runtime needs for rows of one element.
        magnitude = self.magnitude.gather(1, places.reshape(1, -1)).reshape(places.shape)
        state = torch.floor(self.update(torch.cat([state, magnitude], dim=1), quality_index))
        state = upsample_state(state, self.width, self.ratio)
        return state, self.head(state, quality_index).to(torch.uint8)
