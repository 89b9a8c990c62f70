"""The ablations of the QRes-VAE paper: `python -m training.ablation --table 2 3 --data PICTURES... --steps N`.

Table 2 is about the number of latent blocks, Table 3 about the residual block. Every network is trained for the same
steps on the same crops, and the paper's tables are printed with the figures of these runs beside the published ones.
The published runs took a GPU for days; with `--width` the networks are made narrower, so that a comparison at a small
scale fits on a CPU. Losses of such runs stand for themselves: they do not come near the published ones.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from training.complexity import measure_complexity
from training.data import PictureSet
from training.errors import TrainingError
from training.precision import bfloat16_is_fast, usable_device
from training.preset import Preset, load_preset
from training.train import Recipe, Run

_SIDE = 64  # of the pictures for which the paper counts operations
_TIMED_SIDE = 256
_TIMED_PASSES = 3
_WIDTH_UNITS = {"swin": 32}  # a head of a Swin block has 32 channels
_WIDTH_UNIT = 8


@dataclass(frozen=True)
class Row:
    """A network of a table, and what the paper says of it.

    `parameters` in millions, `operations` in 10^9 multiply-accumulates at 64x64, `losses` by lambda.
    """

    label: str
    preset: str
    parameters: float
    operations: float
    losses: Mapping[float, float]


@dataclass(frozen=True)
class Trained:
    """What became of a preset at one lambda: number of parameters, loss on the held-out crops, seconds per picture."""

    parameters: int
    loss: float
    seconds: float


TABLES: Mapping[int, tuple[str, Sequence[Row]]] = {
    2: (
        "latent blocks",
        (
            Row("4", "qres17m-n4", 16.7, 1.12, {32.0: 0.2368}),
            Row("6", "qres17m-n6", 16.9, 1.20, {32.0: 0.2186}),
            Row("8", "qres17m-n8", 16.8, 1.22, {32.0: 0.2121}),
            Row("10", "qres17m-n10", 16.9, 1.24, {32.0: 0.2079}),
            Row("12", "qres17m", 16.7, 1.26, {32.0: 0.2078}),
        ),
    ),
    3: (
        "residual block",
        (
            Row("convolutions", "qres17m-convolution", 17.2, 1.40, {4.0: 0.0783, 32.0: 0.2072}),
            Row("Swin", "qres17m-swin", 17.0, 1.38, {4.0: 0.0790, 32.0: 0.2077}),
            Row("ConvNeXt", "qres17m", 16.7, 1.26, {4.0: 0.0757, 32.0: 0.2078}),
        ),
    ),
}


def full_size(preset: Preset) -> tuple[int, float]:
    """Parameters of a preset, and its multiply-accumulates for a picture of 64x64, counted as the paper does."""
    with torch.device("meta"):
        model = preset.build_model()
    complexity = measure_complexity(model, _SIDE, _SIDE, transposed_per_output=True)
    return complexity.parameters, complexity.total * _SIDE**2


def narrowed(preset: Preset, factor: float) -> Preset:
    """The same network with all widths times `factor`, rounded to what its residual blocks can have."""
    unit = _WIDTH_UNITS.get(preset.model.get("residual_block", ""), _WIDTH_UNIT)
    model = dict(preset.model)
    for path in ("bottom_up", "top_down"):
        model[path] = [
            {**stage, "width": max(unit, unit * round(stage["width"] * factor / unit))} for stage in model[path]
        ]
    return replace(preset, model=model)


def train_and_measure(
    preset: Preset, recipe: Recipe, pictures: PictureSet, held_out: Tensor, device: torch.device, bfloat16: bool
) -> Trained:
    """Train from scratch and measure on the uint8 crops `held_out` [N, 3, crop, crop].

    Raises TrainingError where the run diverges.
    """
    run = Run(preset, recipe, device, bfloat16)
    for step in tqdm(range(recipe.steps), desc=preset.name, unit="step", dynamic_ncols=True, disable=None):
        generator = np.random.Generator(np.random.Philox(key=preset.seed, counter=[0, 0, 0, step]))
        run.train_step(pictures.batch(generator, recipe.batch, recipe.crop, recipe.augmentation))
    return Trained(
        sum(parameter.numel() for parameter in run.model.parameters()),
        run.validate(held_out)["loss"],
        _seconds(run),
    )


@torch.no_grad()
def _seconds(run: Run) -> float:
    """Median wall-clock seconds of a forward pass, all that an encoder computes and the reconstruction."""
    picture = torch.rand(1, 3, _TIMED_SIDE, _TIMED_SIDE, device=run.device)
    seconds = []
    for _ in range(_TIMED_PASSES + 1):  # the first one prepares
        start = time.perf_counter()
        float(run.model(picture, torch.zeros(1, device=run.device), rounded=True).nats.sum())  # waits for a GPU
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[1:])


def table(number: int, results: Mapping[tuple[str, float], Trained]) -> str:
    """A table of the paper in Markdown, from results by preset and lambda; published figures in brackets."""
    heading, rows = TABLES[number]
    lambdas = sorted(rows[0].losses)
    columns = [heading, "parameters", f"GMAC at {_SIDE}x{_SIDE}", "parameters as trained"]
    columns += [f"loss, lambda {value:g}" for value in lambdas]
    columns.append(f"seconds, {_TIMED_SIDE}x{_TIMED_SIDE}")
    lines = [f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
    for row in rows:
        parameters, operations = full_size(load_preset(row.preset))
        trained = [results[row.preset, value] for value in lambdas]
        cells = [
            row.label,
            f"{parameters / 1e6:.1f} M ({row.parameters:.1f} M)",
            f"{operations / 1e9:.2f} ({row.operations:.2f})",
            f"{trained[0].parameters / 1e6:.2f} M",
            *(f"{result.loss:.4f} ({row.losses[value]:.4f})" for value, result in zip(lambdas, trained, strict=True)),
            f"{statistics.median(result.seconds for result in trained):.3f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.ablation", description=__doc__)
    parser.add_argument("--table", type=int, nargs="+", choices=sorted(TABLES), required=True, help="of the paper")
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="folders or tar shards of pictures")
    parser.add_argument("--steps", type=int, required=True, help="training steps of every network")
    parser.add_argument("--width", type=float, default=1.0, help="factor for the widths of all features")
    parser.add_argument("--batch", type=int, help="crops per step (default: the preset's)")
    parser.add_argument("--crop", type=int, default=_SIDE, help="side of a crop in pixels, a multiple of 64")
    parser.add_argument("--learning-rate", type=float, help="default: the preset's")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, help="threads of PyTorch on the CPU")
    return parser.parse_args(argv)


def _recipe(preset: Preset, arguments: argparse.Namespace) -> Recipe:
    settings = dict(preset.training)
    del settings["decay"]  # the published networks are trained at a constant rate
    settings["crop"] = arguments.crop
    if arguments.batch is not None:
        settings["batch"] = arguments.batch
    if arguments.learning_rate is not None:
        settings["adam_learning_rate"] = arguments.learning_rate
    return Recipe(steps=arguments.steps, decay_steps=0, rounded=False, **settings)


def _runs(tables: Sequence[int]) -> list[tuple[str, float]]:
    """Preset and lambda of every run that the tables need, each once."""
    runs = [(row.preset, value) for number in tables for row in TABLES[number][1] for value in row.losses]
    return list(dict.fromkeys(runs))


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status."""
    arguments = _arguments(argv)
    try:
        if min(arguments.steps, arguments.crop, arguments.width) <= 0 or arguments.crop % 64:
            raise TrainingError("--steps and --width must be positive, --crop a positive multiple of 64.")
        if arguments.threads:
            torch.set_num_threads(arguments.threads)
        device = usable_device(arguments.device)
        pictures = PictureSet(arguments.data, smallest_side=arguments.crop)
        held_out = pictures.validation_crops(arguments.crop)
        if not len(held_out):
            raise TrainingError(
                "None of the pictures in --data is held out for the test loss (one in 40 is); give more of them."
            )
        results: dict[tuple[str, float], Trained] = {}
        for name, loss_lambda in _runs(arguments.table):
            preset = narrowed(load_preset(name), arguments.width)
            preset = replace(preset, model=dict(preset.model) | {"lambda": loss_lambda})
            trained = train_and_measure(
                preset, _recipe(preset, arguments), pictures, held_out, device, bfloat16_is_fast(device)
            )
            print(f"{name}, lambda {loss_lambda:g}: loss {trained.loss:.4f}", file=sys.stderr, flush=True)
            results[name, loss_lambda] = trained
    except (TrainingError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for number in arguments.table:
        print(f"Table {number}; figures of the paper in brackets:\n\n{table(number, results)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
