"""How to encode: presets, quality, a target, and what is chosen once and kept."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QMenu,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from codec_format.settings import HIGHEST_QUALITY, LOWEST_QUALITY
from desktop.state.choice import BUILT_IN_PRESETS, LIMITS, Aim, Choice, Goal, Preset
from desktop.state.documents import CodedFile, Source
from desktop.state.window_state import WindowState
from desktop.views import controls
from desktop.views.texts import translate

_DEVICES = ("auto", "cpu", "cuda")
_UNITS = {Aim.KILOBYTES: " KB", Aim.PERCENT: " %", Aim.DECIBELS: " dB"}


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
        self.presets_menu = controls.icon_button(18)
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
        self.slider = controls.slider(LOWEST_QUALITY, HIGHEST_QUALITY)
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
        self.device_in_use = controls.label("", "quiet")
        self.device_in_use.setWordWrap(True)
        self.device_in_use.setAccessibleName(self.tr("Device in use"))

    def _arrange(self) -> None:
        heading = controls.label(self.tr("&Quality"), "heading")
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
        grid.addWidget(controls.label(self.tr("Smaller file"), "quiet"), 2, 0)
        grid.addWidget(controls.label(self.tr("Better picture"), "quiet"), 2, 1, Qt.AlignmentFlag.AlignRight)
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
        grid.addWidget(controls.label(self.tr("Model"), "quiet"), 1, 0)
        grid.addWidget(self.model, 1, 1)
        grid.addWidget(controls.label(self.tr("Device"), "quiet"), 2, 0)
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
        in_use = state.coded.device if state.coded is not None else controls.DASH
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
