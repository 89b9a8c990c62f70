"""The paper's loss: rate in nats per sub-pixel plus lambda times distortion.

Elsewhere the rate of models for MS-SSIM is mostly given in bits per pixel: lambda is then 3 / ln 2 = 4.33 times as
large as here.
"""

from __future__ import annotations

from typing import Literal

import torch
from pytorch_msssim import ms_ssim
from torch import Tensor
from torch.nn import functional

from training.model import ForwardResult
from training.scale_network import inward_clamp

Distortion = Literal["mse", "ms-ssim"]
# Five scales, as in every published figure: the crop is halved four times and then holds a window of 11 pixels.
_MS_SSIM_SMALLEST_CROP = 161
# How large each distortion is where the mean squared error on -1..1 is 1, at the qualities of photographs (for
# MS-SSIM, the shipped model: 13 at 32, 36 and 41 dB): what one part of the loss weighs against another.
_SCALE: dict[Distortion, float] = {"mse": 1.0, "ms-ssim": 10.0}


def distortion_of(result: ForwardResult, picture: Tensor, distortion: Distortion) -> Tensor:
    """Distortion of each sample, [B]: mean squared error on the -1..1 scale, or 1 - MS-SSIM (Wang et al. 2003).

    picture [B, 3, H, W] in 0..1. What the reconstruction has beyond black and white no pixel can show, so it is no
    error.
    """
    if distortion == "mse":
        shown = inward_clamp(result.reconstruction, -1.0, 1.0)
        return (shown - (2 * picture - 1)).square().flatten(1).mean(dim=1)
    reconstruction = ((result.reconstruction + 1) / 2).clamp(0, 1)
    similarity: Tensor = ms_ssim(reconstruction, picture, data_range=1.0, size_average=False)
    return 1 - similarity


def smallest_crop(distortion: Distortion) -> int:
    """Smallest crop on which the distortion is defined, pixels."""
    return _MS_SSIM_SMALLEST_CROP if distortion == "ms-ssim" else 1


def coarse_error(result: ForwardResult, picture: Tensor) -> Tensor:
    """Summed mean squared errors of the coarse reconstructions against the picture scaled down as much, [B].

    picture [B, 3, H, W] in 0..1; the error is on the -1..1 scale. At the price lambda this makes the coarse latent
    blocks carry what a picture of their own resolution would. Left alone they carry nothing before the decoder has
    learned to use them, and then never do (posterior collapse).
    """
    total = picture.new_zeros(len(picture))
    for coarse in result.coarse:
        target = functional.adaptive_avg_pool2d(2 * picture - 1, (coarse.shape[2], coarse.shape[3]))
        total = total + (coarse - target).square().flatten(1).mean(dim=1)
    return total


def rate_distortion_loss(
    result: ForwardResult,
    picture: Tensor,
    lambdas: Tensor,
    distortion: Distortion,
    coarse_weight: float = 0.0,
) -> tuple[Tensor, Tensor]:
    """Rate (nats per sub-pixel) + lambda * distortion of each sample, and the distortion alone: both [B].

    `coarse_weight` times `coarse_error`, brought to the scale of the distortion, is added to it in the loss.
    """
    rate = result.nats.sum(dim=0) / picture[0].numel()
    measured = distortion_of(result, picture, distortion)
    return rate + lambdas * (measured + coarse_weight * _SCALE[distortion] * coarse_error(result, picture)), measured


def psnr(squared_error: Tensor) -> Tensor:
    """PSNR in dB from a mean squared error on the -1..1 scale."""
    return -10 * torch.log10(squared_error / 4)
