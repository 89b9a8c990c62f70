"""Stories in the real window with the real codec."""

import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QCloseEvent, QColor, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from codec_format import Codec, EncodeSettings, ModelPackage, load_picture
from codec_format.container import MAGIC, list_chunks
from desktop.controller import Controller
from desktop.state.window_state import WindowState
from desktop.views import dialogs
from desktop.views.main_window import MainWindow
from desktop.work import first_blocks
from tests.codec_format.golden import TINY_PACKAGE

LONG = 60_000  # milliseconds, for a machine that is busy with other things

Settled = Callable[[], None]
ChooseTarget = Callable[[Path | None], None]

needs_full_device = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")


@pytest.fixture
def opened(window: MainWindow, controller: Controller, settled: Settled, picture_file: Path) -> MainWindow:
    """The window with the picture encoded."""
    controller.open_file(picture_file)
    settled()
    return window


def test_the_empty_window_offers_to_open_and_nothing_else(window: MainWindow) -> None:
    assert window.commands.open.isEnabled()
    for action in (window.commands.save, window.commands.save_as, window.commands.export, window.commands.play):
        assert not action.isEnabled()
    assert not window.side_panel.quality.isEnabled()
    assert not window.side_panel.progressive.isEnabled()


def test_open_adjust_save_reopen(
    opened: MainWindow,
    controller: Controller,
    settled: Settled,
    qtbot: QtBot,
    picture_file: Path,
    tmp_path: Path,
    choose_target: ChooseTarget,
    tiny_package: ModelPackage,
) -> None:
    # Open: source and result are there, with their figures.
    first = controller.state
    assert first.coded is not None
    assert first.shown is not None
    assert "picture.png" in opened.windowTitle()
    assert opened.side_panel.figures.dimensions.text() == "199 \N{MULTIPLICATION SIGN} 130"
    assert opened.side_panel.figures.psnr.text().endswith(" dB")
    assert "% of the original file" in opened.side_panel.figures.share.text()
    assert opened.status_line.running_on.text() in ("tiny · CPU", "tiny · CUDA")

    # Adjust: the slider and the number agree, and a new encoding follows.
    opened.side_panel.quality.goal.slider.setValue(85)
    assert opened.side_panel.quality.goal.number.value() == 85
    assert not opened.commands.save.isEnabled()
    settled()
    state = controller.state
    assert state.coded is not None
    assert state.coded.quality == 85
    assert state.coded.data != first.coded.data

    # What is shown is the decode of the bytes that are saved, and they are those that anybody gets.
    target = tmp_path / "saved.qres"
    choose_target(target)
    qtbot.mouseClick(opened.side_panel.save, Qt.MouseButton.LeftButton)
    settled()
    data = target.read_bytes()
    codec = Codec(tiny_package)
    assert data == codec.encode(load_picture(picture_file), EncodeSettings(85))
    assert state.shown is not None
    np.testing.assert_array_equal(codec.decode(data).picture.pixels, state.shown.picture.pixels)
    assert opened.status_line.message.text() == "Saved saved.qres."
    assert not opened.commands.save.isEnabled()

    # Reopen: the blocks arrive one by one and end in the same picture.
    seen: list[int] = []
    controller.changed.connect(lambda new: seen.append(new.shown.blocks if new.shown else 0))
    controller.open_file(target)
    qtbot.waitUntil(lambda: controller.state.source is None, timeout=LONG)
    settled()
    blocks = [*dict.fromkeys(seen[seen.index(1) :])]
    assert blocks == [1, 2, 3]
    assert controller.state.shown is not None
    np.testing.assert_array_equal(controller.state.shown.picture.pixels, state.shown.picture.pixels)
    assert not opened.side_panel.quality.isEnabled()
    assert opened.commands.save_as.isEnabled()


def test_the_second_save_goes_to_the_same_file_without_asking(
    opened: MainWindow, controller: Controller, settled: Settled, tmp_path: Path, choose_target: ChooseTarget
) -> None:
    target = tmp_path / "saved.qres"
    choose_target(target)
    opened.commands.save.trigger()
    settled()
    choose_target(None)
    opened.side_panel.quality.goal.slider.setValue(10)
    settled()
    opened.commands.save.trigger()
    settled()
    assert controller.state.coded is not None
    assert target.read_bytes() == controller.state.coded.data


def test_the_progressive_slider_shows_exactly_so_many_blocks(
    opened: MainWindow, controller: Controller, settled: Settled, tiny_package: ModelPackage
) -> None:
    coded = controller.state.coded
    assert coded is not None
    panel = opened.side_panel.progressive
    assert (panel.slider.minimum(), panel.slider.maximum(), panel.slider.value()) == (1, 3, 3)
    codec = Codec(tiny_package)
    for blocks in (1, 2, 3, 1):
        panel.slider.setValue(blocks)
        settled()
        shown = controller.state.shown
        assert shown is not None
        assert shown.blocks == blocks
        np.testing.assert_array_equal(shown.picture.pixels, codec.decode(coded.data, blocks).picture.pixels)
        assert opened.side_panel.figures.byte_count.toolTip() == f"{coded.bytes_of_blocks(blocks):,} bytes"
    # The file that these figures stand for is a valid one.
    first = first_blocks(coded, 1)
    assert len(first) == coded.bytes_of_blocks(1)
    assert codec.decode(first).blocks_decoded == 1
    assert coded.bytes_of_blocks(3) == len(coded.data)


def test_play_runs_through_all_blocks_and_can_be_paused(
    opened: MainWindow, controller: Controller, settled: Settled, qtbot: QtBot
) -> None:
    qtbot.mouseClick(opened.side_panel.progressive.play, Qt.MouseButton.LeftButton)
    assert controller.state.refining
    assert opened.side_panel.progressive.slider.value() == 1
    qtbot.mouseClick(opened.side_panel.progressive.play, Qt.MouseButton.LeftButton)
    assert not controller.state.refining
    settled()
    assert controller.state.shown is not None
    assert controller.state.shown.blocks == 1
    qtbot.mouseClick(opened.side_panel.progressive.play, Qt.MouseButton.LeftButton)
    settled()
    assert controller.state.shown.blocks == 3


def test_a_superseded_encoding_is_never_shown(
    opened: MainWindow, controller: Controller, settled: Settled, qtbot: QtBot
) -> None:
    arrived: list[tuple[int | None, int]] = []
    known = [controller.state.coded]

    def note(state: WindowState) -> None:
        if state.coded is not known[-1] and state.coded is not None:
            known.append(state.coded)
            arrived.append((state.coded.quality, state.quality))

    controller.changed.connect(note)
    for quality in (5, 95, 20, 80, 40):
        opened.side_panel.quality.goal.slider.setValue(quality)
        # Each of them is begun, and the next choice comes while it is under way or just over.
        qtbot.waitUntil(lambda: controller.state.activity is not None, timeout=LONG)
    settled()
    assert all(of_file == of_slider for of_file, of_slider in arrived)
    assert arrived[-1] == (40, 40)


def test_the_slider_must_rest_before_anything_is_encoded(
    qtbot: QtBot, tiny_package: ModelPackage, picture_file: Path
) -> None:
    controller = Controller(tiny_package, slider_rest_ms=2000)
    window = MainWindow(controller)
    qtbot.addWidget(window)
    window.show()
    controller.open_file(picture_file)
    qtbot.waitUntil(lambda: controller.state.coded is not None and controller.state.activity is None, timeout=LONG)
    begun: list[str] = []
    controller.changed.connect(lambda state: begun.append(str(state.activity.label)) if state.activity else None)
    for quality in range(61, 80):
        window.side_panel.quality.goal.slider.setValue(quality)
        QApplication.processEvents()
    assert begun == []
    qtbot.waitUntil(lambda: controller.state.is_current, timeout=LONG)
    assert {label for label in begun if label.startswith("Encoding")} == {"Encoding at quality 79"}


def test_cancel_keeps_what_is_shown_and_the_slider_returns_to_it(
    opened: MainWindow, controller: Controller, settled: Settled, qtbot: QtBot
) -> None:
    before = controller.state
    messages: list[str] = []

    def cancel(state: WindowState) -> None:
        # As soon as the work is known to have begun: nothing that it reports later can be there yet.
        if state.activity is not None and not messages:
            messages.append("")
            assert opened.commands.cancel.isEnabled()
            opened.commands.cancel.trigger()
            messages[0] = opened.status_line.message.text()

    controller.changed.connect(cancel)
    opened.side_panel.quality.goal.slider.setValue(90)
    qtbot.waitUntil(lambda: bool(messages), timeout=LONG)
    assert messages == ["Cancelled."]
    assert controller.state.activity is None
    assert opened.side_panel.quality.goal.slider.value() == 60
    # The next job is done after the cancelled one is over, so anything late would be there by then.
    opened.side_panel.progressive.slider.setValue(1)
    settled()
    assert controller.state.coded is before.coded
    assert controller.state.quality == 60
    assert opened.commands.save.isEnabled()


def test_a_cancelled_first_encoding_can_be_taken_up_again(
    window: MainWindow, controller: Controller, settled: Settled, qtbot: QtBot, picture_file: Path
) -> None:
    cancelled: list[bool] = []

    def cancel(state: WindowState) -> None:
        if state.source is not None and not cancelled:
            cancelled.append(True)
            window.commands.cancel.trigger()

    controller.changed.connect(cancel)
    controller.open_file(picture_file)
    qtbot.waitUntil(lambda: bool(cancelled), timeout=LONG)
    settled()
    assert controller.state.coded is None
    assert window.commands.encode.isEnabled()
    window.commands.encode.trigger()
    qtbot.waitUntil(lambda: controller.state.coded is not None, timeout=LONG)
    assert window.commands.save.isEnabled()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("notes.txt", b"no picture at all", "not a readable picture"),
        ("empty.png", b"", "empty"),
        ("cut.qres", MAGIC + b"H", "is cut off"),
        ("empty.qres", b"", "empty"),
        ("lies.qres", b"GIF89a is not what the name says", "not a .qres file"),
        ("missing.png", None, "cannot be opened"),
    ],
)
def test_an_unreadable_file_gives_a_sentence_and_keeps_the_picture(
    opened: MainWindow,
    controller: Controller,
    settled: Settled,
    tmp_path: Path,
    name: str,
    content: bytes | None,
    words: str,
) -> None:
    before = controller.state
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    controller.open_file(path)
    settled()
    sentence = opened.banner.sentence.text()
    assert opened.banner.isVisible()
    assert sentence.endswith(".")
    assert words in sentence
    assert controller.state.source is before.source
    assert controller.state.shown is before.shown
    assert opened.commands.save.isEnabled()
    opened.banner.dismiss.click()
    assert not opened.banner.isVisible()


def test_a_failed_opening_does_not_lose_the_encoding_that_it_displaced(
    window: MainWindow, controller: Controller, settled: Settled, qtbot: QtBot, picture_file: Path, tmp_path: Path
) -> None:
    controller.open_file(picture_file)
    qtbot.waitUntil(lambda: controller.state.source is not None, timeout=LONG)
    controller.open_file(tmp_path / "missing.png")
    settled()
    assert controller.state.coded is not None
    assert window.banner.isVisible()


def test_a_file_that_ends_early_is_shown_with_a_note(
    opened: MainWindow, controller: Controller, settled: Settled, tmp_path: Path
) -> None:
    coded = controller.state.coded
    assert coded is not None
    path = tmp_path / "short.qres"
    second = [chunk for chunk in list_chunks(coded.data) if chunk.type == "B"][1]
    path.write_bytes(coded.data[: second.end + 3])
    controller.open_file(path)
    settled()
    assert controller.state.shown is not None
    assert controller.state.shown.blocks == 2
    assert opened.side_panel.progressive.slider.maximum() == 2
    assert "2 of 3 latent blocks" in opened.banner.sentence.text()


def test_a_file_of_an_unknown_model_is_refused_with_a_sentence(
    opened: MainWindow, controller: Controller, settled: Settled, tmp_path: Path, float_scale_package_file: Path
) -> None:
    before = controller.state
    path = tmp_path / "foreign.qres"
    path.write_bytes(Codec(ModelPackage.load(float_scale_package_file)).encode(load_picture(tmp_path / "picture.png")))
    controller.open_file(path)
    settled()
    assert "not installed" in opened.banner.sentence.text()
    assert controller.state.coded is before.coded


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("no such folder/a.qres", "folder does not exist"),
        ("a.png", "no name for a QRes file"),
        pytest.param("full.qres", "the disk is full", marks=needs_full_device),
    ],
)
def test_a_target_that_cannot_be_written_keeps_everything(
    opened: MainWindow,
    controller: Controller,
    settled: Settled,
    tmp_path: Path,
    choose_target: ChooseTarget,
    target: str,
    words: str,
) -> None:
    if target == "full.qres":
        (tmp_path / target).symlink_to("/dev/full")
    before = controller.state
    choose_target(tmp_path / target)
    opened.commands.save.trigger()
    settled()
    assert words in opened.banner.sentence.text()
    assert controller.state.coded is before.coded
    assert controller.state.shown is before.shown
    assert opened.commands.save.isEnabled()
    # The next attempt succeeds and clears the message.
    choose_target(tmp_path / "a.qres")
    opened.commands.save.trigger()
    settled()
    assert not opened.banner.isVisible()
    assert before.coded is not None
    assert (tmp_path / "a.qres").read_bytes() == before.coded.data
    assert {path.name for path in tmp_path.iterdir()} <= {"a.qres", "picture.png", "full.qres"}


def test_the_original_is_never_written_to(
    opened: MainWindow, settled: Settled, picture_file: Path, choose_target: ChooseTarget
) -> None:
    before = picture_file.read_bytes()
    choose_target(picture_file)
    for action in (opened.commands.save_as, opened.commands.export):
        action.trigger()
        settled()
        assert "originals stay as they are" in opened.banner.sentence.text()
    assert picture_file.read_bytes() == before


def test_export_writes_the_picture_that_is_shown(
    opened: MainWindow, controller: Controller, settled: Settled, tmp_path: Path, choose_target: ChooseTarget
) -> None:
    opened.side_panel.progressive.slider.setValue(2)
    settled()
    choose_target(tmp_path / "exported.png")
    opened.commands.export.trigger()
    settled()
    assert controller.state.shown is not None
    with Image.open(tmp_path / "exported.png") as image:
        np.testing.assert_array_equal(np.asarray(image), controller.state.shown.picture.pixels)


def test_dropping_a_file_opens_it(
    window: MainWindow, controller: Controller, settled: Settled, qtbot: QtBot, other_picture_file: Path
) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(other_picture_file))])
    arguments = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    entering = QDragEnterEvent(QPoint(50, 50), *arguments)
    QApplication.sendEvent(window, entering)
    assert entering.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(50, 50), *arguments))
    qtbot.waitUntil(lambda: controller.state.source is not None, timeout=LONG)
    settled()
    assert controller.state.document_path == other_picture_file


@pytest.mark.parametrize(("height", "sentence"), [(20_000, "not a readable picture"), (30_000, "too many pixels")])
def test_pictures_are_accepted_up_to_the_limit_of_the_library(
    window: MainWindow, controller: Controller, qtbot: QtBot, tmp_path: Path, height: int, sentence: str
) -> None:
    # Pillow itself would refuse 200 megapixels. The pixels are cut off, so that the test needs no gigabyte.
    path = tmp_path / "large.png"
    Image.new("L", (10_000, 8)).save(path)
    data = bytearray(path.read_bytes()[:60])
    data[20:24] = height.to_bytes(4, "big")
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    path.write_bytes(data)
    controller.open_file(path)
    qtbot.waitUntil(window.banner.isVisible, timeout=60_000)
    assert sentence in window.banner.sentence.text()


def test_text_cannot_be_dropped(window: MainWindow) -> None:
    data = QMimeData()
    data.setText("words")
    event = QDragEnterEvent(
        QPoint(50, 50), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    event.ignore()
    QApplication.sendEvent(window, event)
    assert not event.isAccepted()


def test_the_divider_parts_the_original_from_the_result(
    opened: MainWindow, controller: Controller, qtbot: QtBot
) -> None:
    view = opened.comparison
    opened.commands.full_size.trigger()
    source, shown = controller.state.source, controller.state.shown
    assert source is not None
    assert shown is not None
    left, top, _, _ = view.viewport.picture_rectangle

    def on_screen(x: int, y: int) -> tuple[int, int, int]:
        colour = QColor(view.grab().toImage().pixel(int(left) + x, int(top) + y))
        return colour.red(), colour.green(), colour.blue()

    # Drag the divider to either side of a point well away from it and from the labels.
    x, y = 40, 40
    middle = QPoint(round(view.divider * view.width()), 20)
    assert on_screen(x, y) == tuple(source.picture.pixels[y, x])
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseMove(view, QPoint(int(left) + x - 30, 20))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(int(left) + x - 30, 20))
    assert on_screen(x, y) == tuple(shown.picture.pixels[y, x])


def test_both_pictures_are_seen_whole_side_by_side(opened: MainWindow, controller: Controller) -> None:
    opened.commands.beside.trigger()
    opened.commands.full_size.trigger()
    view = opened.comparison
    source, shown = controller.state.source, controller.state.shown
    assert source is not None
    assert shown is not None
    image = view.grab().toImage()
    left, top, _, _ = view.viewport.picture_rectangle
    for pane_left, picture in ((0, source.picture), (image.width() - view.viewport.pane_width, shown.picture)):
        for x, y in ((3, 4), (150, 60)):
            colour = QColor(image.pixel(int(pane_left + left) + x, int(top) + y))
            assert (colour.red(), colour.green(), colour.blue()) == tuple(picture.pixels[y, x])


def test_digits_typed_into_the_number_field_are_no_shortcuts(
    opened: MainWindow, controller: Controller, settled: Settled, qtbot: QtBot
) -> None:
    field = opened.side_panel.quality.goal.number
    opened.activateWindow()
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "10")
    settled()
    assert controller.state.quality == 10
    assert opened.comparison.viewport.is_fitted


def test_closing_during_work_is_clean(
    opened: MainWindow, controller: Controller, settled: Settled, qtbot: QtBot, picture_file: Path, tmp_path: Path
) -> None:
    changes: list[WindowState] = []

    def close(state: WindowState) -> None:
        if state.activity is not None and opened.isVisible():
            opened.close()
            assert not opened.isVisible()
            controller.changed.connect(changes.append)

    controller.changed.connect(close)
    opened.side_panel.quality.goal.slider.setValue(5)
    qtbot.waitUntil(lambda: not opened.isVisible(), timeout=LONG)
    # Closing ends the threads, so nothing can come later than what waits for delivery now.
    QApplication.processEvents()
    assert changes == []
    assert [path.name for path in tmp_path.iterdir()] == ["picture.png"]


def test_closing_while_saving_waits_for_the_file(
    opened: MainWindow, controller: Controller, qtbot: QtBot, tmp_path: Path
) -> None:
    saved = controller.state.coded
    controller.save(tmp_path / "closing.qres")
    opened.close()
    qtbot.waitUntil(lambda: not opened.isVisible(), timeout=LONG)
    assert saved is not None
    assert (tmp_path / "closing.qres").read_bytes() == saved.data


def test_closing_while_saving_fails_stays_open_and_says_so(
    opened: MainWindow, controller: Controller, settled: Settled, tmp_path: Path
) -> None:
    controller.save(tmp_path / "no such folder" / "closing.qres")
    opened.close()
    settled()
    QApplication.processEvents()
    assert opened.isVisible()
    assert opened.banner.isVisible()
    assert "folder does not exist" in opened.banner.sentence.text()


def test_an_unsaved_choice_is_marked_and_asked_about(
    opened: MainWindow,
    controller: Controller,
    settled: Settled,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    choose_target: ChooseTarget,
) -> None:
    questions: list[tuple[str, int]] = []

    def answer_with(answer: dialogs.Unsaved) -> None:
        def ask(_parent: QWidget, name: str, quality: int) -> dialogs.Unsaved:
            questions.append((name, quality))
            return answer

        monkeypatch.setattr(dialogs, "ask_about_unsaved", ask)

    # Opening a picture is not work that anybody would miss; choosing a quality for it is.
    assert not opened.isWindowModified()
    opened.side_panel.quality.goal.slider.setValue(25)
    settled()
    assert opened.isWindowModified()
    answer_with(dialogs.Unsaved.KEEP)
    opened.close()
    assert opened.isVisible()
    assert questions == [("picture.png", 25)]
    opened.commands.sample.trigger()
    assert controller.state.source is not None
    assert controller.state.source.path.name == "picture.png"
    # Save: the file is there before the window is gone.
    answer_with(dialogs.Unsaved.SAVE)
    choose_target(None)
    opened.close()
    assert opened.isVisible()
    choose_target(tmp_path / "kept.qres")
    opened.close()
    qtbot.waitUntil(lambda: not opened.isVisible(), timeout=LONG)
    assert controller.state.coded is not None
    assert (tmp_path / "kept.qres").read_bytes() == controller.state.coded.data
    assert len(questions) == 4


def test_a_saved_choice_is_not_asked_about(
    opened: MainWindow, settled: Settled, tmp_path: Path, choose_target: ChooseTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened.side_panel.quality.goal.slider.setValue(25)
    settled()
    choose_target(tmp_path / "kept.qres")
    opened.commands.save.trigger()
    settled()
    assert not opened.isWindowModified()
    monkeypatch.delattr(dialogs, "ask_about_unsaved")
    opened.close()
    assert not opened.isVisible()


@pytest.mark.parametrize(("content", "words"), [(None, "cannot be read"), (b"PK but no package", "not a valid model")])
def test_a_model_that_is_missing_or_broken_is_told_and_the_window_works_on(
    qtbot: QtBot, tmp_path: Path, picture_file: Path, content: bytes | None, words: str
) -> None:
    model = tmp_path / "mine.qresmodel"
    if content is not None:
        model.write_bytes(content)
    controller = Controller(model)
    window = MainWindow(controller)
    qtbot.addWidget(window)
    window.show()
    controller.open_file(picture_file)
    qtbot.waitUntil(lambda: window.banner.isVisible(), timeout=LONG)
    assert words in window.banner.sentence.text()
    assert "mine.qresmodel" in window.banner.sentence.text()
    assert controller.state.source is not None
    assert not window.commands.save.isEnabled()
    # The user puts the package where it belongs and tries again.
    model.write_bytes(TINY_PACKAGE.read_bytes())
    qtbot.mouseClick(window.banner.retry, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: controller.state.coded is not None, timeout=LONG)
    assert not window.banner.isVisible()
    assert window.commands.save.isEnabled()


def test_an_installation_without_a_model_says_so_in_the_window(
    qtbot: QtBot, tmp_path: Path, picture_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codec_format.model_package._DEFAULT_PACKAGE", tmp_path / "default.qresmodel")
    controller = Controller()
    window = MainWindow(controller)
    qtbot.addWidget(window)
    window.show()
    controller.open_file(picture_file)
    qtbot.waitUntil(lambda: window.banner.isVisible(), timeout=LONG)
    assert "no default model package" in window.banner.sentence.text()
    assert controller.state.source is not None
    assert window.commands.open.isEnabled()


def test_the_figures_are_those_of_the_bytes_and_pixels(opened: MainWindow, controller: Controller) -> None:
    state = controller.state
    assert state.source is not None
    assert state.coded is not None
    assert state.shown is not None
    difference = state.source.picture.pixels.astype(float) - state.shown.picture.pixels
    psnr = 10 * np.log10(255**2 / np.mean(difference**2))
    assert opened.side_panel.figures.psnr.text() == f"{psnr:.2f} dB"
    assert opened.side_panel.figures.bits_per_pixel.text() == f"{8 * len(state.coded.data) / (199 * 130):.3f}"
    assert opened.side_panel.figures.byte_count.toolTip() == f"{len(state.coded.data):,} bytes"


def test_an_opened_coded_file_fills_the_view_in_either_layout_and_offers_the_export(
    opened: MainWindow, controller: Controller, settled: Settled, tmp_path: Path, choose_target: ChooseTarget
) -> None:
    path = tmp_path / "a.qres"
    controller.save(path)
    settled()
    opened.commands.beside.trigger()
    controller.open_file(path)
    settled()
    assert controller.state.source is None
    assert opened.comparison.viewport.pane_width == opened.comparison.width() * opened.devicePixelRatioF()
    assert not opened.side_panel.quality.isVisible()
    assert opened.side_panel.save.text().startswith("Export")
    choose_target(tmp_path / "a.png")
    opened.side_panel.save.click()
    settled()
    assert (tmp_path / "a.png").is_file()


def test_a_bar_of_the_chart_shows_the_blocks_up_to_it(
    opened: MainWindow, controller: Controller, settled: Settled, qtbot: QtBot
) -> None:
    chart = opened.side_panel.progressive.chart
    qtbot.mouseClick(chart, Qt.MouseButton.LeftButton, pos=QPoint(chart.width() // 2, chart.height() - 2))
    settled()
    assert controller.state.shown is not None
    assert controller.state.shown.blocks == 2


def test_everything_can_be_reached_and_read_without_a_mouse(opened: MainWindow, qtbot: QtBot) -> None:
    opened.activateWindow()
    opened.side_panel.quality.goal.slider.setFocus()
    reached = []
    for _ in range(40):
        focused = QApplication.focusWidget()
        assert focused is not None
        if focused in reached:
            break
        reached.append(focused)
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    for widget in (
        opened.side_panel.quality.goal.number,
        opened.side_panel.progressive.play,
        opened.side_panel.progressive.slider,
        opened.side_panel.save,
        opened.comparison,
    ):
        assert widget in reached
    for widget in reached:
        name = widget.accessibleName() or (widget.text() if isinstance(widget, QAbstractButton) else "")
        assert name, widget
        assert widget.toolTip() or widget is opened.comparison, name


class StubbornPage(QWidget):
    """A page that closes only when it may."""

    may_close = False

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        event.setAccepted(self.may_close)


def test_a_further_page_has_the_window_to_itself_and_a_say_in_closing_it(
    opened: MainWindow, settled: Settled, qtbot: QtBot
) -> None:
    assert not any(action.isVisible() for action in opened.page_actions.actions())
    page = StubbornPage()
    action = opened.add_page(page, "&Convert")
    to_picture = opened.page_actions.actions()[0]
    action.trigger()
    assert page.isVisible()
    assert not opened.comparison.isVisible()
    assert not opened.commands.export.isVisible()
    assert not opened.status_line.message.isVisible()
    to_picture.trigger()
    assert opened.comparison.isVisible()
    assert opened.commands.export.isVisible()
    action.trigger()
    opened.close()
    assert opened.isVisible()
    page.may_close = True
    opened.close()
    assert not opened.isVisible()
