"""How to encode, as one chooses it: a preset, a quality, a target, or losslessly. For a picture, and for a batch."""

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
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
from desktop.state.choice import BUILT_IN_PRESETS, LIMITS, Aim, Goal, Preset
from desktop.views import controls, dialogs
from desktop.views.preferences import Preferences
from desktop.views.texts import translate
from desktop.views.theme import current_theme, line_icon

_UNITS = {Aim.KILOBYTES: " KB", Aim.PERCENT: " %", Aim.DECIBELS: " dB"}
_STEPS = {Aim.KILOBYTES: 10.0, Aim.PERCENT: 1.0, Aim.DECIBELS: 0.5}
FIRST_VALUES = {Aim.KILOBYTES: 200.0, Aim.PERCENT: 20.0, Aim.DECIBELS: 35.0}
"""What a target begins with where nothing better is known."""


class GoalControls(QWidget):
    """A preset, a quality or a target; or none of them, since every pixel is kept.

    Signals:
        goal_chosen: the user moved a control; the new Goal.
        preset_chosen: the user chose a Preset.
        lossless_chosen: the user wants every pixel kept (True), or no longer.
    """

    goal_chosen = Signal(object)
    preset_chosen = Signal(object)
    lossless_chosen = Signal(bool)

    def __init__(self, preferences: Preferences) -> None:
        """The user's own presets come from ``preferences`` and are kept there."""
        super().__init__()
        self._preferences = preferences
        self._shown = BUILT_IN_PRESETS[1]  # the present settings, under any name
        self._first_values = dict(FIRST_VALUES)
        self._own_presets: tuple[Preset, ...] = ()
        self._preset_entries: list[Preset | None] = []  # None is the line between the built-in ones and the user's
        self._make_presets()
        self._make_quality()
        self._make_target()
        self.lossless = QCheckBox(self.tr("Lossless"))
        self.lossless.toggled.connect(self.lossless_chosen)
        self._arrange()
        preferences.presets_changed.connect(self._fill_presets)
        self._fill_presets()

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
        self.keep_preset.triggered.connect(self._keep_preset)
        self.delete_preset = menu.addAction(self.tr("Delete this preset"))
        self.delete_preset.triggered.connect(self._delete_preset)
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

    def _arrange(self) -> None:
        heading = controls.label(self.tr("&Quality"), "heading")
        heading.setBuddy(self.slider)
        self._lossy = QWidget()
        layout = QVBoxLayout(self._lossy)
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
        for box in (self.presets, self.aim):
            controls.keep_narrow(box)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(8)
        whole.addWidget(self._lossy)
        whole.addWidget(self.lossless)

    @property
    def tab_order(self) -> tuple[QWidget, ...]:
        """Where the Tab key goes: the quality first, since that is what one comes for."""
        return self.slider, self.number, self.aim, self.target, self.lossless

    def show_goal(self, goal: Goal, keep_metadata: bool, quality: int | None) -> None:
        """Show a choice.

        Args:
            goal: the quality or the target.
            keep_metadata: as far as it belongs to a preset.
            quality: where the slider stands; None if nobody knows what a target is going to lead to.
        """
        self._shown = Preset("", goal, keep_metadata)
        self.presets_menu.setIcon(line_icon("more", current_theme().text, 18))
        for control in (self.slider, self.number):
            control.setEnabled(quality is not None)
            if quality is not None:
                with QSignalBlocker(control):
                    control.setValue(quality)
        with QSignalBlocker(self.aim), QSignalBlocker(self.target):
            self.aim.setCurrentIndex(list(Aim).index(goal.aim))
            self.target.setVisible(goal.aim is not Aim.QUALITY)
            if goal.aim is not Aim.QUALITY:
                self.target.setDecimals(0 if goal.aim is Aim.KILOBYTES else 1)
                self.target.setRange(*LIMITS[goal.aim])
                self.target.setSingleStep(_STEPS[goal.aim])
                self.target.setSuffix(_UNITS[goal.aim])
                self.target.setValue(goal.value)
        self._mark_preset()

    def show_lossless(self, lossless: bool, possible: bool) -> None:
        """Show whether every pixel is kept, and whether the model can do that; what it cannot do can be taken back."""
        with QSignalBlocker(self.lossless):
            self.lossless.setChecked(lossless)
        self.lossless.setEnabled(possible or lossless)
        self.lossless.setToolTip(
            self.tr("Keep every pixel bit for bit; the file is larger, and has no quality to choose")
            if possible
            else self.tr("The chosen model has no lossless head, so it cannot keep every pixel; choose another model")
        )
        self._lossy.setEnabled(not lossless)

    def suggest(self, values: dict[Aim, float]) -> None:
        """Begin a target with these values, those of the present result, so that nothing jumps."""
        self._first_values = FIRST_VALUES | values

    # ------------------------------------------------------------------------------------------------------- presets

    @Slot()
    def _fill_presets(self) -> None:
        self._own_presets = own = self._preferences.presets
        self._preset_entries = [*BUILT_IN_PRESETS, *((None, *own) if own else ())]
        self.presets.clear()
        for preset in BUILT_IN_PRESETS:
            self.presets.addItem(translate("State", preset.name))
        if own:
            self.presets.insertSeparator(self.presets.count())
        self.presets.addItems([preset.name for preset in own])
        self._mark_preset()

    def _mark_preset(self) -> None:
        matching = [
            index
            for index, preset in enumerate(self._preset_entries)
            if preset is not None and replace(preset, name="") == replace(self._shown, name="")
        ]
        self.presets.setCurrentIndex(matching[0] if matching else -1)
        self.keep_preset.setEnabled(not matching)
        self.delete_preset.setEnabled(self._preset() in self._own_presets)

    def _preset(self) -> Preset | None:
        index = self.presets.currentIndex()
        return self._preset_entries[index] if index >= 0 else None

    @Slot()
    def _choose_preset(self) -> None:
        preset = self._preset()
        if preset is not None:
            self.preset_chosen.emit(preset)

    @Slot()
    def _keep_preset(self) -> None:
        name = dialogs.ask_preset_name(self)
        if name is not None:
            others = tuple(preset for preset in self._own_presets if preset.name != name)
            self._preferences.presets = (*others, replace(self._shown, name=name))

    @Slot()
    def _delete_preset(self) -> None:
        unwanted = self._preset()
        self._preferences.presets = tuple(preset for preset in self._own_presets if preset != unwanted)

    # ---------------------------------------------------------------------------------------------- quality and target

    def _choose(self, goal: Goal) -> None:
        if goal != self._shown.goal:
            self.goal_chosen.emit(goal)

    @Slot(int)
    def _choose_quality(self, quality: int) -> None:
        self._choose(Goal(Aim.QUALITY, quality))

    @Slot(float)
    def _choose_target(self, value: float) -> None:
        self._choose(Goal(self._shown.goal.aim, value))

    @Slot()
    def _choose_aim(self) -> None:
        aim = list(Aim)[self.aim.currentIndex()]
        if aim is not self._shown.goal.aim:
            value = self.slider.value() if aim is Aim.QUALITY else self._first_values[aim]
            low, high = LIMITS[aim]
            self._choose(Goal(aim, min(max(value, low), high)))
