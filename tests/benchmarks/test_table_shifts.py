"""The table of what shifts of tables save."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.table_shifts import main, sizes, table
from codec_format import Codec, Picture, default_package
from codec_format.entropy import CodedBlock


def test_a_drawing_is_smaller_with_shifts_and_the_encoder_is_left_as_it_was() -> None:
    before = CodedBlock.of
    pixels = np.full((256, 384, 3), (250, 240, 10), np.uint8)
    pixels[60:140, 80:200] = 20, 30, 200
    without, with_shifts = sizes(Codec(default_package(), "cpu"), Picture(pixels), 60)
    assert with_shifts < 0.99 * without
    assert CodedBlock.of == before


def test_the_table_has_the_mean_of_the_savings() -> None:
    rows = table([0, 50], [[(100, 90), (1000, 1000)], [(200, 200), (400, 300)]]).splitlines()[2:]
    assert rows == ["| 0 | 550 | 545 | 5.00 % | 10.00 % |", "| 50 | 300 | 250 | 12.50 % | 25.00 % |"]


def test_the_command_takes_a_folder_or_draws(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.fromarray(np.random.default_rng(0).integers(90, 160, (64, 64, 3), dtype=np.uint8)).save(tmp_path / "a.png")
    for source in (["--data", str(tmp_path)], ["--drawings", "1"]):
        assert main([*source, "--qualities", "30"]) == 0
        assert re.search(r"^\| 30 \| \d+ \| \d+ \| -?[\d.]+ % \|", capsys.readouterr().out, re.M)
