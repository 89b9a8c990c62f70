"""Start a model with channel slices from one without: `python -m training.slice_latent DONOR --preset ... -o START`.

The two are the same but for the first latent block of a stride, which the new model cuts into slices. Every slice takes
its channels of the donor's block, and of the hidden units of the donor's posterior those that matter most to them.
Training goes on from START (`python -m training.train --from START`).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from training.blocks import LatentBlock, slice_groups
from training.checkpoint import Checkpoint, load_weights, save_checkpoint
from training.errors import TrainingError
from training.graft import heir_and_donor
from training.model import QRes
from training.quality import ConditionalTable
from training.scale_network import ScaleNetwork


@torch.no_grad()
def slice_latent(model: QRes, donor: QRes) -> None:
    """Set the freshly initialised `model` to what `donor` knows; see the module.

    Raises TrainingError where they differ in more than the slices.
    """
    groups = slice_groups(model.blocks)
    sizes = [sum(block.channels for block in group) for group in groups]
    if sizes != [block.channels for block in donor.blocks]:
        raise TrainingError(
            f"The latent blocks of the donor have {[block.channels for block in donor.blocks]} channels, those of the "
            f"model {sizes} with their slices put together; make the presets alike but for the slices."
        )
    _take_over(model, donor)
    number = 0
    for position, (group, whole) in enumerate(zip(groups, donor.blocks, strict=True)):
        first = 0
        for block in group:
            channels = range(first, first + block.channels)
            _set_block(block, whole, channels)
            _set_scales(model.scale_network, number, donor.scale_network, position, channels, last=block is group[-1])
            number, first = number + 1, first + block.channels


def _take_over(model: QRes, donor: QRes) -> None:
    """Everything that does not belong to a latent block."""
    taken = donor.state_dict()
    per_block = ("latent_blocks.", "scale_network.heads.", "scale_network.head_biases.", "scale_network.update")
    for name, value in model.state_dict().items():
        if not name.startswith(per_block):
            if name not in taken or taken[name].shape != value.shape:
                raise TrainingError(f"The part {name} of the model is not as in the donor; make the presets alike.")
            value.copy_(taken[name])


def _set_block(block: LatentBlock, whole: LatentBlock, channels: range) -> None:
    rows = slice(channels.start, channels.stop)
    for own, other in ((block.upsample, whole.upsample), (block.front, whole.front), (block.end, whole.end)):
        if own is not None:
            assert other is not None
            load_weights(own, other.state_dict(), "the donor")
    block.prior_mean.weight.copy_(whole.prior_mean.weight[rows])
    _bias(block.prior_mean).copy_(_bias(whole.prior_mean)[rows])
    block.posterior_linear.weight.copy_(whole.posterior_linear.weight[rows])
    block.latent_projection.weight.copy_(whole.latent_projection.weight[:, rows])
    # The slices before the last have their prior means from a feature without it.
    _bias(block.latent_projection).copy_(_bias(whole.latent_projection) * float(block.end is not None))
    _set_table(block.log_gain, whole.log_gain, torch.arange(channels.start, channels.stop))
    hidden = block.posterior_spatial.out_channels
    spatial = whole.posterior_spatial.weight
    outputs = whole.posterior_mean.weight[rows].square().sum(dim=(0, 2, 3)).topk(hidden).indices.sort().values
    inputs = spatial[outputs].square().sum(dim=(0, 2, 3)).topk(hidden).indices.sort().values
    block.posterior_mean.weight.copy_(whole.posterior_mean.weight[rows][:, outputs])
    _bias(block.posterior_mean).copy_(_bias(whole.posterior_mean)[rows])
    block.posterior_spatial.weight.copy_(spatial[outputs][:, inputs])
    _bias(block.posterior_spatial).copy_(_bias(whole.posterior_spatial)[outputs])
    block.posterior_reduce.weight.copy_(whole.posterior_reduce.weight[inputs])
    width = whole.posterior_affine.channels
    _set_table(block.posterior_affine.table, whole.posterior_affine.table, torch.cat([inputs, width + inputs]))


def _set_scales(
    network: ScaleNetwork, number: int, donor: ScaleNetwork, position: int, channels: range, *, last: bool
) -> None:
    rows = torch.arange(channels.start, channels.stop)
    head, whole = (cast(nn.Conv2d, n.heads[place]) for n, place in ((network, number), (donor, position)))
    head.weight.copy_(whole.weight[rows])
    _set_table(network.head_biases[number], donor.head_biases[position], rows)
    if position == len(donor.updates):
        return
    update, whole = (cast(nn.Conv2d, n.updates[place]) for n, place in ((network, number), (donor, position)))
    _set_table(network.update_biases[number], donor.update_biases[position], torch.arange(whole.out_channels))
    update.weight.copy_(torch.cat([whole.weight[:, : donor.width], whole.weight[:, donor.width + rows]], dim=1))
    if not last:  # the state as it is, plus what these channels add to it in the donor
        nn.init.dirac_(update.weight[:, : donor.width])
        for parameter in cast(ConditionalTable, network.update_biases[number]).parameters():
            nn.init.zeros_(parameter)


def _set_table(table: nn.Module, other: nn.Module, rows: Tensor) -> None:
    own, whole = cast(ConditionalTable, table).linear, cast(ConditionalTable, other).linear
    own.weight.copy_(whole.weight[rows])
    own.bias.copy_(whole.bias[rows])


def _bias(layer: nn.Conv2d) -> Tensor:
    assert layer.bias is not None
    return layer.bias


def main(argv: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m training.slice_latent", description=__doc__)
    parser.add_argument("donor", type=Path, help="checkpoint of the trained model")
    parser.add_argument("--preset", required=True, help="the new model: name of a shipped preset or a TOML file")
    parser.add_argument("-o", "--output", type=Path, required=True, help="checkpoint to write")
    arguments = parser.parse_args(argv)
    try:
        preset, model, donor = heir_and_donor(arguments.preset, arguments.donor)
        slice_latent(model, donor)
        weights = dict(model.state_dict())
        save_checkpoint(Checkpoint(preset, 0, weights, weights), arguments.output, compact=True)
    except TrainingError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
