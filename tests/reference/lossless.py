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

    @property
    def scales(self) -> int:
        return (len(self.tables) - 1) // 4

    def distribution(self, phase: int, number: int, feature: Integers, known: Integers) -> tuple[Integers, Integers]:
        """Mean in quarters of a level, and scale, of the channel that is coded as the `number`-th."""
        hidden = self.hidden(f"{phase}.{number}.step", np.concatenate([feature, 8 * known, 8 * self.magnitude(known)]))
        mean, scale = self.layer(f"{phase}.{number}.output", np.concatenate([hidden, 8 * known]))
        return np.clip(mean, -1020, 1020), np.clip(scale, 0, self.scales - 1)


class Bits:
    def __init__(self, payload: bytes) -> None:
        self.left = "".join(f"{byte:08b}" for byte in payload)

    def number(self, count: int) -> int:
        if count > len(self.left):
            raise InvalidError
        bits, self.left = self.left[:count], self.left[count:]
        return int("0" + bits, 2)

    def weight(self, order: int, largest: int) -> int:
        zeros = len(self.left) - len(self.left.lstrip("0"))
        number = self.number(2 * zeros + order + 1) - 2**order
        weight = (number + 1) // 2 * (1 if number % 2 else -1)
        if abs(weight) > largest:
            raise InvalidError
        return weight


def pixels_within(place: int, reach: int) -> list[tuple[int, int, int]]:
    """Place, rows and columns from the own pixel, of the pixels of the places before that lie within the reach."""
    row, column = PLACES[place]
    found = []
    for other in range(place):
        for down in range(-3, 4):
            for right in range(-3, 4):
                there = ((row + down) % 2, (column + right) % 2)
                if there == PLACES[other] and down**2 + right**2 <= (0, 2, 5, 10)[reach]:
                    found.append((down**2 + right**2, other, down, right))
    return [each[1:] for each in sorted(found)]


def predict(
    bits: Bits,
    head: Head,
    mean: Integers,
    scale: Integers,
    known: Integers,
    base: Integers,
    pixels: Integers,
    place: int,
) -> tuple[Integers, Integers]:
    """Mean and scale after the predictor that comes next.

    known: the residuals of the channels before; base and pixels: [channels, 2h, 2w] in coding order, as the phase sees
    them, of the decoded picture and of the original where it is known.
    """
    height, width = pixels.shape[1:]
    row, column = PLACES[place]
    reach = bits.number(3) - 1
    if reach > 3:
        raise InvalidError
    result = mean
    if reach >= 0:
        features = [np.full_like(mean, 64), mean, *known]
        for other, down, right in pixels_within(place, reach):
            first_row, first_column = PLACES[other]
            rows = np.clip(np.arange(row, height, 2) + down, first_row, height - 2 + first_row)
            columns = np.clip(np.arange(column, width, 2) + right, first_column, width - 2 + first_column)
            features += list(pixels[:, rows][:, :, columns] - base[:, row::2, column::2])
        threshold = bits.number(6)
        for class_ in (scale < threshold, scale >= threshold):
            precision = bits.number(4)
            if precision:
                order = bits.number(4)
                weights = [bits.weight(order, 2**15 - 1) for _ in features]
                largest = [64, 1020] + [255] * (len(features) - 2)
                bound = sum(abs(weight) * most for weight, most in zip(weights, largest, strict=True))
                if order > 14 or bound + 2 ** (precision - 1) > 2**24:
                    raise InvalidError
                total = sum(weight * feature for weight, feature in zip(weights, features, strict=True))
                moved = mean + (total + 2 ** (precision - 1) >> precision)
                result = np.where(class_, np.clip(moved, -1020, 1020), result)
    if bits.number(1):
        offsets = np.array([bits.weight(0, 8) for _ in range(0, head.scales, 8)])
        scale = np.clip(scale + offsets[scale // 8], 0, head.scales - 1)
    return result, scale


def decode_tile(
    package: Package, data: bytes, samples: Integers, grey: bool, version: int = 5
) -> npt.NDArray[np.uint8]:
    """The original pixels [rows, columns, 3] of a tile, from the decoder's samples of the same shape."""
    head = Head(package)
    streams = read_parts(data[4:])
    guards = rans.decode(streams.pop(0), np.full(samples.shape, len(head.tables) - 1), head.tables)
    bits = Bits(streams.pop(0) if version >= 5 else b"")
    channels = list(CODED[:1] if grey else CODED)
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
            known = here[list(CODED[:number])]
            mean, scale = head.distribution(phase, number, feature, known)
            if version >= 5:
                seen = padded[channels, ::step, ::step]
                pixels = seen + residual[channels, ::step, ::step]
                mean, scale = predict(bits, head, mean, scale, known, seen, pixels, place)
            symbols = rans.decode(streams.pop(0), (4 * scale + (mean & 3))[inside], head.tables)
            here[channel][inside] = symbols + (mean >> 2)[inside]
    if streams or len(bits.left) >= 8 or "1" in bits.left:
        raise InvalidError
    result = (base + residual[:, :rows, :columns].transpose(1, 2, 0)) % 256
    original = result.astype(np.uint8)
    if crc32(original.tobytes()).to_bytes(4, "little") != data[:4]:
        raise InvalidError
    return original
