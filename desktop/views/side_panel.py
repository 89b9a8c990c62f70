"""The column beside the pictures: panels on tabs, and what is done with the result."""

from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from desktop.state.window_state import WindowState
from desktop.views import controls, texts
from desktop.views.commands import Commands
from desktop.views.figures_panel import FiguresPanel
from desktop.views.information_panel import InformationPanel
from desktop.views.preferences import Preferences
from desktop.views.progressive_panel import ProgressivePanel
from desktop.views.quality_panel import QualityPanel
from desktop.views.theme import current_theme, line_icon
from desktop.views.transfer import DragHandle

_WIDTH = 320
_INFORMATION = 1  # position of its tab


class SidePanel(QFrame):
    """How to encode, the figures of the result and its blocks; on a tab of its own what the file says about itself."""

    def __init__(self, commands: Commands, preferences: Preferences) -> None:
        super().__init__()
        self._commands = commands
        self.setObjectName("panel")
        self.setFixedWidth(_WIDTH)
        self.quality = QualityPanel(preferences)
        self.figures = FiguresPanel()
        self.progressive = ProgressivePanel()
        self.information = InformationPanel()
        self.tabs = QTabBar()
        self.tabs.setObjectName("panel")
        self.tabs.setAccessibleName(self.tr("Panels"))
        self.tabs.setToolTip(self.tr("The result, or what its file holds"))
        self.tabs.setExpanding(False)
        self._contents = QStackedWidget()
        self.save = QPushButton(self.tr("Save"))
        self.save.setObjectName("primary")
        self.drag_handle = DragHandle()
        self.drag_handle.setToolTip(self.tr("Drag the file from here into a folder or another program"))
        self.drag_handle.setAccessibleName(self.tr("Drag the file out"))
        self._quality_rule = controls.rule()
        self._arrange()
        self.add_tab(
            self.tr("Result"), self.quality, self._quality_rule, self.figures, controls.rule(), self.progressive
        )
        self.add_tab(self.tr("Information"), self.information)
        self.tabs.currentChanged.connect(self._contents.setCurrentIndex)
        self.tabs.currentChanged.connect(lambda index: commands.information.setChecked(index == _INFORMATION))
        commands.information.toggled.connect(lambda shown: self.tabs.setCurrentIndex(_INFORMATION if shown else 0))

    def add_tab(self, title: str, *parts: QWidget) -> None:
        """One more tab, with these widgets below each other."""
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(20, 14, 20, 8)
        column.setSpacing(12)
        for part in parts:
            column.addWidget(part)
        column.addStretch()
        self._contents.addWidget(controls.scrolling(content))
        self.tabs.addTab(title)

    @property
    def tab_order(self) -> tuple[QWidget, ...]:
        """Where the Tab key goes: the quality first, since that is what one comes for, then down the panel."""
        progressive = self.progressive
        return (
            *self.quality.tab_order,
            *(progressive.play, progressive.slider, progressive.save),
            *(self.save, self.tabs, self.information.parts),
        )

    def colour_icons(self) -> None:
        """Draw the icons in the colour of the text."""
        self.drag_handle.setIcon(line_icon("drag", current_theme().text))

    def show_state(self, state: WindowState) -> None:
        """Bring every panel to the state."""
        for panel in (self.quality, self.figures, self.progressive, self.information):
            panel.show_state(state)
        is_file_only = state.source is None and state.coded is not None
        self._quality_rule.setVisible(not is_file_only)
        self.save.setEnabled(state.can_export if is_file_only else state.can_save)
        self.save.setText(self.tr("Export picture …") if is_file_only else self._save_text(state))
        self.save.setToolTip((self._commands.export if is_file_only else self._commands.save).toolTip())
        self.drag_handle.setEnabled(state.can_export)

    def _save_text(self, state: WindowState) -> str:
        if state.coded is None or not state.is_current:
            return self.tr("Save")
        if state.coded.path is not None:
            return self.tr("Saved")
        text = self.tr("Save {size}").format(size=texts.size(len(state.coded.data)))
        return text if state.target is not None else f"{text} …"

    def _arrange(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 0, 0, 0)
        layout.setSpacing(0)
        top = QHBoxLayout()
        top.setContentsMargins(20, 6, 20, 0)
        top.addWidget(self.tabs)
        top.addStretch()
        layout.addLayout(top)
        layout.addWidget(controls.rule())
        layout.addWidget(self._contents, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(20, 10, 14, 16)
        foot.setSpacing(6)
        foot.addWidget(self.save, 1)
        foot.addWidget(self.drag_handle)
        layout.addLayout(foot)
