"""The lossless head: from the decoded picture and the residuals known so far to the distribution of the next ones.

FORMAT.md, section 7.4, specifies the arithmetic, which is that of integers. Here float32 carries them: the exporter has
proved that no sum exceeds 2**24, so matrix products give the same whatever the order of their sums.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codec_format.errors import ModelError
from codec_format.frequency_tables import FrequencyTables

Plane = NDArray[np.float32]
Integers = NDArray[np.int32]

CHANNEL_ORDER = (1, 0, 2)
PLACES = ((0, 0), (1, 1), (0, 1), (1, 0))
"""Row and column in a square of 2 x 2 pixels, in coding order."""

PHASES = ((2, 0), (2, 1), (2, 2), (2, 3), (1, 1), (1, 2), (1, 3))
"""What is left of every so many-th row and column of the picture, and the place in its squares, in coding order."""

_INPUT_UNIT = 16
_HIDDEN_UNIT = 128
_ACTIVATION_MAXIMUM = 2047
MEAN_MAXIMUM = 1020
FRACTIONS = 4
_EXACT_LIMIT = 2**24
_LARGEST_SHIFT = 23
# Nearest neighbours of a place among the places before it: place, and row and column of the square from the own one.
# The first lies opposite the second, the third opposite the fourth.
_NEIGHBOURS = {
    1: ((0, 0, 0), (0, 1, 1), (0, 0, 1), (0, 1, 0)),
    2: ((0, 0, 0), (0, 0, 1), (1, 0, 0), (1, -1, 0)),
    3: ((0, 0, 0), (0, 1, 0), (1, 0, 0), (1, 0, -1)),
}


class LosslessHead:
    """The integers of a package's lossless head.

    Attributes:
        tables: the frequency tables; the last one is that of the guards.
        scale_count: number of scales, each with a table for every quarter of a level.
    """

    def __init__(self, tensors: Mapping[str, NDArray[Any]], tables: FrequencyTables) -> None:
        """Take the head from the tensors of a package.

        Raises:
            ModelError: they are missing, inconsistent, or not proved exact.
        """
        self.tables = tables
        self.scale_count = (len(tables.limits) - 1) // FRACTIONS
        self._layers: dict[str, _Layer] = {}
        for phase, (_, place) in enumerate(PHASES):
            trunk = self._add(tensors, f"{phase}.trunk", 4 + 6 * place, 255, None, (3, 3))
            around = 9 if place else 0
            width = self._add(tensors, f"{phase}.mixer", trunk + around, _ACTIVATION_MAXIMUM, None)
            for channel in range(3):
                inputs = width + 2 * channel
                hidden = self._add(tensors, f"{phase}.{channel}.step", inputs, _ACTIVATION_MAXIMUM, None)
                self._add(tensors, f"{phase}.{channel}.output", hidden + channel, _ACTIVATION_MAXIMUM, 2)
        try:
            self._magnitude = np.asarray(tensors["scale.magnitude"], np.int32)
        except KeyError as error:
            raise ModelError("The model package lacks {error}; get it again.", error=error) from error
        if self._magnitude.shape != (256,) or not 0 <= self._magnitude.min() <= self._magnitude.max() <= 255:
            raise ModelError("The table of magnitudes of the model package is not valid; get it again.")

    def _add(
        self,
        tensors: Mapping[str, NDArray[Any]],
        name: str,
        inputs: int,
        largest: int,
        outputs: int | None,
        kernel: tuple[int, ...] = (),
    ) -> int:
        """Take a layer; gives the number of its outputs."""
        try:
            weight, bias, shift = (
                np.asarray(tensors[f"lossless.{name}.{part}"], np.int64) for part in ("weight", "bias", "shift")
            )
        except KeyError as error:
            raise ModelError("The model package lacks {error}; get it again.", error=error) from error
        count = len(bias) if bias.ndim == 1 else 0
        half = np.where(shift > 0, 1 << np.clip(shift - 1, 0, _LARGEST_SHIFT), 0)
        fits = (
            count > 0
            and outputs in (None, count)
            and weight.shape == (count, inputs, *kernel)
            and shift.shape == (count,)
            and 0 <= shift.min() <= shift.max() <= _LARGEST_SHIFT
            and int((np.abs(weight).reshape(count, -1).sum(axis=1) * largest + np.abs(bias) + half).max())
            < _EXACT_LIMIT
        )
        if not fits:
            raise ModelError(
                "The layer {name} of the lossless head of the model package is not valid; get it again.", name=name
            )
        self._layers[name] = _Layer(weight.reshape(count, inputs, -1), bias + half, shift)
        return count

    def view(self, base: NDArray[np.uint8], residual: Integers, phase: int) -> "PhaseView":
        """What a phase knows.

        Args:
            base: uint8 [height, width, 3], the decoded picture of the tile; sides are multiples of 4.
            residual: int32 [3, height, width], channels in coding order; those of earlier phases are read.
            phase: 0..6.
        """
        step, place = PHASES[phase]
        picture = base[::step, ::step].transpose(2, 0, 1)[list(CHANNEL_ORDER)].astype(np.int32)
        known = residual[:, ::step, ::step]
        inputs = [self._seen(picture)]
        if place:
            residuals = np.concatenate([known[:, row::2, column::2] for row, column in PLACES[:place]])
            inputs += [residuals, self._magnitudes(residuals)]
        trunk = self._hidden(f"{phase}.trunk", np.concatenate(inputs))
        if place:
            around = self._surroundings(picture, known, place)
            trunk = np.concatenate([trunk, around * np.float32(_HIDDEN_UNIT // _INPUT_UNIT)])
        return PhaseView(self, phase, self._hidden(f"{phase}.mixer", trunk))

    def distribution(self, phase: int, feature: Plane, known: Integers) -> tuple[Integers, Integers]:
        """See `PhaseView.distribution`."""
        channel = len(known)
        scaled = (known * (_HIDDEN_UNIT // _INPUT_UNIT)).astype(np.float32)
        magnitudes = (self._magnitudes(known) * (_HIDDEN_UNIT // _INPUT_UNIT)).astype(np.float32)
        hidden = self._hidden(f"{phase}.{channel}.step", np.concatenate([feature, scaled, magnitudes]))
        mean, scale = self._layers[f"{phase}.{channel}.output"](np.concatenate([hidden, scaled])).astype(np.int32)
        return np.clip(mean, -MEAN_MAXIMUM, MEAN_MAXIMUM), np.clip(scale, 0, self.scale_count - 1)

    def _hidden(self, name: str, inputs: NDArray[Any]) -> Plane:
        return np.clip(self._layers[name](inputs), 0, _ACTIVATION_MAXIMUM)

    def _magnitudes(self, values: Integers) -> Integers:
        magnitudes: Integers = self._magnitude[np.minimum(np.abs(values), 255)]
        return magnitudes

    def _seen(self, picture: Integers) -> Integers:
        """Brightness and detail of every square, int32 [4, h, w]; `picture` is int32 [3, 2h, 2w] in coding order."""
        padded = np.pad(picture, ((0, 0), (1, 1), (1, 1)), mode="edge")
        rows = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]
        blurred = rows[:, :, :-2] + 2 * rows[:, :, 1:-1] + rows[:, :, 2:]
        detail = self._magnitudes(picture - (blurred + 8 >> 4))
        # The detail stands in the order of red, green and blue.
        planes = np.stack([picture[0], *(detail[CHANNEL_ORDER.index(channel)] for channel in range(3))])
        sums: Integers = planes[:, ::2, ::2] + planes[:, ::2, 1::2] + planes[:, 1::2, ::2] + planes[:, 1::2, 1::2]
        return sums >> 2

    def _surroundings(self, picture: Integers, known: Integers, place: int) -> Integers:
        """What the pixels around those of a place tell about them, int32 [9, h, w]."""
        height, width = picture.shape[1] // 2, picture.shape[2] // 2
        around = []
        for other, down, right in _NEIGHBOURS[place]:
            row, column = PLACES[other]
            pixels = picture[:, row::2, column::2] + known[:, row::2, column::2]
            padded = np.pad(pixels, ((0, 0), (1, 1), (1, 1)), mode="edge")
            around.append(padded[:, 1 + down : 1 + down + height, 1 + right : 1 + right + width])
        row, column = PLACES[place]
        mean = sum(around, np.full_like(around[0], 2)) >> 2
        differences = np.concatenate([around[0] - around[1], around[2] - around[3]])
        return np.concatenate([mean - picture[:, row::2, column::2], self._magnitudes(differences)])


class PhaseView:
    """A phase of the head above a tile."""

    def __init__(self, head: LosslessHead, phase: int, feature: Plane) -> None:
        self._head = head
        self._phase = phase
        self._feature = feature

    def distribution(self, known: Integers) -> tuple[Integers, Integers]:
        """Distribution of the residuals of the next channel.

        Args:
            known: int32 [0..2, h, w], the residuals of this phase's channels before.

        Returns:
            The mean in quarters of a level, -MEAN_MAXIMUM..MEAN_MAXIMUM, and the scale, int32 [h, w] each.
        """
        return self._head.distribution(self._phase, self._feature, known)


class _Layer:
    """A convolution of integers, followed by a rounding shift."""

    def __init__(self, weight: NDArray[np.int64], bias: NDArray[np.int64], shift: NDArray[np.int64]) -> None:
        """Weight [out, in, 1 or 9]; bias [out], with the half that makes the shift round."""
        self._weights = np.ascontiguousarray(weight.transpose(2, 0, 1), np.float32)
        self._bias = bias.astype(np.float32)[:, None]
        self._factor = np.exp2(-shift).astype(np.float32)[:, None]

    def __call__(self, inputs: NDArray[Any]) -> Plane:
        """Integers [in, h, w] -> integers [out, h, w]; beyond the edges the inputs are 0."""
        channels, height, width = inputs.shape
        if len(self._weights) == 1:
            windows = [inputs]
        else:
            padded = np.pad(inputs, ((0, 0), (1, 1), (1, 1)))
            windows = [padded[:, j : j + height, k : k + width] for j in range(3) for k in range(3)]
        sums = np.broadcast_to(self._bias, (len(self._bias), height * width)).copy()
        for weight, window in zip(self._weights, windows, strict=True):
            sums += weight @ np.asarray(window, np.float32).reshape(channels, -1)
        sums *= self._factor
        return np.floor(sums, out=sums).reshape(-1, height, width)
