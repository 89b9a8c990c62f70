"""The device to compute on, and what is fast there."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps

import torch
from torch import Tensor

from training.errors import TrainingError

_SHAPES = 64


def usable_device(name: str) -> torch.device:
    """The device of a name such as "cpu" or "cuda:1". Raises TrainingError if there is none that PyTorch can use."""
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise TrainingError(f"There is no device {name} that PyTorch can use; use --device cpu.") from error
    return device


def bfloat16_is_fast(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 matrices in hardware: emulated, they are ten times slower than float32."""
    if device.type == "cpu":
        return bool(torch.cpu._is_avx512_bf16_supported())
    return device.type != "cuda" or torch.cuda.is_bf16_supported(including_emulation=False)


def compiled_for_gpu(*, dynamic: bool) -> Callable[[Callable[..., Tensor]], Callable[..., Tensor]]:
    """Decorator of a function of tensors; where the first one is on a GPU, its operations become few kernels.

    Compiling takes seconds, once for each combination of shapes, or with `dynamic` for all of them together. For small
    functions: that of a whole network takes minutes.
    """

    def decorated(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
        @cache
        def compiled() -> Callable[..., Tensor]:
            from torch._dynamo import config as dynamo  # takes most of a second, which only a GPU gives back

            # Beyond the limit a shape is not compiled at all; a model has about ten, each with and without gradients.
            dynamo.recompile_limit = max(dynamo.recompile_limit, _SHAPES)
            return torch.compile(function, dynamic=dynamic)

        @wraps(function)
        def chosen(first: Tensor, *others: Tensor) -> Tensor:
            return (compiled() if first.is_cuda else function)(first, *others)

        return chosen

    return decorated
