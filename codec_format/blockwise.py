"""The networks of a package as graphs of one latent block each, run over the whole picture.

For packages without sections: those that are not portable, whose priors choose the frequency tables, so that network
and entropy coder take turns, and those that were exported before there were sections.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codec_format.areas import Area
from codec_format.model_package import Manifest, checked_output

Symbols = NDArray[np.int32]
TableIndex = NDArray[np.uint8]
Feature = NDArray[np.float32]
RunGraph = Callable[[str, Mapping[str, NDArray[Any]]], Mapping[str, NDArray[Any]]]


class Prior:
    """What the prior of a latent block gives."""

    def __init__(self, outputs: Mapping[str, NDArray[Any]], shape: tuple[int, ...]) -> None:
        self._outputs = outputs
        self._shape = shape

    @property
    def feature(self) -> Feature:
        """Float32 [1, ., h, w]."""
        return self._outputs["feature_out"]

    @property
    def mean(self) -> NDArray[np.float32]:
        """Float32 [channels, h, w]."""
        mean: NDArray[np.float32] = checked_output(self._outputs["prior_mean"], np.float32, self._shape)[0]
        return mean

    @property
    def table_index(self) -> TableIndex:
        """Uint8 [channels, h, w]; only the priors of packages that are not portable give one."""
        table_index: TableIndex = checked_output(self._outputs["table_index"], np.uint8, self._shape)[0]
        return table_index

    def latent(self, symbols: Symbols) -> Feature:
        """The latent that int32 [channels, h, w] symbols stand for, float32 of that shape (paper, Eq. 8)."""
        return (self.mean + symbols).astype(np.float32)


class Blockwise:
    """The graphs for one picture."""

    def __init__(self, manifest: Manifest, run: RunGraph, bounds: Area) -> None:
        """Prepare for a picture.

        Args:
            manifest: of the package.
            run: runs a graph for given inputs.
            bounds: the padded picture.
        """
        self._manifest = manifest
        self._run = run
        self._bounds = bounds

    def encode(
        self, pixels: NDArray[np.uint8], report: Callable[[float], None]
    ) -> tuple[list[Symbols], list[TableIndex]]:
        """Symbols of every latent block, and the table indices that the priors gave (none for a portable package).

        Args:
            pixels: uint8 [height, width, 3]; the last row and column are repeated up to the bounds.
            report: receives how much is done, 0..1.
        """
        bottom_up = self.bottom_up(pixels)
        symbols: list[Symbols] = []
        table_indices: list[TableIndex] = []

        def choose(block: int, prior: Prior) -> Feature:
            symbols.append(self.posterior_symbols(block, prior, bottom_up))
            if not self._manifest.portable:
                table_indices.append(prior.table_index)
            report((block + 1) / len(self._manifest.blocks))
            return prior.latent(symbols[-1])

        self.top_down(choose)
        return symbols, table_indices

    def bottom_up(self, pixels: NDArray[np.uint8]) -> Mapping[str, NDArray[Any]]:
        """The features of every stride, for uint8 [height, width, 3]; its last row and column are repeated."""
        missing = ((0, self._bounds.height - pixels.shape[0]), (0, self._bounds.width - pixels.shape[1]), (0, 0))
        return self._run("bottom_up", {"picture": np.pad(pixels, missing, mode="edge")[None]})

    def posterior_symbols(self, block: int, prior: Prior, bottom_up: Mapping[str, NDArray[Any]]) -> Symbols:
        """The symbols that code a picture in a latent block, int32 [channels, h, w] (paper, Eq. 8)."""
        inputs = {"feature": prior.feature, "bottom_up": bottom_up[f"bottom_up_{self._stride(block)}"]}
        outputs = self._run(f"posterior_{block:02}", inputs)
        posterior_mean = checked_output(outputs["posterior_mean"], np.float32, self._shape(block))[0]
        symbols: Symbols = np.rint(posterior_mean - prior.mean).astype(np.int32)
        return symbols

    def top_down(self, choose: Callable[[int, Prior], Feature]) -> Feature:
        """Go through the latent blocks; ``choose`` gives the latent of each, float32 [channels, h, w].

        Returns the last feature.
        """
        stride = self._stride(0)
        grid_shape = np.array([self._bounds.height // stride, self._bounds.width // stride], np.int64)
        start: dict[str, NDArray[Any]] = {"grid_shape": grid_shape}
        for block in range(len(self._manifest.blocks)):
            prior = Prior(self._run(f"prior_{block:02}", start), self._shape(block))
            inputs = {"feature": prior.feature, "latent": choose(block, prior)[None]}
            merged = self._run(f"merge_{block:02}", inputs)
            start = {"feature": merged["feature_out"]}
        return start["feature"]

    def synthesis(self, feature: Feature) -> NDArray[np.uint8]:
        """The padded picture, uint8 [height, width, 3]."""
        pixels: NDArray[np.uint8] = checked_output(
            self._run("synthesis", {"feature": feature})["picture"],
            np.uint8,
            (1, self._bounds.height, self._bounds.width, 3),
        )[0]
        return pixels

    def _shape(self, block: int) -> tuple[int, ...]:
        stride = self._stride(block)
        channels = self._manifest.blocks[block].channels
        return 1, channels, self._bounds.height // stride, self._bounds.width // stride

    def _stride(self, block: int) -> int:
        return self._manifest.blocks[block].stride
