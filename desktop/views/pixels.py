"""Pictures of the state as images that Qt can draw; nothing is computed or copied."""

from PySide6.QtGui import QImage

from desktop.state.display import Display


class DrawnPicture:
    """A picture and its halved copies."""

    def __init__(self, display: Display) -> None:
        # The images lie in the memory of the arrays, which therefore have to be kept.
        self.display = display
        self._levels = [
            QImage(level.data, level.shape[1], level.shape[0], 3 * level.shape[1], QImage.Format.Format_RGB888)
            for level in display.levels
        ]

    def level_for(self, scale: float) -> QImage:
        """The smallest copy that still has to be made smaller, by less than two, to be drawn at this scale."""
        needed = self.display.width * scale
        return next((level for level in reversed(self._levels) if level.width() >= needed), self._levels[0])
