"""Size and cost of a model: parameters, and multiply-accumulates per pixel of its encoder and its decoder."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from training.preset import CompressionModel

T = TypeVar("T")


@dataclass(frozen=True)
class Complexity:
    """Number of parameters (all of them), and multiply-accumulates per pixel of every part of a model."""

    parameters: int
    bottom_up: float
    posterior: float
    top_down: float
    """Priors and merges, but for the last merge: what encoder and decoder share."""
    reconstruction: float
    """The last merge and the synthesis, which only a decoder runs."""

    @property
    def encode(self) -> float:
        """Multiply-accumulates per pixel of an encoder."""
        return self.bottom_up + self.posterior + self.top_down

    @property
    def decode(self) -> float:
        """Multiply-accumulates per pixel of a decoder."""
        return self.top_down + self.reconstruction

    @property
    def total(self) -> float:
        """Every part once, as in a training step; this is the figure that papers give."""
        return self.bottom_up + self.posterior + self.top_down + self.reconstruction


def count_multiply_accumulates(function: Callable[[], T], *, transposed_per_output: bool = False) -> tuple[int, T]:
    """Run `function` and count the multiply-accumulates of its convolutions and matrix products, biases left out.

    Every weight of a convolution counts once per output position, every weight of a transposed one once per input
    position, which is what has to be computed. With `transposed_per_output` the latter count once per output position
    as well; some papers do.
    """
    mapping = {torch.ops.aten.convolution: _per_output_position} if transposed_per_output else {}
    with FlopCounterMode(display=False, custom_mapping=mapping) as counter:
        result = function()
    return counter.get_total_flops() // 2, result


def _per_output_position(
    input_shape: Sequence[int], weight_shape: Sequence[int], *_: object, out_shape: Sequence[int], **__: object
) -> int:
    batch, _channels, *positions = out_shape
    return 2 * batch * math.prod(positions) * math.prod(weight_shape)  # a multiply-accumulate is two operations


@torch.no_grad()
def measure_complexity(
    model: CompressionModel,
    height: int,
    width: int,
    condition: Tensor | None = None,
    *,
    transposed_per_output: bool = False,
) -> Complexity:
    """Count for one picture of height x width pixels, multiples of the model's coarsest stride.

    `condition` (batch 1) is passed on to the parts of the model. The scale network is not counted.
    `transposed_per_output` is that of `count_multiply_accumulates`.
    """
    parts: dict[str, int] = {"bottom_up": 0, "posterior": 0, "top_down": 0, "reconstruction": 0}

    def run(part: str, function: Callable[..., Any], *arguments: Any) -> Any:
        count, result = count_multiply_accumulates(
            lambda: function(*arguments, condition), transposed_per_output=transposed_per_output
        )
        parts[part] += count
        return result

    device = next(model.parameters()).device
    features = run("bottom_up", model.bottom_up, torch.zeros(1, 3, height, width, device=device))
    blocks = model.blocks
    stride = blocks[0].stride
    # The counter follows gradients across modules, and fails on a view of a parameter.
    feature = model.initial_feature(cast(Any, condition), height // stride, width // stride).detach()
    for block in blocks:
        feature, mean = run("top_down", block.prior, feature)[:2]
        run("posterior", block.posterior, feature, features[block.stride])
        feature = run("reconstruction" if block is blocks[-1] else "top_down", block.merge, feature, mean)
    run("reconstruction", model.synthesis, feature)
    pixels = height * width
    return Complexity(
        sum(parameter.numel() for parameter in model.parameters()),
        **{part: count / pixels for part, count in parts.items()},
    )
