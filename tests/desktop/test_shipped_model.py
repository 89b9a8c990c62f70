"""The stories that a photographer lives through, with the model that the program comes with."""

import errno
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from codec_format import Codec, EncodeSettings, ModelPackage, decode, default_package, load_picture
from codec_format.container import read_container
from codec_format.metrics import ms_ssim, psnr
from desktop.controller import Controller
from desktop.resources import SAMPLE_PICTURE
from desktop.views.main_window import MainWindow
from tests.codec_format.golden import TINY_PACKAGE

LONG = 120_000
Settled = Callable[[], None]
ChooseTarget = Callable[[Path | None], None]


@pytest.fixture(scope="module")
def photograph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A part of the sample picture as a JPEG file with camera data."""
    path = tmp_path_factory.mktemp("photographs") / "mountains.jpg"
    exif = Image.Exif()
    exif[ExifTags.Base.Model] = "Obscura 3"
    with Image.open(SAMPLE_PICTURE) as sample:
        sample.convert("RGB").crop((400, 100, 701, 317)).save(path, exif=exif, quality=95)
    return path


@pytest.fixture
def controller(qtbot: QtBot) -> Iterator[Controller]:
    """A controller that encodes with the shipped model."""
    controller = Controller()
    yield controller
    controller.close()


@pytest.fixture
def opened(window: MainWindow, controller: Controller, settled: Settled, photograph: Path) -> MainWindow:
    controller.open_file(photograph)
    settled()
    return window


def test_open_adjust_save_reopen(
    opened: MainWindow,
    controller: Controller,
    settled: Settled,
    qtbot: QtBot,
    photograph: Path,
    tmp_path: Path,
    choose_target: ChooseTarget,
) -> None:
    assert opened.status_line.running_on.text().startswith(default_package().manifest.name)
    opened.side_panel.quality.goal.slider.setValue(45)
    settled()
    target = tmp_path / "mountains.qres"
    choose_target(target)
    qtbot.mouseClick(opened.side_panel.save, Qt.MouseButton.LeftButton)
    settled()
    # What was saved is what everybody gets for these settings, and what was shown is its picture.
    data = target.read_bytes()
    picture = load_picture(photograph)
    assert data == Codec(default_package()).encode(picture, EncodeSettings(45))
    assert controller.state.shown is not None
    saved_pixels = controller.state.shown.picture.pixels
    np.testing.assert_array_equal(decode(data).pixels, saved_pixels)
    # The figures are those of these pixels.
    assert opened.side_panel.figures.psnr.text() == f"{psnr(picture.pixels, saved_pixels):.2f} dB"
    assert opened.side_panel.figures.ms_ssim.text() == f"{ms_ssim(picture.pixels, saved_pixels):.4f}"
    assert opened.side_panel.figures.bits_per_pixel.text() == f"{8 * len(data) / (301 * 217):.3f}"
    assert read_container(data).exif
    # Reopened, it refines to the same picture.
    controller.open_file(target)
    qtbot.waitUntil(lambda: controller.state.source is None, timeout=LONG)
    assert controller.state.shown is not None
    settled()
    np.testing.assert_array_equal(controller.state.shown.picture.pixels, saved_pixels)
    assert controller.state.coded is not None
    assert controller.state.coded.facts.metadata == (("Model", "Obscura 3"),)


def test_every_block_brings_the_picture_closer_to_the_original(
    opened: MainWindow, controller: Controller, settled: Settled
) -> None:
    coded = controller.state.coded
    assert coded is not None
    slider = opened.side_panel.progressive.slider
    assert slider.maximum() == coded.blocks == len(default_package().manifest.blocks)
    figures = []
    for blocks in (1, coded.blocks // 2, coded.blocks):
        slider.setValue(blocks)
        settled()
        shown = controller.state.shown
        assert shown is not None
        assert shown.blocks == blocks
        assert shown.similarity is not None
        figures.append((coded.bytes_of_blocks(blocks), shown.similarity.psnr))
        result = Codec(default_package()).decode(coded.data, blocks)
        np.testing.assert_array_equal(result.picture.pixels, shown.picture.pixels)
    assert figures == sorted(figures)
    assert figures[0][1] + 3 < figures[-1][1]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the super-user may write everywhere")
def test_a_folder_without_permission_is_told_and_nothing_is_lost(
    opened: MainWindow, controller: Controller, settled: Settled, tmp_path: Path, choose_target: ChooseTarget
) -> None:
    folder = tmp_path / "read-only"
    folder.mkdir(mode=0o500)
    choose_target(folder / "a.qres")
    opened.commands.save.trigger()
    settled()
    assert "permission is denied" in opened.banner.sentence.text()
    assert opened.commands.save.isEnabled()


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "permission is denied"),
        (errno.EROFS, "the medium is read-only"),
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "the disk quota is used up"),
    ],
)
def test_a_system_that_refuses_to_write_is_told_and_the_old_file_stays(
    opened: MainWindow,
    settled: Settled,
    tmp_path: Path,
    choose_target: ChooseTarget,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    words: str,
) -> None:
    target = tmp_path / "a.qres"
    target.write_bytes(b"what was there before")

    def refuse(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    choose_target(target)
    with monkeypatch.context() as system:
        # The system's own call at the moment when the data have to reach the disk.
        system.setattr(os, "fsync", refuse)
        opened.commands.save.trigger()
        settled()
    assert words in opened.banner.sentence.text()
    assert target.read_bytes() == b"what was there before"
    assert list(tmp_path.iterdir()) == [target]
    opened.commands.save.trigger()
    settled()
    assert not opened.banner.isVisible()
    assert decode(target.read_bytes()).width == 301


PROGRAM = textwrap.dedent("""
    import os, sys
    from pathlib import Path
    from PySide6.QtCore import QSettings, QTimer
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, sys.argv[3])
    from desktop.app import make_application
    from desktop.controller import Controller
    from desktop.views.main_window import MainWindow
    picture, target = Path(sys.argv[1]), Path(sys.argv[2])
    application = make_application()
    controller = Controller(Path(sys.argv[4]))
    window = MainWindow(controller)
    window.show()
    controller.open_file(picture)

    def save(state):
        # Over and over again, as soon as the window may.
        if state.can_save_as and state.activity is None:
            print("saving", flush=True)
            QTimer.singleShot(0, lambda: controller.save(target))

    controller.changed.connect(save)
    application.exec()
""")


@pytest.mark.skipif(os.name == "nt", reason="kills as Unix does")
def test_a_window_that_is_killed_while_it_saves_leaves_whole_files_only(photograph: Path, tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    folder.mkdir()
    target = folder / "mountains.qres"
    # A small model: the window is there sooner, and it is the saving that matters.
    whole = Codec(ModelPackage.load(TINY_PACKAGE)).encode(load_picture(photograph))
    dice = random.Random(7)
    settings = tmp_path / "settings"
    arguments = [sys.executable, "-c", PROGRAM, *map(str, (photograph, target, settings, TINY_PACKAGE))]
    states = []
    for _ in range(6):
        target.unlink(missing_ok=True)
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"saving\n"
            time.sleep(dice.uniform(0, 0.08))
            process.send_signal(signal.SIGKILL)
        states.append(target.exists())
        if target.exists():
            assert target.read_bytes() == whole
    assert load_picture(photograph).width == 301
    assert {path.suffix for path in folder.iterdir()} <= {".qres", ".tmp"}
    assert any(states), "no run came as far as a file"
