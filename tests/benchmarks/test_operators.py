"""The profile of a package's graphs."""

import re

import pytest

from benchmarks.operators import main
from tests.codec_format.golden import LOSSLESS_PACKAGE, SECTIONS_PACKAGE

GRAPHS = ["bottom_up_16", "bottom_up_64", "encoder_64", "encoder_16", "decoder_64", "decoder_16"]


def test_every_section_can_be_profiled(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*GRAPHS, "--models", str(SECTIONS_PACKAGE), "--side", "256", "--repeats", "3"]) == 0
    tables = capsys.readouterr().out.strip().split("\n\n")
    assert [re.match(r"\| (\w+), ms", table)[1] for table in tables] == GRAPHS  # type: ignore[index]
    for table in tables:
        rows = dict(re.findall(r"^\| ([^|]+) \| ([\d.]+) \|$", table, re.MULTILINE))
        assert any(name.startswith(("Conv", "FusedConv")) for name in rows)
        assert float(rows["all"]) > 0


def test_packages_stand_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    main(["decoder_16", "--models", str(SECTIONS_PACKAGE), str(LOSSLESS_PACKAGE), "--side", "64", "--repeats", "1"])
    printed = capsys.readouterr().out
    assert "| decoder_16, ms | sections | lossless |" in printed
    assert re.search(r"against the first package: \d+\.\d\d\.", printed)


@pytest.mark.parametrize("side", ["100", "0"])
def test_a_side_that_the_package_cannot_take_is_refused(side: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["decoder_16", "--side", side])
    assert "multiple of 64" in capsys.readouterr().err
