"""The tool bar: pages, files, and how the pictures are looked at."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QSizePolicy, QToolBar, QToolButton, QWidget

from desktop.views.commands import Commands


class ToolBar(QToolBar):
    """The tools.

    Attributes:
        picture_actions: what is of use on the page of the picture only, and is not in a menu.
    """

    def __init__(self, commands: Commands) -> None:
        super().__init__()
        self.setWindowTitle(self.tr("Tools"))
        self.setMovable(False)
        self.setIconSize(QSize(20, 20))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._scale = QLabel()
        self._scale.setObjectName("zoom")
        self._scale.setMinimumWidth(52)
        self._scale.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._scale.setAccessibleName(self.tr("Scale"))
        self._pages_end = self.addSeparator()
        self.addActions([commands.open, commands.export])
        spacer = QWidget()
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(spacer)
        icons = (commands.divider, commands.beside, commands.difference, commands.flip)
        self.addActions(icons)
        zoom_start = self.addSeparator()
        self.addAction(commands.zoom_out)
        scale = self.addWidget(self._scale)
        self.addActions([commands.zoom_in, commands.fit, commands.full_size])
        self.picture_actions = [zoom_start, scale]
        for action in (*icons, commands.zoom_in, commands.zoom_out):
            button = self.widgetForAction(action)
            if isinstance(button, QToolButton):
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
                button.setObjectName("iconOnly")
                button.setAccessibleName(action.text().replace("&", ""))

    def add_page(self, action: QAction) -> None:
        """A button that shows a page."""
        self.insertAction(self._pages_end, action)

    def show_pages(self, several: bool) -> None:
        """Set the pages off where there are several."""
        self._pages_end.setVisible(several)

    def show_scale(self, scale: float | None) -> None:
        """How large the picture is drawn, 1 for pixel by pixel; None without a picture."""
        self._scale.setText("" if scale is None else f"{100 * scale:.0f} %")
