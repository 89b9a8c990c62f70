"""The time of a training step."""

import re
from pathlib import Path

import pytest

from benchmarks.training_step import main
from tests.training.small_model import preset_file


def test_both_parts_of_a_step_are_timed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--preset", str(preset_file(tmp_path)), "--batch", "2", "--crop", "64", "--repeats", "3"]
    assert main([*arguments, "--float32", "--operators", "--device", "cpu"]) == 0
    printed = capsys.readouterr().out
    times = re.search(r"2 crops of 64 on cpu: gradients ([\d.]+) ms, update ([\d.]+) ms", printed)
    assert times is not None
    assert all(float(time) > 0 for time in times.groups())
    assert "aten::convolution_backward" in printed
