"""Takes the pictures of the window that the documents show.

    python docs/images/take_picture.py                                  # -> docs/images/window.png
    python docs/images/take_picture.py --all                            # every view, light and dark, beside it, as WebP
    python docs/images/take_picture.py photo.qres --blocks 6 --dark -o blocks.png

No screen is needed: the real window is drawn into memory, at the size and with the fonts of this computer. The user's
own settings are neither read nor changed.
"""

import argparse
import io
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from desktop.batch_controller import BatchController
    from desktop.controller import Controller
    from desktop.laboratory_controller import LaboratoryController
    from desktop.views.main_window import MainWindow

DEFAULT_OUTPUT = Path(__file__).parent / "window.png"
_PATIENCE_SECONDS = 600


def main() -> int:
    """Open, set, wait, write; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path, help="a picture or a .qres file; without it, the sample picture")
    parser.add_argument("-o", "--output", type=Path, default=DEFAULT_OUTPUT, help="default: %(default)s")
    parser.add_argument("-q", "--quality", type=int, help="default: where the window's slider stands at first")
    parser.add_argument("--model", type=Path, help="a model package instead of the shipped one")
    parser.add_argument("--blocks", type=int, help="show so many latent blocks; without it, all")
    parser.add_argument("--divider", type=float, default=0.5, help="its place, 0 (left) to 1; default: %(default)s")
    parser.add_argument("--side-by-side", action="store_true")
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--language", default="en", help="of the window, as in de; default: %(default)s")
    parser.add_argument("--all", action="store_true", help="every view, as NAME-light.webp and NAME-dark.webp")
    parser.add_argument("--size", default="1240x840", help="of the window; default: %(default)s")
    parser.add_argument(
        "--scale", default="1", help="pixels of the picture for each of the window; default: %(default)s"
    )
    arguments = parser.parse_args()
    # Both have to be known before Qt is loaded.
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["QT_SCALE_FACTOR"] = arguments.scale
    with tempfile.TemporaryDirectory() as folder:
        _take(arguments, Path(folder))
    return 0


def _take(arguments: argparse.Namespace, folder: Path) -> None:
    from PySide6.QtCore import QLocale, QSettings

    from desktop.app import add_pages, make_application, translate_application
    from desktop.controller import Controller
    from desktop.resources import SAMPLE_PICTURE
    from desktop.views.laboratory_page import LaboratoryPage
    from desktop.views.main_window import MainWindow
    from desktop.views.preferences import Preferences
    from desktop.views.theme import DARK, LIGHT, apply_theme

    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(folder))
    application = make_application()
    QLocale.setDefault(QLocale(arguments.language))
    translate_application(application, QLocale(arguments.language))
    apply_theme(application, DARK if arguments.dark else LIGHT)
    controller = Controller(arguments.model)
    preferences = Preferences()
    window = MainWindow(controller, preferences)
    pages = add_pages(window, controller, preferences, arguments.model)
    window.resize(*(int(side) for side in arguments.size.split("x")))
    window.show()

    def write(widget: "QWidget", path: Path) -> None:
        _pause(200)  # the last changes are laid out
        _write(widget, path)

    def write_both(name: str, widget: "QWidget | None" = None) -> None:
        for theme, suffix in ((LIGHT, "light"), (DARK, "dark")):
            apply_theme(application, theme)
            write(widget or window, arguments.output.with_name(f"{name}-{suffix}.webp"))

    if arguments.all:
        write_both("empty")
    if arguments.quality is not None:
        controller.choose_quality(arguments.quality)
    controller.open_file(arguments.file or SAMPLE_PICTURE)
    _wait(controller)
    if arguments.blocks is not None:
        controller.choose_blocks(arguments.blocks)
        _wait(controller)
    if arguments.side_by_side:
        window.commands.beside.trigger()
    window.comparison.move_divider(arguments.divider)
    if arguments.all:
        _take_views(window, controller, write_both)
        window.show_page(pages.batch_page)
        write_both("batch-empty")
        # The place is seen in the picture, so it has no random name.
        holidays = Path(tempfile.gettempdir()) / "Holidays"
        try:
            _convert_some(pages.batch, holidays)
            write_both("batch")
        finally:
            shutil.rmtree(holidays, ignore_errors=True)
        window.show_page(window.findChildren(LaboratoryPage)[0])
        _fill_rectangle(pages.laboratory)
        write_both("laboratory")
    else:
        write(window, arguments.output)
    controller.close()
    pages.batch.close()
    pages.laboratory.close()


def _write(widget: "QWidget", path: Path) -> None:
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice
    from PySide6.QtGui import QImageWriter

    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(widget.grab().toImage())
    # Pillow's WebP is smaller than Qt's, and its PNG too.
    with Image.open(io.BytesIO(buffer.data().data())) as image:
        image.convert("RGB").save(path, quality=90, method=6, optimize=True)


def _convert_some(batch: "BatchController", folder: Path) -> None:
    """A folder of small pictures, one of them broken, so that there is something to see."""
    from desktop.resources import SAMPLE_PICTURE

    folder.mkdir()
    with Image.open(SAMPLE_PICTURE) as sample:
        picture = sample.convert("RGB")
    for number, corner in enumerate(((0, 60), (384, 100), (700, 60), (560, 420), (60, 420))):
        x, y = corner
        picture.crop((x, y, x + 420, y + 300)).save(folder / f"Mountains {number + 1}.jpg", quality=96)
    (folder / "Mountains 6.jpg").write_bytes(b"no picture")
    batch.add([folder])
    _wait_until(lambda: bool(batch.state.rows) and not batch.state.searches)
    batch.start()
    _wait_until(lambda: not batch.state.is_running)


def _fill_rectangle(laboratory: "LaboratoryController") -> None:
    """A part of the lake is filled by the model."""
    from desktop.state.laboratory import Experiment

    recipe = replace(laboratory.state.recipe, experiment=Experiment.INPAINTING, region=(500, 420, 180, 120))
    laboratory.choose(recipe)
    laboratory.make()
    _wait_until(lambda: laboratory.state.activity is None)


def _take_views(window: "MainWindow", controller: "Controller", write: Callable[..., None]) -> None:
    """Everything that can be seen on the page of the picture."""
    from PySide6.QtWidgets import QMessageBox

    from desktop.state.choice import Aim, Goal

    write("divider")
    window.commands.beside.trigger()
    window.commands.full_size.trigger()
    write("side-by-side")
    window.commands.difference.trigger()
    window.commands.fit.trigger()
    write("difference")
    window.commands.result.trigger()
    window.comparison.zoom_to(8.0)
    write("pixels")
    window.commands.divider.trigger()
    window.commands.fit.trigger()
    window.commands.information.trigger()
    write("information")
    window.commands.information.trigger()
    state = controller.state
    count = state.coded.blocks if state.coded is not None else 1
    controller.choose_blocks(max(count * 2 // 3, 1))
    _wait(controller)
    write("blocks")
    controller.choose_blocks(count)
    window.side_panel.quality.options_button.click()
    controller.choose(replace(state.choice, goal=Goal(Aim.KILOBYTES, 60)))
    _wait(controller)
    write("target")
    window.side_panel.quality.options_button.click()
    window.commands.handling.trigger()
    for box in window.findChildren(QMessageBox):
        write("keys", box)
        box.close()


def _pause(milliseconds: int) -> None:
    from PySide6.QtCore import QEventLoop, QTimer

    # Not QTest.qWait: it keeps the interpreter's lock, and the work in the other thread takes three times as long.
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def _wait(controller: "Controller") -> None:
    """Until nothing is left to do."""

    def at_rest() -> bool:
        state = controller.state
        if state.error:
            controller.close()
            sys.exit(str(state.error))
        work = (state.activity, state.refining, state.needs_encode, state.blocks_to_decode, state.to_measure)
        return not any(work) and not state.is_empty

    _wait_until(at_rest)


def _wait_until(reached: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while not reached():
        if time.monotonic() > end:
            sys.exit("The window did not come to rest.")
        _pause(20)


if __name__ == "__main__":
    sys.exit(main())
