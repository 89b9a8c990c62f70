"""Start of the desktop application: ``qres-gui [FILE ...]``."""

import argparse
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QLibraryInfo, QLocale, Qt, QTimer, QTranslator
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication

from codec_format.errors import QresError
from codec_format.model_package import ModelPackage
from codec_format.process_memory import return_large_arrays
from desktop import integration
from desktop.batch_controller import BatchController
from desktop.controller import Controller
from desktop.garbage import GarbageCollector
from desktop.laboratory_controller import LaboratoryController
from desktop.resources import APPLICATION_ICON, SAMPLE_PICTURE
from desktop.resources import FOLDER as RESOURCES
from desktop.single_instance import InstanceServer, hand_over
from desktop.state.batch import Encoder
from desktop.state.documents import Source
from desktop.state.window_state import WindowState
from desktop.views.batch_page import BatchPage
from desktop.views.dialogs import program_version
from desktop.views.laboratory_page import LaboratoryPage
from desktop.views.main_window import MainWindow
from desktop.views.preferences import Preferences
from desktop.views.texts import translate
from desktop.views.theme import apply_theme, system_theme
from desktop.work import prepare_libraries

_SIGNAL_POLL_MS = 200
# How long a worker may keep Python's lock from the window. Drawing the window takes and gives it some sixty times, so
# that Python's own 5 ms would add up to 300.
_SWITCH_SECONDS = 0.0005


def make_application(arguments: Sequence[str] = ()) -> QApplication:
    """The application object, in the colours of the system's light or dark setting."""
    application = QApplication(["qres-gui", *arguments])
    application.setOrganizationName("QRes")
    application.setApplicationName("QRes")
    application.setApplicationDisplayName("QRes")
    application.setDesktopFileName("qres")
    application.setWindowIcon(QIcon(str(APPLICATION_ICON)))
    system_palette = application.palette()
    application.setStyle("Fusion")
    apply_theme(application, system_theme(system_palette))
    hints = QGuiApplication.styleHints()
    hints.colorSchemeChanged.connect(lambda: apply_theme(application, system_theme(system_palette)))
    sys.setswitchinterval(_SWITCH_SECONDS)
    prepare_libraries()
    GarbageCollector(application)
    return application


def translate_application(application: QApplication, locale: QLocale) -> None:
    """Speak the user's first language if there is a translation, and English otherwise."""
    # A second language of the user must not win over English, for which there is no file.
    language = QLocale(locale.uiLanguages()[0])
    for name, folder in (
        ("qres", RESOURCES),
        ("qtbase", Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))),
    ):
        translator = QTranslator(application)
        if translator.load(language, name, "_", str(folder)):
            application.installTranslator(translator)


def add_laboratory(
    window: MainWindow, controller: Controller, model: Path | ModelPackage | None = None
) -> LaboratoryController:
    """Add the page on which a model makes pictures up, of the picture that is open; it is closed with the window."""
    laboratory = LaboratoryController(model)
    page = LaboratoryPage(laboratory)
    window.add_page(page, translate("MainWindow", "&Laboratory"))

    def share_picture(state: WindowState) -> None:
        if state.source is not None:
            laboratory.show_source(state.source)
        elif state.shown is not None and state.coded is not None and state.shown.blocks == state.coded.blocks:
            picture, display = state.shown.picture, state.shown.display
            laboratory.show_source(Source(None, state.document_name, picture, display, None))

    controller.changed.connect(share_picture)
    page.use_wanted.connect(
        lambda name, load: window.documents.go_on(lambda: controller.open_bytes(name, load)),
    )
    return laboratory


@dataclass(frozen=True)
class Pages:
    """The pages beside that of the picture."""

    batch: BatchController
    batch_page: BatchPage
    laboratory: LaboratoryController


def add_pages(
    window: MainWindow, controller: Controller, preferences: Preferences, model: Path | ModelPackage | None = None
) -> Pages:
    """Add the pages for many files and for the laboratory, which encode with the model and on the device chosen."""
    batch = BatchController(model)
    batch_page = BatchPage(batch, preferences)
    window.add_page(batch_page, translate("MainWindow", "&Batch"))
    laboratory = add_laboratory(window, controller, model)

    def share_encoder(state: WindowState) -> None:
        encoder = Encoder(state.choice.model, state.choice.device)
        batch.choose_encoder(encoder, state.can_be_lossless)
        laboratory.choose_encoder(encoder)

    share_encoder(controller.state)
    controller.changed.connect(share_encoder)
    return Pages(batch, batch_page, laboratory)


def main(argv: Sequence[str] | None = None) -> int:
    """Open the window on a file, on several, or on the sample picture; returns the exit code when it is closed."""
    arguments = _parser().parse_args(argv)
    if arguments.install_desktop or arguments.uninstall_desktop:
        return _integrate(arguments.install_desktop)
    return_large_arrays()
    application = make_application()
    translate_application(application, QLocale.system())
    # A model that is asked for belongs to this start, so it gets a window of its own.
    is_single = arguments.model is None
    if is_single and hand_over(arguments.files):
        return 0
    preferences = Preferences()
    controller = Controller(arguments.model, choice=preferences.choice)
    window = MainWindow(controller, preferences)
    pages = add_pages(window, controller, preferences, arguments.model)

    def open_files(paths: list[Path]) -> None:
        if len(paths) == 1 and not paths[0].is_dir():
            window.open_file(paths[0])
        elif paths:
            pages.batch.add(paths)
            window.show_page(pages.batch_page)

    window.files_dropped.connect(open_files)

    def receive(paths: list[Path]) -> None:
        open_files(paths)
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.raise_()
        window.activateWindow()

    if is_single:
        server = InstanceServer(window)
        server.files_received.connect(receive)
    window.show()
    if len(arguments.files) != 1:
        controller.open_file(SAMPLE_PICTURE)
    open_files(arguments.files)
    _close_on_interrupt(window)
    return application.exec()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="qres-gui", description="Encode, compare, save and open QRes pictures.")
    parser.add_argument(
        "files",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="a picture or a .qres file; several, or folders, go to the batch; without any, a sample picture",
    )
    parser.add_argument(
        "--model", type=Path, metavar="FILE", help="a model package that encodes instead of the shipped one"
    )
    desktop = parser.add_mutually_exclusive_group()
    desktop.add_argument(
        "--install-desktop",
        action="store_true",
        help="add QRes to the menu, the file types and the thumbnails of this user's desktop (Linux), and exit",
    )
    desktop.add_argument("--uninstall-desktop", action="store_true", help="take it out again, and exit")
    parser.add_argument("--version", action="version", version=f"%(prog)s {program_version()}")
    return parser


def _integrate(install: bool) -> int:
    """Make QRes a part of the user's desktop, or no longer; tells which files that concerns."""
    try:
        home = integration.data_home()
        files = integration.install(home, integration.installed_programs()) if install else integration.uninstall(home)
    except (QresError, OSError) as error:
        print(f"qres-gui: error: {error}", file=sys.stderr)
        return error.exit_code if isinstance(error, QresError) else 1
    for file in files:
        print(f"{'wrote' if install else 'removed'} {file}")
    return 0


def _close_on_interrupt(window: MainWindow) -> None:
    """Let Ctrl+C in the terminal close the window as its button does."""
    signal.signal(signal.SIGINT, lambda *_: window.close())
    # Python handles signals between its own instructions only, and Qt's event loop runs none while nothing happens.
    timer = QTimer(window, interval=_SIGNAL_POLL_MS)
    timer.timeout.connect(lambda: None)
    timer.start()


if __name__ == "__main__":
    sys.exit(main())
