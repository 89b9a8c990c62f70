"""What smaller pictures need of a file: `python -m benchmarks.scales -o scales.json`.

A generated picture is decoded with its first latent blocks only and made smaller. Reported is the PSNR against the
original made smaller, so that one sees which latent blocks a picture of 1/2, 1/4 or 1/8 of the size can do without.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.pictures import generated_picture
from codec_format import Codec, EncodeSettings, ModelPackage, Picture, default_package
from codec_format.areas import Area
from codec_format.canvas import Canvas
from codec_format.codec import SCALES
from codec_format.metrics import psnr


def smaller(pixels: NDArray[np.uint8], scale: int) -> NDArray[np.uint8]:
    """What `decode` gives for these pixels with this scale."""
    height, width = pixels.shape[:2]
    return Canvas(Area(0, 0, height, width), width, height, scale).whole(pixels)


def measure(codec: Codec, picture: Picture, quality: int) -> dict[str, list[float]]:
    """PSNR in dB by scale, for 1, 2, .. latent blocks."""
    data = codec.encode(picture, EncodeSettings(quality, preview_share=0))
    results: dict[str, list[float]] = {f"1/{scale}": [] for scale in SCALES}
    for decoded in codec.progressive(data):
        for scale in SCALES:
            value = psnr(smaller(picture.pixels, scale), smaller(decoded.picture.pixels, scale))
            results[f"1/{scale}"].append(round(value, 2))
    return results


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scales", description=__doc__)
    parser.add_argument("--model", type=Path, help="model package (default: the shipped one)")
    parser.add_argument("--width", type=int, default=768)
    parser.add_argument("--height", type=int, default=512)
    parser.add_argument("--qualities", type=int, nargs="+", default=[20, 60, 90])
    parser.add_argument("-o", "--output", type=Path, help="report (JSON)")
    options = parser.parse_args()
    package = ModelPackage.load(options.model) if options.model else default_package()
    codec = Codec(package, "cpu")
    picture = Picture(generated_picture(options.width, options.height))
    psnrs = {str(quality): measure(codec, picture, quality) for quality in options.qualities}
    report = json.dumps({"model": package.manifest.name, "psnr_by_quality_scale_and_blocks": psnrs}, indent=1)
    print(report)
    if options.output:
        options.output.write_text(report + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
