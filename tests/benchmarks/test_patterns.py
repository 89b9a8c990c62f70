"""Patterns as fine as pixels: what they are, and the table of what becomes of them."""

import re

import numpy as np
import pytest

from benchmarks.patterns import main, patterns


def test_patterns_are_grey_and_as_strong_as_they_are_called() -> None:
    for name, pixels in patterns().items():
        assert pixels.dtype == np.uint8
        assert pixels.shape == (256, 256, 3)
        assert np.ptp(pixels, axis=2).max() == 0
        levels = re.search(r", (\d+) levels", name)
        if levels:
            assert np.ptp(pixels) == int(levels[1])
    chequers = patterns()["chequers of 1 pixel, 80 levels"].astype(int)
    assert np.abs(np.diff(chequers, axis=0)).min() == np.abs(np.diff(chequers, axis=1)).min() == 80


def test_a_run_prints_a_row_for_each_pattern(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--qualities", "20"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert rows[0] == "| pattern | QRes, quality 20 |"
    assert [re.match(r"\| (.*) \| \d\.\d\d bpp, \d\d\.\d dB \|$", row)[1] for row in rows[2:]] == list(patterns())  # type: ignore[index]
