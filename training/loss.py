"""The paper's loss: rate in nats per sub-pixel plus lambda times distortion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from pytorch_msssim import ms_ssim
from torch import Tensor

from training.model import ForwardResult

Distortion = Literal["mse", "ms-ssim"]
# 1 - MS-SSIM is about this many times the MSE on -1..1 at the same quality, so one range of lambda serves both.
_MS_SSIM_GAIN = 0.1
_MS_SSIM_SMALLEST_CROP = 161


def distortion_of(result: ForwardResult, picture: Tensor, distortion: Distortion) -> Tensor:
    """Distortion of each sample, [B]: mean squared error on the -1..1 scale, or 0.1 * (1 - MS-SSIM).

    picture [B, 3, H, W] in 0..1.
    """
    if distortion == "mse":
        return (result.reconstruction - (2 * picture - 1)).square().flatten(1).mean(dim=1)
    reconstruction = ((result.reconstruction + 1) / 2).clamp(0, 1)
    similarity: Tensor = ms_ssim(reconstruction, picture, data_range=1.0, size_average=False)
    return _MS_SSIM_GAIN * (1 - similarity)


def smallest_crop(distortion: Distortion) -> int:
    """Smallest crop on which the distortion is defined, pixels."""
    return _MS_SSIM_SMALLEST_CROP if distortion == "ms-ssim" else 1


def rate_weights(strides: Sequence[int], progress: float) -> Tensor:
    """Weight of each latent block's rate while the rate warms up, float32 [blocks]; all ones at `progress` 1.

    At `progress` 0 a block at twice the stride costs half as much. At full price from the first step the coarse blocks
    carry nothing before the decoder has learned to use them, and then never do.
    """
    start = min(strides) / torch.tensor(strides, dtype=torch.float32)
    return start + (1 - start) * min(max(progress, 0.0), 1.0)


def rate_distortion_loss(
    result: ForwardResult,
    picture: Tensor,
    lambdas: Tensor,
    distortion: Distortion,
    block_weights: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Rate (nats per sub-pixel) + lambda * distortion of each sample, and the distortion alone: both [B].

    `block_weights` [blocks] weighs the rate of each latent block, if given.
    """
    nats = result.nats if block_weights is None else result.nats * block_weights[:, None]
    rate = nats.sum(dim=0) / picture[0].numel()
    measured = distortion_of(result, picture, distortion)
    return rate + lambdas * measured, measured


def psnr(squared_error: Tensor) -> Tensor:
    """PSNR in dB from a mean squared error on the -1..1 scale."""
    return -10 * torch.log10(squared_error / 4)
