"""Stories on the batch page."""

import csv
import errno
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from codec_format import Codec, EncodeSettings, ModelPackage, default_package, load_picture
from codec_format.batch_plan import FileState
from codec_format.cli import main
from codec_format.container import read_container, read_header
from codec_format.settings import PRESETS, ExistingFile, TargetPsnr
from desktop.batch_controller import BatchController
from desktop.controller import Controller
from desktop.state.batch import BatchState, Encoder, Phase
from desktop.state.choice import BUILT_IN_PRESETS, Aim, Choice, Goal, Preset
from desktop.views import batch_dialogs as dialogs
from desktop.views.batch_page import BatchPage
from desktop.views.batch_table import Column
from desktop.views.preferences import Preferences
from tests.codec_format.golden import LOSSLESS_PACKAGE, TINY_PACKAGE

LONG = 120_000  # milliseconds, for a machine that is busy with other things
DONE, SKIPPED, FAILED, WAITING = FileState.DONE, FileState.SKIPPED, FileState.FAILED, FileState.WAITING

shipped = pytest.mark.parametrize("controller", [None], ids=["shipped"], indirect=True)


def draw(path: Path, width: int = 140, height: int = 100) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    y, x = np.mgrid[0:height, 0:width]
    pixels = np.stack([x, 2 * y, x + y + sum(path.name.encode())], -1).astype(np.uint8)
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Good and broken files, mixed and nested; in the order of the list: good, broken, good, good, empty, good."""
    root = tmp_path / "Holiday"
    draw(root / "img2.jpg")
    (root / "img3.jpg").write_bytes((root / "img2.jpg").read_bytes()[:700])
    draw(root / "img10.png")
    draw(root / "Coast" / "a.webp")
    (root / "Coast" / "b.png").touch()
    draw(root / "Coast" / "cliffs" / "c.tiff")
    (root / "notes.txt").write_text("no picture")
    return root


EXPECTED = [DONE, FAILED, DONE, DONE, FAILED, DONE]


@pytest.fixture
def controller(request: pytest.FixtureRequest, tiny_package: ModelPackage) -> Iterator[BatchController]:
    """A controller that encodes with the small model; with the shipped one where a test asks for it."""
    controller = BatchController(getattr(request, "param", tiny_package))
    yield controller
    controller.close()


@pytest.fixture
def page(qtbot: QtBot, controller: BatchController, monkeypatch: pytest.MonkeyPatch) -> BatchPage:
    monkeypatch.setattr(dialogs, "ask_about_running", lambda _: True)
    page = BatchPage(controller)
    qtbot.addWidget(page)
    page.resize(1200, 760)
    page.show()
    return page


@pytest.fixture
def drop(qtbot: QtBot, page: BatchPage, controller: BatchController) -> Callable[..., None]:
    """Drops files and folders on the page and waits until they are listed."""

    def drop(*paths: Path) -> None:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        keys = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
        enter = QDragEnterEvent(QPoint(20, 120), *keys)
        page.dragEnterEvent(enter)
        assert enter.isAccepted()
        searches: list[int] = []
        controller.changed.connect(lambda state: searches.append(state.searches))
        page.dropEvent(QDropEvent(QPointF(20, 120), *keys))
        qtbot.waitUntil(lambda: 1 in searches and searches[-1] == 0, timeout=LONG)

    return drop


@pytest.fixture
def convert(qtbot: QtBot, page: BatchPage, controller: BatchController) -> Callable[[], None]:
    """Presses the button and waits for the end of the run."""

    def convert() -> None:
        qtbot.mouseClick(page.start_button, Qt.MouseButton.LeftButton)
        assert controller.state.is_running
        qtbot.waitUntil(lambda: not controller.state.is_running, timeout=LONG)

    return convert


def states(state: BatchState) -> list[FileState]:
    return [row.state for row in state.rows]


def cells(page: BatchPage, column: Column) -> list[str]:
    return [page.table.index(at, column).data() for at in range(page.table.rowCount())]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def choose(box: QComboBox, data: object) -> None:
    """As a user does it with the keyboard or the mouse."""
    box.setCurrentIndex(box.findData(data))
    box.activated.emit(box.currentIndex())


def test_the_empty_page_offers_to_add_and_nothing_else(page: BatchPage) -> None:
    assert page.empty.isVisible()
    assert page.add_files_button.isEnabled()
    assert page.add_folder_button.isEnabled()
    for button in (page.start_button, page.remove_button, page.clear_button):
        assert not button.isEnabled()
    for widget in (page.pause_button, page.cancel_button, page.report_button, page.progress):
        assert not widget.isVisible()


@shipped
def test_a_dropped_tree_of_good_and_broken_files(
    page: BatchPage,
    controller: BatchController,
    drop: Callable[..., None],
    convert: Callable[[], None],
    tree: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
) -> None:
    before = contents(tree)
    out = tmp_path / "out"
    monkeypatch.setattr(dialogs, "ask_folder", lambda *_: out)
    drop(tree)
    assert cells(page, Column.FILE) == ["img2.jpg", "img3.jpg", "img10.png", "a.webp", "b.png", "c.tiff"]
    assert page.start_button.text() == "Convert 6 files"
    choose(page.options.folder, "ask")
    qtbot.keyClicks(page.options.suffix, "-s/m:all")  # what no name may hold is not taken
    assert page.options.suffix.text() == "-small"
    assert page.options.preview.text() == f"img2.jpg \N{RIGHTWARDS ARROW} {Path('Holiday', 'img2-small.qres')}"
    page.options.goal.slider.setValue(40)
    assert page.options.goal.number.value() == 40
    convert()

    assert states(controller.state) == EXPECTED
    assert contents(tree) == before
    written = contents(out)
    assert set(written) == {
        str(Path("Holiday", name))
        for name in ("img2-small.qres", "img10-small.qres", "Coast/a-small.qres", "Coast/cliffs/c-small.qres")
    }
    expected = Codec(default_package()).encode(load_picture(tree / "img2.jpg"), EncodeSettings(40))
    assert written[str(Path("Holiday", "img2-small.qres"))] == expected
    assert "not a readable picture" in cells(page, Column.MESSAGE)[1]
    assert "empty" in cells(page, Column.MESSAGE)[4]
    assert cells(page, Column.STATE) == ["Done", "Failed", "Done", "Done", "Failed", "Done"]
    assert page.table.index(0, Column.BEFORE).data(Qt.ItemDataRole.ToolTipRole) == "{:,} bytes".format(
        len(before["img2.jpg"])
    )
    assert cells(page, Column.SAVING)[2].endswith(" %")
    assert page.summary.text().startswith("4 converted \N{MIDDLE DOT} 2 failed")

    for name in ("report.csv", "report.json"):
        monkeypatch.setattr(dialogs, "ask_report_path", lambda *_, name=name: tmp_path / name)
        page.report_button.click()
        qtbot.waitUntil((tmp_path / name).is_file, timeout=LONG)
        qtbot.waitUntil(lambda name=name: name in page.message.text(), timeout=LONG)
    with (tmp_path / "report.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["state"] for row in rows] == EXPECTED
    assert json.loads((tmp_path / "report.json").read_text())["summary"]["failed"] == 2


@shipped  # it takes long enough to press buttons meanwhile
def test_pause_cancel_and_convert_the_rest(
    page: BatchPage,
    controller: BatchController,
    drop: Callable[..., None],
    convert: Callable[[], None],
    tree: Path,
    qtbot: QtBot,
) -> None:
    drop(tree)
    page.start_button.click()
    page.pause_button.click()
    qtbot.waitUntil(lambda: controller.state.phase is Phase.PAUSED, timeout=LONG)
    paused = states(controller.state)
    assert paused.count(WAITING) >= 4
    assert FileState.WORKING not in paused
    assert page.pause_button.text() == "Resume"
    assert page.summary.text().startswith("Paused")
    assert not page.options.isEnabled()
    qtbot.wait(100)
    assert states(controller.state) == paused

    def cancel_in_the_third(state: BatchState) -> None:
        if state.rows[2].state is FileState.WORKING and state.phase is Phase.RUNNING:
            qtbot.mouseClick(page.cancel_button, Qt.MouseButton.LeftButton)

    controller.changed.connect(cancel_in_the_third)
    page.pause_button.click()
    qtbot.waitUntil(lambda: not controller.state.is_running, timeout=LONG)
    controller.changed.disconnect(cancel_in_the_third)
    assert states(controller.state) == [DONE, FAILED, WAITING, WAITING, WAITING, WAITING]
    assert [path.name for path in tree.rglob("*") if path.suffix in (".qres", ".tmp")] == ["img2.qres"]
    assert page.start_button.text() == "Convert the other 4"
    assert "Cancelled" in page.message.text()
    first = (tree / "img2.qres").stat()
    convert()
    assert states(controller.state) == EXPECTED
    assert len(list(tree.rglob("*.qres"))) == 4
    assert (tree / "img2.qres").stat().st_ino == first.st_ino
    # Once more over everything: what is done already is skipped.
    assert page.start_button.text() == "Convert again"
    convert()
    assert states(controller.state) == [SKIPPED, FAILED, SKIPPED, SKIPPED, FAILED, SKIPPED]
    assert len(list(tree.rglob("*.qres"))) == 4


def test_dropped_coded_files_become_pictures(
    page: BatchPage,
    controller: BatchController,
    drop: Callable[..., None],
    convert: Callable[[], None],
    tiny_package: ModelPackage,
    tmp_path: Path,
) -> None:
    codec = Codec(tiny_package)
    coded = tmp_path / "a.qres"
    coded.write_bytes(codec.encode(load_picture(draw(tmp_path / "a.png")), EncodeSettings(50)))
    (tmp_path / "a.png").unlink()
    drop(coded)
    assert page.options.type.currentData() == ".png"
    assert not page.options.goal.slider.isVisible()
    convert()
    assert states(controller.state) == [DONE]
    pixels = load_picture(tmp_path / "a.png").pixels
    assert np.array_equal(pixels, codec.decode(coded.read_bytes()).picture.pixels)
    # The other direction: now the picture is converted and the coded file left out.
    drop(tmp_path)
    choose(page.options.type, ".qres")
    assert cells(page, Column.STATE) == ["Done", "Waiting"]
    assert page.start_button.text() == "Convert the other 1"
    choose(page.options.type, ".png")
    assert cells(page, Column.STATE) == ["Done", "Left out"]
    assert cells(page, Column.MESSAGE)[1] == "It is no .qres file."
    assert page.start_button.text() == "Convert again"


@pytest.mark.parametrize(
    ("goal", "options"),
    [
        (Goal(), []),
        (Goal(Aim.KILOBYTES, 1), ["--target-size", "1KB"]),
        (Goal(Aim.PERCENT, 2.5), ["--target-size", "2.5%"]),
        (Goal(Aim.DECIBELS, 10), ["--target-psnr", "10"]),
        (BUILT_IN_PRESETS[0].goal, ["--preset", "web"]),
        (None, ["--lossless"]),
    ],
    ids=lambda value: value.aim if isinstance(value, Goal) else "",
)
@pytest.mark.parametrize("controller", [LOSSLESS_PACKAGE], ids=[""], indirect=True)
def test_the_same_settings_give_the_same_bytes_in_window_batch_and_command(
    page: BatchPage,
    controller: BatchController,
    drop: Callable[..., None],
    convert: Callable[[], None],
    qtbot: QtBot,
    tmp_path: Path,
    goal: Goal | None,
    options: list[str],
) -> None:
    source = draw(tmp_path / "a.bmp")
    drop(source)
    controls = page.options.goal
    assert not controls.lossless.isEnabled()
    controller.choose_encoder(Encoder(), can_be_lossless=True)
    if goal is None:
        controls.lossless.click()
        for other in (controls.slider, controls.presets, controls.aim):
            assert not other.isEnabled()
    elif goal.aim is Aim.QUALITY:
        controls.slider.setValue(round(goal.value))
    else:
        controls.aim.setCurrentIndex(list(Aim).index(goal.aim))
        controls.aim.activated.emit(controls.aim.currentIndex())
        controls.target.setValue(goal.value)
        assert not controls.slider.isEnabled()  # nobody knows yet what it will be
    convert()
    assert cells(page, Column.MESSAGE) == [""]
    window = Controller(LOSSLESS_PACKAGE, choice=Choice(lossless=True) if goal is None else Choice(goal))
    window.open_file(source)
    qtbot.waitUntil(lambda: window.state.coded is not None, timeout=LONG)
    window.close()
    assert window.state.coded is not None
    for command, output in (("encode", "b.qres"), ("batch", "out")):
        line = [command, str(source), "--model", str(LOSSLESS_PACKAGE), "-o", str(tmp_path / output), *options]
        assert main(line) == 0
    bytes_of_batch = (tmp_path / "a.qres").read_bytes()
    assert bytes_of_batch == window.state.coded.data
    assert bytes_of_batch == (tmp_path / "b.qres").read_bytes()
    assert bytes_of_batch == (tmp_path / "out" / "a.qres").read_bytes()
    assert (read_container(bytes_of_batch).lossless is not None) == (goal is None)


@pytest.mark.parametrize("controller", [LOSSLESS_PACKAGE], ids=["lossless"], indirect=True)
def test_lossless_goes_before_a_target_and_stays_when_the_model_changes(
    page: BatchPage, controller: BatchController, drop: Callable[..., None], convert: Callable[[], None], tmp_path: Path
) -> None:
    controls = page.options.goal
    controller.choose_encoder(Encoder(), can_be_lossless=True)
    controls.aim.setCurrentIndex(list(Aim).index(Aim.KILOBYTES))
    controls.aim.activated.emit(controls.aim.currentIndex())
    controls.lossless.click()
    assert controller.state.settings.target is None
    drop(draw(tmp_path / "a.png"))
    # What was to be lossless fails rather than becoming lossy, and can be taken back.
    controller.choose_encoder(Encoder(TINY_PACKAGE), can_be_lossless=False)
    convert()
    assert states(controller.state) == [FAILED]
    assert "no lossless head" in cells(page, Column.MESSAGE)[0]
    assert "no lossless head" in controls.lossless.toolTip()
    controls.lossless.click()
    assert controls.slider.isEnabled()
    assert not controls.lossless.isEnabled()
    convert()
    assert states(controller.state) == [DONE]


def test_presets_are_those_of_the_picture_page(
    page: BatchPage, controller: BatchController, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    controls = page.options.goal
    controls.presets.setCurrentIndex(0)
    controls.presets.activated.emit(0)
    assert controller.state.settings.encode == PRESETS["web"]
    assert not page.options.keep_metadata.isChecked()
    controls.aim.setCurrentIndex(list(Aim).index(Aim.DECIBELS))
    controls.aim.activated.emit(controls.aim.currentIndex())
    assert controller.state.settings.target == TargetPsnr(35)
    assert controls.presets.currentIndex() == -1
    monkeypatch.setattr("desktop.views.dialogs.ask_preset_name", lambda _: "Proofs")
    controls.keep_preset.trigger()
    assert controls.presets.currentText() == "Proofs"
    assert Preferences().presets == (Preset("Proofs", Goal(Aim.DECIBELS, 35), keep_metadata=False),)
    # The slider gives a quality again.
    controls.aim.setCurrentIndex(0)
    controls.aim.activated.emit(0)
    assert controller.state.settings.target is None
    assert controls.slider.isEnabled()


def test_the_model_that_is_chosen_for_pictures_encodes(
    page: BatchPage,
    controller: BatchController,
    drop: Callable[..., None],
    convert: Callable[[], None],
    tiny_package: ModelPackage,
    float_scale_package_file: Path,
    tmp_path: Path,
) -> None:
    drop(draw(tmp_path / "a.png"))
    convert()
    assert read_header((tmp_path / "a.qres").read_bytes()).model_id == tiny_package.model_id[:8]
    controller.choose_encoder(Encoder(float_scale_package_file, "cpu"), can_be_lossless=False)
    choose(page.options.existing, ExistingFile.OVERWRITE)
    convert()
    assert states(controller.state) == [DONE]  # of another model, so it was not done
    other = ModelPackage.load(float_scale_package_file).model_id[:8]
    assert read_header((tmp_path / "a.qres").read_bytes()).model_id == other


def test_what_keeps_files_from_being_written_is_told_in_each_row(
    page: BatchPage,
    controller: BatchController,
    drop: Callable[..., None],
    convert: Callable[[], None],
    tree: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    drop(tree)
    before = contents(tree)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        convert()
    assert states(controller.state) == [FAILED] * 6
    assert "the disk is full" in cells(page, Column.MESSAGE)[0]
    # A file where the target folder should be; not a folder without permissions: nothing is read-only for root.
    monkeypatch.setattr(dialogs, "ask_folder", lambda *_: tree / "notes.txt")
    choose(page.options.folder, "ask")
    convert()
    assert states(controller.state) == [FAILED] * 6
    assert "cannot be made" in cells(page, Column.MESSAGE)[0]
    assert contents(tree) == before
    choose(page.options.folder, None)
    convert()
    assert states(controller.state) == EXPECTED


def test_originals_go_to_the_trash_after_a_question_only(
    page: BatchPage,
    controller: BatchController,
    drop: Callable[..., None],
    convert: Callable[[], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = draw(tmp_path / "a.png")
    trashed: list[Path] = []

    def trash(path: Path) -> None:
        """The trash of this computer is no place for tests; test_batch.py uses the real one, in a folder of its own."""
        trashed.append(path)
        path.rename(tmp_path / "trashed")

    monkeypatch.setattr("codec_format.batch.send2trash", trash)
    drop(source)
    page.options.trash.click()
    monkeypatch.setattr(dialogs, "ask_about_trash", lambda *_: False)
    page.start_button.click()
    assert not controller.state.is_running
    monkeypatch.setattr(dialogs, "ask_about_trash", lambda *_: True)
    convert()
    assert trashed == [source]
    assert not source.exists()
    assert (tmp_path / "a.qres").is_file()


def test_all_choices_reach_the_run(page: BatchPage, controller: BatchController) -> None:
    options = page.options
    choose(options.existing, ExistingFile.OVERWRITE)
    for box in (options.keep_metadata, options.skip_done, options.only_if_smaller, options.keep_times):
        box.click()
    options.goal.number.setValue(77)
    encode, output = controller.state.settings.encode, controller.state.settings.output
    assert (encode.quality, encode.keep_metadata) == (77, False)
    assert output.existing is ExistingFile.OVERWRITE
    assert not output.skip_done
    assert (output.only_if_smaller, output.keep_times) == (True, False)


def test_rows_show_small_pictures_and_leave_the_list_while_files_stay(
    page: BatchPage, controller: BatchController, drop: Callable[..., None], tree: Path, qtbot: QtBot
) -> None:
    before = contents(tree)
    drop(tree, tree / "img2.jpg")

    def shown() -> bool:
        image = page.view.viewport().grab().toImage()
        colour = image.pixelColor(30, 27)
        return colour.blue() != colour.red()

    qtbot.waitUntil(shown, timeout=LONG)
    page.activateWindow()
    page.view.setFocus()
    page.view.selectRow(1)
    qtbot.keyClick(page.view, Qt.Key.Key_Delete)
    assert cells(page, Column.FILE) == ["img2.jpg", "img10.png", "a.webp", "b.png", "c.tiff"]
    drop(tree)
    assert page.table.rowCount() == 6
    page.clear_button.click()
    assert page.table.rowCount() == 0
    assert page.empty.isVisible()
    assert contents(tree) == before


@shipped
def test_a_window_that_closes_asks_while_a_run_is_under_way(
    page: BatchPage,
    controller: BatchController,
    drop: Callable[..., None],
    tree: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drop(tree)
    page.start_button.click()
    monkeypatch.setattr(dialogs, "ask_about_running", lambda _: False)
    event = QCloseEvent()
    page.closeEvent(event)
    assert not event.isAccepted()
    assert controller.state.is_running
    monkeypatch.setattr(dialogs, "ask_about_running", lambda _: True)
    start = time.monotonic()
    assert page.close()
    assert time.monotonic() - start < 30
    for path in tree.rglob("*.qres"):
        Codec(default_package()).decode(path.read_bytes())
    assert not list(tree.rglob("*.tmp"))


def test_everything_has_a_name_and_can_be_reached_by_keyboard(
    page: BatchPage, drop: Callable[..., None], tree: Path, qtbot: QtBot
) -> None:
    drop(tree)
    page.activateWindow()
    page.add_files_button.setFocus()
    reached = []
    for _ in range(40):
        focused = QApplication.focusWidget()
        assert focused is not None
        if focused in reached:
            break
        reached.append(focused)
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    for widget in (page.view, page.options.type, page.options.goal.slider, page.options.suffix, page.start_button):
        assert widget in reached
    for widget in reached:
        assert widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text()), widget
    assert isinstance(page.options.suffix, QLineEdit)
