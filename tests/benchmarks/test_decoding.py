"""The table of where the time of a decoding goes."""

import re
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.decoding import ENTROPY, SCALES, main, measure, table
from benchmarks.pictures import generated_picture
from codec_format import Picture, default_package
from codec_format.backend import Backend
from codec_format.entropy import StreamDecoder


def test_the_parts_of_a_decoding_are_clocked_and_add_up() -> None:
    before = Backend.run, StreamDecoder.decode
    package = default_package()
    (runs,) = measure([package], Picture(generated_picture(96, 64, 0)), quality=50, repeats=2)
    assert len(runs) == 2
    sections = {f"decoder_{stride}" for stride in package.manifest.section_strides}
    for seconds in runs:
        assert seconds.keys() == sections | {ENTROPY, SCALES, "rest", "all"}
        assert all(value > 0 for value in seconds.values())
        assert sum(seconds.values()) == pytest.approx(2 * seconds["all"])
    assert (Backend.run, StreamDecoder.decode) == before


def test_the_table_has_means_over_the_pictures() -> None:
    figures = [{ENTROPY: 0.01, "rest": 0.03, "all": 0.04}, {ENTROPY: 0.03, "rest": 0.13, "all": 0.16}]
    lines = table(["model"], [[seconds] for seconds in figures]).splitlines()
    assert lines[2:] == ["| entropy decoding | 20.0 (20%) |", "| rest | 80.0 (80%) |", "| all | 100.0 (100%) |"]


def test_the_command_prints_a_row_for_each_part(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.fromarray(generated_picture(64, 64, 1)).save(tmp_path / "a.png")
    Image.fromarray(generated_picture(96, 64, 2)).save(tmp_path / "b.png")
    pictures = [str(tmp_path / name) for name in ("a.png", "b.png")]
    assert main(["--quality", "20", "--repeats", "1", "--pictures", *pictures]) == 0
    printed = capsys.readouterr().out
    assert re.search(r"^\| entropy decoding \| [\d.]+ \(\d+%\) \|$", printed, re.M)
    assert re.search(r"^\| all \| [\d.]+ \(100%\) \|$", printed, re.M)
