"""Residual blocks of the published architecture: ConvNeXt as published, and what its Table 3 puts in its place.

All take and give float32 [B, width, h, w]. Which one a network has is an entry of its preset, "residual_block".
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.errors import TrainingError

_INITIAL_GAMMA = 1e-6
_HEAD_WIDTH = 32
_OUT_OF_SIGHT = -100.0  # added to the attention to positions of other regions; exp(-100) is zero in float32
_SWIN_DEVIATION = 0.02


class ConvNeXtBlock(nn.Module):
    """Depthwise convolution, LayerNorm over channels, two-layer perceptron, layer scale `gamma`, residual.

    Liu et al., "A ConvNet for the 2020s", 2022, with a hidden width of twice the width, as published with QRes-VAE.
    """

    def __init__(self, width: int, kernel: int) -> None:
        super().__init__()
        self.conv_dw = nn.Conv2d(width, width, kernel, padding=kernel // 2, groups=width)
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.mlp = _perceptron(width, 2 * width)
        self.gamma = nn.Parameter(torch.full((width,), _INITIAL_GAMMA))

    def forward(self, feature: Tensor) -> Tensor:
        """[B, width, h, w] -> the same shape."""
        hidden = self.mlp(self.norm(self.conv_dw(feature).permute(0, 2, 3, 1))) * self.gamma
        return feature + hidden.permute(0, 3, 1, 2)


class ConvolutionBlock(nn.Module):
    """Bottleneck of standard convolutions, 1x1 - k x k - k x k - 1x1 with GELU before each, residual.

    The block of Very Deep VAE (Child 2021), hidden width a quarter of the width.
    """

    def __init__(self, width: int, kernel: int) -> None:
        super().__init__()
        self.convolutions = four_convolutions(width, width // 4, width, kernel)

    def forward(self, feature: Tensor) -> Tensor:
        """[B, width, h, w] -> the same shape."""
        return feature + self.convolutions(feature)


class SwinBlock(nn.Module):
    """Attention within windows and a two-layer perceptron, each behind LayerNorm and with a residual.

    The block of Swin Transformer (Liu et al. 2021): windows of `window` x `window` positions, heads of 32 channels,
    learned relative position bias, a hidden width of four times the width. With `shifted` the windows are displaced by
    half a window; as in that paper the feature is rolled, and positions that only the roll made neighbours do not see
    each other. A feature whose sides are no multiples of the window is padded; nothing attends to the padding.

    Raises TrainingError where the width is no multiple of 32.
    """

    relative_position: Tensor

    def __init__(self, width: int, window: int, *, shifted: bool) -> None:
        super().__init__()
        if width % _HEAD_WIDTH:
            raise TrainingError(f"The width of a Swin block must be a multiple of {_HEAD_WIDTH}, not {width}.")
        self.window = window
        self.shift = window // 2 if shifted else 0
        self.heads = width // _HEAD_WIDTH
        self.norm_attention = nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.position_bias = nn.Parameter(torch.empty((2 * window - 1) ** 2, self.heads))
        self.projection = nn.Linear(width, width)
        self.norm_mlp = nn.LayerNorm(width)
        self.mlp = _perceptron(width, 4 * width)
        places = torch.stack(torch.meshgrid(torch.arange(window), torch.arange(window), indexing="ij")).flatten(1)
        row, column = places[:, :, None] - places[:, None, :] + window - 1
        self.register_buffer("relative_position", row * (2 * window - 1) + column, persistent=False)
        nn.init.trunc_normal_(self.position_bias, std=_SWIN_DEVIATION)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.trunc_normal_(module.weight, std=_SWIN_DEVIATION)
                nn.init.zeros_(module.bias)

    def forward(self, feature: Tensor) -> Tensor:
        """[B, width, h, w] -> the same shape."""
        feature = feature.permute(0, 2, 3, 1)
        feature = feature + self._attention(self.norm_attention(feature))
        feature = feature + self.mlp(self.norm_mlp(feature))
        return feature.permute(0, 3, 1, 2)

    def _attention(self, feature: Tensor) -> Tensor:
        """[B, h, w, width] -> the same shape."""
        height, width = feature.shape[1:3]
        # Of windows. Without a negative number: ONNX rounds their quotients towards zero.
        rows, columns = ((length + self.window - 1) // self.window for length in (height, width))
        padding = (0, 0, 0, columns * self.window - width, 0, rows * self.window - height)
        windows = self._windows(functional.pad(self.query_key_value(feature), padding), rows, columns)
        # [B, windows, positions, 3 * width] -> three times [B, windows, heads, positions, 32]
        query, key, value = windows.unflatten(3, (3, self.heads, _HEAD_WIDTH)).permute(3, 0, 1, 4, 2, 5)
        bias = self.position_bias[self.relative_position].permute(2, 0, 1)
        scores = query @ key.mT * _HEAD_WIDTH**-0.5 + bias + self._mask(height, width, rows, columns)[:, None]
        result = (scores.softmax(dim=4) @ value).permute(0, 1, 3, 2, 4).flatten(3)
        result = result.unflatten(2, (self.window, self.window)).unflatten(1, (rows, columns))
        result = result.permute(0, 1, 3, 2, 4, 5).flatten(3, 4).flatten(1, 2)
        result = result.roll((self.shift, self.shift), (1, 2)) if self.shift else result
        return self.projection(result[:, :height, :width])

    def _windows(self, padded: Tensor, rows: int, columns: int) -> Tensor:
        """[B, rows * window, columns * window, C] -> the displaced windows [B, rows * columns, window ** 2, C]."""
        rolled = padded.roll((-self.shift, -self.shift), (1, 2)) if self.shift else padded
        windows = rolled.unflatten(2, (columns, self.window)).unflatten(1, (rows, self.window))
        return windows.permute(0, 1, 3, 2, 4, 5).flatten(3, 4).flatten(1, 2)

    def _mask(self, height: int, width: int, rows: int, columns: int) -> Tensor:
        """What is added to the attention: 0 within a region, else -100; [windows, positions, positions]."""
        of_row, of_column = self._regions(height, rows), self._regions(width, columns)
        regions = (3 * of_row[:, None] + of_column).float()[None, :, :, None]
        # The regions are already those of the displaced windows.
        grid = regions.unflatten(2, (columns, self.window)).unflatten(1, (rows, self.window))
        windows = grid.permute(0, 1, 3, 2, 4, 5).flatten(3, 5).flatten(1, 2)[0]
        return torch.where(windows[:, :, None] == windows[:, None, :], 0.0, _OUT_OF_SIGHT)

    def _regions(self, length: int, windows: int) -> Tensor:
        """Along one axis of the rolled feature: 0 where it lies as before, 1 rolled around, 2 padding."""
        place = torch.arange(windows * self.window, device=self.position_bias.device)
        rolled = place >= windows * self.window - self.shift
        origin = torch.where(rolled, place + self.shift - windows * self.window, place + self.shift)
        return torch.where(origin >= length, 2, rolled.long())


def residual_block(kind: str, width: int, kernel: int, *, shifted: bool = False) -> nn.Module:
    """A block of the `kind` that a preset names: "convnext", "convolution" or "swin".

    `kernel` is the side of the (depthwise) convolutions, or of Swin's windows. Of Swin blocks that follow each other
    every second one is `shifted`. Raises TrainingError for another kind.
    """
    match kind:
        case "convnext":
            return ConvNeXtBlock(width, kernel)
        case "convolution":
            return ConvolutionBlock(width, kernel)
        case "swin":
            return SwinBlock(width, kernel, shifted=shifted)
    raise TrainingError(f"The preset asks for the residual block {kind!r}; known are convnext, convolution and swin.")


def four_convolutions(width_in: int, hidden: int, width_out: int, kernel: int) -> nn.Sequential:
    """1x1, two k x k and another 1x1 convolution, GELU before each."""
    padding = kernel // 2
    return nn.Sequential(
        OrderedDict(
            gelu1=nn.GELU(),
            c1=nn.Conv2d(width_in, hidden, 1),
            gelu2=nn.GELU(),
            c2=nn.Conv2d(hidden, hidden, kernel, padding=padding),
            gelu3=nn.GELU(),
            c3=nn.Conv2d(hidden, hidden, kernel, padding=padding),
            gelu4=nn.GELU(),
            c4=nn.Conv2d(hidden, width_out, 1),
        )
    )


def _perceptron(width: int, hidden: int) -> nn.Sequential:
    return nn.Sequential(OrderedDict(fc1=nn.Linear(width, hidden), gelu=nn.GELU(), fc2=nn.Linear(hidden, width)))
