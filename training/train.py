"""Train a model: `python -m training.train --preset qres11m-sliced --data PICTURES... --output RUN`.

A run is determined by its preset, data, seed and step count: batches, quality indices and noise of a step depend only
on the seed and the step, so that a run stopped at any moment goes on with identical results (same number of threads
and processes). The learning rate is constant until the last part of the run, in which it falls to zero; a run can be
branched with `--from` to decay from any of its checkpoints. Where time is what there is a given amount of (a lent GPU),
`--minutes` takes the place of `--steps`: the learning rate then falls by the clock, from the start to the end.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim.swa_utils import get_ema_multi_avg_fn
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from codec_format.lanes import usable_cores
from training.checkpoint import (
    Checkpoint,
    load_checkpoint,
    load_weights,
    optimiser_tensors,
    restore_optimisers,
    save_checkpoint,
)
from training.cuda_graph import Replayed
from training.data import Augmentation, Batches, PictureSet, augmentation_of
from training.errors import TrainingError
from training.linear_start import start_linear
from training.loss import Distortion, psnr, rate_distortion_loss, smallest_crop
from training.model import QRes
from training.optimiser import build_optimisers
from training.precision import bfloat16_is_fast, usable_device
from training.preset import Preset, load_preset

_OUTLIER = 8.0  # a step whose loss exceeds the running mean by this many mean deviations is skipped...
_OUTLIER_FACTOR = 2.0  # ...if it also exceeds the running mean by this factor
_SKIPS_TO_STOP = 50
_VALIDATION_POSITIONS = (0.1, 0.35, 0.6, 0.85)  # quality indices of the validation, as parts of their range
_VALIDATION_CROP = 256
_LINEAR_START_CROPS = 256
_MIDDLE_FOCUS = 0.7  # how much denser than at its ends (1 / 0.3 against 1 / 1.7) the middle of the qualities is drawn
_LARGEST_WORKERS = 16  # processes that make crops for a GPU
_NO_END = 10**9  # steps of a run that ends by the clock


@dataclass(frozen=True)
class Recipe:
    """Training settings of a run: the preset's [training] table with the command line's overrides."""

    steps: int
    decay_steps: int
    distortion: Distortion
    batch: int
    crop: int
    optimiser: str
    learning_rate: float
    adam_learning_rate: float
    weight_decay: float
    warm_up: int
    hierarchy_warm_up: int
    gradient_clip: float
    ema: float
    lambda_weight: float
    downscale: float
    drawn: float
    recoloured: float
    rounded: bool
    dithered: float = 0.0
    linear_start: bool = False
    minutes: float | None = None
    integer_scales: bool = False

    @property
    def augmentation(self) -> Augmentation:
        """How the crops are made."""
        return augmentation_of(vars(self))

    def learning_rate_factor(self, step: int, seconds: float = 0.0) -> float:
        """Linear warm-up, constant, then linear decay to zero over the last `decay_steps`.

        With `minutes`, the decay is one over all of them, of which `seconds` have gone.
        """
        warm = min(1.0, (step + 1) / max(self.warm_up, 1))
        if self.minutes is not None:
            return min(warm, max(0.0, 1 - seconds / (60 * self.minutes)))
        return min(warm, (self.steps - step) / max(self.decay_steps, 1), 1.0)

    def ended(self, step: int, seconds: float) -> bool:
        """Whether a run is over after so many steps and seconds."""
        return step >= self.steps if self.minutes is None else seconds >= 60 * self.minutes


@dataclass
class LossStatistics:
    """Running mean and mean deviation of the loss, to recognise a step that would poison the weights."""

    mean: float = math.nan
    deviation: float = 0.0
    skipped_in_a_row: int = 0

    def accepts(self, loss: float) -> bool:
        """Whether a step with this loss should be taken; updates the statistics.

        Raises TrainingError after many skips in a row.
        """
        known = math.isfinite(self.mean)
        limit = max(self.mean + _OUTLIER * self.deviation, self.mean * _OUTLIER_FACTOR) if known else math.inf
        if not math.isfinite(loss) or loss > limit:
            self.skipped_in_a_row += 1
            if self.skipped_in_a_row >= _SKIPS_TO_STOP:
                raise TrainingError(
                    f"The loss was {loss:.4g} (usual: {self.mean:.4g}) in {self.skipped_in_a_row} steps in a row: the "
                    "run has diverged. Go on from an older checkpoint with a lower --learning-rate."
                )
            return False
        self.skipped_in_a_row = 0
        self.mean = 0.98 * self.mean + 0.02 * loss if known else loss
        self.deviation = 0.98 * self.deviation + 0.02 * abs(loss - self.mean) if known else loss
        return True


class Run:
    """Model, optimisers, EMA and statistics of a training run, and where they are on disk."""

    def __init__(
        self, preset: Preset, recipe: Recipe, device: torch.device, bfloat16: bool, *, compiled: bool = False
    ) -> None:
        self.preset, self.recipe, self.device, self.bfloat16 = preset, recipe, device, bfloat16
        torch.manual_seed(preset.seed)
        self.model = preset.build_model().to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        if recipe.integer_scales:
            scale_network = self.model.scale_network
            if scale_network is None:
                raise TrainingError("The model has no scale network; leave --integer-scales out.")
            scale_network.quantised = True
        self.ema = {name: value.clone() for name, value in self.model.state_dict().items()}
        self.optimisers = build_optimisers(
            self.model,
            muon=recipe.optimiser == "muon",
            learning_rate=recipe.learning_rate,
            adam_learning_rate=recipe.adam_learning_rate,
            weight_decay=recipe.weight_decay,
        )
        self.base_rates = [[group["lr"] for group in o.param_groups] for o in self.optimisers]
        self.statistics = LossStatistics()
        self.symbol_counts: Tensor | None = None
        self.step = 0
        self.seconds = 0.0  # since this start of the run, the same in all processes
        self.rank = int(os.environ.get("RANK", "0"))
        self.replica: nn.Module = self.model
        if _processes() > 1:
            self.replica = DistributedDataParallel(self.model)
        # Processes that wait for each other within a step are not recorded.
        self.replayed = Replayed(self._gradients) if device.type == "cuda" and _processes() == 1 else None
        self.compiled = torch.compile(self.replica, dynamic=False) if compiled else self.replica

    def start_linear(self, pictures: PictureSet) -> None:
        """Set the linear path of the model to the principal components of random crops.

        Raises TrainingError for a model that has no such path, or a too narrow one.
        """
        if not isinstance(self.model, QRes):
            raise TrainingError(f"Architecture {self.preset.architecture} has no linear path; remove linear_start.")
        generator = np.random.Generator(np.random.Philox(key=self.preset.seed))
        recipe = self.recipe
        crops = pictures.batch(generator, _LINEAR_START_CROPS, recipe.crop, Augmentation(downscale=recipe.downscale))
        start_linear(self.model, crops)
        self.ema = {name: value.clone() for name, value in self.model.state_dict().items()}

    def restore(self, checkpoint: Checkpoint, source: Path) -> None:
        """Continue from a checkpoint, or from the weights of a compact one at step 0.

        With integer scales, symbols that were counted in as many tables as there are say what symbols cost.

        Fresh optimisers need the warm-up: at full learning rate their first steps would undo the training.
        Raises TrainingError when the checkpoint does not fit the model.
        """
        load_weights(self.model, checkpoint.model, source)
        # In the memory format of the weights: else they are averaged one by one.
        own = self.model.state_dict()
        self.ema = {name: torch.empty_like(own[name]).copy_(value) for name, value in checkpoint.ema.items()}
        network = self.model.scale_network
        counts = checkpoint.symbol_counts
        if network is not None and network.quantised and counts is not None and len(counts) == network.table_count:
            self.symbol_counts = counts
            network.expect_tables(counts)
        if checkpoint.optimisers:
            restore_optimisers(self.optimisers, checkpoint.optimisers)
            self.statistics = LossStatistics(**checkpoint.statistics)
            self.step = checkpoint.step

    def checkpoint(self) -> Checkpoint:
        """The present state."""
        return Checkpoint(
            self.preset,
            self.step,
            dict(self.model.state_dict()),
            self.ema,
            optimiser_tensors(self.optimisers),
            dict(vars(self.statistics)),
            self.symbol_counts,
        )

    def train_step(self, crops: Tensor) -> dict[str, float]:
        """One step on uint8 crops [B, 3, crop, crop]; returns what to log."""
        torch.manual_seed((self.preset.seed * 1_000_003 + self.step) * 64 + self.rank)
        quality_index = random_places(len(crops), self.device) * (self.model.quality_count - 1)
        inputs = [crops.to(self.device), quality_index]
        warm_up = min(1.0, (self.step + 1) / max(self.recipe.hierarchy_warm_up, 1))
        # Recorded, it would keep the value of `warm_up`.
        replayed = self.replayed if warm_up == 1 else None
        outcome = self._gradients(inputs, warm_up) if replayed is None else replayed(inputs)
        loss, gradient_norm, bpp, quality = torch.stack(list(outcome)).tolist()
        # A gradient that is not finite would poison the weights for good, however harmless the loss looks.
        taken = self.statistics.accepts(loss if math.isfinite(gradient_norm) else math.nan)
        if taken:
            self._update(self.recipe)
        self.step += 1
        return {"loss": loss, "bpp": bpp, "psnr": quality, "skipped": float(not taken)}

    def _gradients(self, inputs: Sequence[Tensor], warm_up: float = 1.0) -> list[Tensor]:
        """Gradients of one step on uint8 crops [B, 3, crop, crop] and quality indices [B], left in the parameters.

        Returns the loss, the norm of the gradients before they were clipped, mean bits per pixel and PSNR.
        """
        recipe = self.recipe
        crops, quality_index = inputs
        picture = crops.contiguous(memory_format=torch.channels_last).float() / 255
        lambdas = self.model.lambda_of(quality_index)
        for optimiser in self.optimisers:
            optimiser.zero_grad(set_to_none=True)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16):
            # Compiled anew for every value of `warm_up`, it would never get ready.
            forward = self.compiled if warm_up == 1 else self.replica
            result = forward(picture, quality_index, rounded=recipe.rounded, warm_up=warm_up)
        losses, distortion = rate_distortion_loss(result, picture, lambdas, recipe.distortion, 1 - warm_up)
        weights = lambdas**recipe.lambda_weight
        loss = (losses * weights).sum() / weights.sum()
        loss.backward()
        gradient_norm = nn.utils.clip_grad_norm_(self.model.parameters(), recipe.gradient_clip)
        quality = psnr(distortion.detach()).mean()
        quality = quality if recipe.distortion == "mse" else torch.full_like(quality, math.nan)
        return [_mean_over_processes(loss.detach()), gradient_norm, result.bits_per_pixel().mean().detach(), quality]

    def _update(self, recipe: Recipe) -> None:
        factor = recipe.learning_rate_factor(self.step, self.seconds)
        for optimiser, rates in zip(self.optimisers, self.base_rates, strict=True):
            for group, rate in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = rate * factor
            optimiser.step()
        decay = min(recipe.ema, (1 + self.step) / (10 + self.step))
        weights = self.model.state_dict()
        # All tensors at once: one by one they are hundreds of small kernels on a GPU.
        get_ema_multi_avg_fn(decay)([self.ema[name] for name in weights], list(weights.values()), self.step)

    @torch.no_grad()
    def validate(self, crops: Tensor) -> dict[str, float]:
        """Mean bpp (in all and per latent block), PSNR and loss of the EMA weights with rounded residuals.

        On uint8 crops [N, 3, crop, crop], for each of some quality indices; the loss is summed over them.
        """
        weights = {name: value.clone() for name, value in self.model.state_dict().items()}
        load_weights(self.model, self.ema, "the EMA")
        figures: dict[str, float] = {}
        total = 0.0
        quality_count = self.model.quality_count
        for position in _VALIDATION_POSITIONS if quality_count > 1 else (0.0,):
            nats, quality, loss = [], [], []
            for chunk in crops.split(8):
                picture = chunk.to(self.device).contiguous(memory_format=torch.channels_last).float() / 255
                index = torch.full((len(chunk),), position * (quality_count - 1), device=self.device)
                with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16):
                    result = self.model(picture, index, rounded=True)
                pixels = (result.reconstruction.clamp(-1, 1) * 127.5 + 127.5).round() / 127.5 - 1
                nats.append(result.nats)
                quality.append(psnr((pixels - (2 * picture - 1)).square().flatten(1).mean(dim=1)))
                lambdas = self.model.lambda_of(index)
                loss.append(rate_distortion_loss(result, picture, lambdas, self.recipe.distortion)[0])
            name = f"{position:.2f}"
            block_bpp = torch.cat(nats, dim=1).mean(dim=1) / (math.log(2.0) * crops.shape[-2] * crops.shape[-1])
            figures[f"bpp/{name}"] = float(block_bpp.sum())
            figures |= {f"bpp/{name}/block {number}": float(value) for number, value in enumerate(block_bpp)}
            figures[f"psnr/{name}"] = float(torch.cat(quality).mean())
            total += float(torch.cat(loss).mean())
        figures["loss"] = total
        load_weights(self.model, weights, "the run")
        return figures


def random_places(count: int, device: torch.device) -> Tensor:
    """Random places in the range of qualities, float32 [count] in 0..1, more of them in its middle than at its ends.

    One from each of `count` parts of equal probability: no batch is all low or all high rates.
    """
    part = (torch.randperm(count, device=device) + torch.rand(count, device=device)) / count
    return part + _MIDDLE_FOCUS * torch.sin(2 * math.pi * part) / (2 * math.pi)


def _processes() -> int:
    """Number of processes that train together (torchrun tells it)."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def _mean_over_processes(value: Tensor) -> Tensor:
    """Mean of a scalar over all processes, the same bits in each."""
    if _processes() > 1:
        value = value.clone()
        torch.distributed.all_reduce(value)  # gloo sums, but knows no mean
        value /= _processes()
    return value


def _agreed_number(number: float, device: torch.device) -> float:
    """Mean over all processes; with only one, a GPU is not waited for."""
    return float(_mean_over_processes(torch.tensor(number, device=device))) if _processes() > 1 else number


class _Stop:
    """Set by SIGINT or SIGTERM: the run saves a checkpoint and ends, in all processes after the same step."""

    def __init__(self) -> None:
        self._requested = False

    def __enter__(self) -> Self:
        self._handlers = {number: signal.signal(number, self._request) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def _request(self, _signal: int, _frame: FrameType | None) -> None:
        self._requested = True

    def requested(self, device: torch.device) -> bool:
        """Whether any process has got a signal."""
        return _agreed_number(float(self._requested), device) > 0


def train(run: Run, pictures: PictureSet, output: Path, *, save_every: float, validate_every: int) -> None:
    """Run to the end of the recipe, saving `output`/last.safetensors every `save_every` seconds and at the end."""
    recipe = run.recipe
    main = run.rank == 0
    validation = pictures.validation_crops(_VALIDATION_CROP)
    writer = SummaryWriter(output / "tensorboard", purge_step=run.step) if main else None
    begin = last_save = time.monotonic()
    batches = Batches(pictures, recipe.batch, recipe.crop, recipe.augmentation, run.preset.seed, run.rank)
    # A GPU would wait for the crops. The cores that train have no time to spare for making them ahead.
    workers = 0 if run.device.type == "cpu" else max(2, min(usable_cores(), _LARGEST_WORKERS))
    made = batches.made_ahead(range(run.step, recipe.steps), workers)
    with (
        _Stop() as stop,
        tqdm(
            total=None if recipe.minutes is not None else recipe.steps,
            initial=run.step,
            disable=not main,
            unit="step",
            dynamic_ncols=True,
            mininterval=2,
        ) as bar,
    ):
        while not recipe.ended(run.step, run.seconds) and not stop.requested(run.device):
            figures = run.train_step(next(made))
            run.seconds = _agreed_number(time.monotonic() - begin, run.device)
            bar.update()
            if writer is None:
                continue
            if run.step % 20 == 0:
                for name, value in figures.items():
                    writer.add_scalar(f"train/{name}", value, run.step)
                bar.set_postfix(loss=f"{run.statistics.mean:.4f}", bpp=f"{figures['bpp']:.3f}", refresh=False)
            if run.step % validate_every == 0 or recipe.ended(run.step, run.seconds):
                measured = run.validate(validation) if len(validation) else {}
                for name, value in measured.items():
                    writer.add_scalar(f"validation/{name}", value, run.step)
                entry = {"step": run.step, "time": time.time(), "mean_loss": run.statistics.mean} | measured
                with (output / "log.jsonl").open("a", encoding="utf-8") as log:
                    log.write(json.dumps(entry) + "\n")
            if time.monotonic() - last_save > save_every:
                save_checkpoint(run.checkpoint(), output / "last.safetensors")
                last_save = time.monotonic()
    if writer is not None:
        save_checkpoint(run.checkpoint(), output / "last.safetensors")
        writer.close()


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.train", description=__doc__)
    parser.add_argument("--preset", required=True, help="name of a shipped preset or a TOML file")
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="folders or tar shards of pictures")
    parser.add_argument("--output", type=Path, required=True, help="folder of the run; a run found there is continued")
    end = parser.add_mutually_exclusive_group(required=True)
    end.add_argument("--steps", type=int, help="step at which the run ends")
    end.add_argument("--minutes", type=float, help="how long to train; every start begins at the full learning rate")
    parser.add_argument(
        "--decay-steps",
        type=int,
        help="steps of the final decay (default: the preset's share of --steps; with --minutes it is all of them)",
    )
    parser.add_argument("--from", dest="source", type=Path, help="checkpoint to branch from (a new run in --output)")
    parser.add_argument("--lambda", dest="loss_lambda", type=float, help="train for the one rate of this lambda")
    parser.add_argument("--batch", type=int, help="crops per step and process")
    parser.add_argument("--crop", type=int, help="side of a crop in pixels, a multiple of 64")
    parser.add_argument("--learning-rate", type=float, help="that of Muon, for the weights of hidden convolutions")
    parser.add_argument("--adam-learning-rate", type=float, help="that of Adam, for everything else")
    parser.add_argument(
        "--hierarchy-warm-up", type=int, help="steps in which the coarse latent blocks get help (trained ones need 0)"
    )
    parser.add_argument(
        "--rounded",
        action="store_true",
        help="round residuals instead of adding noise (last fine-tuning; qres always does)",
    )
    parser.add_argument(
        "--integer-scales",
        action="store_true",
        help="train the scale network as the exact integers that it is exported as, once it was fitted as such, and "
        "for the frequency tables that its checkpoint has counted symbols of",
    )
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--float32", action="store_true", help="no bfloat16 autocast where bfloat16 is fast")
    parser.add_argument(
        "--compile",
        action="store_true",
        help="compile the network once the warm-ups are over: minutes once, then a tenth faster; needs a C++ compiler",
    )
    parser.add_argument("--threads", type=int, help="threads of PyTorch on the CPU")
    parser.add_argument("--save-every", type=float, default=180.0, help="seconds between checkpoints")
    parser.add_argument("--validate-every", type=int, default=1000, help="steps between validations")
    return parser.parse_args(argv)


def _recipe(preset: Preset, arguments: argparse.Namespace) -> Recipe:
    settings = dict(preset.training)
    decay = settings.pop("decay")
    for name in ("batch", "crop", "learning_rate", "adam_learning_rate", "hierarchy_warm_up"):
        if getattr(arguments, name) is not None:
            settings[name] = getattr(arguments, name)
    if arguments.minutes is not None and not arguments.minutes > 0:
        raise TrainingError(f"--minutes must be positive, not {arguments.minutes}.")
    steps = arguments.steps if arguments.minutes is None else _NO_END
    decay_steps = arguments.decay_steps if arguments.decay_steps is not None else round(decay * steps)
    try:
        recipe = Recipe(
            steps=steps,
            decay_steps=decay_steps,
            rounded=arguments.rounded,
            minutes=arguments.minutes,
            integer_scales=arguments.integer_scales,
            **settings,
        )
    except TypeError as error:
        raise TrainingError(f"Preset {preset.name} has a wrong [training] table: {error}.") from error
    if recipe.distortion not in ("mse", "ms-ssim"):
        raise TrainingError(
            f"Preset {preset.name} asks for distortion {recipe.distortion!r}; known are mse and ms-ssim."
        )
    if recipe.optimiser not in ("muon", "adam"):
        raise TrainingError(f"Preset {preset.name} asks for optimiser {recipe.optimiser!r}; known are muon and adam.")
    if recipe.crop < smallest_crop(recipe.distortion):
        raise TrainingError(f"--crop {recipe.crop} is too small for {recipe.distortion}; use 192 or more.")
    if recipe.crop % 64 or recipe.crop <= 0 or recipe.batch <= 0:
        raise TrainingError(
            f"--crop must be a positive multiple of 64 and --batch positive, not {recipe.crop} and {recipe.batch}."
        )
    return recipe


def _with_lambda(preset: Preset, loss_lambda: float) -> Preset:
    """The preset with this single rate, also where it is one of variable rate."""
    if not loss_lambda > 0:
        raise TrainingError(f"--lambda must be positive, not {loss_lambda}.")
    single = {"lambda": loss_lambda}
    if "lambda" not in preset.model:
        single = {"quality_count": 1, "lambda_min": loss_lambda, "lambda_max": loss_lambda}
    return replace(preset, model=dict(preset.model) | single)


def training_device(name: str) -> torch.device:
    """The device of this process, set up for training.

    With several processes, each takes the GPU of its number, and they are connected. Raises TrainingError if there is
    none that PyTorch can use.
    """
    if _processes() > 1 and name == "cuda":
        device = usable_device(f"cuda:{os.environ['LOCAL_RANK']}")
        torch.cuda.set_device(device)
    else:
        device = usable_device(name)
    if _processes() > 1:
        torch.distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    if device.type == "cuda":
        # As convolutions do by default: factors are rounded to 10 bits, finer than bfloat16, and sums are of 24.
        torch.set_float32_matmul_precision("high")
    return device


def main(argv: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    arguments = _arguments(argv)
    try:
        if arguments.threads:
            torch.set_num_threads(arguments.threads)
        preset = load_preset(arguments.preset)
        if arguments.loss_lambda is not None:
            preset = _with_lambda(preset, arguments.loss_lambda)
        recipe = _recipe(preset, arguments)
        device = training_device(arguments.device)
        pictures = PictureSet(arguments.data, smallest_side=recipe.crop)
        run = Run(
            preset,
            recipe,
            device,
            bfloat16=bfloat16_is_fast(device) and not arguments.float32,
            compiled=arguments.compile,
        )
        last = arguments.output / "last.safetensors"
        source = last if last.exists() else arguments.source
        if source is not None:
            run.restore(load_checkpoint(source), source)
            if source is not last:
                run.statistics = LossStatistics()  # another recipe has losses of another size
            if run.rank == 0:
                print(f"Continuing from {source} at step {run.step}.")
        elif recipe.linear_start:
            run.start_linear(pictures)
        arguments.output.mkdir(parents=True, exist_ok=True)
        train(run, pictures, arguments.output, save_every=arguments.save_every, validate_every=arguments.validate_every)
    except (TrainingError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    finally:
        if torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()
    return 0


if __name__ == "__main__":
    sys.exit(main())
