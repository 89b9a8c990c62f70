# ruff: noqa: D102 (what overrides Qt is documented by Qt)
"""Figures of the picture that is shown: size, rate, quality, times."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from desktop.state.window_state import WindowState
from desktop.views import controls, texts
from desktop.views.theme import current_theme


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
        self.heading = controls.label(self.tr("Result"), "heading")
        self.byte_count = controls.label(controls.DASH)
        self.byte_count.setAccessibleName(self.tr("Size"))
        large = QFont(self.byte_count.font())
        large.setPointSizeF(large.pointSizeF() * 2.1)
        large.setWeight(QFont.Weight.DemiBold)
        self.byte_count.setFont(large)
        self.share = controls.label("", "quiet")
        self.share.setAccessibleName(self.tr("Size compared with the source file"))
        self._bar = ShareBar()
        self.bits_per_pixel = controls.label(controls.DASH, "figure")
        self.psnr = controls.label(controls.DASH, "figure")
        self.ms_ssim = controls.label(controls.DASH, "figure")
        self.encode_time = controls.label(controls.DASH, "figure")
        self.decode_time = controls.label(controls.DASH, "figure")
        self.dimensions = controls.label(controls.DASH, "figure")

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
        layout.addSpacing(10)
        grid = QGridLayout()
        grid.setVerticalSpacing(8)
        grid.setHorizontalSpacing(16)
        for column in (0, 1):
            grid.setColumnStretch(column, 1)
        for place, (name, explanation, value) in enumerate(
            (
                (self.tr("Picture"), self.tr("Width and height in pixels"), self.dimensions),
                (
                    self.tr("Bits per pixel"),
                    self.tr("Bits of the file for each pixel of the picture"),
                    self.bits_per_pixel,
                ),
                (
                    self.tr("PSNR"),
                    self.tr("Peak signal-to-noise ratio against the original; higher is closer"),
                    self.psnr,
                ),
                (
                    self.tr("MS-SSIM"),
                    self.tr("Multi-scale structural similarity to the original; 1 is equal"),
                    self.ms_ssim,
                ),
                (self.tr("Encoding"), self.tr("Time from pixels to the finished file"), self.encode_time),
                (self.tr("Decoding"), self.tr("Time from the file to the pixels shown"), self.decode_time),
            )
        ):
            title = controls.label(name, "quiet")
            title.setToolTip(explanation)
            value.setToolTip(explanation)
            value.setAccessibleName(name)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            cell = QVBoxLayout()
            cell.setSpacing(1)
            cell.addWidget(title)
            cell.addWidget(value)
            grid.addLayout(cell, place // 2, place % 2)
            if value in (self.psnr, self.ms_ssim, self.encode_time):
                self._only_with_source += [title, value]
        layout.addLayout(grid)

    def show_state(self, state: WindowState) -> None:
        """Show the figures of the picture on screen; faded while a newer one is on its way."""
        self.setEnabled(state.is_current)
        coded, shown, source = state.coded, state.shown, state.source
        for label in self._only_with_source:
            label.setVisible(source is not None or coded is None)
        if coded is None or shown is None:
            values = [controls.DASH] * 6
            if source is not None:
                values[0] = f"{source.picture.width} {controls.TIMES} {source.picture.height}"
            self.heading.setText(self.tr("Result"))
            self.byte_count.setText(controls.DASH)
            known = source is not None and source.byte_count
            text = self.tr("Original file: {size}")
            self.share.setText(text.format(size=texts.size(known)) if known else " ")
            self._bar.show_share(0)
        else:
            byte_count = coded.bytes_of_blocks(shown.blocks)
            self.heading.setText(self._heading(state))
            self.byte_count.setText(texts.size(byte_count))
            self.byte_count.setToolTip(texts.exact_size(byte_count))
            if source is None:
                whole = shown.blocks == coded.blocks
                everything = (
                    self.tr("All that there is of the file") if coded.is_cut_short else self.tr("The whole file")
                )
                part = self.tr("{share} of the file, {size}").format(
                    share=texts.share(byte_count, len(coded.data)), size=texts.size(len(coded.data))
                )
                self.share.setText(everything if whole else part)
                self._bar.show_share(byte_count / len(coded.data))
            elif source.byte_count:
                part = self.tr("{share} of the original file, {size}").format(
                    share=texts.share(byte_count, source.byte_count), size=texts.size(source.byte_count)
                )
                self.share.setText(part)
                self._bar.show_share(byte_count / source.byte_count)
            else:
                raw_bytes = source.picture.pixels.nbytes
                part = self.tr("{share} of the pixels, {size}").format(
                    share=texts.share(byte_count, raw_bytes), size=texts.size(raw_bytes)
                )
                self.share.setText(part)
                self._bar.show_share(byte_count / raw_bytes)
            similarity = shown.similarity
            ms_ssim = similarity.ms_ssim if similarity is not None else None
            psnr = texts.decibels(similarity.psnr) if similarity is not None else controls.DASH
            values = [
                f"{coded.width} {controls.TIMES} {coded.height}",
                texts.number(coded.bits_per_pixel(shown.blocks), 3),
                self.tr("bit-exact") if shown.lossless else psnr,
                texts.number(ms_ssim, 4) if ms_ssim is not None else controls.DASH,
                texts.seconds(coded.encode_seconds) if coded.encode_seconds is not None else controls.DASH,
                texts.seconds(shown.seconds),
            ]
        labels = (
            self.dimensions,
            self.bits_per_pixel,
            self.psnr,
            self.ms_ssim,
            self.encode_time,
            self.decode_time,
        )
        for label, value in zip(labels, values, strict=True):
            label.setText(value)

    def _heading(self, state: WindowState) -> str:
        coded, shown = state.coded, state.shown
        if coded is not None and shown is not None and (shown.blocks < coded.blocks or coded.is_cut_short):
            text = self.tr("First {blocks} of {count} blocks")
            return text.format(blocks=shown.blocks, count=coded.block_count)
        return self.tr("Result") if state.source is not None else self.tr("File")
