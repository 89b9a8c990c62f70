"""The lossless head: from the decoded picture to the distribution of what it differs from the original by.

The paper's lossless variant (appendix 6.9) ends in a discretised Gaussian for every sample of the picture. Here the
distribution is a discretised logistic of the residual (original minus decoded picture), and like the scale network it
is computed from integers alone, so that every machine computes the same. Unlike the paper's it also sees residuals
that are decoded already: pixels are coded in seven phases, those of every fourth row and column first, and the channels
of a pixel one after the other, green first. FORMAT.md, "Lossless coding", specifies the exported integers.

Units while training: 1.0 is the integer 16 in inputs and 128 in hidden layers; in residuals it is 16 levels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.scale_network import inward_clamp, magnitude_table, quantise_weight, straight_through

UNIT = 16  # integer value of 1.0 in the inputs of a phase
HIDDEN_UNIT = 128  # in hidden layers, where an eighth of a level counts
INPUT_MAXIMUM = 255  # magnitude of an input of a network
ACTIVATION_MAXIMUM = 2047  # of a hidden layer
FRACTIONS = 4  # a mean is a multiple of a quarter of a level
MEAN_GAIN = float(UNIT * FRACTIONS)  # quarters of a level per unit of the output
SCALE_GAIN = 8.0  # scales per unit of the output, so that it learns at the pace of the other layers
MEAN_MAXIMUM = 4 * 255  # in quarters of a level
CHANNEL_ORDER = (1, 0, 2)  # green tells most about the other two
PLACES = ((0, 0), (1, 1), (0, 1), (1, 0))  # row and column in a square of 2 x 2 pixels, in coding order
SEEN_CHANNELS = 4  # that a phase sees of the decoded picture

# For each place its nearest neighbours among those before it: their place, and the row and column of their square. The
# first one lies opposite the second one, the third one opposite the fourth one.
_NEIGHBOURS: tuple[tuple[tuple[int, int, int], ...], ...] = (
    (),
    ((0, 0, 0), (0, 1, 1), (0, 0, 1), (0, 1, 0)),
    ((0, 0, 0), (0, 0, 1), (1, 0, 0), (1, -1, 0)),
    ((0, 0, 0), (0, 1, 0), (1, 0, 0), (1, 0, -1)),
)


@dataclass(frozen=True)
class Phase:
    """One phase: a place in the squares of the picture that is left of every `step`-th row and column."""

    step: int
    place: int

    @property
    def inputs(self) -> int:
        """Channels of the input of its trunk."""
        return SEEN_CHANNELS + 6 * self.place

    @property
    def surroundings(self) -> int:
        """Channels of `surroundings`, which the mixer sees besides."""
        return 9 if self.place else 0


PHASES = (*(Phase(2, place) for place in range(4)), *(Phase(1, place) for place in range(1, 4)))


def magnitude(values: Tensor) -> Tensor:
    """Companded magnitude of integers in -255..255, itself an integer of at most 128, elementwise."""
    return functional.embedding(values.abs().to(torch.int64), magnitude_table().float()[:, None].to(values.device))[
        ..., 0
    ]


def squares(picture: Tensor) -> Tensor:
    """[B, C, 2h, 2w] -> [B, 4, C, h, w], the second axis in the order of the places."""
    return torch.stack([picture[:, :, row::2, column::2] for row, column in PLACES], dim=1)


def seen(base: Tensor) -> Tensor:
    """What a phase sees of the decoded picture: integers [B, 3, 2h, 2w] -> integers [B, 4, h, w].

    The mean green of every square, rounded down; for each channel the mean over the square of the magnitudes of the
    samples minus their rounded binomial blur (edges are repeated).
    """
    row = torch.tensor([1.0, 2.0, 1.0], device=base.device)
    kernel = torch.outer(row, row).expand(3, 1, 3, 3)
    blurred = functional.conv2d(functional.pad(base, (1, 1, 1, 1), mode="replicate"), kernel, groups=3)
    detail = magnitude(base - torch.floor((blurred + 8) / 16))
    brightness = squares(base)[:, :, 1].sum(dim=1, keepdim=True)
    return torch.floor(torch.cat([brightness, squares(detail).sum(dim=1)], dim=1) / 4)


def surroundings(base: Tensor, residual: Tensor, place: int) -> Tensor:
    """What the pixels around those of a place tell about them: integers [B, 9, h, w], none for the first place.

    For each channel the rounded mean of the four nearest neighbours minus the decoded sample, then the magnitudes of
    the differences of those that lie opposite each other, first for the one pair and then for the other. Neighbours
    beyond the edge repeat those at the edge.

    base, residual: integers [B, 4, 3, h, w] in coding order of places and channels.
    """
    height, width = base.shape[-2:]
    if place == 0:
        return base[:, 0, :0]
    around = []
    for other, row, column in _NEIGHBOURS[place]:
        padded = functional.pad(base[:, other] + residual[:, other], (1, 1, 1, 1), mode="replicate")
        around.append(padded[:, :, 1 + row : 1 + row + height, 1 + column : 1 + column + width])
    mean = torch.floor((around[0] + around[1] + around[2] + around[3] + 2) / 4)
    differences = torch.cat([around[0] - around[1], around[2] - around[3]], dim=1)
    return torch.cat([mean - base[:, place], magnitude(differences)], dim=1)


class LosslessHead(nn.Module):
    """A small network for each phase, with a step per channel.

    With `quantised` the forward pass is the one of the exported integers, with straight-through gradients.
    """

    def __init__(self, *, width: int, hidden: int, scale_count: int, scale_min: float, scale_max: float) -> None:
        super().__init__()
        self.quantised = False
        self.scale_count = scale_count
        self.log_scale_range = (math.log(scale_min), math.log(scale_max))
        self.trunks = nn.ModuleList(nn.Conv2d(phase.inputs, width, 3, padding=1) for phase in PHASES)
        self.mixers = nn.ModuleList(nn.Conv2d(width + phase.surroundings, width, 1) for phase in PHASES)
        channels = [channel for _ in PHASES for channel in range(3)]
        self.steps = nn.ModuleList(nn.Conv2d(width + 2 * channel, hidden, 1) for channel in channels)
        self.outputs = nn.ModuleList(nn.Conv2d(hidden + channel, 2, 1) for channel in channels)
        self._initialise()

    @torch.no_grad()
    def _initialise(self) -> None:
        """Start as an interpolation between the nearest known pixels, with a step from channel to channel.

        Of the hidden channels, 2c and 2c + 1 carry the positive and the negative part of the residual expected in
        channel c, 6 + c its magnitude. What is expected is half the mean residual of the neighbours, half what their
        mean differs from the decoded sample by; the magnitude is that of the neighbours' residuals and differences.
        The first place has no neighbours, but the detail of the picture.
        """
        carried = 9
        signs = torch.tensor([1.0, -1.0]).repeat(3)
        octave = (self.scale_count - 1) / (self.log_scale_range[1] - self.log_scale_range[0]) * math.log(2) / SCALE_GAIN
        for number, phase in enumerate(PHASES):
            trunk, mixer = cast(nn.Conv2d, self.trunks[number]), cast(nn.Conv2d, self.mixers[number])
            # Residuals are mostly a few levels, and brightness many.
            trunk.weight *= torch.tensor([0.1, *[0.3] * 3, *[4.0] * (3 * phase.place), *[0.3] * (3 * phase.place)])[
                :, None, None
            ]
            steps = [cast(nn.Conv2d, self.steps[3 * number + channel]) for channel in range(3)]
            for layer in (trunk, mixer, *steps):
                assert layer.bias is not None
                layer.weight[:carried] = layer.bias[:carried] = 0
            for layer in (mixer, *steps):
                layer.weight[range(carried), range(carried)] = 1.0
            width = trunk.out_channels
            for channel in range(3):
                if phase.place:
                    pair = mixer.weight[2 * channel : 2 * channel + 2]
                    pair[:, 2 * channel : 2 * channel + 2] = torch.tensor([[0.5, -0.5], [-0.5, 0.5]])[:, :, None, None]
                    pair[:, width + channel, 0, 0] = 0.5 * signs[:2]
                    magnitudes = mixer.weight[6 + channel]
                    magnitudes[6 + channel] = 0.5
                    magnitudes[[width + 3 + channel, width + 6 + channel]] = 0.25
                for place, row, column in _NEIGHBOURS[phase.place]:
                    known = SEEN_CHANNELS + 3 * place + channel
                    trunk.weight[2 * channel, known, 1 + row, 1 + column] = 0.25
                    trunk.weight[2 * channel + 1, known, 1 + row, 1 + column] = -0.25
                    trunk.weight[6 + channel, known + 3 * phase.place, 1 + row, 1 + column] = 0.25
                if phase.place == 0:
                    trunk.weight[6 + channel, 1 + channel, 1, 1] = 0.5
                output = cast(nn.Conv2d, self.outputs[3 * number + channel])
                nn.init.normal_(output.weight, std=0.1 / math.sqrt(output.in_channels))
                assert output.bias is not None
                level = 0.36 if phase.place else 0.6  # about 2 levels where all magnitudes are 0
                output.bias.copy_(torch.tensor([0.0, level * self.scale_count / SCALE_GAIN]))
                mean, scale = output.weight[:, :, 0, 0]
                scale[6 + channel] = octave
                if phase.place == 0:
                    scale[6 + channel] = 0.5 * octave
                mean[2 * channel : 2 * channel + 2] = signs[:2]
                for before in range(channel):
                    mean[2 * before : 2 * before + 2] = -signs[:2] / channel
                    mean[before - channel] = 1 / channel

    def scale_of(self, index: Tensor) -> Tensor:
        """Scale parameter of the logistic distribution, in levels, that a (real-valued) index stands for."""
        low, high = self.log_scale_range
        return torch.exp(low + index * ((high - low) / (self.scale_count - 1)))

    def _convolve(self, layer: nn.Module, x: Tensor, unit: int = HIDDEN_UNIT) -> Tensor:
        """The convolution of an input of which `unit` is the integer value of 1.0."""
        convolution = cast(nn.Conv2d, layer)
        weight, bias = convolution.weight, convolution.bias
        assert bias is not None
        if self.quantised:
            integers, exponent = quantise_weight(weight)
            factor = torch.exp2(-exponent.to(weight.dtype))
            weight = straight_through(weight, integers * factor.view(-1, 1, 1, 1))
            bias = straight_through(bias, torch.round(bias * unit / factor) * factor / unit)
        return functional.conv2d(x, weight, bias, padding=convolution.padding)

    def _hidden(self, layer: nn.Module, x: Tensor, unit: int = HIDDEN_UNIT) -> Tensor:
        x = self._convolve(layer, x, unit).clamp(0, ACTIVATION_MAXIMUM / HIDDEN_UNIT)
        return straight_through(x, torch.floor(x * HIDDEN_UNIT + 0.5) / HIDDEN_UNIT) if self.quantised else x

    def forward(self, original: Tensor, base: Tensor) -> list[tuple[Tensor, Tensor, Tensor]]:
        """Residual, mean in levels and scale index of every sample, each [B, h, w], for each phase and channel.

        original and base are integers 0..255 as float [B, 3, H, W] with sides that are multiples of 4.
        """
        results = []
        views: dict[int, tuple[Tensor, Tensor, Tensor]] = {}
        for number, phase in enumerate(PHASES):
            if phase.step not in views:
                picture = base[:, :, :: phase.step, :: phase.step]
                residual = squares(original[:, :, :: phase.step, :: phase.step] - picture)[:, :, CHANNEL_ORDER]
                views = {phase.step: (seen(picture), residual / UNIT, magnitude(residual) / UNIT)}
                levels = squares(picture)[:, :, CHANNEL_ORDER]
            view, residual, magnitudes = views[phase.step]
            around = surroundings(levels, UNIT * residual, phase.place) / UNIT
            known = residual[:, : phase.place].flatten(1, 2), magnitudes[:, : phase.place].flatten(1, 2)
            trunk = self._hidden(self.trunks[number], torch.cat([view / UNIT, *known], dim=1), UNIT)
            feature = self._hidden(self.mixers[number], torch.cat([trunk, around], dim=1))
            for channel in range(3):
                step = 3 * number + channel
                here = residual[:, phase.place, :channel]
                inputs = torch.cat([feature, here, magnitudes[:, phase.place, :channel]], dim=1)
                hidden = self._hidden(self.steps[step], inputs)
                mean, index = self._convolve(self.outputs[step], torch.cat([hidden, here], dim=1)).unbind(dim=1)
                mean = inward_clamp(MEAN_GAIN * mean, -MEAN_MAXIMUM, MEAN_MAXIMUM)
                index = inward_clamp(SCALE_GAIN * index, 0, self.scale_count - 1)
                if self.quantised:
                    mean = straight_through(mean, torch.floor(mean + 0.5))
                    index = straight_through(index, torch.floor(index + 0.5))
                results.append((UNIT * residual[:, phase.place, channel], mean / FRACTIONS, index))
        return results

    def nats(self, original: Tensor, base: Tensor) -> Tensor:
        """Nats of the residuals, one number for each phase and channel: [21]."""
        return torch.stack(
            [logistic_nats(x - mean, self.scale_of(index)).sum() for x, mean, index in self(original, base)]
        )


def logistic_nats(deviation: Tensor, scale: Tensor) -> Tensor:
    """Nats of integers under a logistic distribution integrated over the quantisation bin, elementwise.

    deviation: integer minus the mean; scale: the parameter s of the distribution, whose standard deviation is
    s pi / sqrt(3).
    """
    far = -deviation.abs() / scale  # symmetric: both ends of the bin on the side where differences keep their digits
    half = 0.5 / scale
    upper, lower = far + half, far - half
    # sigmoid(upper) - sigmoid(lower) = sigmoid(upper) sigmoid(-lower) (1 - exp(lower - upper)), without cancellation.
    width = torch.log(-torch.expm1(-1 / scale))
    return -(functional.logsigmoid(upper) + functional.logsigmoid(-lower) + width)
