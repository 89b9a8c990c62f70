"""The shipped architecture: a quantised hierarchical VAE with one set of weights for all rates.

Bottom-up path, latent blocks from stride 64 down to 16 or 8, refinement at finer strides, synthesis, and the scale
network beside them. The posterior (used by the encoder only) is large, the decoder small.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.blocks import LatentBlock, LinearConv2d, ResidualBlock, Upsample, zero_bias
from training.errors import TrainingError
from training.quality import UNIT_GAIN_LAMBDA, ConditionalTable, QualityEmbedding, lambda_of
from training.scale_network import LatentShape, ScaleNetwork, inward_clamp, straight_through

INPUT_GAIN = 2.0  # pixels in -1..1 times this have about unit variance on photographs
# Smallest scale of the coarse latent blocks when the warm-up begins. At the smallest scale of the table every residual
# but zero is so dear that a block that carries nothing would never begin to.
_WARM_UP_SCALE = 0.5


@dataclass(frozen=True)
class ForwardResult:
    """Rate per latent block in nats, [blocks, B]; reconstruction [B, 3, H, W] in -1..1 (not clamped).

    While training also the coarse reconstructions, one after the last latent block of every stride s but the finest:
    [B, 3, 2H / s, 2W / s], what the picture scaled down to that size looks like.
    """

    nats: Tensor
    reconstruction: Tensor
    coarse: tuple[Tensor, ...] = ()

    def bits_per_pixel(self) -> Tensor:
        """Estimated bits per pixel of each sample, [B]."""
        height, width = self.reconstruction.shape[-2:]
        return self.nats.sum(dim=0) / (math.log(2.0) * height * width)


class BottomUp(nn.Module):
    """Pixels to one feature per stride that has latent blocks."""

    def __init__(self, stages: list[dict[str, int]], embedding_width: int) -> None:
        super().__init__()
        first = stages[0]
        # Overlapping patches: the encoder can afford them, and they see across the patch border.
        self.stem = LinearConv2d(3, first["width"], 2 * first["stride"], first["stride"], first["stride"] // 2)
        self.strides = [stage["stride"] for stage in stages]
        self.downs = nn.ModuleList(
            LinearConv2d(before["width"], after["width"], 2, 2) for before, after in itertools.pairwise(stages)
        )
        self.stages = nn.ModuleList(
            nn.ModuleList(ResidualBlock(s["width"], s["hidden"], embedding_width) for _ in range(s["blocks"]))
            for s in stages
        )

    def forward(self, picture: Tensor, condition: Tensor) -> dict[int, Tensor]:
        """Picture [B, 3, H, W] in 0..1, sides multiples of the largest stride -> {stride: feature}."""
        feature = picture
        features = {}
        for stride in self.strides:
            features[stride] = feature = self.stage(stride, feature, condition)
        return features

    def stage(self, stride: int, feature: Tensor, condition: Tensor) -> Tensor:
        """The part at one stride: the feature of the stride before (at first the picture) -> that at `stride`."""
        position = self.strides.index(stride)
        feature = self.downs[position - 1](feature) if position else self.stem((2 * feature - 1) * INPUT_GAIN)
        for block in self.stages[position]:  # type: ignore[attr-defined]
            feature = block(feature, condition)
        return feature


class RefinementStage(nn.Module):
    """Residual blocks at a stride finer than those of the latent blocks, before the synthesis."""

    def __init__(self, width_in: int, width: int, hidden: int, blocks: int, factor: int, embedding_width: int) -> None:
        super().__init__()
        self.upsample = Upsample(width_in, width, factor)
        self.blocks = nn.ModuleList(ResidualBlock(width, hidden, embedding_width) for _ in range(blocks))

    def forward(self, feature: Tensor, condition: Tensor) -> Tensor:
        """Feature [B, width_in, h, w] -> [B, width, h * factor, w * factor]."""
        feature = self.upsample(feature)
        for block in self.blocks:
            feature = block(feature, condition)
        return feature


class Synthesis(RefinementStage):
    """Feature of the last latent block, or of the refinement, to pixels: one more stage, at stride 4."""

    factor = 4

    def __init__(self, width_in: int, width: int, hidden: int, blocks: int, factor: int, embedding_width: int) -> None:
        super().__init__(width_in, width, hidden, blocks, factor // self.factor, embedding_width)
        self.output = LinearConv2d(width, 3 * self.factor**2, 3, padding=1)
        nn.init.normal_(self.output.weight, std=0.2 / math.sqrt(9 * width))
        zero_bias(self.output)

    def forward(self, feature: Tensor, condition: Tensor) -> Tensor:
        """Feature [B, width_in, h, w] -> reconstruction [B, 3, H, W], nominally -1..1, not clamped."""
        return functional.pixel_shuffle(self.output(super().forward(feature, condition)), self.factor)


class QRes(nn.Module):
    """Variable-rate quantised hierarchical VAE with an integer scale network."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        self.quality_count: int = config["quality_count"]
        self.lambda_range: tuple[float, float] = (config["lambda_min"], config["lambda_max"])
        unit_gain_lambda: float = config.get("unit_gain_lambda", UNIT_GAIN_LAMBDA)
        embedding_arguments = (config["embedding_width"], self.quality_count, *self.lambda_range, unit_gain_lambda)
        self.embedding = QualityEmbedding(*embedding_arguments)
        width = self.embedding.width
        self.bottom_up_path = BottomUp(config["bottom_up"], width)
        bottom_up_widths = {stage["stride"]: stage["width"] for stage in config["bottom_up"]}
        blocks: list[LatentBlock] = []
        previous: dict[str, Any] | None = None
        for stage in config["top_down"]:
            for position in range(stage["blocks"]):
                sliced = position == 0 and "slices" in stage
                slices = stage["slices"] if sliced else [stage["channels"]]
                if sum(slices) != stage["channels"]:
                    raise TrainingError(
                        f"The slices at stride {stage['stride']} have {sum(slices)} channels together, the latent has "
                        f"{stage['channels']}."
                    )
                for number, channels in enumerate(slices):
                    enters = position == 0 and number == 0 and previous is not None
                    blocks.append(
                        LatentBlock(
                            stride=stage["stride"],
                            channels=channels,
                            width=stage["width"],
                            hidden=stage["hidden"],
                            posterior_hidden=stage["slice_hidden"] if sliced else stage["hidden"],
                            bottom_up_width=bottom_up_widths[stage["stride"]],
                            embedding_width=width,
                            previous_width=previous["width"] if enters and previous is not None else None,
                            begins=number == 0,
                            ends=number == len(slices) - 1,
                        )
                    )
            previous = stage
        self.latent_blocks = nn.ModuleList(blocks)
        first, last = config["top_down"][0], config["top_down"][-1]
        # Used by the loss of the warm-up alone, and not exported.
        self.coarse_outputs = nn.ModuleDict(
            {str(stage["stride"]): Upsample(stage["width"], 3, 2) for stage in config["top_down"][:-1]}
        )
        self.alignment: int = first["stride"]
        self.initial = ConditionalTable(width, first["width"])
        nn.init.normal_(self.initial.linear.bias, std=0.5)
        self.refinement_strides: list[int] = []
        self.refinement = nn.ModuleList()
        for stage in config.get("refinement", []):
            size = {name: stage[name] for name in ("width", "hidden", "blocks")}
            factor = last["stride"] // stage["stride"]
            self.refinement.append(RefinementStage(last["width"], factor=factor, embedding_width=width, **size))
            self.refinement_strides.append(stage["stride"])
            last = stage
        self.synthesis_path = Synthesis(
            last["width"], factor=last["stride"], embedding_width=width, **config["synthesis"]
        )
        self.scale_network = ScaleNetwork(
            self.latent_shapes(), embedding=QualityEmbedding(*embedding_arguments), **config["scale_network"]
        )

    @property
    def blocks(self) -> list[LatentBlock]:
        """The latent blocks in coding order."""
        return [cast(LatentBlock, block) for block in self.latent_blocks]

    def latent_shapes(self) -> list[LatentShape]:
        """Stride and channels of each latent block, in coding order."""
        return [LatentShape(block.stride, block.channels) for block in self.blocks]

    def lambda_of(self, quality_index: Tensor) -> Tensor:
        """Lambda of (real-valued) quality indices, same shape."""
        return lambda_of(quality_index, self.quality_count, *self.lambda_range)

    @property
    def bottom_up_strides(self) -> list[int]:
        """Strides of the stages of the bottom-up path, from fine to coarse."""
        return self.bottom_up_path.strides

    def bottom_up_stage(self, stride: int, feature: Tensor, condition: Tensor) -> Tensor:
        """One stage of `bottom_up`: the feature of the stage before (at first the picture) -> that at `stride`."""
        return self.bottom_up_path.stage(stride, feature, condition)

    def bottom_up(self, picture: Tensor, condition: Tensor) -> dict[int, Tensor]:
        """Picture [B, 3, H, W] in 0..1, sides multiples of `alignment` -> {stride: feature}."""
        return self.bottom_up_path(picture, condition)

    def initial_feature(self, condition: Tensor, height: int, width: int) -> Tensor:
        """The constant from which the top-down path starts, on a grid of the first block's stride."""
        return self.initial(condition)[:, :, None, None].expand(-1, -1, height, width)

    def synthesis(self, feature: Tensor, condition: Tensor) -> Tensor:
        """Feature after the last latent block -> reconstruction [B, 3, H, W], nominally 0..1, not clamped."""
        for stage in self.refinement:
            feature = stage(feature, condition)
        return (self.synthesis_path(feature, condition).float() + 1) / 2

    def forward(
        self, picture: Tensor, quality_index: Tensor, *, rounded: bool = False, warm_up: float = 1.0
    ) -> ForwardResult:
        """Code `picture` [B, 3, H, W] (0..1) at the real-valued quality indices [B].

        `rounded` is for other architectures and changes nothing here: decoder, scale network and rate always get the
        residuals rounded to the integers that would be coded. In the decoder (Minnen and Singh 2020) and in the scale
        network, rounding has the gradient of the identity, so that a latent block also learns to tell the scales of
        those that follow; for the gradient of the rate see `integer_nats`. While `warm_up` goes from 0 to 1, the
        smallest scale of the coarse latent blocks falls to that of the table.
        """
        condition = self.embedding(quality_index)
        features = self.bottom_up(picture, condition)
        grid = [side // self.alignment for side in picture.shape[-2:]]
        feature = self.initial_feature(condition, *grid)
        residuals, symbols, coarse = [], [], []
        for block, following in itertools.zip_longest(self.blocks, self.blocks[1:]):
            feature, prior_mean = block.prior(feature, condition)
            residuals.append(block.posterior(feature, features[block.stride], condition) - prior_mean)
            symbols.append(straight_through(residuals[-1], torch.round(residuals[-1])))
            feature = block.merge(feature, prior_mean + symbols[-1], condition)
            if following is not None and following.stride < block.stride:
                coarse.append(self.coarse_outputs[str(block.stride)](feature).float())
        smallest = (1 - warm_up) * self.scale_network.index_of(_WARM_UP_SCALE)
        with torch.autocast(picture.device.type, enabled=False):
            indices = self.scale_network(quality_index, symbols)
            nats = []
            for block, residual, index in zip(self.blocks, residuals, indices, strict=True):
                if smallest > 0 and block.stride > self.blocks[-1].stride:
                    index = inward_clamp(index, smallest, self.scale_network.table_count - 1)
                nats.append(self.scale_network.nats(residual, index).sum(dim=(1, 2, 3)))
        return ForwardResult(torch.stack(nats), 2 * self.synthesis(feature, condition) - 1, tuple(coarse))

    @torch.no_grad()
    def tabulate(self) -> None:
        """Freeze everything that depends on the quality index at its integer values, for export.

        Afterwards the condition argument of the parts is the index itself, int64 [B].
        """
        indices = torch.arange(self.quality_count)
        scale_modules = set(self.scale_network.modules())
        for module in self.modules():
            if isinstance(module, ConditionalTable) and module not in scale_modules:
                module.tabulate(self.embedding(indices))
