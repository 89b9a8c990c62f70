"""What can be done to the picture: every action of its page with its text, keys and icon, and when it can be done."""

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QWidget

from desktop.state.window_state import WindowState
from desktop.views.comparison_view import Layout
from desktop.views.theme import current_theme, line_icon


class Commands(QObject):
    """The actions. Menus and tool bar show them; the window connects them."""

    def __init__(self, window: QWidget) -> None:
        """Make the actions; their keys work in ``window``."""
        super().__init__(window)
        self._window = window
        self._icons: dict[QAction, str] = {}
        standard = QKeySequence.StandardKey
        self.open = self.add(self.tr("&Open …"), standard.Open, "open")
        self.open.setIconText(self.tr("Open"))
        self.save = self.add(self.tr("&Save"), standard.Save, "save")
        self.save_as = self.add(self.tr("Save &as …"), "Ctrl+Shift+S")
        self.save_blocks = self.add(self.tr("Save these &blocks …"), "Ctrl+Shift+B")
        self.export = self.add(self.tr("&Export picture …"), "Ctrl+E", "export")
        self.export.setIconText(self.tr("Export"))
        self.quit = self.add(self.tr("&Quit"), standard.Quit)
        self.copy = self.add(self.tr("&Copy the picture shown"), standard.Copy)
        self.paste = self.add(self.tr("&Paste a picture"), standard.Paste)
        self.encode = self.add(self.tr("&Encode again"), "F5")
        self.play = self.add(self.tr("&Play the refinement"), "P")
        self.cancel = self.add(self.tr("&Cancel the work"), "Esc")
        self.information = self.add(self.tr("&Information about the file"), "I")
        self.information.setCheckable(True)
        self._make_layouts()
        self.flip = self.add(self.tr("F&lip between original and result"), "F", "flip")
        self.zoom_in = self.add(self.tr("Zoom &in"), "+", "zoom-in")
        self.zoom_in.setShortcuts([QKeySequence("+"), QKeySequence("="), QKeySequence(standard.ZoomIn)])
        self.zoom_out = self.add(self.tr("Zoom &out"), "-", "zoom-out")
        self.zoom_out.setShortcuts([QKeySequence("-"), QKeySequence(standard.ZoomOut)])
        self.fit = self.add(self.tr("Fit the &window"), "0", "fit")
        self.fit.setIconText(self.tr("Fit"))
        self.full_size = self.add(self.tr("&Actual size, 100 %"), "1")
        self.full_size.setIconText("1:1")
        self.sharp = self.add(self.tr("S&quare pixels"), "Q")
        self.sharp.setCheckable(True)
        self.sharp.setToolTip(self.tr("Draw the pixels of an enlarged picture as squares, or smoothly"))
        self.sample = self.add(self.tr("Open the &sample picture"), "")
        self.handling = self.add(self.tr("&Mouse and keys"), "F1")
        self.about = self.add(self.tr("&About QRes"), "")

    def _make_layouts(self) -> None:
        self.divider = self.add(self.tr("&Divider"), "D", "divider")
        self.beside = self.add(self.tr("Side by &side"), "S", "side-by-side")
        self.difference = self.add(self.tr("Di&fference"), "X", "difference")
        self.original = self.add(self.tr("Only the &original"), "O")
        self.result = self.add(self.tr("Only the &result"), "R")
        self.layouts = {
            Layout.DIVIDER: self.divider,
            Layout.SIDE_BY_SIDE: self.beside,
            Layout.DIFFERENCE: self.difference,
            Layout.ORIGINAL: self.original,
            Layout.RESULT: self.result,
        }
        group = QActionGroup(self)
        for action in self.layouts.values():
            action.setCheckable(True)
            group.addAction(action)

    def add(self, text: str, keys: QKeySequence.StandardKey | str, icon: str = "") -> QAction:
        """One more action, with its keys in the tool tip.

        Args:
            text: with its mnemonic.
            keys: the shortcut; "" for none.
            icon: name of a line icon; "" for none.
        """
        action = QAction(text, self)
        action.setShortcut(QKeySequence(keys))
        native = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        title = text.replace("&", "").rstrip(" …")
        action.setToolTip(f"{title} ({native})" if native else title)
        if icon:
            self._icons[action] = icon
        self._window.addAction(action)
        return action

    def colour_icons(self) -> None:
        """Draw the icons in the colour of the text."""
        for action, icon in self._icons.items():
            action.setIcon(line_icon(icon, current_theme().text))

    def show_state(self, state: WindowState) -> None:
        """Enable what can be done now."""
        self.save.setEnabled(state.can_save)
        self.save_as.setEnabled(state.can_save_as)
        self.save_blocks.setEnabled(state.can_save_blocks)
        self.export.setEnabled(state.can_export)
        self.copy.setEnabled(state.shown is not None)
        self.encode.setEnabled(state.encode_paused)
        self.play.setEnabled(state.coded is not None and state.is_current)
        self.play.setText(self.tr("&Pause the refinement") if state.refining else self.tr("&Play the refinement"))
        self.cancel.setEnabled(state.activity is not None)
        for action in (self.zoom_in, self.zoom_out, self.fit, self.full_size):
            action.setEnabled(not state.is_empty)
        for action in (*self.layouts.values(), self.flip):
            action.setEnabled(state.source is not None and state.shown is not None)
