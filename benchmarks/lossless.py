"""Bits per pixel without loss: `python -m benchmarks.lossless --data KODAK -o lossless.json`.

Every picture of a folder is coded by QRes, PNG (optimised), WebP (lossless, method 6) and JPEG XL (lossless, effort 7;
if the extra `jxl` is installed), and every file is decoded again and must give the same pixels. Of the bits of QRes,
the lossy part, which shows a picture by itself, is given as well.
"""

import argparse
import importlib.util
import io
import json
import statistics
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from codec_format import Codec, EncodeSettings, ModelPackage, Picture, default_package, load_picture
from codec_format.container import list_chunks
from codec_format.errors import QresError
from training.evaluate import find_pictures

PILLOW_FORMATS: dict[str, tuple[str, dict[str, Any]]] = {
    "PNG": ("PNG", {"optimize": True}),
    "WebP": ("WEBP", {"lossless": True, "method": 6, "quality": 100}),
    "JPEG XL": ("JXL", {"lossless": True, "effort": 7}),
}


def measure(codec: Codec, pixels: NDArray[np.uint8], formats: list[str]) -> dict[str, float]:
    """Bits per pixel of a picture, uint8 [height, width, 3], by codec. Raises RuntimeError if one is not lossless."""
    data = codec.encode(Picture(pixels), EncodeSettings(lossless=True, preview_share=0))
    files = {"QRes": len(data), "QRes, lossy part": list_chunks(data)[-1].offset}
    decoded = {"QRes": codec.decode(data).picture.pixels}
    for name in formats:
        format_, options = PILLOW_FORMATS[name]
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, format_, **options)
        files[name] = len(buffer.getvalue())
        decoded[name] = np.asarray(Image.open(buffer).convert("RGB"))
    for name, result in decoded.items():
        if not np.array_equal(result, pixels):
            raise RuntimeError(f"{name} did not give the same pixels back")
    return {name: 8 * size / (pixels.shape[0] * pixels.shape[1]) for name, size in files.items()}


def main() -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lossless", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of pictures")
    parser.add_argument("--model", type=Path, help="model package with a lossless head; default: the shipped one")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="take every N-th picture only")
    parser.add_argument("-o", "--output", type=Path, help="report to write (JSON)")
    arguments = parser.parse_args()
    formats = [name for name in PILLOW_FORMATS if name != "JPEG XL" or importlib.util.find_spec("pillow_jxl")]
    if "JPEG XL" in formats:
        importlib.import_module("pillow_jxl")  # teaches Pillow the format
    report: dict[str, dict[str, float]] = {}
    try:
        codec = Codec(ModelPackage.load(arguments.model) if arguments.model else default_package(), "cpu")
        for path in find_pictures(arguments.data)[:: arguments.every]:
            report[path.name] = measure(codec, load_picture(path).pixels, formats)
            print(path.name, *(f"{name} {bits:.3f}" for name, bits in report[path.name].items()), sep="  ", flush=True)
    except QresError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    print(f"\n| mean of {len(report)} | bits per pixel |\n|---|---|")
    for name in next(iter(report.values())):
        print(f"| {name} | {statistics.fmean(bits[name] for bits in report.values()):.3f} |")
    if arguments.output:
        arguments.output.write_text(json.dumps(report, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
