# ruff: noqa: D102 (what overrides Qt is documented by Qt)
"""The panels beside the pictures: quality, figures of the result, and the latent blocks."""

from PySide6.QtCore import QEvent, QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QToolButton,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from codec_format.settings import HIGHEST_QUALITY, LOWEST_QUALITY
from desktop.state.measures import bits_per_pixel, format_psnr, format_seconds, format_share, format_size
from desktop.state.window_state import WindowState
from desktop.views.theme import current_theme, line_icon

_DASH = "\N{EN DASH}"
_TIMES = "\N{MULTIPLICATION SIGN}"
# The bars stand above the positions of the slider below, whose handle keeps half its width from the ends.
_CHART_INSET = 9.0


def _label(text: str, name: str = "") -> QLabel:
    label = QLabel(text)
    label.setObjectName(name)
    return label


def _slider(minimum: int, maximum: int) -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(minimum, maximum)
    slider.setMinimumHeight(24)
    return slider


class QualityPanel(QWidget):
    """The quality as a slider and as a number.

    Signals:
        quality_chosen: the user moved either of them.
    """

    quality_chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.slider = _slider(LOWEST_QUALITY, HIGHEST_QUALITY)
        self.slider.setPageStep(10)
        self.slider.setAccessibleName("Quality")
        self.slider.setAccessibleDescription("0 gives the smallest file, 100 the best picture")
        self.slider.setToolTip("Quality: 0 gives the smallest file, 100 the best picture")
        self.number = QSpinBox()
        self.number.setRange(LOWEST_QUALITY, HIGHEST_QUALITY)
        self.number.setFixedWidth(56)
        self.number.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.number.setAccessibleName("Quality as a number")
        self.number.setToolTip("Quality as a number, 0 to 100")
        heading = _label("&Quality", "heading")
        heading.setBuddy(self.slider)

        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(6)
        layout.addWidget(heading, 0, 0)
        layout.addWidget(self.number, 0, 1, Qt.AlignmentFlag.AlignRight)
        layout.addWidget(self.slider, 1, 0, 1, 2)
        layout.addWidget(_label("Smaller file", "quiet"), 2, 0)
        layout.addWidget(_label("Better picture", "quiet"), 2, 1, Qt.AlignmentFlag.AlignRight)
        self.slider.valueChanged.connect(self.quality_chosen)
        self.number.valueChanged.connect(self.quality_chosen)

    def show_state(self, state: WindowState) -> None:
        """Show the quality; it can be chosen as long as there is a source, and a coded file alone has no use for it."""
        for control in (self.slider, self.number):
            with QSignalBlocker(control):
                control.setValue(state.quality)
        self.setEnabled(state.source is not None)
        self.setVisible(state.source is not None or state.coded is None)


class ShareBar(QWidget):
    """How much of the source file's size the result takes, as a bar."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(6)
        self._share = 0.0

    def show_share(self, share: float) -> None:
        """0..1; more than 1 fills the bar."""
        self._share = min(max(share, 0.0), 1.0)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        whole = QRectF(self.rect())
        painter.setBrush(QColor(theme.line))
        painter.drawRoundedRect(whole, 3, 3)
        if self._share and self.isEnabled():
            whole.setWidth(max(whole.width() * self._share, 6))
            painter.setBrush(QColor(theme.accent))
            painter.drawRoundedRect(whole, 3, 3)
        painter.end()


class FiguresPanel(QWidget):
    """Size, rate, quality and times of the picture that is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.heading = _label("Result", "heading")
        self.byte_count = _label(_DASH)
        self.byte_count.setAccessibleName("Size")
        large = QFont(self.byte_count.font())
        large.setPointSizeF(large.pointSizeF() * 2.1)
        large.setWeight(QFont.Weight.DemiBold)
        self.byte_count.setFont(large)
        self.share = _label("", "quiet")
        self.share.setAccessibleName("Size compared with the source file")
        self._bar = ShareBar()
        self.bits_per_pixel = _label(_DASH, "figure")
        self.psnr = _label(_DASH, "figure")
        self.encode_time = _label(_DASH, "figure")
        self.decode_time = _label(_DASH, "figure")
        self.dimensions = _label(_DASH, "figure")

        self._only_with_source: list[QLabel] = []

        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.heading)
        layout.addSpacing(2)
        layout.addWidget(self.byte_count)
        layout.addWidget(self.share)
        layout.addSpacing(4)
        layout.addWidget(self._bar)
        layout.addSpacing(12)
        grid = QGridLayout()
        grid.setVerticalSpacing(8)
        grid.setHorizontalSpacing(12)
        for row, (name, explanation, value) in enumerate(
            (
                ("Picture", "Width and height in pixels", self.dimensions),
                ("Bits per pixel", "Bits of the file for each pixel of the picture", self.bits_per_pixel),
                ("PSNR", "Peak signal-to-noise ratio against the original; higher is closer", self.psnr),
                ("Encoding", "Time from pixels to the finished file", self.encode_time),
                ("Decoding", "Time from the file to the pixels shown", self.decode_time),
            )
        ):
            title = _label(name, "quiet")
            title.setToolTip(explanation)
            value.setToolTip(explanation)
            value.setAccessibleName(name)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(title, row, 0)
            grid.addWidget(value, row, 1, Qt.AlignmentFlag.AlignRight)
            if value in (self.psnr, self.encode_time):
                self._only_with_source += [title, value]
        layout.addLayout(grid)

    def show_state(self, state: WindowState) -> None:
        """Show the figures of the picture on screen; faded while a newer one is on its way."""
        self.setEnabled(state.is_current)
        coded, shown, source = state.coded, state.shown, state.source
        for label in self._only_with_source:
            label.setVisible(source is not None or coded is None)
        if coded is None or shown is None:
            values = [_DASH] * 5
            if source is not None:
                values[0] = f"{source.picture.width} {_TIMES} {source.picture.height}"
            self.heading.setText("Result")
            self.byte_count.setText(_DASH)
            self.share.setText(f"Original file: {format_size(source.byte_count)}" if source is not None else " ")
            self._bar.show_share(0)
        else:
            byte_count = coded.bytes_of_blocks(shown.blocks)
            whole = shown.blocks == coded.blocks
            complete = whole and not coded.is_cut_short
            first = f"First {shown.blocks} of {coded.block_count} blocks"
            self.heading.setText(first if not complete else "Result" if source is not None else "File")
            self.byte_count.setText(format_size(byte_count))
            self.byte_count.setToolTip(f"{byte_count:,} bytes")
            if source is not None:
                share = format_share(byte_count, source.byte_count)
                self.share.setText(f"{share} of the original file, {format_size(source.byte_count)}")
                self._bar.show_share(byte_count / source.byte_count)
            else:
                share = format_share(byte_count, len(coded.data))
                everything = "All that there is of the file" if coded.is_cut_short else "The whole file"
                self.share.setText(everything if whole else f"{share} of the file, {format_size(len(coded.data))}")
                self._bar.show_share(byte_count / len(coded.data))
            values = [
                f"{coded.width} {_TIMES} {coded.height}",
                f"{bits_per_pixel(byte_count, coded.width, coded.height):.3f}",
                format_psnr(shown.psnr) if shown.psnr is not None else _DASH,
                format_seconds(coded.encode_seconds) if coded.encode_seconds is not None else _DASH,
                format_seconds(shown.seconds),
            ]
        labels = (
            self.dimensions,
            self.bits_per_pixel,
            self.psnr,
            self.encode_time,
            self.decode_time,
        )
        for label, value in zip(labels, values, strict=True):
            label.setText(value)


class BlockChart(QWidget):
    """The bytes that each latent block takes, as bars; those of the blocks shown are filled.

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
                size, total = self._bytes[block - 1], sum(self._bytes)
                text = (
                    f"Block {block} of {len(self._bytes)}: {format_size(size)}, {format_share(size, total)} of the file"
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
    """How many latent blocks are shown, and a button that adds them one by one.

    Signals:
        blocks_chosen: the user moved the slider.
        refinement_toggled: the user pressed play or pause.
    """

    blocks_chosen = Signal(int)
    refinement_toggled = Signal()

    def __init__(self) -> None:
        super().__init__()
        heading = _label("&Latent blocks", "heading")
        self.count = _label("", "quiet")
        self.chart = BlockChart()
        self.chart.setAccessibleName("Bytes of each latent block")
        self.chart.setCursor(Qt.CursorShape.PointingHandCursor)
        self.slider = _slider(1, 1)
        self.slider.setPageStep(1)
        self.slider.setAccessibleName("Latent blocks shown")
        self.slider.setToolTip("How many latent blocks are shown")
        heading.setBuddy(self.slider)
        self.play = QToolButton()
        self.play.setObjectName("iconOnly")
        self.play.setIconSize(QSize(20, 20))
        hint = _label("The picture sharpens with every block of the file.", "quiet")
        hint.setWordWrap(True)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        top = QHBoxLayout()
        top.addWidget(heading)
        top.addStretch()
        top.addWidget(self.count)
        layout.addLayout(top)
        controls = QGridLayout()
        controls.setHorizontalSpacing(8)
        controls.setVerticalSpacing(2)
        controls.addWidget(self.chart, 0, 1)
        controls.addWidget(self.play, 1, 0)
        controls.addWidget(self.slider, 1, 1)
        controls.setColumnStretch(1, 1)
        layout.addLayout(controls)
        layout.addWidget(hint)
        self.slider.valueChanged.connect(self.blocks_chosen)
        self.chart.block_clicked.connect(self.blocks_chosen)
        self.play.clicked.connect(self.refinement_toggled)

    def show_state(self, state: WindowState) -> None:
        """Show the blocks of the coded file."""
        coded = state.coded
        self.setEnabled(coded is not None and state.is_current)
        with QSignalBlocker(self.slider):
            self.slider.setMaximum(coded.blocks if coded is not None else 1)
            self.slider.setValue(state.blocks)
        if coded is not None and state.shown is not None:
            self.count.setText(f"{state.blocks} of {coded.block_count}")
            starts = (0, *coded.block_ends)
            self.chart.show_blocks(
                tuple(end - start for start, end in zip(starts, coded.block_ends, strict=False)), state.shown.blocks
            )
        else:
            self.count.setText("")
            self.chart.show_blocks((), 0)
        name = "Pause" if state.refining else "Play the refinement"
        self.play.setIcon(line_icon("pause" if state.refining else "play", current_theme().text))
        self.play.setAccessibleName(name)
        self.play.setToolTip(f"{name} (P)")
