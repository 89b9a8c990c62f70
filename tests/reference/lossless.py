"""Section 7.4: lossless coding, in NumPy int64, from the samples of the decoder on."""

import numpy as np
import numpy.typing as npt

from tests.reference import rans
from tests.reference.container import InvalidError, crc32
from tests.reference.package import Package
from tests.reference.rans import Integers
from tests.reference.scale_network import round_shift

PLACES = ((0, 0), (1, 1), (0, 1), (1, 0))
PHASES = ((2, 0), (2, 1), (2, 2), (2, 3), (1, 1), (1, 2), (1, 3))
CODED = (1, 0, 2)
# Per place: row and column, from the pixel of the place, of two pairs of pixels that lie opposite each other.
PAIRS = {
    1: (((-1, -1), (1, 1)), ((-1, 1), (1, -1))),
    2: (((0, -1), (0, 1)), ((1, 0), (-1, 0))),
    3: (((-1, 0), (1, 0)), ((0, 1), (0, -1))),
}


def read_parts(data: bytes) -> list[bytes]:
    """Parts behind their lengths."""
    parts = []
    while data:
        if len(data) < 4:
            raise InvalidError
        end = 4 + int.from_bytes(data[:4], "little")
        if end > len(data):
            raise InvalidError
        parts.append(data[4:end])
        data = data[end:]
    return parts


class Head:
    def __init__(self, package: Package) -> None:
        self.parameters = {name: np.asarray(value, np.int64) for name, value in package.parameters.items()}
        rest = self.parameters["lossless.frequencies"].tolist()
        self.tables = []
        for limit in self.parameters["lossless.limits"].tolist():
            self.tables.append(rest[: 2 * limit + 1])
            rest = rest[2 * limit + 1 :]

    def layer(self, name: str, inputs: Integers) -> Integers:
        """A convolution and its rounding shift, [in, h, w] -> [out, h, w]."""
        weight, bias, shift = (self.parameters[f"lossless.{name}.{part}"] for part in ("weight", "bias", "shift"))
        rows, columns = inputs.shape[1:]
        if weight.ndim == 2:
            a = np.einsum("oc,cyx->oyx", weight, inputs)
        else:
            padded = np.pad(inputs, ((0, 0), (1, 1), (1, 1)))
            a = sum(
                np.einsum("oc,cyx->oyx", weight[:, :, j, k], padded[:, j : j + rows, k : k + columns])
                for j in range(3)
                for k in range(3)
            )
        return round_shift(a + bias[:, None, None], shift)

    def hidden(self, name: str, inputs: Integers) -> Integers:
        return np.clip(self.layer(name, inputs), 0, 2047)

    def magnitude(self, values: Integers) -> Integers:
        return self.parameters["scale.magnitude"][np.minimum(np.abs(values), 255)]

    def feature(self, phase: int, base: Integers, residual: Integers) -> Integers:
        """What a phase knows: base and residual are [3, 2h, 2w] of red, green, blue, as this phase sees them."""
        place = PHASES[phase][1]
        height, width = base.shape[1:]
        padded = np.pad(base, ((0, 0), (1, 1), (1, 1)), mode="edge")
        blurred = np.zeros_like(base)
        for j, k in np.ndindex(3, 3):
            blurred += (1, 2, 1)[j] * (1, 2, 1)[k] * padded[:, j : j + height, k : k + width]
        detail = self.magnitude(base - (blurred + 8 >> 4))
        planes = np.concatenate([base[1:2], detail])
        seen = planes.reshape(4, height // 2, 2, width // 2, 2).sum(axis=(2, 4)) >> 2
        known = [residual[channel, row::2, column::2] for row, column in PLACES[:place] for channel in CODED]
        inputs = [*seen, *known, *(self.magnitude(plane) for plane in known)]
        trunk = self.hidden(f"{phase}.trunk", np.stack(inputs))
        if place == 0:
            return self.hidden(f"{phase}.mixer", trunk)
        # Pixels beyond the edge repeat those of the same place at the edge, two rows or columns before.
        pixels = np.pad(base + residual, ((0, 0), (2, 2), (2, 2)))
        pixels[:, :2], pixels[:, -2:] = pixels[:, 2:4], pixels[:, -4:-2]
        pixels[:, :, :2], pixels[:, :, -2:] = pixels[:, :, 2:4], pixels[:, :, -4:-2]
        row, column = PLACES[place]

        def at(down: int, right: int) -> Integers:
            top, left = 2 + row + down, 2 + column + right
            return pixels[list(CODED), top : top + height : 2, left : left + width : 2]

        pairs = [(at(*first), at(*second)) for first, second in PAIRS[place]]
        mean = pairs[0][0] + pairs[0][1] + pairs[1][0] + pairs[1][1] + 2 >> 2
        around = [mean - base[list(CODED), row::2, column::2], *(self.magnitude(a - b) for a, b in pairs)]
        return self.hidden(f"{phase}.mixer", np.concatenate([trunk, *(8 * planes for planes in around)]))

    def distribution(self, phase: int, number: int, feature: Integers, known: Integers) -> tuple[Integers, Integers]:
        """Whole levels of the mean, and the frequency table, of the channel that is coded as the `number`-th."""
        hidden = self.hidden(f"{phase}.{number}.step", np.concatenate([feature, 8 * known, 8 * self.magnitude(known)]))
        mean, scale = self.layer(f"{phase}.{number}.output", np.concatenate([hidden, 8 * known]))
        mean = np.clip(mean, -1020, 1020)
        scales = (len(self.tables) - 1) // 4
        return mean >> 2, 4 * np.clip(scale, 0, scales - 1) + (mean & 3)


def decode_tile(package: Package, data: bytes, samples: Integers, grey: bool) -> npt.NDArray[np.uint8]:
    """The original pixels [rows, columns, 3] of a tile, from the decoder's samples of the same shape."""
    head = Head(package)
    streams = read_parts(data[4:])
    guards = rans.decode(streams.pop(0), np.full(samples.shape, len(head.tables) - 1), head.tables)
    levels = np.where(guards == 0, samples + 2**13 >> 14, (samples >> 14) + (guards > 0))
    base = np.clip(levels, 0, 255)
    if grey:
        base[:] = ((base.sum(axis=2) + 1) // 3)[:, :, None]
    rows, columns = base.shape[:2]
    padded = np.pad(base, ((0, -rows % 4), (0, -columns % 4), (0, 0)), mode="edge").transpose(2, 0, 1)
    residual = np.zeros_like(padded)
    for phase, (step, place) in enumerate(PHASES):
        feature = head.feature(phase, padded[:, ::step, ::step], residual[:, ::step, ::step])
        top, left = (step * offset for offset in PLACES[place])
        here = residual[:, top :: 2 * step, left :: 2 * step]
        inside = np.s_[: len(range(top, rows, 2 * step)), : len(range(left, columns, 2 * step))]
        for number, channel in enumerate(CODED):
            if grey and number > 0:
                here[channel] = here[CODED[0]]
                continue
            mean, table_index = head.distribution(phase, number, feature, here[list(CODED[:number])])
            symbols = rans.decode(streams.pop(0), table_index[inside], head.tables)
            here[channel][inside] = symbols + mean[inside]
    if streams:
        raise InvalidError
    pixels = (base + residual[:, :rows, :columns].transpose(1, 2, 0)) % 256
    original = pixels.astype(np.uint8)
    if crc32(original.tobytes()).to_bytes(4, "little") != data[:4]:
        raise InvalidError
    return original
