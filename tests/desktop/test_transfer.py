"""Out of the window and into it without the Open dialog: clipboard, dragging, recent files, the first blocks."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QColor, QGuiApplication, QImage
from pytestqt.qtbot import QtBot

from codec_format import Codec, ModelPackage
from desktop.controller import Controller
from desktop.views.main_window import MainWindow
from desktop.views.transfer import DragHandle

Settled = Callable[[], None]
ChooseTarget = Callable[[Path | None], None]
LONG = 60_000


@pytest.fixture
def opened(window: MainWindow, controller: Controller, settled: Settled, picture_file: Path) -> MainWindow:
    controller.open_file(picture_file)
    settled()
    return window


def test_the_picture_that_is_shown_is_copied(opened: MainWindow, controller: Controller, settled: Settled) -> None:
    opened.side_panel.progressive.slider.setValue(2)
    settled()
    opened.commands.copy.trigger()
    shown = controller.state.shown
    assert shown is not None
    image = QGuiApplication.clipboard().image().convertToFormat(QImage.Format.Format_RGB888)
    assert (image.width(), image.height()) == (199, 130)
    for x, y in ((0, 0), (198, 129), (77, 50)):
        colour = QColor(image.pixel(x, y))
        assert (colour.red(), colour.green(), colour.blue()) == tuple(shown.picture.pixels[y, x])
    assert opened.status_line.message.text() == "Copied the picture."


def test_a_copied_picture_is_pasted_and_encoded(
    window: MainWindow, controller: Controller, settled: Settled, tmp_path: Path, choose_target: ChooseTarget
) -> None:
    samples = np.random.default_rng(5).integers(0, 256, (60, 91, 3)).astype(np.uint8)
    image = QImage(samples.data, 91, 60, 3 * 91, QImage.Format.Format_RGB888).copy()
    QGuiApplication.clipboard().setImage(image)
    window.commands.paste.trigger()
    settled()
    source = controller.state.source
    assert source is not None
    np.testing.assert_array_equal(source.picture.pixels, samples)
    assert window.windowTitle().startswith("Clipboard")
    assert "of the pixels" in window.side_panel.figures.share.text()
    choose_target(tmp_path / "pasted.qres")
    window.commands.save.trigger()
    settled()
    assert controller.state.coded is not None
    assert (tmp_path / "pasted.qres").read_bytes() == controller.state.coded.data


def test_a_copied_file_is_opened(
    window: MainWindow, controller: Controller, settled: Settled, other_picture_file: Path
) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(other_picture_file))])
    QGuiApplication.clipboard().setMimeData(data)
    window.commands.paste.trigger()
    settled()
    assert controller.state.document_path == other_picture_file


def test_words_in_the_clipboard_are_no_picture(opened: MainWindow, controller: Controller) -> None:
    before = controller.state.source
    QGuiApplication.clipboard().setText("words")
    opened.commands.paste.trigger()
    assert opened.status_line.message.text() == "There is no picture in the clipboard."
    assert controller.state.source is before


def test_the_file_that_is_dragged_out_is_the_one_that_save_writes(
    opened: MainWindow, controller: Controller, settled: Settled, tiny_package: ModelPackage
) -> None:
    data = opened.exchange.drag_data()
    assert data is not None
    path = Path(data.urls()[0].toLocalFile())
    assert path.name == "picture.qres"
    assert controller.state.coded is not None
    assert path.read_bytes() == controller.state.coded.data
    # With fewer blocks on screen it is a file of these.
    opened.side_panel.progressive.slider.setValue(1)
    settled()
    data = opened.exchange.drag_data()
    assert data is not None
    shortened = Path(data.urls()[0].toLocalFile()).read_bytes()
    assert Codec(tiny_package).decode(shortened).blocks_decoded == 1
    assert len(shortened) < len(controller.state.coded.data)
    # The files are gone with the window.
    opened.close()
    assert not path.exists()


def test_nothing_can_be_dragged_out_while_the_result_is_not_that_of_the_settings(
    opened: MainWindow, controller: Controller
) -> None:
    opened.side_panel.quality.goal.slider.setValue(15)
    assert not opened.side_panel.drag_handle.isEnabled()
    assert opened.exchange.drag_data() is None


def test_the_handle_is_pulled_to_begin_a_drag(qtbot: QtBot) -> None:
    handle = DragHandle()
    qtbot.addWidget(handle)
    handle.show()
    begun: list[bool] = []
    handle.drag_begun.connect(lambda: begun.append(True))
    qtbot.mousePress(handle, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    qtbot.mouseMove(handle, QPoint(8, 8))
    assert begun == []
    qtbot.mouseMove(handle, QPoint(8, -60))
    assert begun == [True]
    qtbot.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=QPoint(8, -60))


def test_files_that_were_opened_are_offered_again(
    window: MainWindow,
    controller: Controller,
    settled: Settled,
    picture_file: Path,
    other_picture_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def offered() -> list[str]:
        window.menus.recent.aboutToShow.emit()
        return [action.text() for action in window.menus.recent.actions() if not action.isSeparator()]

    assert offered() == ["No files yet"]
    for path in (picture_file, other_picture_file, picture_file):
        monkeypatch.setattr("desktop.views.dialogs.ask_open_path", lambda _parent, _folder, path=path: path)
        window.commands.open.trigger()
        settled()
    assert offered() == ["picture.png", "other.png", "&Forget these files"]
    window.menus.recent.actions()[1].trigger()
    settled()
    assert controller.state.document_path == other_picture_file
    offered()
    window.menus.recent.actions()[-1].trigger()
    assert offered() == ["No files yet"]


def test_the_first_blocks_are_saved_as_a_valid_file_of_their_own(
    opened: MainWindow,
    controller: Controller,
    settled: Settled,
    qtbot: QtBot,
    tmp_path: Path,
    choose_target: ChooseTarget,
    tiny_package: ModelPackage,
) -> None:
    panel = opened.side_panel.progressive
    assert not panel.save.isVisible()
    panel.slider.setValue(2)
    settled()
    shown = controller.state.shown
    assert shown is not None
    target = tmp_path / "short.qres"
    choose_target(target)
    qtbot.mouseClick(panel.save, Qt.MouseButton.LeftButton)
    settled()
    assert opened.status_line.message.text() == "Saved the first 2 of 3 latent blocks as short.qres."
    result = Codec(tiny_package).decode(target.read_bytes())
    assert result.blocks_decoded == 2
    np.testing.assert_array_equal(result.picture.pixels, shown.picture.pixels)
    # The figure beside the picture was the size of this file, and the result itself is still to be saved.
    assert opened.side_panel.figures.byte_count.toolTip() == f"{target.stat().st_size:,} bytes"
    assert opened.commands.save.isEnabled()


def test_the_first_blocks_never_replace_the_file_that_was_opened(
    opened: MainWindow, controller: Controller, settled: Settled, tmp_path: Path, choose_target: ChooseTarget
) -> None:
    whole = tmp_path / "whole.qres"
    controller.save(whole)
    settled()
    before = whole.read_bytes()
    controller.open_file(whole)
    settled()
    opened.side_panel.progressive.slider.setValue(1)
    settled()
    choose_target(whole)
    opened.commands.save_blocks.trigger()
    settled()
    assert "originals stay as they are" in opened.banner.sentence.text()
    assert whole.read_bytes() == before
