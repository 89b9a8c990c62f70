"""Compare ONNX Runtime with PyTorch, graph by graph, on the very inputs that the other graphs produce."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from codec_format.backend import Backend
from codec_format.lossless import SAMPLE_UNIT
from codec_format.model_package import ModelPackage
from export.errors import ExportError
from export.graphs import Graph

_FLOAT_TOLERANCE = 2e-3  # relative to the largest value of the output
_NEAR_TIES = 1e-3  # part of the symbols that may round the other way
_PIXEL_TOLERANCE = 1


def verify_package(content: bytes, graphs: list[Graph]) -> dict[str, dict[str, float]]:
    """Largest differences per graph between PyTorch and ONNX Runtime on the CPU.

    The integers of the scale network must be equal. Floats are given relative to the largest value of their output,
    symbols as the part that differs (near ties), pixels in 8-bit steps. Raises ExportError when a difference is too
    large.
    """
    package = ModelPackage(content)
    backend = Backend(package.graph, "cpu")
    generator = torch.Generator().manual_seed(0)
    figures: dict[str, dict[str, float]] = {}
    for graph in graphs:
        middle = package.manifest.quality_count // 2
        inputs = {name: _example(name, tensor, generator, middle) for name, tensor in graph.inputs.items()}
        feeds: dict[str, NDArray[Any]] = {name: tensor.numpy() for name, tensor in inputs.items()}
        if "grid" in inputs:
            feeds["grid_shape"] = np.array(inputs["grid"].shape[2:], np.int64)
        with torch.no_grad():
            expected = graph.module(*inputs.values())
        outputs = backend.run(graph.name, feeds)
        expected_outputs = expected if isinstance(expected, tuple) else (expected,)
        same_symbols = True
        for name, value in zip(graph.outputs, expected_outputs, strict=True):
            if name == "feature_out" and not same_symbols:
                continue  # where a near tie was rounded the other way, the feature behind it differs too
            same_symbols &= not name.startswith("symbols") or np.array_equal(value.numpy(), outputs[name])
            difference, limit = _difference(graph.name, name, value.numpy(), outputs[name])
            figures.setdefault(graph.name, {})[name] = difference
            if not difference <= limit:
                raise ExportError(
                    f"Output {name} of graph {graph.name} differs by {difference:.3g} between PyTorch and ONNX Runtime "
                    f"(at most {limit:.3g}); the export is not trustworthy."
                )
    return figures


def _example(name: str, tensor: torch.Tensor, generator: torch.Generator, quality_index: int) -> torch.Tensor:
    """A plausible random input of the same shape and type."""
    if name == "picture":
        coarse = torch.rand(1, 3, tensor.shape[1] // 16, tensor.shape[2] // 16, generator=generator)
        smooth = torch.nn.functional.interpolate(coarse, size=tensor.shape[1:3], mode="bicubic").clamp(0, 1)
        return (smooth * 255).to(torch.uint8).permute(0, 2, 3, 1).contiguous()
    if name == "state":
        return torch.randint(0, 256, tensor.shape, generator=generator).float()
    if tensor.dtype == torch.int32:
        return torch.round(3 * torch.randn(tensor.shape, generator=generator)).to(torch.int32)
    if name == "quality_index":
        return torch.full_like(tensor, quality_index)
    return tensor


def _difference(graph: str, name: str, expected: NDArray[Any], actual: NDArray[Any]) -> tuple[float, float]:
    """Difference and what is allowed."""
    if expected.shape != actual.shape or expected.dtype != actual.dtype:
        return float("inf"), 0.0
    difference = np.abs(expected.astype(np.float64) - actual.astype(np.float64))
    if name == "samples":
        return float(difference.max() / SAMPLE_UNIT), _PIXEL_TOLERANCE
    if graph.startswith("scale_"):
        return float(difference.max()), 0.0
    if name == "picture":
        return float(difference.max()), _PIXEL_TOLERANCE
    if np.issubdtype(expected.dtype, np.integer):
        return float((difference > 0).mean()), _NEAR_TIES
    return float(difference.max() / max(np.abs(expected).max(), 1e-6)), _FLOAT_TOLERANCE
