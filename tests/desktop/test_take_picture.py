"""The command that takes the pictures of the window for the documents."""

import subprocess
import sys
from pathlib import Path

from PIL import Image

from tests.codec_format.golden import TINY_PACKAGE

COMMAND = Path(__file__).parents[2] / "docs" / "images" / "take_picture.py"


def test_the_window_is_drawn_without_a_screen(picture_file: Path, tmp_path: Path) -> None:
    pictures = []
    for name, options in (("light", ["--blocks", "2"]), ("dark", ["--dark", "--side-by-side"])):
        output = tmp_path / f"{name}.png"
        settings = ["--model", str(TINY_PACKAGE), "--size", "900x640", "-o", str(output), *options]
        subprocess.run([sys.executable, str(COMMAND), str(picture_file), *settings], check=True, timeout=240)
        with Image.open(output) as picture:
            pictures.append(picture.convert("L"))
    light, dark = pictures
    assert light.size == dark.size == (900, 640)
    assert light.getpixel((5, 320)) > 150 > 100 > dark.getpixel((5, 320))


def test_what_cannot_be_shown_is_an_error_and_no_picture(tmp_path: Path) -> None:
    output = tmp_path / "window.png"
    settings = ["--model", str(TINY_PACKAGE), "-o", str(output)]
    result = subprocess.run(
        [sys.executable, str(COMMAND), str(tmp_path / "missing.png"), *settings],
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert result.returncode == 1
    assert "missing.png cannot be opened" in result.stderr
    assert not output.exists()
