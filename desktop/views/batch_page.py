# ruff: noqa: D102 (what overrides Qt is documented by Qt)
"""The page that converts many files: the list, the choices, and how the run gets on."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QRectF,
    QRegularExpression,
    QSignalBlocker,
    QSize,
    Qt,
    QTimer,
    Signal,
    Slot,
)
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QFont,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QRegularExpressionValidator,
    QShortcut,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSlider,
    QSpinBox,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from codec_format.batch_plan import FileState
from codec_format.settings import HIGHEST_QUALITY, LOWEST_QUALITY, EncodeSettings, ExistingFile, OutputPolicy
from desktop.batch_controller import BatchController
from desktop.state.batch import BatchState, Phase
from desktop.views import batch_dialogs as dialogs
from desktop.views import texts
from desktop.views.batch_table import BatchTable, Column, FileDelegate, StateDelegate
from desktop.views.texts import spoken
from desktop.views.theme import current_theme, line_icon
from desktop.views.transfer import dropped_files

_PANEL_WIDTH = 304
_TYPES = (".qres", ".png", ".jpg", ".webp", ".avif", ".tiff")
_NAME_CHARACTERS = QRegularExpression('[^<>:"/\\\\|?*\\x00-\\x1f]*')
_COLUMN_WIDTHS = {
    Column.FILE: 240,
    Column.OUTPUT: 146,
    Column.STATE: 108,
    Column.BEFORE: 74,
    Column.AFTER: 74,
    Column.SAVING: 64,
}


class BatchPage(QWidget):
    """Shows the state of a batch controller and passes on what the user does."""

    def __init__(self, controller: BatchController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller = controller
        self.setAcceptDrops(True)
        self._working: int | None = None  # the row that was brought into view
        self.table = BatchTable()
        self.view = _make_view(self.table)
        self.empty = EmptyList()
        self.options = OptionsPanel()
        self.add_files_button = QPushButton(self.tr("Add &files …"))
        self.add_folder_button = QPushButton(self.tr("Add f&older …"))
        self.remove_button = QPushButton(self.tr("&Remove"))
        self.remove_button.setToolTip(self.tr("Take the selected files off the list (Del); the files themselves stay"))
        self.clear_button = QPushButton(self.tr("C&lear the list"))
        self.clear_button.setToolTip(self.tr("Take all files off the list; the files themselves stay"))
        self.count = QLabel()
        self.count.setObjectName("quiet")
        self.start_button = QPushButton()
        self.start_button.setObjectName("primary")
        self.pause_button = QPushButton()
        self.cancel_button = QPushButton(self.tr("Cancel"))
        self.report_button = QPushButton(self.tr("Save report …"))
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Progress of the whole list"))
        self.summary = QLabel()
        self.summary.setAccessibleName(self.tr("State of the conversion"))
        self.message = QLabel()
        self.message.setWordWrap(True)
        self._arrange()
        self._connect()
        self.show_state(controller.state)

    # ---------------------------------------------------------------------------------------------------- construction

    def _arrange(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(14, 10, 14, 10)
        top.setSpacing(8)
        for button in (self.add_files_button, self.add_folder_button, self.remove_button, self.clear_button):
            top.addWidget(button)
        top.addStretch()
        top.addWidget(self.count)

        self._list = QStackedWidget()
        self._list.addWidget(self.empty)
        self._list.addWidget(self.view)

        self._foot = QFrame()
        self._foot.setObjectName("foot")
        words = QHBoxLayout()
        words.setSpacing(8)
        words.addWidget(self.summary, 1)
        words.addWidget(self.report_button)
        words.addWidget(self.pause_button)
        words.addWidget(self.cancel_button)
        foot = QVBoxLayout(self._foot)
        foot.setContentsMargins(14, 10, 14, 10)
        foot.setSpacing(8)
        foot.addWidget(self.progress)
        foot.addLayout(words)
        foot.addWidget(self.message)

        left = QVBoxLayout()
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(0)
        left.addLayout(top)
        left.addWidget(self._list, 1)
        left.addWidget(self._foot)

        # A low window scrolls the choices instead of squeezing them; the button stays in sight.
        scroll = QScrollArea()
        scroll.setWidget(self.options)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        panel = QFrame()
        panel.setObjectName("panel")
        panel.setFixedWidth(_PANEL_WIDTH)
        column = QVBoxLayout(panel)
        column.setContentsMargins(1, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(scroll, 1)
        below = QVBoxLayout()
        below.setContentsMargins(20, 8, 20, 20)
        below.addWidget(self.start_button)
        column.addLayout(below)

        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addLayout(left, 1)
        row.addWidget(panel)

    def _connect(self) -> None:
        controller = self._controller
        controller.changed.connect(self.show_state)
        controller.thumbnail_read.connect(self.table.set_thumbnail)
        self.table.thumbnail_wanted.connect(controller.want_thumbnail)
        self.options.chosen.connect(self._choose)
        self.options.folder_wanted.connect(self._ask_target_folder)
        self.empty.clicked.connect(self._ask_files)
        self.add_files_button.clicked.connect(self._ask_files)
        self.add_folder_button.clicked.connect(self._ask_folder)
        self.remove_button.clicked.connect(self._remove)
        self.clear_button.clicked.connect(lambda: controller.remove(range(len(controller.state.rows))))
        self.start_button.clicked.connect(self._start)
        self.pause_button.clicked.connect(self._toggle_pause)
        self.cancel_button.clicked.connect(controller.cancel)
        self.report_button.clicked.connect(self._save_report)
        self.view.selectionModel().selectionChanged.connect(self._show_buttons)
        delete = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), self.view)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self._remove)

    # ------------------------------------------------------------------------------------------------- what is shown

    @Slot(object)
    def show_state(self, state: BatchState) -> None:
        """Bring every part of the page to the state."""
        self.table.show_state(state)
        working = next((at for at, row in enumerate(state.rows) if row.state is FileState.WORKING), None)
        if working is not None and working != self._working:
            self.view.scrollTo(self.table.index(working, 0))
        self._working = working
        self._list.setCurrentWidget(self.view if state.rows else self.empty)
        self.options.show_state(state)
        self._show_count(state)
        self._show_run(state)
        self._show_buttons()

    def _show_count(self, state: BatchState) -> None:
        if state.searches:
            self.count.setText(self.tr("Looking for files …"))
            return
        total = texts.size(sum(row.file.byte_count for row in state.rows))
        one = len(state.rows) == 1
        text = self.tr("1 file") if one else self.tr("{count} files").format(count=len(state.rows))
        self.count.setText(f"{text}, {total}" if state.rows else "")

    def _show_run(self, state: BatchState) -> None:
        self.progress.setValue(round(1000 * state.progress.fraction))
        self.progress.setVisible(state.is_running)
        self.summary.setText(self._summary(state))
        error = spoken(state.error)
        self.message.setText(error or spoken(state.message))
        self.message.setVisible(bool(self.message.text()))
        self.message.setStyleSheet(f"color: {current_theme().error if error else current_theme().quiet}")
        self._foot.setVisible(state.is_running or state.has_outcomes or bool(self.message.text()))
        paused = state.phase in (Phase.PAUSED, Phase.PAUSING)
        self.pause_button.setText(self.tr("Resume") if paused else self.tr("Pause"))

    def _summary(self, state: BatchState) -> str:
        """One line: how many are through, what it saved, what is left."""
        done, failed = state.count(FileState.DONE), state.count(FileState.FAILED)
        skipped = state.count(FileState.SKIPPED)
        words = [self.tr("{count} converted").format(count=done)] if state.has_outcomes else []
        if skipped:
            words.append(self.tr("{count} skipped").format(count=skipped))
        if failed:
            words.append(self.tr("{count} failed").format(count=failed))
        before, after = state.sizes
        if before:
            words.append(self.tr("{before} became {after}").format(before=texts.size(before), after=texts.size(after)))
            if after < before:
                words.append(self.tr("{share} saved").format(share=texts.share(before - after, before)))
        match state.phase:
            case Phase.PAUSING:
                words.insert(0, self.tr("Pausing after this file"))
            case Phase.PAUSED:
                words.insert(0, self.tr("Paused"))
            case Phase.CANCELLING:
                words.insert(0, self.tr("Cancelling"))
            case Phase.RUNNING:
                left = state.progress.seconds_left
                words.insert(0, _time_left(left) if left is not None else self.tr("Converting"))
        return " · ".join(words)

    def _show_buttons(self) -> None:
        state = self._controller.state
        idle = not state.is_running
        for button in (self.add_files_button, self.add_folder_button):
            button.setEnabled(idle)
        self.remove_button.setEnabled(idle and self.view.selectionModel().hasSelection())
        self.clear_button.setEnabled(idle and bool(state.rows))
        self.pause_button.setVisible(not idle)
        self.pause_button.setEnabled(state.phase is not Phase.CANCELLING)
        self.cancel_button.setVisible(not idle)
        self.cancel_button.setEnabled(state.phase is not Phase.CANCELLING)
        self.report_button.setVisible(idle and state.has_outcomes)
        count = len(state.open_rows)
        begun = state.has_outcomes and count > 0
        if state.can_start_again:
            text = self.tr("Convert again")
        elif begun or not idle:
            text = self.tr("Convert the other {count}").format(count=count) if idle else self.tr("Converting …")
        elif count == 1:
            text = self.tr("Convert 1 file")
        else:
            text = self.tr("Convert {count} files").format(count=count) if count else self.tr("Convert")
        self.start_button.setText(text)
        self.start_button.setEnabled(state.can_start or state.can_start_again)

    # ----------------------------------------------------------------------------------------------- what the user does

    def _ask_files(self) -> None:
        if not self._controller.state.is_running:
            self._controller.add(dialogs.ask_files(self))

    def _ask_folder(self) -> None:
        folder = dialogs.ask_folder(self, self.tr("Add a folder"))
        if folder is not None:
            self._controller.add([folder])

    def _ask_target_folder(self) -> None:
        output = self._controller.state.settings.output
        folder = dialogs.ask_folder(self, self.tr("Where the results go"))
        if folder is not None:
            self._choose(self._controller.state.settings.encode, replace(output, folder=folder))
        else:
            self.options.show_state(self._controller.state)

    def _choose(self, encode: EncodeSettings, output: OutputPolicy) -> None:
        self._controller.choose(replace(self._controller.state.settings, encode=encode, output=output))

    def _remove(self) -> None:
        self._controller.remove({index.row() for index in self.view.selectionModel().selectedRows()})

    def _start(self) -> None:
        state = self._controller.state
        count = len(state.open_rows) or sum(not row.left_out for row in state.rows)
        if not state.settings.output.trash_originals or dialogs.ask_about_trash(self, count):
            self._controller.start()

    def _toggle_pause(self) -> None:
        if self._controller.state.phase is Phase.RUNNING:
            self._controller.pause()
        else:
            self._controller.resume()

    def _save_report(self) -> None:
        rows = self._controller.state.rows
        folder = self._controller.state.settings.output.folder or rows[0].file.path.parent
        path = dialogs.ask_report_path(self, folder / "qres-report.csv")
        if path is not None:
            self._controller.save_report(path)

    # ---------------------------------------------------------------------------------------------------------- events

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_files(event.mimeData()) and not self._controller.state.is_running:
            event.acceptProposedAction()
            self.empty.set_drop_hint(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.empty.set_drop_hint(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self.empty.set_drop_hint(False)
        paths = dropped_files(event.mimeData())
        event.acceptProposedAction()
        # After the drop: nothing must hold up the program that the files were dragged from.
        QTimer.singleShot(0, lambda: self._controller.add(paths))

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._controller.state.is_running and not dialogs.ask_about_running(self):
            event.ignore()
            return
        self._controller.close()
        event.accept()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.PaletteChange and hasattr(self, "_list"):
            self.show_state(self._controller.state)
        super().changeEvent(event)


class OptionsPanel(QWidget):
    """What the files become, and where.

    Signals:
        chosen: the EncodeSettings and the OutputPolicy that the user has chosen.
        folder_wanted: the user wants to choose a target folder.
    """

    chosen = Signal(object, object)
    folder_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._state = BatchState()
        self.type = QComboBox()
        self.type.setAccessibleName(self.tr("File type of the results"))
        for extension in _TYPES:
            self.type.addItem(_type_name(extension), extension)
        self.quality = QSlider(Qt.Orientation.Horizontal)
        self.quality.setRange(LOWEST_QUALITY, HIGHEST_QUALITY)
        self.quality.setPageStep(10)
        self.quality.setMinimumHeight(24)
        self.quality.setAccessibleName(self.tr("Quality"))
        self.quality.setToolTip(self.tr("Quality: 0 gives the smallest file, 100 the best picture"))
        self.quality_number = QSpinBox()
        self.quality_number.setRange(LOWEST_QUALITY, HIGHEST_QUALITY)
        self.quality_number.setFixedWidth(56)
        self.quality_number.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.quality_number.setAccessibleName(self.tr("Quality as a number"))
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
            self.tr("Leave a file out whose result is there, newer than the file, with the same quality and model")
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
        column.addWidget(self._heading(self.tr("Convert &to"), self.type))
        column.addWidget(self.type)
        quality = QWidget()
        grid = QGridLayout(quality)
        grid.setContentsMargins(0, 10, 0, 0)
        grid.setVerticalSpacing(6)
        grid.addWidget(self._heading(self.tr("&Quality"), self.quality), 0, 0)
        grid.addWidget(self.quality_number, 0, 1, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self.quality, 1, 0, 1, 2)
        grid.addWidget(self.keep_metadata, 2, 0, 1, 2)
        column.addWidget(quality)
        self._encode_only = (quality, self.only_if_smaller)
        column.addSpacing(6)
        column.addWidget(_rule())
        column.addSpacing(6)
        column.addWidget(self._heading(self.tr("&Where"), self.folder))
        column.addWidget(self.folder)
        column.addSpacing(6)
        column.addWidget(self._heading(self.tr("&Add to the names"), self.suffix))
        column.addWidget(self.suffix)
        column.addWidget(self.preview)
        column.addSpacing(6)
        column.addWidget(self._heading(self.tr("If a file &exists"), self.existing))
        column.addWidget(self.existing)
        column.addSpacing(6)
        column.addWidget(_rule())
        column.addSpacing(6)
        for box in (self.skip_done, self.only_if_smaller, self.keep_times, self.trash):
            column.addWidget(box)
        column.addStretch()

    def _heading(self, text: str, buddy: QWidget) -> QLabel:
        label = QLabel(text)
        label.setObjectName("heading")
        label.setBuddy(buddy)
        return label

    def _connect(self) -> None:
        self.type.activated.connect(lambda: self._output(extension=self.type.currentData()))
        for control in (self.quality, self.quality_number):
            control.valueChanged.connect(lambda value: self._encode(quality=value))
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
        for control in (self.quality, self.quality_number):
            with QSignalBlocker(control):
                control.setValue(encode.quality)
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

    def _encode(self, **changes: object) -> None:
        settings = self._state.settings
        self.chosen.emit(replace(settings.encode, **changes), settings.output)  # type: ignore[arg-type]

    def _output(self, **changes: object) -> None:
        settings = self._state.settings
        self.chosen.emit(settings.encode, replace(settings.output, **changes))  # type: ignore[arg-type]


class EmptyList(QWidget):
    """Stands where the list will be, and says how to fill it.

    Signals:
        clicked: the user clicked it.
    """

    clicked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._drop_hint = False
        self.setMinimumHeight(240)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(self.tr("The list is empty. Drop files and folders here, or use the buttons above."))

    def set_drop_hint(self, visible: bool) -> None:
        """Show that what is dragged may be dropped."""
        self._drop_hint = visible
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(700, 480)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.clicked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(theme.canvas))
        box = QRectF(0, 0, min(self.width() - 40, 520), 230)
        box.moveCenter(QRectF(self.rect()).center())
        colour = QColor(theme.accent if self._drop_hint else theme.quiet)
        painter.setPen(QPen(colour, 2 if self._drop_hint else 1.5, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(box, 16, 16)
        icon = line_icon("picture", colour.name(), 56).pixmap(QSize(56, 56), self.devicePixelRatioF())
        painter.drawPixmap(round(box.center().x()) - 28, round(box.top()) + 36, icon)
        large = QFont(self.font())
        large.setPointSizeF(large.pointSizeF() * 1.35)
        line = QRectF(box.left() + 20, box.top() + 108, box.width() - 40, 32)
        for font, text, shade in (
            (large, self.tr("Drop pictures and folders here"), theme.text),
            (
                self.font(),
                self.tr("Photographs become .qres files, .qres files become pictures."),
                theme.quiet,
            ),
            (self.font(), self.tr("Folders keep their structure. Originals stay as they are."), theme.quiet),
        ):
            painter.setFont(font)
            painter.setPen(QColor(shade))
            painter.drawText(line, Qt.AlignmentFlag.AlignCenter, text)
            line.translate(0, 30)
        painter.end()


def _make_view(table: BatchTable) -> QTableView:
    view = QTableView()
    view.setObjectName("batch")
    view.setModel(table)
    view.setItemDelegateForColumn(Column.FILE, FileDelegate(table))
    view.setItemDelegateForColumn(Column.STATE, StateDelegate(table))
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setShowGrid(False)
    view.setFrameShape(QFrame.Shape.NoFrame)
    view.setTabKeyNavigation(False)
    view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setAccessibleName(view.tr("Files to convert"))
    view.verticalHeader().hide()
    view.verticalHeader().setDefaultSectionSize(54)
    header = view.horizontalHeader()
    header.setHighlightSections(False)
    header.setMinimumSectionSize(48)
    for column, width in _COLUMN_WIDTHS.items():
        header.resizeSection(column, width)
    header.setSectionResizeMode(Column.MESSAGE, QHeaderView.ResizeMode.Stretch)
    return view


def _rule() -> QFrame:
    rule = QFrame()
    rule.setObjectName("rule")
    return rule


def _type_name(extension: str) -> str:
    names = {
        ".qres": QCoreApplication.translate("BatchPage", "QRes, from pictures"),
        ".png": QCoreApplication.translate("BatchPage", "PNG, from .qres files"),
        ".jpg": QCoreApplication.translate("BatchPage", "JPEG, from .qres files"),
        ".webp": QCoreApplication.translate("BatchPage", "WebP without loss, from .qres files"),
        ".avif": QCoreApplication.translate("BatchPage", "AVIF, from .qres files"),
        ".tiff": QCoreApplication.translate("BatchPage", "TIFF, from .qres files"),
    }
    return names[extension]


def _time_left(seconds: float) -> str:
    """In steps that do not pretend to know better."""
    if seconds < 60:
        text = QCoreApplication.translate("BatchPage", "About {count} s left")
        return text.format(count=max(5 * round(seconds / 5), 5))
    if seconds < 3600:
        text = QCoreApplication.translate("BatchPage", "About {count} min left")
        return text.format(count=round(seconds / 60))
    text = QCoreApplication.translate("BatchPage", "About {hours} h {minutes} min left")
    hours, minutes = divmod(round(seconds / 60), 60)
    return text.format(hours=hours, minutes=minutes)
