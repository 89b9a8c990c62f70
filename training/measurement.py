"""What a model package costs and gives, measured on complete .qres files."""

from __future__ import annotations

import io
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from statistics import fmean

import numpy as np
from PIL import Image
from tqdm import tqdm

from codec_format.codec import Codec
from codec_format.container import read_container
from codec_format.imaging import load_picture
from codec_format.metrics import ms_ssim, psnr
from codec_format.picture import Picture
from codec_format.settings import EncodeSettings, quality_to_index

ORIGINAL = Fraction(1)
"""The resolution at which a picture is as it is in its file."""

_JPEG_QUALITIES = (10, 20, 30, 40, 50, 60, 70, 80, 90, 95)


@dataclass(frozen=True)
class Measurement:
    """One picture (or the mean over pictures) at one quality.

    `psnr` in dB and `ms_ssim` are None where they are not finite or not defined: for a picture without any error, and
    for one too small for MS-SSIM. Seconds are wall-clock, with the networks already loaded. `block_bpp` are the bits
    per pixel of the bitstream of every latent block, in coding order; what they lack to `bpp` is the container.
    """

    bpp: float
    psnr: float | None
    ms_ssim: float | None
    encode_seconds: float
    decode_seconds: float
    block_bpp: tuple[float, ...]


@dataclass(frozen=True)
class Point:
    """All pictures at one quality: the mean of their measurements, and each by its name."""

    quality: int
    quality_index: int
    mean: Measurement
    pictures: Mapping[str, Measurement]


def at_resolution(picture: Picture, factor: Fraction) -> Picture:
    """The picture `factor` times as high and wide: below 1 scaled down (Lanczos), above 1 laid out in mirrored tiles.

    Tiles leave the detail as it is, and only make the picture larger; mirrored, they have no seams. Metadata is
    dropped. `factor` is a whole number if it is above 1.
    """
    if factor < 1:
        size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
        return Picture(np.asarray(Image.fromarray(picture.pixels).resize(size, Image.Resampling.LANCZOS)))
    more = int(factor) - 1
    return Picture(np.pad(picture.pixels, ((0, more * picture.height), (0, more * picture.width), (0, 0)), "symmetric"))


def measure(codec: Codec, picture: Picture, quality: int) -> Measurement:
    """Encode, decode and compare one picture. Its metadata is left out: the rate is that of the picture."""
    picture = Picture(picture.pixels)
    start = time.perf_counter()
    data = codec.encode(picture, EncodeSettings(quality))
    encoded = time.perf_counter()
    result = codec.decode(data)
    decoded = time.perf_counter()
    quality_db = psnr(picture.pixels, result.picture.pixels)
    bits = 8 / (picture.width * picture.height)
    return Measurement(
        bpp=bits * len(data),
        psnr=quality_db if math.isfinite(quality_db) else None,
        ms_ssim=ms_ssim(picture.pixels, result.picture.pixels),
        encode_seconds=encoded - start,
        decode_seconds=decoded - encoded,
        block_bpp=tuple(bits * block.byte_count for block in read_container(data).blocks),
    )


def evaluate(codec: Codec, paths: Sequence[Path], qualities: Sequence[int], factor: Fraction = ORIGINAL) -> list[Point]:
    """Measure every picture, `at_resolution`, at every quality; of qualities that give the same file, only the lowest.

    Raises QresError as the codec does.
    """
    quality_count = codec.package.manifest.quality_count
    chosen: dict[int, int] = {}
    for quality in sorted(qualities):
        chosen.setdefault(quality_to_index(quality, quality_count), quality)
    measure(codec, load_picture(paths[0]), qualities[0])  # loads the networks, which is not to be timed
    measurements: dict[int, dict[str, Measurement]] = {index: {} for index in chosen}
    with tqdm(total=len(paths) * len(chosen), unit="file", dynamic_ncols=True, disable=None) as bar:
        for path in paths:
            picture = at_resolution(load_picture(path), factor)
            for index, quality in chosen.items():
                measurements[index][path.name] = measure(codec, picture, quality)
                bar.update()
    return [
        Point(quality, index, _mean(list(measurements[index].values())), measurements[index])
        for index, quality in chosen.items()
    ]


def jpeg_curve(paths: Sequence[Path], factor: Fraction = ORIGINAL) -> list[tuple[float, float]]:
    """Mean bits per pixel and PSNR in dB of JPEG 4:2:0 (Pillow, optimised) on the same pictures, `at_resolution`."""
    points: dict[int, list[tuple[float, float]]] = {quality: [] for quality in _JPEG_QUALITIES}
    for path in paths:
        pixels = at_resolution(load_picture(path), factor).pixels
        for quality, measured in points.items():
            buffer = io.BytesIO()
            Image.fromarray(pixels).save(buffer, "jpeg", quality=quality, optimize=True, subsampling="4:2:0")
            decoded = np.asarray(Image.open(buffer).convert("RGB"))
            measured.append((8 * len(buffer.getvalue()) / (pixels.shape[0] * pixels.shape[1]), psnr(pixels, decoded)))
    return [(fmean(bpp for bpp, _ in found), fmean(decibels for _, decibels in found)) for found in points.values()]


def _mean(measurements: Sequence[Measurement]) -> Measurement:
    def mean(values: list[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return fmean(known) if len(known) == len(values) else None

    return Measurement(
        fmean(m.bpp for m in measurements),
        mean([m.psnr for m in measurements]),
        mean([m.ms_ssim for m in measurements]),
        fmean(m.encode_seconds for m in measurements),
        fmean(m.decode_seconds for m in measurements),
        tuple(fmean(block) for block in zip(*(m.block_bpp for m in measurements), strict=True)),
    )
