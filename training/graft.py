"""Start a model from one with finer latents: `python -m training.graft DONOR --preset ... --data ... -o START`.

The donor has its finest latents at some stride, the new model at twice that, with a refinement at the donor's stride
behind them. Everything finer is the same in both and is taken over: the bottom-up path down to the donor's stride, and
the synthesis. Between them a linear path leads through the latents of the new model: the components of
`training.linear_start`, which least squares find in the donor's bottom-up feature, and from which they make the feature
that the donor's decoder would have. Training goes on from START (`python -m training.train --from START`).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from training.checkpoint import Checkpoint, load_checkpoint, load_weights, save_checkpoint
from training.data import PictureSet, augmentation_of
from training.errors import TrainingError
from training.fit_scale_network import code
from training.linear_start import squares, start_linear
from training.model import QRes, RefinementStage
from training.preset import Preset, load_preset

_CROPS = 320
_CHUNK = 8
_RIDGE = 1e-6  # of the mean diagonal of the normal equations
_LOWEST_QUALITY = 0.25  # of the range: below it the donor's features have lost what the components need


class _Regression:
    """Linear regression with a constant, from sums over the samples."""

    def __init__(self) -> None:
        self._inputs: Tensor | float = 0.0
        self._products: Tensor | float = 0.0

    def add(self, inputs: Tensor, outputs: Tensor) -> None:
        """Take in the samples [N, inputs] -> [N, outputs]."""
        extended = torch.cat([inputs.double(), inputs.new_ones(len(inputs), 1).double()], dim=1)
        self._inputs = self._inputs + extended.T @ extended
        self._products = self._products + extended.T @ outputs.double()

    def solution(self) -> tuple[Tensor, Tensor]:
        """Matrix [outputs, inputs] and constant [outputs], float32."""
        inputs = cast(Tensor, self._inputs)
        ridge = _RIDGE * inputs.diagonal().mean() * torch.eye(len(inputs), dtype=inputs.dtype)
        solved = torch.linalg.solve(inputs + ridge, cast(Tensor, self._products)).float()
        return solved[:-1].T, solved[-1]


@torch.no_grad()
def graft(model: QRes, donor: QRes, crops: Tensor, seed: int) -> None:
    """Set the freshly initialised `model` to what `donor` knows; see the module.

    `crops` uint8 [N, 3, crop, crop]: some hundred, sides multiples of both alignments. Raises TrainingError where the
    two do not fit together.
    """
    fine = donor.blocks[-1].stride
    if model.blocks[-1].stride != 2 * fine or model.refinement_strides != [fine]:
        raise TrainingError(
            f"The donor's finest latents stand at stride {fine}. Graft a model with its finest ones at {2 * fine} and "
            f"a refinement at {fine} alone."
        )
    mean, analysis = start_linear(model, crops)
    _take_over(model, donor, fine)
    down = cast(nn.Conv2d, model.bottom_up_path.downs[model.bottom_up_strides.index(fine)])
    expand = cast(RefinementStage, model.refinement[0]).upsample.expand
    latents = sum(block.channels for block in model.blocks if block.stride == 2 * fine)
    generator = torch.Generator().manual_seed(seed)
    top = donor.quality_count - 1
    to_components, to_feature = _Regression(), _Regression()
    for chunk in tqdm(crops.split(_CHUNK), unit="batch", mininterval=2):
        picture = chunk.float() / 255
        share = _LOWEST_QUALITY + (1 - _LOWEST_QUALITY) * torch.rand(len(chunk), generator=generator)
        coded = code(donor, picture, share * top)
        values = (squares(2 * picture - 1, 2 * fine) - mean) @ analysis.T
        to_components.add(squares(coded.bottom_up[fine], 2), values)
        to_feature.add(values[:, :latents], squares(coded.feature, 2))
    matrix, constant = to_components.solution()
    nn.init.zeros_(down.weight)
    down.weight[: len(matrix)] = matrix.unflatten(1, (-1, 2, 2))
    assert down.bias is not None
    nn.init.zeros_(down.bias)
    down.bias[: len(constant)] = constant
    matrix, constant = to_feature.solution()
    nn.init.zeros_(expand.weight)
    expand.weight[:, :latents, 0, 0] = matrix
    assert expand.bias is not None
    expand.bias.copy_(constant)


def _take_over(model: QRes, donor: QRes, fine: int) -> None:
    position = donor.bottom_up_strides.index(fine)
    shared = ["embedding.", "synthesis_path.", "bottom_up_path.stem."]
    shared += [f"bottom_up_path.downs.{number}." for number in range(position)]
    shared += [f"bottom_up_path.stages.{number}." for number in range(position + 1)]
    own, taken = model.state_dict(), donor.state_dict()
    for name, value in own.items():
        if name.startswith(tuple(shared)):
            if name not in taken or taken[name].shape != value.shape:
                raise TrainingError(
                    f"The part {name} of the model is not as in the donor; make the presets alike there."
                )
            value.copy_(taken[name])


def heir_and_donor(preset_name: str, checkpoint: Path) -> tuple[Preset, QRes, QRes]:
    """The preset of a new model, that model as initialised by the preset's seed, and the trained one of a checkpoint.

    Raises TrainingError where one of them cannot be had, or is not of the shipped architecture.
    """
    preset = load_preset(preset_name)
    torch.manual_seed(preset.seed)
    source = load_checkpoint(checkpoint)
    model, donor = preset.build_model(), source.preset.build_model()
    if not isinstance(model, QRes) or not isinstance(donor, QRes):
        raise TrainingError("Only a model of the shipped architecture (qres) can start from another.")
    load_weights(donor, source.ema, checkpoint)
    return preset, model, donor


def main(argv: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m training.graft", description=__doc__)
    parser.add_argument("donor", type=Path, help="checkpoint of the trained model")
    parser.add_argument("--preset", required=True, help="the new model: name of a shipped preset or a TOML file")
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="folders or tar shards of pictures")
    parser.add_argument("-o", "--output", type=Path, required=True, help="checkpoint to write")
    arguments = parser.parse_args(argv)
    try:
        preset, model, donor = heir_and_donor(arguments.preset, arguments.donor)
        crop = int(preset.training["crop"])
        pictures = PictureSet(arguments.data, smallest_side=crop)
        generator = np.random.Generator(np.random.Philox(key=preset.seed))
        crops = pictures.batch(generator, _CROPS, crop, augmentation_of(preset.training))
        graft(model, donor, crops, preset.seed)
        weights = dict(model.state_dict())
        save_checkpoint(Checkpoint(preset, 0, weights, weights), arguments.output, compact=True)
    except (TrainingError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
