# ruff: noqa: D102 (what overrides Qt is documented by Qt)
"""The main window: pictures, panels, actions, messages."""

from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QSize, QStandardPaths, Qt, QTimer, Slot
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QIcon,
    QKeySequence,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.controller import Controller
from desktop.resources import APPLICATION_ICON, SAMPLE_PICTURE
from desktop.resources import FOLDER as RESOURCES
from desktop.state.measures import format_size
from desktop.state.window_state import WindowState
from desktop.views import dialogs
from desktop.views.banner import Banner
from desktop.views.comparison_view import ComparisonView, Layout
from desktop.views.panels import FiguresPanel, ProgressivePanel, QualityPanel
from desktop.views.theme import current_theme, line_icon

_PANEL_WIDTH = 304
_SAMPLE_HINT = "This is a sample. Drop a picture of your own into the window, or choose Open."
_PROGRESS_DELAY_MS = 200  # shorter work does not make the status line flicker


class MainWindow(QMainWindow):
    """Shows the state of a controller and passes on what the user does."""

    def __init__(self, controller: Controller) -> None:
        super().__init__()
        self._controller = controller
        self.setWindowIcon(QIcon(str(APPLICATION_ICON)))
        self.setAcceptDrops(True)
        self.resize(1240, 800)

        self.comparison = ComparisonView()
        self.quality_panel = QualityPanel()
        self.figures_panel = FiguresPanel()
        self.progressive_panel = ProgressivePanel()
        self.banner = Banner()
        self.save_button = QPushButton("Save")
        self.save_button.setObjectName("primary")
        self.message = QLabel()
        self.message.setAccessibleName("Status")
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedWidth(180)
        self.progress.setAccessibleName("Progress")
        self.cancel_button = QPushButton("Cancel")
        self._zoom_label = QLabel()
        self._zoom_label.setObjectName("zoom")
        self._zoom_label.setMinimumWidth(52)
        self._zoom_label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._zoom_label.setAccessibleName("Scale")
        self._progress_delay = QTimer(self, singleShot=True, interval=_PROGRESS_DELAY_MS)
        self._progress_delay.timeout.connect(self._show_progress)
        self._icons: dict[QAction, str] = {}

        self._make_actions()
        self._make_menus()
        self._make_tool_bar()
        self._make_status_bar()
        self._arrange()
        self._connect()
        self._colour_icons()
        self.show_state(controller.state)

    # ---------------------------------------------------------------------------------------------------- construction

    def _action(self, text: str, shortcut: QKeySequence | QKeySequence.StandardKey | str, icon: str = "") -> QAction:
        action = QAction(text, self)
        action.setShortcut(QKeySequence(shortcut))
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        title = text.replace("&", "").rstrip(" …")
        action.setToolTip(f"{title} ({keys})" if keys else title)
        action.setStatusTip("")
        if icon:
            self._icons[action] = icon
        self.addAction(action)
        return action

    def _make_actions(self) -> None:
        standard = QKeySequence.StandardKey
        self.open_action = self._action("&Open …", standard.Open, "open")
        self.save_action = self._action("&Save", standard.Save, "save")
        self.save_as_action = self._action("Save &as …", "Ctrl+Shift+S")
        self.export_action = self._action("&Export picture …", "Ctrl+E", "export")
        self.export_action.setIconText("Export")
        self.open_action.setIconText("Open")
        self.quit_action = self._action("&Quit", standard.Quit)
        self.encode_action = self._action("&Encode again", "F5")
        self.play_action = self._action("&Play the refinement", "P")
        self.cancel_action = self._action("&Cancel the work", "Esc")
        self.divider_action = self._action("&Divider", "D", "divider")
        self.beside_action = self._action("Side by &side", "S", "side-by-side")
        self.layouts = QActionGroup(self)
        for action in (self.divider_action, self.beside_action):
            action.setCheckable(True)
            self.layouts.addAction(action)
        self.divider_action.setChecked(True)
        self.zoom_in_action = self._action("Zoom &in", "+", "zoom-in")
        self.zoom_in_action.setShortcuts([QKeySequence("+"), QKeySequence("="), QKeySequence(standard.ZoomIn)])
        self.zoom_out_action = self._action("Zoom &out", "-", "zoom-out")
        self.zoom_out_action.setShortcuts([QKeySequence("-"), QKeySequence(standard.ZoomOut)])
        self.fit_action = self._action("&Fit the window", "0", "fit")
        self.fit_action.setIconText("Fit")
        self.full_size_action = self._action("&100 %", "1")

    def _make_menus(self) -> None:
        file_menu = self.menuBar().addMenu("&File")
        file_menu.addActions([self.open_action, self.save_action, self.save_as_action, self.export_action])
        file_menu.addSeparator()
        file_menu.addAction(self.quit_action)
        picture_menu = self.menuBar().addMenu("&Picture")
        picture_menu.addActions([self.encode_action, self.play_action, self.cancel_action])
        view_menu = self.menuBar().addMenu("&View")
        view_menu.addActions([self.divider_action, self.beside_action])
        view_menu.addSeparator()
        view_menu.addActions([self.zoom_in_action, self.zoom_out_action, self.fit_action, self.full_size_action])

    def _make_tool_bar(self) -> None:
        bar = QToolBar("Tools")
        bar.setMovable(False)
        bar.setIconSize(QSize(20, 20))
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        bar.addActions([self.open_action, self.export_action])
        spacer = QWidget()
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        bar.addWidget(spacer)
        bar.addActions([self.divider_action, self.beside_action])
        bar.addSeparator()
        bar.addAction(self.zoom_out_action)
        bar.addWidget(self._zoom_label)
        bar.addActions([self.zoom_in_action, self.fit_action, self.full_size_action])
        for action in (self.divider_action, self.beside_action, self.zoom_in_action, self.zoom_out_action):
            button = bar.widgetForAction(action)
            if isinstance(button, QToolButton):
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
                button.setObjectName("iconOnly")
                button.setAccessibleName(action.text().replace("&", ""))
        self.addToolBar(bar)

    def _make_status_bar(self) -> None:
        status = self.statusBar()
        status.setSizeGripEnabled(False)
        status.setContentsMargins(14, 2, 14, 2)
        status.addWidget(self.message, 1)
        status.addPermanentWidget(self.progress)
        status.addPermanentWidget(self.cancel_button)
        # The line keeps its height when the button comes and goes.
        status.setMinimumHeight(self.cancel_button.sizeHint().height() + 10)
        self.progress.hide()
        self.cancel_button.hide()

    def _arrange(self) -> None:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(20, 20, 20, 20)
        column.setSpacing(18)
        column.addWidget(self.quality_panel)
        column.addWidget(_rule())
        column.addWidget(self.figures_panel)
        column.addWidget(_rule())
        column.addWidget(self.progressive_panel)
        column.addStretch()
        column.addWidget(self.save_button)
        # A low window scrolls the panel instead of squeezing it.
        scroll = QScrollArea()
        scroll.setWidget(content)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        panel = QFrame()
        panel.setObjectName("panel")
        panel.setFixedWidth(_PANEL_WIDTH)
        panel_layout = QVBoxLayout(panel)
        panel_layout.setContentsMargins(1, 0, 0, 0)
        panel_layout.addWidget(scroll)

        centre = QWidget()
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.comparison, 1)
        row.addWidget(panel)
        layout = QVBoxLayout(centre)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.banner)
        layout.addLayout(row, 1)
        self.setCentralWidget(centre)

    def _connect(self) -> None:
        controller = self._controller
        controller.changed.connect(self.show_state)
        self.open_action.triggered.connect(self._open)
        self.save_action.triggered.connect(self._save)
        self.save_button.clicked.connect(self._save)
        self.save_as_action.triggered.connect(self._save_as)
        self.export_action.triggered.connect(self._export)
        self.quit_action.triggered.connect(self.close)
        self.encode_action.triggered.connect(controller.encode_again)
        self.play_action.triggered.connect(controller.toggle_refinement)
        self.cancel_action.triggered.connect(controller.cancel)
        self.cancel_button.clicked.connect(controller.cancel)
        self.divider_action.triggered.connect(lambda: self.comparison.set_layout(Layout.DIVIDER))
        self.beside_action.triggered.connect(lambda: self.comparison.set_layout(Layout.SIDE_BY_SIDE))
        self.zoom_in_action.triggered.connect(self.comparison.zoom_in)
        self.zoom_out_action.triggered.connect(self.comparison.zoom_out)
        self.fit_action.triggered.connect(self.comparison.fit)
        self.full_size_action.triggered.connect(lambda: self.comparison.zoom_to(1.0))
        self.comparison.viewport_changed.connect(self._show_scale)
        self.quality_panel.quality_chosen.connect(controller.choose_quality)
        self.progressive_panel.blocks_chosen.connect(controller.choose_blocks)
        self.progressive_panel.refinement_toggled.connect(controller.toggle_refinement)
        self.banner.dismissed.connect(controller.dismiss_banner)
        self.banner.retry_requested.connect(controller.encode_again)

    # ------------------------------------------------------------------------------------------------- what is shown

    @Slot(object)
    def show_state(self, state: WindowState) -> None:
        """Bring every part of the window to the state."""
        document = state.document_path
        self.setWindowTitle(f"{document.name} \N{EN DASH} QRes" if document is not None else "QRes")
        self.comparison.show_pictures(
            state.source.picture if state.source is not None else None,
            state.shown.picture if state.shown is not None else None,
            _labels(state),
        )
        self.quality_panel.show_state(state)
        self.figures_panel.show_state(state)
        self.progressive_panel.show_state(state)
        self.banner.show_state(state)
        self.save_action.setEnabled(state.can_save)
        self.save_as_action.setEnabled(state.can_save_as)
        self.save_button.setEnabled(state.can_save)
        self.save_button.setText(_save_text(state))
        self.export_action.setEnabled(state.can_export)
        self.encode_action.setEnabled(state.encode_paused)
        self.play_action.setEnabled(state.coded is not None and state.is_current)
        self.cancel_action.setEnabled(state.activity is not None)
        has_picture = not state.is_empty
        for action in (self.zoom_in_action, self.zoom_out_action, self.fit_action, self.full_size_action):
            action.setEnabled(has_picture)
        self.layouts.setEnabled(state.source is not None and state.shown is not None)
        self._show_activity(state)
        self._show_scale()

    def _show_activity(self, state: WindowState) -> None:
        at_rest = state.message or (_SAMPLE_HINT if state.document_path == SAMPLE_PICTURE else "")
        self.message.setText(f"{state.activity.label} …" if state.activity is not None else at_rest)
        if state.activity is None:
            self._progress_delay.stop()
            self.progress.hide()
            self.cancel_button.hide()
            return
        fraction = state.activity.fraction
        self.progress.setRange(0, 0 if fraction is None else 1000)
        self.progress.setValue(0 if fraction is None else round(1000 * fraction))
        if self.progress.isHidden() and not self._progress_delay.isActive():
            self._progress_delay.start()

    def _show_progress(self) -> None:
        self.progress.show()
        self.cancel_button.show()

    def _show_scale(self) -> None:
        empty = self._controller.state.is_empty
        self._zoom_label.setText("" if empty else f"{100 * self.comparison.viewport.true_scale:.0f} %")

    def _colour_icons(self) -> None:
        colour = current_theme().text
        for action, icon in self._icons.items():
            action.setIcon(line_icon(icon, colour))

    # ----------------------------------------------------------------------------------------------- what the user does

    def _open(self) -> None:
        document = self._controller.state.document_path
        path = dialogs.ask_open_path(self, _folder_of(document) if document is not None else _pictures_folder())
        if path is not None:
            self._controller.open_file(path)

    def _save(self) -> None:
        target = self._controller.state.target
        if target is not None:
            self._controller.save(target)
        else:
            self._save_as()

    def _save_as(self) -> None:
        state = self._controller.state
        if state.document_path is None:
            return
        suggestion = state.target or _folder_of(state.document_path) / f"{state.document_path.stem}.qres"
        path = dialogs.ask_save_path(self, suggestion)
        if path is not None:
            self._controller.save(path)

    def _export(self) -> None:
        state = self._controller.state
        if state.document_path is None or state.shown is None or state.coded is None:
            return
        stem = state.document_path.stem
        name = f"{stem}-qres.png" if state.source is not None else f"{stem}.png"
        path = dialogs.ask_export_path(self, _folder_of(state.document_path) / name)
        if path is not None:
            self._controller.export(path)

    # ---------------------------------------------------------------------------------------------------------- events

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped_file(event.mimeData()) is not None:
            event.acceptProposedAction()
            self.comparison.set_drop_hint(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.comparison.set_drop_hint(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self.comparison.set_drop_hint(False)
        path = _dropped_file(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self._controller.open_file(path)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.PaletteChange and hasattr(self, "_icons"):
            self._colour_icons()
            self.show_state(self._controller.state)
        super().changeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        # Gone from the screen at once; a file that is being written is finished first.
        self.hide()
        self._controller.close()
        event.accept()


def _rule() -> QFrame:
    rule = QFrame()
    rule.setObjectName("rule")
    return rule


def _labels(state: WindowState) -> tuple[str, str]:
    """What is written on the original and on the result."""
    original = f"Original · {format_size(state.source.byte_count)}" if state.source is not None else ""
    if state.coded is None or state.shown is None:
        if state.source is None:
            return "", ""
        return original, "No result yet" if state.encode_paused else "Encoding …"
    size = format_size(state.coded.bytes_of_blocks(state.shown.blocks))
    if state.shown.blocks < state.coded.blocks:
        return original, f"QRes, first {state.shown.blocks} of {state.coded.blocks} blocks · {size}"
    if state.coded.quality is None:
        return original, f"QRes · {size}"
    return original, f"QRes, quality {state.coded.quality} · {size}"


def _save_text(state: WindowState) -> str:
    if state.coded is None or not state.is_current:
        return "Save"
    if state.coded.path is not None:
        return "Saved"
    return f"Save {format_size(len(state.coded.data))}" + ("" if state.target is not None else " …")


def _folder_of(document: Path) -> Path:
    """Where files made from a document are suggested to go; never into the installed application."""
    return _pictures_folder() if document.parent == RESOURCES else document.parent


def _pictures_folder() -> Path:
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation))


def _dropped_file(data: QMimeData) -> Path | None:
    """The first local file of a drag."""
    return next((Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()), None)
