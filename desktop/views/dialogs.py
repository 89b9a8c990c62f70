"""Questions to the user: which file, what about an unsaved result. And what the Help menu tells."""

from enum import Enum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

_OPEN_EXTENSIONS = "qres jpg jpeg png webp avif tif tiff bmp gif ppm pgm jp2 tga ico"
_EXPORT_FILTERS = {
    "PNG, without loss (*.png)": "png",
    "JPEG (*.jpg *.jpeg)": "jpg",
    "WebP, without loss (*.webp)": "webp",
    "AVIF (*.avif)": "avif",
    "TIFF, without loss (*.tiff *.tif)": "tiff",
}
_HANDLING = (
    ("Wheel", "Zoom at the pointer"),
    ("Drag", "Move the picture or the divider"),
    ("Double click", "The whole picture, or 100 %; on the divider: back to the middle"),
    ("Arrow keys", "Move the picture"),
    ("Ctrl + left, right", "Move the divider"),
    ("D, S", "Divider, side by side"),
    ("+, -, 0, 1", "Zoom in, zoom out, the whole picture, 100 %"),
    ("P", "Play the refinement, or pause it"),
    ("Esc", "Cancel the work"),
    ("F5", "Encode again after a cancel or an error"),
)


class Unsaved(Enum):
    """What shall become of a result that no file holds."""

    SAVE = "save"
    DISCARD = "discard"
    KEEP = "keep"


def ask_about_unsaved(parent: QWidget, name: str, quality: int) -> Unsaved:
    """Ask before the result for a picture is lost."""
    question = QMessageBox(parent)
    question.setIcon(QMessageBox.Icon.Question)
    question.setWindowTitle("Unsaved result")
    question.setText(f"Save {name} at quality {quality} as a .qres file?")
    question.setInformativeText("The result is not in any file yet. The picture itself stays as it is.")
    button = QMessageBox.StandardButton
    question.setStandardButtons(button.Save | button.Discard | button.Cancel)
    question.setDefaultButton(button.Save)
    answers = {button.Save: Unsaved.SAVE, button.Discard: Unsaved.DISCARD}
    return answers.get(button(question.exec()), Unsaved.KEEP)


def show_handling(parent: QWidget) -> None:
    """Mouse and keys."""
    rows = "".join(f"<tr><td><b>{keys}</b></td><td>{effect}</td></tr>" for keys, effect in _HANDLING)
    _tell(parent, "Mouse and keys", f'<table cellpadding="4">{rows}</table>')


def show_about(parent: QWidget) -> None:
    """What this program is."""
    _tell(
        parent,
        "About QRes",
        f"<h3>QRes {program_version()}</h3>"
        "<p>A learned image format: small files that open alike on every computer<br>"
        "and sharpen latent block by latent block.</p>"
        "<p>Apache License 2.0</p>",
    )


def program_version() -> str:
    """The version that is installed."""
    try:
        return version("qres-codec")
    except PackageNotFoundError:
        return "from source"


def _tell(parent: QWidget, title: str, text: str) -> None:
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle(title)
    box.setTextFormat(Qt.TextFormat.RichText)
    box.setText(text)
    box.open()


def ask_open_path(parent: QWidget, folder: Path) -> Path | None:
    """A picture or `.qres` file to open, None if the user cancels."""
    patterns = " ".join(f"*.{extension}" for extension in _OPEN_EXTENSIONS.split())
    filters = f"Pictures and QRes files ({patterns});;QRes files (*.qres);;All files (*)"
    name, _ = QFileDialog.getOpenFileName(parent, "Open", str(folder), filters)
    return Path(name) if name else None


def ask_save_path(parent: QWidget, suggestion: Path) -> Path | None:
    """Where to save the `.qres` file, None if the user cancels."""
    return _ask_target(parent, "Save as", suggestion, {"QRes files (*.qres)": "qres"})


def ask_export_path(parent: QWidget, suggestion: Path) -> Path | None:
    """Where to export the picture, None if the user cancels; the extension chooses the type."""
    return _ask_target(parent, "Export the picture", suggestion, _EXPORT_FILTERS)


def _ask_target(parent: QWidget, title: str, suggestion: Path, filters: dict[str, str]) -> Path | None:
    dialog = QFileDialog(parent, title, str(suggestion.parent))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters(list(filters))
    # The dialog adds a missing extension itself, so that its question about overwriting is about the right file.
    dialog.setDefaultSuffix(suggestion.suffix.removeprefix("."))
    dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix(filters[chosen]))
    dialog.selectFile(suggestion.name)
    accepted = dialog.exec() == QFileDialog.DialogCode.Accepted
    return Path(dialog.selectedFiles()[0]) if accepted else None
