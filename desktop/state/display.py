"""Pictures made ready for the screen by the worker, so that the window's thread has nothing left to compute."""

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from codec_format.picture import Picture

_SMALLEST_SIDE = 64
_STRIP_ROWS = 512  # even, so that halving the strips is halving the whole


@dataclass(frozen=True, eq=False)
class Display:
    """A picture in sRGB with halved copies, so that drawing it small neither aliases nor takes long.

    Attributes:
        levels: uint8 [height, width, 3] in C order; the picture itself or what there is of it, then each half as large
            as the one before.
        width, height: size of the picture in pixels.
    """

    levels: tuple[NDArray[np.uint8], ...]
    width: int
    height: int

    @property
    def byte_count(self) -> int:
        """Memory that it takes."""
        return sum(level.nbytes for level in self.levels)


def prepare(picture: Picture) -> Display:
    """Convert a picture to sRGB if it comes with a colour profile, and halve it as often as is useful.

    What is transparent is shown on white.
    """
    pixels = np.ascontiguousarray(picture.on_background())
    transform = _transform_to_srgb(picture.icc) if picture.icc else None
    if transform is not None:
        pixels = _strip_by_strip(pixels, 1, lambda strip: ImageCms.applyTransform(strip, transform))
    # Without a conversion the first level is the picture's own memory.
    levels = [pixels]
    while min(levels[-1].shape[:2]) >= _SMALLEST_SIDE:
        levels.append(_strip_by_strip(levels[-1], 2, lambda strip: strip.reduce(2)))
    return Display(tuple(levels), picture.width, picture.height)


def _strip_by_strip(
    pixels: NDArray[np.uint8], scale: int, change: Callable[[Image.Image], Image.Image | None]
) -> NDArray[np.uint8]:
    """A picture changed a few rows at a time, since Pillow's copy of a whole one takes four bytes for each pixel.

    Args:
        pixels: uint8 [height, width, 3].
        scale: how many rows and columns become one.
        change: makes a strip smaller by that.
    """
    height, width, _ = pixels.shape
    changed = np.empty((-(-height // scale), -(-width // scale), 3), np.uint8)
    for top in range(0, height, _STRIP_ROWS):
        strip = change(Image.fromarray(pixels[top : top + _STRIP_ROWS]))
        changed[top // scale : (top + _STRIP_ROWS) // scale] = np.asarray(strip)
    return changed


def prepare_preview(preview: bytes, width: int, height: int) -> Display | None:
    """The preview in a file of a picture of this size, as the picture itself; None if it cannot be read."""
    try:
        with Image.open(io.BytesIO(preview)) as image:
            white = Image.new("RGBA", image.size, "white")
            pixels = np.asarray(Image.alpha_composite(white, image.convert("RGBA")).convert("RGB"))
    except Exception:  # Pillow raises many types for damaged pictures; the picture itself is still to come
        return None
    return Display((np.ascontiguousarray(pixels),), width, height)


def _transform_to_srgb(icc: bytes) -> ImageCms.ImageCmsTransform | None:
    """None if the profile is not usable; the picture is then shown as if it were sRGB."""
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        return ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), "RGB", "RGB")
    except (OSError, ImageCms.PyCMSError):
        return None
