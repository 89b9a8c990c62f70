"""Hierarchical compression (HC): Ge, Wang, Shi, Gao, "Hierarchical image compression framework".

Latents y4, y3 and y2 at strides 16, 8 and 4, the deepest behind a hyper-latent. Mean and scale of each come from the
deeper ones (paper, Eq. 1), and what is coded is round(y - mean) (paper, section 2.3). At low rates the shallow latents
are not transmitted (paper, section 3.2).

The text of the paper leaves open which layers lead to y3 and y2 and to their means and scales. Those here are chosen
such that the cost agrees with its Table 1 in every digit, for both widths.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from training.gdn import GDN
from training.hyperprior import (
    HYPER_STRIDE,
    LATENT_STRIDE,
    GaussianLatentBlock,
    HierarchicalModel,
    HyperAnalysis,
    HyperLatentBlock,
    downsample,
    smallest_scale,
    upsample,
)
from training.likelihood import gaussian_nats
from training.model import ForwardResult

_RATE_MOMENTUM = 0.02  # share of the newest step in the running mean of the rate


class ShallowLatentBlock(nn.Module):
    """A latent on top of deeper ones, which enters the synthesis beside the feature that they give.

    It is transmitted while the model's rate, the running mean of the training steps, exceeds `threshold` bits per
    pixel. Where it is not, mean and latent are 0.
    """

    rate: Tensor

    def __init__(
        self,
        *,
        stride: int,
        channels: int,
        feature_width: int,
        width: int,
        threshold: float,
        analysis: nn.Module,
        conditional: nn.Module,
    ) -> None:
        super().__init__()
        self.stride = stride
        self.channels = channels
        self.threshold = threshold
        self.register_buffer("rate", torch.zeros(()))
        self.analysis = analysis
        self.conditional = conditional
        self.upsample = nn.Sequential(upsample(feature_width, width), GDN(width, inverse=True))

    @property
    def transmitted(self) -> Tensor:
        """1 or 0, float32 []."""
        return (self.rate > self.threshold).float()

    def prior(self, feature: Tensor, condition: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """Feature at the stride before, with the latents there -> feature [B, width, h, w], prior mean and scale.

        Mean and scale are float32 [B, channels, h, w].
        """
        mean, scale = self.conditional(feature).float().chunk(2, dim=1)
        return self.upsample(feature), self.transmitted * mean, smallest_scale(scale)

    def posterior(self, feature: Tensor, bottom_up: Tensor, condition: Tensor | None = None) -> Tensor:
        """Bottom-up feature of the same stride -> posterior mean [B, channels, h, w]."""
        return self.transmitted * self.analysis(bottom_up).float()

    def merge(self, feature: Tensor, latent: Tensor, condition: Tensor | None = None) -> Tensor:
        """Feature of `prior` and latent [B, channels, h, w] side by side."""
        return torch.cat([feature, latent], dim=1)

    def nats(self, residual: Tensor, scale: Tensor) -> Tensor:
        """-ln p of residuals under the scale, both [B, channels, h, w], elementwise."""
        return gaussian_nats(residual, scale)


class HierarchicalCompression(HierarchicalModel):
    """HC, from the [model] table of its preset.

    `width` is N of the paper; `shallow_channels` are those of y3 and y2, and `thresholds` the rates in bits per pixel
    above which they are transmitted.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__(config)
        width = config["width"]
        channels3, channels2 = config["shallow_channels"]
        threshold3, threshold2 = config["thresholds"]
        self.bottom_up_path = nn.ModuleDict(
            {
                "4": nn.Sequential(
                    OrderedDict(
                        stem=downsample(3, width), gdn1=GDN(width), down2=downsample(width, width), gdn2=GDN(width)
                    )
                ),
                "8": nn.Sequential(downsample(width, width), GDN(width)),
                str(LATENT_STRIDE): downsample(width, width),
                str(HYPER_STRIDE): HyperAnalysis(width, width),
            }
        )
        self.latent_blocks = nn.ModuleList(
            [
                HyperLatentBlock(width),
                GaussianLatentBlock(width, width, has_mean=True),
                ShallowLatentBlock(
                    stride=8,
                    channels=channels3,
                    feature_width=width,
                    width=width,
                    threshold=threshold3,
                    analysis=nn.Sequential(
                        nn.Conv2d(width, width, 3, padding=1),
                        nn.ReLU(),
                        nn.Conv2d(width, width, 3, padding=1),
                        nn.ReLU(),
                        nn.Conv2d(width, channels3, 3, padding=1),
                    ),
                    conditional=upsample(width, 2 * channels3),
                ),
                ShallowLatentBlock(
                    stride=4,
                    channels=channels2,
                    feature_width=width + channels3,
                    width=width,
                    threshold=threshold2,
                    analysis=nn.Conv2d(width, channels2, 3, padding=1),
                    conditional=nn.Sequential(
                        nn.Conv2d(width + channels3, channels3, 3, padding=1),
                        nn.ReLU(),
                        upsample(channels3, 2 * channels2),
                    ),
                ),
            ]
        )
        self.synthesis_path = nn.Sequential(
            OrderedDict(
                up3=upsample(width + channels2, width), gdn3=GDN(width, inverse=True), output=upsample(width, 3)
            )
        )
        self._finish(config)

    def forward(
        self,
        picture: Tensor,
        quality_index: Tensor | None = None,
        *,
        rounded: bool = False,
        warm_up: float = 1.0,
    ) -> ForwardResult:
        """Code `picture` as any hierarchical model does; training steps also go into the running mean of the rate."""
        result = super().forward(picture, quality_index, rounded=rounded, warm_up=warm_up)
        if torch.is_grad_enabled():
            rate = result.bits_per_pixel().detach().mean()
            for block in self.latent_blocks:
                if isinstance(block, ShallowLatentBlock):
                    block.rate.lerp_(rate, _RATE_MOMENTUM)
        return result
