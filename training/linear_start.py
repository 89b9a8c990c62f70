"""A start from which a model already codes: its linear path is set to the Karhunen-Loeve transform of the pictures.

Every layer of the shipped architecture has a linear path around its nonlinear one. Left to chance, that path mixes
everything, and the first thousands of steps are spent on finding a transform. Here the bottom-up path is set to hand
the pixels on unchanged, then to turn blocks of the finest latent stride into their principal components; each latent
is one component, and the synthesis turns them back.
"""

from __future__ import annotations

import itertools
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.blocks import LatentBlock, ResidualBlock, slice_groups
from training.errors import TrainingError
from training.model import INPUT_GAIN, BottomUp, QRes, RefinementStage

_HEAD_SHARE = 0.1  # of their usual size at which the heads beside the linear path begin
_SMALLEST_VARIANCE = 1e-9


@torch.no_grad()
def start_linear(model: QRes, crops: Tensor) -> tuple[Tensor, Tensor]:
    """Set the linear path of a freshly initialised model to the transform of these pictures.

    The latents of the finest stride take the components in turn, so that each has coarse and fine ones: its symbols
    then tell the scales of the next, which they would not if it had the coarse ones alone. Slices of one latent take
    its components in their order. The latent gain begins at one over the quantisation step of an orthonormal transform.

    `crops` uint8 [N, 3, crop, crop]: some hundred. Returns what the bottom-up path makes of a square of pixels x in
    -1..1: `analysis` @ (x - `mean`), as mean [n] and analysis [kept, n] with n = 3 * stride**2.
    Raises TrainingError where a layer of the model is too narrow.
    """
    stride = model.blocks[-1].stride
    blocks = [block for block in model.blocks if block.stride == stride]
    latents = sum(block.channels for block in blocks)
    mean, components, deviation = _principal_components(squares(crops.float() / 127.5 - 1, stride))
    down = cast(nn.Conv2d, model.bottom_up_path.downs[model.bottom_up_strides.index(stride) - 1])
    kept = min(down.out_channels, len(deviation))
    if latents > kept:
        raise TrainingError(
            f"The model has {latents} latent channels at stride {stride}, but its bottom-up path is only {kept} wide "
            "there; take fewer."
        )
    for part in model.modules():
        if isinstance(part, ResidualBlock):
            nn.init.zeros_(part.expand.weight)
    # Half whitened: with the components as they are, the first would be all that a normalised feature shows.
    scale = deviation[:kept].rsqrt()
    analysis = (components[:, :kept] * scale).T
    _set_bottom_up(model.bottom_up_path, stride, analysis, mean)
    groups = slice_groups(blocks)
    for number, group in enumerate(groups):
        channels = [block.channels for block in group]
        taken = torch.arange(sum(channels)) * len(groups) + number
        if int(taken[-1]) >= group[0].latent_projection.out_channels:
            raise TrainingError(f"The features of the model at stride {stride} are too narrow for its latents.")
        for block, part in zip(group, taken.split(channels), strict=True):
            _set_latent_block(block, part, deviation[part])
    _set_synthesis(model, stride, components[:, :latents] / scale[:latents], mean)
    return mean, analysis


def _set_latent_block(block: LatentBlock, taken: Tensor, deviation: Tensor) -> None:
    """Let the block's latents be these components, of such standard deviations."""
    _set_to_zero(block.posterior_linear, block.latent_projection)
    top_down = block.prior_mean.in_channels
    block.posterior_linear.weight[torch.arange(block.channels), top_down + taken] = 1.0
    block.latent_projection.weight[taken, torch.arange(block.channels)] = 1.0
    block.posterior_mean.weight.mul_(_HEAD_SHARE)
    block.prior_mean.weight.mul_(_HEAD_SHARE)
    block.log_gain.linear.bias.copy_(0.5 * torch.log(deviation))
    if block.upsample is not None:
        _set_to_zero(block.upsample.expand)


def squares(picture: Tensor, stride: int) -> Tensor:
    """Squares of a picture or feature [B, C, h, w], each one vector: [B * h * w / stride**2, C * stride**2]."""
    return functional.pixel_unshuffle(picture, stride).permute(0, 2, 3, 1).flatten(0, 2)


def _principal_components(vectors: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Mean [n], components [n, n] in columns, largest first, and the standard deviation of each."""
    centred = vectors.double() - vectors.double().mean(dim=0)
    variances, components = torch.linalg.eigh(centred.T @ centred / len(vectors))
    deviation = variances.flip(0).clamp_min(_SMALLEST_VARIANCE).sqrt()
    return vectors.mean(dim=0), components.flip(1).float(), deviation.float()


def _order(strides: list[int]) -> Tensor:
    """Where the values of a square of the last stride stand after going from the pixels through all these strides."""
    nested = torch.arange(3 * strides[-1] ** 2, dtype=torch.float32).reshape(1, 3, strides[-1], strides[-1])
    for before, after in itertools.pairwise([1, *strides]):
        nested = functional.pixel_unshuffle(nested, after // before)
    return nested.flatten().long()


def _set_bottom_up(path: BottomUp, stride: int, analysis: Tensor, mean: Tensor) -> None:
    """Pixels as they are down to the stride before `stride`, and there `analysis` [kept, 3 * stride**2] of them."""
    strides = [fine for fine in path.strides if fine <= stride]
    order = _order(strides)
    finest, border = strides[0], int(path.stem.padding[0])
    channels = 3 * finest**2
    _check_width(path.stem.out_channels, channels, finest)
    _set_to_zero(path.stem)
    place = torch.arange(channels)
    rows, columns = place % finest**2 // finest, place % finest
    path.stem.weight[place, place // finest**2, border + rows, border + columns] = 1 / INPUT_GAIN
    for fine, down in zip(strides[1:], path.downs, strict=False):
        assert isinstance(down, nn.Conv2d)
        matrix = analysis[:, order] if fine == stride else torch.eye(4 * channels)
        _check_width(down.out_channels, len(matrix), fine)
        _set_to_zero(down)
        down.weight[: len(matrix), :channels] = matrix.unflatten(1, (channels, 2, 2))
        if fine == stride:
            assert down.bias is not None
            down.bias[: len(matrix)] = -analysis @ mean
        channels = len(matrix)


def _set_synthesis(model: QRes, stride: int, synthesis: Tensor, mean: Tensor) -> None:
    """From `synthesis` [3 * stride**2, latents] of the components at `stride` back to pixels."""
    path = model.synthesis_path
    strides = [*model.refinement_strides, path.factor]
    stages = [*model.refinement, path]
    order = _order([*strides[::-1], stride])
    matrix, offset = synthesis[order], mean[order]
    for stage, fine in zip(stages, strides, strict=True):
        expand = cast(RefinementStage, stage).upsample.expand
        assert expand.bias is not None
        values = 3 * fine**2
        _check_width(expand.out_channels * fine**2 // stride**2, values, fine)
        _set_to_zero(expand)
        expand.weight[: len(matrix), : matrix.shape[1], 0, 0] = matrix
        expand.bias[: len(matrix)] = offset
        matrix, offset, stride = torch.eye(values), torch.zeros(values), fine
    _set_to_zero(path.output)
    path.output.weight[:, : len(matrix), 1, 1] = matrix


def _set_to_zero(*layers: nn.Conv2d) -> None:
    for layer in layers:
        nn.init.zeros_(layer.weight)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


def _check_width(width: int, needed: int, stride: int) -> None:
    if width < needed:
        raise TrainingError(
            f"The model is {width} channels wide at stride {stride}; a start from pixels needs {needed} there."
        )
