"""Pictures and files that go to other programs and come from them: copy, paste, drag out."""

from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtCore import QMimeData, QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDrag, QGuiApplication, QImage
from PySide6.QtWidgets import QWidget

from desktop.controller import Controller
from desktop.state.text import QT_TRANSLATE_NOOP, Text
from desktop.views import transfer
from desktop.views.document_actions import DocumentActions


class Exchange(QObject):
    """Copies, pastes and drags out the document of a controller."""

    def __init__(self, controller: Controller, documents: DocumentActions, window: QWidget) -> None:
        super().__init__(window)
        self._controller = controller
        self._documents = documents
        self._drag_folder: TemporaryDirectory[str] | None = None

    @Slot()
    def copy(self) -> None:
        """Put the picture on screen into the clipboard."""
        shown = self._controller.state.shown
        if shown is not None:
            QGuiApplication.clipboard().setImage(transfer.image_of(shown.display))
            self._controller.tell(Text(QT_TRANSLATE_NOOP("State", "Copied the picture.")))

    @Slot()
    def paste(self) -> None:
        """Open the file or the picture that is in the clipboard."""
        data = QGuiApplication.clipboard().mimeData()
        path = transfer.dropped_file(data)
        if path is not None:
            self._documents.open_file(path)
            return
        name = self.tr("Clipboard")
        png = bytes(data.data("image/png").data())
        image = QImage() if png else QGuiApplication.clipboard().image()
        if not png and image.isNull():
            self._controller.tell(Text(QT_TRANSLATE_NOOP("State", "There is no picture in the clipboard.")))
            return
        # Packing an image takes long, so that is left to the worker's thread.
        self._documents.go_on(lambda: self._controller.open_bytes(name, lambda: png or transfer.packed(image)))

    @Slot()
    def drag_out(self) -> None:
        """Let the user drop the file of the blocks on screen elsewhere."""
        data = self.drag_data()
        if data is not None:
            drag = QDrag(self)
            drag.setMimeData(data)
            shown = self._controller.state.shown
            if shown is not None:
                drag.setPixmap(transfer.thumbnail(shown.display))
            drag.exec(Qt.DropAction.CopyAction)

    def drag_data(self) -> QMimeData | None:
        """The file of the blocks on screen, as something that can be dropped elsewhere; None while there is none."""
        content = self._controller.result_bytes()
        if content is None:
            return None
        if self._drag_folder is None:
            self._drag_folder = TemporaryDirectory(prefix="qres-", ignore_cleanup_errors=True)
        path = Path(self._drag_folder.name) / f"{self._documents.stem}.qres"
        path.write_bytes(content)
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        return data

    def close(self) -> None:
        """Remove what was written to be dragged."""
        if self._drag_folder is not None:
            self._drag_folder.cleanup()
