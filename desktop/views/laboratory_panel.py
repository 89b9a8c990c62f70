"""The controls of the laboratory: which experiment, and how."""

import secrets
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSlider,
    QSpinBox,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from codec_format.settings import HIGHEST_QUALITY, LOWEST_QUALITY
from desktop.state.laboratory import LARGEST_SEED, LARGEST_SIDE, Experiment, LaboratoryState, Recipe
from desktop.views import controls, texts
from desktop.views.theme import current_theme

_WIDTH = 320
_STEPS = 100  # of the sliders for temperature and position


class LaboratoryPanel(QFrame):
    """Shows the recipe of a state, and lets the user change it.

    Signals:
        recipe_chosen: the user moved a control; the new Recipe.
        other_wanted: the user wants to choose the other picture.
        make_wanted: the user wants a picture to be made.
        cancel_wanted: the user does not want to wait for it.
    """

    recipe_chosen = Signal(object)
    other_wanted = Signal()
    make_wanted = Signal()
    cancel_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setFixedWidth(_WIDTH)
        self._state = LaboratoryState()
        self.tabs = QTabBar()
        self.tabs.setObjectName("panel")
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName(self.tr("Experiments"))
        for title in (self.tr("Sample"), self.tr("Interpolate"), self.tr("Inpaint")):
            self.tabs.addTab(title)
        self.explanation = controls.label("", "quiet")
        self.explanation.setWordWrap(True)
        self._make_controls()
        self._make_buttons()
        self._arrange()
        self._connect()

    def _make_controls(self) -> None:
        self.width_box = _spin_box(1, LARGEST_SIDE, self.tr("Width in pixels"))
        self.height_box = _spin_box(1, LARGEST_SIDE, self.tr("Height in pixels"))
        self.temperature = _slider(self.tr("Temperature"))
        self.temperature.setToolTip(self.tr("0 takes the most likely values, 1 draws as the model expects them"))
        self.temperature_number = _decimal_box(self.tr("Temperature as a number"))
        self.position = _slider(self.tr("Position between the pictures"))
        self.position_number = _decimal_box(self.tr("Position as a number"))
        self.seed = _spin_box(0, LARGEST_SEED, self.tr("Seed"))
        self.seed.setToolTip(self.tr("The same seed gives the same picture"))
        self.another = QPushButton(self.tr("Another"))
        self.another.setToolTip(self.tr("Draw a new seed, and make a picture of it"))
        self.quality = controls.slider(LOWEST_QUALITY, HIGHEST_QUALITY)
        self.quality.setPageStep(10)
        self.quality.setAccessibleName(self.tr("Quality"))
        self.quality.setToolTip(self.tr("The model has latents of its own for every quality"))
        self.quality_number = _spin_box(LOWEST_QUALITY, HIGHEST_QUALITY, self.tr("Quality as a number"))
        self.other = QPushButton(self.tr("Other picture …"))
        self.other_name = controls.label("", "quiet")
        self.other_name.setAccessibleName(self.tr("The other picture"))
        self.region = tuple(
            _spin_box(low, LARGEST_SIDE * 256, name)
            for low, name in (
                (0, self.tr("Left edge of the rectangle")),
                (0, self.tr("Upper edge of the rectangle")),
                (1, self.tr("Width of the rectangle")),
                (1, self.tr("Height of the rectangle")),
            )
        )

    def _make_buttons(self) -> None:
        self.make_button = QPushButton(self.tr("Make a picture"))
        self.make_button.setObjectName("primary")
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Progress of the picture"))
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setAccessibleName(self.tr("State of the laboratory"))
        self.export_button = QPushButton(self.tr("Export …"))
        self.export_button.setToolTip(self.tr("Write the picture as PNG, JPEG, WebP, AVIF or TIFF"))
        self.copy_button = QPushButton(self.tr("Copy"))
        self.copy_button.setToolTip(self.tr("Put the picture into the clipboard"))
        self.use_button = QPushButton(self.tr("Encode …"))
        self.use_button.setToolTip(self.tr("Open it on the page of the picture, to encode and save it there"))

    def _arrange(self) -> None:
        size = _row(self.width_box, controls.label(controls.TIMES, "quiet"), self.height_box)
        self._sample_part = _part(_labelled(self.tr("Size in pixels"), size))
        self._between_part = _part(
            _row(self.other, stretch=False),
            self.other_name,
            _slider_part(self.tr("&Position"), self.position, self.position_number),
        )
        edges = QGridLayout()
        edges.setVerticalSpacing(6)
        names = (self.tr("Left, top"), self.tr("Width, height"))
        for line, name in enumerate(names):
            edges.addWidget(controls.label(name, "quiet"), line, 0)
            for side in range(2):
                edges.addWidget(self.region[2 * line + side], line, 1 + side)
        self._region_part = _part(_labelled(self.tr("Rectangle"), edges))
        self._drawn_part = _part(
            _slider_part(self.tr("&Temperature"), self.temperature, self.temperature_number),
            _labelled(self.tr("Seed"), _row(self.seed, self.another)),
        )
        quality = _slider_part(self.tr("&Quality"), self.quality, self.quality_number)
        recipe = QWidget()
        column = QVBoxLayout(recipe)
        column.setContentsMargins(20, 0, 20, 8)
        column.setSpacing(14)
        column.addWidget(self.explanation)
        for part in (self._sample_part, self._between_part, self._region_part, self._drawn_part):
            column.addWidget(part)
        column.addLayout(quality)
        column.addStretch()
        above, below = QVBoxLayout(), QVBoxLayout()
        above.setContentsMargins(20, 14, 20, 14)
        above.addWidget(self.tabs)
        below.setContentsMargins(20, 8, 20, 20)
        below.setSpacing(10)
        below.addWidget(self.message)
        below.addWidget(self.progress)
        below.addWidget(self.make_button)
        below.addLayout(_row(self.export_button, self.copy_button))
        below.addWidget(self.use_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(above)
        layout.addWidget(controls.scrolling(recipe), 1)
        layout.addLayout(below)

    def _connect(self) -> None:
        self.tabs.currentChanged.connect(lambda tab: self._choose(experiment=list(Experiment)[tab]))
        self.width_box.valueChanged.connect(lambda value: self._choose(width=value))
        self.height_box.valueChanged.connect(lambda value: self._choose(height=value))
        self.temperature.valueChanged.connect(lambda value: self._choose(temperature=value / _STEPS))
        self.temperature_number.valueChanged.connect(lambda value: self._choose(temperature=round(value, 2)))
        self.position.valueChanged.connect(lambda value: self._choose(position=value / _STEPS))
        self.position_number.valueChanged.connect(lambda value: self._choose(position=round(value, 2)))
        self.seed.valueChanged.connect(lambda value: self._choose(seed=value))
        for control in (self.quality, self.quality_number):
            control.valueChanged.connect(lambda value: self._choose(quality=value))
        for box in self.region:
            box.valueChanged.connect(lambda _: self._choose(region=tuple(box.value() for box in self.region)))
        self.another.clicked.connect(self._draw_seed)
        self.other.clicked.connect(self.other_wanted)
        self.make_button.clicked.connect(self._make_or_cancel)

    # ------------------------------------------------------------------------------------------------- what is shown

    def show_state(self, state: LaboratoryState) -> None:
        """Bring the controls to the state."""
        self._state = state
        recipe = state.recipe
        values: tuple[tuple[QSlider | QSpinBox, int], ...] = (
            (self.width_box, recipe.width),
            (self.height_box, recipe.height),
            (self.temperature, round(recipe.temperature * _STEPS)),
            (self.position, round(recipe.position * _STEPS)),
            (self.seed, recipe.seed),
            (self.quality, recipe.quality),
            (self.quality_number, recipe.quality),
            *zip(self.region, recipe.region or (0, 0, 1, 1), strict=True),
        )
        for control, value in values:
            with QSignalBlocker(control):
                control.setValue(value)
        for box, number in ((self.temperature_number, recipe.temperature), (self.position_number, recipe.position)):
            with QSignalBlocker(box):
                box.setValue(number)
        with QSignalBlocker(self.tabs):
            self.tabs.setCurrentIndex(list(Experiment).index(recipe.experiment))
        self.explanation.setText(self._explanation(recipe.experiment))
        self._sample_part.setVisible(recipe.experiment is Experiment.SAMPLE)
        self._between_part.setVisible(recipe.experiment is Experiment.INTERPOLATION)
        self._region_part.setVisible(recipe.experiment is Experiment.INPAINTING)
        self._region_part.setEnabled(state.source is not None)
        self._drawn_part.setVisible(recipe.experiment is not Experiment.INTERPOLATION)
        self.other_name.setText(state.other.name if state.other is not None else self.tr("none yet"))
        self._show_work(state)

    def _show_work(self, state: LaboratoryState) -> None:
        busy = state.activity is not None
        self.make_button.setText(self.tr("Cancel") if busy else self.tr("Make a picture"))
        self.make_button.setEnabled(busy or state.can_make)
        self.another.setEnabled(not busy)
        self.progress.setVisible(busy)
        self.progress.setRange(0, 0 if state.fraction is None else 1000)
        self.progress.setValue(round(1000 * (state.fraction or 0)))
        for button in (self.export_button, self.copy_button, self.use_button):
            button.setEnabled(state.creation is not None)
        theme = current_theme()
        self.message.setText(self._words(state))
        self.message.setStyleSheet(f"color: {theme.error if state.error else theme.quiet}")
        self.message.setVisible(bool(self.message.text()))

    def _words(self, state: LaboratoryState) -> str:
        """One sentence: what is wrong, what goes on, what there is to do, or how it went."""
        if state.error:
            return texts.spoken(state.error)
        if state.activity is not None:
            return texts.spoken(state.activity)
        if state.missing is not None:
            return texts.spoken(state.missing)
        if state.message:
            return texts.spoken(state.message)
        if state.creation is not None:
            return self.tr("Made in {duration}.").format(duration=texts.seconds(state.creation.seconds))
        return ""

    def _explanation(self, experiment: Experiment) -> str:
        match experiment:
            case Experiment.SAMPLE:
                return self.tr(
                    "A picture of random latents. It shows what the model expects of pictures: with the standard "
                    "model textures, not scenes."
                )
            case Experiment.INTERPOLATION:
                return self.tr("Between the open picture and another: the mean of what their files would hold.")
            case Experiment.INPAINTING:
                return self.tr(
                    "The model fills a rectangle from its surroundings; everything else stays exactly as it is."
                )

    # ----------------------------------------------------------------------------------------------- what the user does

    def _choose(self, **changes: object) -> None:
        recipe: Recipe = replace(self._state.recipe, **changes)  # type: ignore[arg-type]
        self.recipe_chosen.emit(recipe)

    def _draw_seed(self) -> None:
        self._choose(seed=secrets.randbelow(LARGEST_SEED))
        self.make_wanted.emit()

    def _make_or_cancel(self) -> None:
        (self.cancel_wanted if self._state.activity is not None else self.make_wanted).emit()


def _spin_box(lowest: int, highest: int, name: str) -> QSpinBox:
    box = QSpinBox()
    box.setRange(lowest, highest)
    box.setMinimumWidth(64)  # its layout gives it more; the largest number alone would widen the panel
    box.setAlignment(Qt.AlignmentFlag.AlignRight)
    box.setAccessibleName(name)
    return box


def _decimal_box(name: str) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setRange(0, 1)
    box.setDecimals(2)
    box.setSingleStep(0.05)
    box.setFixedWidth(64)
    box.setAlignment(Qt.AlignmentFlag.AlignRight)
    box.setAccessibleName(name)
    return box


def _slider(name: str) -> QSlider:
    widget = controls.slider(0, _STEPS)
    widget.setPageStep(10)
    widget.setAccessibleName(name)
    return widget


def _slider_part(title: str, slider: QSlider, number: QWidget) -> QVBoxLayout:
    heading = controls.label(title, "heading")
    heading.setBuddy(slider)
    layout = QVBoxLayout()
    layout.setSpacing(3)
    row = QHBoxLayout()
    row.addWidget(heading)
    row.addStretch()
    row.addWidget(number)
    layout.addLayout(row)
    layout.addWidget(slider)
    return layout


def _labelled(title: str, content: QHBoxLayout | QGridLayout) -> QVBoxLayout:
    layout = QVBoxLayout()
    layout.setSpacing(5)
    layout.addWidget(controls.label(title, "heading"))
    layout.addLayout(content)
    return layout


def _row(*widgets: QWidget, stretch: bool = True) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(6)
    for widget in widgets:
        row.addWidget(widget, int(stretch and not isinstance(widget, QLabel)))
    if not stretch:
        row.addStretch()
    return row


def _part(*contents: QWidget | QVBoxLayout | QHBoxLayout) -> QWidget:
    part = QWidget()
    column = QVBoxLayout(part)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(12)
    for content in contents:
        add: Callable[..., None] = column.addWidget if isinstance(content, QWidget) else column.addLayout
        add(content)
    return part
