"""The table of what the post-filter gains."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.post_filter import Pair, main, measure, saving, table
from codec_format import Codec, Picture, default_package


def test_letters_gain_much() -> None:
    pixels = np.full((192, 256, 3), 245, np.uint8)
    pixels[20:170:6, 20:230] = 10
    pixels[20:170, 20:230:9] = 245
    pair = measure(Codec(default_package(), "cpu"), Picture(pixels), 40)
    assert 6 < pair.filtered_bytes - pair.plain_bytes < 120
    assert pair.filtered_psnr > pair.plain_psnr + 0.5


def test_savings_are_those_at_equal_psnr() -> None:
    """A decibel more is worth a quarter of the bits where four decibels are twice as many."""
    pairs = [Pair(1000 * 2**n, 30.0 + 4 * n, 1000 * 2**n, 31.0 + 4 * n) for n in range(3)]
    assert saving(pairs) == pytest.approx(100 * (1 - 2**-0.25))
    rows = table([0, 50, 100], [pairs, [Pair(p.plain_bytes, p.plain_psnr, p.plain_bytes, p.plain_psnr) for p in pairs]])
    assert rows.splitlines()[2] == "| 0 | 1000 | 0 | 0.50 | 0.00 | 1.00 |"
    assert "7.96 % on average over the pictures, from 0.00 to 15.91 %" in rows


def test_the_command_takes_a_folder_or_draws(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.fromarray(np.random.default_rng(0).integers(90, 160, (64, 64, 3), dtype=np.uint8)).save(tmp_path / "a.png")
    for source in (["--data", str(tmp_path)], ["--drawings", "1"]):
        assert main([*source, "--qualities", "30", "70"]) == 0
        assert re.search(r"^\| 30 \| \d+ \| \d+ \| [\d.]+ \|", capsys.readouterr().out, re.M)
