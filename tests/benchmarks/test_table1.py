"""The command that puts this project beside Table 1 of the paper."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.table1 import PUBLISHED, main, published_bd_rate
from codec_format.model_package import ModelPackage


@pytest.fixture
def report(tmp_path: Path, tiny_package: ModelPackage) -> Path:
    path = tmp_path / "report.json"
    comparison = {"vtm18.0": {"psnr": {"overlap": {"percent": 12.34}}}}
    path.write_text(json.dumps({"model": {"model_id": tiny_package.model_id.hex()}, "bd_rate": comparison}))
    return path


def test_our_rows_stand_above_those_of_the_paper(
    tmp_path: Path, report: Path, tiny_package_file: Path, float_scale_package_file: Path, tiny_package: ModelPackage
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "noise.png")
    options = ["--model", str(tiny_package_file), "--against", str(float_scale_package_file), "--repeats", "1"]
    main(
        ["--report", str(report), *options, "--picture", str(tmp_path / "noise.png"), "-o", str(tmp_path / "table.md")]
    )
    lines = (tmp_path / "table.md").read_text().splitlines()
    assert len(lines) == 2 + 2 + len(PUBLISHED)
    assert len({line.count("|") for line in lines}) == 1
    ours = [cell.strip() for cell in lines[2].split("|")[1:-1]]
    assert ours[0] == "tiny (this project)"
    macs = tiny_package.manifest.macs_per_pixel
    gmac = (macs["encode"] + macs["scale_network"]) * 256**2 / 1e9
    assert ours[2].startswith(f"{gmac:.2f} encode")
    assert all(float(cell.removesuffix(" s")) > 0 for cell in ours[3:5])
    assert ours[5:] == ["-", "-", "+12.3 %", "-"]
    assert lines[3].split("|")[8].strip() == "-"  # nothing is published of this package


def test_published_curve_has_its_published_bd_rate() -> None:
    assert published_bd_rate("qres34m") == pytest.approx(-4.0, abs=0.05)
    assert published_bd_rate("tiny") is None


def test_report_of_another_model_is_refused(tmp_path: Path, report: Path, float_scale_package_file: Path) -> None:
    with pytest.raises(SystemExit, match="report of another model"):
        main(["--report", str(report), "--model", str(float_scale_package_file), "--against", ""])
