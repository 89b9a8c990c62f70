"""QRes-VAE 34M and 17M as published (lossy variant), built from a preset.

The networks of "Lossy Image Compression with Quantized Hierarchical VAEs" (Duan, Lu, Ma, Zhu, 2023): a bottom-up
path of ConvNeXt blocks, and a top-down path of latent blocks that refine one feature from stride 64 to stride 4.

Features are float32 [B, C, h, w]. Every method takes an optional `condition` as its last argument and ignores it:
a published network has one rate, and the argument lets it share the latent-block loop of variable-rate networks.
"""

import math
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

ARCHITECTURE = "published-qres-vae"
PRESETS = ("qres34m", "qres17m")

_LOG_SCALE_BOUND = 2.3  # softplus(raw + 2.3) - 2.3: no prior scale falls below exp(-2.3), about 0.1
_SMALLEST_PROBABILITY = 1e-6
_INITIAL_LAYER_SCALE = 1e-6


def load_preset(name: str) -> dict[str, Any]:
    """The stored preset `name`, one of PRESETS. Raises ValueError for any other name."""
    if name not in PRESETS:
        raise ValueError(f"There is no published preset {name!r}; choose one of {', '.join(PRESETS)}.")
    path = Path(__file__).with_name("presets") / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


class ConvNeXtBlock(nn.Module):
    """ConvNeXt block: depthwise convolution, LayerNorm over channels, two-layer perceptron, layer scale, residual."""

    def __init__(self, channels: int, kernel: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, kernel, padding=kernel // 2, groups=channels)
        self.norm = nn.LayerNorm(channels, eps=1e-6)
        self.expand = nn.Linear(channels, 2 * channels)
        self.reduce = nn.Linear(2 * channels, channels)
        self.layer_scale = nn.Parameter(torch.full((channels,), _INITIAL_LAYER_SCALE))

    def forward(self, feature: Tensor) -> Tensor:
        """[B, channels, h, w] -> the same shape."""
        hidden = self.norm(self.depthwise(feature).permute(0, 2, 3, 1))
        hidden = self.reduce(functional.gelu(self.expand(hidden))) * self.layer_scale
        return feature + hidden.permute(0, 3, 1, 2)


class BottomUpStage(nn.Module):
    """The part of the bottom-up path that works at one stride, and the way down to it."""

    def __init__(
        self, in_channels: int, channels: int, ratio: int, blocks: int, kernel: int, transition_kernel: int
    ) -> None:
        super().__init__()
        self.transition = ConvNeXtBlock(in_channels, transition_kernel) if transition_kernel else None
        self.downsample = nn.Conv2d(in_channels, channels, ratio, stride=ratio)
        self.blocks = nn.Sequential(*(ConvNeXtBlock(channels, kernel) for _ in range(blocks)))

    def forward(self, feature: Tensor) -> Tensor:
        """[B, in_channels, h * ratio, w * ratio] -> [B, channels, h, w]."""
        if self.transition is not None:
            feature = self.transition(feature)
        return self.blocks(self.downsample(feature))


class LatentBlock(nn.Module):
    """One latent variable of the top-down path: its prior, its posterior, and how it enters the feature.

    `stride` is the latent's stride in pixels, `channels` its number of channels. `upsample` brings the feature of
    the latent block before, where that one stands at a coarser stride.
    """

    def __init__(
        self, stride: int, feature_channels: int, channels: int, kernel: int, upsample: nn.Module | None
    ) -> None:
        super().__init__()
        self.stride = stride
        self.channels = channels
        hidden = feature_channels // 4
        conv_kernel = 1 if kernel == 1 else 3
        self.upsample = upsample
        self.resnet_front = ConvNeXtBlock(feature_channels, kernel)
        self.resnet_end = ConvNeXtBlock(feature_channels, kernel)
        self.prior_convs = _four_convolutions(feature_channels, hidden, 2 * channels, conv_kernel)
        self.posterior_convs = _four_convolutions(2 * feature_channels, hidden, channels, conv_kernel)
        self.z_proj = nn.Sequential(
            nn.Conv2d(channels, hidden // 2, conv_kernel, padding=conv_kernel // 2),
            nn.GELU(),
            nn.Conv2d(hidden // 2, feature_channels, 1),
        )
        last = self.prior_convs[-1]
        assert isinstance(last, nn.Conv2d)
        nn.init.zeros_(last.weight)

    def prior(self, feature: Tensor, condition: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """From the feature of the block before: this block's feature, and the prior mean and scale of its latent.

        Mean and scale are float32 [B, channels, h, w]; the scale is the standard deviation, in units of the
        quantisation step.
        """
        if self.upsample is not None:
            feature = self.upsample(feature)
        feature = self.resnet_front(feature)
        mean, raw_log_scale = self.prior_convs(feature).float().chunk(2, dim=1)
        log_scale = functional.softplus(raw_log_scale + _LOG_SCALE_BOUND) - _LOG_SCALE_BOUND
        return feature, mean, torch.exp(log_scale)

    def posterior(self, feature: Tensor, bottom_up_feature: Tensor, condition: Tensor | None = None) -> Tensor:
        """The posterior mean, float32 [B, channels, h, w], from the prior's feature and the bottom-up feature."""
        return self.posterior_convs(torch.cat((feature, bottom_up_feature), dim=1)).float()

    def merge(self, feature: Tensor, latent: Tensor, condition: Tensor | None = None) -> Tensor:
        """The feature with the latent [B, channels, h, w] added: what the next block starts from."""
        return self.resnet_end(feature + self.z_proj(latent))


class PublishedQResVAE(nn.Module):
    """A published QRes-VAE, from a preset as `load_preset` returns it.

    `latent_blocks` are in coding order, coarsest first. Pictures are float32 [B, 3, H, W] in 0..1, H and W
    multiples of `alignment`.
    """

    def __init__(self, preset: Mapping[str, Any]) -> None:
        super().__init__()
        self.preset = preset
        self.input_shift: float = preset["input"]["shift"]
        self.input_scale: float = preset["input"]["scale"]
        self.bottom_up_path = nn.ModuleDict()
        before = {"stride": 1, "channels": 3}
        for stage in preset["bottom_up"]:
            self.bottom_up_path[str(stage["stride"])] = BottomUpStage(
                before["channels"],
                stage["channels"],
                stage["stride"] // before["stride"],
                stage["blocks"],
                stage["kernel"],
                stage.get("transition_kernel", 0),
            )
            before = stage
        self.alignment: int = before["stride"]

        blocks: list[LatentBlock] = []
        before = preset["top_down"][0]
        self.top_down_constant = nn.Parameter(torch.zeros(1, before["channels"], 1, 1))
        for stage in preset["top_down"]:
            for index in range(stage["blocks"]):
                upsample = None
                if index == 0 and "upsample" in stage:
                    ratio = before["stride"] // stage["stride"]
                    upsample = _upsample(stage["upsample"], before["channels"], stage["channels"], ratio)
                blocks.append(
                    LatentBlock(stage["stride"], stage["channels"], stage["latent_channels"], stage["kernel"], upsample)
                )
            before = stage
        self.latent_blocks = nn.ModuleList(blocks)
        self.output = _pixel_shuffle(before["channels"], 3, before["stride"])
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.ConvTranspose2d) and module.bias is not None:
                nn.init.zeros_(module.bias)

    def bottom_up(self, picture: Tensor, condition: Tensor | None = None) -> dict[int, Tensor]:
        """The feature of the bottom-up path at every stride, by stride, for a picture in 0..1.

        Raises ValueError where height or width is not a multiple of `alignment`.
        """
        height, width = picture.shape[-2:]
        if height % self.alignment or width % self.alignment:
            raise ValueError(f"The picture is {width}x{height}; both sides must be multiples of {self.alignment}.")
        feature = (picture + self.input_shift) * self.input_scale
        features: dict[int, Tensor] = {}
        for stride, stage in self.bottom_up_path.items():
            feature = stage(feature)
            features[int(stride)] = feature
        return features

    def initial_feature(self, batch: int, grid_height: int, grid_width: int) -> Tensor:
        """What the top-down path starts from: a learned constant, repeated over the grid of the first latent block."""
        return self.top_down_constant.expand(batch, -1, grid_height, grid_width)

    def synthesis(self, feature: Tensor, condition: Tensor | None = None) -> Tensor:
        """The picture, float32 [B, 3, H, W] in 0..1, from the feature of the last latent block."""
        return (self.output(feature).clamp(-1, 1) + 1) / 2

    def forward(self, picture: Tensor, condition: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """The rate and the reconstruction of pictures [B, 3, H, W] in 0..1.

        The rate [B] is the information in all latents, in nats per sub-pixel (3 sub-pixels per pixel). In training
        mode, quantisation is replaced by additive uniform noise and the reconstruction may leave 0..1, so that the
        distortion keeps its gradient there; in evaluation mode the residuals are rounded and the picture clamped.
        """
        features = self.bottom_up(picture)
        coarsest = features[self.alignment]
        feature = self.initial_feature(len(picture), *coarsest.shape[-2:])
        information = picture.new_zeros(len(picture))
        for block in self.latent_blocks:
            assert isinstance(block, LatentBlock)
            feature, prior_mean, prior_scale = block.prior(feature)
            posterior_mean = block.posterior(feature, features[block.stride])
            if self.training:
                latent = posterior_mean + torch.rand_like(posterior_mean) - 0.5
            else:
                latent = prior_mean + torch.round(posterior_mean - prior_mean)
            information = information + gaussian_information(latent - prior_mean, prior_scale).sum(dim=(1, 2, 3))
            feature = block.merge(feature, latent)
        reconstruction = (self.output(feature) + 1) / 2 if self.training else self.synthesis(feature)
        return information / picture[0].numel(), reconstruction


def gaussian_information(residual: Tensor, scale: Tensor) -> Tensor:
    """-ln of the probability of `residual` under a zero-mean Gaussian convolved with U(-1/2, 1/2), elementwise.

    Where that probability is below 1e-6 and its float32 gradient would vanish, the Gaussian's density at the
    residual takes its place.
    """
    # The lower tail keeps its digits where the upper tail rounds to 1, and the Gaussian is symmetric.
    distance = -residual.abs()
    probability = torch.special.ndtr((distance + 0.5) / scale) - torch.special.ndtr((distance - 0.5) / scale)
    information = -torch.log(probability.clamp_min(_SMALLEST_PROBABILITY))
    density_information = 0.5 * (distance / scale).square() + torch.log(scale) + 0.5 * math.log(2 * math.pi)
    return torch.where(probability > _SMALLEST_PROBABILITY, information, density_information)


def rate_distortion_loss(rate: Tensor, reconstruction: Tensor, picture: Tensor, lambdas: Tensor | float) -> Tensor:
    """The paper's loss per sample, float32 [B]: rate [B] in nats per sub-pixel plus lambda times MSE.

    Pictures are [B, 3, H, W] in 0..1; the MSE is taken on the scale -1..1, hence the factor 4. `lambdas` is one
    value or a tensor [B].
    """
    squared_error = (reconstruction - picture).square().mean(dim=(1, 2, 3))
    return rate + lambdas * 4 * squared_error


def _four_convolutions(in_channels: int, hidden: int, out_channels: int, kernel: int) -> nn.Sequential:
    """1x1, k x k, k x k and 1x1 convolution, GELU before each."""
    return nn.Sequential(
        nn.GELU(),
        nn.Conv2d(in_channels, hidden, 1),
        nn.GELU(),
        nn.Conv2d(hidden, hidden, kernel, padding=kernel // 2),
        nn.GELU(),
        nn.Conv2d(hidden, hidden, kernel, padding=kernel // 2),
        nn.GELU(),
        nn.Conv2d(hidden, out_channels, 1),
    )


def _pixel_shuffle(in_channels: int, out_channels: int, ratio: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(in_channels, out_channels * ratio * ratio, 1), nn.PixelShuffle(ratio))


def _upsample(kind: str, in_channels: int, out_channels: int, ratio: int) -> nn.Module:
    if kind == "pixel-shuffle":
        return _pixel_shuffle(in_channels, out_channels, ratio)
    if kind == "nearest":
        return nn.Upsample(scale_factor=ratio, mode="nearest")
    if kind in ("transposed-3x3", "transposed-5x5"):
        kernel = int(kind[-1])
        return nn.ConvTranspose2d(
            in_channels, out_channels, kernel, stride=ratio, padding=kernel // 2, output_padding=ratio - 1
        )
    raise ValueError(f"Unknown upsampling {kind!r}; use pixel-shuffle, nearest, transposed-3x3 or transposed-5x5.")
