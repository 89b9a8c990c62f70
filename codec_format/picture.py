"""A picture in memory, as the codec takes it and gives it back."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from codec_format.errors import InputError

_ROWS_AT_ONCE = 256  # bounds the memory of what is computed in wider integers


@dataclass(frozen=True, eq=False)
class Picture:
    """One still picture with the metadata that travels with it.

    Attributes:
        pixels: uint8 [height, width, 3], upright RGB; sRGB, or the colour space that ``icc`` describes. Not multiplied
            by ``alpha``; where that is 0 they may have any value.
        icc: ICC profile of an RGB colour space, or None for sRGB.
        exif: EXIF block (a TIFF structure, without the "Exif" prefix of JPEG files), or None.
            Its orientation tag, if any, says "upright".
        xmp: XMP packet, or None.
        source_notes: one sentence for each property of the source that these pixels do not keep, and for advice.
        alpha: uint8 [height, width], 0 (transparent) to 255 (opaque), or None for a picture that is opaque everywhere.

    Raises:
        InputError: the pixels are not uint8 [height, width, 3] with at least one pixel, or alpha does not fit them.
    """

    pixels: NDArray[np.uint8]
    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    source_notes: tuple[str, ...] = field(default=())
    alpha: NDArray[np.uint8] | None = None

    def __post_init__(self) -> None:
        shape = self.pixels.shape
        if self.pixels.dtype != np.uint8 or len(shape) != 3 or shape[2] != 3 or min(shape) < 1:
            raise InputError(
                "A picture needs uint8 pixels of shape [height, width, 3] with at least one pixel, but "
                "these are {dtype} of shape {shape}.",
                dtype=self.pixels.dtype,
                shape=list(shape),
            )
        if self.alpha is not None and (self.alpha.dtype != np.uint8 or self.alpha.shape != shape[:2]):
            raise InputError(
                "The alpha channel needs to be uint8 of shape {wanted_shape}, but it is {dtype} of shape {shape}.",
                wanted_shape=list(shape[:2]),
                dtype=self.alpha.dtype,
                shape=list(self.alpha.shape),
            )

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.pixels.shape[0])

    @cached_property
    def is_grey(self) -> bool:
        """Whether red, green and blue are the same everywhere, so that one of them is the whole picture."""
        return is_grey(self.pixels)

    def on_background(self, level: int = 255) -> NDArray[np.uint8]:
        """The pixels as they look on a background of one grey level, 0 (black) to 255 (white).

        Returns:
            uint8 [height, width, 3]; ``pixels`` itself where there is no alpha channel.
        """
        if self.alpha is None:
            return self.pixels
        result = np.empty_like(self.pixels)
        for top in range(0, self.height, _ROWS_AT_ONCE):
            rows = slice(top, top + _ROWS_AT_ONCE)
            alpha = self.alpha[rows, :, None].astype(np.uint16)
            # At most 255 * 255 + 127, which 16 bits hold.
            result[rows] = (self.pixels[rows] * alpha + level * (255 - alpha) + 127) // 255
        return result


def is_grey(pixels: NDArray[np.uint8]) -> bool:
    """Whether the three channels of uint8 [height, width, 3] are the same everywhere."""
    # Almost every colour picture shows it in its first rows.
    for top in range(0, len(pixels), _ROWS_AT_ONCE):
        rows = pixels[top : top + _ROWS_AT_ONCE]
        if not (np.array_equal(rows[..., 0], rows[..., 1]) and np.array_equal(rows[..., 0], rows[..., 2])):
            return False
    return True


def to_grey(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pixels of equal channels, each the rounded mean of the three.

    Args:
        pixels: uint8 [height, width, 3].

    Returns:
        uint8 [height, width, 3].
    """
    result = np.empty_like(pixels)
    for top in range(0, len(pixels), _ROWS_AT_ONCE):
        rows = pixels[top : top + _ROWS_AT_ONCE]
        result[top : top + _ROWS_AT_ONCE] = ((rows.sum(axis=2, dtype=np.uint16) + 1) // 3)[..., None]
    return result


def turned(values: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Stored values as they are displayed.

    Args:
        values: uint8 [height, width] or [height, width, channels].
        orientation: 1..8, with the meaning of the EXIF tag.
    """
    if orientation >= 5:  # rows and columns are swapped first
        values = values.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        values = values[:, ::-1]
    if orientation in (3, 4, 7, 8):
        values = values[::-1]
    return np.ascontiguousarray(values)
