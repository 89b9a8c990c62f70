"""A second start hands its files to the first."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from PySide6.QtNetwork import QLocalSocket
from pytestqt.qtbot import QtBot

from desktop import single_instance
from desktop.single_instance import InstanceServer, hand_over

LONG = 60_000

HandOver = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))


@pytest.fixture
def second_start(tmp_path: Path) -> HandOver:
    def start(*names: str) -> "subprocess.Popen[str]":
        program = (
            "import sys; from pathlib import Path; from desktop.single_instance import hand_over; "
            "print(hand_over([Path(name) for name in sys.argv[1:]]))"
        )
        return subprocess.Popen(
            [sys.executable, "-c", program, *names], cwd=tmp_path, stdout=subprocess.PIPE, text=True, env=os.environ
        )

    return start


@pytest.fixture
def server(qtbot: QtBot) -> Iterator[InstanceServer]:
    """The first instance; gone at the end of the test, as with the window that owns it."""
    owner = QObject()
    yield InstanceServer(owner)
    owner.deleteLater()


def test_files_reach_the_first_instance_with_their_whole_path(
    qtbot: QtBot, server: InstanceServer, tmp_path: Path, second_start: HandOver
) -> None:
    received: list[list[Path]] = []
    server.files_received.connect(received.append)
    for names in (("a.png", "folder/ü 'x'.qres"), ()):
        process = second_start(*names)
        qtbot.waitUntil(lambda: process.poll() is not None, timeout=LONG)  # noqa: B023
        assert process.communicate()[0] == "True\n"
        assert received.pop() == [tmp_path / name for name in names]


def test_without_an_instance_nothing_is_handed_over(qtbot: QtBot) -> None:
    assert not hand_over([Path("a.png")])


def test_what_a_crash_left_behind_is_no_instance(qtbot: QtBot, tmp_path: Path, second_start: HandOver) -> None:
    (tmp_path / "run" / "qres-gui.socket").touch()
    assert not hand_over([])
    owner = QObject()
    server = InstanceServer(owner)
    with qtbot.waitSignal(server.files_received, timeout=LONG):
        process = second_start("a.png")
    process.communicate(timeout=60)
    owner.deleteLater()


def test_an_instance_that_does_not_answer_does_not_keep_the_user_waiting(
    server: InstanceServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(single_instance, "_PATIENCE_MS", 100)
    assert not hand_over([Path("a.png")])  # nobody runs the event loop of the server while this thread waits


def test_nonsense_is_refused(qtbot: QtBot, server: InstanceServer) -> None:
    received: list[list[Path]] = []
    server.files_received.connect(received.append)
    for line in (b"nonsense\n", b"17\n", b"[\xff]\n"):
        socket = QLocalSocket()
        socket.connectToServer(single_instance._address())
        socket.write(line)
        socket.flush()
        qtbot.waitUntil(lambda: socket.state() is QLocalSocket.LocalSocketState.UnconnectedState, timeout=LONG)  # noqa: B023
    assert received == []
