"""How the picture is encoded: preset, quality, a target, and what is chosen once and kept."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QToolButton, QVBoxLayout, QWidget

from desktop.state.choice import Aim, Choice, Preset
from desktop.state.window_state import WindowState
from desktop.views import controls
from desktop.views.goal_controls import GoalControls
from desktop.views.preferences import Preferences

_DEVICES = ("auto", "cpu", "cuda")


class QualityPanel(QWidget):
    """How to encode: the goal, and what is chosen once and kept.

    Signals:
        choice_made: the user moved a control; the new Choice.
        model_file_wanted: the user wants to choose the file of a model package.
        options_toggled: the options were opened (True) or closed.
    """

    choice_made = Signal(object)
    model_file_wanted = Signal()
    options_toggled = Signal(bool)

    def __init__(self, preferences: Preferences) -> None:
        super().__init__()
        self._choice = Choice()
        self._model_entries: list[tuple[str, Path | None]] = []  # None is the standard model
        self.goal = GoalControls(preferences)
        self.goal.goal_chosen.connect(lambda goal: self._choose(replace(self._choice, goal=goal)))
        self.goal.preset_chosen.connect(self._choose_preset)
        self.goal.lossless_chosen.connect(lambda on: self._choose(replace(self._choice, lossless=on)))
        self._make_options()
        self._arrange()

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
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.goal)
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
        for box in (self.model, self.device):
            controls.keep_narrow(box)
        layout.addWidget(self._options)
        self._show_options(False)

    @property
    def tab_order(self) -> tuple[QWidget, ...]:
        """Where the Tab key goes; presets come last, although they stand first."""
        options = (self.options_button, self.metadata, self.model, self.device)
        return *self.goal.tab_order, *options, self.goal.presets, self.goal.presets_menu

    def show_state(self, state: WindowState) -> None:
        """Show the choice; it can be made as long as there is a source, and a coded file alone has no use for it."""
        self._choice = state.choice
        self.goal.suggest(_present_values(state))
        self.goal.show_goal(state.choice.goal, state.choice.keep_metadata, state.quality)
        self.goal.show_lossless(state.choice.lossless, state.can_be_lossless)
        with QSignalBlocker(self.metadata):
            self.metadata.setChecked(state.choice.keep_metadata)
        self._show_models(state)
        self.device.setCurrentIndex(_DEVICES.index(state.choice.device))
        in_use = state.coded.device if state.coded is not None else controls.DASH
        self.device_in_use.setText(self.tr("In use: {device}").format(device=in_use))
        self.setEnabled(state.source is not None)
        self.setVisible(state.source is not None or state.coded is None)

    def _show_models(self, state: WindowState) -> None:
        entries: list[tuple[str, Path | None]] = [(self.tr("Standard"), None)]
        entries += [(model.name, model.path) for model in state.models if model.path is not None]
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

    def _choose(self, choice: Choice) -> None:
        if choice != self._choice:
            self.choice_made.emit(choice)

    def _choose_preset(self, preset: Preset) -> None:
        self._choose(replace(self._choice, goal=preset.goal, keep_metadata=preset.keep_metadata))

    def _choose_model(self, index: int) -> None:
        if index < len(self._model_entries):
            self._choose(replace(self._choice, model=self._model_entries[index][1]))
        else:
            self._mark_model()  # the entry below the line is no model
            self.model_file_wanted.emit()

    def _show_options(self, shown: bool) -> None:
        self.options_button.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)
        self._options.setVisible(shown)


def _present_values(state: WindowState) -> dict[Aim, float]:
    """What the result has now."""
    coded, source = state.coded, state.source
    if coded is None:
        return {}
    values: dict[Aim, float] = {Aim.KILOBYTES: -(-len(coded.data) // 1000)}
    if source is not None and source.byte_count:
        values[Aim.PERCENT] = round(100 * len(coded.data) / source.byte_count + 0.05, 1)
    return values
