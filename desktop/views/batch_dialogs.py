"""Questions of the batch page: which files, which folder, and whether originals may go."""

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from desktop.views.texts import translate


def ask_files(parent: QWidget) -> list[Path]:
    """Files to convert; none if the user cancels."""
    names, _ = QFileDialog.getOpenFileNames(parent, translate("BatchDialogs", "Add files"))
    return [Path(name) for name in names]


def ask_folder(parent: QWidget, title: str) -> Path | None:
    """A folder, None if the user cancels."""
    name = QFileDialog.getExistingDirectory(parent, title)
    return Path(name) if name else None


def ask_report_path(parent: QWidget, suggestion: Path) -> Path | None:
    """Where to save the report, None if the user cancels; the extension chooses the type."""
    filters = {
        translate("BatchDialogs", "Table for spreadsheets (*.csv)"): "csv",
        translate("BatchDialogs", "JSON (*.json)"): "json",
    }
    dialog = QFileDialog(parent, translate("BatchDialogs", "Save the report"), str(suggestion.parent))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters(list(filters))
    dialog.setDefaultSuffix("csv")
    dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix(filters[chosen]))
    dialog.selectFile(suggestion.name)
    accepted = dialog.exec() == QFileDialog.DialogCode.Accepted
    return Path(dialog.selectedFiles()[0]) if accepted else None


def ask_about_trash(parent: QWidget, count: int, lossless: bool) -> bool:
    """Whether so many originals may go to the trash, of which the results keep every pixel or not."""
    question = QMessageBox(parent)
    question.setIcon(QMessageBox.Icon.Question)
    question.setWindowTitle(translate("BatchDialogs", "Originals to the trash"))
    text = translate(
        "BatchDialogs", "Move the originals of %n file(s) to the trash, each when it is converted?", None, count
    )
    question.setText(text)
    question.setInformativeText(
        translate("BatchDialogs", "The results keep every pixel. An original stays where its result lacks anything.")
        if lossless
        else translate(
            "BatchDialogs",
            "The results are compressed with loss, so an original holds more than its result. An original stays where "
            "its result lacks anything else.",
        )
    )
    question.setStandardButtons(QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.Cancel)
    question.setDefaultButton(QMessageBox.StandardButton.Cancel)
    return question.exec() == QMessageBox.StandardButton.Yes


def ask_about_running(parent: QWidget) -> bool:
    """Whether a run may be cancelled because the window is closed."""
    question = QMessageBox(parent)
    question.setIcon(QMessageBox.Icon.Question)
    question.setWindowTitle(translate("BatchDialogs", "Conversion under way"))
    question.setText(translate("BatchDialogs", "Stop converting and close the window?"))
    question.setInformativeText(translate("BatchDialogs", "What is finished stays; the rest can be converted later."))
    stop = question.addButton(translate("BatchDialogs", "Stop and close"), QMessageBox.ButtonRole.AcceptRole)
    question.setDefaultButton(question.addButton(QMessageBox.StandardButton.Cancel))
    question.exec()
    return question.clickedButton() is stop
