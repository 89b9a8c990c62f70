"""The command `qres-gui`."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication

from desktop import app
from desktop.resources import SAMPLE_PICTURE
from desktop.views.batch_page import BatchPage
from desktop.views.batch_table import Column
from desktop.views.main_window import MainWindow
from tests.codec_format.golden import TINY_PACKAGE


@pytest.fixture
def run(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., list[str]]]:
    """Runs the command in this process until its window has something to say; gives what the window showed."""
    monkeypatch.setattr(app, "make_application", lambda: qapp)
    handler = signal.getsignal(signal.SIGINT)

    def run(*arguments: str) -> list[str]:
        seen: list[str] = []

        def look() -> None:
            for window in qapp.topLevelWidgets():
                if isinstance(window, MainWindow) and window.isVisible():
                    if window.banner.isVisible():
                        seen.append(window.banner.sentence.text())
                    elif window.side_panel.save.isEnabled():
                        seen.append(window.windowTitle())
                    if seen:
                        window.close()

        timer = QTimer(interval=20)
        timer.timeout.connect(look)
        timer.start()
        assert app.main(["--model", str(TINY_PACKAGE), *arguments]) == 0
        timer.stop()
        return seen

    yield run
    signal.signal(signal.SIGINT, handler)


def test_the_command_opens_the_file_that_it_is_given(run: Callable[..., list[str]], picture_file: Path) -> None:
    assert run(str(picture_file)) == ["picture.png[*] \N{EN DASH} QRes"]


def test_the_command_alone_opens_the_sample(run: Callable[..., list[str]]) -> None:
    assert run() == [f"{SAMPLE_PICTURE.name}[*] \N{EN DASH} QRes"]


def test_a_file_that_is_not_there_is_told_in_the_window(run: Callable[..., list[str]], tmp_path: Path) -> None:
    (sentence,) = run(str(tmp_path / "missing.jpg"))
    assert "missing.jpg" in sentence
    assert "cannot be opened" in sentence


def test_the_libraries_of_the_jobs_are_kept_from_holding_up_the_window() -> None:
    script = (
        "import sys; from threadpoolctl import threadpool_info; from desktop.app import make_application;"
        "make_application();"
        "assert {'onnxruntime', 'pillow_heif'} <= sys.modules.keys();"
        "assert sys.getswitchinterval() <= 0.001;"
        "assert {library['num_threads'] for library in threadpool_info() if library['user_api'] == 'blas'} == {1}"
    )
    subprocess.run([sys.executable, "-c", script], env=os.environ | {"QT_QPA_PLATFORM": "offscreen"}, check=True)


@pytest.fixture
def with_window(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Runs the command in this process until a look at its window has seen what it waits for."""
    monkeypatch.setattr(app, "make_application", lambda: qapp)
    handler = signal.getsignal(signal.SIGINT)

    def run(is_seen: Callable[[MainWindow], bool], *arguments: str) -> None:
        seen: list[bool] = []

        def look() -> None:
            for window in qapp.topLevelWidgets():
                if isinstance(window, MainWindow) and window.isVisible() and is_seen(window):
                    seen.append(True)
                    window.close()

        timer = QTimer(interval=20)
        timer.timeout.connect(look)
        timer.start()
        assert app.main(arguments) == 0
        timer.stop()
        assert seen

    yield run
    signal.signal(signal.SIGINT, handler)


def listed(window: MainWindow) -> list[str]:
    page = window.findChild(BatchPage)
    assert isinstance(page, BatchPage)
    if not page.isVisible():
        return []
    return [str(page.table.index(row, Column.FILE).data()) for row in range(page.table.rowCount())]


def test_several_files_go_to_the_batch(
    with_window: Callable[..., None], picture_file: Path, other_picture_file: Path
) -> None:
    names = [picture_file.name, other_picture_file.name]
    arguments = ["--model", str(TINY_PACKAGE), str(picture_file), str(other_picture_file)]
    with_window(lambda window: listed(window) == names, *arguments)


def test_a_folder_that_is_dropped_on_the_picture_goes_to_the_batch(
    with_window: Callable[..., None], picture_file: Path
) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(picture_file.parent))])
    dropped: list[bool] = []

    def is_listed(window: MainWindow) -> bool:
        if not dropped:
            dropped.append(True)
            keys = (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
            window.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, *keys))
        return listed(window) == [picture_file.name]

    with_window(is_listed, "--model", str(TINY_PACKAGE))


def test_a_second_start_opens_its_file_in_the_first_window(
    with_window: Callable[..., None], picture_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    started: list[subprocess.Popen[bytes]] = []

    def is_opened(window: MainWindow) -> bool:
        if not started:
            started.append(subprocess.Popen([sys.executable, "-m", "desktop", str(picture_file)]))
        return picture_file.name in window.windowTitle()

    with_window(is_opened, str(tmp_path / "missing.png"))
    assert started[0].wait(timeout=120) == 0
