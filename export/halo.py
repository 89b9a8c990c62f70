"""How far a part of a network sees: the halo that it needs around a part of a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from export.errors import ExportError

_FIRST_LENGTH = 32  # units
_LONGEST_LENGTH = 1024


@dataclass(frozen=True)
class Signal:
    """Channels of an input and its stride in pixels."""

    channels: int
    stride: int


@torch.no_grad()
def measure_halo(
    function: Callable[..., Sequence[Tensor]], inputs: Sequence[Signal], output_strides: Sequence[int]
) -> int:
    """Halo of `function` in pixels, a multiple of the largest stride of its inputs and outputs.

    To compute the part of the outputs above a rectangle of pixels that is aligned to that largest stride, the part
    of the inputs above the rectangle extended by the halo on every side is enough.

    `function` takes tensors float32 [1, channels, h, w] and returns such tensors. One unit of one input is set to NaN,
    which every operation hands on, whatever the weights are: what becomes NaN in the outputs is all that it can reach.

    Raises ExportError when a unit reaches further than any picture that is tried.
    """
    unit = max(*(signal.stride for signal in inputs), *output_strides)
    reach = 0
    for marked in range(len(inputs)):
        for axis in (2, 3):
            reach = max(reach, _reach(function, inputs, output_strides, unit, marked, axis))
    return unit * reach


def _reach(
    function: Callable[..., Sequence[Tensor]],
    inputs: Sequence[Signal],
    output_strides: Sequence[int],
    unit: int,
    marked: int,
    axis: int,
) -> int:
    """Largest distance in units, along one axis, at which the input number `marked` matters."""
    length = _FIRST_LENGTH
    while length <= _LONGEST_LENGTH:
        middle = length // 2
        tensors = []
        for number, signal in enumerate(inputs):
            factor = unit // signal.stride
            shape = [1, signal.channels, factor, factor]
            shape[axis] *= length
            tensor = torch.zeros(shape)
            if number == marked:
                tensor.narrow(axis, middle * factor, factor).fill_(torch.nan)
            tensors.append(tensor)
        lowest, highest = middle, middle
        for output, stride in zip(function(*tensors), output_strides, strict=True):
            reached = torch.nonzero(torch.isnan(output).any(dim=1)[0].any(dim=3 - axis)).flatten() // (unit // stride)
            if len(reached):
                lowest, highest = min(lowest, int(reached.min())), max(highest, int(reached.max()))
        if lowest > 0 and highest < length - 1:
            return max(middle - lowest, highest - middle)
        length *= 2
    raise ExportError("A part of the network sees the whole picture, so that it cannot be computed in parts.")
