# ruff: noqa: D102 (what overrides Qt is documented by Qt)
"""The picture that an experiment changes, on which a rectangle can be drawn, and beside it what was made of it."""

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from desktop.state.laboratory import Region
from desktop.views.comparison_view import ComparisonView, Layout


class LaboratoryView(ComparisonView):
    """Shows a picture and what was made of it, at one place and scale.

    While a region may be drawn, dragging on the first picture draws it; elsewhere, dragging pans as usual.

    Signals:
        region_drawn: the user has drawn a Region.
    """

    region_drawn = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("The picture and what was made of it"))
        self.set_layout(Layout.SIDE_BY_SIDE)
        self._region: Region | None = None
        self._draws = False
        self._corner: QPointF | None = None  # where a region was begun, in pixels of the picture

    def show_region(self, region: Region | None, draws: bool) -> None:
        """Frame a region of the first picture; ``draws`` says whether the user may draw another."""
        self._region, self._draws = region, draws
        self.update()

    def place_of(self, x: float, y: float) -> QPointF:
        """Where a point of the first picture, in its pixels, lies in this widget."""
        target = self._source_rectangle()
        scale = target.width() / self.viewport.picture_width
        return QPointF(target.left() + x * scale, target.top() + y * scale)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._region is None:
            return
        x, y, width, height = self._region
        frame = QRectF(self.place_of(x, y), self.place_of(x + width, y + height))
        painter = QPainter(self)
        painter.setClipRect(self._source_pane())
        # Two colours, so that it is seen on any picture.
        painter.setPen(QPen(QColor("black"), 1.5))
        painter.drawRect(frame)
        painter.setPen(QPen(QColor("white"), 1.5, Qt.PenStyle.DashLine))
        painter.drawRect(frame)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        on_source = self._source_rectangle().contains(event.position()) and self._source_pane().contains(
            event.position()
        )
        if self._draws and on_source and event.button() is Qt.MouseButton.LeftButton:
            self._corner = self._point_at(event.position())
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._corner is None:
            super().mouseMoveEvent(event)
        else:
            self._draw_to(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._corner = None
        super().mouseReleaseEvent(event)

    def _draw_to(self, position: QPointF) -> None:
        assert self._corner is not None
        area = QRectF(self._corner, self._point_at(position)).normalized().toAlignedRect()
        if area.width() > 0 and area.height() > 0:
            self.region_drawn.emit((area.x(), area.y(), area.width(), area.height()))

    def _point_at(self, position: QPointF) -> QPointF:
        """The point of the picture that lies nearest to a place in this widget."""
        target, viewport = self._source_rectangle(), self.viewport
        scale = target.width() / viewport.picture_width
        x, y = (position.x() - target.left()) / scale, (position.y() - target.top()) / scale
        return QPointF(min(max(x, 0), viewport.picture_width), min(max(y, 0), viewport.picture_height))

    def _source_pane(self) -> QRectF:
        return self._side_panes()[0] if self._has_both else QRectF(self.rect())

    def _source_rectangle(self) -> QRectF:
        return self._picture_in(self._source_pane())
