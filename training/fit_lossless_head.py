"""Fit a lossless head to a frozen model: `python -m training.fit_lossless_head CHECKPOINT --data ... -o OUT`.

Crops are coded once at every candidate quality index. A head is trained on what the decoded crops differ from the
originals by, at first at all candidates; the one with the smallest files, lossy and lossless part together, is kept and
the head tuned to it, at last as the integers that will be exported. Then the residuals of every frequency table are
counted, so that the exporter can fit the tables to them.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from training.checkpoint import LosslessState, load_checkpoint, load_weights, save_checkpoint
from training.data import Augmentation, PictureSet, augmentation_of
from training.errors import TrainingError
from training.lossless_head import FRACTIONS, LosslessHead
from training.model import QRes
from training.precision import usable_device

HEAD: dict[str, Any] = {"width": 32, "hidden": 24, "scale_count": 48, "scale_min": 0.05, "scale_max": 32.0}
_COUNTED = 255  # largest residual behind its mean that is counted
_SHARED_STEPS = 0.3  # of all steps: at all candidates
_QUANTISED_STEPS = 0.3  # of all steps: as exact integers
_WINDOW = 128  # side of what a step sees of a crop


@dataclass(frozen=True)
class CodedCrops:
    """Crops before and after lossy coding at each quality index, uint8 [N, 3, side, side], and the bits per pixel."""

    originals: Tensor
    decoded: dict[int, Tensor]
    bits_per_pixel: dict[int, float]


@dataclass(frozen=True)
class Outcome:
    """The head, and by quality index the bits per pixel of the validation crops: lossy and lossless part.

    The figures of the index that was chosen are final, those of the others from when it was chosen.
    """

    state: LosslessState
    lossy: dict[int, float]
    residual: dict[int, float]


@torch.no_grad()
def code_crops(model: QRes, crops: Tensor, quality_indices: Sequence[int], batch: int = 4) -> CodedCrops:
    """Lossy coding of crops uint8 [N, 3, side, side], with the model's own estimate of the rate."""
    decoded, rates = {}, {}
    for index in quality_indices:
        parts, rate = [], 0.0
        for some in crops.split(batch):
            picture = some.contiguous(memory_format=torch.channels_last).float() / 255
            result = model(picture, torch.full((len(some),), float(index), device=crops.device), rounded=True)
            levels = 255 * (result.reconstruction + 1) / 2
            parts.append(torch.floor(levels.clamp(0, 255) + 0.5).to(torch.uint8))
            rate += float(result.bits_per_pixel().sum())
        decoded[index], rates[index] = torch.cat(parts), rate / len(crops)
    return CodedCrops(crops, decoded, rates)


@torch.no_grad()
def residual_bits(head: LosslessHead, crops: CodedCrops, quality_index: int, batch: int = 4) -> float:
    """Bits per pixel of the lossless part."""
    pairs = zip(crops.originals.split(batch), crops.decoded[quality_index].split(batch), strict=True)
    nats = sum(float(head.nats(original.float(), base.float()).sum()) for original, base in pairs)
    return nats / (math.log(2) * crops.originals[:, 0].numel())


@torch.no_grad()
def count_residuals(head: LosslessHead, crops: CodedCrops, quality_index: int, batch: int = 4) -> Tensor:
    """How often each residual, counted from its mean in whole levels, is coded with each table: int32 [T, 2N + 1]."""
    columns = 2 * _COUNTED + 1
    counts = torch.zeros(head.scale_count * FRACTIONS, columns, dtype=torch.int64)
    for original, base in zip(crops.originals.split(batch), crops.decoded[quality_index].split(batch), strict=True):
        for residual, mean, scale in head(original.float(), base.float()):
            whole = torch.floor(mean)
            table = scale * FRACTIONS + (mean - whole) * FRACTIONS
            symbol = (residual - whole).clamp(-_COUNTED, _COUNTED) + _COUNTED
            places = (table * columns + symbol).flatten().to(torch.int64).cpu()
            counts += torch.bincount(places, minlength=counts.numel()).view_as(counts)
    return counts.to(torch.int32)


def fit(
    model: QRes,
    pictures: PictureSet,
    augmentation: Augmentation,
    *,
    candidates: Sequence[int],
    steps: int,
    crops: int,
    crop: int,
    batch: int,
    learning_rate: float,
    seed: int,
    start: LosslessState | None = None,
) -> Outcome:
    """Fit a head to the frozen model; see the module. `crops` of `crop` pixels a side are coded.

    With `start` the head begins as the one of another model, else as an interpolation.
    Raises TrainingError when that head has another shape.
    """
    model.requires_grad_(False).eval()
    device = next(model.parameters()).device
    torch.manual_seed(seed)
    head = LosslessHead(**HEAD)
    if start is not None:
        load_weights(head, start.weights, "the lossless head to start from")
    head.to(device)
    generator = np.random.Generator(np.random.Philox(key=seed, counter=[0, 2, 0, 0]))

    def coded(count: int, indices: Sequence[int]) -> CodedCrops:
        return code_crops(model, pictures.batch(generator, count, crop, augmentation).to(device), indices)

    def windows(source: CodedCrops) -> tuple[Tensor, Tensor]:
        side = min(_WINDOW, crop)
        originals, decoded = [], []
        indices = list(source.decoded)
        for number in generator.integers(len(source.originals), size=batch):
            top, left = 2 * generator.integers((crop - side) // 2 + 1, size=2)
            window = np.s_[number, :, top : top + side, left : left + side]
            originals.append(source.originals[window])
            decoded.append(source.decoded[indices[generator.integers(len(indices))]][window])
        return torch.stack(originals).float(), torch.stack(decoded).float()

    validation = coded(max(crops // 6, 1), candidates)
    shared = coded(max(crops // 3, 1), candidates)
    source = shared
    residual: dict[int, float] = {}
    chosen = candidates[0]
    optimiser = torch.optim.AdamW(head.parameters(), lr=learning_rate, betas=(0.9, 0.99), weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: min(1.0, (step + 1) / 20) * (1 - step / steps))
    choice = int(steps * _SHARED_STEPS) if len(candidates) > 1 else 0
    bar = tqdm(range(steps), unit="step", dynamic_ncols=True, mininterval=2)
    for step in bar:
        if step == choice:
            residual = {index: residual_bits(head, validation, index) for index in candidates}
            chosen = min(candidates, key=lambda index: validation.bits_per_pixel[index] + residual[index])
            source = coded(crops, [chosen])
        if step == int(steps * (1 - _QUANTISED_STEPS)):
            head.quantised = True
        original, base = windows(source)
        loss = head.nats(original, base).sum() / original.numel()
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(head.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        bar.set_postfix(bpp=f"{3 * float(loss.detach()) / math.log(2):.3f}", refresh=False)
    head.quantised = True
    residual[chosen] = residual_bits(head, validation, chosen)
    weights = {name: value.cpu() for name, value in head.state_dict().items()}
    state = LosslessState(chosen, dict(HEAD), weights, count_residuals(head, source, chosen))
    return Outcome(state, validation.bits_per_pixel, residual)


def _candidates(quality_count: int) -> list[int]:
    """Quality indices between a quarter and half of the range: beyond them the files become larger."""
    return sorted({(quality_count - 1) * eighth // 8 for eighth in (2, 3, 4)})


def main(argv: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m training.fit_lossless_head", description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="folders or tar shards of pictures")
    parser.add_argument("-o", "--output", type=Path, required=True, help="checkpoint to write")
    parser.add_argument("--from", dest="start", type=Path, help="checkpoint whose lossless head is the start")
    parser.add_argument("--steps", type=int, default=800)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--crops", type=int, default=96, help="number of crops that are coded")
    parser.add_argument("--crop", type=int, default=256, help="side of a crop in pixels, a multiple of 64")
    parser.add_argument("--quality-index", type=int, nargs="+", help="candidates (default: three)")
    parser.add_argument("--learning-rate", type=float, default=6e-3)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    arguments = parser.parse_args(argv)
    try:
        outcome = _run(arguments)
    except (TrainingError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    chosen = outcome.state.quality_index
    for index, lossy in outcome.lossy.items():
        mark = " <- chosen, fitted to the end" if index == chosen else ""
        total = lossy + outcome.residual[index]
        print(f"quality index {index}: {lossy:.3f} + {outcome.residual[index]:.3f} = {total:.3f} bpp{mark}")
    return 0


def _run(arguments: argparse.Namespace) -> Outcome:
    if arguments.steps < 1 or arguments.batch < 1 or arguments.crops < 1:
        raise TrainingError("--steps, --batch and --crops must be positive.")
    if arguments.crop < 64 or arguments.crop % 64:
        raise TrainingError("--crop must be a positive multiple of 64.")
    checkpoint = load_checkpoint(arguments.checkpoint)
    model: Any = checkpoint.preset.build_model()
    if not isinstance(model, QRes):
        raise TrainingError("Only the shipped architecture can get a lossless head.")
    candidates = arguments.quality_index or _candidates(model.quality_count)
    if not all(0 <= index < model.quality_count for index in candidates):
        raise TrainingError(f"--quality-index must be within 0..{model.quality_count - 1}.")
    load_weights(model, checkpoint.ema, arguments.checkpoint)
    start = load_checkpoint(arguments.start).lossless if arguments.start else None
    if arguments.start and start is None:
        raise TrainingError(f"{arguments.start} has no lossless head to start from.")
    device = usable_device(arguments.device)
    outcome = fit(
        model.to(memory_format=torch.channels_last).to(device),  # type: ignore[call-overload]
        PictureSet(arguments.data, smallest_side=arguments.crop),
        augmentation_of(checkpoint.preset.training),
        candidates=candidates,
        steps=arguments.steps,
        crops=arguments.crops,
        crop=arguments.crop,
        batch=arguments.batch,
        learning_rate=arguments.learning_rate,
        seed=checkpoint.preset.seed,
        start=start,
    )
    save_checkpoint(replace(checkpoint, lossless=outcome.state), arguments.output)
    return outcome


if __name__ == "__main__":
    sys.exit(main())
