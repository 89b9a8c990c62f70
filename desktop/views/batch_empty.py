# ruff: noqa: D102 (what overrides Qt is documented by Qt)
"""What the batch page shows as long as there are no files."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from desktop.views.theme import current_theme, line_icon


class EmptyList(QWidget):
    """Stands where the list will be, and says how to fill it.

    Signals:
        clicked: the user clicked it.
    """

    clicked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._drop_hint = False
        self.setMinimumHeight(240)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(self.tr("The list is empty. Drop files and folders here, or use the buttons above."))

    def set_drop_hint(self, visible: bool) -> None:
        """Show that what is dragged may be dropped."""
        self._drop_hint = visible
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(700, 480)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.clicked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(theme.canvas))
        box = QRectF(0, 0, min(self.width() - 40, 520), 230)
        box.moveCenter(QRectF(self.rect()).center())
        colour = QColor(theme.accent if self._drop_hint else theme.quiet)
        painter.setPen(QPen(colour, 2 if self._drop_hint else 1.5, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(box, 16, 16)
        icon = line_icon("picture", colour.name(), 56).pixmap(QSize(56, 56), self.devicePixelRatioF())
        painter.drawPixmap(round(box.center().x()) - 28, round(box.top()) + 36, icon)
        large = QFont(self.font())
        large.setPointSizeF(large.pointSizeF() * 1.35)
        line = QRectF(box.left() + 20, box.top() + 108, box.width() - 40, 32)
        for font, text, shade in (
            (large, self.tr("Drop pictures and folders here"), theme.text),
            (
                self.font(),
                self.tr("Photographs become .qres files, .qres files become pictures."),
                theme.quiet,
            ),
            (self.font(), self.tr("Folders keep their structure. Originals stay as they are."), theme.quiet),
        ):
            painter.setFont(font)
            painter.setPen(QColor(shade))
            painter.drawText(line, Qt.AlignmentFlag.AlignCenter, text)
            line.translate(0, 30)
        painter.end()
