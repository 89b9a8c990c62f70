"""Looking closely: arrangements of the two pictures, the divider, enlarged pixels, colours."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from codec_format import Codec, EncodeSettings, ModelPackage, Picture
from codec_format.colour import profile_from_cicp
from codec_format.container import read_container
from desktop.controller import Controller
from desktop.state.display import prepare
from desktop.state.window_state import WindowState
from desktop.views.comparison_view import Layout
from desktop.views.main_window import MainWindow

Settled = Callable[[], None]
Colour = tuple[int, int, int]


@pytest.fixture
def opened(window: MainWindow, controller: Controller, settled: Settled, picture_file: Path) -> MainWindow:
    """The window with the picture encoded, at 100 %."""
    controller.open_file(picture_file)
    settled()
    window.commands.full_size.trigger()
    return window


def pixels(controller: Controller, x: int, y: int) -> tuple[Colour, Colour]:
    """A pixel of the original and of the result."""
    source, shown = controller.state.source, controller.state.shown
    assert source is not None
    assert shown is not None
    first, second = source.picture.pixels[y, x], shown.picture.pixels[y, x]
    return (int(first[0]), int(first[1]), int(first[2])), (int(second[0]), int(second[1]), int(second[2]))


def on_screen(window: MainWindow, x: int, y: int) -> Colour:
    left, top, _, _ = window.comparison.viewport.picture_rectangle
    colour = QColor(window.comparison.grab().toImage().pixel(int(left) + x, int(top) + y))
    return colour.red(), colour.green(), colour.blue()


def test_one_key_flips_between_the_original_and_the_result(
    opened: MainWindow, controller: Controller, qtbot: QtBot
) -> None:
    # Wherever the divider stood, each picture fills the view.
    for x, y in ((30, 40), (150, 60)):
        original, result = pixels(controller, x, y)
        assert original != result
        opened.commands.divider.trigger()
        qtbot.keyClick(opened, Qt.Key.Key_F)
        assert on_screen(opened, x, y) == original
        assert opened.commands.original.isChecked()
        qtbot.keyClick(opened, Qt.Key.Key_F)
        assert on_screen(opened, x, y) == result
        qtbot.keyClick(opened, Qt.Key.Key_F)
        assert on_screen(opened, x, y) == original


def test_the_difference_is_that_of_the_samples_made_brighter(opened: MainWindow, controller: Controller) -> None:
    opened.commands.difference.trigger()
    different = 0
    for x, y in ((30, 40), (150, 60), (70, 20), (120, 15)):
        original, result = pixels(controller, x, y)
        expected = tuple(min(255, 8 * abs(a - b)) for a, b in zip(original, result, strict=True))
        different += expected != (0, 0, 0)
        assert on_screen(opened, x, y) == expected
    assert different


def test_a_double_click_on_the_divider_puts_it_left_into_the_middle_and_right(opened: MainWindow, qtbot: QtBot) -> None:
    view = opened.comparison

    def double_click() -> float:
        # Beside the very edge, where the divider can still be taken hold of.
        x = min(max(round(view.divider * view.width()), 3), view.width() - 3)
        for click in (qtbot.mouseClick, qtbot.mouseDClick):
            click(view, Qt.MouseButton.LeftButton, pos=QPoint(x, 30))
        return view.divider

    assert view.divider == 0.5
    assert [double_click() for _ in range(4)] == [1.0, 0.0, 0.5, 1.0]
    view.move_divider(0.3)
    assert double_click() == 0.5


def test_zoom_and_pan_keep_both_pictures_in_step(opened: MainWindow, controller: Controller, qtbot: QtBot) -> None:
    opened.commands.beside.trigger()
    opened.comparison.zoom_to(4.0)
    opened.comparison.setFocus()
    qtbot.keyClick(opened.comparison, Qt.Key.Key_Right)
    view = opened.comparison
    image = view.grab().toImage()
    left, top, _, _ = view.viewport.picture_rectangle
    x, y = 120, 65
    second_pane = image.width() - view.viewport.pane_width
    for pane_left, expected in zip((0, second_pane), pixels(controller, x, y), strict=True):
        colour = QColor(image.pixel(int(pane_left + left) + 4 * x + 2, int(top) + 4 * y + 2))
        assert (colour.red(), colour.green(), colour.blue()) == expected


def test_enlarged_pixels_are_squares_or_smooth_as_one_likes(opened: MainWindow) -> None:
    opened.commands.original.trigger()
    opened.comparison.zoom_to(8.0)

    def colours_in_one_pixel() -> int:
        left, top, _, _ = opened.comparison.viewport.picture_rectangle
        image = opened.comparison.grab().toImage()
        x, y = round(left) + 8 * 125, round(top) + 8 * 65  # in the rough part
        return len({image.pixel(x + across, y + down) for across in range(8) for down in range(8)})

    assert opened.commands.sharp.isChecked()
    assert colours_in_one_pixel() == 1
    opened.commands.sharp.trigger()
    assert colours_in_one_pixel() > 8


def test_a_picture_of_another_colour_space_is_converted_for_the_screen() -> None:
    samples = np.random.default_rng(2).integers(0, 256, (70, 90, 3)).astype(np.uint8)
    icc = profile_from_cicp(12, 13)  # Display P3
    assert icc is not None
    shown = prepare(Picture(samples, icc=icc)).levels[0]
    profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    expected = ImageCms.profileToProfile(Image.fromarray(samples), profile, ImageCms.createProfile("sRGB"))
    assert expected is not None
    np.testing.assert_array_equal(shown, np.asarray(expected))
    assert np.abs(shown.astype(int) - samples).max() > 10
    # Without a profile it is sRGB already, and with one that nobody can read it is shown like that.
    np.testing.assert_array_equal(prepare(Picture(samples)).levels[0], samples)
    np.testing.assert_array_equal(prepare(Picture(samples, icc=b"no profile")).levels[0], samples)


def test_small_copies_are_means_so_that_nothing_aliases() -> None:
    stripes = np.zeros((256, 300, 3), np.uint8)
    stripes[:, ::2] = 200
    levels = prepare(Picture(stripes)).levels
    assert [level.shape[:2] for level in levels] == [(256, 300), (128, 150), (64, 75), (32, 38)]
    assert np.ptp(levels[1]) == 0
    assert abs(int(levels[1][0, 0, 0]) - 100) <= 1


def test_transparency_is_shown_on_white() -> None:
    picture = Picture(np.zeros((4, 4, 3), np.uint8), alpha=np.full((4, 4), 51, np.uint8))
    assert prepare(picture).levels[0][0, 0].tolist() == [204, 204, 204]


def test_the_arrangement_is_there_again_at_the_next_start(
    opened: MainWindow, qtbot: QtBot, controller: Controller
) -> None:
    opened.commands.difference.trigger()
    opened.commands.sharp.trigger()
    opened.side_panel.quality.options_button.click()
    opened.resize(790, 700)
    opened.close()
    again = MainWindow(controller)
    qtbot.addWidget(again)
    assert again.comparison.arrangement is Layout.DIFFERENCE
    assert again.commands.difference.isChecked()
    assert not again.commands.sharp.isChecked()
    assert again.side_panel.quality.options_button.isChecked()
    assert (again.width(), again.height()) == (790, 700)


def test_a_large_file_shows_its_preview_at_once_then_its_coarse_blocks_then_all(
    window: MainWindow, controller: Controller, settled: Settled, tmp_path: Path, tiny_package: ModelPackage
) -> None:
    y, x = np.mgrid[0:1600, 0:2000]
    rough = np.random.default_rng(6).integers(0, 60, (1600, 2000))
    samples = np.stack([x % 256, (x + y) % 256, 90 + rough], -1).astype(np.uint8)
    path = tmp_path / "large.qres"
    path.write_bytes(Codec(tiny_package).encode(Picture(samples), EncodeSettings(50, preview_share=1.0)))
    assert read_container(path.read_bytes()).preview
    seen: list[object] = []
    titles: list[str] = []

    def note(state: WindowState) -> None:
        seen.append("preview" if state.glimpse else state.shown.blocks if state.shown else None)
        if state.glimpse is not None and not titles:
            titles.append(window.windowTitle())
            # It fills the place of the picture.
            assert window.comparison.viewport.picture_width == 2000
            colour = on_screen(window, 300, 30)
            assert colour != on_screen(window, -10, 30)

    controller.changed.connect(note)
    controller.open_file(path)
    settled()
    coarse = tiny_package.manifest.blocks_of(tiny_package.manifest.strides[-1]).start
    assert list(dict.fromkeys(seen)) == [None, "preview", *range(coarse, 4)]
    assert titles[0].startswith("large.qres")
    # The refinement can be cancelled; what is shown by then stays.
    window.commands.play.trigger()
    assert controller.state.blocks == 1
    window.commands.cancel.trigger()
    settled()
    assert controller.state.shown is not None
    assert controller.state.shown.blocks == controller.state.blocks
    assert not controller.state.refining
