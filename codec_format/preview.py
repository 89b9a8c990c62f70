"""The small picture inside a file that listings and thumbnailers show without a model package."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

# The "large" thumbnail of file managers. A photograph takes about 4.6 KB of WebP at this size and quality.
SIDE = 256
_QUALITY = 50


def make_preview(pixels: NDArray[np.uint8], alpha: NDArray[np.uint8] | None, icc: bytes | None) -> bytes:
    """A WebP file of at most ``SIDE`` pixels a side, in sRGB.

    Args:
        pixels: uint8 [height, width, 3], smooth where they are transparent.
        alpha: uint8 [height, width], or None.
        icc: ICC profile of the pixels, or None for sRGB.
    """
    small = _shrunk(pixels)
    if icc is not None:
        small = _to_srgb(small, icc)
    if alpha is not None:
        small.putalpha(_shrunk(alpha))
    buffer = io.BytesIO()
    small.save(buffer, "WEBP", quality=_QUALITY, method=6)
    return buffer.getvalue()


def _shrunk(values: NDArray[np.uint8]) -> Image.Image:
    image = Image.fromarray(values)
    image.thumbnail((SIDE, SIDE))
    return image


def _to_srgb(image: Image.Image, icc: bytes) -> Image.Image:
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        converted = ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB"))
    except (OSError, ImageCms.PyCMSError):
        return image  # a profile that nobody can read has no say in the picture either
    assert converted is not None  # as always without inPlace
    return converted
