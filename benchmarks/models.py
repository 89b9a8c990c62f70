"""The model packages that a benchmark compares, and what one of them makes of a picture."""

import argparse
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from codec_format import Codec, EncodeSettings, ModelPackage, Picture, default_package
from codec_format.metrics import psnr


def add_models(parser: argparse.ArgumentParser) -> None:
    """Add the option `--models`."""
    parser.add_argument("--models", nargs="+", help="packages to compare (by default the one that comes with QRes)")


def codecs_of(arguments: argparse.Namespace) -> Mapping[str, Codec]:
    """The codecs of these packages on the CPU, by what the packages are called.

    Raises:
        ModelError: a package cannot be read.
    """
    if not arguments.models:
        return {"QRes": Codec(default_package(), "cpu")}
    return {path: Codec(ModelPackage.load(path), "cpu") for path in arguments.models}


def rate_and_psnr(codec: Codec, pixels: NDArray[np.uint8], quality: int) -> tuple[float, float]:
    """Bits per pixel of a complete file, and PSNR in dB of its picture, for a picture uint8 [height, width, 3]."""
    data = codec.encode(Picture(pixels), EncodeSettings(quality=quality, preview_share=0))
    return 8 * len(data) / (pixels.shape[0] * pixels.shape[1]), psnr(pixels, codec.decode(data).picture.pixels)
