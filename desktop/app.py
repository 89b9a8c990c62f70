"""Start of the desktop application: ``qres-gui [FILE]``."""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QLibraryInfo, QLocale, QTimer, QTranslator
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication

from desktop.controller import Controller
from desktop.resources import APPLICATION_ICON, SAMPLE_PICTURE
from desktop.resources import FOLDER as RESOURCES
from desktop.views.dialogs import program_version
from desktop.views.main_window import MainWindow
from desktop.views.preferences import Preferences
from desktop.views.theme import apply_theme, system_theme

_SIGNAL_POLL_MS = 200


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


def main(argv: Sequence[str] | None = None) -> int:
    """Open the window on a file, or on the sample picture; returns the exit code when it is closed."""
    parser = argparse.ArgumentParser(prog="qres-gui", description="Encode, compare, save and open QRes pictures.")
    parser.add_argument("file", nargs="?", type=Path, help="a picture or a .qres file; without it, a sample picture")
    parser.add_argument(
        "--model", type=Path, metavar="FILE", help="a model package that encodes instead of the shipped one"
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {program_version()}")
    arguments = parser.parse_args(argv)
    application = make_application()
    translate_application(application, QLocale.system())
    preferences = Preferences()
    controller = Controller(arguments.model, choice=preferences.choice)
    window = MainWindow(controller, preferences)
    window.show()
    controller.open_file(arguments.file or SAMPLE_PICTURE)
    _close_on_interrupt(window)
    return application.exec()


def _close_on_interrupt(window: MainWindow) -> None:
    """Let Ctrl+C in the terminal close the window as its button does."""
    signal.signal(signal.SIGINT, lambda *_: window.close())
    # Python handles signals between its own instructions only, and Qt's event loop runs none while nothing happens.
    timer = QTimer(window, interval=_SIGNAL_POLL_MS)
    timer.timeout.connect(lambda: None)
    timer.start()


if __name__ == "__main__":
    sys.exit(main())
