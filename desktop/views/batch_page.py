# ruff: noqa: D102 (what overrides Qt is documented by Qt)
"""The page that converts many files: the list, the choices, and how the run gets on."""

from dataclasses import replace

from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    Qt,
    QTimer,
    Slot,
)
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeySequence,
    QShortcut,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from codec_format.batch_plan import FileState
from desktop.batch_controller import BatchController
from desktop.state.batch import BatchState, Phase
from desktop.views import batch_dialogs as dialogs
from desktop.views import controls, texts
from desktop.views.batch_empty import EmptyList
from desktop.views.batch_options import BatchOptions
from desktop.views.batch_table import BatchTable, Column, FileDelegate, StateDelegate, state_names
from desktop.views.preferences import Preferences
from desktop.views.texts import spoken
from desktop.views.theme import current_theme
from desktop.views.transfer import dropped_files

_PANEL_WIDTH = 304
_COLUMN_WIDTHS = {
    Column.FILE: 224,
    Column.OUTPUT: 146,
    Column.STATE: 108,
    Column.BEFORE: 74,
    Column.AFTER: 74,
    Column.SAVING: 64,
}
_CELL_MARGINS = 18
_STATE_MARGINS = 34  # with the dot in front of the word


class BatchPage(QWidget):
    """Shows the state of a batch controller and passes on what the user does."""

    def __init__(self, controller: BatchController, preferences: Preferences | None = None) -> None:
        super().__init__()
        self._controller = controller
        self.setAcceptDrops(True)
        self._working: int | None = None  # the row that was brought into view
        self.table = BatchTable()
        self.view = _make_view(self.table)
        self.empty = EmptyList()
        self.options = BatchOptions(preferences or Preferences())
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

        panel = QFrame()
        panel.setObjectName("panel")
        panel.setFixedWidth(_PANEL_WIDTH)
        column = QVBoxLayout(panel)
        column.setContentsMargins(1, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(controls.scrolling(self.options), 1)  # the button stays in sight
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
        self.options.chosen.connect(controller.choose)
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
        settings = self._controller.state.settings
        folder = dialogs.ask_folder(self, self.tr("Where the results go"))
        if folder is not None:
            self._controller.choose(replace(settings, output=replace(settings.output, folder=folder)))
        else:
            self.options.show_state(self._controller.state)

    def _remove(self) -> None:
        self._controller.remove({index.row() for index in self.view.selectionModel().selectedRows()})

    def _start(self) -> None:
        state = self._controller.state
        count = len(state.open_rows) or sum(not row.left_out for row in state.rows)
        settings = state.settings
        lossless = settings.encode.lossless
        if not settings.output.trash_originals or dialogs.ask_about_trash(self, count, lossless):
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
        # Words are longer in some languages.
        title = str(table.headerData(column, Qt.Orientation.Horizontal))
        header.resizeSection(column, max(width, header.fontMetrics().horizontalAdvance(title) + _CELL_MARGINS))
    longest = max(header.fontMetrics().horizontalAdvance(name) for name in state_names().values())
    header.resizeSection(Column.STATE, max(_COLUMN_WIDTHS[Column.STATE], longest + _STATE_MARGINS))
    header.setSectionResizeMode(Column.MESSAGE, QHeaderView.ResizeMode.Stretch)
    return view


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
