"""A step as a CUDA graph: thousands of small kernels started at once instead of one by one from Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

_EAGER_CALLS = 3  # libraries choose their algorithms and take their memory in the first ones


class Replayed:
    """A function from tensors to tensors that a GPU records once and then replays.

    Every call needs inputs of the same shapes. What comes back, and tensors that the function leaves behind, such as
    gradients, is overwritten by the next call. The function must not depend on anything in Python that changes.
    """

    def __init__(self, function: Callable[[Sequence[Tensor]], Sequence[Tensor]]) -> None:
        self._function = function
        self._calls = 0
        self._graph: torch.cuda.CUDAGraph | None = None
        self._inputs: list[Tensor] = []
        self._outputs: Sequence[Tensor] = ()

    def __call__(self, inputs: Sequence[Tensor]) -> Sequence[Tensor]:
        """The function's result for these inputs, all of them on one GPU."""
        self._calls += 1
        if self._calls <= _EAGER_CALLS:
            return self._on_another_stream(inputs)
        if self._graph is None:
            self._inputs = list(inputs)
            self._graph = torch.cuda.CUDAGraph()
            # Other threads may use the GPU meanwhile.
            with torch.cuda.graph(self._graph, capture_error_mode="thread_local"):
                self._outputs = self._function(self._inputs)
        else:
            for own, value in zip(self._inputs, inputs, strict=True):
                if value is not own:  # gradients that another recording leaves behind are in their place already
                    own.copy_(value)
        self._graph.replay()
        return self._outputs

    def _on_another_stream(self, inputs: Sequence[Tensor]) -> Sequence[Tensor]:
        """As recording will do it: on the default stream, autograd would wait for that one while recording."""
        stream, current = torch.cuda.Stream(), torch.cuda.current_stream()
        stream.wait_stream(current)
        with torch.cuda.stream(stream):
            outputs = self._function(inputs)
        current.wait_stream(stream)
        return outputs
