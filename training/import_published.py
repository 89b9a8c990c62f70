"""Import a published QRes-VAE checkpoint: `python -m training.import_published CHECKPOINT -o OUT.safetensors`.

The authors' parameter names become ours; which of the published networks it is follows from names and shapes. Only
tensors are read: a checkpoint that holds anything else is refused, and none of its code runs.
"""

from __future__ import annotations

import argparse
import pickle
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from training.checkpoint import Checkpoint, save_checkpoint
from training.errors import TrainingError
from training.preset import Preset, load_preset
from training.published import BottomUpStage, LatentBlock, PublishedQResVAE

PUBLISHED_PRESETS = ("qres34m", "qres17m")


def published_names(model: PublishedQResVAE) -> dict[str, str]:
    """For every parameter of `model`, its name in a published checkpoint."""
    prefixes = {"initial": "decoder.bias"}

    # The published bottom-up path is one flat list: the stem, then every ConvNeXt block.
    position = 0
    for stride, stage in model.bottom_up_path.items():
        assert isinstance(stage, BottomUpStage)
        ours, published = f"bottom_up_path.{stride}", f"encoder.enc_blocks.{position}"
        if stage.transition is None:
            prefixes[f"{ours}.downsample."] = f"{published}."
        else:
            prefixes[f"{ours}.transition."] = f"{published}."
            prefixes[f"{ours}.downsample."] = f"{published}.downsapmle."  # the published spelling
        for index in range(len(stage.blocks)):
            prefixes[f"{ours}.blocks.{index}."] = f"encoder.enc_blocks.{position + 1 + index}."
        position += 1 + len(stage.blocks)

    # So is the top-down path: latent blocks, the upsamplings between them, and the output layer.
    position = 0
    for index, block in enumerate(model.latent_blocks):
        assert isinstance(block, LatentBlock)
        ours = f"latent_blocks.{index}"
        if block.upsample is not None:
            prefixes[f"{ours}.upsample."] = f"decoder.dec_blocks.{position}."
            position += 1
        published = f"decoder.dec_blocks.{position}"
        prefixes[f"{ours}."] = f"{published}."
        prefixes[f"{ours}.prior_convs."] = f"{published}.prior."
        prefixes[f"{ours}.posterior_convs."] = f"{published}.posterior."
        position += 1
    prefixes["output."] = f"decoder.dec_blocks.{position}."

    names = {}
    for name in model.state_dict():
        prefix = max((prefix for prefix in prefixes if name.startswith(prefix)), key=len)
        names[name] = prefixes[prefix] + name.removeprefix(prefix)
    return names


def read_checkpoint(path: Path) -> dict[str, Tensor]:
    """The named tensors of a .safetensors file or a PyTorch file; of the latter, also of its entry "model".

    Raises TrainingError if the file cannot be read, or holds anything but tensors.
    """
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        content = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise TrainingError(f"The checkpoint {path} cannot be read: {error.strerror or error}.") from error
    except pickle.UnpicklingError as error:
        raise TrainingError(
            f"The checkpoint {path} is damaged or holds more than tensors; get a file with the weights alone."
        ) from error
    except (SafetensorError, RuntimeError, EOFError, ValueError) as error:
        raise TrainingError(f"The checkpoint {path} is damaged or not a checkpoint.") from error
    if isinstance(content, Mapping) and isinstance(content.get("model"), Mapping):
        content = content["model"]
    if not isinstance(content, Mapping) or not content:
        raise TrainingError(f"The checkpoint {path} holds no named tensors.")
    for name, value in content.items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            raise TrainingError(f"The checkpoint {path} holds {name!r}, which is not a named tensor.")
    return dict(content)


def import_published(published: Mapping[str, Tensor]) -> tuple[Preset, dict[str, Tensor], list[str]]:
    """The preset whose parameters `published` holds, the weights under our names in float32, and what was left out.

    Left out are tensors that are no parameters, such as tables of an entropy coder. Raises TrainingError if no
    published network fits, or if a weight is not a finite number.
    """
    problems = []
    for preset in map(load_preset, PUBLISHED_PRESETS):
        with torch.device("meta"):
            model = PublishedQResVAE(preset.model)
        names = published_names(model)
        problem = _mismatch(model, names, published)
        if problem is None:
            weights = {ours: published[name].to(torch.float32) for ours, name in names.items()}
            for ours, weight in weights.items():
                if not torch.isfinite(weight).all():
                    raise TrainingError(f"The checkpoint's {names[ours]} holds values that are not finite numbers.")
            return preset, weights, sorted(published.keys() - names.values())
        problems.append(f"{preset.name}: {problem}")
    raise TrainingError(f"The checkpoint is no published QRes-VAE ({'; '.join(problems)}).")


def _mismatch(model: nn.Module, names: Mapping[str, str], published: Mapping[str, Tensor]) -> str | None:
    for ours, parameter in model.state_dict().items():
        name = names[ours]
        if name not in published:
            return f"{name} is missing"
        if published[name].shape != parameter.shape:
            return f"{name} has shape {list(published[name].shape)}, not {list(parameter.shape)}"
    return None


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m training.import_published", description=__doc__)
    parser.add_argument("checkpoint", type=Path, help="published checkpoint: a PyTorch or .safetensors file")
    parser.add_argument("-o", "--output", type=Path, required=True, help="checkpoint to write (.safetensors)")
    parser.add_argument(
        "--lambda", dest="loss_lambda", type=float, help="lambda it was trained for (default: the preset's)"
    )
    arguments = parser.parse_args(argv)
    try:
        preset, weights, left_out = import_published(read_checkpoint(arguments.checkpoint))
        if arguments.loss_lambda is not None:
            preset = replace(preset, model={**preset.model, "lambda": arguments.loss_lambda})
        # The weights stand for a whole run: its EMA, from which anything else starts.
        save_checkpoint(Checkpoint(preset, step=0, model={}, ema=weights), arguments.output)
    except TrainingError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if left_out:
        print(f"Left out {len(left_out)} tensors that are no parameters: {', '.join(left_out[:5])}.", file=sys.stderr)
    print(f"{arguments.output}: {preset.name}, {sum(w.numel() for w in weights.values())} parameters.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
