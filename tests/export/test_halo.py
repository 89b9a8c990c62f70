"""The measured halo is what the kernels make it, and what lies beyond it changes nothing."""

from __future__ import annotations

import pytest
from torch import Tensor, nn
from torch.nn import functional

from export.errors import ExportError
from export.halo import Signal, measure_halo


def measure(module: nn.Module, signal: Signal, stride: int) -> int:
    return measure_halo(lambda x: (module(x),), [signal], [stride])


def test_kernels_add_up() -> None:
    same = nn.Sequential(nn.Conv2d(2, 3, 3, padding=1), nn.GELU(), nn.Conv2d(3, 2, 5, padding=2), nn.Conv2d(2, 2, 1))
    assert measure(same, Signal(2, 4), 4) == 3 * 4
    flat = nn.Conv2d(1, 1, (1, 7), padding=(0, 3))  # one axis alone
    assert measure(flat, Signal(1, 1), 1) == 3


def test_zero_weights_count() -> None:
    convolution = nn.Conv2d(1, 1, 9, padding=4)
    nn.init.zeros_(convolution.weight)
    assert measure(convolution, Signal(1, 1), 1) == 4


def test_the_unit_is_the_largest_stride() -> None:
    down = nn.Conv2d(3, 4, 8, 4, 2)  # sees two pixels on either side
    assert measure(down, Signal(3, 1), 4) == 4
    up = nn.Sequential(nn.Conv2d(4, 16, 3, padding=1), nn.PixelShuffle(4))
    assert measure(up, Signal(4, 4), 1) == 4


def test_every_input_and_output_counts() -> None:
    near, far = nn.Conv2d(1, 1, 3, padding=1), nn.Conv2d(1, 1, 7, padding=3)

    def function(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        return near(a) + b, far(functional.interpolate(b, scale_factor=1.0))

    assert measure_halo(function, [Signal(1, 2), Signal(1, 2)], [2, 2]) == 3 * 2


def test_long_chains_are_followed_to_their_end() -> None:
    chain = nn.Sequential(*(nn.Conv2d(1, 1, 3, padding=1) for _ in range(100)))
    assert measure(chain, Signal(1, 8), 8) == 800


def test_a_network_that_sees_everything_is_refused() -> None:
    with pytest.raises(ExportError, match="whole picture"):
        measure_halo(lambda x: (x - x.mean(dim=(2, 3), keepdim=True),), [Signal(2, 8)], [8])
