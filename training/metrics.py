"""Distortion between two 8-bit RGB pictures: PSNR and MS-SSIM."""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from pytorch_msssim import ms_ssim as _ms_ssim

MS_SSIM_SMALLEST_SIDE = 161
"""MS-SSIM halves the picture four times and then needs a window of 11 pixels."""


def psnr(reference: NDArray[np.uint8], picture: NDArray[np.uint8]) -> float:
    """Peak signal-to-noise ratio in dB of uint8 [H, W, 3], over all three channels; infinity for equal pictures.

    Raises ValueError if the shapes differ.
    """
    _check(reference, picture)
    difference = reference.astype(np.int32) - picture.astype(np.int32)
    squared_error = float(np.mean(np.square(difference), dtype=np.float64))
    return math.inf if squared_error == 0 else 10 * math.log10(255**2 / squared_error)


def ms_ssim(reference: NDArray[np.uint8], picture: NDArray[np.uint8]) -> float | None:
    """Multi-scale structural similarity of uint8 [H, W, 3], the mean of the three channels, at most 1.

    None where a side is shorter than MS_SSIM_SMALLEST_SIDE, for which it is not defined. Raises ValueError if the
    shapes differ.
    """
    _check(reference, picture)
    if min(reference.shape[:2]) < MS_SSIM_SMALLEST_SIDE:
        return None
    first, second = (torch.from_numpy(p.astype(np.float32)).permute(2, 0, 1)[None] for p in (reference, picture))
    return float(_ms_ssim(first, second, data_range=255))


def ms_ssim_decibels(value: float) -> float:
    """MS-SSIM as -10 log10(1 - MS-SSIM), the scale on which its curves are compared; infinity for 1."""
    return math.inf if value >= 1 else -10 * math.log10(1 - value)


def _check(reference: NDArray[np.uint8], picture: NDArray[np.uint8]) -> None:
    if reference.shape != picture.shape or reference.dtype != np.uint8 or picture.dtype != np.uint8:
        raise ValueError(
            f"The pictures must be uint8 of one shape, not {reference.dtype} {reference.shape}"
            f" and {picture.dtype} {picture.shape}."
        )
