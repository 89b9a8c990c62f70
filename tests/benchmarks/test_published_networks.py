"""The yardstick for machines."""

import re

import pytest

from benchmarks.published_networks import main


def test_encoding_and_decoding_are_timed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--preset", "qres17m", "--width", "128", "--height", "64", "--repeats", "1"]) == 0
    times = re.search(r"encoding ([\d.]+) s, decoding ([\d.]+) s", capsys.readouterr().out)
    assert times is not None
    assert 0 < float(times[2]) < float(times[1])


def test_other_models_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--preset", "hyperprior"])
    assert "hyperprior is not the preset of a published QRes-VAE" in capsys.readouterr().err
