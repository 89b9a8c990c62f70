"""Checkpoints: safetensors files with weights, EMA, optimiser state and a JSON header. No pickled code.

`python -m training.checkpoint RUN/last.safetensors -o FILE` writes a compact copy, from which a new run can start.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from training.errors import TrainingError
from training.lossless_head import LosslessHead
from training.preset import Preset, preset_from_dict

_KEY = "qres_checkpoint"
_COUNTS = "symbol_counts"
_LOSSLESS_COUNTS = "lossless_counts"


@dataclass(frozen=True)
class LosslessState:
    """A lossless head that was fitted to a model.

    `counts` int32 [T, 2N + 1] says how often n = -N..N was coded with table t of the head.
    """

    quality_index: int
    settings: dict[str, Any]
    weights: dict[str, Tensor]
    counts: Tensor

    def head(self) -> LosslessHead:
        """The head, quantised. Raises TrainingError when the weights do not fit the settings."""
        head = LosslessHead(**self.settings)
        load_weights(head, self.weights, "the lossless head")
        head.quantised = True
        return head


@dataclass
class Checkpoint:
    """State of a run after `step` steps.

    `optimisers` maps "<optimiser>.<parameter>.<state name>" to tensors. `symbol_counts` int32 [T, N] says how often
    magnitude n was coded with frequency table t, where it was measured. `lossless` is the head, where one was fitted.
    """

    preset: Preset
    step: int
    model: dict[str, Tensor]
    ema: dict[str, Tensor]
    optimisers: dict[str, Tensor] = field(default_factory=dict)
    statistics: dict[str, Any] = field(default_factory=dict)
    symbol_counts: Tensor | None = None
    lossless: LosslessState | None = None


def save_checkpoint(checkpoint: Checkpoint, path: Path, *, compact: bool = False) -> None:
    """Write beside `path`, then rename.

    `compact` keeps only the EMA, in float16 (a new run can start from it). Raises TrainingError when the target
    cannot be written; an older file at `path` is then intact.
    """
    tensors: dict[str, Tensor] = {}
    groups = {"ema": checkpoint.ema}
    if not compact:
        groups |= {"model": checkpoint.model, "optimiser": checkpoint.optimisers}
    for group, values in groups.items():
        for name, value in values.items():
            value = value.half() if compact else value
            tensors[f"{group}.{name}"] = value.detach().cpu().contiguous().clone()
    if checkpoint.symbol_counts is not None:
        tensors[_COUNTS] = checkpoint.symbol_counts
    header: dict[str, Any] = {
        "preset": checkpoint.preset.as_dict(),
        "step": checkpoint.step,
        "statistics": checkpoint.statistics,
    }
    if (lossless := checkpoint.lossless) is not None:
        # Not in float16, which would round some of its integers another way.
        tensors |= {f"lossless.{name}": value.detach().cpu().contiguous() for name, value in lossless.weights.items()}
        tensors[_LOSSLESS_COUNTS] = lossless.counts
        header["lossless"] = {"quality_index": lossless.quality_index, "settings": lossless.settings}
    temporary = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(tensors, temporary, metadata={_KEY: json.dumps(header)})
        os.replace(temporary, path)
    except (OSError, SafetensorError) as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise TrainingError(
            f"Cannot write the checkpoint {path} ({error}); free some space or choose another --output."
        ) from error


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint, compact or full. Raises TrainingError when it is missing, damaged or of another kind."""
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            if _KEY not in metadata:
                raise TrainingError(f"{path} is a safetensors file, but not a checkpoint of this project.")
            header = json.loads(metadata[_KEY])
            groups: dict[str, dict[str, Tensor]] = {"model": {}, "ema": {}, "optimiser": {}, "lossless": {}}
            keys = list(file.keys())
            counts = file.get_tensor(_COUNTS) if _COUNTS in keys else None
            lossless = None
            for key in keys:
                if key in (_COUNTS, _LOSSLESS_COUNTS):
                    continue
                group, name = key.split(".", 1)
                tensor = file.get_tensor(key)
                groups[group][name] = tensor.float() if tensor.dtype == torch.float16 else tensor
            if "lossless" in header:
                lossless = LosslessState(
                    int(header["lossless"]["quality_index"]),
                    dict(header["lossless"]["settings"]),
                    groups["lossless"],
                    file.get_tensor(_LOSSLESS_COUNTS),
                )
            return Checkpoint(
                preset=preset_from_dict(header["preset"]),
                step=int(header["step"]),
                model=groups["model"] or dict(groups["ema"]),
                ema=groups["ema"],
                optimisers=groups["optimiser"],
                statistics=dict(header["statistics"]),
                symbol_counts=counts,
                lossless=lossless,
            )
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(f"Checkpoint {path} cannot be read ({error}).") from error


def load_weights(model: nn.Module, weights: Mapping[str, Tensor], source: object) -> None:
    """Copy `weights` into `model`; raises TrainingError naming what does not fit."""
    try:
        model.load_state_dict(dict(weights))
    except RuntimeError as error:
        raise TrainingError(f"The weights of {source} do not fit the model: {error}") from error


def optimiser_tensors(optimisers: Sequence[torch.optim.Optimizer]) -> dict[str, Tensor]:
    """Optimiser state as named tensors."""
    tensors = {}
    for number, optimiser in enumerate(optimisers):
        for index, state in optimiser.state_dict()["state"].items():
            for name, value in state.items():
                tensors[f"{number}.{index}.{name}"] = value
    return tensors


def _laid_out_like(parameter: Tensor, value: Tensor) -> Tensor:
    """`value` with the memory format of its parameter: the fused Adam walks through both in the order of memory."""
    return torch.empty_like(parameter, dtype=value.dtype).copy_(value) if value.dim() else value


def restore_optimisers(optimisers: Sequence[torch.optim.Optimizer], tensors: Mapping[str, Tensor]) -> None:
    """Inverse of `optimiser_tensors`; with no tensors (a compact checkpoint) the optimisers start afresh.

    Raises TrainingError when the state is not that of these optimisers.
    """
    for number, optimiser in enumerate(optimisers):
        parameters = [parameter for group in optimiser.param_groups for parameter in group["params"]]
        state: dict[int, dict[str, Tensor]] = {}
        for key, value in tensors.items():
            owner, index, name = key.split(".", 2)
            if int(owner) == number:
                if int(index) >= len(parameters) or (value.dim() and value.shape != parameters[int(index)].shape):
                    raise TrainingError(f"The optimiser state {key} of the checkpoint does not fit the model.")
                state.setdefault(int(index), {})[name] = _laid_out_like(parameters[int(index)], value)
        optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})


def main(argv: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m training.checkpoint", description=__doc__)
    parser.add_argument("source", type=Path, help="checkpoint of a run")
    parser.add_argument("-o", "--output", type=Path, required=True, help="compact checkpoint to write")
    arguments = parser.parse_args(argv)
    try:
        save_checkpoint(load_checkpoint(arguments.source), arguments.output, compact=True)
    except TrainingError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
