"""The lossless head as exact integers: the proof that float32 carries them, and its frequency tables.

The arithmetic is the one of FORMAT.md, "Lossless coding". Inputs are at most 255 in magnitude and activations at most
2047, so that every partial sum of every layer, in any order of summation, is an integer below 2**24.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from codec_format.frequency_tables import FrequencyTables, fitted_tables, tables_from_probabilities
from codec_format.lossless import GUARD_MARGIN, SAMPLE_UNIT
from export.errors import ExportError
from export.integers import EXACT_LIMIT, IntegerTensors, LayerBound
from training.lossless_head import (
    ACTIVATION_MAXIMUM,
    FRACTIONS,
    HIDDEN_UNIT,
    INPUT_MAXIMUM,
    MEAN_GAIN,
    PHASES,
    SCALE_GAIN,
    UNIT,
    LosslessHead,
)
from training.scale_network import WEIGHT_MAXIMUM, quantise_weight

_TAIL = 10.0  # in scales; what lies beyond is coded with an escape
_PRIOR_WEIGHT = 300.0  # samples that the logistic distribution counts for where tables are fitted


def _layers(head: LosslessHead) -> Iterator[tuple[str, nn.Conv2d]]:
    for phase in range(len(PHASES)):
        yield f"lossless.{phase}.trunk", cast(nn.Conv2d, head.trunks[phase])
        yield f"lossless.{phase}.mixer", cast(nn.Conv2d, head.mixers[phase])
        for channel in range(3):
            yield f"lossless.{phase}.{channel}.step", cast(nn.Conv2d, head.steps[3 * phase + channel])
            yield f"lossless.{phase}.{channel}.output", cast(nn.Conv2d, head.outputs[3 * phase + channel])


@torch.no_grad()
def integer_lossless_head(head: LosslessHead) -> tuple[IntegerTensors, list[LayerBound]]:
    """All integers of the head by the names of FORMAT.md, and the largest sum that each layer can reach.

    For every output channel: sum |weight| * largest input + |bias| + half < 2**24.
    Raises ExportError where a layer cannot be written in integers, or fails the proof.
    """
    tensors: IntegerTensors = {}
    bounds = []
    for name, layer in _layers(head):
        first, last = name.endswith("trunk"), name.endswith("output")
        unit, largest = (UNIT, INPUT_MAXIMUM) if first else (HIDDEN_UNIT, ACTIVATION_MAXIMUM)
        gain = torch.tensor([MEAN_GAIN, SCALE_GAIN] if last else [float(HIDDEN_UNIT)] * layer.out_channels)
        # A bias or a weight that is no number fails the comparisons.
        if not float(layer.weight.abs().max()) < WEIGHT_MAXIMUM + 0.5:
            raise ExportError(f"Layer {name} has a weight that does not fit; fit the lossless head again.")
        weight, exponent = quantise_weight(layer.weight)
        shift = exponent + round(math.log2(unit)) - torch.log2(gain).to(torch.int64)
        if int(shift.min()) < 0:
            raise ExportError(f"Layer {name} has too large weights; fit the lossless head again.")
        assert layer.bias is not None
        bias = torch.round(layer.bias.double() * unit * torch.exp2(exponent.double()))
        half = torch.where(shift > 0, 2 ** (shift - 1).clamp_min(0), torch.zeros_like(shift))
        bound = float((weight.abs().flatten(1).sum(dim=1).double() * largest + bias.abs() + half).max())
        if not bound < EXACT_LIMIT:
            raise ExportError(
                f"Layer {name} can reach {bound:.0f}, not below 2**24, so its result would depend on the machine; "
                "fit the lossless head again."
            )
        bounds.append(LayerBound(name, int(bound)))
        integers = weight.to(torch.int8).numpy()
        tensors[f"{name}.weight"] = integers if first else integers[:, :, 0, 0]
        tensors[f"{name}.bias"] = bias.to(torch.int32).numpy()
        tensors[f"{name}.shift"] = shift.to(torch.uint8).numpy()
    return tensors, bounds


def lossless_tables(head: LosslessHead, counts: Tensor) -> FrequencyTables:
    """A table for every scale index and quarter of a level, and last the one of the guards.

    Table scale index * 4 + quarter is a logistic distribution whose mean is so many quarters, fitted to what was
    counted: counts int [T, 2N + 1] says how often n = -N..N was coded with it.
    """
    logistic = tables_from_probabilities(
        [
            _logistic_weights(scale, quarter / FRACTIONS)
            for scale in head.scale_of(torch.arange(head.scale_count)).tolist()
            for quarter in range(FRACTIONS)
        ]
    )
    largest = counts.shape[1] // 2
    histograms = []
    for limit, counted in zip(logistic.limits.tolist(), counts.numpy().astype(np.int64), strict=True):
        histogram = np.zeros(2 * limit + 1, np.int64)
        np.add.at(histogram, np.clip(np.arange(-largest, largest + 1), -limit, limit) + limit, counted)
        histograms.append(histogram)
    fitted = fitted_tables(logistic, histograms, _PRIOR_WEIGHT)
    guarded = GUARD_MARGIN / SAMPLE_UNIT
    guards = np.array([0, guarded, 1 - 2 * guarded, guarded, 0])
    return tables_from_probabilities([*(table.astype(np.float64) for table in fitted.frequencies), guards])


def _logistic_weights(scale: float, mean: float) -> NDArray[np.float64]:
    """Probabilities of the integers -limit..limit, and at the ends of what lies beyond."""
    limit = math.ceil(_TAIL * scale) + 2
    edges = (np.arange(-limit, limit + 2) - 0.5 - mean) / scale
    # From the end that is nearer, so that the far tail keeps its digits.
    below, above = 1 / (1 + np.exp(-edges)), 1 / (1 + np.exp(edges))
    weights = np.where(edges[:-1] < 0, below[1:] - below[:-1], above[:-1] - above[1:])
    weights[0], weights[-1] = below[1], above[-2]
    return weights


def lossless_tensors(integers: IntegerTensors, tables: FrequencyTables) -> IntegerTensors:
    """What the head adds to the tables of a package."""
    return integers | {
        "lossless.limits": np.asarray(tables.limits, np.int32),
        "lossless.frequencies": tables.concatenated(),
    }
