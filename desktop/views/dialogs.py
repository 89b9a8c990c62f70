"""The system's dialogs for choosing files."""

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

_OPEN_EXTENSIONS = "qres jpg jpeg png webp avif tif tiff bmp gif ppm pgm jp2 tga ico"
_EXPORT_FILTERS = {
    "PNG, without loss (*.png)": "png",
    "JPEG (*.jpg *.jpeg)": "jpg",
    "WebP, without loss (*.webp)": "webp",
    "AVIF (*.avif)": "avif",
    "TIFF, without loss (*.tiff *.tif)": "tiff",
}


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
