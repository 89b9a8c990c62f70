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
        levels: uint8 [height, width, 3] in C order; the picture itself, then each half as large as the one before.
    """

    levels: tuple[NDArray[np.uint8], ...]

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.levels[0].shape[1])

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.levels[0].shape[0])

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
    return Display(tuple(levels))


def _to_srgb(image: Image.Image, icc: bytes) -> Image.Image | None:
    """None if the profile is not usable; the picture is then shown as if it were sRGB."""
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        return ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB"))
    except (OSError, ImageCms.PyCMSError):
        return None
