"""Which kinds of pictures QRes codes better than AVIF: `python -m benchmarks.treatments --data PICTURES`.

The middle of every picture is coded by both as it is, and treated as a camera or its owner may have done it. AVIF is
that of Pillow, 4:4:4, at speed 6, tuned for PSNR.
"""

import argparse
import io
import sys
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from scipy.ndimage import gaussian_filter  # type: ignore[import-untyped]
from tqdm import tqdm

from benchmarks.models import add_models, codecs_of, rate_and_psnr
from benchmarks.picture_source import add_source, pictures_of
from codec_format import Codec
from codec_format.metrics import psnr
from training.rate_distortion import Curve, bd_rate

Pixels = NDArray[np.uint8]
Treatment = Callable[[Pixels], Pixels]

_SIDE = 384
_QUALITIES = (8, 28, 48, 68, 88)
_AVIF_QUALITIES = (20, 38, 54, 70, 84, 94)
_LUMA = np.array([0.299, 0.587, 0.114])


def middle(pixels: Pixels, side: int = _SIDE) -> Pixels:
    """The middle of a picture, at most `side` pixels high and wide."""
    height, width = (min(side, length) for length in pixels.shape[:2])
    top, left = (pixels.shape[0] - height) // 2, (pixels.shape[1] - width) // 2
    return pixels[top : top + height, left : left + width]


def _rounded(values: NDArray[np.floating]) -> Pixels:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _resized(pixels: Pixels, factor: float) -> Pixels:
    size = (round(pixels.shape[1] * factor), round(pixels.shape[0] * factor))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))


def _with_saturation(pixels: Pixels, factor: float) -> Pixels:
    luma = (pixels @ _LUMA)[:, :, None]
    return _rounded(luma + (pixels - luma) * factor)


def _toned(pixels: Pixels) -> Pixels:
    luma = pixels @ _LUMA / 255
    return _rounded(255 * np.stack([luma**0.85, luma, luma**1.2], axis=2))


def _grained(pixels: Pixels, deviation: float) -> Pixels:
    noise = gaussian_filter(np.random.default_rng(1).standard_normal(pixels.shape), (0.7, 0.7, 0))
    return _rounded(pixels + noise * deviation / noise.std())


def _through_jpeg(pixels: Pixels, quality: int) -> Pixels:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "jpeg", quality=quality, subsampling="4:2:0")
    return np.asarray(Image.open(buffer).convert("RGB"))


def _sharpened(pixels: Pixels) -> Pixels:
    return np.asarray(Image.fromarray(pixels).filter(ImageFilter.UnsharpMask(1.0, 120, threshold=0)))


TREATMENTS: Mapping[str, Treatment] = {
    "as it is": lambda pixels: pixels,
    "half the size": lambda pixels: _resized(pixels, 0.5),
    "1.5 times the size": lambda pixels: _resized(middle(pixels, _SIDE * 2 // 3), 1.5),
    "shades of grey": lambda pixels: _with_saturation(pixels, 0.0),
    "sepia": _toned,
    "2.2 times the saturation": lambda pixels: _with_saturation(pixels, 2.2),
    "1.6 times the contrast": lambda pixels: _rounded(127.5 + 1.6 * (pixels - 127.5)),
    "a third of the light": lambda pixels: _rounded(pixels * 0.35),
    "sharpened (radius 1, 120 %)": _sharpened,
    "film grain of 6 levels": lambda pixels: _grained(pixels, 6.0),
    "once JPEG 4:2:0, quality 92": lambda pixels: _through_jpeg(pixels, 92),
}


def qres_curve(codec: Codec, pixels: Pixels) -> Curve:
    """Bits per pixel and PSNR of .qres files."""
    return _curve([rate_and_psnr(codec, pixels, quality) for quality in _QUALITIES])


def avif_curve(pixels: Pixels) -> Curve:
    """Bits per pixel and PSNR of AVIF files."""
    bits = 8 / (pixels.shape[0] * pixels.shape[1])
    points = []
    for quality in _AVIF_QUALITIES:
        buffer = io.BytesIO()
        options = {"quality": quality, "speed": 6, "subsampling": "4:4:4", "advanced": {"tune": "psnr"}}
        Image.fromarray(pixels).save(buffer, "avif", **options)
        decoded = np.asarray(Image.open(buffer).convert("RGB"))
        points.append((bits * len(buffer.getvalue()), psnr(pixels, decoded)))
    return _curve(points)


def _curve(points: Sequence[tuple[float, float]]) -> Curve:
    return Curve(tuple(rate for rate, _ in points), tuple(decibels for _, decibels in points))


def table(found: Mapping[str, Sequence[Sequence[float]]], models: Sequence[str]) -> str:
    """BD-rates against AVIF in per cent as Markdown.

    Args:
        found: for each treatment and each picture the BD-rate of each model.
        models: what they are called.
    """
    columns = [f"{model}: mean (standard error) | least | most" for model in models]
    lines = [f"| pictures | {' | '.join(columns)} |", "|---" * (1 + 3 * len(models)) + "|"]
    for name, pictures in found.items():
        cells = [
            f"{np.mean(rates):+.1f} ({np.std(rates) / len(rates) ** 0.5:.1f}) | {min(rates):+.0f} | {max(rates):+.0f}"
            for rates in zip(*pictures, strict=True)
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.treatments", description=__doc__)
    add_source(parser)
    add_models(parser)
    parser.add_argument("--treatments", nargs="+", choices=list(TREATMENTS), default=list(TREATMENTS))
    arguments = parser.parse_args(argv)
    codecs = codecs_of(arguments)
    pictures = [middle(picture.pixels) for picture in pictures_of(arguments)]
    found: dict[str, list[list[float]]] = {}
    with tqdm(total=len(pictures) * len(arguments.treatments), unit="picture", dynamic_ncols=True) as bar:
        for name in arguments.treatments:
            for pixels in pictures:
                treated = TREATMENTS[name](pixels)
                avif = avif_curve(treated)
                rates = [bd_rate(avif, qres_curve(codec, treated)) for codec in codecs.values()]
                found.setdefault(name, []).append(rates)
                bar.update()
    print(table(found, list(codecs)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
