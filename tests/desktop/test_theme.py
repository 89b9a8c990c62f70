"""Light and dark."""

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from desktop.views.main_window import MainWindow
from desktop.views.theme import DARK, LIGHT, Theme, apply_theme


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
def test_an_open_window_follows_the_system_from_light_to_dark_and_back(
    window: MainWindow, qapp: QApplication, theme: Theme
) -> None:
    apply_theme(qapp, LIGHT if theme is DARK else DARK)
    apply_theme(qapp, theme)
    qapp.processEvents()
    image = window.grab().toImage()
    assert image.pixelColor(image.width() // 2, 4) == QColor(theme.window)
    # Icons are drawn in the colour of the words beside them.
    icon = window.commands.open.icon().pixmap(40).toImage()
    drawn = {
        icon.pixelColor(QPoint(x, y)).rgb()
        for x in range(40)
        for y in range(40)
        if icon.pixelColor(x, y).alpha() == 255
    }
    assert drawn == {QColor(theme.text).rgb()}
    apply_theme(qapp, LIGHT)
