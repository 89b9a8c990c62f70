# ruff: noqa: D102 (what overrides Qt is documented by Qt)
"""The two pictures: under a divider, side by side, one of them, or their difference; always at one place and scale."""

from enum import StrEnum

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFont,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.state.display import Display
from desktop.state.viewport import Viewport
from desktop.views.pixels import DrawnPicture
from desktop.views.theme import current_theme, line_icon

_GRIP = 9.0  # logical pixels on either side of the divider that grab it
_MARGIN = 20.0
_GAP = 10.0
_PIXELS_SHOW_FROM = 2.0  # device pixels per picture pixel; from here on the pixels are drawn as squares
_WHEEL_STEP = 120
_PAN_STEP = 60.0
_DIVIDER_STOPS = {0.0: 0.5, 0.5: 1.0, 1.0: 0.0}  # where a double click puts it next; into the middle from elsewhere
_DIFFERENCE_DOUBLINGS = 3


class Layout(StrEnum):
    """How the two pictures are arranged."""

    DIVIDER = "divider"
    SIDE_BY_SIDE = "side by side"
    ORIGINAL = "original"
    RESULT = "result"
    DIFFERENCE = "difference"


class ComparisonView(QWidget):
    """Shows a source picture and the result, or one of them alone.

    The wheel zooms about the pointer, dragging pans, dragging the divider moves it, a double click switches between the
    fitted view and 100 % (on the divider: left, middle, right). With the keyboard: arrows pan, Ctrl+arrows move the
    divider.

    Signals:
        viewport_changed: the scale may have changed.
        layout_changed: the arrangement has changed.
        open_requested: the user clicked into the empty view.
    """

    viewport_changed = Signal()
    layout_changed = Signal()
    open_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(360, 240)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Comparison of the original and the result"))
        self._source: DrawnPicture | None = None
        self._result: DrawnPicture | None = None
        self._source_label = ""
        self._result_label = ""
        self._layout = Layout.DIVIDER
        self._divider = 0.5  # of the width
        self._sharp_pixels = True
        self._viewport = Viewport()
        self._drop_hint = False
        self._drag_from: QPointF | None = None
        self._moving_divider = False
        self._over_divider = False

    # ------------------------------------------------------------------------------------------------- what is shown

    def show_pictures(self, source: Display | None, result: Display | None, labels: tuple[str, str]) -> None:
        """Set the pictures, either of which may be missing, and what is written on them."""
        self._source = _drawn(source, self._source)
        self._result = _drawn(result, self._result)
        self._source_label, self._result_label = labels
        size = source or result
        if size is not None:
            self._set_viewport(self._viewport.with_picture(size.width, size.height))
        self.setAccessibleDescription("; ".join(label for label in labels if label))
        self._resize_panes()
        self._update_cursor()
        self.update()

    def set_layout(self, layout: Layout) -> None:
        """Arrange the pictures in another way."""
        self._layout = layout
        self._resize_panes()
        self._update_cursor()
        self.update()
        self.layout_changed.emit()

    def flip(self) -> None:
        """Show the original alone, or the result if that is what is shown already."""
        self.set_layout(Layout.RESULT if self._layout is Layout.ORIGINAL else Layout.ORIGINAL)

    def set_sharp_pixels(self, sharp: bool) -> None:
        """Draw the pixels of an enlarged picture as squares, or smoothly."""
        self._sharp_pixels = sharp
        self.update()

    @property
    def arrangement(self) -> Layout:
        """How the pictures are arranged."""
        return self._layout

    def set_drop_hint(self, visible: bool) -> None:
        """Show that a dragged file may be dropped here."""
        self._drop_hint = visible
        self.update()

    @property
    def viewport(self) -> Viewport:
        """Which part of the pictures is on screen."""
        return self._viewport

    @property
    def divider(self) -> float:
        """Position of the divider, 0 (left) to 1 (right)."""
        return self._divider

    def move_divider(self, fraction: float) -> None:
        """Put the divider at a fraction of the width."""
        self._divider = min(max(fraction, 0.0), 1.0)
        self.update()

    def fit(self) -> None:
        """Show the whole picture."""
        self._set_viewport(self._viewport.fitted())

    def zoom_to(self, scale: float) -> None:
        """Show so many device pixels per picture pixel."""
        self._set_viewport(self._viewport.scaled_to(scale))

    def zoom_in(self) -> None:
        """Go to the next larger scale."""
        self._set_viewport(self._viewport.stepped(1))

    def zoom_out(self) -> None:
        """Go to the next smaller scale."""
        self._set_viewport(self._viewport.stepped(-1))

    def sizeHint(self) -> QSize:
        return QSize(900, 640)

    # -------------------------------------------------------------------------------------------------------- drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.canvas))
        if self._is_empty:
            self._paint_empty(painter)
        elif self._source is None or self._result is None:
            pane = QRectF(self.rect())
            self._paint_picture(painter, self._result or self._source, pane, pane)
            visible = pane & self._picture_in(pane)
            self._paint_label(painter, self._source_label, (visible,), Qt.AlignmentFlag.AlignLeft)
            self._paint_label(painter, self._result_label, (visible,), Qt.AlignmentFlag.AlignRight)
        elif self._layout is Layout.DIVIDER:
            self._paint_divided(painter)
        elif self._layout is Layout.DIFFERENCE:
            self._paint_difference(painter)
        elif self._layout is not Layout.SIDE_BY_SIDE:
            original = self._layout is Layout.ORIGINAL
            pane = QRectF(self.rect())
            self._paint_picture(painter, self._source if original else self._result, pane, pane)
            side = Qt.AlignmentFlag.AlignLeft if original else Qt.AlignmentFlag.AlignRight
            label = self._source_label if original else self._result_label
            self._paint_label(painter, label, (pane & self._picture_in(pane), pane), side)
        else:
            for pane, picture, label in zip(
                self._side_panes(), (self._source, self._result), (self._source_label, self._result_label), strict=True
            ):
                self._paint_picture(painter, picture, pane, pane)
                self._paint_label(painter, label, (pane & self._picture_in(pane), pane), Qt.AlignmentFlag.AlignLeft)
        if self._drop_hint:
            self._paint_frame(painter, QColor(theme.accent))
        elif self.hasFocus() and self.window().testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange):
            self._paint_frame(painter, QColor(theme.quiet))
        painter.end()

    def _paint_divided(self, painter: QPainter) -> None:
        whole = QRectF(self.rect())
        at = self._divider_x()
        left = QRectF(0, 0, at, whole.height())
        right = QRectF(at, 0, whole.width() - at, whole.height())
        self._paint_picture(painter, self._source, whole, left)
        self._paint_picture(painter, self._result, whole, right)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        visible = self._picture_in(whole)
        self._paint_label(painter, self._source_label, (left & visible, left), Qt.AlignmentFlag.AlignLeft)
        self._paint_label(painter, self._result_label, (right & visible, right), Qt.AlignmentFlag.AlignRight)
        active = self._over_divider or self._moving_divider
        painter.setPen(QPen(QColor(0, 0, 0, 70), 4))
        painter.drawLine(QPointF(at, 0), QPointF(at, whole.height()))
        painter.setPen(QPen(QColor("white"), 2))
        painter.drawLine(QPointF(at, 0), QPointF(at, whole.height()))
        middle = QPointF(at, whole.height() / 2)
        radius = 17.0 if active else 15.0
        painter.setPen(QPen(QColor(0, 0, 0, 70), 1))
        painter.setBrush(QColor("white"))
        painter.drawEllipse(middle, radius, radius)
        painter.setPen(QPen(QColor("#333333"), 1.8, c=Qt.PenCapStyle.RoundCap, j=Qt.PenJoinStyle.RoundJoin))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for side in (-1, 1):
            arrow = QPainterPath(middle + QPointF(4.0 * side, -4.5))
            arrow.lineTo(middle + QPointF(8.5 * side, 0))
            arrow.lineTo(middle + QPointF(4.0 * side, 4.5))
            painter.drawPath(arrow)

    def _paint_difference(self, painter: QPainter) -> None:
        """The absolute difference of every sample, made brighter so that one sees it."""
        whole = QRectF(self.rect())
        ratio = self.devicePixelRatioF()
        buffer = QImage(self.size() * ratio, QImage.Format.Format_RGB32)
        buffer.setDevicePixelRatio(ratio)
        buffer.fill(Qt.GlobalColor.black)
        mixer = QPainter(buffer)
        self._paint_picture(mixer, self._source, whole, whole)
        mixer.setCompositionMode(QPainter.CompositionMode.CompositionMode_Difference)
        self._paint_picture(mixer, self._result, whole, whole)
        mixer.setCompositionMode(QPainter.CompositionMode.CompositionMode_Plus)
        for _ in range(_DIFFERENCE_DOUBLINGS):
            mixer.drawImage(whole, buffer.copy())
        mixer.end()
        visible = self._picture_in(whole) & whole
        painter.save()
        painter.setClipRect(visible)
        painter.drawImage(whole, buffer)
        painter.restore()
        label = self.tr("Difference, {factor} times as bright").format(factor=2**_DIFFERENCE_DOUBLINGS)
        self._paint_label(painter, label, (visible, whole), Qt.AlignmentFlag.AlignLeft)

    def _paint_picture(self, painter: QPainter, picture: DrawnPicture | None, pane: QRectF, clip: QRectF) -> None:
        if picture is None:
            return
        target = self._picture_in(pane)
        scale = self._viewport.true_scale
        image = picture.level_for(scale)
        painter.save()
        painter.setClipRect(clip)
        sharp = scale == 1 or (self._sharp_pixels and scale >= _PIXELS_SHOW_FROM)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not sharp)
        painter.drawImage(target, image, QRectF(image.rect()))
        painter.restore()

    def _paint_label(self, painter: QPainter, text: str, places: tuple[QRectF, ...], side: Qt.AlignmentFlag) -> None:
        """Write something into the lower corner of the first place that is wide enough."""
        if not text:
            return
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * 0.95)
        painter.setFont(font)
        bounds = painter.fontMetrics().boundingRect(text)
        box = QRectF(0, 0, bounds.width() + 20, bounds.height() + 10)
        place = next((place for place in places if box.width() + 20 <= place.width()), None)
        if place is None:
            return
        box.moveBottom(place.bottom() - 10)
        if side == Qt.AlignmentFlag.AlignLeft:
            box.moveLeft(place.left() + 10)
        else:
            box.moveRight(place.right() - 10)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 150))
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        painter.setPen(QColor("white"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_empty(self, painter: QPainter) -> None:
        theme = current_theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = self._drop_box()
        painter.setPen(QPen(QColor(theme.quiet), 1.5, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, 16, 16)
        icon = line_icon("picture", theme.quiet, 56).pixmap(QSize(56, 56), self.devicePixelRatioF())
        painter.drawPixmap(QPointF(box.center().x() - 28, box.top() + 38), icon)
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * 1.35)
        painter.setFont(font)
        painter.setPen(QColor(theme.text))
        line = QRectF(box.left() + 20, box.top() + 112, box.width() - 40, 34)
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, self.tr("Drop a picture here"))
        painter.setFont(self.font())
        painter.setPen(QColor(theme.quiet))
        line.translate(0, 36)
        hint = self.tr("or click to choose one. Photographs and .qres files both work.")
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, hint)

    def _paint_frame(self, painter: QPainter, colour: QColor) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, 3))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(3, 3, -3, -3), 8, 8)

    # ----------------------------------------------------------------------------------------------------------- input

    def wheelEvent(self, event: QWheelEvent) -> None:
        x, y = self._in_pane(event.position())
        pixels = event.pixelDelta()
        if not pixels.isNull() and event.modifiers() == Qt.KeyboardModifier.ShiftModifier:
            self._pan(QPointF(pixels))
        elif event.angleDelta().y():
            factor = 1.25 ** (event.angleDelta().y() / _WHEEL_STEP)
            self._set_viewport(self._viewport.scaled_to(self._viewport.true_scale * factor, x, y))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        if self._is_empty:
            if self._drop_box().contains(event.position()):
                self.open_requested.emit()
            return
        self._drag_from = event.position()
        self._moving_divider = self._is_on_divider(event.position())
        self._update_cursor()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag_from is None:
            self._set_over_divider(self._is_on_divider(event.position()))
        elif self._moving_divider:
            self.move_divider(event.position().x() / max(self.width(), 1))
        else:
            self._pan(event.position() - self._drag_from)
            self._drag_from = event.position()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._drag_from = None
        self._moving_divider = False
        self._update_cursor()
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._is_empty:
            return
        if self._is_on_divider(event.position()):
            self.move_divider(_DIVIDER_STOPS.get(self._divider, 0.5))
            self._moving_divider = False
        elif self._viewport.is_fitted and self._viewport.true_scale < 1:
            self._set_viewport(self._viewport.scaled_to(1.0, *self._in_pane(event.position())))
        else:
            self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        directions = {
            Qt.Key.Key_Left: (1, 0),
            Qt.Key.Key_Right: (-1, 0),
            Qt.Key.Key_Up: (0, 1),
            Qt.Key.Key_Down: (0, -1),
        }
        direction = directions.get(Qt.Key(event.key()))
        if self._is_empty and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.open_requested.emit()
        elif direction is None:
            super().keyPressEvent(event)
        elif event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.move_divider(self._divider - 0.02 * direction[0])
        else:
            self._pan(QPointF(*direction) * _PAN_STEP)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._set_over_divider(self._is_on_divider(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._set_over_divider(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._resize_panes()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.DevicePixelRatioChange:
            self._resize_panes()
        super().changeEvent(event)

    # -------------------------------------------------------------------------------------------------------- geometry

    @property
    def _is_empty(self) -> bool:
        return self._source is None and self._result is None

    def _drop_box(self) -> QRectF:
        """The box in the empty view that asks for a picture."""
        box = QRectF(0, 0, min(480.0, self.width() - 60.0), 230)
        box.moveCenter(QPointF(self.rect().center()))
        return box

    @property
    def _has_both(self) -> bool:
        return self._source is not None and self._result is not None

    def _divider_x(self) -> float:
        return round(self._divider * self.width())

    def _side_panes(self) -> tuple[QRectF, QRectF]:
        width = (self.width() - _GAP) / 2
        return QRectF(0, 0, width, self.height()), QRectF(width + _GAP, 0, width, self.height())

    def _picture_in(self, pane: QRectF) -> QRectF:
        """Where the whole picture lies when it is shown in a pane."""
        ratio = self.devicePixelRatioF()
        left, top, width, height = self._viewport.picture_rectangle
        return QRectF(pane.left() + left / ratio, pane.top() + top / ratio, width / ratio, height / ratio)

    def _in_pane(self, position: QPointF) -> tuple[float, float]:
        """A position in the widget as device pixels in its pane."""
        x = position.x()
        if self._has_both and self._layout is Layout.SIDE_BY_SIDE:
            second = self._side_panes()[1]
            x -= second.left() if x >= second.left() else 0
        ratio = self.devicePixelRatioF()
        return x * ratio, position.y() * ratio

    def _resize_panes(self) -> None:
        beside = self._has_both and self._layout is Layout.SIDE_BY_SIDE
        width = self._side_panes()[0].width() if beside else self.width()
        ratio = self.devicePixelRatioF()
        self._set_viewport(self._viewport.with_pane(width * ratio, self.height() * ratio, _MARGIN * ratio))

    def _pan(self, by: QPointF) -> None:
        ratio = self.devicePixelRatioF()
        self._set_viewport(self._viewport.panned(by.x() * ratio, by.y() * ratio))

    def _set_viewport(self, viewport: Viewport) -> None:
        if viewport != self._viewport:
            self._viewport = viewport
            self.update()
            self.viewport_changed.emit()

    def _is_on_divider(self, position: QPointF) -> bool:
        if not self._has_both or self._layout is not Layout.DIVIDER:
            return False
        return abs(position.x() - self._divider_x()) <= _GRIP

    def _set_over_divider(self, over: bool) -> None:
        if over != self._over_divider:
            self._over_divider = over
            self._update_cursor()
            self.update()

    def _update_cursor(self) -> None:
        if self._moving_divider or self._over_divider:
            self.setCursor(Qt.CursorShape.SplitHCursor)
        elif self._drag_from is not None:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        else:
            self.setCursor(Qt.CursorShape.PointingHandCursor if self._is_empty else Qt.CursorShape.OpenHandCursor)


def _drawn(display: Display | None, shown: DrawnPicture | None) -> DrawnPicture | None:
    if display is None:
        return None
    return shown if shown is not None and shown.display is display else DrawnPicture(display)
