"""The window with a package whose architecture is not the shipped one: nothing in it may depend on that."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from codec_format import Codec, EncodeSettings, ModelPackage, load_picture
from desktop.controller import Controller
from desktop.views.main_window import MainWindow
from tests.codec_format.golden import HC_FILE, HC_PACKAGE

LONG = 60_000  # milliseconds, for a machine that is busy with other things


@pytest.fixture
def tiny_package() -> ModelPackage:
    """Hierarchical compression: the controller of these tests encodes with it."""
    return ModelPackage.load(HC_PACKAGE)


def test_hierarchical_compression_encodes_and_opens_in_the_window(
    window: MainWindow,
    controller: Controller,
    settled: Callable[[], None],
    qtbot: QtBot,
    picture_file: Path,
    tiny_package: ModelPackage,
) -> None:
    controller.open_file(picture_file)
    settled()
    state = controller.state
    assert state.coded is not None
    assert state.shown is not None
    codec = Codec(tiny_package)
    expected = codec.encode(load_picture(picture_file), EncodeSettings(state.coded.quality))
    assert state.coded.data == expected
    np.testing.assert_array_equal(state.shown.picture.pixels, codec.decode(expected).picture.pixels)
    assert window.status_line.running_on.text() in ("hc · CPU", "hc · CUDA")

    # Blocks arrive one by one: the hyper-latent, then the three latents.
    seen: list[int] = []
    controller.changed.connect(lambda new: seen.append(new.shown.blocks if new.shown else 0))
    controller.open_file(HC_FILE)
    qtbot.waitUntil(lambda: controller.state.source is None, timeout=LONG)
    settled()
    assert [*dict.fromkeys(seen[seen.index(1) :])] == [1, 2, 3, 4]
    assert controller.state.shown is not None
    assert controller.state.shown.picture.pixels.shape == (75, 100, 3)
