"""Parts of the shipped architecture: residual block, down- and upsampling, latent block.

Chosen to train and run fast on CPUs: 1x1 and dense 3x3 convolutions, LeakyReLU, one channel normalisation per block
at the narrow width (it keeps the residual stream from growing without bound at high learning rates).

A GPU moves bytes most of the time, so there what stands between two convolutions is compiled into one kernel, and a
1x1 convolution is a product of matrices, which adds its bias on the way.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.precision import compiled_for_gpu
from training.quality import ConditionalTable

NEGATIVE_SLOPE = 0.125
_EPSILON = 1e-6


def activation(x: Tensor) -> Tensor:
    """LeakyReLU with slope 1/8."""
    return functional.leaky_relu(x, NEGATIVE_SLOPE)


def channel_rms_norm(x: Tensor) -> Tensor:
    """Divide every position of [B, C, h, w] by the root mean square of its channels.

    The mean over channels is a 1x1 convolution: on CPUs that is about three times as fast as a reduction, both in
    training and in ONNX Runtime.
    """
    channels = x.shape[1]
    mean_square = functional.conv2d(
        x.square(), x.new_full((1, channels, 1, 1), 1 / channels), x.new_full((1,), _EPSILON)
    )
    return x * torch.rsqrt(mean_square)


@compiled_for_gpu(dynamic=False)
def _normalised_activation(x: Tensor, gain: Tensor, shift: Tensor) -> Tensor:
    """What `ConditionalActivation` computes, in float32 on the way; gain and shift [B, C, 1, 1]."""
    exact = x.float()
    normalised = exact * torch.rsqrt(exact.square().mean(dim=1, keepdim=True) + _EPSILON)
    return activation(normalised * (1 + gain) + shift).to(x.dtype)


class Conv2d(nn.Conv2d):
    """`nn.Conv2d`, on GPUs faster where it is 1x1."""

    def _conv_forward(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        if x.is_cuda and self.kernel_size == (1, 1) and self.stride == (1, 1):
            return functional.linear(x.permute(0, 2, 3, 1), weight.flatten(1), bias).permute(0, 3, 1, 2)
        return super()._conv_forward(x, weight, bias)


class LinearConv2d(Conv2d):
    """A convolution between residual streams, pixels and latents: always in float32, also under autocast.

    At high qualities a bfloat16 is too coarse for what passes there: 0.1 dB at 41 dB. The branches of residual blocks
    only add to it, and lose nothing in bfloat16.
    """

    def forward(self, x: Tensor) -> Tensor:
        """As `nn.Conv2d`; the result is float32."""
        with torch.autocast(x.device.type, enabled=False):
            return super().forward(x.float())


def zero_bias(layer: nn.Conv2d) -> None:
    """Set the bias of a convolution that has one to zero."""
    assert layer.bias is not None
    nn.init.zeros_(layer.bias)


class ConditionalActivation(nn.Module):
    """Channel RMS normalisation, gain and shift that depend on the quality index, and LeakyReLU."""

    def __init__(self, channels: int, embedding_width: int) -> None:
        super().__init__()
        self.channels = channels
        self.table = ConditionalTable(embedding_width, 2 * channels)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Features [B, channels, h, w] and condition of the batch -> the same shape."""
        table = self.table(condition)[:, :, None, None]
        if x.is_cuda:
            gain, shift = table.float().split(self.channels, dim=1)
            return _normalised_activation(x, gain, shift)
        gain, shift = table.to(x.dtype).split(self.channels, dim=1)
        return activation(channel_rms_norm(x) * (1 + gain) + shift)


class ResidualBlock(nn.Module):
    """Bottleneck 1x1 - 3x3 - 1x1 with channel RMS normalisation and conditioning at the narrow width.

    [B, width, h, w] -> the same shape.
    """

    def __init__(self, width: int, hidden: int, embedding_width: int) -> None:
        super().__init__()
        self.reduce = Conv2d(width, hidden, 1, bias=False)
        self.affine = ConditionalActivation(hidden, embedding_width)
        self.spatial = Conv2d(hidden, hidden, 3, padding=1)
        self.expand = Conv2d(hidden, width, 1)
        nn.init.normal_(self.expand.weight, std=0.2 / math.sqrt(hidden))
        zero_bias(self.expand)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """[B, width, h, w] and condition of the batch -> the same shape."""
        hidden = self.affine(self.reduce(x), condition)
        return x + self.expand(activation(self.spatial(hidden)))


class Upsample(nn.Module):
    """Sub-pixel convolution: 1x1 to width_out * factor**2, then pixel shuffle."""

    def __init__(self, width_in: int, width_out: int, factor: int) -> None:
        super().__init__()
        self.expand = LinearConv2d(width_in, width_out * factor**2, 1)
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        """[B, width_in, h, w] -> [B, width_out, h * factor, w * factor]."""
        return functional.pixel_shuffle(self.expand(x), self.factor)


class LatentBlock(nn.Module):
    """One latent variable of the hierarchy (paper, Fig. 3 b-d): prior mean, posterior mean, merge.

    Means are multiplied by a learned per-channel gain of the quality index before quantisation with step 1, and the
    latent is divided by it on its way back, so that the same features serve every rate.

    A latent can be cut into channel slices, one block each: only the first `begins`, with the residual block before
    the prior, and only the last `ends`, with the one behind the merge. In between, a 1x1 convolution tells a slice the
    values of those before (Minnen and Singh 2020), and the scale network their magnitudes.
    """

    def __init__(
        self,
        *,
        stride: int,
        channels: int,
        width: int,
        hidden: int,
        posterior_hidden: int,
        bottom_up_width: int,
        embedding_width: int,
        previous_width: int | None,
        begins: bool = True,
        ends: bool = True,
    ) -> None:
        super().__init__()
        self.stride = stride
        self.channels = channels
        self.upsample = None if previous_width is None else Upsample(previous_width, width, 2)
        self.front = ResidualBlock(width, hidden, embedding_width) if begins else None
        self.prior_mean = LinearConv2d(width, channels, 1)
        self.posterior_reduce = Conv2d(width + bottom_up_width, posterior_hidden, 1, bias=False)
        self.posterior_affine = ConditionalActivation(posterior_hidden, embedding_width)
        self.posterior_spatial = Conv2d(posterior_hidden, posterior_hidden, 3, padding=1)
        self.posterior_mean = Conv2d(posterior_hidden, channels, 1)
        # The norm takes the amplitude of the features away, and with it what a finely quantised latent is made of.
        self.posterior_linear = LinearConv2d(width + bottom_up_width, channels, 1, bias=False)
        self.latent_projection = LinearConv2d(channels, width, 1)
        self.end = ResidualBlock(width, hidden, embedding_width) if ends else None
        self.log_gain = ConditionalTable(embedding_width, channels, starts_at_log_gain=True)
        for head, scale in ((self.prior_mean, 0.1), (self.posterior_mean, 1.0), (self.posterior_linear, 1.0)):
            nn.init.normal_(head.weight, std=scale / math.sqrt(head.in_channels))
        for head in (self.prior_mean, self.posterior_mean):
            zero_bias(head)

    def gain(self, condition: Tensor) -> Tensor:
        """Latent gain [B, channels, 1, 1], positive."""
        return torch.exp(self.log_gain(condition))[:, :, None, None]

    def prior(self, feature: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        """Top-down feature -> (feature at this block's stride [B, width, h, w], prior mean [B, channels, h, w])."""
        if self.upsample is not None:
            feature = self.upsample(feature)
        if self.front is not None:
            feature = self.front(feature, condition)
        return feature, self.prior_mean(feature) * self.gain(condition)

    def posterior(self, feature: Tensor, bottom_up: Tensor, condition: Tensor) -> Tensor:
        """Feature of `prior` and bottom-up feature of the same stride -> posterior mean [B, channels, h, w]."""
        joined = torch.cat([feature, bottom_up], dim=1)
        hidden = self.posterior_affine(self.posterior_reduce(joined), condition)
        mean = self.posterior_mean(activation(self.posterior_spatial(hidden))) + self.posterior_linear(joined)
        return mean * self.gain(condition)

    def merge(self, feature: Tensor, latent: Tensor, condition: Tensor) -> Tensor:
        """Feature of `prior` and latent z [B, channels, h, w] -> feature [B, width, h, w]."""
        feature = feature + self.latent_projection(latent / self.gain(condition))
        return feature if self.end is None else self.end(feature, condition)


def slice_groups(blocks: list[LatentBlock]) -> list[list[LatentBlock]]:
    """Latent blocks in coding order -> the same, slices of one latent together."""
    groups: list[list[LatentBlock]] = []
    for block in blocks:
        if block.front is not None:
            groups.append([])
        groups[-1].append(block)
    return groups
