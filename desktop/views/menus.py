"""The menu bar: where the actions of the window are listed."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from desktop.views.commands import Commands
from desktop.views.preferences import Preferences


class RecentMenu(QMenu):
    """The files that were opened last, read anew whenever the menu is opened.

    Signals:
        file_chosen: the path of one of them.
    """

    file_chosen = Signal(object)

    def __init__(self, preferences: Preferences, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("Open &recent"))
        self.setToolTipsVisible(True)
        self._preferences = preferences
        self.aboutToShow.connect(self._fill)

    @Slot()
    def _fill(self) -> None:
        self.clear()
        for path in self._preferences.recent_files:
            action = self.addAction(path.name.replace("&", "&&"))
            action.setToolTip(str(path))
            action.triggered.connect(lambda _checked=False, path=path: self.file_chosen.emit(path))
        if self.isEmpty():
            self.addAction(self.tr("No files yet")).setEnabled(False)
        else:
            self.addSeparator()
            self.addAction(self.tr("&Forget these files")).triggered.connect(self._preferences.clear_recent_files)


class MenuBar(QMenuBar):
    """The menus.

    Attributes:
        recent: the menu of the files that were opened last.
        picture_actions: what is of use on the page of the picture only.
        sheet: titles and actions of the menus, for the help sheet.
    """

    def __init__(self, commands: Commands, preferences: Preferences, parent: QWidget) -> None:
        super().__init__(parent)
        file_menu = self.addMenu(self.tr("&File"))
        file_menu.addAction(commands.open)
        self.recent = RecentMenu(preferences, self)
        file_menu.addMenu(self.recent)
        file_menu.addSeparator()
        saving = [commands.save, commands.save_as, commands.save_blocks, commands.export]
        file_menu.addActions(saving)
        file_menu.addSeparator()
        file_menu.addAction(commands.quit)
        edit_menu = self.addMenu(self.tr("&Edit"))
        edit_menu.addActions([commands.copy, commands.paste])
        result_menu = self.addMenu(self.tr("&Result"))
        result_menu.addActions([commands.encode, commands.play, commands.cancel])
        result_menu.addSeparator()
        result_menu.addAction(commands.information)
        self._view_menu = self.addMenu(self.tr("&View"))
        self._pages_end = self._view_menu.addSeparator()
        layouts_start = len(self._view_menu.actions())
        self._view_menu.addActions([*commands.layouts.values(), commands.flip])
        self._view_menu.addSeparator()
        self._view_menu.addActions([commands.zoom_in, commands.zoom_out, commands.fit, commands.full_size])
        self._view_menu.addAction(commands.sharp)
        help_menu = self.addMenu(self.tr("&Help"))
        help_menu.addActions([commands.sample, commands.handling])
        help_menu.addSeparator()
        help_menu.addAction(commands.about)
        self.picture_actions = [
            *saving,
            *(edit_menu.menuAction(), *edit_menu.actions(), result_menu.menuAction(), *result_menu.actions()),
            *self._view_menu.actions()[layouts_start:],
        ]
        self.sheet = tuple(
            (menu.title(), menu.actions()) for menu in (file_menu, edit_menu, result_menu, self._view_menu)
        )

    def add_page(self, action: QAction) -> None:
        """List the action that shows a page."""
        self._view_menu.insertAction(self._pages_end, action)

    def show_pages(self, several: bool) -> None:
        """Set the pages off where there are several."""
        self._pages_end.setVisible(several)
