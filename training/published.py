"""QRes-VAE 34M and 17M as published (lossy variant).

The networks of "Lossy Image Compression with Quantized Hierarchical VAEs" (Duan, Lu, Ma, Zhu, 2023): a bottom-up
path of residual blocks, and a top-down path of latent blocks that refine one feature from stride 64 to stride 4. The
number of latent blocks (its Table 2) and the kind of residual block (its Table 3) are entries of the preset.

Features are float32 [B, C, h, w]. The methods take a `condition` and ignore it: a published network has one rate, and
the argument lets it share the latent-block loop of variable-rate networks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.errors import TrainingError
from training.likelihood import gaussian_nats
from training.model import ForwardResult
from training.quality import QualityEmbedding
from training.residual_blocks import ConvolutionBlock, four_convolutions, residual_block
from training.scale_network import LatentShape, ScaleNetwork

_LOG_SCALE_BOUND = 2.3  # no prior scale falls below exp(-2.3), about 0.1


class BottomUpStage(nn.Module):
    """The part of the bottom-up path that works at one stride, and the way down to it."""

    def __init__(
        self,
        residual: str,
        previous_width: int,
        width: int,
        factor: int,
        blocks: int,
        kernel: int,
        transition_kernel: int | None,
    ) -> None:
        super().__init__()
        self.transition = (
            None if transition_kernel is None else residual_block(residual, previous_width, transition_kernel)
        )
        self.downsample = nn.Conv2d(previous_width, width, factor, factor)
        self.blocks = nn.Sequential(
            *(residual_block(residual, width, kernel, shifted=number % 2 == 1) for number in range(blocks))
        )

    def forward(self, feature: Tensor) -> Tensor:
        """[B, previous_width, h * factor, w * factor] -> [B, width, h, w]."""
        if self.transition is not None:
            feature = self.transition(feature)
        return self.blocks(self.downsample(feature))


class LatentBlock(nn.Module):
    """One latent variable of the hierarchy: its prior, its posterior, and how it enters the feature.

    `stride` is the latent's stride in pixels, `channels` its number of channels. `upsample` brings the feature of the
    latent block before, where that one stands at a coarser stride.
    """

    def __init__(
        self, *, residual: str, stride: int, channels: int, width: int, kernel: int, upsample: nn.Module | None
    ) -> None:
        super().__init__()
        self.stride = stride
        self.channels = channels
        hidden = width // 4
        spatial = 1 if kernel == 1 else 3  # at stride 64, where a 3x3 convolution would see little but its padding
        self.upsample = upsample
        self.resnet_front = residual_block(residual, width, kernel)
        self.resnet_end = residual_block(residual, width, kernel, shifted=True)
        self.prior_convs = four_convolutions(width, hidden, 2 * channels, spatial)
        self.posterior_convs = four_convolutions(2 * width, hidden, channels, spatial)
        self.z_proj = nn.Sequential(
            nn.Conv2d(channels, hidden // 2, spatial, padding=spatial // 2),
            nn.GELU(),
            nn.Conv2d(hidden // 2, width, 1),
        )
        nn.init.zeros_(self.prior_convs.c4.weight)  # type: ignore[union-attr, arg-type]

    def prior(self, feature: Tensor, condition: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """From the feature of the block before: this block's feature, and the prior mean and scale of its latent.

        Mean and scale are float32 [B, channels, h, w]; the scale is the standard deviation, in quantisation steps.
        """
        if self.upsample is not None:
            feature = self.upsample(feature)
        feature = self.resnet_front(feature)
        mean, raw_log_scale = self.prior_convs(feature).float().chunk(2, dim=1)
        log_scale = functional.softplus(raw_log_scale + _LOG_SCALE_BOUND) - _LOG_SCALE_BOUND
        return feature, mean, torch.exp(log_scale)

    def posterior(self, feature: Tensor, bottom_up: Tensor, condition: Tensor | None = None) -> Tensor:
        """Feature of `prior` and bottom-up feature of the same stride -> posterior mean [B, channels, h, w]."""
        return self.posterior_convs(torch.cat([feature, bottom_up], dim=1)).float()

    def merge(self, feature: Tensor, latent: Tensor, condition: Tensor | None = None) -> Tensor:
        """Feature of `prior` and latent [B, channels, h, w] -> feature [B, width, h, w]."""
        return self.resnet_end(feature + self.z_proj(latent))


class PublishedQResVAE(nn.Module):
    """A published QRes-VAE, from the [model] table of its preset.

    `latent_blocks` are in coding order, coarsest first; `alignment` is the coarsest stride. Raises TrainingError for
    an unknown kind of upsampling.
    """

    quality_count = 1

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        self.loss_lambda: float = config["lambda"]
        self.input_shift: float = config["input_shift"]
        self.input_scale: float = config["input_scale"]
        residual: str = config.get("residual_block", "convnext")
        self.bottom_up_path = nn.ModuleDict()
        before = {"stride": 1, "width": 3}
        for stage in config["bottom_up"]:
            self.bottom_up_path[str(stage["stride"])] = BottomUpStage(
                residual,
                before["width"],
                stage["width"],
                stage["stride"] // before["stride"],
                stage["blocks"],
                stage["kernel"],
                stage.get("transition_kernel"),
            )
            before = stage

        blocks: list[LatentBlock] = []
        before = config["top_down"][0]
        for stage in config["top_down"]:
            for position in range(stage["blocks"]):
                upsample = None
                if position == 0 and "upsample" in stage:
                    factor = before["stride"] // stage["stride"]
                    upsample = _upsample(stage["upsample"], before["width"], stage["width"], factor)
                blocks.append(
                    LatentBlock(
                        residual=residual,
                        stride=stage["stride"],
                        channels=stage["channels"],
                        width=stage["width"],
                        kernel=stage["kernel"],
                        upsample=upsample,
                    )
                )
            before = stage
        self.alignment: int = config["top_down"][0]["stride"]
        self.initial = nn.Parameter(torch.zeros(1, config["top_down"][0]["width"], 1, 1))
        self.latent_blocks = nn.ModuleList(blocks)
        self.output = _pixel_shuffle(before["width"], 3, before["stride"])
        # Fitted to the frozen network, if at all: see training.fit_scale_network.
        self.scale_network: ScaleNetwork | None = None
        if "scale_network" in config:
            shapes = [LatentShape(block.stride, block.channels) for block in blocks]
            embedding = QualityEmbedding(1, self.quality_count, self.loss_lambda, self.loss_lambda)
            self.scale_network = ScaleNetwork(shapes, embedding=embedding, **config["scale_network"])
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.ConvTranspose2d) and module.bias is not None:
                nn.init.zeros_(module.bias)
        # As in Very Deep VAE, so that the sum over all blocks has about the variance of one.
        bottlenecks = [module for module in self.modules() if isinstance(module, ConvolutionBlock)]
        with torch.no_grad():
            for block in bottlenecks:
                block.convolutions.c4.weight.mul_(len(bottlenecks) ** -0.5)  # type: ignore[union-attr, operator]

    @property
    def blocks(self) -> list[LatentBlock]:
        """The latent blocks in coding order."""
        return [cast(LatentBlock, block) for block in self.latent_blocks]

    def lambda_of(self, quality_index: Tensor) -> Tensor:
        """The one lambda of this network, in the shape of `quality_index`."""
        return torch.full_like(quality_index, self.loss_lambda, dtype=torch.float32)

    def bottom_up(self, picture: Tensor, condition: Tensor | None = None) -> dict[int, Tensor]:
        """Picture [B, 3, H, W] in 0..1, sides multiples of `alignment` -> {stride: feature}."""
        feature = picture
        features: dict[int, Tensor] = {}
        for stride in self.bottom_up_strides:
            features[stride] = feature = self.bottom_up_stage(stride, feature)
        return features

    @property
    def bottom_up_strides(self) -> list[int]:
        """Strides of the stages of the bottom-up path, from fine to coarse."""
        return [int(stride) for stride in self.bottom_up_path]

    def bottom_up_stage(self, stride: int, feature: Tensor, condition: Tensor | None = None) -> Tensor:
        """One stage of `bottom_up`: the feature of the stage before (at first the picture) -> that at `stride`."""
        if stride == self.bottom_up_strides[0]:
            feature = (feature + self.input_shift) * self.input_scale
        return self.bottom_up_path[str(stride)](feature)

    def initial_feature(self, condition: Tensor | None, height: int, width: int) -> Tensor:
        """The constant from which the top-down path starts, on a grid of the first block's stride: [1, C, h, w]."""
        return self.initial.expand(-1, -1, height, width)

    def synthesis(self, feature: Tensor, condition: Tensor | None = None) -> Tensor:
        """Feature after the last latent block -> reconstruction [B, 3, H, W] in 0..1."""
        return (self.output(feature).float().clamp(-1, 1) + 1) / 2

    def forward(
        self,
        picture: Tensor,
        quality_index: Tensor | None = None,
        *,
        rounded: bool = False,
        warm_up: float = 1.0,
    ) -> ForwardResult:
        """Code `picture` [B, 3, H, W] (0..1). `warm_up` is for other architectures and changes nothing here.

        The posterior is sampled with additive uniform noise, or with `rounded` the residual is rounded to the integers
        that would be coded. The reconstruction is not clamped, so that the distortion has a gradient everywhere.
        """
        features = self.bottom_up(picture)
        grid = [side // self.alignment for side in picture.shape[-2:]]
        feature = self.initial_feature(None, *grid).expand(len(picture), -1, -1, -1)
        nats = []
        for block in self.blocks:
            feature, prior_mean, prior_scale = block.prior(feature)
            residual = block.posterior(feature, features[block.stride]) - prior_mean
            if rounded:
                residual = residual + (torch.round(residual) - residual).detach()
            else:
                residual = residual + (torch.rand_like(residual) - 0.5)
            nats.append(gaussian_nats(residual, prior_scale).flatten(1).sum(dim=1))
            feature = block.merge(feature, prior_mean + residual)
        return ForwardResult(torch.stack(nats), self.output(feature).float())


def _pixel_shuffle(width_in: int, width_out: int, factor: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(width_in, width_out * factor**2, 1), nn.PixelShuffle(factor))


def _upsample(kind: str, width_in: int, width_out: int, factor: int) -> nn.Module:
    match kind:
        case "pixel-shuffle":
            return _pixel_shuffle(width_in, width_out, factor)
        case "nearest":
            return nn.Upsample(scale_factor=factor, mode="nearest")
        case "transposed-3x3" | "transposed-5x5":
            kernel = int(kind[-1])
            return nn.ConvTranspose2d(width_in, width_out, kernel, factor, kernel // 2, output_padding=factor - 1)
    raise TrainingError(
        f"The preset asks for the upsampling {kind!r}; known are pixel-shuffle, nearest, transposed-3x3"
        " and transposed-5x5."
    )
