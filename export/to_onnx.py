"""Export a checkpoint as a model package: `python -m export.to_onnx CHECKPOINT -o MODEL.qresmodel`.

Proves that the scale network is exact, writes every graph of the package, compares ONNX Runtime with PyTorch and writes
a report beside the package.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import nn

from codec_format.errors import QresError
from codec_format.frequency_tables import (
    FrequencyTables,
    fitted_tables,
    gaussian_tables,
    tables_from_probabilities,
    with_groups,
)
from codec_format.safe_write import safe_write
from export.errors import ExportError
from export.graphs import Graph, TableChoice, build_graphs, choose_by_channel, choose_by_scale
from export.integers import IntegerScaleStep, IntegerTensors, LayerBound, integer_scale_network, prove_exact
from export.layout import channel_means_as_products, keep_channel_blocks, shuffle_with_channels_last
from export.lossless import integer_lossless_head, lossless_tables, lossless_tensors
from export.package import PackageBuilder
from export.verify import verify_package
from training.checkpoint import LosslessState, load_checkpoint, load_weights
from training.complexity import count_multiply_accumulates, measure_complexity
from training.errors import TrainingError
from training.hyperprior import HierarchicalModel, HyperLatentBlock
from training.likelihood import TABLE_PRIOR_WEIGHT
from training.model import QRes
from training.preset import CompressionModel

_OPSET = 20
_TABLE_COUNT = 64  # for architectures whose scale is a float
_FLOAT_SCALE_RANGE = (0.05, 256.0)


def export_package(
    model: CompressionModel,
    path: Path,
    *,
    name: str,
    architecture: str,
    metric: str = "mse",
    training: Mapping[str, Any] | None = None,
    symbol_counts: torch.Tensor | None = None,
    lossless: LosslessState | None = None,
    licence: str = "Apache-2.0",
) -> dict[str, Any]:
    """Write `model` as a package to `path` and return the report.

    `symbol_counts` int [T, N] counts how often magnitude n was coded with table t (`training.fit_scale_network`
    measures it); the frequency tables are then fitted to it, else they are Gaussian. With `lossless`
    (`training.fit_lossless_head` makes it) the package can code without loss.
    The model is changed: its weights are rounded to float16 (as stored) and its conditioning is tabulated.
    Raises ExportError when the scale network cannot be proven exact or ONNX Runtime disagrees with PyTorch, and
    ModelError when a factorised prior has more channels than a package can have tables.
    """
    model = model.cpu().float().eval()
    complexity = _multiply_accumulates(model)
    sigmas, integers, bounds, steps = _scales(model)
    tables = gaussian_tables(sigmas.tolist())
    if symbol_counts is not None:
        tables = fitted_tables(tables, _histograms(tables, symbol_counts), TABLE_PRIOR_WEIGHT)
    tables = with_groups(tables)
    if isinstance(model, HierarchicalModel):
        tables = _joined(tables, tables_from_probabilities(model.factorised_prior.probabilities()))
    if isinstance(model, QRes):
        model.tabulate()
    _round_to_half(model)
    if lossless is not None and not steps:
        raise ExportError("Lossless coding needs a portable package; fit a scale network to the model first.")
    choices = None if steps else table_choices(model, sigmas)
    graphs = build_graphs(model, steps, choices, lossless=lossless is not None)
    if lossless is not None:
        head = lossless.head()
        head_integers, head_bounds = integer_lossless_head(head)
        bounds += head_bounds
        integers |= lossless_tensors(head_integers, lossless_tables(head, lossless.counts))
    builder = PackageBuilder(integers | _entropy_tensors(tables))
    for graph in graphs:
        builder.add_graph(graph.name, _to_onnx(graph))
    manifest = {
        "format": "qresmodel",
        "version": 5,
        "name": name,
        "architecture": architecture,
        "parameters": sum(p.numel() for p in model.parameters()),
        "macs_per_pixel": complexity,
        "portable": bool(steps),
        "alignment": model.alignment,
        "quality_count": model.quality_count,
        "lambdas": [float(value) for value in model.lambda_of(torch.arange(model.quality_count))],
        "metric": metric,
        "blocks": [{"stride": b.stride, "channels": b.channels} for b in model.blocks],
        "halos": {graph.name: graph.halo for graph in graphs if graph.halo is not None},
        "table_count": len(tables.limits),
        "training": dict(training or {}),
        "licence": licence,
    }
    if lossless is not None:
        manifest["lossless"] = {"quality_index": lossless.quality_index}
    content = builder.content(manifest)
    report = {
        "package": path.name,
        "bytes": len(content),
        "exactness": {bound.layer: bound.bound for bound in bounds},
        "comparison": verify_package(content, graphs),
    }
    safe_write(path, content)
    safe_write(path.with_suffix(".report.json"), json.dumps(report, indent=1).encode())
    return report


def _multiply_accumulates(model: CompressionModel) -> dict[str, float]:
    """Multiply-accumulates per pixel of encoder, decoder (each without the scale network) and scale network."""
    side = 4 * model.alignment
    condition = model.embedding(torch.zeros(1)) if isinstance(model, QRes) else None
    network = model.scale_network
    complexity = measure_complexity(model, side, side, condition)
    figures = {"encode": complexity.encode, "decode": complexity.decode, "scale_network": 0.0}
    if network is not None:
        symbols = [torch.zeros(1, s.channels, side // s.stride, side // s.stride) for s in network.shapes]
        count, _ = count_multiply_accumulates(lambda: network(torch.zeros(1), symbols))
        figures["scale_network"] = count / side**2
    return figures


def table_choices(model: CompressionModel, sigmas: torch.Tensor) -> list[TableChoice]:
    """For each latent block of a model without a scale network, how its tables are chosen."""
    by_scale, by_channel = choose_by_scale(sigmas), choose_by_channel(len(sigmas))
    return [by_channel if isinstance(block, HyperLatentBlock) else by_scale for block in model.blocks]


def _joined(first: FrequencyTables, second: FrequencyTables) -> FrequencyTables:
    """The tables of both, the second without groups. Raises ModelError if they are more than a package may have."""
    limits = np.concatenate([first.limits, second.limits])
    return FrequencyTables(limits, first.frequencies + second.frequencies, first.groups)


def _scales(
    model: CompressionModel,
) -> tuple[torch.Tensor, IntegerTensors, list[LayerBound], list[IntegerScaleStep]]:
    """Scale of every frequency table; for a portable model its integers, their bounds and the steps made of them."""
    network = model.scale_network
    if network is None:
        low, high = np.log(_FLOAT_SCALE_RANGE)
        return torch.exp(torch.linspace(low, high, _TABLE_COUNT, dtype=torch.float64)), {}, [], []
    integers = integer_scale_network(network)
    bounds = prove_exact(integers)
    shapes = network.shapes
    steps = [
        IntegerScaleStep(
            integers, block, shapes[block - 1].stride // shapes[block].stride if block else 1, network.table_count
        )
        for block in range(len(shapes))
    ]
    return network.scale_of(torch.arange(network.table_count)), integers, bounds, steps


@torch.no_grad()
def _round_to_half(model: nn.Module) -> None:
    """Round weights and tabulated functions to float16, the precision in which a package stores them."""
    for tensor in (*model.parameters(), *model.buffers()):
        if tensor.dtype == torch.float32:
            half = tensor.half()
            if not torch.isfinite(half).all():
                raise ExportError("A weight exceeds the range of float16; the checkpoint looks diverged.")
            tensor.copy_(half.float())


def _histograms(tables: FrequencyTables, symbol_counts: torch.Tensor) -> list[NDArray[np.int64]]:
    """Symmetric histogram of every table's symbols from counts of magnitudes [T, N]; what exceeds a limit escapes."""
    histograms = []
    for limit, counts in zip(tables.limits.tolist(), symbol_counts.numpy().astype(np.int64), strict=True):
        side = np.zeros(limit + 1, np.int64)
        np.add.at(side, np.minimum(np.arange(len(counts)), limit), counts)
        # Counted twice where both signs share a magnitude, so that every entry has the same weight.
        histograms.append(np.concatenate([side[:0:-1], [2 * side[0]], side[1:]]))
    return histograms


def _entropy_tensors(tables: FrequencyTables) -> IntegerTensors:
    sizes, group_frequencies = tables.concatenated_groups()
    return {
        "entropy.limits": np.asarray(tables.limits, np.int32),
        "entropy.frequencies": tables.concatenated(),
        "entropy.group_sizes": sizes,
        "entropy.group_frequencies": group_frequencies,
    }


def _to_onnx(graph: Graph) -> onnx.ModelProto:
    height, width = torch.export.Dim("h", min=1, max=2**14), torch.export.Dim("w", min=1, max=2**14)

    def dimensions(scale: tuple[tuple[int, int], int] | None) -> dict[int, Any] | None:
        if scale is None:
            return None
        axes, factor = scale
        return {axis: size if factor == 1 else factor * size for axis, size in zip(axes, (height, width), strict=True)}

    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            graph.module,
            tuple(graph.inputs.values()),
            dynamo=True,
            input_names=list(graph.inputs),
            output_names=list(graph.outputs),
            dynamic_shapes=(tuple(dimensions(graph.scales[name]) for name in graph.inputs),),
            opset_version=_OPSET,
            verbose=False,
        )
    assert program is not None
    model = program.model_proto
    keep_channel_blocks(model)
    shuffle_with_channels_last(model)
    channel_means_as_products(model)
    return model


def main(argv: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m export.to_onnx", description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True, help="the package to write (*.qresmodel)")
    parser.add_argument("--name", help="name of the package (default: the preset's)")
    parser.add_argument("--licence", default="Apache-2.0", help="licence of the weights, named in the package")
    arguments = parser.parse_args(argv)
    for name in ("torch.onnx", "torch.onnx._internal.exporter._registration"):
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        if not arguments.output.parent.is_dir():  # known before the minutes of work
            raise ExportError(
                f"Cannot write {arguments.output}: its folder does not exist; create it or choose another."
            )
        checkpoint = load_checkpoint(arguments.checkpoint)
        model = checkpoint.preset.build_model()
        load_weights(model, checkpoint.ema, arguments.checkpoint)
        report = export_package(
            model,
            arguments.output,
            name=arguments.name or checkpoint.preset.name,
            architecture=checkpoint.preset.architecture,
            metric=checkpoint.preset.training.get("distortion", "mse"),
            symbol_counts=checkpoint.symbol_counts,
            lossless=checkpoint.lossless,
            training={"steps": checkpoint.step, "preset": checkpoint.preset.name},
            licence=arguments.licence,
        )
    except (ExportError, TrainingError, QresError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(json.dumps(report, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
