"""Comparing rate-distortion curves: the Bjontegaard delta rate (BD-rate)."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator  # type: ignore[import-untyped]

STANDARD_WINDOW = (30.4, 38.9)
"""PSNR window, in dB, that is the same for all comparisons, however far the curves reach."""


def ms_ssim_decibels(value: float) -> float:
    """MS-SSIM as -10 log10(1 - MS-SSIM), the scale on which its curves are compared; infinity for 1."""
    return math.inf if value >= 1 else -10 * math.log10(1 - value)


@dataclass(frozen=True)
class Curve:
    """Points of a rate-distortion curve: rates in bits per pixel and qualities in dB, in any order.

    Raises ValueError unless there are at least two points, rates positive, qualities distinct, all finite.
    """

    rates: tuple[float, ...]
    qualities: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.rates) != len(self.qualities) or len(self.rates) < 2:
            raise ValueError("A rate-distortion curve needs at least two points, each with a rate and a quality.")
        if not all(math.isfinite(value) for value in (*self.rates, *self.qualities)):
            raise ValueError("A rate-distortion curve has a point that is not a finite number.")
        if min(self.rates) <= 0:
            raise ValueError("A rate-distortion curve has a rate that is not positive.")
        if len(set(self.qualities)) < len(self.qualities):
            raise ValueError("A rate-distortion curve has two points of the same quality.")

    def mean_log_rate(self, low: float, high: float) -> float:
        """Mean over the qualities low..high of the natural logarithm of the rate.

        Between the points the logarithm of the rate follows a monotone cubic (PCHIP) of the quality. Raises
        ValueError if the curve does not cover low..high.
        """
        if not min(self.qualities) <= low < high <= max(self.qualities):
            raise ValueError(
                f"The curve reaches from {min(self.qualities):.2f} to {max(self.qualities):.2f} dB and does not cover"
                f" {low:.2f} to {high:.2f} dB."
            )
        order = np.argsort(self.qualities)
        log_rate = PchipInterpolator(np.asarray(self.qualities)[order], np.log(self.rates)[order])
        return float(log_rate.integrate(low, high)) / (high - low)


def overlap(first: Curve, second: Curve) -> tuple[float, float]:
    """The range of qualities, in dB, that both curves reach. Raises ValueError if there is none."""
    low = max(min(first.qualities), min(second.qualities))
    high = min(max(first.qualities), max(second.qualities))
    if low >= high:
        raise ValueError(f"The curves share no quality: one ends at {high:.2f} dB, the other begins at {low:.2f} dB.")
    return low, high


def bd_rate(anchor: Curve, test: Curve, window: tuple[float, float] | None = None) -> float:
    """By how many per cent the rate of `test` differs from that of `anchor` at equal quality; negative is smaller.

    The mean is taken over `window` in dB, by default over the overlap of the curves. Raises ValueError if the curves
    share no quality, or do not both cover `window`.
    """
    low, high = window or overlap(anchor, test)
    return 100 * math.expm1(test.mean_log_rate(low, high) - anchor.mean_log_rate(low, high))
