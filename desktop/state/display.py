"""Pictures made ready for the screen by the worker, so that the window's thread has nothing left to compute."""

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from codec_format.picture import Picture

_SMALLEST_SIDE = 64


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
    pixels = picture.on_background()
    image = Image.fromarray(pixels)
    converted = _to_srgb(image, picture.icc) if picture.icc else None
    # Without a conversion the first level is the picture's own memory.
    levels = [np.ascontiguousarray(pixels if converted is None else np.asarray(converted))]
    image = image if converted is None else converted
    while min(image.size) >= _SMALLEST_SIDE:
        image = image.reduce(2)
        levels.append(np.asarray(image))
    return Display(tuple(levels), picture.width, picture.height)


def prepare_preview(preview: bytes, width: int, height: int) -> Display | None:
    """The preview in a file of a picture of this size, as the picture itself; None if it cannot be read."""
    try:
        with Image.open(io.BytesIO(preview)) as image:
            white = Image.new("RGBA", image.size, "white")
            pixels = np.asarray(Image.alpha_composite(white, image.convert("RGBA")).convert("RGB"))
    except Exception:  # Pillow raises many types for damaged pictures; the picture itself is still to come
        return None
    return Display((np.ascontiguousarray(pixels),), width, height)


def _to_srgb(image: Image.Image, icc: bytes) -> Image.Image | None:
    """None if the profile is not usable; the picture is then shown as if it were sRGB."""
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        return ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB"))
    except (OSError, ImageCms.PyCMSError):
        return None
