"""python -m training.import_published CHECKPOINT -o OUT.safetensors

Import a published QRes-VAE checkpoint: the authors' parameter names become ours. Only tensors are read; a checkpoint
that holds anything else is refused, and none of its code runs.
"""

import argparse
import json
import pickle
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from training.published import PRESETS, BottomUpStage, LatentBlock, PublishedQResVAE, load_preset

# What a published block calls its parts, and what we call them.
_CONVNEXT_PARTS = {
    "gamma": "layer_scale",
    "conv_dw": "depthwise",
    "norm": "norm",
    "mlp.fc1": "expand",
    "mlp.fc2": "reduce",
}
_LATENT_BLOCK_PARTS = (
    {
        f"{convnext}.{part}": f"{convnext}.{ours}"
        for convnext in ("resnet_front", "resnet_end")
        for part, ours in _CONVNEXT_PARTS.items()
    }
    | {
        # Our sequences count the GELU before each convolution too.
        f"{head}.c{number}": f"{head}_convs.{2 * number - 1}"
        for head in ("prior", "posterior")
        for number in (1, 2, 3, 4)
    }
    | {"z_proj.0": "z_proj.0", "z_proj.2": "z_proj.2"}
)


class CheckpointError(Exception):
    """The checkpoint cannot be imported. The message is one sentence for the user."""


def published_names(model: PublishedQResVAE) -> dict[str, str]:
    """For every parameter of `model`, its name in a published checkpoint."""
    modules = {"top_down_constant": "decoder.bias"}

    # The published bottom-up path is one flat list: the stem, then every ConvNeXt block.
    position = 0
    for stride, stage in model.bottom_up_path.items():
        assert isinstance(stage, BottomUpStage)
        ours, published = f"bottom_up_path.{stride}", f"encoder.enc_blocks.{position}"
        if stage.transition is None:
            modules[f"{ours}.downsample"] = published
        else:
            modules |= {f"{ours}.transition.{name}": f"{published}.{part}" for part, name in _CONVNEXT_PARTS.items()}
            modules[f"{ours}.downsample"] = f"{published}.downsapmle"  # the published spelling
        for index in range(len(stage.blocks)):
            published = f"encoder.enc_blocks.{position + 1 + index}"
            modules |= {
                f"{ours}.blocks.{index}.{name}": f"{published}.{part}" for part, name in _CONVNEXT_PARTS.items()
            }
        position += 1 + len(stage.blocks)

    # So is the top-down path: latent blocks, the upsamplings between them, and the output layer.
    position = 0
    for index, block in enumerate(model.latent_blocks):
        assert isinstance(block, LatentBlock)
        ours = f"latent_blocks.{index}"
        if block.upsample is not None:
            modules[f"{ours}.upsample"] = f"decoder.dec_blocks.{position}"
            if isinstance(block.upsample, nn.Sequential):
                modules[f"{ours}.upsample.0"] = f"decoder.dec_blocks.{position}.0"
            position += 1
        published = f"decoder.dec_blocks.{position}"
        modules |= {f"{ours}.{name}": f"{published}.{part}" for part, name in _LATENT_BLOCK_PARTS.items()}
        position += 1
    modules["output.0"] = f"decoder.dec_blocks.{position}.0"

    names = {}
    for name in model.state_dict():
        module, _, leaf = name.rpartition(".")
        names[name] = modules[name] if name in modules else f"{modules[module]}.{leaf}"
    return names


def read_checkpoint(path: Path) -> dict[str, Tensor]:
    """The named tensors of a .safetensors or a PyTorch file; of the latter, also of its entry "model".

    Raises CheckpointError if the file cannot be read, or holds anything but tensors.
    """
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        content = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise CheckpointError(f"Cannot read the checkpoint {path}: {error.strerror or error}.") from error
    except pickle.UnpicklingError as error:
        raise CheckpointError(
            f"The checkpoint {path} is damaged or holds more than tensors; ask for a file with the weights alone."
        ) from error
    except (SafetensorError, RuntimeError, EOFError, ValueError) as error:
        raise CheckpointError(f"The checkpoint {path} is damaged or not a checkpoint.") from error
    if isinstance(content, Mapping) and isinstance(content.get("model"), Mapping):
        content = content["model"]
    if not isinstance(content, Mapping) or not content:
        raise CheckpointError(f"The checkpoint {path} holds no named tensors.")
    for name, value in content.items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            raise CheckpointError(f"The checkpoint {path} holds {name!r}, which is not a named tensor.")
    return dict(content)


def import_published(published: Mapping[str, Tensor]) -> tuple[PublishedQResVAE, list[str]]:
    """A published model with the weights `published`, and the names of the tensors that are not part of it.

    The preset is the one whose parameters all appear with the right shape. Raises CheckpointError if there is none,
    or if a weight is not a finite number.
    """
    problems = []
    for preset in PRESETS:
        model = PublishedQResVAE(load_preset(preset))
        names = published_names(model)
        problem = _mismatch(model, names, published)
        if problem:
            problems.append(f"{preset}: {problem}")
            continue
        weights = {ours: published[name].to(torch.float32) for ours, name in names.items()}
        for ours, name in names.items():
            if not torch.isfinite(weights[ours]).all():
                raise CheckpointError(f"The checkpoint's {name} holds values that are not finite numbers.")
        model.load_state_dict(weights)
        return model, sorted(published.keys() - names.values())
    raise CheckpointError(f"The checkpoint is no published QRes-VAE ({'; '.join(problems)}).")


def _mismatch(model: PublishedQResVAE, names: Mapping[str, str], published: Mapping[str, Tensor]) -> str | None:
    for ours, parameter in model.state_dict().items():
        name = names[ours]
        if name not in published:
            return f"{name} is missing"
        if published[name].shape != parameter.shape:
            return f"{name} has shape {tuple(published[name].shape)}, not {tuple(parameter.shape)}"
    return None


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m training.import_published", description="Import a published QRes-VAE 34M or 17M checkpoint."
    )
    parser.add_argument("checkpoint", type=Path, help="published checkpoint: a PyTorch or .safetensors file")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the .safetensors file to write")
    options = parser.parse_args(arguments)
    try:
        model, ignored = import_published(read_checkpoint(options.checkpoint))
    except CheckpointError as error:
        print(f"error: {error}", file=sys.stderr)
        return 3
    try:
        save_file(model.state_dict(), options.output, metadata={"preset": json.dumps(model.preset)})
    except (OSError, SafetensorError) as error:
        print(f"error: Cannot write {options.output}: {error}.", file=sys.stderr)
        return 8
    if ignored:
        print(f"Left out {len(ignored)} tensors that are no parameters: {', '.join(ignored[:5])}", file=sys.stderr)
    print(f"{options.output}: {model.preset['name']}, {sum(p.numel() for p in model.parameters())} parameters")
    return 0


if __name__ == "__main__":
    sys.exit(main())
