# ruff: noqa: D102 (what overrides Qt is documented by Qt)
"""Pictures and files on their way between the window and other programs: clipboard and dragging."""

from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QImage, QImageWriter, QMouseEvent, QPixmap
from PySide6.QtWidgets import QToolButton

from desktop.state.display import Display

_THUMBNAIL_SIDE = 96


class DragHandle(QToolButton):
    """Something to take hold of, to drag the result into another program.

    Signals:
        drag_begun: the pointer has moved away with the button held down.
    """

    drag_begun = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("iconOnly")
        self.setIconSize(QSize(20, 20))
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # nothing to do with the keyboard: Save does the same

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isDown() and not self.rect().contains(event.position().toPoint()):
            self.setDown(False)
            self.drag_begun.emit()
        else:
            super().mouseMoveEvent(event)


def dropped_files(data: QMimeData) -> list[Path]:
    """The local files and folders of a drag or of the clipboard."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


def dropped_file(data: QMimeData) -> Path | None:
    """The first of them."""
    return next(iter(dropped_files(data)), None)


def image_of(display: Display) -> QImage:
    """The picture as an image with memory of its own, which another program may read later."""
    pixels = display.levels[0]
    height, width, _ = pixels.shape
    return QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def thumbnail(display: Display) -> QPixmap:
    """A small picture that goes along with the pointer."""
    small = next((level for level in display.levels if max(level.shape) <= 2 * _THUMBNAIL_SIDE), display.levels[-1])
    height, width, _ = small.shape
    image = QImage(small.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    mode = Qt.TransformationMode.SmoothTransformation
    return QPixmap.fromImage(image.scaled(_THUMBNAIL_SIDE, _THUMBNAIL_SIDE, Qt.AspectRatioMode.KeepAspectRatio, mode))


def packed(image: QImage) -> bytes:
    """The bytes of a PNG file; may run in any thread."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(buffer.data().data())
