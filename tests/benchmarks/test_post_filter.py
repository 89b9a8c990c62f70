"""The table of what the post-filter gains."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.post_filter import Measured, main, measure, saving, table
from codec_format import Codec, Picture, default_package


def test_letters_gain_much() -> None:
    pixels = np.full((192, 256, 3), 245, np.uint8)
    pixels[20:170:6, 20:230] = 10
    pixels[20:170, 20:230:9] = 245
    before = Codec._areas_to_fit
    plain, filtered = measure(Codec(default_package(), "cpu"), Picture(pixels), 40)
    assert 6 < filtered.byte_count - plain.byte_count < 200
    assert filtered.decibels > plain.decibels + 0.5
    assert Codec._areas_to_fit == before


def test_savings_are_those_at_equal_psnr() -> None:
    """A decibel more is worth a quarter of the bits where four decibels are twice as many."""
    pairs = [
        (Measured(1000 * 2**n, 30.0 + 4 * n, 1.0, 0.5), Measured(1000 * 2**n, 31.0 + 4 * n, 1.5, 0.6)) for n in range(3)
    ]
    assert saving(pairs) == pytest.approx(100 * (1 - 2**-0.25))
    rows = table([0, 50, 100], [pairs, [(plain, plain) for plain, _ in pairs], pairs])
    assert rows.splitlines()[2] == "| 0 | 1000 | 0 | 0.67 | 0.00 | 1.00 |"
    assert "10.61 % on average over 3 of 3 pictures, from 0.00 to 15.91 %" in rows
    assert "1.50 to encode, 1.20 to decode" in rows
    apart = [(plain, Measured(1000, 60.0 + number, 1.5, 0.6)) for number, (plain, _) in enumerate(pairs)]
    assert "15.91 % on average over 1 of 2 pictures" in table([0, 50, 100], [pairs, apart])


def test_the_command_takes_a_folder_or_draws(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.fromarray(np.random.default_rng(0).integers(90, 160, (64, 64, 3), dtype=np.uint8)).save(tmp_path / "a.png")
    for source in (["--data", str(tmp_path)], ["--drawings", "1"]):
        assert main([*source, "--qualities", "30", "70"]) == 0
        assert re.search(r"^\| 30 \| \d+ \| \d+ \| [\d.]+ \|", capsys.readouterr().out, re.M)
