"""One window for all files: a second start hands its files to the first, through a socket on this computer.

The socket is a file of the user (on Windows a named pipe), which nothing from outside can reach.
"""

import getpass
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Signal, Slot
from PySide6.QtNetwork import QLocalServer, QLocalSocket

_PATIENCE_MS = 3000  # for an instance that is there but busy; a broken one must not keep the user from working
_ACCEPTED = b"accepted"


def hand_over(paths: Sequence[Path]) -> bool:
    """Ask the instance that is running to open these files and to come to the front; False if there is none."""
    socket = QLocalSocket()
    socket.connectToServer(_address())
    if not socket.waitForConnected(_PATIENCE_MS):
        return False
    # The other instance has another working folder.
    socket.write(json.dumps([str(path.absolute()) for path in paths]).encode() + b"\n")
    answer = b""
    while len(answer) < len(_ACCEPTED) and socket.waitForReadyRead(_PATIENCE_MS):
        answer += socket.readAll().data()
    return answer == _ACCEPTED


class InstanceServer(QObject):
    """Receives what later starts hand over.

    Signals:
        files_received: a list of paths, empty if the program was started without files.
    """

    files_received = Signal(list)

    def __init__(self, parent: QObject | None = None) -> None:
        """Begin to listen; where that is not possible, every start has a window of its own."""
        super().__init__(parent)
        self._sockets: list[QLocalSocket] = []
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._accept)
        if not self._server.listen(_address()):
            # Nobody has answered there, so this is what a crash has left behind.
            QLocalServer.removeServer(_address())
            self._server.listen(_address())

    @Slot()
    def _accept(self) -> None:
        while self._server.hasPendingConnections():
            socket = self._server.nextPendingConnection()
            self._sockets.append(socket)
            socket.readyRead.connect(self._read)
            socket.disconnected.connect(self._forget)
        self._read()

    @Slot()
    def _read(self) -> None:
        for socket in [socket for socket in self._sockets if socket.canReadLine()]:
            try:
                paths = [Path(str(name)) for name in json.loads(bytes(socket.readLine().data()))]
            except (ValueError, TypeError):
                socket.disconnectFromServer()
                continue
            socket.write(_ACCEPTED)
            socket.flush()
            self.files_received.emit(paths)

    @Slot()
    def _forget(self) -> None:
        connected = QLocalSocket.LocalSocketState.ConnectedState
        for socket in [socket for socket in self._sockets if socket.state() is not connected]:
            self._sockets.remove(socket)
            socket.deleteLater()


def _address() -> str:
    """Where the instance of this user listens."""
    if sys.platform == "win32":
        return f"qres-gui-{getpass.getuser()}"
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.RuntimeLocation)
    return str(Path(folder, "qres-gui.socket"))
