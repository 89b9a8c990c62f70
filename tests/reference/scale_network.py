"""Section 6: the scale network, in NumPy int64."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Parameters = Mapping[str, npt.NDArray[np.integer]]


def round_shift(a: Integers, shift: Integers) -> Integers:
    """`shift` is [channels], `a` is [channels, rows, columns]."""
    half = np.where(shift > 0, 1 << np.maximum(shift - 1, 0), 0)
    return a + half[:, None, None] >> shift[:, None, None]


class ScaleNetwork:
    """Gives the table indices of one latent block after the other.

    Args:
        parameters: the content of tables.safetensors.
        strides: the stride of every latent block.
        quality_index: the quality index of the file.
        grid: rows and columns of the grid of block 0.
    """

    def __init__(
        self, parameters: Parameters, strides: Sequence[int], quality_index: int, grid: tuple[int, int]
    ) -> None:
        self.parameters = {name: np.asarray(value, np.int64) for name, value in parameters.items()}
        self.strides = strides
        self.q = quality_index
        self.block = 0
        initial = self.parameters["scale.initial_state"][quality_index]
        self.state = np.broadcast_to(initial[:, None, None], (len(initial), *grid))

    def table_index(self) -> Integers:
        """Table indices [z, h, w] of the current block."""
        name = f"scale.{self.block}.head."
        weight, bias = self.parameters[name + "weight"], self.parameters[name + "bias"][self.q]
        a = np.einsum("oc,cyx->oyx", weight, self.state) + bias[:, None, None]
        maximum = self.parameters.get(name + "maximum", np.array([len(self.parameters["entropy.limits"]) - 1]))
        return np.clip(round_shift(a, self.parameters[name + "shift"]), 0, maximum[0])

    def next_block(self, symbols: npt.NDArray[np.integer]) -> None:
        """Take the symbols [z, h, w] of the current block and go on to the next one."""
        self.block += 1
        name = f"scale.{self.block}.update."
        weight, bias = self.parameters[name + "weight"], self.parameters[name + "bias"][self.q]
        state_channels = len(self.state)
        r = symbols.astype(np.int64)
        if weight.shape[1] == state_channels + 2 * len(r):
            seen = np.concatenate([np.maximum(r, 0), np.maximum(-r, 0)])
        else:
            seen = np.abs(r)
        u = np.concatenate([self.state, self.parameters["scale.magnitude"][np.minimum(seen, 255)]])
        rows, columns = u.shape[1:]
        padded = np.pad(u, ((0, 0), (1, 1), (1, 1)))
        a = np.broadcast_to(bias[:, None, None], (len(bias), rows, columns)).copy()
        for j in range(3):
            for k in range(3):
                window = padded[:, j : j + rows, k : k + columns]
                a += np.einsum("oc,cyx->oyx", weight[:, :, j, k], window)
        self.state = np.clip(round_shift(a, self.parameters[name + "shift"]), 0, 255)
        ratio = self.strides[self.block - 1] // self.strides[self.block]
        if ratio > 1 and len(weight) == state_channels * ratio**2:
            finer = np.zeros((state_channels, rows * ratio, columns * ratio), np.int64)
            for j in range(ratio):
                for k in range(ratio):
                    finer[:, j::ratio, k::ratio] = self.state[j * ratio + k :: ratio**2]
            self.state = finer
            return
        self.state = self.state.repeat(ratio, axis=1).repeat(ratio, axis=2)
