# ruff: noqa: D102 (what overrides Qt is documented by Qt)
"""The main window: pictures, panels, actions, messages."""

from collections.abc import Callable
from itertools import pairwise
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
    QStackedWidget,
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
    """Shows the state of a controller and passes on what the user does.

    The picture is the first page of the window; `add_page` adds further ones.
    """

    def __init__(self, controller: Controller) -> None:
        super().__init__()
        self._controller = controller
        self.setWindowIcon(QIcon(str(APPLICATION_ICON)))
        self.setAcceptDrops(True)
        self.resize(1240, 800)

        self.pages = QStackedWidget()
        self.page_actions = QActionGroup(self)
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
        self.running_on = QLabel()
        self.running_on.setAccessibleName("Model and device")
        self._when_written: Callable[[], object] | None = None
        self._icons: dict[QAction, str] = {}

        self._make_actions()
        self._make_menus()
        self._make_tool_bar()
        self._make_status_bar()
        self.add_page(self._picture_page(), "&Picture")
        self.setCentralWidget(self.pages)
        self._order_tabs()
        self._connect()
        self._colour_icons()
        self.show_state(controller.state)

    def add_page(self, page: QWidget, title: str) -> QAction:
        """Add a page of its own right beside the picture, with a button in the tool bar and an entry in the View menu.

        The window asks ``page.close()`` before it closes; a page that has to stay, for instance because work is under
        way, ignores its close event.

        Args:
            page: the page; the window takes it over.
            title: one word, with its mnemonic.

        Returns:
            The action that shows the page.
        """
        number = self.pages.addWidget(page) + 1
        action = self._action(title, f"Alt+{number}")
        action.setCheckable(True)
        action.setChecked(number == 1)
        action.triggered.connect(lambda: self.show_page(page))
        self.page_actions.addAction(action)
        self._view_menu.insertAction(self._pages_end, action)
        self._tool_bar.insertAction(self._tool_bar_start, action)
        several = self.pages.count() > 1
        for each in (*self.page_actions.actions(), self._pages_end, self._tool_bar_start):
            each.setVisible(several)
        return action

    def show_page(self, page: QWidget) -> None:
        """Bring a page to the front; the tools of the picture are there on its own page only."""
        self.pages.setCurrentWidget(page)
        self.page_actions.actions()[self.pages.indexOf(page)].setChecked(True)
        on_picture = self.pages.currentIndex() == 0
        for action in self._picture_actions:
            # What is not visible has no shortcut either.
            action.setVisible(on_picture)

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
        self.full_size_action = self._action("&Actual size, 100 %", "1")
        self.full_size_action.setIconText("1:1")
        self.sample_action = self._action("Open the &sample picture", "")
        self.handling_action = self._action("&Mouse and keys", "F1")
        self.about_action = self._action("&About QRes", "")

    def _make_menus(self) -> None:
        file_menu = self.menuBar().addMenu("&File")
        file_menu.addActions([self.open_action, self.save_action, self.save_as_action, self.export_action])
        file_menu.addSeparator()
        file_menu.addAction(self.quit_action)
        picture_menu = self.menuBar().addMenu("&Result")
        picture_menu.addActions([self.encode_action, self.play_action, self.cancel_action])
        self._picture_menus = (picture_menu,)
        view_menu = self.menuBar().addMenu("&View")
        self._view_menu = view_menu
        self._pages_end = view_menu.addSeparator()
        view_menu.addActions([self.divider_action, self.beside_action])
        view_menu.addSeparator()
        view_menu.addActions([self.zoom_in_action, self.zoom_out_action, self.fit_action, self.full_size_action])
        help_menu = self.menuBar().addMenu("&Help")
        help_menu.addActions([self.sample_action, self.handling_action])
        help_menu.addSeparator()
        help_menu.addAction(self.about_action)

    def _make_tool_bar(self) -> None:
        bar = QToolBar("Tools")
        bar.setMovable(False)
        bar.setIconSize(QSize(20, 20))
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._tool_bar = bar
        self._tool_bar_start = bar.addSeparator()
        bar.addActions([self.open_action, self.export_action])
        spacer = QWidget()
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        bar.addWidget(spacer)
        bar.addActions([self.divider_action, self.beside_action])
        zoom_start = bar.addSeparator()
        bar.addAction(self.zoom_out_action)
        scale = bar.addWidget(self._zoom_label)
        bar.addActions([self.zoom_in_action, self.fit_action, self.full_size_action])
        for action in (self.divider_action, self.beside_action, self.zoom_in_action, self.zoom_out_action):
            button = bar.widgetForAction(action)
            if isinstance(button, QToolButton):
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
                button.setObjectName("iconOnly")
                button.setAccessibleName(action.text().replace("&", ""))
        self.addToolBar(bar)
        self._picture_actions = (
            *(action for menu in self._picture_menus for action in (menu.menuAction(), *menu.actions())),
            *(self.save_action, self.save_as_action, self.export_action),
            *(self.divider_action, self.beside_action, zoom_start, scale),
            *(self.zoom_in_action, self.zoom_out_action, self.fit_action, self.full_size_action),
        )

    def _make_status_bar(self) -> None:
        status = self.statusBar()
        status.setSizeGripEnabled(False)
        status.setContentsMargins(14, 2, 14, 2)
        status.addWidget(self.message, 1)
        status.addPermanentWidget(self.running_on)
        status.addPermanentWidget(self.progress)
        status.addPermanentWidget(self.cancel_button)
        # The line keeps its height when the button comes and goes.
        status.setMinimumHeight(self.cancel_button.sizeHint().height() + 10)
        self.progress.hide()
        self.cancel_button.hide()

    def _picture_page(self) -> QWidget:
        """The pictures with their panels."""
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(20, 20, 20, 20)
        column.setSpacing(18)
        column.addWidget(self.quality_panel)
        self._quality_rule = _rule()
        column.addWidget(self._quality_rule)
        column.addWidget(self.figures_panel)
        column.addWidget(_rule())
        column.addWidget(self.progressive_panel)
        column.addStretch()
        # A low window scrolls the panel instead of squeezing it; the button stays in sight.
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
        panel_layout.setSpacing(0)
        panel_layout.addWidget(scroll, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(20, 8, 20, 20)
        foot.addWidget(self.save_button)
        panel_layout.addLayout(foot)

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
        return centre

    def _order_tabs(self) -> None:
        """The quality first, since that is what one comes for, then down the panel; the pictures and messages last."""
        order = (
            self.quality_panel.slider,
            self.quality_panel.number,
            self.progressive_panel.play,
            self.progressive_panel.slider,
            self.save_button,
            self.comparison,
            self.banner.retry,
            self.banner.dismiss,
            self.cancel_button,
        )
        for first, second in pairwise(order):
            self.setTabOrder(first, second)

    def _connect(self) -> None:
        controller = self._controller
        controller.changed.connect(self.show_state)
        self.open_action.triggered.connect(self._open)
        self.save_action.triggered.connect(self._save)
        self.save_button.clicked.connect(self._take_result)
        self.save_as_action.triggered.connect(self._save_as)
        self.export_action.triggered.connect(self._export)
        self.quit_action.triggered.connect(self.close)
        self.sample_action.triggered.connect(lambda: self._open_file(SAMPLE_PICTURE))
        self.handling_action.triggered.connect(lambda: dialogs.show_handling(self))
        self.about_action.triggered.connect(lambda: dialogs.show_about(self))
        self.comparison.open_requested.connect(self._open)
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
        self.setWindowTitle(f"{document.name}[*] \N{EN DASH} QRes" if document is not None else "QRes")
        self.setWindowModified(_is_unsaved(state))
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
        is_file_only = state.source is None and state.coded is not None
        self.save_button.setEnabled(state.can_export if is_file_only else state.can_save)
        self.save_button.setText("Export picture …" if is_file_only else _save_text(state))
        self.save_button.setToolTip((self.export_action if is_file_only else self.save_action).toolTip())
        self._quality_rule.setVisible(not is_file_only)
        self.export_action.setEnabled(state.can_export)
        self.encode_action.setEnabled(state.encode_paused)
        self.play_action.setEnabled(state.coded is not None and state.is_current)
        self.play_action.setText("&Pause the refinement" if state.refining else "&Play the refinement")
        self.cancel_action.setEnabled(state.activity is not None)
        has_picture = not state.is_empty
        for action in (self.zoom_in_action, self.zoom_out_action, self.fit_action, self.full_size_action):
            action.setEnabled(has_picture)
        self.layouts.setEnabled(state.source is not None and state.shown is not None)
        self._show_device(state)
        self._show_activity(state)
        self._show_scale()
        if state.writing is None and self._when_written is not None:
            go_on, self._when_written = self._when_written, None
            if state.error is None:
                # Not from within the controller, which is still telling everybody about this state.
                QTimer.singleShot(0, go_on)

    def _show_device(self, state: WindowState) -> None:
        if state.coded is None:
            self.running_on.setText("")
            self.running_on.setToolTip("")
        else:
            self.running_on.setText(f"{state.coded.model} · {state.coded.device.partition(' ')[0].upper()}")
            self.running_on.setToolTip(f"The model {state.coded.model} runs on {state.coded.device}")

    def _show_activity(self, state: WindowState) -> None:
        at_rest = _SAMPLE_HINT if state.document_path == SAMPLE_PICTURE and not state.quality_chosen else ""
        at_rest = state.message if not at_rest or state.target is not None or state.encode_paused else at_rest
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
            self._open_file(path)

    def _open_file(self, path: Path) -> None:
        if self._may_go_on(lambda: self._controller.open_file(path)):
            self._controller.open_file(path)

    def _may_go_on(self, later: Callable[[], object]) -> bool:
        """Ask before an unsaved result that somebody has chosen is lost; ``later`` runs once it is saved."""
        state = self._controller.state
        document = state.document_path
        if document is None or not _is_unsaved(state):
            return True
        answer = dialogs.ask_about_unsaved(self, document.name, state.quality)
        if answer is dialogs.Unsaved.SAVE:
            self._save()
            if self._controller.state.writing is not None:
                self._when_written = later
        return answer is dialogs.Unsaved.DISCARD

    def _take_result(self) -> None:
        """What the large button does: save a new result; a file that was opened is saved already."""
        if self._controller.state.source is None:
            self._export()
        else:
            self._save()

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
            # After the drop: a question must not hold up the program that the file was dragged from.
            QTimer.singleShot(0, lambda: self._open_file(path))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.PaletteChange and hasattr(self, "_icons"):
            self._colour_icons()
            self.show_state(self._controller.state)
        super().changeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._controller.state.writing is not None:
            # The window stays until the file is written, and longer if that fails: somebody should know.
            self._when_written = self.close
            event.ignore()
            return
        further_pages = [self.pages.widget(index) for index in range(1, self.pages.count())]
        if not self._may_go_on(self.close) or not all(page.close() for page in further_pages):
            event.ignore()
            return
        # Gone from the screen at once, whatever the work in the background takes to notice.
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
    if state.shown.blocks < state.coded.block_count:
        return original, f"QRes, first {state.shown.blocks} of {state.coded.block_count} blocks · {size}"
    if state.coded.quality is None:
        return original, f"QRes · {size}"
    return original, f"QRes, quality {state.coded.quality} · {size}"


def _save_text(state: WindowState) -> str:
    if state.coded is None or not state.is_current:
        return "Save"
    if state.coded.path is not None:
        return "Saved"
    return f"Save {format_size(len(state.coded.data))}" + ("" if state.target is not None else " …")


def _is_unsaved(state: WindowState) -> bool:
    """Whether something would be lost; nobody misses a result of the sample."""
    return state.has_unsaved_choice and state.document_path != SAMPLE_PICTURE


def _folder_of(document: Path) -> Path:
    """Where files made from a document are suggested to go; never into the installed application."""
    return _pictures_folder() if document.parent == RESOURCES else document.parent


def _pictures_folder() -> Path:
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation))


def _dropped_file(data: QMimeData) -> Path | None:
    """The first local file of a drag."""
    return next((Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()), None)
