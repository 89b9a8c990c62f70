# ruff: noqa: D102 (what overrides Qt is documented by Qt)
"""The latent blocks: how many bits each takes, and how many are shown."""

from PySide6.QtCore import QEvent, QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QSizePolicy, QToolTip, QVBoxLayout, QWidget

from desktop.state.window_state import WindowState
from desktop.views import controls, texts
from desktop.views.theme import current_theme, line_icon

# The bars stand above the positions of the slider below, whose handle keeps half its width from the ends.
_CHART_INSET = 9.0


class BlockChart(QWidget):
    """The bits that each latent block takes, as bars; those of the blocks shown are filled.

    A bar tells its figures when the pointer rests on it, and shows the picture up to its block when it is clicked.

    Signals:
        block_clicked: the number of the block, from 1.
    """

    block_clicked = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._bytes: tuple[int, ...] = ()
        self._shown = 0

    def show_blocks(self, byte_counts: tuple[int, ...], shown: int) -> None:
        """Bytes of each block, and how many blocks are shown."""
        self._bytes, self._shown = byte_counts, shown
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, 56)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            block = self._block_at(event.pos().x())
            if block is not None:
                byte_count, total = self._bytes[block - 1], sum(self._bytes)
                text = self.tr("Block {block} of {count}: {bits} bits, {share} of the blocks").format(
                    block=block,
                    count=len(self._bytes),
                    bits=texts.number(8 * byte_count, 0),
                    share=texts.share(byte_count, total),
                )
                QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        block = self._block_at(event.position().x())
        if event.button() is Qt.MouseButton.LeftButton and block is not None:
            self.block_clicked.emit(block)

    def _pitch(self) -> float:
        """Distance between the middles of two bars."""
        return (self.width() - 2 * _CHART_INSET) / (max(len(self._bytes), 2) - 1)

    def _block_at(self, x: float) -> int | None:
        """The number of the block whose bar stands at x."""
        if not self._bytes:
            return None
        return min(max(round((x - _CHART_INSET) / self._pitch()), 0), len(self._bytes) - 1) + 1

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        pitch = self._pitch()
        width = min(pitch * 0.62, 2 * _CHART_INSET)
        for index, byte_count in enumerate(self._bytes):
            height = max(3.0, byte_count / max(self._bytes) * (self.height() - 2))
            filled = index < self._shown and self.isEnabled()
            painter.setBrush(QColor(theme.accent if filled else theme.line))
            left = _CHART_INSET + index * pitch - width / 2
            painter.drawRoundedRect(QRectF(left, self.height() - height, width, height), 1.5, 1.5)
        painter.end()


class ProgressivePanel(QWidget):
    """How many latent blocks are shown, a button that adds them one by one, and one that saves them.

    Signals:
        blocks_chosen: the user moved the slider.
        refinement_toggled: the user pressed play or pause.
        save_wanted: the user wants the blocks shown as a file of their own.
    """

    blocks_chosen = Signal(int)
    refinement_toggled = Signal()
    save_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        heading = controls.label(self.tr("&Latent blocks"), "heading")
        self.count = controls.label("", "quiet")
        self.chart = BlockChart()
        self.chart.setAccessibleName(self.tr("Bits of each latent block"))
        self.chart.setCursor(Qt.CursorShape.PointingHandCursor)
        self.slider = controls.slider(1, 1)
        self.slider.setPageStep(1)
        self.slider.setAccessibleName(self.tr("Latent blocks shown"))
        self.slider.setToolTip(self.tr("How many latent blocks are shown"))
        heading.setBuddy(self.slider)
        self.play = controls.icon_button()
        self._hint = controls.label(self.tr("Every block sharpens the picture."), "quiet")
        self._hint.setWordWrap(True)
        self.save = QPushButton(self.tr("Save these blocks …"))
        self.save.setToolTip(self.tr("Save the blocks shown as a smaller QRes file of their own"))

        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        top = QHBoxLayout()
        top.addWidget(heading)
        top.addStretch()
        top.addWidget(self.count)
        layout.addLayout(top)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        grid.addWidget(self.chart, 0, 1)
        grid.addWidget(self.play, 1, 0)
        grid.addWidget(self.slider, 1, 1)
        grid.setColumnStretch(1, 1)
        layout.addLayout(grid)
        layout.addWidget(self._hint)
        layout.addWidget(self.save)
        self.slider.valueChanged.connect(self.blocks_chosen)
        self.chart.block_clicked.connect(self.blocks_chosen)
        self.play.clicked.connect(self.refinement_toggled)
        self.save.clicked.connect(self.save_wanted)

    def show_state(self, state: WindowState) -> None:
        """Show the blocks of the coded file."""
        coded = state.coded
        self.setEnabled(coded is not None and state.is_current)
        with QSignalBlocker(self.slider):
            self.slider.setMaximum(coded.blocks if coded is not None else 1)
            self.slider.setValue(state.blocks)
        if coded is not None and state.shown is not None:
            self.count.setText(self.tr("{blocks} of {count}").format(blocks=state.blocks, count=coded.block_count))
            self.chart.show_blocks(coded.block_bytes, state.shown.blocks)
        else:
            self.count.setText("")
            self.chart.show_blocks((), 0)
        partial = state.can_save_blocks and not state.refining
        self.save.setVisible(partial)
        self._hint.setVisible(not partial)
        name = self.tr("Pause") if state.refining else self.tr("Play the refinement")
        self.play.setIcon(line_icon("pause" if state.refining else "play", current_theme().text))
        self.play.setAccessibleName(name)
        self.play.setToolTip(f"{name} (P)")
