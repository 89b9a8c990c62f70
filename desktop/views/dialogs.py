"""Questions to the user: which file, what about an unsaved result. And what the Help menu tells."""

import math
from collections.abc import Iterable
from enum import Enum
from html import escape
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence, QTextDocument
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMessageBox, QWidget

from desktop.views.texts import translate

_OPEN_EXTENSIONS = "qres jpg jpeg png webp avif heic heif jxl tif tiff bmp gif ppm pgm jp2 tga ico"
_EXPORT_TYPES = ("png", "jpg", "webp", "avif", "tiff")


class Unsaved(Enum):
    """What shall become of a result that no file holds."""

    SAVE = "save"
    DISCARD = "discard"
    KEEP = "keep"


def ask_about_unsaved(parent: QWidget, name: str, quality: int | None) -> Unsaved:
    """Ask before the result for a picture is lost; a lossless one has no quality."""
    question = QMessageBox(parent)
    question.setIcon(QMessageBox.Icon.Question)
    question.setWindowTitle(translate("Dialogs", "Unsaved result"))
    if quality is None:
        text = translate("Dialogs", "Save {name} losslessly as a .qres file?").format(name=name)
    else:
        text = translate("Dialogs", "Save {name} at quality {quality} as a .qres file?")
        text = text.format(name=name, quality=quality)
    question.setText(text)
    question.setInformativeText(
        translate("Dialogs", "The result is not in any file yet. The picture itself stays as it is.")
    )
    button = QMessageBox.StandardButton
    question.setStandardButtons(button.Save | button.Discard | button.Cancel)
    question.setDefaultButton(button.Save)
    answers = {button.Save: Unsaved.SAVE, button.Discard: Unsaved.DISCARD}
    return answers.get(button(question.exec()), Unsaved.KEEP)


def ask_preset_name(parent: QWidget) -> str | None:
    """What a preset shall be called, None if the user cancels."""
    name, accepted = QInputDialog.getText(
        parent, translate("Dialogs", "Keep these settings"), translate("Dialogs", "Name of the preset:")
    )
    return name.strip() or None if accepted else None


def show_shortcuts(parent: QWidget, actions: Iterable[tuple[str, Iterable[QAction]]]) -> None:
    """Mouse and keys: what the mouse does, and the shortcuts of the actions, under headings."""
    mouse = (
        (translate("Dialogs", "Wheel"), translate("Dialogs", "Zoom at the pointer")),
        (translate("Dialogs", "Drag"), translate("Dialogs", "Move the picture or the divider")),
        (translate("Dialogs", "Double click"), translate("Dialogs", "The whole picture, or 100 %")),
        (translate("Dialogs", "Double click on the divider"), translate("Dialogs", "Left, middle, right")),
        (translate("Dialogs", "Arrow keys"), translate("Dialogs", "Move the picture")),
        (translate("Dialogs", "Ctrl + left, right"), translate("Dialogs", "Move the divider")),
    )
    columns = [[_section(translate("Dialogs", "Mouse and arrows"), mouse)], []]
    for number, (heading, group) in enumerate(actions):
        columns[0 if number == 0 else 1].append(_section(heading, _shortcuts(group)))
    cells = "".join(f'<td style="padding-right: 36px">{"".join(column)}</td>' for column in columns)
    _tell(parent, translate("Dialogs", "Mouse and keys"), f"<table><tr>{cells}</tr></table>")


def _shortcuts(actions: Iterable[QAction]) -> list[tuple[str, str]]:
    rows = []
    for action in actions:
        keys = [keys.toString(QKeySequence.SequenceFormat.NativeText) for keys in action.shortcuts()]
        if keys:
            rows.append((keys[0], action.text().replace("&", "").rstrip(" …")))
    return rows


def _section(heading: str, rows: Iterable[tuple[str, str]]) -> str:
    cell = '<td style="white-space: nowrap; padding: 2px 14px 2px 0">'
    lines = "".join(f"<tr>{cell}<b>{escape(keys)}</b></td>{cell}{escape(effect)}</td></tr>" for keys, effect in rows)
    return f"<h4>{escape(heading.replace('&', ''))}</h4><table>{lines}</table>"


def show_about(parent: QWidget) -> None:
    """What this program is."""
    _tell(
        parent,
        translate("Dialogs", "About QRes"),
        f"<h3>QRes {program_version()}</h3><p>"
        + translate(
            "Dialogs",
            "A learned image format: small files that open alike on every computer<br>"
            "and sharpen latent block by latent block.",
        )
        + "</p><p>Apache License 2.0</p>",
    )


def program_version() -> str:
    """The version that is installed."""
    try:
        return version("qres-codec")
    except PackageNotFoundError:
        return translate("Dialogs", "from source")


def _tell(parent: QWidget, title: str, text: str) -> None:
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle(title)
    box.setTextFormat(Qt.TextFormat.RichText)
    box.setText(text)
    # The box would cut a table off that is wider than its idea of a message.
    document = QTextDocument()
    document.setDefaultFont(box.font())
    document.setHtml(text)
    box.setStyleSheet(f"QLabel#qt_msgbox_label {{ min-width: {math.ceil(document.idealWidth()) + 16}px }}")
    box.open()


def ask_open_path(parent: QWidget, folder: Path) -> Path | None:
    """A picture or `.qres` file to open, None if the user cancels."""
    patterns = " ".join(f"*.{extension}" for extension in _OPEN_EXTENSIONS.split())
    filters = (
        translate("Dialogs", "Pictures and QRes files ({patterns})").format(patterns=patterns),
        translate("Dialogs", "QRes files (*.qres)"),
        translate("Dialogs", "All files (*)"),
    )
    name, _ = QFileDialog.getOpenFileName(parent, translate("Dialogs", "Open"), str(folder), ";;".join(filters))
    return Path(name) if name else None


def ask_model_path(parent: QWidget) -> Path | None:
    """A model package, None if the user cancels."""
    filters = translate("Dialogs", "Model packages (*.qresmodel)")
    name, _ = QFileDialog.getOpenFileName(parent, translate("Dialogs", "Model package"), str(Path.home()), filters)
    return Path(name) if name else None


def ask_save_path(parent: QWidget, suggestion: Path) -> Path | None:
    """Where to save the `.qres` file, None if the user cancels."""
    filters = {translate("Dialogs", "QRes files (*.qres)"): "qres"}
    return _ask_target(parent, translate("Dialogs", "Save as"), suggestion, filters)


def ask_export_path(parent: QWidget, suggestion: Path) -> Path | None:
    """Where to export the picture, None if the user cancels; the extension chooses the type."""
    names = (
        translate("Dialogs", "PNG, without loss (*.png)"),
        translate("Dialogs", "JPEG (*.jpg *.jpeg)"),
        translate("Dialogs", "WebP, without loss (*.webp)"),
        translate("Dialogs", "AVIF (*.avif)"),
        translate("Dialogs", "TIFF, without loss (*.tiff *.tif)"),
    )
    filters = dict(zip(names, _EXPORT_TYPES, strict=True))
    return _ask_target(parent, translate("Dialogs", "Export the picture"), suggestion, filters)


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
