"""Small models with lively symbols, ONNX Runtime at every setting, and integers that go to the limits."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray

from codec_format.onnx_graph import external_tensors
from export.integers import EXACT_LIMIT, IntegerTensors
from training.preset import Preset, preset_from_dict

STRIDES, CHANNELS, WIDTH, QUALITIES, TABLES = (16, 8), (4, 3), 16, 4, 32
"""Of the small model: its latent blocks, the channels of the scale network's state, quality indices and tables."""


def two_blocks() -> Preset:
    """The shipped architecture with two latent blocks at strides 16 and 8, and a few hundred weights."""
    stages = [{"stride": stride, "width": 8, "hidden": 8, "blocks": 1} for stride in STRIDES]
    model: dict[str, Any] = {
        "quality_count": QUALITIES,
        "lambda_min": 8.0,
        "lambda_max": 4096.0,
        "embedding_width": 4,
        "bottom_up": stages[::-1],
        "top_down": [stage | {"channels": channels} for stage, channels in zip(stages, CHANNELS, strict=True)],
        "synthesis": {"width": 8, "hidden": 8, "blocks": 1},
        "scale_network": {"width": WIDTH, "table_count": TABLES, "scale_min": 0.05, "scale_max": 64.0},
    }
    return preset_from_dict(
        {"name": "two-blocks", "architecture": "qres", "seed": 5, "model": model, "training": {"distortion": "mse"}}
    )


def one_published_block(**more: Any) -> Preset:
    """The published architecture with a single latent block at stride 8."""
    model = {
        "lambda": 64.0,
        "input_shift": -0.45,
        "input_scale": 3.7,
        "bottom_up": [{"stride": 8, "width": 8, "blocks": 1, "kernel": 3}],
        "top_down": [{"stride": 8, "width": 8, "blocks": 1, "kernel": 3, "channels": 4}],
    }
    return preset_from_dict(
        {"name": "one", "architecture": "published-qres-vae", "model": model | more, "training": {}}
    )


@torch.no_grad()
def lively_weights(preset: Preset) -> dict[str, torch.Tensor]:
    """Random weights that depend on the quality index everywhere, with symbols up to some tens."""
    torch.manual_seed(preset.seed)
    model = preset.build_model()
    for name, weight in model.named_parameters():
        if "linear" in name and "log_gain" not in name:
            weight += 0.1 * torch.randn_like(weight)
        elif "posterior_mean.weight" in name or "scale_network.heads" in name:
            weight *= 6
        elif "convs.c4.weight" in name:
            weight += (200 if "posterior" in name else 4) * torch.randn_like(weight)
        elif name == "initial":
            weight += torch.randn_like(weight)
    return dict(model.state_dict())


def extreme_integers(seed: int = 0) -> IntegerTensors:
    """A scale network for `two_blocks` whose sums come as close to 2**24 as the proof allows."""
    generator = np.random.default_rng(seed)

    def layer(weight_shape: Sequence[int]) -> dict[str, NDArray[Any]]:
        weight = generator.integers(-63, 64, weight_shape).astype(np.int8)
        outputs = len(weight)
        shift = generator.integers(0, 24, outputs).astype(np.uint8)
        half = np.where(shift > 0, 1 << np.maximum(shift.astype(np.int64) - 1, 0), 0)
        room = EXACT_LIMIT - 1 - half - 255 * np.abs(weight.astype(np.int64)).reshape(outputs, -1).sum(axis=1)
        bias = generator.choice([-1, 1], (QUALITIES, outputs)) * room
        bias[1] = generator.integers(-2000, 2000, outputs)  # at one quality index the weights decide
        return {"weight": weight, "bias": bias.astype(np.int32), "shift": shift}

    tensors: IntegerTensors = {
        "scale.initial_state": generator.integers(0, 256, (QUALITIES, WIDTH)).astype(np.uint8),
        "scale.magnitude": np.sort(generator.integers(0, 256, 256)).astype(np.uint8),
    }
    layers = {
        "scale.0.head": layer((CHANNELS[0], WIDTH)),
        "scale.1.update": layer((WIDTH, WIDTH + CHANNELS[0], 3, 3)),
        "scale.1.head": layer((CHANNELS[1], WIDTH)),
    }
    # Sums of a few thousands that are shifted by a few places give many different values.
    layers["scale.1.update"]["shift"][: WIDTH // 2] = 9
    layers["scale.1.update"]["bias"][:, : WIDTH // 2] = generator.integers(-9000, 9000, (QUALITIES, WIDTH // 2))
    layers["scale.0.head"]["shift"][:2] = layers["scale.1.head"]["shift"][:2] = 10
    layers["scale.0.head"]["bias"][:, :2] = layers["scale.1.head"]["bias"][:, :2] = 9000
    return tensors | {f"{name}.{key}": value for name, values in layers.items() for key, value in values.items()}


def sessions(model: bytes, tensors: Mapping[str, NDArray[Any]]) -> Iterator[tuple[str, onnxruntime.InferenceSession]]:
    """A session of the graph for every optimisation level of ONNX Runtime, with 1 and 2 threads."""
    levels = ("DISABLE_ALL", "ENABLE_BASIC", "ENABLE_EXTENDED", "ENABLE_LAYOUT", "ENABLE_ALL")
    for level, threads in itertools.product(levels, (1, 2)):
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, f"ORT_{level}")
        options.intra_op_num_threads = threads
        options.log_severity_level = 4
        external = {
            tensor.name: np.ascontiguousarray(tensors[tensor.name], tensor.dtype).reshape(tensor.shape)
            for tensor in external_tensors(model, "graph")
        }
        values = [onnxruntime.OrtValue.ortvalue_from_numpy(value) for value in external.values()]
        options.add_external_initializers(list(external), values)
        yield (
            f"{level} with {threads} threads",
            onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"]),
        )


def random_symbols(seed: int, grid: tuple[int, int], largest: int) -> list[NDArray[np.int32]]:
    """Symbols of both blocks [z, h, w] for a grid of the coarser one: small ones often, large ones now and then."""
    generator = np.random.default_rng(seed)
    symbols = []
    for stride, channels in zip(STRIDES, CHANNELS, strict=True):
        shape = (channels, grid[0] * STRIDES[0] // stride, grid[1] * STRIDES[0] // stride)
        magnitude = np.exp2(generator.uniform(0, np.log2(largest + 1), shape)).astype(np.int32) - 1
        symbols.append(magnitude * generator.choice(np.array([-1, 1], np.int32), shape))
    return symbols
