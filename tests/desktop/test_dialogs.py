"""The questions to the user, in Qt's own dialogs."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QFileDialog, QLineEdit, QMessageBox

from desktop.views import dialogs
from desktop.views.dialogs import Unsaved, ask_about_unsaved, ask_export_path, ask_open_path, ask_save_path
from desktop.views.main_window import MainWindow


@pytest.fixture
def answer(qapp: QApplication) -> Callable[[Callable[[QDialog], None]], None]:
    """Has the next dialog operated as soon as it is there."""
    if qapp.platformName() != "offscreen":
        pytest.skip("The system's own file dialogs cannot be operated.")

    def answer(operate: Callable[[QDialog], None]) -> None:
        def look() -> None:
            dialog = QApplication.activeModalWidget()
            if isinstance(dialog, QDialog):
                timer.stop()
                operate(dialog)

        timer = QTimer(qapp, interval=20)
        timer.timeout.connect(look)
        timer.start()

    return answer


def type_name(name: str) -> Callable[[QDialog], None]:
    def operate(dialog: QDialog) -> None:
        assert isinstance(dialog, QFileDialog)
        dialog.findChild(QLineEdit).setText(name)
        dialog.accept()

    return operate


def test_a_picture_is_opened_through_the_dialog(
    window: MainWindow,
    answer: Callable[[Callable[[QDialog], None]], None],
    settled: Callable[[], None],
    picture_file: Path,
) -> None:
    answer(type_name(str(picture_file)))
    window.commands.open.trigger()
    settled()
    assert window.windowTitle().startswith("picture.png")


def test_dialogs_that_are_cancelled_name_no_file(
    window: MainWindow, answer: Callable[[Callable[[QDialog], None]], None], tmp_path: Path
) -> None:
    answer(QDialog.reject)
    assert ask_open_path(window, tmp_path) is None
    answer(QDialog.reject)
    assert ask_save_path(window, tmp_path / "a.qres") is None


def test_a_missing_extension_is_added(
    window: MainWindow, answer: Callable[[Callable[[QDialog], None]], None], tmp_path: Path
) -> None:
    answer(type_name("a"))
    assert ask_save_path(window, tmp_path / "suggestion.qres") == tmp_path / "a.qres"
    answer(type_name("b.webp"))
    assert ask_export_path(window, tmp_path / "suggestion.png") == tmp_path / "b.webp"


def test_the_chosen_type_of_export_gives_the_extension(
    window: MainWindow, answer: Callable[[Callable[[QDialog], None]], None], tmp_path: Path
) -> None:
    def choose_avif(dialog: QDialog) -> None:
        assert isinstance(dialog, QFileDialog)
        chosen = next(name for name in dialog.nameFilters() if name.startswith("AVIF"))
        dialog.selectNameFilter(chosen)
        dialog.filterSelected.emit(chosen)  # as the list of types does when somebody picks from it
        type_name("a")(dialog)

    answer(choose_avif)
    assert ask_export_path(window, tmp_path / "suggestion.png") == tmp_path / "a.avif"


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (QDialogButtonBox.StandardButton.Save, Unsaved.SAVE),
        (QDialogButtonBox.StandardButton.Discard, Unsaved.DISCARD),
        (QDialogButtonBox.StandardButton.Cancel, Unsaved.KEEP),
    ],
)
def test_what_becomes_of_an_unsaved_result(
    window: MainWindow,
    answer: Callable[[Callable[[QDialog], None]], None],
    role: QDialogButtonBox.StandardButton,
    expected: Unsaved,
) -> None:
    def click(dialog: QDialog) -> None:
        assert isinstance(dialog, QMessageBox)
        assert "photo.jpg at quality 42" in dialog.text()
        dialog.button(QMessageBox.StandardButton(role.value)).click()

    answer(click)
    assert ask_about_unsaved(window, "photo.jpg", 42) is expected
    answer(lambda dialog: dialog.reject())
    assert ask_about_unsaved(window, "photo.jpg", None) is Unsaved.KEEP


def test_help_tells_about_keys_and_the_program(window: MainWindow) -> None:
    window.commands.handling.trigger()
    window.commands.about.trigger()
    boxes = {box.windowTitle(): box for box in window.findChildren(QMessageBox)}
    sheet = boxes["Mouse and keys"].text()
    for action in (window.commands.encode, window.commands.flip, window.commands.paste):
        assert action.shortcut().toString() in sheet
        assert action.text().replace("&", "") in sheet
    assert dialogs.program_version() in boxes["About QRes"].text()
    for box in boxes.values():
        box.close()
