"""Stories in the laboratory: one with the real shipped model, the others with a small one."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QSlider, QWidget
from pytestqt.qtbot import QtBot

from codec_format import Codec, EncodeSettings, ModelPackage, Sampling, default_package, load_picture, sample
from codec_format import inpaint as inpaint_picture
from codec_format import interpolate as interpolate_pictures
from codec_format.imaging import fitted
from desktop.app import add_laboratory
from desktop.controller import Controller
from desktop.laboratory_controller import LaboratoryController
from desktop.state.batch import Encoder
from desktop.state.laboratory import Experiment, LaboratoryState, recipe_chosen
from desktop.views import dialogs
from desktop.views.laboratory_page import LaboratoryPage
from desktop.views.main_window import MainWindow
from tests.codec_format.golden import TINY_PACKAGE

LONG = 120_000  # milliseconds, for a machine that is busy with other things


@pytest.fixture
def laboratory(window: MainWindow, controller: Controller, tiny_package: ModelPackage) -> LaboratoryController:
    """Of the page in the window, with the small model."""
    return add_laboratory(window, controller, tiny_package)


@pytest.fixture(scope="module")
def codec(tiny_package: ModelPackage) -> Codec:
    return Codec(tiny_package)


@pytest.fixture
def page(window: MainWindow, laboratory: LaboratoryController) -> Iterator[LaboratoryPage]:
    (page,) = window.findChildren(LaboratoryPage)
    window.show_page(page)
    yield page
    laboratory.close()


@pytest.fixture
def opened(page: LaboratoryPage, window: MainWindow, controller: Controller, picture_file: Path) -> LaboratoryPage:
    controller.open_file(picture_file)
    window.show_page(page)
    return page


@pytest.fixture
def make(qtbot: QtBot, page: LaboratoryPage, laboratory: LaboratoryController) -> Callable[[], np.ndarray]:
    """Presses the button, waits, and gives the pixels of the result."""

    def make() -> np.ndarray:
        before = laboratory.state.creation
        qtbot.mouseClick(page.panel.make_button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: laboratory.state.activity is None, timeout=LONG)
        assert laboratory.state.error == ""
        creation = laboratory.state.creation
        assert creation is not None
        assert creation is not before
        return creation.picture.pixels

    return make


def choose(page: LaboratoryPage, experiment: Experiment) -> None:
    page.panel.tabs.setCurrentIndex(list(Experiment).index(experiment))


def wait_for_source(qtbot: QtBot, laboratory: LaboratoryController) -> None:
    qtbot.waitUntil(lambda: laboratory.state.source is not None, timeout=LONG)


def test_a_sample_is_that_of_the_library(page: LaboratoryPage, make: Callable[[], np.ndarray], codec: Codec) -> None:
    panel = page.panel
    assert page.hint.isVisible()
    assert not panel.export_button.isEnabled()
    for box, value in ((panel.width_box, 100), (panel.height_box, 70), (panel.seed, 11), (panel.quality, 30)):
        box.setValue(value)
    panel.temperature.setValue(85)
    assert panel.temperature_number.value() == 0.85
    pixels = make()
    expected = sample(codec, 100, 70, Sampling(0.85, 11), 30).pixels
    np.testing.assert_array_equal(pixels, expected)
    assert page.view.isVisible()
    assert "seed 11" in page.view.accessibleDescription()
    assert panel.message.text().startswith("Made in ")
    assert panel.export_button.isEnabled()


def test_the_shipped_model_makes_a_sample_and_fills_a_rectangle(
    window: MainWindow, controller: Controller, picture_file: Path, qtbot: QtBot
) -> None:
    laboratory = add_laboratory(window, controller)
    (page,) = window.findChildren(LaboratoryPage)
    controller.open_file(picture_file)
    wait_for_source(qtbot, laboratory)
    window.show_page(page)
    codec, picture, sampling = Codec(default_package()), load_picture(picture_file), Sampling(0.7, 1)
    expected = {
        Experiment.SAMPLE: sample(codec, 90, 60, sampling),
        Experiment.INPAINTING: inpaint_picture(codec, picture, (20, 30, 40, 50), sampling),
    }
    recipe = replace(laboratory.state.recipe, width=90, height=60, region=(20, 30, 40, 50))
    for experiment, made in expected.items():
        laboratory.choose(replace(recipe, experiment=experiment))
        qtbot.mouseClick(page.panel.make_button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: laboratory.state.activity is None, timeout=LONG)
        assert laboratory.state.creation is not None
        np.testing.assert_array_equal(laboratory.state.creation.picture.pixels, made.pixels)
    laboratory.close()


def test_another_seed_makes_another_picture_at_once(
    page: LaboratoryPage, make: Callable[[], np.ndarray], laboratory: LaboratoryController, qtbot: QtBot
) -> None:
    page.panel.width_box.setValue(64)
    page.panel.height_box.setValue(64)
    page.panel.temperature_number.setValue(1.0)
    first = make()
    qtbot.mouseClick(page.panel.another, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: laboratory.state.activity is None, timeout=LONG)
    assert laboratory.state.creation is not None
    assert laboratory.state.creation.recipe.seed == page.panel.seed.value() != 1
    assert np.any(laboratory.state.creation.picture.pixels != first)


def test_a_rectangle_drawn_with_the_mouse_is_filled_and_nothing_else(
    opened: LaboratoryPage,
    make: Callable[[], np.ndarray],
    laboratory: LaboratoryController,
    codec: Codec,
    qtbot: QtBot,
    picture_file: Path,
) -> None:
    choose(opened, Experiment.INPAINTING)
    wait_for_source(qtbot, laboratory)
    view, panel = opened.view, opened.panel
    assert not panel.make_button.isEnabled()
    assert panel.message.text() == "Draw a rectangle on the picture."
    # From the lower right corner to the upper left one, the mouse leaving the picture in between.
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=view.place_of(90, 80).toPoint())
    qtbot.mouseMove(view, QPoint(0, 0))
    qtbot.mouseMove(view, view.place_of(40, 30).toPoint())
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton)
    region = laboratory.state.recipe.region
    assert region is not None
    np.testing.assert_allclose(region, (40, 30, 50, 50), atol=2)
    assert tuple(box.value() for box in panel.region) == region
    panel.region[0].setValue(42)
    assert laboratory.state.recipe.region == (42, *region[1:])
    pixels = make()
    picture = load_picture(picture_file)
    expected = inpaint_picture(codec, picture, (42, *region[1:]), Sampling(0.7, 1)).pixels
    np.testing.assert_array_equal(pixels, expected)
    outside = np.ones(pixels.shape[:2], bool)
    outside[region[1] : region[1] + region[3], 42 : 42 + region[2]] = False
    np.testing.assert_array_equal(pixels[outside], picture.pixels[outside])
    # Beside its picture, the result takes no drawing; there, dragging pans.
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(view.width() - 100, view.height() // 2))
    qtbot.mouseMove(view, QPoint(view.width() - 140, view.height() // 2))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton)
    assert laboratory.state.recipe.region == (42, *region[1:])


def test_between_the_open_picture_and_another_that_is_dropped(
    opened: LaboratoryPage,
    make: Callable[[], np.ndarray],
    laboratory: LaboratoryController,
    codec: Codec,
    qtbot: QtBot,
    picture_file: Path,
    other_picture_file: Path,
) -> None:
    choose(opened, Experiment.INTERPOLATION)
    wait_for_source(qtbot, laboratory)
    assert opened.panel.message.text() == "Choose the other picture."
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(other_picture_file))])
    keys = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(QPoint(20, 120), *keys)
    opened.dragEnterEvent(enter)
    assert enter.isAccepted()
    opened.dropEvent(QDropEvent(QPointF(20, 120), *keys))
    qtbot.waitUntil(lambda: laboratory.state.other is not None, timeout=LONG)
    assert opened.panel.other_name.text() == "other.png"
    opened.panel.position.setValue(25)
    pixels = make()
    first, second = load_picture(picture_file), fitted(load_picture(other_picture_file), 199, 130)
    (expected,) = interpolate_pictures(codec, first, second, [0.25])
    np.testing.assert_array_equal(pixels, expected.pixels)
    assert "was scaled and cut" in opened.panel.message.text()
    # Elsewhere, a dropped file is one for the window to open.
    choose(opened, Experiment.SAMPLE)
    enter = QDragEnterEvent(QPoint(20, 120), *keys)
    opened.dragEnterEvent(enter)
    assert not enter.isAccepted()


def test_the_other_picture_may_be_a_qres_file(
    opened: LaboratoryPage,
    laboratory: LaboratoryController,
    codec: Codec,
    qtbot: QtBot,
    other_picture_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = other_picture_file.with_suffix(".qres")
    monkeypatch.setenv("QRES_MODELS", str(TINY_PACKAGE))
    path.write_bytes(codec.encode(load_picture(other_picture_file), EncodeSettings(60)))
    choose(opened, Experiment.INTERPOLATION)
    monkeypatch.setattr(dialogs, "ask_open_path", lambda *_: path)
    qtbot.mouseClick(opened.panel.other, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: laboratory.state.other is not None, timeout=LONG)
    assert laboratory.state.other is not None
    np.testing.assert_array_equal(laboratory.state.other.picture.pixels, codec.decode(path.read_bytes()).picture.pixels)


def test_a_result_is_exported_copied_and_taken_over(
    page: LaboratoryPage,
    make: Callable[[], np.ndarray],
    laboratory: LaboratoryController,
    window: MainWindow,
    controller: Controller,
    qtbot: QtBot,
    tmp_path: Path,
    choose_target: Callable[[Path | None], None],
) -> None:
    page.panel.width_box.setValue(60)
    page.panel.height_box.setValue(50)
    pixels = make()
    target = tmp_path / "sample.png"
    choose_target(target)
    qtbot.mouseClick(page.panel.export_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.panel.message.text() == "Exported sample.png.", timeout=LONG)
    np.testing.assert_array_equal(load_picture(target).pixels, pixels)
    qtbot.mouseClick(page.panel.copy_button, Qt.MouseButton.LeftButton)
    copied = QGuiApplication.clipboard().image()
    assert (copied.width(), copied.height()) == (60, 50)
    assert copied.pixelColor(7, 9).getRgb()[:3] == tuple(pixels[9, 7])
    qtbot.mouseClick(page.panel.use_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: controller.state.coded is not None, timeout=LONG)
    assert controller.state.source is not None
    np.testing.assert_array_equal(controller.state.source.picture.pixels, pixels)
    assert controller.state.source.name == "Sample"
    assert window.pages.currentIndex() == 0


def test_cancelling_leaves_what_is_shown(
    page: LaboratoryPage, make: Callable[[], np.ndarray], laboratory: LaboratoryController, qtbot: QtBot
) -> None:
    page.panel.width_box.setValue(64)
    page.panel.height_box.setValue(64)
    make()
    shown = laboratory.state.creation
    page.panel.width_box.setValue(4096)
    page.panel.height_box.setValue(4096)
    qtbot.mouseClick(page.panel.make_button, Qt.MouseButton.LeftButton)
    assert page.panel.make_button.text() == "Cancel"
    assert page.panel.progress.isVisible()
    qtbot.wait(300)
    qtbot.mouseClick(page.panel.make_button, Qt.MouseButton.LeftButton)
    assert laboratory.state.activity is None
    assert laboratory.state.creation is shown
    assert page.panel.message.text() == "Cancelled."


def test_an_error_is_told_and_the_page_goes_on(
    page: LaboratoryPage, make: Callable[[], np.ndarray], laboratory: LaboratoryController, qtbot: QtBot, tmp_path: Path
) -> None:
    laboratory.choose_encoder(Encoder(tmp_path / "missing.qresmodel"))
    qtbot.mouseClick(page.panel.make_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: laboratory.state.error != "", timeout=LONG)
    assert "missing.qresmodel" in page.panel.message.text()
    laboratory.choose_encoder(Encoder())
    page.panel.width_box.setValue(30)
    make()


def test_another_document_takes_what_was_made_of_the_old_one_along(
    opened: LaboratoryPage,
    make: Callable[[], np.ndarray],
    laboratory: LaboratoryController,
    controller: Controller,
    qtbot: QtBot,
    other_picture_file: Path,
) -> None:
    wait_for_source(qtbot, laboratory)
    choose(opened, Experiment.INPAINTING)
    laboratory.choose(replace(laboratory.state.recipe, region=(10, 10, 20, 20)))
    make()
    controller.open_file(other_picture_file)
    qtbot.waitUntil(lambda: laboratory.state.source is controller.state.source, timeout=LONG)
    assert laboratory.state.source is not None
    qtbot.waitUntil(lambda: laboratory.state.source.name == "other.png", timeout=LONG)
    assert laboratory.state.creation is None
    assert laboratory.state.recipe.region is None


def test_an_opened_qres_file_can_be_worked_with(
    page: LaboratoryPage,
    laboratory: LaboratoryController,
    controller: Controller,
    qtbot: QtBot,
    codec: Codec,
    tmp_path: Path,
    picture_file: Path,
) -> None:
    path = tmp_path / "coded.qres"
    path.write_bytes(codec.encode(load_picture(picture_file)))
    controller.open_file(path)
    wait_for_source(qtbot, laboratory)
    assert laboratory.state.source is not None
    assert laboratory.state.source.name == "coded.qres"
    np.testing.assert_array_equal(
        laboratory.state.source.picture.pixels, codec.decode(path.read_bytes()).picture.pixels
    )


def test_every_control_has_a_name_and_can_be_reached(page: LaboratoryPage) -> None:
    kinds: tuple[type[QWidget], ...] = (QAbstractSpinBox, QSlider, QAbstractButton)
    for experiment in Experiment:
        choose(page, experiment)
        for kind in kinds:
            for widget in page.panel.findChildren(kind):
                if widget.isVisible():
                    name = widget.accessibleName() or (widget.text() if isinstance(widget, QAbstractButton) else "")
                    assert name, widget
                    assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus or not widget.isEnabled(), name


def test_a_region_stays_within_the_picture(
    opened: LaboratoryPage, laboratory: LaboratoryController, qtbot: QtBot
) -> None:
    wait_for_source(qtbot, laboratory)
    state: LaboratoryState = laboratory.state
    for region, kept in (
        ((190, 120, 50, 50), (190, 120, 9, 10)),
        ((500, 500, 5, 5), (198, 129, 1, 1)),
        ((-5, 3, 10, 4), (0, 3, 5, 4)),
    ):
        assert recipe_chosen(state, replace(state.recipe, region=region)).recipe.region == kept
