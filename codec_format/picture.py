"""A picture in memory, as the codec takes it and gives it back."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from codec_format.errors import InputError


@dataclass(frozen=True, eq=False)
class Picture:
    """One still picture with the metadata that travels with it.

    Attributes:
        pixels: uint8 [height, width, 3], upright RGB; sRGB, or the colour space that ``icc`` describes.
        icc: ICC profile of an RGB colour space, or None for sRGB.
        exif: EXIF block (a TIFF structure, without the "Exif" prefix of JPEG files), or None.
            Its orientation tag, if any, says "upright".
        xmp: XMP packet, or None.
        source_notes: one sentence for each property of the source that these pixels do not keep.

    Raises:
        InputError: the pixels are not uint8 [height, width, 3] with at least one pixel.
    """

    pixels: NDArray[np.uint8]
    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    source_notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        shape = self.pixels.shape
        if self.pixels.dtype != np.uint8 or len(shape) != 3 or shape[2] != 3 or min(shape) < 1:
            raise InputError(
                f"A picture needs uint8 pixels of shape [height, width, 3] with at least one pixel, "
                f"but these are {self.pixels.dtype} of shape {list(shape)}."
            )

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.pixels.shape[0])
