# ruff: noqa: D102 (what overrides Qt is documented by Qt)
"""The table of the batch page: its model, and how its cells are drawn."""

from enum import IntEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from codec_format.batch_plan import FileState
from desktop.state.batch import BatchState, Row
from desktop.views import texts
from desktop.views.texts import translate
from desktop.views.theme import Theme, current_theme

Index = QModelIndex | QPersistentModelIndex

_NO_PARENT = QModelIndex()
_MINUS = "\N{MINUS SIGN}"
_THUMBNAIL = 40  # logical pixels
_ROW_HEIGHT = 54
_BAR_HEIGHT = 4


class Column(IntEnum):
    """What a column shows."""

    FILE = 0
    OUTPUT = 1
    STATE = 2
    BEFORE = 3
    AFTER = 4
    SAVING = 5
    MESSAGE = 6


RIGHT_ALIGNED = (Column.BEFORE, Column.AFTER, Column.SAVING)


class BatchTable(QAbstractTableModel):
    """The rows of a BatchState.

    Signals:
        thumbnail_wanted: the path of an input whose row is on screen.
    """

    thumbnail_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._state = BatchState()
        self._thumbnails: dict[Path, QPixmap | None] = {}

    def show_state(self, state: BatchState) -> None:
        """Show other rows; the view is told of those alone that have changed."""
        old, new = self._state.rows, state.rows
        if [row.file for row in old] != [row.file for row in new]:
            self.beginResetModel()
            self._state = state
            known = {row.file.path for row in new}
            self._thumbnails = {path: pixmap for path, pixmap in self._thumbnails.items() if path in known}
            self.endResetModel()
            return
        self._state = state
        changed = [at for at, (before, after) in enumerate(zip(old, new, strict=True)) if before is not after]
        if changed:
            self.dataChanged.emit(self.index(changed[0], 0), self.index(changed[-1], len(Column) - 1))

    @Slot(object, object)
    def set_thumbnail(self, path: Path, pixels: NDArray[np.uint8]) -> None:
        """Show the small picture of an input; uint8 [height, width, 4], RGBA."""
        height, width, _ = pixels.shape
        image = QImage(np.ascontiguousarray(pixels).data, width, height, 4 * width, QImage.Format.Format_RGBA8888)
        self._thumbnails[path] = QPixmap.fromImage(image)
        for at, row in enumerate(self._state.rows):
            if row.file.path == path:
                self.dataChanged.emit(self.index(at, Column.FILE), self.index(at, Column.FILE))

    def row(self, index: Index) -> Row:
        """The row of a cell."""
        return self._state.rows[index.row()]

    def thumbnail(self, row: Row) -> QPixmap | None:
        """The small picture of an input; asked for when it is not there yet."""
        path = row.file.path
        if path not in self._thumbnails:
            self._thumbnails[path] = None
            self.thumbnail_wanted.emit(path)
        return self._thumbnails[path]

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._state.rows)

    def columnCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section in RIGHT_ALIGNED else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        names = {
            Column.FILE: translate("BatchTable", "File"),
            Column.OUTPUT: translate("BatchTable", "Becomes"),
            Column.STATE: translate("BatchTable", "State"),
            Column.BEFORE: translate("BatchTable", "Before"),
            Column.AFTER: translate("BatchTable", "After"),
            Column.SAVING: translate("BatchTable", "Saving"),
            Column.MESSAGE: translate("BatchTable", "Message"),
        }
        return names[Column(section)]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row, column = self.row(index), Column(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return _text(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tool_tip(row, column) or None
        if role == Qt.ItemDataRole.AccessibleTextRole and column is Column.FILE:
            return f"{row.file.path.name}, {state_name(row)}"
        if role == Qt.ItemDataRole.TextAlignmentRole and column in RIGHT_ALIGNED:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ForegroundRole:
            return _colour(row, column)
        return None


def state_names() -> dict[FileState, str]:
    """Where a row stands, in a word."""
    return {
        FileState.WAITING: translate("BatchTable", "Waiting"),
        FileState.WORKING: translate("BatchTable", "Converting"),
        FileState.DONE: translate("BatchTable", "Done"),
        FileState.SKIPPED: translate("BatchTable", "Skipped"),
        FileState.FAILED: translate("BatchTable", "Failed"),
    }


def state_name(row: Row) -> str:
    """Where this row stands, or that it is not converted."""
    if row.left_out and row.outcome is None:
        return translate("BatchTable", "Left out")
    return state_names()[row.state]


def _text(row: Row, column: Column) -> str:
    outcome = row.outcome
    match column:
        case Column.FILE:
            return row.file.path.name
        case Column.OUTPUT:
            return row.target.name if row.target is not None else ""
        case Column.STATE:
            return state_name(row)
        case Column.BEFORE:
            return texts.size(row.file.byte_count)
        case Column.AFTER:
            return texts.size(outcome.byte_count) if outcome is not None and outcome.byte_count is not None else ""
        case Column.SAVING:
            if row.saving is None:
                return ""
            percent = 100 * row.saving
            return f"{texts.number(abs(percent), 0)} %" if percent >= -0.5 else f"{_MINUS}{texts.number(-percent, 0)} %"
        case Column.MESSAGE:
            return " ".join(map(texts.spoken, outcome.messages if outcome is not None else (row.left_out,)))


def _tool_tip(row: Row, column: Column) -> str:
    match column:
        case Column.FILE:
            return str(row.file.path)
        case Column.OUTPUT:
            return str(row.target) if row.target is not None else ""
        case Column.BEFORE:
            return texts.exact_size(row.file.byte_count)
        case Column.MESSAGE:
            return _text(row, column)
        case _:
            return ""


def _colour(row: Row, column: Column) -> QColor | None:
    theme = current_theme()
    if row.left_out and row.outcome is None:
        return QColor(theme.quiet)
    if column is Column.MESSAGE:
        return QColor(theme.error if row.state is FileState.FAILED else theme.quiet)
    if column in (Column.OUTPUT, Column.BEFORE):
        return QColor(theme.quiet)
    return None


class FileDelegate(QStyledItemDelegate):
    """An input: its small picture, its name, and the folder it lies in."""

    def __init__(self, table: BatchTable) -> None:
        super().__init__(table)
        self._table = table

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(super().sizeHint(option, index).width(), _ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme, row = current_theme(), self._table.row(index)
        _paint_background(painter, option, theme)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        place = QRectF(option.rect.left() + 10, option.rect.center().y() - _THUMBNAIL / 2 + 0.5, _THUMBNAIL, _THUMBNAIL)
        pixmap = self._table.thumbnail(row)
        if pixmap is None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.line))
            painter.drawRoundedRect(place.adjusted(0, 5, 0, -5), 4, 4)
        else:
            scale = min(place.width() / pixmap.width(), place.height() / pixmap.height())
            shown = QRectF(0, 0, pixmap.width() * scale, pixmap.height() * scale)
            shown.moveCenter(place.center())
            painter.drawPixmap(shown, pixmap, QRectF(pixmap.rect()))
        left = round(place.right()) + 12
        width = option.rect.right() - left - 6
        metrics = QFontMetrics(option.font)
        top = option.rect.center().y() - metrics.height() + 1
        faded = bool(row.left_out) and row.outcome is None
        painter.setFont(option.font)
        painter.setPen(QColor(theme.quiet if faded else theme.text))
        _draw_line(painter, metrics, QRect(left, top, width, metrics.height()), row.file.path.name)
        painter.setPen(QColor(theme.quiet))
        folder = str(row.file.path.parent)
        below = QRect(left, top + metrics.height(), width, metrics.height())
        _draw_line(painter, metrics, below, folder, Qt.TextElideMode.ElideLeft)
        painter.restore()


class StateDelegate(QStyledItemDelegate):
    """Where a row stands: a dot and a word, with a bar below while it is being converted."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        if not isinstance(model, BatchTable):
            return
        theme, row = current_theme(), model.row(index)
        _paint_background(painter, option, theme)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, middle = option.rect.left() + 8, option.rect.center().y()
        colour = _dot_colour(row, theme)
        painter.setPen(QColor(colour or theme.quiet))
        painter.setBrush(QColor(colour) if colour else Qt.BrushStyle.NoBrush)
        working = row.state is FileState.WORKING
        text_middle = middle - 6 if working else middle
        painter.drawEllipse(QPointF(left + 4, text_middle + 0.5), 4, 4)
        metrics = QFontMetrics(option.font)
        painter.setFont(option.font)
        painter.setPen(QColor(theme.quiet if row.outcome is None and not working else theme.text))
        place = QRect(left + 16, text_middle - metrics.height() // 2, option.rect.width() - 30, metrics.height())
        _draw_line(painter, metrics, place, state_name(row))
        if working:
            bar = QRectF(left, middle + 8, option.rect.width() - 18, _BAR_HEIGHT)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.line))
            painter.drawRoundedRect(bar, 2, 2)
            bar.setWidth(max(bar.width() * row.fraction, _BAR_HEIGHT))
            painter.setBrush(QColor(theme.accent))
            painter.drawRoundedRect(bar, 2, 2)
        painter.restore()


def _paint_background(painter: QPainter, option: QStyleOptionViewItem, theme: Theme) -> None:
    """As the style sheet does it for the other columns."""
    if option.state & QStyle.StateFlag.State_Selected:
        painter.fillRect(option.rect, QColor(theme.accent_soft))
    bottom = option.rect.adjusted(0, option.rect.height() - 1, 0, 0)
    painter.fillRect(bottom, QColor(theme.window))


def _draw_line(
    painter: QPainter,
    metrics: QFontMetrics,
    place: QRect,
    text: str,
    elide: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle,
) -> None:
    painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, metrics.elidedText(text, elide, place.width()))


def _dot_colour(row: Row, theme: Theme) -> str | None:
    """None stands for a circle."""
    colours = {
        FileState.WORKING: theme.accent,
        FileState.DONE: theme.success,
        FileState.SKIPPED: theme.quiet,
        FileState.FAILED: theme.error,
    }
    return colours.get(row.state)
