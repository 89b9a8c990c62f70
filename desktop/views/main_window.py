# ruff: noqa: D102 (what overrides Qt is documented by Qt)
"""The main window: puts the parts together, shows pages, takes what is dropped."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import QEvent, QTimer, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QIcon,
)
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from desktop.controller import Controller
from desktop.resources import APPLICATION_ICON, SAMPLE_PICTURE
from desktop.state.window_state import WindowState
from desktop.views import dialogs, transfer
from desktop.views.banner import Banner
from desktop.views.captions import captions
from desktop.views.commands import Commands
from desktop.views.comparison_view import ComparisonView
from desktop.views.document_actions import DocumentActions, is_unsaved
from desktop.views.exchange import Exchange
from desktop.views.menus import MenuBar
from desktop.views.preferences import Preferences
from desktop.views.side_panel import SidePanel
from desktop.views.status_line import StatusLine
from desktop.views.tool_bar import ToolBar


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
        self.setWindowIcon(QIcon(str(APPLICATION_ICON)))
        self.setAcceptDrops(True)
        self.resize(1280, 840)
        self.commands = Commands(self)
        self.menus = MenuBar(self.commands, self._preferences, self)
        self.tools = ToolBar(self.commands)
        self.pages = QStackedWidget()
        self.page_actions = QActionGroup(self)
        self.comparison = ComparisonView()
        self.side_panel = SidePanel(self.commands, self._preferences)
        self.banner = Banner()
        self.status_line = StatusLine()
        self.documents = DocumentActions(controller, self._preferences, self)
        self.exchange = Exchange(controller, self.documents, self)

        self.setMenuBar(self.menus)
        self.addToolBar(self.tools)
        self.setStatusBar(self.status_line)
        self.add_page(self._picture_page(), self.tr("&Picture"))
        self.setCentralWidget(self.pages)
        order = (*self.side_panel.tab_order, self.comparison, self.banner.retry, self.banner.dismiss)
        for first, second in pairwise((*order, self.status_line.cancel)):
            self.setTabOrder(first, second)
        self._connect_commands()
        self._connect_widgets()
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
        action = self.commands.add(title, f"Alt+{number}")
        action.setCheckable(True)
        action.setChecked(number == 1)
        action.triggered.connect(lambda: self.show_page(page))
        self.page_actions.addAction(action)
        several = self.pages.count() > 1
        for bar in (self.menus, self.tools):
            bar.add_page(action)
            bar.show_pages(several)
        for each in self.page_actions.actions():
            each.setVisible(several)
        return action

    def show_page(self, page: QWidget) -> None:
        """Bring a page to the front; the tools of the picture are there on its own page only."""
        self.pages.setCurrentWidget(page)
        self.page_actions.actions()[self.pages.indexOf(page)].setChecked(True)
        on_picture = self.pages.currentIndex() == 0
        self.status_line.setVisible(on_picture)  # it tells about the picture
        for action in (*self.menus.picture_actions, *self.tools.picture_actions):
            # What is not visible has no shortcut either.
            action.setVisible(on_picture)

    def open_file(self, path: Path) -> None:
        """Open a picture or a `.qres` file, after a question if something would be lost."""
        self.documents.open_file(path)

    # ---------------------------------------------------------------------------------------------------- construction

    def _picture_page(self) -> QWidget:
        """The pictures with their panels."""
        page = QWidget()
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.comparison, 1)
        row.addWidget(self.side_panel)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.banner)
        layout.addLayout(row, 1)
        return page

    def _connect_commands(self) -> None:
        commands, controller, comparison = self.commands, self._controller, self.comparison
        commands.open.triggered.connect(self.documents.open)
        commands.save.triggered.connect(self.documents.save)
        commands.save_as.triggered.connect(self.documents.save_as)
        commands.save_blocks.triggered.connect(self.documents.save_blocks)
        commands.export.triggered.connect(self.documents.export)
        commands.copy.triggered.connect(self.exchange.copy)
        commands.paste.triggered.connect(self.exchange.paste)
        commands.quit.triggered.connect(self.close)
        commands.sample.triggered.connect(lambda: self.open_file(SAMPLE_PICTURE))
        commands.handling.triggered.connect(lambda: dialogs.show_shortcuts(self, self.menus.sheet))
        commands.about.triggered.connect(lambda: dialogs.show_about(self))
        commands.encode.triggered.connect(controller.encode_again)
        commands.play.triggered.connect(controller.toggle_refinement)
        commands.cancel.triggered.connect(controller.cancel)
        for layout, action in commands.layouts.items():
            action.triggered.connect(lambda _checked=False, layout=layout: comparison.set_layout(layout))
        commands.flip.triggered.connect(comparison.flip)
        commands.sharp.toggled.connect(self._set_sharp_pixels)
        commands.zoom_in.triggered.connect(comparison.zoom_in)
        commands.zoom_out.triggered.connect(comparison.zoom_out)
        commands.fit.triggered.connect(comparison.fit)
        commands.full_size.triggered.connect(lambda: comparison.zoom_to(1.0))

    def _connect_widgets(self) -> None:
        controller, documents = self._controller, self.documents
        controller.changed.connect(self.show_state)
        documents.opening.connect(self.page_actions.actions()[0].trigger)
        self.menus.recent.file_chosen.connect(self.open_file)
        self.comparison.open_requested.connect(documents.open)
        self.comparison.layout_changed.connect(self._keep_layout)
        self.comparison.viewport_changed.connect(self._show_scale)
        self.side_panel.save.clicked.connect(documents.take_result)
        self.side_panel.drag_handle.drag_begun.connect(self.exchange.drag_out)
        quality = self.side_panel.quality
        quality.choice_made.connect(controller.choose)
        quality.model_file_wanted.connect(self._choose_model_file)
        quality.options_toggled.connect(self._keep_options_shown)
        progressive = self.side_panel.progressive
        progressive.blocks_chosen.connect(controller.choose_blocks)
        progressive.refinement_toggled.connect(controller.toggle_refinement)
        progressive.save_wanted.connect(documents.save_blocks)
        self.banner.dismissed.connect(controller.dismiss_banner)
        self.banner.retry_requested.connect(controller.encode_again)
        self.status_line.cancel.clicked.connect(controller.cancel)

    def _restore(self) -> None:
        """Bring back what the last window left behind."""
        preferences = self._preferences
        self.restoreGeometry(preferences.geometry)
        self.comparison.set_layout(preferences.layout)
        self.commands.sharp.setChecked(preferences.sharp_pixels)
        self.comparison.set_sharp_pixels(preferences.sharp_pixels)
        self.side_panel.quality.options_button.setChecked(preferences.options_shown)

    # ------------------------------------------------------------------------------------------------- what is shown

    @Slot(object)
    def show_state(self, state: WindowState) -> None:
        """Bring every part of the window to the state."""
        name = state.document_name
        self.setWindowTitle(f"{name}[*] \N{EN DASH} QRes" if name else "QRes")
        self.setWindowModified(is_unsaved(state))
        self.comparison.show_pictures(
            state.source.display if state.source is not None else None,
            state.shown.display if state.shown is not None else state.glimpse.display if state.glimpse else None,
            captions(state),
        )
        self.commands.show_state(state)
        self.side_panel.show_state(state)
        self.banner.show_state(state)
        self.status_line.show_state(state)
        self._show_scale()

    def _show_scale(self) -> None:
        self.tools.show_scale(None if self._controller.state.is_empty else self.comparison.viewport.true_scale)

    def _colour_icons(self) -> None:
        self.commands.colour_icons()
        self.side_panel.colour_icons()

    # -------------------------------------------------------------------------------------------------- what is kept

    @Slot()
    def _keep_layout(self) -> None:
        layout = self.comparison.arrangement
        self.commands.layouts[layout].setChecked(True)
        self._preferences.layout = layout

    @Slot(bool)
    def _set_sharp_pixels(self, sharp: bool) -> None:
        self.comparison.set_sharp_pixels(sharp)
        self._preferences.sharp_pixels = sharp

    @Slot()
    def _choose_model_file(self) -> None:
        path = dialogs.ask_model_path(self)
        if path is not None:
            self._controller.choose(replace(self._controller.state.choice, model=path))

    @Slot(bool)
    def _keep_options_shown(self, shown: bool) -> None:
        self._preferences.options_shown = shown

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
        if event.type() is QEvent.Type.PaletteChange and hasattr(self, "exchange"):
            self._colour_icons()
            self.show_state(self._controller.state)
        super().changeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        # The window stays until the file is written, and longer if that fails: somebody should know.
        if self.documents.wait_for_writing(self.close):
            event.ignore()
            return
        if not self.documents.may_go_on(self.close) or not all(page.close() for page in self._further_pages()):
            event.ignore()
            return
        self._preferences.geometry = self.saveGeometry()
        self._preferences.choice = self._controller.state.choice
        # Gone from the screen at once, whatever the work in the background takes to notice.
        self.hide()
        self._controller.close()
        self.exchange.close()
        event.accept()
