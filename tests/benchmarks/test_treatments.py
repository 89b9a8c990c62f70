"""Treated pictures against AVIF: the treatments do what they are called, and a run says who is ahead."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.treatments import TREATMENTS, main, middle, table


def photograph(side: int) -> np.ndarray:
    y, x = np.mgrid[0:side, 0:side]
    waves = np.sin(x / 5) * np.sin(y / 7)
    return np.stack([120 + 60 * waves, 90 + 50 * waves + x / 8, 70 + 20 * waves + y / 8], axis=2).astype(np.uint8)


def test_the_middle_is_no_larger_than_the_picture() -> None:
    assert middle(photograph(100)[:60], 64).shape == (60, 64, 3)
    assert np.array_equal(middle(photograph(100), 40), photograph(100)[30:70, 30:70])


@pytest.mark.parametrize("name", TREATMENTS)
def test_treatments_do_what_they_are_called(name: str) -> None:
    pixels = photograph(128)
    treated = TREATMENTS[name](pixels)
    assert treated.dtype == np.uint8
    side = {"half the size": 64, "1.5 times the size": 192}.get(name, 128)
    assert treated.shape == (side, side, 3)
    before, after = pixels.astype(int), treated.astype(int)
    if name == "as it is":
        assert np.array_equal(before, after)
    elif name == "shades of grey":
        assert np.ptp(after, axis=2).max() == 0
    elif name == "2.2 times the saturation":
        assert np.ptp(after, axis=2).mean() > 1.8 * np.ptp(before, axis=2).mean()
    elif name == "1.6 times the contrast":
        assert after.std() > 1.4 * before.std()
    elif name == "a third of the light":
        assert after.mean() < 0.4 * before.mean()
    elif name == "sharpened (radius 1, 120 %)":
        assert np.abs(np.diff(after, axis=1)).mean() > np.abs(np.diff(before, axis=1)).mean()
    elif name == "film grain of 6 levels":
        assert (after - before).std() == pytest.approx(6, abs=0.3)
    elif name == "once JPEG 4:2:0, quality 92":
        assert 0 < np.abs(after - before).max() < 30


def test_the_table_has_a_row_for_each_treatment_and_columns_for_each_model() -> None:
    assert table({"grey": [[-10.0, 2.0], [-20.0, 4.0]]}, ["one", "two"]).splitlines()[-1] == (
        "| grey | -15.0 (3.5) | -20 | -10 | +3.0 (0.7) | +2 | +4 |"
    )


def test_a_run_prints_how_far_a_folder_of_pictures_is_ahead(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.fromarray(photograph(96)).save(tmp_path / "waves.png")
    assert main(["--data", str(tmp_path), "--treatments", "as it is", "shades of grey"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert [row.split(" | ")[0] for row in rows[2:]] == ["| as it is", "| shades of grey"]
