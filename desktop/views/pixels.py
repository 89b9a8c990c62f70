"""NumPy pixels -> QImage, ready to be drawn at any scale."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QColorSpace, QImage

from codec_format.picture import Picture

_SMALLEST_SIDE = 64


def to_image(pixels: NDArray[np.uint8], icc: bytes | None = None) -> QImage:
    """An image of its own memory from uint8 [H, W, 3] pixels, converted to sRGB if a colour profile comes with them."""
    height, width, _ = pixels.shape
    contiguous = np.ascontiguousarray(pixels)
    # Four bytes per pixel are what Qt draws quickly; the conversion also takes a copy, so the array may go.
    image = QImage(contiguous.data, width, height, 3 * width, QImage.Format.Format_RGB888).convertToFormat(
        QImage.Format.Format_RGB32
    )
    if icc:
        space = QColorSpace.fromIccProfile(QByteArray(icc))
        if space.isValid():
            image.setColorSpace(space)
            image.convertToColorSpace(QColorSpace(QColorSpace.NamedColorSpace.SRgb))
    return image


class ScaledPicture:
    """A picture with halved copies: drawing it small picks the copy of about the right size, so that nothing aliases.

    The copies are made when they are first needed.
    """

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self._levels = [to_image(picture.pixels, picture.icc)]

    def level_for(self, scale: float) -> QImage:
        """The smallest copy that still has to be made smaller, by less than two, to be drawn at this scale."""
        level = 0
        while scale <= 0.5 ** (level + 1):
            if level + 1 == len(self._levels):
                last = self._levels[level]
                if min(last.width(), last.height()) < _SMALLEST_SIDE:
                    break
                half = QSize((last.width() + 1) // 2, (last.height() + 1) // 2)
                mode = Qt.TransformationMode.SmoothTransformation
                self._levels.append(last.scaled(half, Qt.AspectRatioMode.IgnoreAspectRatio, mode))
            level += 1
        return self._levels[level]
