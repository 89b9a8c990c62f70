"""Targets, presets, metadata, model and device: from the controls to the bytes."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from codec_format import Codec, EncodeSettings, ModelPackage, load_picture
from codec_format.container import read_container, read_header
from codec_format.metrics import psnr
from desktop.controller import Controller
from desktop.state.choice import BUILT_IN_PRESETS, Aim, Goal, Preset, presets_from_text, presets_to_text
from desktop.views import dialogs
from desktop.views.captions import captions
from desktop.views.main_window import MainWindow
from desktop.views.preferences import Preferences
from desktop.work import first_blocks
from tests.codec_format.golden import LOSSLESS_FILE, LOSSLESS_PACKAGE, golden_pixels

Settled = Callable[[], None]
LONG = 60_000


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    """A JPEG file with camera data, large enough for MS-SSIM."""
    y, x = np.mgrid[0:170, 0:230]
    rough = np.random.default_rng(4).integers(0, 40, (170, 230))
    image = Image.fromarray(np.stack([x, 220 - y, 90 + rough], -1).astype(np.uint8))
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Testar"
    exif[ExifTags.Base.Model] = "Obscura 3"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ExposureTime] = 0.004
    path = tmp_path / "photograph.jpg"
    image.save(path, exif=exif, quality=95)
    return path


@pytest.fixture
def opened(window: MainWindow, controller: Controller, settled: Settled, photograph: Path) -> MainWindow:
    controller.open_file(photograph)
    settled()
    return window


def choose_aim(window: MainWindow, aim: Aim) -> None:
    box = window.side_panel.quality.goal.aim
    box.setCurrentIndex(list(Aim).index(aim))
    box.activated.emit(box.currentIndex())


def choose_model_file(window: MainWindow, monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(dialogs, "ask_model_path", lambda _parent: path)
    box = window.side_panel.quality.model
    box.setCurrentIndex(box.count() - 1)
    box.activated.emit(box.count() - 1)


def coded_bytes(controller: Controller) -> bytes:
    assert controller.state.coded is not None
    return controller.state.coded.data


def test_a_target_size_is_kept_to(
    opened: MainWindow, controller: Controller, settled: Settled, photograph: Path, tiny_package: ModelPackage
) -> None:
    panel = opened.side_panel.quality.goal
    before = len(coded_bytes(controller))
    choose_aim(opened, Aim.KILOBYTES)
    # It begins with what there is, so that nothing jumps.
    assert panel.target.isVisible()
    assert (panel.target.value() - 1) * 1000 < before <= panel.target.value() * 1000
    panel.target.setValue(2)
    settled()
    state = controller.state
    assert state.is_current
    assert len(coded_bytes(controller)) <= 2000
    # The slider stands at the quality that was found, and its bytes are those that everybody gets.
    assert panel.slider.value() == state.quality == panel.number.value()
    settings = EncodeSettings(state.quality)
    assert coded_bytes(controller) == Codec(tiny_package).encode(load_picture(photograph), settings)
    # Moving the slider ends the target.
    panel.slider.setValue(state.quality + 7)
    assert controller.state.choice.goal == Goal(Aim.QUALITY, state.quality + 7)
    assert not panel.target.isVisible()


def test_a_share_of_the_source_file_is_kept_to(
    opened: MainWindow, controller: Controller, settled: Settled, photograph: Path
) -> None:
    choose_aim(opened, Aim.PERCENT)
    opened.side_panel.quality.goal.target.setValue(12.5)
    settled()
    assert len(coded_bytes(controller)) <= 0.125 * photograph.stat().st_size
    assert controller.state.is_current


def test_a_target_psnr_is_reached(opened: MainWindow, controller: Controller, settled: Settled) -> None:
    source, shown = controller.state.source, controller.state.shown
    assert source is not None
    assert shown is not None
    reachable = round(psnr(source.picture.pixels, shown.picture.pixels) - 0.3, 1)
    choose_aim(opened, Aim.DECIBELS)
    opened.side_panel.quality.goal.target.setValue(reachable)
    settled()
    assert controller.state.shown is not None
    assert psnr(source.picture.pixels, controller.state.shown.picture.pixels) >= reachable
    assert not opened.banner.isVisible()


def test_a_target_out_of_reach_gives_the_nearest_result_and_a_note(
    opened: MainWindow, controller: Controller, settled: Settled
) -> None:
    choose_aim(opened, Aim.DECIBELS)
    opened.side_panel.quality.goal.target.setValue(60)
    settled()
    assert "Not even the best quality" in opened.banner.sentence.text()
    assert controller.state.quality == 100
    assert opened.commands.save.isEnabled()
    opened.side_panel.quality.goal.slider.setValue(40)
    settled()
    assert not opened.banner.isVisible()


def test_a_picture_from_the_clipboard_has_no_file_to_take_a_share_of(
    opened: MainWindow, controller: Controller, settled: Settled, photograph: Path
) -> None:
    controller.open_bytes("Clipboard", photograph.read_bytes)
    settled()
    choose_aim(opened, Aim.PERCENT)
    settled()
    assert "no file to take a percentage of" in opened.banner.sentence.text()
    # The controls are back at what is shown.
    assert controller.state.choice.goal.aim is Aim.QUALITY
    assert opened.commands.save.isEnabled()


def test_metadata_are_kept_or_left_out(opened: MainWindow, controller: Controller, settled: Settled) -> None:
    assert read_container(coded_bytes(controller)).exif
    opened.side_panel.quality.options_button.click()
    opened.side_panel.quality.metadata.click()
    settled()
    assert read_container(coded_bytes(controller)).exif is None


def test_a_preset_sets_quality_and_metadata_and_own_ones_are_kept(
    opened: MainWindow, controller: Controller, settled: Settled, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = opened.side_panel.quality.goal
    names = [panel.presets.itemText(index) for index in range(panel.presets.count())]
    assert names == [preset.name for preset in BUILT_IN_PRESETS]
    assert panel.presets.currentText() == "Balanced"
    assert not panel.keep_preset.isEnabled()
    panel.presets.setCurrentIndex(0)
    panel.presets.activated.emit(0)
    settled()
    assert controller.state.choice.goal == BUILT_IN_PRESETS[0].goal
    assert not controller.state.choice.keep_metadata
    # Other settings are nobody's preset, until they are given a name.
    panel.slider.setValue(42)
    assert panel.presets.currentIndex() == -1
    assert not panel.delete_preset.isEnabled()
    monkeypatch.setattr(dialogs, "ask_preset_name", lambda _parent: "Mine")
    panel.keep_preset.trigger()
    assert panel.presets.currentText() == "Mine"
    settled()
    opened.close()
    # It is there at the next start, and can be deleted.
    again = MainWindow(Controller(choice=Preferences().choice), Preferences())
    qtbot.addWidget(again)
    assert again.side_panel.quality.goal.presets.currentText() == "Mine"
    assert Preferences().presets == (Preset("Mine", Goal(Aim.QUALITY, 42), keep_metadata=False),)
    again.side_panel.quality.goal.delete_preset.trigger()
    assert Preferences().presets == ()
    again.close()


def test_kept_presets_that_make_no_sense_are_left_out() -> None:
    good = Preset("A", Goal(Aim.DECIBELS, 36.5))
    text = presets_to_text([good])
    assert presets_from_text(text) == (good,)
    assert presets_from_text(text.replace("36.5", "-4")) == ()
    assert presets_from_text(text.replace("decibels", "colour")) == ()
    assert presets_from_text('[{"name": "B"}, 3, null]') == ()
    assert presets_from_text("no JSON") == ()
    assert presets_from_text("3") == ()


def test_another_model_is_chosen_by_its_file(
    opened: MainWindow,
    controller: Controller,
    settled: Settled,
    monkeypatch: pytest.MonkeyPatch,
    float_scale_package_file: Path,
) -> None:
    box = opened.side_panel.quality.model
    before = coded_bytes(controller)
    choose_model_file(opened, monkeypatch, float_scale_package_file)
    settled()
    package = ModelPackage.load(float_scale_package_file)
    assert read_header(coded_bytes(controller)).model_id == package.model_id[:8]
    assert opened.status_line.running_on.text().startswith(package.manifest.name)
    assert box.currentText() == float_scale_package_file.stem
    # Back to the standard.
    box.setCurrentIndex(0)
    box.activated.emit(0)
    settled()
    assert coded_bytes(controller) == before


def test_lossless_is_offered_where_the_model_can_do_it(
    opened: MainWindow,
    controller: Controller,
    settled: Settled,
    qtbot: QtBot,
    photograph: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    panel, figures = opened.side_panel.quality.goal, opened.side_panel.figures
    qtbot.waitUntil(lambda: bool(controller.state.models), timeout=LONG)
    assert not panel.lossless.isEnabled()
    assert "no lossless head" in panel.lossless.toolTip()
    # A model that nobody knew until its file was chosen.
    file = tmp_path / "other.qresmodel"
    file.write_bytes(LOSSLESS_PACKAGE.read_bytes())
    choose_model_file(opened, monkeypatch, file)
    settled()
    qtbot.waitUntil(panel.lossless.isEnabled, timeout=LONG)
    assert "no lossless head" not in panel.lossless.toolTip()
    lossy = coded_bytes(controller)
    choose_aim(opened, Aim.KILOBYTES)
    settled()
    panel.lossless.click()
    for other in (panel.slider, panel.number, panel.aim, panel.target, panel.presets, panel.presets_menu):
        assert not other.isEnabled()
    settled()
    source, shown = controller.state.source, controller.state.shown
    assert source is not None
    assert shown is not None
    np.testing.assert_array_equal(shown.picture.pixels, source.picture.pixels)
    codec = Codec(ModelPackage.load(LOSSLESS_PACKAGE))
    assert coded_bytes(controller) == codec.encode(load_picture(photograph), EncodeSettings(lossless=True))
    assert (figures.psnr.text(), figures.ms_ssim.text()) == ("bit-exact", "1.0000")
    assert opened.status_line.message.text() == "Encoded losslessly."
    assert "QRes, lossless" in captions(controller.state)[1]
    asked: list[int | None] = []
    monkeypatch.setattr(
        dialogs, "ask_about_unsaved", lambda _, __, quality: asked.append(quality) or dialogs.Unsaved.KEEP
    )
    opened.close()
    assert asked == [None]
    # The blocks without the lossless part are a lossy picture, and the size told is that of their file.
    controller.choose_blocks(2)
    settled()
    coded, shown = controller.state.coded, controller.state.shown
    assert coded is not None
    assert shown is not None
    assert figures.psnr.text().endswith(" dB")
    assert coded.bytes_of_blocks(2) == len(first_blocks(coded, 2))
    # A model that cannot do it says so, and what was there stays.
    opened.side_panel.quality.model.setCurrentIndex(0)
    opened.side_panel.quality.model.activated.emit(0)
    settled()
    assert "no lossless head" in opened.banner.sentence.text()
    assert controller.state.choice.model == file
    assert controller.state.choice.lossless
    panel.lossless.click()
    assert panel.aim.isEnabled()
    panel.aim.setCurrentIndex(0)
    panel.aim.activated.emit(0)
    panel.slider.setValue(60)
    settled()
    assert coded_bytes(controller) == lossy


def test_a_lossless_file_that_is_opened_ends_bit_exact(
    window: MainWindow, controller: Controller, settled: Settled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QRES_MODELS", str(LOSSLESS_PACKAGE))
    controller.open_file(LOSSLESS_FILE)
    settled()
    shown = controller.state.shown
    assert shown is not None
    np.testing.assert_array_equal(shown.picture.pixels, golden_pixels())
    assert "QRes, lossless" in captions(controller.state)[1]
    parts = window.side_panel.information.parts
    last = parts.item(parts.rowCount() - 1, 0)
    assert last is not None
    assert last.text() == "Lossless part"


def test_the_installed_models_can_be_chosen(window: MainWindow, controller: Controller, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: bool(controller.state.models), timeout=LONG)
    box = window.side_panel.quality.model
    offered = [box.itemText(index) for index in range(box.count())]
    assert offered[0] == "Standard"
    standard, *installed = controller.state.models
    assert standard.name == "tiny"
    assert [model.name for model in installed] == offered[1:-2]


def test_the_device_shown_is_the_one_in_use_whatever_was_chosen(
    opened: MainWindow, controller: Controller, settled: Settled, photograph: Path, tiny_package: ModelPackage
) -> None:
    box = opened.side_panel.quality.device
    for index, device in ((1, "cpu"), (2, "cuda")):
        box.setCurrentIndex(index)
        box.activated.emit(index)
        settled()
        codec = Codec(tiny_package, device)
        codec.encode(load_picture(photograph))
        assert opened.side_panel.quality.device_in_use.text() == f"In use: {codec.device}"
        assert opened.status_line.running_on.text().endswith(codec.device.partition(" ")[0].upper())
        assert opened.banner.isVisible() == (codec.device_warning is not None)


def test_the_last_choice_is_there_at_the_next_start(opened: MainWindow, settled: Settled, qtbot: QtBot) -> None:
    opened.side_panel.quality.goal.slider.setValue(33)
    opened.side_panel.quality.metadata.setChecked(False)
    settled()
    opened.close()
    choice = Preferences().choice
    assert (choice.goal, choice.keep_metadata, choice.device) == (Goal(Aim.QUALITY, 33), False, "auto")


def test_the_information_panel_tells_what_the_file_holds(
    opened: MainWindow, controller: Controller, qtbot: QtBot
) -> None:
    qtbot.keyClick(opened, Qt.Key.Key_I)
    panel = opened.side_panel.information
    assert panel.isVisible()
    assert opened.side_panel.tabs.currentIndex() == 1
    grid = panel.facts
    cells = [grid.itemAtPosition(row, column) for row in range(grid.rowCount()) for column in (0, 1)]
    words = [getattr(cell.widget(), "text", str)() for cell in cells if cell is not None]
    facts = dict(zip(words[::2], words[1::2], strict=True))
    header = read_header(coded_bytes(controller))
    assert facts["Format version"] == str(header.version)
    assert facts["Quality index"] == str(header.quality_index)
    assert facts["Model"] == "tiny"
    assert header.model_id.hex().startswith(facts["Model identity"].rstrip("…"))
    assert (facts["Camera maker"], facts["Camera"], facts["Exposure, s"]) == ("Testar", "Obscura 3", "1/250")
    # The parts are those of the file, and together with the magic they are the whole file.
    rows = [[panel.parts.item(row, column) for column in range(3)] for row in range(panel.parts.rowCount())]
    table = [[item.text() if item is not None else "" for item in row] for row in rows]
    assert [name for name, _, _ in table if name.startswith("Latent")] == [f"Latent block {n}" for n in (1, 2, 3)]
    assert sum(int(count.replace(",", "")) for _, count, _ in table) + 8 == len(coded_bytes(controller))
    assert coded_bytes(controller)[-4:][::-1].hex() == table[-1][2]
    qtbot.keyClick(opened, Qt.Key.Key_I)
    assert not panel.isVisible()


def test_similarity_is_told_once_it_is_measured(opened: MainWindow, controller: Controller) -> None:
    shown = controller.state.shown
    assert shown is not None
    assert shown.similarity is not None
    assert shown.similarity.ms_ssim is not None
    assert 0.3 < shown.similarity.ms_ssim < 1
    assert opened.side_panel.figures.ms_ssim.text() == f"{shown.similarity.ms_ssim:.4f}"
