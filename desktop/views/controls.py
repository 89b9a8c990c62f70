"""Small widgets that several panels are made of."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QComboBox, QFrame, QLabel, QScrollArea, QSlider, QToolButton, QWidget

DASH = "\N{EN DASH}"
"""What stands for a figure that is not known."""
TIMES = "\N{MULTIPLICATION SIGN}"
"""What stands between width and height."""


def label(text: str, name: str = "") -> QLabel:
    """Words; ``name`` chooses how the theme draws them."""
    widget = QLabel(text)
    widget.setObjectName(name)
    return widget


def slider(minimum: int, maximum: int) -> QSlider:
    """A horizontal slider, high enough to take hold of."""
    widget = QSlider(Qt.Orientation.Horizontal)
    widget.setRange(minimum, maximum)
    widget.setMinimumHeight(24)
    return widget


def icon_button(size: int = 20) -> QToolButton:
    """A button that shows an icon only."""
    widget = QToolButton()
    widget.setObjectName("iconOnly")
    widget.setIconSize(QSize(size, size))
    return widget


def rule() -> QFrame:
    """A line between two parts of a panel."""
    widget = QFrame()
    widget.setObjectName("rule")
    return widget


def keep_narrow(box: QComboBox) -> None:
    """A long entry must not widen the panel."""
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(6)


def scrolling(content: QWidget) -> QScrollArea:
    """A low window scrolls the panel instead of squeezing it."""
    scroll = QScrollArea()
    scroll.setWidget(content)
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return scroll
