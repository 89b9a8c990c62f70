"""What becomes of patterns as fine as pixels: `python -m benchmarks.patterns`.

Chequers, meshes, dots and noise of 256 x 256 pixels, made here, are coded at several qualities. Photographs hold hardly
any, scans of print, woven cloth and screenshots do.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.models import add_models, codecs_of, rate_and_psnr

Pixels = NDArray[np.uint8]

_SIDE = 256


def patterns() -> Mapping[str, Pixels]:
    """Shades of grey, uint8 [256, 256, 3] each, by what they are called."""
    y, x = np.mgrid[0:_SIDE, 0:_SIDE]
    dots = np.asarray(Image.fromarray(x.astype(np.uint8)).convert("1").convert("L"))
    shades = {
        "chequers of 1 pixel, 10 levels": 128 + 5 * (1 - 2 * ((x + y) % 2)),
        "chequers of 1 pixel, 80 levels": 128 + 40 * (1 - 2 * ((x + y) % 2)),
        "chequers of 2 pixels, 80 levels": 128 + 40 * (1 - 2 * ((x // 2 + y // 2) % 2)),
        "mesh of 3 pixels, 140 levels": np.where((x % 3 == 0) | (y % 3 == 0), 200, 60),
        "slanted waves of 2.4 pixels, 120 levels": 128 + 60 * np.sin(2 * np.pi * 0.35 * (x + 0.6 * y)),
        "a slope dithered, 40 levels": 108 + 40 * (dots > 0),
        "a slope dithered, black and white": dots,
        "white noise of 20 levels": 128 + 20 * np.random.default_rng(0).standard_normal((_SIDE, _SIDE)),
    }
    return {
        name: np.repeat(np.clip(np.rint(values), 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)
        for name, values in shades.items()
    }


def table(found: Mapping[str, Sequence[tuple[float, float]]], columns: Sequence[str]) -> str:
    """Bits per pixel and PSNR of every pattern, as Markdown."""
    lines = [f"| pattern | {' | '.join(columns)} |", "|---" * (1 + len(columns)) + "|"]
    for name, points in found.items():
        lines.append(f"| {name} | {' | '.join(f'{bpp:.2f} bpp, {decibels:.1f} dB' for bpp, decibels in points)} |")
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.patterns", description=__doc__)
    add_models(parser)
    parser.add_argument("--qualities", type=int, nargs="+", default=[20, 60, 100])
    arguments = parser.parse_args(argv)
    codecs = codecs_of(arguments)
    found = {
        name: [rate_and_psnr(codec, pixels, quality) for codec in codecs.values() for quality in arguments.qualities]
        for name, pixels in patterns().items()
    }
    columns = [f"{model}, quality {quality}" for model in codecs for quality in arguments.qualities]
    print(table(found, columns))
    return 0


if __name__ == "__main__":
    sys.exit(main())
