# ruff: noqa: D102 (what overrides Qt is documented by Qt)
"""The panels beside the pictures: how to encode, figures of the result, the latent blocks, and facts of the file."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QEvent, QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from codec_format.settings import HIGHEST_QUALITY, LOWEST_QUALITY
from desktop.state.choice import BUILT_IN_PRESETS, LIMITS, Aim, Choice, Goal, Preset
from desktop.state.documents import CodedFile, Source
from desktop.state.window_state import WindowState
from desktop.views import texts
from desktop.views.texts import translate
from desktop.views.theme import current_theme, line_icon

_DASH = "\N{EN DASH}"
_TIMES = "\N{MULTIPLICATION SIGN}"
# The bars stand above the positions of the slider below, whose handle keeps half its width from the ends.
_CHART_INSET = 9.0
_DEVICES = ("auto", "cpu", "cuda")
_UNITS = {Aim.KILOBYTES: " KB", Aim.PERCENT: " %", Aim.DECIBELS: " dB"}


def _label(text: str, name: str = "") -> QLabel:
    label = QLabel(text)
    label.setObjectName(name)
    return label


def _slider(minimum: int, maximum: int) -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(minimum, maximum)
    slider.setMinimumHeight(24)
    return slider


def _icon_button(size: int = 20) -> QToolButton:
    button = QToolButton()
    button.setObjectName("iconOnly")
    button.setIconSize(QSize(size, size))
    return button


class QualityPanel(QWidget):
    """How to encode: presets, quality, a target, and what is chosen once and kept.

    Signals:
        choice_made: the user moved a control; the new Choice.
        preset_wanted: the user wants to keep these settings under a name.
        preset_deleted: the user does not want a Preset any more.
        model_file_wanted: the user wants to choose the file of a model package.
        options_toggled: the options were opened (True) or closed.
    """

    choice_made = Signal(object)
    preset_wanted = Signal()
    preset_deleted = Signal(object)
    model_file_wanted = Signal()
    options_toggled = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self._choice = Choice()
        self._coded: CodedFile | None = None
        self._source: Source | None = None
        self._own_presets: tuple[Preset, ...] = ()
        self._preset_entries: list[Preset | None] = []  # None is the line between the built-in ones and the user's
        self._model_entries: list[tuple[str, Path | None]] = []  # None is the standard model
        self._make_presets()
        self._make_quality()
        self._make_target()
        self._make_options()
        self._arrange()
        self.set_presets(())

    def _make_presets(self) -> None:
        self.presets = QComboBox()
        self.presets.setAccessibleName(self.tr("Preset"))
        self.presets.setToolTip(self.tr("Presets: settings under a name"))
        self.presets.setPlaceholderText(self.tr("Own settings"))
        self.presets.activated.connect(self._choose_preset)
        self.presets_menu = _icon_button(18)
        self.presets_menu.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.presets_menu.setAccessibleName(self.tr("Keep or delete presets"))
        self.presets_menu.setToolTip(self.tr("Keep or delete presets"))
        menu = QMenu(self.presets_menu)
        self.keep_preset = menu.addAction(self.tr("Keep these settings as a preset …"))
        self.keep_preset.triggered.connect(self.preset_wanted)
        self.delete_preset = menu.addAction(self.tr("Delete this preset"))
        self.delete_preset.triggered.connect(lambda: self.preset_deleted.emit(self._preset()))
        self.presets_menu.setMenu(menu)

    def _make_quality(self) -> None:
        explanation = self.tr("Quality: 0 gives the smallest file, 100 the best picture")
        self.slider = _slider(LOWEST_QUALITY, HIGHEST_QUALITY)
        self.slider.setPageStep(10)
        self.slider.setAccessibleName(self.tr("Quality"))
        self.slider.setAccessibleDescription(self.tr("0 gives the smallest file, 100 the best picture"))
        self.slider.setToolTip(explanation)
        self.number = QSpinBox()
        self.number.setRange(LOWEST_QUALITY, HIGHEST_QUALITY)
        self.number.setFixedWidth(56)
        self.number.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.number.setAccessibleName(self.tr("Quality as a number"))
        self.number.setToolTip(self.tr("Quality as a number, 0 to 100"))
        for control in (self.slider, self.number):
            control.valueChanged.connect(self._choose_quality)

    def _make_target(self) -> None:
        self.aim = QComboBox()
        self.aim.setAccessibleName(self.tr("Target"))
        self.aim.setToolTip(self.tr("Let the quality be found that keeps to a size, or reaches a PSNR"))
        names = {
            Aim.QUALITY: self.tr("No target"),
            Aim.KILOBYTES: self.tr("Size at most"),
            Aim.PERCENT: self.tr("Share at most"),
            Aim.DECIBELS: self.tr("PSNR at least"),
        }
        self.aim.addItems([names[aim] for aim in Aim])
        self.aim.activated.connect(self._choose_aim)
        self.target = QDoubleSpinBox()
        self.target.setFixedWidth(104)
        self.target.setAlignment(Qt.AlignmentFlag.AlignRight)
        # A search per digit would be of no use.
        self.target.setKeyboardTracking(False)
        self.target.setAccessibleName(self.tr("Value of the target"))
        self.target.valueChanged.connect(self._choose_target)

    def _make_options(self) -> None:
        self.options_button = QToolButton()
        self.options_button.setObjectName("disclosure")
        self.options_button.setText(self.tr("Options"))
        self.options_button.setToolTip(self.tr("Metadata, model and device"))
        self.options_button.setCheckable(True)
        self.options_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.options_button.toggled.connect(self._show_options)
        self.options_button.toggled.connect(self.options_toggled)
        self.metadata = QCheckBox(self.tr("Keep camera data and place (EXIF, XMP)"))
        self.metadata.setToolTip(self.tr("The colour profile is always kept: without it the colours would change"))
        self.metadata.toggled.connect(lambda keep: self._choose(replace(self._choice, keep_metadata=keep)))
        self.model = QComboBox()
        self.model.setAccessibleName(self.tr("Model"))
        self.model.setToolTip(self.tr("The model package that encodes"))
        self.model.activated.connect(self._choose_model)
        self.device = QComboBox()
        self.device.setAccessibleName(self.tr("Device"))
        self.device.setToolTip(self.tr("Where the networks run"))
        self.device.addItems([self.tr("Automatic"), self.tr("Processor (CPU)"), self.tr("Graphics card (CUDA)")])
        self.device.activated.connect(lambda index: self._choose(replace(self._choice, device=_DEVICES[index])))
        self.device_in_use = _label("", "quiet")
        self.device_in_use.setWordWrap(True)
        self.device_in_use.setAccessibleName(self.tr("Device in use"))

    def _arrange(self) -> None:
        heading = _label(self.tr("&Quality"), "heading")
        heading.setBuddy(self.slider)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.presets, 1)
        row.addWidget(self.presets_menu)
        layout.addLayout(row)
        layout.addSpacing(2)
        grid = QGridLayout()
        grid.setVerticalSpacing(3)
        grid.addWidget(heading, 0, 0)
        grid.addWidget(self.number, 0, 1, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self.slider, 1, 0, 1, 2)
        grid.addWidget(_label(self.tr("Smaller file"), "quiet"), 2, 0)
        grid.addWidget(_label(self.tr("Better picture"), "quiet"), 2, 1, Qt.AlignmentFlag.AlignRight)
        layout.addLayout(grid)
        layout.addSpacing(2)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.aim, 1)
        row.addWidget(self.target)
        layout.addLayout(row)
        layout.addWidget(self.options_button)
        self._options = QWidget()
        grid = QGridLayout(self._options)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.metadata, 0, 0, 1, 2)
        grid.addWidget(_label(self.tr("Model"), "quiet"), 1, 0)
        grid.addWidget(self.model, 1, 1)
        grid.addWidget(_label(self.tr("Device"), "quiet"), 2, 0)
        grid.addWidget(self.device, 2, 1)
        grid.addWidget(self.device_in_use, 3, 0, 1, 2)
        for box in (self.presets, self.aim, self.model, self.device):
            # A long name must not widen the panel.
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(6)
        layout.addWidget(self._options)
        self._show_options(False)

    def set_presets(self, own: tuple[Preset, ...]) -> None:
        """Offer the built-in presets and these."""
        self._own_presets = own
        self._preset_entries = [*BUILT_IN_PRESETS, *((None, *own) if own else ())]
        self.presets.clear()
        for preset in BUILT_IN_PRESETS:
            self.presets.addItem(translate("State", preset.name))
        if own:
            self.presets.insertSeparator(self.presets.count())
        self.presets.addItems([preset.name for preset in own])
        self._mark_preset()

    def show_state(self, state: WindowState) -> None:
        """Show the choice; it can be made as long as there is a source, and a coded file alone has no use for it."""
        self._choice, self._coded, self._source = state.choice, state.coded, state.source
        goal = state.choice.goal
        for control in (self.slider, self.number):
            with QSignalBlocker(control):
                control.setValue(state.quality)
        with QSignalBlocker(self.aim), QSignalBlocker(self.target):
            self.aim.setCurrentIndex(list(Aim).index(goal.aim))
            self.target.setVisible(goal.aim is not Aim.QUALITY)
            if goal.aim is not Aim.QUALITY:
                self.target.setDecimals(0 if goal.aim is Aim.KILOBYTES else 1)
                self.target.setRange(*LIMITS[goal.aim])
                self.target.setSingleStep(10 if goal.aim is Aim.KILOBYTES else 1 if goal.aim is Aim.PERCENT else 0.5)
                self.target.setSuffix(_UNITS[goal.aim])
                self.target.setValue(goal.value)
        with QSignalBlocker(self.metadata):
            self.metadata.setChecked(state.choice.keep_metadata)
        self._show_models(state)
        self.device.setCurrentIndex(_DEVICES.index(state.choice.device))
        in_use = state.coded.device if state.coded is not None else _DASH
        self.device_in_use.setText(self.tr("In use: {device}").format(device=in_use))
        self._mark_preset()
        self.setEnabled(state.source is not None)
        self.setVisible(state.source is not None or state.coded is None)

    def _show_models(self, state: WindowState) -> None:
        entries: list[tuple[str, Path | None]] = [(self.tr("Standard"), None)]
        entries += [(model.name, model.path) for model in state.models]
        chosen = state.choice.model
        if chosen is not None and chosen not in (path for _, path in entries):
            entries.append((chosen.stem, chosen))
        if entries != self._model_entries:
            self._model_entries = entries
            self.model.clear()
            for index, (name, path) in enumerate(entries):
                self.model.addItem(name)
                if path is not None:
                    self.model.setItemData(index, str(path), Qt.ItemDataRole.ToolTipRole)
            self.model.insertSeparator(self.model.count())
            self.model.addItem(self.tr("From a file …"))
        self._mark_model()

    def _mark_model(self) -> None:
        self.model.setCurrentIndex([path for _, path in self._model_entries].index(self._choice.model))

    def _mark_preset(self) -> None:
        matching = [
            index
            for index, preset in enumerate(self._preset_entries)
            if preset is not None and _matches(preset, self._choice)
        ]
        self.presets.setCurrentIndex(matching[0] if matching else -1)
        self.keep_preset.setEnabled(not matching)
        self.delete_preset.setEnabled(self._preset() in self._own_presets)

    def _preset(self) -> Preset | None:
        index = self.presets.currentIndex()
        return self._preset_entries[index] if index >= 0 else None

    def _choose(self, choice: Choice) -> None:
        if choice != self._choice:
            self.choice_made.emit(choice)

    def _choose_preset(self) -> None:
        preset = self._preset()
        if preset is not None:
            self._choose(replace(self._choice, goal=preset.goal, keep_metadata=preset.keep_metadata))

    def _choose_quality(self, quality: int) -> None:
        self._choose(replace(self._choice, goal=Goal(Aim.QUALITY, quality)))

    def _choose_target(self, value: float) -> None:
        self._choose(replace(self._choice, goal=Goal(self._choice.goal.aim, value)))

    def _choose_aim(self) -> None:
        """Begin with what the result has now, so that nothing jumps."""
        aim = list(Aim)[self.aim.currentIndex()]
        if aim is self._choice.goal.aim:
            return
        coded, source = self._coded, self._source
        value: float = 0
        if aim is Aim.QUALITY:
            value = self.slider.value()
        elif aim is Aim.DECIBELS:
            value = 35
        elif aim is Aim.KILOBYTES:
            value = -(-len(coded.data) // 1000) if coded is not None else 200
        elif source is not None and source.byte_count and coded is not None:
            value = round(100 * len(coded.data) / source.byte_count + 0.05, 1)
        low, high = LIMITS[aim]
        self._choose(replace(self._choice, goal=Goal(aim, min(max(value, low), high))))

    def _choose_model(self, index: int) -> None:
        if index < len(self._model_entries):
            self._choose(replace(self._choice, model=self._model_entries[index][1]))
        else:
            self._mark_model()  # the entry below the line is no model
            self.model_file_wanted.emit()

    def _show_options(self, shown: bool) -> None:
        self.options_button.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)
        self._options.setVisible(shown)


def _matches(preset: Preset, choice: Choice) -> bool:
    return (preset.goal, preset.keep_metadata) == (choice.goal, choice.keep_metadata)


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
        self.heading = _label(self.tr("Result"), "heading")
        self.byte_count = _label(_DASH)
        self.byte_count.setAccessibleName(self.tr("Size"))
        large = QFont(self.byte_count.font())
        large.setPointSizeF(large.pointSizeF() * 2.1)
        large.setWeight(QFont.Weight.DemiBold)
        self.byte_count.setFont(large)
        self.share = _label("", "quiet")
        self.share.setAccessibleName(self.tr("Size compared with the source file"))
        self._bar = ShareBar()
        self.bits_per_pixel = _label(_DASH, "figure")
        self.psnr = _label(_DASH, "figure")
        self.ms_ssim = _label(_DASH, "figure")
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
            title = _label(name, "quiet")
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
            values = [_DASH] * 6
            if source is not None:
                values[0] = f"{source.picture.width} {_TIMES} {source.picture.height}"
            self.heading.setText(self.tr("Result"))
            self.byte_count.setText(_DASH)
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
            values = [
                f"{coded.width} {_TIMES} {coded.height}",
                texts.number(coded.bits_per_pixel(shown.blocks), 3),
                texts.decibels(similarity.psnr) if similarity is not None else _DASH,
                texts.number(ms_ssim, 4) if ms_ssim is not None else _DASH,
                texts.seconds(coded.encode_seconds) if coded.encode_seconds is not None else _DASH,
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
        heading = _label(self.tr("&Latent blocks"), "heading")
        self.count = _label("", "quiet")
        self.chart = BlockChart()
        self.chart.setAccessibleName(self.tr("Bits of each latent block"))
        self.chart.setCursor(Qt.CursorShape.PointingHandCursor)
        self.slider = _slider(1, 1)
        self.slider.setPageStep(1)
        self.slider.setAccessibleName(self.tr("Latent blocks shown"))
        self.slider.setToolTip(self.tr("How many latent blocks are shown"))
        heading.setBuddy(self.slider)
        self.play = _icon_button()
        self._hint = _label(self.tr("Every block sharpens the picture."), "quiet")
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
        controls = QGridLayout()
        controls.setHorizontalSpacing(8)
        controls.setVerticalSpacing(2)
        controls.addWidget(self.chart, 0, 1)
        controls.addWidget(self.play, 1, 0)
        controls.addWidget(self.slider, 1, 1)
        controls.setColumnStretch(1, 1)
        layout.addLayout(controls)
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


class InformationPanel(QWidget):
    """What the coded file says about itself: version, model, parts with sizes and checksums, metadata."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: CodedFile | None = None
        self.facts = QGridLayout()
        self.facts.setVerticalSpacing(6)
        self.facts.setHorizontalSpacing(12)
        self.facts.setColumnStretch(1, 1)
        self.empty = _label(self.tr("There is no coded file yet."), "quiet")
        self.parts = QTableWidget(0, 3)
        self.parts.setAccessibleName(self.tr("Parts of the file"))
        self.parts.setHorizontalHeaderLabels([self.tr("Part"), self.tr("Bytes"), self.tr("CRC-32")])
        self.parts.verticalHeader().hide()
        self.parts.setShowGrid(False)
        self.parts.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.parts.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.parts.setTabKeyNavigation(False)
        self.parts.verticalHeader().setDefaultSectionSize(24)
        self.parts.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignRight)
        first = self.parts.horizontalHeaderItem(0)
        if first is not None:
            first.setTextAlignment(Qt.AlignmentFlag.AlignLeft)
        self.parts.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2):
            self.parts.horizontalHeader().setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.parts.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.parts.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.parts.setToolTip(self.tr("The parts of the file in their order; every one has a checksum of its own"))
        self._parts_heading = _label(self.tr("Parts of the file"), "heading")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(_label(self.tr("File"), "heading"))
        layout.addWidget(self.empty)
        layout.addLayout(self.facts)
        layout.addSpacing(8)
        layout.addWidget(self._parts_heading)
        layout.addWidget(self.parts)

    def show_state(self, state: WindowState) -> None:
        """Show the facts of the coded file; nothing is built anew while it stays the same."""
        coded = state.coded
        self.setEnabled(state.is_current or coded is None)
        self.empty.setVisible(coded is None)
        for widget in (self.parts, self._parts_heading):
            widget.setVisible(coded is not None)
        if coded is None or (self._shown is not None and self._shown.data is coded.data):
            return
        self._shown = coded
        self._show_facts(coded)
        self._show_parts(coded)

    def _show_facts(self, coded: CodedFile) -> None:
        while (item := self.facts.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        facts = coded.facts
        rows = [
            (self.tr("Format version"), str(facts.format_version)),
            (self.tr("Picture"), f"{coded.width} {_TIMES} {coded.height}"),
            (self.tr("Model"), coded.model),
            (self.tr("Model identity"), facts.model_id),
            (self.tr("Quality index"), str(facts.quality_index)),
            (self.tr("Latent blocks"), self._blocks(coded)),
            (self.tr("Device in use"), texts.device(coded.device)),
            (self.tr("Colours"), facts.profile or "sRGB"),
            (self.tr("EXIF"), texts.size(facts.exif_bytes) if facts.exif_bytes else self.tr("none")),
            (self.tr("XMP"), texts.size(facts.xmp_bytes) if facts.xmp_bytes else self.tr("none")),
            *((_exif_name(tag), value) for tag, value in facts.metadata),
        ]
        for row, (name, value) in enumerate(rows):
            label = _label(value, "figure")
            label.setWordWrap(True)
            label.setAccessibleName(name)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            if len(value) > 24 and " " not in value:
                # Nowhere to break the line.
                label.setToolTip(value)
                label.setText(f"{value[:16]}…")
            self.facts.addWidget(_label(name, "quiet"), row, 0, Qt.AlignmentFlag.AlignTop)
            self.facts.addWidget(label, row, 1)

    def _blocks(self, coded: CodedFile) -> str:
        text = self.tr("{blocks} of {count}")
        return text.format(blocks=coded.blocks, count=coded.block_count) if coded.is_cut_short else str(coded.blocks)

    def _show_parts(self, coded: CodedFile) -> None:
        chunks = coded.facts.chunks
        self.parts.setRowCount(len(chunks))
        block = 0
        for row, chunk in enumerate(chunks):
            if chunk.type == "B":
                block += 1
                name = self.tr("Latent block {number}").format(number=block)
            else:
                name = _chunk_name(chunk.type)
            check = chunk.crc if chunk.sound else self.tr("damaged")
            for column, text in enumerate((name, texts.number(chunk.byte_count, 0), check)):
                item = QTableWidgetItem(text)
                if column == 2 and chunk.sound:
                    item.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
                if column:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                if not chunk.sound:
                    item.setForeground(QColor(current_theme().error))
                self.parts.setItem(row, column, item)
        height = self.parts.horizontalHeader().sizeHint().height() + 24 * len(chunks) + 4
        self.parts.setFixedHeight(height)


def _chunk_name(chunk_type: str) -> str:
    names = {
        "H": translate("InformationPanel", "Header"),
        "i": translate("InformationPanel", "Colour profile"),
        "p": translate("InformationPanel", "Preview"),
        "A": translate("InformationPanel", "Transparency"),
        "e": translate("InformationPanel", "EXIF"),
        "x": translate("InformationPanel", "XMP"),
    }
    unknown = translate("InformationPanel", "Unknown part {type}").format(type=chunk_type)
    return names.get(chunk_type, unknown)


def _exif_name(tag: str) -> str:
    names = {
        "Make": translate("InformationPanel", "Camera maker"),
        "Model": translate("InformationPanel", "Camera"),
        "DateTimeOriginal": translate("InformationPanel", "Taken"),
        "LensModel": translate("InformationPanel", "Lens"),
        "FocalLength": translate("InformationPanel", "Focal length, mm"),
        "FNumber": translate("InformationPanel", "Aperture, f/"),
        "ExposureTime": translate("InformationPanel", "Exposure, s"),
        "ISOSpeedRatings": translate("InformationPanel", "ISO"),
        "Artist": translate("InformationPanel", "Artist"),
        "Copyright": translate("InformationPanel", "Copyright"),
    }
    return names[tag]
