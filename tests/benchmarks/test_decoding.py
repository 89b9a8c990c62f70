"""The table of where the time of a decoding goes."""

import re

import pytest

from benchmarks.decoding import ENTROPY, SCALES, main, measure
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


def test_the_table_has_a_row_for_each_part(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--quality", "20", "--repeats", "1"]) == 0
    printed = capsys.readouterr().out
    assert re.search(r"^\| entropy decoding \| [\d.]+ \(\d+%\) \|$", printed, re.M)
    assert re.search(r"^\| all \| [\d.]+ \(100%\) \|$", printed, re.M)
