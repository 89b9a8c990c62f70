"""The scale hyperprior.

Ballé, Minnen, Singh, Hwang, Johnston, "Variational image compression with a scale hyperprior", 2018. Two latent blocks:
the hyper-latent z at stride 64 under a factorised prior, and y at stride 16, Gaussian with mean 0 and a scale that the
hyper-synthesis computes from z. `HierarchicalModel` is what this architecture shares with others that begin with a
hyper-latent.

Features are float32 [B, C, h, w]. The methods take a `condition` and ignore it: the networks have one rate each.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, cast

import torch
from torch import Tensor, nn

from training.factorised_prior import FactorisedPrior
from training.gdn import GDN
from training.likelihood import gaussian_nats
from training.model import ForwardResult
from training.quality import QualityEmbedding
from training.scale_network import LatentShape, ScaleNetwork, inward_clamp, straight_through

HYPER_STRIDE = 64
LATENT_STRIDE = 16
_SMALLEST_SCALE = 0.11


def downsample(width_in: int, width_out: int) -> nn.Conv2d:
    """5x5 convolution to half the size."""
    return nn.Conv2d(width_in, width_out, 5, 2, 2)


def upsample(width_in: int, width_out: int) -> nn.ConvTranspose2d:
    """5x5 transposed convolution to twice the size."""
    return nn.ConvTranspose2d(width_in, width_out, 5, 2, 2, output_padding=1)


class HyperAnalysis(nn.Module):
    """h_a of the paper: magnitudes of the latent at stride 16 -> the hyper-latent at stride 64."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, width, 3, padding=1),
            nn.ReLU(),
            downsample(width, width),
            nn.ReLU(),
            downsample(width, width),
        )

    def forward(self, latent: Tensor) -> Tensor:
        """[B, channels, h, w] -> [B, width, h / 4, w / 4]."""
        return self.layers(latent.abs())


class HyperLatentBlock(nn.Module):
    """The hyper-latent z, rounded without a prior mean; each channel has a learned density of its own."""

    stride = HYPER_STRIDE
    transmitted = 1.0

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels
        self.density = FactorisedPrior(channels)

    def prior(self, feature: Tensor, condition: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """The zeros from which the top-down path starts -> feature and prior mean, both [B, channels, h, w]."""
        return feature, torch.zeros_like(feature)

    def posterior(self, feature: Tensor, bottom_up: Tensor, condition: Tensor | None = None) -> Tensor:
        """The bottom-up feature, which is z itself, [B, channels, h, w]."""
        return bottom_up.float()

    def merge(self, feature: Tensor, latent: Tensor, condition: Tensor | None = None) -> Tensor:
        """The latent [B, channels, h, w]."""
        return latent

    def nats(self, residual: Tensor) -> Tensor:
        """-ln p of residuals [B, channels, h, w], elementwise."""
        return self.density.nats(residual)


class GaussianLatentBlock(nn.Module):
    """The latent y at stride 16, whose scale (and with `has_mean` also its mean) the hyper-synthesis gives."""

    stride = LATENT_STRIDE
    transmitted = 1.0

    def __init__(self, channels: int, hyper_channels: int, *, has_mean: bool) -> None:
        super().__init__()
        self.channels = channels
        self.has_mean = has_mean
        self.hyper_synthesis = nn.Sequential(
            upsample(hyper_channels, hyper_channels),
            nn.ReLU(),
            upsample(hyper_channels, hyper_channels),
            nn.ReLU(),
            nn.Conv2d(hyper_channels, 2 * channels if has_mean else channels, 3, padding=1),
        )

    def prior(self, feature: Tensor, condition: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """The latent z -> feature (used no further), prior mean and scale of y, both float32 [B, channels, h, w]."""
        parameters = self.hyper_synthesis(feature)
        if self.has_mean:
            mean, scale = parameters.float().chunk(2, dim=1)
        else:
            # The shape alone is needed, so a decoder that has the table indices does not run the hyper-synthesis.
            height, width = (side * HYPER_STRIDE // LATENT_STRIDE for side in feature.shape[2:])
            mean, scale = feature.new_zeros((len(feature), self.channels, height, width)), parameters.float()
        return parameters, mean, smallest_scale(scale)

    def posterior(self, feature: Tensor, bottom_up: Tensor, condition: Tensor | None = None) -> Tensor:
        """The bottom-up feature, which is y itself, [B, channels, h, w]."""
        return bottom_up.float()

    def merge(self, feature: Tensor, latent: Tensor, condition: Tensor | None = None) -> Tensor:
        """The latent [B, channels, h, w]."""
        return latent

    def nats(self, residual: Tensor, scale: Tensor) -> Tensor:
        """-ln p of residuals under the scale, both [B, channels, h, w], elementwise."""
        return gaussian_nats(residual, scale)


def smallest_scale(scale: Tensor) -> Tensor:
    """Standard deviations of at least 0.11, below which the entropy does not change any more."""
    return inward_clamp(scale, _SMALLEST_SCALE, math.inf)


class HierarchicalModel(nn.Module):
    """Latent blocks that begin with a hyper-latent, one rate.

    A subclass sets `bottom_up_path` (stride -> what leads there from the stride before, at first the picture),
    `latent_blocks` in coding order, and `synthesis_path`.
    """

    quality_count = 1
    alignment = HYPER_STRIDE
    bottom_up_path: nn.ModuleDict
    latent_blocks: nn.ModuleList
    synthesis_path: nn.Module

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        self.loss_lambda: float = config["lambda"]
        # Fitted to the frozen network, if at all: see training.fit_scale_network.
        self.scale_network: ScaleNetwork | None = None

    def _finish(self, config: Mapping[str, Any]) -> None:
        """Initialise the weights; make the scale network if the settings have one."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
                nn.init.xavier_uniform_(module.weight)
                assert module.bias is not None
                nn.init.zeros_(module.bias)
        if "scale_network" in config:
            shapes = [
                LatentShape(block.stride, block.channels, isinstance(block, HyperLatentBlock)) for block in self.blocks
            ]
            embedding = QualityEmbedding(1, self.quality_count, self.loss_lambda, self.loss_lambda)
            self.scale_network = ScaleNetwork(shapes, embedding=embedding, sub_pixel=True, **config["scale_network"])

    @property
    def blocks(self) -> list[GaussianLatentBlock]:
        """The latent blocks in coding order; the first one is a `HyperLatentBlock`."""
        return [cast(GaussianLatentBlock, block) for block in self.latent_blocks]

    @property
    def factorised_prior(self) -> FactorisedPrior:
        """The densities of the hyper-latent."""
        return cast(HyperLatentBlock, self.latent_blocks[0]).density

    def lambda_of(self, quality_index: Tensor) -> Tensor:
        """The one lambda of this network, in the shape of `quality_index`."""
        return torch.full_like(quality_index, self.loss_lambda, dtype=torch.float32)

    @property
    def bottom_up_strides(self) -> list[int]:
        """Strides of the stages of the bottom-up path, from fine to coarse."""
        return [int(stride) for stride in self.bottom_up_path]

    def bottom_up_stage(self, stride: int, feature: Tensor, condition: Tensor | None = None) -> Tensor:
        """One stage of `bottom_up`: the feature of the stage before (at first the picture) -> that at `stride`."""
        return self.bottom_up_path[str(stride)](feature)

    def bottom_up(self, picture: Tensor, condition: Tensor | None = None) -> dict[int, Tensor]:
        """Picture [B, 3, H, W] in 0..1, sides multiples of `alignment` -> {stride: feature}."""
        feature = picture
        features: dict[int, Tensor] = {}
        for stride in self.bottom_up_strides:
            features[stride] = feature = self.bottom_up_stage(stride, feature)
        return features

    def initial_feature(self, condition: Tensor | None, height: int, width: int) -> Tensor:
        """Zeros [1, channels of the hyper-latent, height, width]."""
        return next(self.parameters()).new_zeros((1, self.blocks[0].channels, height, width))

    def synthesis(self, feature: Tensor, condition: Tensor | None = None) -> Tensor:
        """Feature after the last latent block -> reconstruction [B, 3, H, W], nominally 0..1, not clamped."""
        return self.synthesis_path(feature).float()

    def forward(
        self,
        picture: Tensor,
        quality_index: Tensor | None = None,
        *,
        rounded: bool = False,
        warm_up: float = 1.0,
    ) -> ForwardResult:
        """Code `picture` [B, 3, H, W] (0..1). `warm_up` is for other architectures and changes nothing here.

        Uniform noise stands in for rounding, or with `rounded` the residuals are rounded to the integers that would be
        coded, with the gradient of the identity.
        """
        features = self.bottom_up(picture)
        grid = [side // self.alignment for side in picture.shape[-2:]]
        feature = self.initial_feature(None, *grid).expand(len(picture), -1, -1, -1)
        nats = []
        for block in self.blocks:
            feature, prior_mean, *scale = block.prior(feature)
            residual = block.posterior(feature, features[block.stride]) - prior_mean
            if rounded:
                residual = straight_through(residual, torch.round(residual))
            else:
                residual = residual + (torch.rand_like(residual) - 0.5)
            residual = block.transmitted * residual
            nats.append(block.transmitted * block.nats(residual, *scale).flatten(1).sum(dim=1))
            feature = block.merge(feature, prior_mean + residual)
        return ForwardResult(torch.stack(nats), 2 * self.synthesis(feature) - 1)


class Hyperprior(HierarchicalModel):
    """The scale hyperprior, from the [model] table of its preset: `width` is N of the paper, `channels` is M."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__(config)
        width, channels = config["width"], config["channels"]
        analysis = OrderedDict(
            stem=downsample(3, width),
            gdn1=GDN(width),
            down2=downsample(width, width),
            gdn2=GDN(width),
            down3=downsample(width, width),
            gdn3=GDN(width),
            down4=downsample(width, channels),
        )
        self.bottom_up_path = nn.ModuleDict(
            {str(LATENT_STRIDE): nn.Sequential(analysis), str(HYPER_STRIDE): HyperAnalysis(channels, width)}
        )
        self.latent_blocks = nn.ModuleList(
            [HyperLatentBlock(width), GaussianLatentBlock(channels, width, has_mean=False)]
        )
        synthesis = OrderedDict(
            up1=upsample(channels, width),
            gdn1=GDN(width, inverse=True),
            up2=upsample(width, width),
            gdn2=GDN(width, inverse=True),
            up3=upsample(width, width),
            gdn3=GDN(width, inverse=True),
            output=upsample(width, 3),
        )
        self.synthesis_path = nn.Sequential(synthesis)
        self._finish(config)
