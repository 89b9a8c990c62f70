"""Numbers as sequences of bits, the highest of each byte first: plain ones, and Exp-Golomb codes (FORMAT.md, 3.6)."""

import numpy as np
from numpy.typing import NDArray

from codec_format.errors import FormatError

_LONGEST_PREFIX = 16  # zeros at the start of a code: more than any weight has


def weight_lengths(weights: NDArray[np.integer], order: int) -> NDArray[np.intp]:
    """Bits of the Exp-Golomb codes of weights, elementwise."""
    numbers = np.where(weights > 0, 2 * weights - 1, -2 * weights) + 2**order
    exponents = np.frexp(numbers.astype(np.float64))[1] - 1
    lengths: NDArray[np.intp] = (2 * exponents + 1 - order).astype(np.intp)
    return lengths


class BitWriter:
    """Writes bits."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def number(self, value: int, count: int) -> None:
        """A number of so many bits."""
        self._parts.append(f"{value:0{count}b}")

    def weight(self, value: int, order: int) -> None:
        """The Exp-Golomb code of a weight."""
        number = (2 * value - 1 if value > 0 else -2 * value) + 2**order
        self._parts.append("0" * (number.bit_length() - 1 - order) + f"{number:b}")

    def payload(self) -> bytes:
        """All bits, and zeros up to the next whole byte."""
        bits = "".join(self._parts)
        bits += "0" * (-len(bits) % 8)
        return int(bits or "0", 2).to_bytes(len(bits) // 8, "big")


class BitReader:
    """Reads bits.

    Attributes:
        invalid: what is raised where they are not well formed.
    """

    def __init__(self, payload: bytes, invalid: FormatError) -> None:
        """Read from a payload; `invalid` is raised where it ends too soon, too."""
        self._bits = "".join(f"{byte:08b}" for byte in payload)
        self._position = 0
        self.invalid = invalid

    def number(self, count: int) -> int:
        """A number of so many bits."""
        bits = self._bits[self._position : self._position + count]
        if len(bits) < count:
            raise self.invalid
        self._position += count
        return int(bits, 2) if bits else 0

    def weight(self, order: int, largest: int) -> int:
        """The weight of an Exp-Golomb code; a magnitude beyond `largest` is not valid."""
        zeros = 0
        while not self.number(1):
            zeros += 1
            if zeros > _LONGEST_PREFIX:
                raise self.invalid
        number: int = 2 ** (zeros + order) + self.number(zeros + order) - 2**order
        weight = (number + 1) // 2 if number % 2 else -(number // 2)
        if abs(weight) > largest:
            raise self.invalid
        return weight

    def finish(self) -> None:
        """What is left must be zeros up to the next whole byte."""
        rest = self._bits[self._position :]
        if len(rest) >= 8 or "1" in rest:
            raise self.invalid
