"""The device to compute on, and whether bfloat16 is fast there: emulated, it is ten times slower than float32."""

from __future__ import annotations

import torch

from training.errors import TrainingError


def usable_device(name: str) -> torch.device:
    """The device of a name such as "cpu" or "cuda:1". Raises TrainingError if there is none that PyTorch can use."""
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise TrainingError(f"There is no device {name} that PyTorch can use; use --device cpu.") from error
    return device


def bfloat16_is_fast(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 matrices in hardware."""
    if device.type == "cpu":
        return bool(torch.cpu._is_avx512_bf16_supported())
    return device.type != "cuda" or torch.cuda.is_bf16_supported(including_emulation=False)
