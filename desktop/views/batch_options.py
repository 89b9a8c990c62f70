"""What the files of a batch become, and where they go."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QRegularExpression, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from codec_format.settings import ExistingFile
from desktop.state.batch import BatchState
from desktop.state.choice import Goal
from desktop.views import controls
from desktop.views.goal_controls import GoalControls
from desktop.views.preferences import Preferences
from desktop.views.texts import translate

_TYPES = (".qres", ".png", ".jpg", ".webp", ".avif", ".tiff")
_NAME_CHARACTERS = QRegularExpression('[^<>:"/\\\\|?*\\x00-\\x1f]*')


class BatchOptions(QWidget):
    """What the files become, and where.

    Signals:
        chosen: the BatchSettings that the user has chosen.
        folder_wanted: the user wants to choose a target folder.
    """

    chosen = Signal(object)
    folder_wanted = Signal()

    def __init__(self, preferences: Preferences) -> None:
        super().__init__()
        self._state = BatchState()
        self.type = QComboBox()
        self.type.setAccessibleName(self.tr("File type of the results"))
        for extension in _TYPES:
            self.type.addItem(_type_name(extension), extension)
        self.goal = GoalControls(preferences)
        self.keep_metadata = QCheckBox(self.tr("Keep EXIF and XMP"))
        self.folder = QComboBox()
        self.folder.setAccessibleName(self.tr("Where the results go"))
        self.suffix = QLineEdit()
        self.suffix.setValidator(QRegularExpressionValidator(_NAME_CHARACTERS, self))
        self.suffix.setPlaceholderText(self.tr("nothing"))
        self.suffix.setAccessibleName(self.tr("What is added to the names"))
        self.preview = QLabel()
        self.preview.setObjectName("quiet")
        self.preview.setWordWrap(True)
        self.preview.setAccessibleName(self.tr("Example of a name"))
        self.existing = QComboBox()
        self.existing.setAccessibleName(self.tr("If a file exists"))
        for policy, text in (
            (ExistingFile.RENAME, self.tr("Add a number")),
            (ExistingFile.SKIP, self.tr("Skip")),
            (ExistingFile.OVERWRITE, self.tr("Overwrite")),
        ):
            self.existing.addItem(text, policy)
        self.skip_done = QCheckBox(self.tr("Skip what is done already"))
        self.skip_done.setToolTip(
            self.tr(
                "Leave a file out whose result is there, newer than the file, with the same quality and model; "
                "a target takes one encoding to check"
            )
        )
        self.only_if_smaller = QCheckBox(self.tr("Skip what would not get smaller"))
        self.keep_times = QCheckBox(self.tr("Keep the file times"))
        self.trash = QCheckBox(self.tr("Move originals to the trash"))
        self.trash.setToolTip(self.tr("Each when its result is written; without this, originals stay as they are"))
        self._encode_only: tuple[QWidget, ...] = ()
        self._arrange()
        self._connect()

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 20)
        column.setSpacing(8)
        column.addWidget(_heading(self.tr("Convert &to"), self.type))
        column.addWidget(self.type)
        quality = QWidget()
        encoding = QVBoxLayout(quality)
        encoding.setContentsMargins(0, 8, 0, 0)
        encoding.setSpacing(8)
        encoding.addWidget(self.goal)
        encoding.addWidget(self.keep_metadata)
        column.addWidget(quality)
        self._encode_only = (quality, self.only_if_smaller)
        column.addSpacing(6)
        column.addWidget(controls.rule())
        column.addSpacing(6)
        column.addWidget(_heading(self.tr("&Where"), self.folder))
        column.addWidget(self.folder)
        column.addSpacing(6)
        column.addWidget(_heading(self.tr("&Add to the names"), self.suffix))
        column.addWidget(self.suffix)
        column.addWidget(self.preview)
        column.addSpacing(6)
        column.addWidget(_heading(self.tr("If a file &exists"), self.existing))
        column.addWidget(self.existing)
        column.addSpacing(6)
        column.addWidget(controls.rule())
        column.addSpacing(6)
        for box in (self.skip_done, self.only_if_smaller, self.keep_times, self.trash):
            column.addWidget(box)
        column.addStretch()

    def _connect(self) -> None:
        self.type.activated.connect(lambda: self._output(extension=self.type.currentData()))
        self.goal.goal_chosen.connect(lambda goal: self._choose_goal(goal, self._state.settings.encode.keep_metadata))
        self.goal.preset_chosen.connect(lambda preset: self._choose_goal(preset.goal, preset.keep_metadata))
        self.goal.lossless_chosen.connect(self._choose_lossless)
        self.keep_metadata.toggled.connect(lambda on: self._encode(keep_metadata=on))
        self.folder.activated.connect(self._choose_folder)
        self.suffix.textEdited.connect(lambda text: self._output(suffix=text))
        self.existing.activated.connect(lambda: self._output(existing=ExistingFile(self.existing.currentData())))
        self.skip_done.toggled.connect(lambda on: self._output(skip_done=on))
        self.only_if_smaller.toggled.connect(lambda on: self._output(only_if_smaller=on))
        self.keep_times.toggled.connect(lambda on: self._output(keep_times=on))
        self.trash.toggled.connect(lambda on: self._output(trash_originals=on))

    def show_state(self, state: BatchState) -> None:
        """Show the choices; they cannot be changed during a run."""
        self._state = state
        encode, output = state.settings.encode, state.settings.output
        self.setEnabled(not state.is_running)
        self.type.setCurrentIndex(self.type.findData(output.extension))
        goal = Goal.of(encode.quality, state.settings.target)
        self.goal.show_goal(goal, encode.keep_metadata, encode.quality if goal.target is None else None)
        self.goal.show_lossless(encode.lossless, state.can_be_lossless)
        for box, on in (
            (self.keep_metadata, encode.keep_metadata),
            (self.skip_done, output.skip_done),
            (self.only_if_smaller, output.only_if_smaller),
            (self.keep_times, output.keep_times),
            (self.trash, output.trash_originals),
        ):
            with QSignalBlocker(box):
                box.setChecked(on)
        for widget in self._encode_only:
            widget.setVisible(output.encodes)
        self._show_folder(output.folder)
        if self.suffix.text() != output.suffix:
            self.suffix.setText(output.suffix)
        self.existing.setCurrentIndex(self.existing.findData(output.existing))
        self.preview.setText(self._example(state))

    def _show_folder(self, folder: Path | None) -> None:
        self.folder.clear()
        self.folder.addItem(self.tr("Beside each file"), None)
        if folder is not None:
            self.folder.addItem(folder.name or str(folder), folder)
            self.folder.setItemData(1, str(folder), Qt.ItemDataRole.ToolTipRole)
        self.folder.addItem(self.tr("In a folder …"), "ask")
        self.folder.setCurrentIndex(0 if folder is None else 1)
        self.folder.setToolTip(str(folder) if folder is not None else "")

    def _example(self, state: BatchState) -> str:
        """The first name that the choices lead to."""
        row = next((row for row in state.rows if row.target is not None), None)
        if row is None or row.target is None:
            name = f"{self.tr('photo')}{state.settings.output.suffix}{state.settings.output.extension}"
            return self.tr("For example: {name}").format(name=name)
        folder = state.settings.output.folder
        target = row.target
        shown = target.relative_to(folder) if folder is not None and target.is_relative_to(folder) else target.name
        return f"{row.file.path.name} \N{RIGHTWARDS ARROW} {shown}"

    def _choose_folder(self) -> None:
        chosen = self.folder.currentData()
        if chosen == "ask":
            self.folder_wanted.emit()
        else:
            self._output(folder=chosen)

    def _choose_goal(self, goal: Goal, keep_metadata: bool) -> None:
        settings = self._state.settings
        quality = round(goal.value) if goal.target is None else settings.encode.quality
        encode = replace(settings.encode, quality=quality, keep_metadata=keep_metadata)
        self.chosen.emit(replace(settings, encode=encode, target=goal.target))

    def _choose_lossless(self, lossless: bool) -> None:
        settings = self._state.settings
        encode = replace(settings.encode, lossless=lossless)
        self.chosen.emit(replace(settings, encode=encode, target=None))

    def _encode(self, **changes: object) -> None:
        settings = self._state.settings
        self.chosen.emit(replace(settings, encode=replace(settings.encode, **changes)))  # type: ignore[arg-type]

    def _output(self, **changes: object) -> None:
        settings = self._state.settings
        self.chosen.emit(replace(settings, output=replace(settings.output, **changes)))  # type: ignore[arg-type]


def _heading(text: str, buddy: QWidget) -> QLabel:
    heading = controls.label(text, "heading")
    heading.setBuddy(buddy)
    return heading


def _type_name(extension: str) -> str:
    names = {
        ".qres": translate("BatchOptions", "QRes, from pictures"),
        ".png": translate("BatchOptions", "PNG, from .qres files"),
        ".jpg": translate("BatchOptions", "JPEG, from .qres files"),
        ".webp": translate("BatchOptions", "WebP without loss, from .qres files"),
        ".avif": translate("BatchOptions", "AVIF, from .qres files"),
        ".tiff": translate("BatchOptions", "TIFF, from .qres files"),
    }
    return names[extension]
