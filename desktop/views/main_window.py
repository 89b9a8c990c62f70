# ruff: noqa: D102 (what overrides Qt is documented by Qt)
"""The main window: pictures, panels, actions, messages."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtCore import (
    QEvent,
    QMimeData,
    QSize,
    QStandardPaths,
    Qt,
    QTimer,
    QUrl,
    Signal,
    Slot,
)
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QCloseEvent,
    QDrag,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QGuiApplication,
    QIcon,
    QImage,
    QKeySequence,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QMenu,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QTabBar,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.controller import Controller
from desktop.resources import APPLICATION_ICON, SAMPLE_PICTURE
from desktop.resources import FOLDER as RESOURCES
from desktop.state.choice import Preset
from desktop.state.text import QT_TRANSLATE_NOOP, Text
from desktop.state.window_state import WindowState
from desktop.views import dialogs, texts, transfer
from desktop.views.banner import Banner
from desktop.views.comparison_view import ComparisonView, Layout
from desktop.views.panels import FiguresPanel, InformationPanel, ProgressivePanel, QualityPanel
from desktop.views.preferences import Preferences
from desktop.views.theme import current_theme, line_icon

_PANEL_WIDTH = 320
_PROGRESS_DELAY_MS = 200  # shorter work does not make the status line flicker


class MainWindow(QMainWindow):
    """Shows the state of a controller and passes on what the user does.

    The picture is the first page of the window; `add_page` adds further ones.

    Signals:
        files_dropped: several files or a folder, so no document for this page; a list of paths.
    """

    files_dropped = Signal(list)

    def __init__(self, controller: Controller, preferences: Preferences | None = None) -> None:
        super().__init__()
        self._controller = controller
        self._preferences = preferences or Preferences()
        self._drag_folder: TemporaryDirectory[str] | None = None
        self.setWindowIcon(QIcon(str(APPLICATION_ICON)))
        self.setAcceptDrops(True)
        self.resize(1280, 840)

        self.pages = QStackedWidget()
        self.page_actions = QActionGroup(self)
        self.comparison = ComparisonView()
        self.quality_panel = QualityPanel()
        self.figures_panel = FiguresPanel()
        self.progressive_panel = ProgressivePanel()
        self.information_panel = InformationPanel()
        self.panels = QTabBar()
        self.panels.setObjectName("panel")
        self.panels.setAccessibleName(self.tr("Panels"))
        self.panels.setToolTip(self.tr("The result, or what its file holds"))
        self.panels.setExpanding(False)
        self.panels.addTab(self.tr("Result"))
        self.panels.addTab(self.tr("Information"))
        self.drag_handle = transfer.DragHandle()
        self.drag_handle.setToolTip(self.tr("Drag the file from here into a folder or another program"))
        self.drag_handle.setAccessibleName(self.tr("Drag the file out"))
        self.banner = Banner()
        self.save_button = QPushButton(self.tr("Save"))
        self.save_button.setObjectName("primary")
        self.message = QLabel()
        self.message.setAccessibleName(self.tr("Status"))
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedWidth(180)
        self.progress.setAccessibleName(self.tr("Progress"))
        self.cancel_button = QPushButton(self.tr("Cancel"))
        self._zoom_label = QLabel()
        self._zoom_label.setObjectName("zoom")
        self._zoom_label.setMinimumWidth(52)
        self._zoom_label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._zoom_label.setAccessibleName(self.tr("Scale"))
        self._progress_delay = QTimer(self, singleShot=True, interval=_PROGRESS_DELAY_MS)
        self._progress_delay.timeout.connect(self._show_progress)
        self.running_on = QLabel()
        self.running_on.setAccessibleName(self.tr("Model and device"))
        self._when_written: Callable[[], object] | None = None
        self._icons: dict[QAction, str] = {}

        self._make_actions()
        self._make_menus()
        self._make_tool_bar()
        self._make_status_bar()
        self.add_page(self._picture_page(), self.tr("&Picture"))
        self.setCentralWidget(self.pages)
        self._order_tabs()
        self._connect()
        self._colour_icons()
        self._restore()
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
        self.statusBar().setVisible(on_picture)  # it tells about the picture
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
        if icon:
            self._icons[action] = icon
        self.addAction(action)
        return action

    def _make_actions(self) -> None:
        standard = QKeySequence.StandardKey
        self.open_action = self._action(self.tr("&Open …"), standard.Open, "open")
        self.open_action.setIconText(self.tr("Open"))
        self.save_action = self._action(self.tr("&Save"), standard.Save, "save")
        self.save_as_action = self._action(self.tr("Save &as …"), "Ctrl+Shift+S")
        self.save_blocks_action = self._action(self.tr("Save these &blocks …"), "Ctrl+Shift+B")
        self.export_action = self._action(self.tr("&Export picture …"), "Ctrl+E", "export")
        self.export_action.setIconText(self.tr("Export"))
        self.quit_action = self._action(self.tr("&Quit"), standard.Quit)
        self.copy_action = self._action(self.tr("&Copy the picture shown"), standard.Copy)
        self.paste_action = self._action(self.tr("&Paste a picture"), standard.Paste)
        self.encode_action = self._action(self.tr("&Encode again"), "F5")
        self.play_action = self._action(self.tr("&Play the refinement"), "P")
        self.cancel_action = self._action(self.tr("&Cancel the work"), "Esc")
        self.information_action = self._action(self.tr("&Information about the file"), "I")
        self.information_action.setCheckable(True)
        self.divider_action = self._action(self.tr("&Divider"), "D", "divider")
        self.beside_action = self._action(self.tr("Side by &side"), "S", "side-by-side")
        self.difference_action = self._action(self.tr("Di&fference"), "X", "difference")
        self.original_action = self._action(self.tr("Only the &original"), "O")
        self.result_action = self._action(self.tr("Only the &result"), "R")
        self.flip_action = self._action(self.tr("F&lip between original and result"), "F", "flip")
        self._layout_actions = {
            Layout.DIVIDER: self.divider_action,
            Layout.SIDE_BY_SIDE: self.beside_action,
            Layout.DIFFERENCE: self.difference_action,
            Layout.ORIGINAL: self.original_action,
            Layout.RESULT: self.result_action,
        }
        self.layouts = QActionGroup(self)
        for action in self._layout_actions.values():
            action.setCheckable(True)
            self.layouts.addAction(action)
        self.zoom_in_action = self._action(self.tr("Zoom &in"), "+", "zoom-in")
        self.zoom_in_action.setShortcuts([QKeySequence("+"), QKeySequence("="), QKeySequence(standard.ZoomIn)])
        self.zoom_out_action = self._action(self.tr("Zoom &out"), "-", "zoom-out")
        self.zoom_out_action.setShortcuts([QKeySequence("-"), QKeySequence(standard.ZoomOut)])
        self.fit_action = self._action(self.tr("Fit the &window"), "0", "fit")
        self.fit_action.setIconText(self.tr("Fit"))
        self.full_size_action = self._action(self.tr("&Actual size, 100 %"), "1")
        self.full_size_action.setIconText("1:1")
        self.sharp_action = self._action(self.tr("S&quare pixels"), "Q")
        self.sharp_action.setCheckable(True)
        self.sharp_action.setToolTip(self.tr("Draw the pixels of an enlarged picture as squares, or smoothly"))
        self.sample_action = self._action(self.tr("Open the &sample picture"), "")
        self.handling_action = self._action(self.tr("&Mouse and keys"), "F1")
        self.about_action = self._action(self.tr("&About QRes"), "")

    def _make_menus(self) -> None:
        file_menu = self.menuBar().addMenu(self.tr("&File"))
        file_menu.addAction(self.open_action)
        self.recent_menu = QMenu(self.tr("Open &recent"), self)
        self.recent_menu.aboutToShow.connect(self._fill_recent_menu)
        file_menu.addMenu(self.recent_menu)
        file_menu.addSeparator()
        file_menu.addActions([self.save_action, self.save_as_action, self.save_blocks_action, self.export_action])
        file_menu.addSeparator()
        file_menu.addAction(self.quit_action)
        edit_menu = self.menuBar().addMenu(self.tr("&Edit"))
        edit_menu.addActions([self.copy_action, self.paste_action])
        result_menu = self.menuBar().addMenu(self.tr("&Result"))
        result_menu.addActions([self.encode_action, self.play_action, self.cancel_action])
        result_menu.addSeparator()
        result_menu.addAction(self.information_action)
        view_menu = self.menuBar().addMenu(self.tr("&View"))
        self._view_menu = view_menu
        self._pages_end = view_menu.addSeparator()
        layouts_start = len(view_menu.actions())
        view_menu.addActions(self.layouts.actions())
        view_menu.addAction(self.flip_action)
        view_menu.addSeparator()
        view_menu.addActions([self.zoom_in_action, self.zoom_out_action, self.fit_action, self.full_size_action])
        view_menu.addAction(self.sharp_action)
        help_menu = self.menuBar().addMenu(self.tr("&Help"))
        help_menu.addActions([self.sample_action, self.handling_action])
        help_menu.addSeparator()
        help_menu.addAction(self.about_action)
        self._picture_actions = [
            *(self.save_action, self.save_as_action, self.save_blocks_action, self.export_action),
            *(edit_menu.menuAction(), *edit_menu.actions(), result_menu.menuAction(), *result_menu.actions()),
            *view_menu.actions()[layouts_start:],
        ]
        self._shortcut_sheet = (
            (file_menu.title(), file_menu.actions()),
            (edit_menu.title(), edit_menu.actions()),
            (result_menu.title(), result_menu.actions()),
            (view_menu.title(), view_menu.actions()),
        )

    def _make_tool_bar(self) -> None:
        bar = QToolBar(self.tr("Tools"))
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
        icons = (self.divider_action, self.beside_action, self.difference_action, self.flip_action)
        bar.addActions(icons)
        zoom_start = bar.addSeparator()
        bar.addAction(self.zoom_out_action)
        scale = bar.addWidget(self._zoom_label)
        bar.addActions([self.zoom_in_action, self.fit_action, self.full_size_action])
        for action in (*icons, self.zoom_in_action, self.zoom_out_action):
            button = bar.widgetForAction(action)
            if isinstance(button, QToolButton):
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
                button.setObjectName("iconOnly")
                button.setAccessibleName(action.text().replace("&", ""))
        self.addToolBar(bar)
        self._picture_actions += [zoom_start, scale]

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
        result = QWidget()
        column = QVBoxLayout(result)
        column.setContentsMargins(20, 14, 20, 8)
        column.setSpacing(12)
        column.addWidget(self.quality_panel)
        self._quality_rule = _rule()
        column.addWidget(self._quality_rule)
        column.addWidget(self.figures_panel)
        column.addWidget(_rule())
        column.addWidget(self.progressive_panel)
        column.addStretch()
        information = QWidget()
        column = QVBoxLayout(information)
        column.setContentsMargins(20, 16, 20, 20)
        column.addWidget(self.information_panel)
        column.addStretch()
        self._panel_contents = QStackedWidget()
        for content in (result, information):
            self._panel_contents.addWidget(_scrolling(content))
        panel = QFrame()
        panel.setObjectName("panel")
        panel.setFixedWidth(_PANEL_WIDTH)
        panel_layout = QVBoxLayout(panel)
        panel_layout.setContentsMargins(1, 0, 0, 0)
        panel_layout.setSpacing(0)
        top = QHBoxLayout()
        top.setContentsMargins(20, 6, 20, 0)
        top.addWidget(self.panels)
        top.addStretch()
        panel_layout.addLayout(top)
        panel_layout.addWidget(_rule())
        panel_layout.addWidget(self._panel_contents, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(20, 10, 14, 16)
        foot.setSpacing(6)
        foot.addWidget(self.save_button, 1)
        foot.addWidget(self.drag_handle)
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
        quality, progressive = self.quality_panel, self.progressive_panel
        order = (
            *(quality.slider, quality.number, quality.aim, quality.target, quality.options_button),
            *(quality.metadata, quality.model, quality.device, quality.presets, quality.presets_menu),
            *(progressive.play, progressive.slider, progressive.save),
            *(self.save_button, self.panels, self.information_panel.parts),
            *(self.comparison, self.banner.retry, self.banner.dismiss, self.cancel_button),
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
        self.save_blocks_action.triggered.connect(self._save_blocks)
        self.progressive_panel.save_wanted.connect(self._save_blocks)
        self.export_action.triggered.connect(self._export)
        self.copy_action.triggered.connect(self._copy)
        self.paste_action.triggered.connect(self._paste)
        self.drag_handle.drag_begun.connect(self._drag_out)
        self.quit_action.triggered.connect(self.close)
        self.sample_action.triggered.connect(lambda: self.open_file(SAMPLE_PICTURE))
        self.handling_action.triggered.connect(lambda: dialogs.show_shortcuts(self, self._shortcut_sheet))
        self.about_action.triggered.connect(lambda: dialogs.show_about(self))
        self.comparison.open_requested.connect(self._open)
        self.encode_action.triggered.connect(controller.encode_again)
        self.play_action.triggered.connect(controller.toggle_refinement)
        self.cancel_action.triggered.connect(controller.cancel)
        self.cancel_button.clicked.connect(controller.cancel)
        self.panels.currentChanged.connect(self._show_panel)
        self.information_action.toggled.connect(lambda shown: self.panels.setCurrentIndex(1 if shown else 0))
        for layout, action in self._layout_actions.items():
            action.triggered.connect(lambda _checked=False, layout=layout: self.comparison.set_layout(layout))
        self.flip_action.triggered.connect(self.comparison.flip)
        self.comparison.layout_changed.connect(self._keep_layout)
        self.sharp_action.toggled.connect(self._set_sharp_pixels)
        self.zoom_in_action.triggered.connect(self.comparison.zoom_in)
        self.zoom_out_action.triggered.connect(self.comparison.zoom_out)
        self.fit_action.triggered.connect(self.comparison.fit)
        self.full_size_action.triggered.connect(lambda: self.comparison.zoom_to(1.0))
        self.comparison.viewport_changed.connect(self._show_scale)
        self.quality_panel.choice_made.connect(controller.choose)
        self.quality_panel.preset_wanted.connect(self._keep_preset)
        self.quality_panel.preset_deleted.connect(self._delete_preset)
        self.quality_panel.model_file_wanted.connect(self._choose_model_file)
        self.quality_panel.options_toggled.connect(self._keep_options_shown)
        self.progressive_panel.blocks_chosen.connect(controller.choose_blocks)
        self.progressive_panel.refinement_toggled.connect(controller.toggle_refinement)
        self.banner.dismissed.connect(controller.dismiss_banner)
        self.banner.retry_requested.connect(controller.encode_again)

    def _restore(self) -> None:
        """Bring back what the last window left behind."""
        preferences = self._preferences
        self.restoreGeometry(preferences.geometry)
        self.comparison.set_layout(preferences.layout)
        self.sharp_action.setChecked(preferences.sharp_pixels)
        self.comparison.set_sharp_pixels(preferences.sharp_pixels)
        self.quality_panel.options_button.setChecked(preferences.options_shown)
        self.quality_panel.set_presets(preferences.presets)

    # ------------------------------------------------------------------------------------------------- what is shown

    @Slot(object)
    def show_state(self, state: WindowState) -> None:
        """Bring every part of the window to the state."""
        name = state.document_name
        self.setWindowTitle(f"{name}[*] \N{EN DASH} QRes" if name else "QRes")
        self.setWindowModified(_is_unsaved(state))
        self.comparison.show_pictures(
            state.source.display if state.source is not None else None,
            state.shown.display if state.shown is not None else state.glimpse.display if state.glimpse else None,
            self._labels(state),
        )
        self.quality_panel.show_state(state)
        self.figures_panel.show_state(state)
        self.progressive_panel.show_state(state)
        self.information_panel.show_state(state)
        self.banner.show_state(state)
        self.save_action.setEnabled(state.can_save)
        self.save_as_action.setEnabled(state.can_save_as)
        is_file_only = state.source is None and state.coded is not None
        self.save_button.setEnabled(state.can_export if is_file_only else state.can_save)
        self.save_button.setText(self.tr("Export picture …") if is_file_only else self._save_text(state))
        self.save_button.setToolTip((self.export_action if is_file_only else self.save_action).toolTip())
        self._quality_rule.setVisible(not is_file_only)
        self.save_blocks_action.setEnabled(state.can_save_blocks)
        self.export_action.setEnabled(state.can_export)
        self.copy_action.setEnabled(state.shown is not None)
        self.drag_handle.setEnabled(state.can_export)
        self.encode_action.setEnabled(state.encode_paused)
        self.play_action.setEnabled(state.coded is not None and state.is_current)
        self.play_action.setText(
            self.tr("&Pause the refinement") if state.refining else self.tr("&Play the refinement")
        )
        self.cancel_action.setEnabled(state.activity is not None)
        has_picture = not state.is_empty
        for action in (self.zoom_in_action, self.zoom_out_action, self.fit_action, self.full_size_action):
            action.setEnabled(has_picture)
        for action in (*self.layouts.actions(), self.flip_action):
            action.setEnabled(state.source is not None and state.shown is not None)
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
            self.running_on.setText(f"{state.coded.model} · {texts.device(state.coded.device)}")
            tip = self.tr("The model {model} runs on {device}")
            self.running_on.setToolTip(tip.format(model=state.coded.model, device=state.coded.device))

    def _show_activity(self, state: WindowState) -> None:
        if state.activity is not None:
            text = f"{texts.spoken(state.activity.label)} …"
        elif _is_untouched_sample(state):
            text = self.tr("This is a sample. Drop a picture of your own into the window, or choose Open.")
        else:
            text = texts.spoken(state.message)
        self.message.setText(text)
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
        self.drag_handle.setIcon(line_icon("drag", colour))
        self.quality_panel.presets_menu.setIcon(line_icon("more", colour, 18))

    def _labels(self, state: WindowState) -> tuple[str, str]:
        """What is written on the original and on the result."""
        original = ""
        if state.source is not None:
            original = self.tr("Original")
            if state.source.byte_count is not None:
                original += f" · {texts.size(state.source.byte_count)}"
        if state.coded is None or state.shown is None:
            if state.source is None:
                return "", self.tr("Preview") if state.glimpse is not None else ""
            return original, self.tr("No result yet") if state.encode_paused else self.tr("Encoding …")
        coded, blocks = state.coded, state.shown.blocks
        size = texts.size(coded.bytes_of_blocks(blocks))
        if blocks < coded.block_count:
            text = self.tr("QRes, first {blocks} of {count} blocks")
            return original, f"{text.format(blocks=blocks, count=coded.block_count)} · {size}"
        if coded.quality is None:
            return original, f"QRes · {size}"
        quality = self.tr("QRes, quality {quality}").format(quality=coded.quality)
        return original, f"{quality} · {size}"

    def _save_text(self, state: WindowState) -> str:
        if state.coded is None or not state.is_current:
            return self.tr("Save")
        if state.coded.path is not None:
            return self.tr("Saved")
        text = self.tr("Save {size}").format(size=texts.size(len(state.coded.data)))
        return text if state.target is not None else f"{text} …"

    @Slot(int)
    def _show_panel(self, index: int) -> None:
        self._panel_contents.setCurrentIndex(index)
        self.information_action.setChecked(index == 1)

    @Slot()
    def _keep_layout(self) -> None:
        layout = self.comparison.arrangement
        self._layout_actions[layout].setChecked(True)
        self._preferences.layout = layout

    @Slot(bool)
    def _set_sharp_pixels(self, sharp: bool) -> None:
        self.comparison.set_sharp_pixels(sharp)
        self._preferences.sharp_pixels = sharp

    # ----------------------------------------------------------------------------------------------- what the user does

    def _open(self) -> None:
        path = dialogs.ask_open_path(self, _folder_of(self._controller.state.document_path))
        if path is not None:
            self.open_file(path)

    def open_file(self, path: Path) -> None:
        """Open a picture or a `.qres` file, after a question if something would be lost."""
        self._go_on(lambda: self._controller.open_file(path))
        if path != SAMPLE_PICTURE:
            self._preferences.add_recent_file(path)

    def _go_on(self, open_document: Callable[[], object]) -> None:
        """Open another document, on the page of the pictures."""
        self.page_actions.actions()[0].trigger()
        if self._may_go_on(open_document):
            open_document()

    @Slot()
    def _fill_recent_menu(self) -> None:
        self.recent_menu.clear()
        for path in self._preferences.recent_files:
            action = self.recent_menu.addAction(path.name.replace("&", "&&"))
            action.setToolTip(str(path))
            action.triggered.connect(lambda _checked=False, path=path: self.open_file(path))
        self.recent_menu.setToolTipsVisible(True)
        empty = self.recent_menu.isEmpty()
        if empty:
            self.recent_menu.addAction(self.tr("No files yet")).setEnabled(False)
        else:
            self.recent_menu.addSeparator()
            self.recent_menu.addAction(self.tr("&Forget these files")).triggered.connect(
                self._preferences.clear_recent_files
            )

    @Slot()
    def _copy(self) -> None:
        shown = self._controller.state.shown
        if shown is not None:
            QGuiApplication.clipboard().setImage(transfer.image_of(shown.display))
            self._controller.tell(Text(QT_TRANSLATE_NOOP("State", "Copied the picture.")))

    @Slot()
    def _paste(self) -> None:
        data = QGuiApplication.clipboard().mimeData()
        path = transfer.dropped_file(data)
        if path is not None:
            self.open_file(path)
            return
        name = self.tr("Clipboard")
        png = bytes(data.data("image/png").data())
        image = QImage() if png else QGuiApplication.clipboard().image()
        if not png and image.isNull():
            self._controller.tell(Text(QT_TRANSLATE_NOOP("State", "There is no picture in the clipboard.")))
            return
        # Packing an image takes long, so that is left to the worker's thread.
        self._go_on(lambda: self._controller.open_bytes(name, lambda: png or transfer.packed(image)))

    @Slot()
    def _drag_out(self) -> None:
        data = self.drag_data()
        if data is not None:
            drag = QDrag(self.drag_handle)
            drag.setMimeData(data)
            shown = self._controller.state.shown
            if shown is not None:
                drag.setPixmap(transfer.thumbnail(shown.display))
            drag.exec(Qt.DropAction.CopyAction)

    def drag_data(self) -> QMimeData | None:
        """The file of the blocks on screen, as something that can be dropped elsewhere; None while there is none."""
        content = self._controller.result_bytes()
        if content is None:
            return None
        if self._drag_folder is None:
            self._drag_folder = TemporaryDirectory(prefix="qres-", ignore_cleanup_errors=True)
        path = Path(self._drag_folder.name) / f"{self._stem()}.qres"
        path.write_bytes(content)
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        return data

    @Slot()
    def _keep_preset(self) -> None:
        name = dialogs.ask_preset_name(self)
        if name is not None:
            choice = self._controller.state.choice
            others = tuple(preset for preset in self._preferences.presets if preset.name != name)
            self._preferences.presets = (*others, Preset(name, choice.goal, choice.keep_metadata))
            self.quality_panel.set_presets(self._preferences.presets)

    @Slot(object)
    def _delete_preset(self, unwanted: Preset) -> None:
        self._preferences.presets = tuple(preset for preset in self._preferences.presets if preset != unwanted)
        self.quality_panel.set_presets(self._preferences.presets)

    @Slot()
    def _choose_model_file(self) -> None:
        path = dialogs.ask_model_path(self)
        if path is not None:
            self._controller.choose(replace(self._controller.state.choice, model=path))

    @Slot(bool)
    def _keep_options_shown(self, shown: bool) -> None:
        self._preferences.options_shown = shown

    def _may_go_on(self, later: Callable[[], object]) -> bool:
        """Ask before an unsaved result that somebody has chosen is lost; ``later`` runs once it is saved."""
        state = self._controller.state
        if not _is_unsaved(state):
            return True
        answer = dialogs.ask_about_unsaved(self, state.document_name, state.quality)
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
        suggestion = state.target or _folder_of(state.document_path) / f"{self._stem()}.qres"
        path = dialogs.ask_save_path(self, suggestion)
        if path is not None:
            self._controller.save(path)

    @Slot()
    def _save_blocks(self) -> None:
        state = self._controller.state
        name = f"{self._stem()}-{state.blocks}.qres"
        path = dialogs.ask_save_path(self, _folder_of(state.document_path) / name)
        if path is not None:
            self._controller.save_blocks(path)

    def _export(self) -> None:
        state = self._controller.state
        name = f"{self._stem()}-qres.png" if state.source is not None else f"{self._stem()}.png"
        path = dialogs.ask_export_path(self, _folder_of(state.document_path) / name)
        if path is not None:
            self._controller.export(path)

    def _stem(self) -> str:
        """The name of the document without its extension."""
        return Path(self._controller.state.document_name).stem or "QRes"

    # ---------------------------------------------------------------------------------------------------------- events

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        # What was dragged out of this window is not opened in it.
        if event.source() is None and transfer.dropped_file(event.mimeData()) is not None:
            event.acceptProposedAction()
            self.comparison.set_drop_hint(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.comparison.set_drop_hint(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self.comparison.set_drop_hint(False)
        paths = transfer.dropped_files(event.mimeData())
        if paths:
            event.acceptProposedAction()
            # After the drop: a question must not hold up the program that the files were dragged from.
            QTimer.singleShot(0, lambda: self._take_dropped(paths))

    def _take_dropped(self, paths: list[Path]) -> None:
        if len(paths) > 1 or paths[0].is_dir():
            self.files_dropped.emit(paths)
        else:
            self.open_file(paths[0])

    def _further_pages(self) -> Iterator[QWidget]:
        for index in range(1, self.pages.count()):
            page = self.pages.widget(index)
            if page is not None:
                yield page

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
        if not self._may_go_on(self.close) or not all(page.close() for page in self._further_pages()):
            event.ignore()
            return
        self._preferences.geometry = self.saveGeometry()
        self._preferences.choice = self._controller.state.choice
        # Gone from the screen at once, whatever the work in the background takes to notice.
        self.hide()
        self._controller.close()
        if self._drag_folder is not None:
            self._drag_folder.cleanup()
        event.accept()


def _rule() -> QFrame:
    rule = QFrame()
    rule.setObjectName("rule")
    return rule


def _scrolling(content: QWidget) -> QScrollArea:
    """A low window scrolls the panel instead of squeezing it."""
    scroll = QScrollArea()
    scroll.setWidget(content)
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return scroll


def _is_untouched_sample(state: WindowState) -> bool:
    """The sample is shown, and nothing was done with it yet that there would be something to say about."""
    is_sample = state.document_path == SAMPLE_PICTURE
    return is_sample and not state.chosen and state.target is None and not state.encode_paused


def _is_unsaved(state: WindowState) -> bool:
    """Whether something would be lost; nobody misses a result of the sample."""
    return state.has_unsaved_choice and state.document_path != SAMPLE_PICTURE


def _folder_of(document: Path | None) -> Path:
    """Where files made from a document are suggested to go; never into the installed application."""
    return _pictures_folder() if document is None or document.parent == RESOURCES else document.parent


def _pictures_folder() -> Path:
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation))
