"""The installed Qt binding is one that the window can live with."""

import sys

from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot


class Sender(QObject):
    sent = Signal()


def test_calls_keep_the_reference_counts_of_none_and_true(qtbot: QtBot) -> None:
    """A binding built for immortal constants ends older Pythons with "deallocating None" after some thousand calls."""
    sender = Sender()
    calls = 200
    before = sys.getrefcount(None), sys.getrefcount(True)
    for _ in range(calls):
        sender.setObjectName("a name")  # gives None
        sender.sent.emit()  # gives True
    after = sys.getrefcount(None), sys.getrefcount(True)
    assert before[0] - after[0] < calls / 2
    assert before[1] - after[1] < calls / 2
