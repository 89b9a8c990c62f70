"""The real window with the real codec, with a small model."""

import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QLocale, QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from codec_format.model_package import ModelPackage
from desktop.app import make_application
from desktop.controller import Controller
from desktop.views import dialogs
from desktop.views.main_window import MainWindow


@pytest.fixture(scope="session")
def qapp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QApplication]:
    """The application as users get it, colours and all, but with settings of its own."""
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path_factory.mktemp("settings")))
    QLocale.setDefault(QLocale("en_US"))
    application = make_application()
    yield application
    application.setStyleSheet("")


@pytest.fixture(scope="package", autouse=True)
def _garbage_ends_with_the_windows() -> Iterator[None]:
    """The application has turned Python's own collector off, but no event loop runs after the tests of the window."""
    yield
    gc.collect()
    gc.enable()


@pytest.fixture(autouse=True)
def _first_start(qapp: QApplication) -> None:
    """No test finds what another one has left in the settings."""
    QSettings().clear()


@pytest.fixture(autouse=True)
def _discard_unsaved(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the end of a test its windows are closed, and nobody is there to answer their question."""
    monkeypatch.setattr(dialogs, "ask_about_unsaved", lambda *_: dialogs.Unsaved.DISCARD)


@pytest.fixture
def picture_file(tmp_path: Path) -> Path:
    """A picture of odd size with smooth and rough parts."""
    y, x = np.mgrid[0:130, 0:199]
    rough = np.random.default_rng(1).integers(0, 60, (130, 199))
    pixels = np.stack([x, 255 - y, np.where(x > 100, 90 + rough, 120)], -1).astype(np.uint8)
    path = tmp_path / "picture.png"
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def other_picture_file(tmp_path: Path) -> Path:
    """Another picture, of another size."""
    path = tmp_path / "other.png"
    Image.new("RGB", (70, 90), (30, 90, 160)).save(path)
    return path


@pytest.fixture
def controller(qtbot: QtBot, tiny_package: ModelPackage) -> Iterator[Controller]:
    """A controller that encodes with the small model."""
    controller = Controller(tiny_package)
    yield controller
    controller.close()


@pytest.fixture
def window(qtbot: QtBot, controller: Controller) -> MainWindow:
    """The main window."""
    window = MainWindow(controller)
    qtbot.addWidget(window)
    window.show()
    return window


@pytest.fixture
def settled(qtbot: QtBot, controller: Controller) -> Callable[[], None]:
    """Waits until nothing is left to do."""

    def is_settled() -> bool:
        state = controller.state
        idle = state.activity is None and state.writing is None and not state.refining
        return idle and not state.needs_encode and state.blocks_to_decode is None and state.to_measure is None

    return lambda: qtbot.waitUntil(is_settled, timeout=60_000)


@pytest.fixture
def choose_target(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path | None], None]:
    """Stands in for the user in the dialogs, which the system may draw; test_dialogs.py operates those of Qt."""

    def choose(path: Path | None) -> None:
        for name in ("ask_save_path", "ask_export_path"):
            monkeypatch.setattr(dialogs, name, lambda _parent, _suggestion: path)

    return choose
