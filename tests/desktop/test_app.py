"""The command `qres-gui`."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from desktop import app
from desktop.resources import SAMPLE_PICTURE
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
                    elif window.save_button.isEnabled():
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
