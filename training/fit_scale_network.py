"""Fit an exact scale network to a frozen model: `python -m training.fit_scale_network CHECKPOINT --data ... -o OUT`.

For the shipped architecture this is the last step of training: the network that was trained beside the model in
floating point is tuned as the integers that will be exported (quantisation-aware, straight-through gradients), on
rounded symbols. For models whose scale is a float (the published ones, the hyperprior, HC) a new scale network is
fitted, which makes them portable; the rates that are printed leave out a hyper-latent, whose tables stay as they are.
What a symbol costs is what it will cost in a file: the symbols of every frequency table are counted, again and again,
and the exporter fits the tables to the last counts.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from training.checkpoint import Checkpoint, load_checkpoint, load_weights, save_checkpoint
from training.data import Augmentation, PictureSet, augmentation_of
from training.errors import TrainingError
from training.model import QRes
from training.precision import bfloat16_is_fast, usable_device
from training.preset import CompressionModel
from training.scale_network import ScaleNetwork

NEW_SCALE_NETWORK = {"width": 48, "table_count": 64, "scale_min": 0.05, "scale_max": 256.0}
_COUNTED_MAGNITUDES = 2048
_COUNT_EVERY = 100  # steps


@dataclass(frozen=True)
class Fit:
    """Outcome: bits per pixel of the validation crops, before and after (both as exact integers), and symbol counts."""

    before: float
    after: float
    symbol_counts: Tensor


class Coded(NamedTuple):
    """What coding a picture gives.

    `symbols`: the integers r of each latent block, float32 [B, z, h, w]; `bottom_up`: the feature at each stride;
    `feature`: that after the last latent block, from which the synthesis goes on.
    """

    symbols: list[Tensor]
    bottom_up: dict[int, Tensor]
    feature: Tensor


@torch.no_grad()
def code(model: CompressionModel, picture: Tensor, quality_index: Tensor) -> Coded:
    """Code a picture as the codec does, latent block by latent block.

    picture [B, 3, H, W] in 0..1, sides multiples of the model's alignment; quality_index [B].
    """
    condition: Any = model.embedding(quality_index) if isinstance(model, QRes) else None
    features = model.bottom_up(picture, condition)
    height, width = (side // model.alignment for side in picture.shape[-2:])
    feature = model.initial_feature(condition, height, width).expand(len(picture), -1, -1, -1)
    symbols = []
    for block in model.blocks:
        feature, prior_mean = block.prior(feature, condition)[:2]
        posterior_mean = block.posterior(feature, features[block.stride], condition)
        symbols.append(torch.round(posterior_mean - prior_mean))
        feature = block.merge(feature, prior_mean + symbols[-1], condition)
    return Coded(symbols, features, feature)


def residual_symbols(model: CompressionModel, picture: Tensor, quality_index: Tensor) -> list[Tensor]:
    """Integers r that a model codes, per latent block float32 [B, z, h, w]; see `code`."""
    return code(model, picture, quality_index).symbols


def coded_nats(network: ScaleNetwork, quality_index: Tensor, symbols: list[Tensor]) -> Tensor:
    """Nats that the symbols of each sample take with the tables that `network` chooses, [B]; factorised blocks none."""
    nats = [
        network.nats(residual, index).flatten(1).sum(dim=1)
        for residual, index, shape in zip(symbols, network(quality_index, symbols), network.shapes, strict=True)
        if not shape.factorised
    ]
    return torch.stack(nats).sum(dim=0)


@torch.no_grad()
def count_symbols(network: ScaleNetwork, quality_index: Tensor, symbols: list[Tensor], counts: Tensor) -> None:
    """Add to counts int32 [T, N] how often each magnitude (at most N - 1) is coded with each table."""
    magnitudes = counts.shape[1]
    for residual, index, shape in zip(symbols, network(quality_index, symbols), network.shapes, strict=True):
        if shape.factorised:
            continue
        place = index.to(torch.int64) * magnitudes + residual.abs().clamp_max(magnitudes - 1).to(torch.int64)
        counts += torch.bincount(place.flatten(), minlength=counts.numel()).view_as(counts).to(counts.dtype)


def fit(
    model: CompressionModel,
    pictures: PictureSet,
    augmentation: Augmentation,
    *,
    steps: int,
    batch: int,
    crop: int,
    learning_rate: float,
    seed: int,
) -> Fit:
    """Tune `model.scale_network` as exact integers on symbols of the frozen rest of `model`; see the module.

    Raises TrainingError if the model has no scale network.
    """
    network = model.scale_network
    if network is None:
        raise TrainingError("The model has no scale network to fit.")
    model.requires_grad_(False)
    network.requires_grad_(True)
    network.quantised = True
    device = next(model.parameters()).device
    top = model.quality_count - 1

    def symbols_at(step: int) -> tuple[Tensor, list[Tensor]]:
        generator = np.random.Generator(np.random.Philox(key=seed, counter=[0, 1, 0, step]))
        crops = pictures.batch(generator, batch, crop, augmentation).to(device)
        # Whole indices: at these the network is tabulated.
        quality_index = torch.from_numpy(generator.integers(0, top + 1, batch)).to(device)
        picture = crops.contiguous(memory_format=torch.channels_last).float() / 255
        with torch.autocast(device.type, torch.bfloat16, enabled=bfloat16_is_fast(device)):
            return quality_index, residual_symbols(model, picture, quality_index)

    validation = [symbols_at(steps + number) for number in range(4)]
    pixels = len(validation) * batch * crop**2

    @torch.no_grad()
    def validate() -> float:
        return float(sum(coded_nats(network, *sample).sum() for sample in validation)) / (np.log(2) * pixels)

    # Kept in 16 bits: some megabytes a batch.
    counted = [
        (quality_index, [residual.to(torch.int16) for residual in symbols])
        for quality_index, symbols in (symbols_at(steps + len(validation) + n) for n in range(max(steps // 10, 4)))
    ]

    def count() -> Tensor:
        counts = torch.zeros(network.table_count, _COUNTED_MAGNITUDES, dtype=torch.int32, device=device)
        for quality_index, symbols in counted:
            count_symbols(network, quality_index, [residual.float() for residual in symbols], counts)
        network.expect_tables(counts)
        return counts

    count()
    before = validate()
    optimiser = torch.optim.AdamW(network.parameters(), lr=learning_rate, betas=(0.9, 0.99), weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: min(1.0, (step + 1) / 20) * (1 - step / steps))
    bar = tqdm(range(steps), unit="step", dynamic_ncols=True, mininterval=2)
    for step in bar:
        if step and step % _COUNT_EVERY == 0:
            count()
        nats = coded_nats(network, *symbols_at(step))
        # The logarithm weighs relative savings alike at all rates.
        loss = torch.log(nats + 1).mean()
        optimiser.zero_grad()
        loss.backward()
        if torch.isfinite(loss):
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
        schedule.step()
        bar.set_postfix(loss=f"{float(loss.detach()):.4f}", refresh=False)
    counts = count()
    return Fit(before, validate(), counts.cpu())


def _model_to_fit(checkpoint: Checkpoint, source: Path) -> tuple[Checkpoint, CompressionModel]:
    """The model of a checkpoint with a scale network, a new one if it has none."""
    preset = checkpoint.preset
    if "scale_network" not in preset.model:
        preset = replace(preset, model=dict(preset.model) | {"scale_network": NEW_SCALE_NETWORK})
    torch.manual_seed(preset.seed)
    model = preset.build_model()
    fresh = {name: value for name, value in model.state_dict().items() if name.startswith("scale_network.")}
    load_weights(model, fresh | checkpoint.ema, source)
    return replace(checkpoint, preset=preset), model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def main(argv: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m training.fit_scale_network", description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="folders or tar shards of pictures")
    parser.add_argument("-o", "--output", type=Path, required=True, help="checkpoint to write")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument(
        "--crop",
        type=int,
        default=256,
        help="side of a crop in pixels, a multiple of 64; below 256 the network sees no coarse latent without a border",
    )
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    arguments = parser.parse_args(argv)
    try:
        if arguments.steps < 1 or arguments.batch < 1 or arguments.crop < 64 or arguments.crop % 64:
            raise TrainingError("--steps and --batch must be positive, --crop a positive multiple of 64.")
        checkpoint, model = _model_to_fit(load_checkpoint(arguments.checkpoint), arguments.checkpoint)
        device = usable_device(arguments.device)
        pictures = PictureSet(arguments.data, smallest_side=arguments.crop)
        outcome = fit(
            model.to(device),
            pictures,
            augmentation_of(checkpoint.preset.training),
            steps=arguments.steps,
            batch=arguments.batch,
            crop=arguments.crop,
            learning_rate=arguments.learning_rate,
            seed=checkpoint.preset.seed,
        )
        weights = {name: value.cpu() for name, value in model.state_dict().items()}
        save_checkpoint(
            replace(checkpoint, model=weights, ema=weights, optimisers={}, symbol_counts=outcome.symbol_counts),
            arguments.output,
        )
    except (TrainingError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"Quantised scale network: {outcome.before:.4f} bpp before, {outcome.after:.4f} bpp after fitting.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
