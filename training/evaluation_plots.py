"""Plots of an evaluation: rate and distortion, the bits of each latent block, other resolutions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training.measurement import Point

_PLOTTED = ("jpeg-420-optimised", "webp", "jxl-e7", "avif-s6-444-psnr", "qres34m", "vtm18.0")


def plot(points: Sequence[Point], name: str, references: Mapping[str, Any] | None) -> Figure:
    """PSNR over bits per pixel, with the best known of the stored curves."""
    figure = Figure(figsize=(8, 6), layout="constrained")
    axes = figure.add_subplot()
    curves = references["curves"] if references else {}
    for key in _PLOTTED:
        if key in curves:
            curve = curves[key]
            axes.plot(curve["bpp"], curve["psnr"], marker=".", linewidth=1, alpha=0.8, label=curve["label"])
    measured = _curve(points)
    axes.plot([bpp for bpp, _ in measured], [db for _, db in measured], "k-o", label=name)
    _show(axes, measured)
    _label(axes, f"{references['name'] if references else 'Rate and distortion'}, mean over the pictures")
    axes.legend(loc="lower right")
    return figure


def plot_blocks(points: Sequence[Point], strides: Sequence[int]) -> Figure:
    """For every quality a bar with the shares of the latent blocks in the bits of the file (paper, appendix 6.6).

    `strides` in pixels, of the latent blocks in coding order.
    """
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.add_subplot()
    places = np.arange(len(points))
    bottom = np.zeros(len(points))
    colours = colormaps["viridis"](np.linspace(0, 1, len(strides)))
    for block, (stride, colour) in enumerate(zip(strides, colours, strict=True)):
        shares = np.array([100 * point.mean.block_bpp[block] / point.mean.bpp for point in points])
        axes.bar(places, shares, bottom=bottom, color=colour, label=f"block {block}, stride {stride}")
        bottom += shares
    axes.bar(places, 100 - bottom, bottom=bottom, color="lightgrey", label="container")
    axes.set_xticks(places, [f"{point.quality}\n{point.mean.bpp:.2f}" for point in points])
    axes.set_xlabel("quality, and bits per pixel")
    axes.set_ylabel("per cent of the file")
    axes.set_title("Bits of the latent blocks, mean over the pictures")
    figure.legend(*(list(reversed(entries)) for entries in axes.get_legend_handles_labels()), loc="outside right upper")
    return figure


def plot_resolutions(
    points: Mapping[Fraction, Sequence[Point]], jpeg: Mapping[Fraction, Sequence[tuple[float, float]]]
) -> Figure:
    """PSNR over bits per pixel at every resolution (paper, appendix 6.7), and dotted that of JPEG."""
    figure = Figure(figsize=(8, 6), layout="constrained")
    axes = figure.add_subplot()
    for factor in sorted(points):
        measured = _curve(points[factor])
        (line,) = axes.plot([bpp for bpp, _ in measured], [db for _, db in measured], "-o", label=f"{factor}")
        axes.plot(*zip(*jpeg[factor], strict=True), ":", color=line.get_color(), linewidth=1)
    _show(axes, [place for factor in points for place in _curve(points[factor])])
    _label(axes, "Pictures at other resolutions (dotted: JPEG 4:2:0), mean over the pictures")
    axes.legend(loc="lower right", title="times as high and wide")
    return figure


def _curve(points: Sequence[Point]) -> list[tuple[float, float]]:
    return [(point.mean.bpp, point.mean.psnr) for point in points if point.mean.psnr is not None]


def _show(axes: Axes, measured: Sequence[tuple[float, float]]) -> None:
    """Show where the model is, and a margin: curves of other codecs reach far beyond."""
    if len(measured) > 1:
        rates, decibels = [bpp for bpp, _ in measured], [db for _, db in measured]
        margin = 0.1 * (max(decibels) - min(decibels))
        axes.set_xlim(0, 1.1 * max(rates))
        axes.set_ylim(min(decibels) - margin, max(decibels) + margin)


def _label(axes: Axes, title: str) -> None:
    axes.set_xlabel("bits per pixel")
    axes.set_ylabel("PSNR of RGB [dB]")
    axes.set_title(title)
    axes.grid(alpha=0.3)
