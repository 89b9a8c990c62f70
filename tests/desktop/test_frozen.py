"""The frozen build: made by the one command, and started."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from codec_format import Codec, EncodeSettings, default_package, load_picture
from desktop.single_instance import hand_over

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [
    pytest.mark.timeout(900),  # a minute on an idle computer with two cores
    pytest.mark.skipif(sys.platform == "win32", reason="the build has other names and signals there"),
]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the programs."""
    folder = tmp_path_factory.mktemp("frozen")
    command = ["make", "frozen", f"FROZEN={folder}", f"FREEZE={sys.executable} -m PyInstaller"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    # What the programs need must be in them: they run from another place, and know nothing of this environment.
    moved = folder / "moved here"
    shutil.move(folder / "qres", moved)
    return moved


def clean_environment(folder: Path) -> dict[str, str]:
    folder.mkdir(mode=0o700)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "QRES", "VIRTUAL"))}
    home = {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "XDG_CONFIG_HOME": str(folder)}
    return kept | home | {"QT_QPA_PLATFORM": "offscreen", "OMP_NUM_THREADS": "1"}


def test_the_command_converts_as_the_installed_one(build: Path, tmp_path: Path, picture_file: Path) -> None:
    environment = clean_environment(tmp_path / "home")
    target = tmp_path / "a.qres"

    def qres(*arguments: str) -> None:
        subprocess.run([str(build / "qres"), *arguments], check=True, env=environment, capture_output=True)

    qres("encode", str(picture_file), "-q", "50", "-o", str(target), "--device", "cpu")
    codec = Codec(default_package(), "cpu")
    assert target.read_bytes() == codec.encode(load_picture(picture_file), EncodeSettings(50))
    qres("decode", str(target), "-o", str(tmp_path / "back.png"), "--device", "cpu")
    decoded = codec.decode(target.read_bytes()).picture.pixels
    assert np.array_equal(np.asarray(Image.open(tmp_path / "back.png")), decoded)
    for extension in (".jpg", ".webp", ".avif", ".tiff"):  # the parts of Pillow that are loaded at their first use
        qres("batch", str(target), "--to", extension[1:])
        assert load_picture(target.with_suffix(extension)).pixels.shape == decoded.shape


def test_the_window_starts_takes_further_files_and_ends(
    build: Path, tmp_path: Path, picture_file: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = clean_environment(tmp_path / "home")
    monkeypatch.setenv("XDG_RUNTIME_DIR", environment["XDG_RUNTIME_DIR"])
    window = subprocess.Popen([str(build / "qres-gui")], env=environment, stderr=subprocess.PIPE, text=True)
    try:
        end = time.monotonic() + 120
        # An answer means that the window is there and its event loop runs.
        while not hand_over([picture_file]):
            assert window.poll() is None, window.stderr and window.stderr.read()
            assert time.monotonic() < end
            time.sleep(0.2)
        second = subprocess.run([str(build / "qres-gui"), str(picture_file)], env=environment, timeout=120, check=False)
        assert second.returncode == 0
        assert window.poll() is None
        window.send_signal(signal.SIGINT)
        assert window.wait(timeout=120) == 0
    finally:
        window.kill()
        _, errors = window.communicate()
    assert "Traceback" not in errors
