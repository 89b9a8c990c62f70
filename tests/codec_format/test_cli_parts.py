"""Parts, smaller pictures, limits and the list of bands on the command line, in this process."""

import json
from pathlib import Path

import pytest
from PIL import Image

from codec_format.cli import main
from codec_format.container import list_bands, list_chunks, read_header
from tests.codec_format.golden import BANDED_FILE, SECTIONS_PACKAGE

MODEL = ("--model", str(SECTIONS_PACKAGE))  # BANDED_FILE is displayed with 75 x 100 pixels, since it lies on its side


def decode(target: Path, *arguments: str) -> int:
    return main(["decode", str(BANDED_FILE), *MODEL, "-o", str(target), *arguments])


def test_a_region_is_the_part_of_the_picture(tmp_path: Path) -> None:
    assert decode(tmp_path / "whole.png") == 0
    assert decode(tmp_path / "part.png", "--region", "20,30,50,40") == 0
    with Image.open(tmp_path / "whole.png") as whole, Image.open(tmp_path / "part.png") as part:
        assert whole.size == (75, 100)
        assert part.tobytes() == whole.crop((20, 30, 70, 70)).tobytes()


@pytest.mark.parametrize(("scale", "size"), [("1/2", (38, 50)), ("1/4", (19, 25)), ("1/8", (10, 13))])
def test_a_smaller_picture(tmp_path: Path, scale: str, size: tuple[int, int]) -> None:
    assert decode(tmp_path / "small.png", "--scale", scale) == 0
    with Image.open(tmp_path / "small.png") as small:
        assert small.size == size


@pytest.mark.parametrize("arguments", [("--region", "1,2,3"), ("--region", "a,b,c,d"), ("--scale", "1/3")])
def test_what_is_no_region_or_scale_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit) as caught:
        decode(tmp_path / "none.png", *arguments)
    assert caught.value.code == 2
    assert arguments[0] in capsys.readouterr().err


def test_regions_outside_and_pictures_above_the_limit_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert decode(tmp_path / "none.png", "--region", "0,0,76,10") == 2
    assert "not within the picture" in capsys.readouterr().err
    assert decode(tmp_path / "none.png", "--max-pixels", "7499") == 4
    assert "7499" in capsys.readouterr().err
    assert decode(tmp_path / "some.png", "--max-pixels", "7500") == 0


def test_verify_lists_bands_and_names_what_is_damaged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = bytearray(BANDED_FILE.read_bytes())
    header = read_header(bytes(data))
    chunk = [chunk for chunk in list_chunks(bytes(data)) if chunk.type == "B"][2]
    band = list_bands(bytes(data), chunk, header)[1]
    data[band.offset] ^= 1
    damaged = tmp_path / "damaged.qres"
    damaged.write_bytes(bytes(data))
    assert main(["verify", str(damaged), *MODEL]) == 10
    output = capsys.readouterr()
    assert f"Band 1 of latent block 2 at position {band.offset} is damaged" in output.err
    listed = [line for line in output.out.splitlines() if line.split()[2:3] == ["band"]]
    assert len(listed) == 6
    assert listed[5].split() == [str(band.offset), str(band.length), "band", "1,", "damaged"]
    assert sum("damaged" in line for line in listed) == 1
    assert main(["verify", str(damaged), *MODEL, "--json"]) == 10
    report = json.loads(capsys.readouterr().out)
    assert [band["crc_ok"] for chunk in report["chunks"] for band in chunk["bands"]] == [True] * 5 + [False]
