"""A sentence above the pictures: an error, or a note on the file that was opened. It blocks nothing."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from desktop.state.window_state import WindowState
from desktop.views import texts
from desktop.views.theme import current_theme, line_icon


class Banner(QFrame):
    """Shows the error of a state, or else its notes; hidden when there is neither.

    Signals:
        dismissed: the user has read it.
        retry_requested: the user wants the encoding to be tried again.
    """

    dismissed = Signal()
    retry_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.retry = QPushButton(self.tr("Try again"))
        self.dismiss = QToolButton()
        self.dismiss.setObjectName("iconOnly")
        self.dismiss.setIconSize(QSize(18, 18))
        self.dismiss.setAccessibleName(self.tr("Dismiss the message"))
        self.dismiss.setToolTip(self.tr("Dismiss"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(20, 8, 12, 8)
        layout.setSpacing(12)
        layout.addWidget(self.sentence, 1)
        layout.addWidget(self.retry)
        layout.addWidget(self.dismiss)
        self.retry.clicked.connect(self.retry_requested)
        self.dismiss.clicked.connect(self.dismissed)
        self.hide()

    def show_state(self, state: WindowState) -> None:
        """Show what there is to say."""
        sentences = state.notes if state.error is None else (state.error,)
        text = " ".join(map(texts.spoken, sentences))
        kind = "error" if state.error else "note"
        for widget in (self, self.sentence):
            if widget.property("kind") != kind:
                # A style sheet looks at properties only when a widget is polished.
                widget.setProperty("kind", kind)
                widget.style().unpolish(widget)
                widget.style().polish(widget)
        theme = current_theme()
        self.dismiss.setIcon(line_icon("close", theme.error if state.error else theme.note, 18))
        self.retry.setVisible(bool(state.error) and state.encode_paused)
        self.sentence.setText(text)
        name = self.tr("Error: {text}") if state.error else self.tr("Note: {text}")
        self.sentence.setAccessibleName(name.format(text=text))
        self.setVisible(bool(text))
