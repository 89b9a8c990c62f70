import dataclasses
import json
import subprocess
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from codec_format.codec import Codec
from codec_format.container import read_container
from codec_format.imaging import load_picture
from codec_format.metrics import ms_ssim, psnr
from codec_format.model_package import ModelPackage
from codec_format.settings import EncodeSettings
from training.evaluate import compare, compare_resolutions, load_references, main
from training.evaluation_plots import plot, plot_blocks
from training.measurement import Measurement, Point, at_resolution, evaluate, jpeg_curve

KODAK = json.loads((Path(__file__).parents[2] / "training" / "reference_curves" / "kodak.json").read_text())


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    generator = np.random.default_rng(0)
    for name, height, width in (("small", 40, 50), ("large", 176, 200)):
        waves = np.cumsum(generator.normal(0, 3, (height, width, 3)), axis=1) + 128
        Image.fromarray(np.clip(waves, 0, 255).astype(np.uint8)).save(folder / f"{name}.png")
    (folder / "notes.txt").write_text("not a picture")
    return folder


def points_of(curve: dict[str, Any]) -> list[Point]:
    similarities: Sequence[float | None] = curve.get("ms_ssim", [None] * len(curve["bpp"]))
    return [
        Point(quality, quality, Measurement(bpp, decibels, similarity, 0.1, 0.1, (bpp / 4, bpp / 2)), {})
        for quality, (bpp, decibels, similarity) in enumerate(
            zip(curve["bpp"], curve["psnr"], similarities, strict=True)
        )
    ]


def test_measures_complete_files_and_decoded_pictures(tiny_package_file: Path, pictures: Path) -> None:
    codec = Codec(ModelPackage.load(tiny_package_file), "cpu")
    points = evaluate(codec, [pictures / "small.png", pictures / "large.png"], [90, 20])
    assert [point.quality for point in points] == [20, 90]
    for point in points:
        rates, errors = [], []
        for name in ("small.png", "large.png"):
            picture = load_picture(pictures / name)
            data = codec.encode(picture, EncodeSettings(point.quality))
            decoded = codec.decode(data).picture
            measured = point.pictures[name]
            rates.append(8 * len(data) / (picture.width * picture.height))
            errors.append(psnr(picture.pixels, decoded.pixels))
            assert measured.bpp == rates[-1]
            assert measured.psnr == errors[-1]
            assert measured.ms_ssim == ms_ssim(picture.pixels, decoded.pixels)
            bits = [8 * len(band.payload) for block in read_container(data).blocks for band in block.bands if band]
            assert sum(measured.block_bpp) * picture.width * picture.height == pytest.approx(sum(bits))
            assert len(measured.block_bpp) == 3
            assert measured.encode_seconds > 0
            assert measured.decode_seconds > 0
        assert point.mean.bpp == pytest.approx(sum(rates) / 2)
        assert point.mean.psnr == pytest.approx(sum(errors) / 2)
        # Undefined for one picture, so there is no mean either.
        assert point.pictures["small.png"].ms_ssim is None
        assert point.mean.ms_ssim is None


def test_qualities_of_the_same_file_are_measured_once(tiny_package_file: Path, pictures: Path) -> None:
    codec = Codec(ModelPackage.load(tiny_package_file), "cpu")
    points = evaluate(codec, [pictures / "small.png"], [0, 49, 50, 50, 100])
    indices = [point.quality_index for point in points]
    assert indices == sorted(set(indices))
    assert len(points) < 5


def test_command_writes_report_and_plot(tiny_package_file: Path, pictures: Path, tmp_path: Path) -> None:
    report_path, plot_path = tmp_path / "report.json", tmp_path / "plot.png"
    options = ["--qualities", "10", "60", "--device", "cpu", "--plot", str(plot_path)]
    assert main(["--model", str(tiny_package_file), "--data", str(pictures), "-o", str(report_path), *options]) == 0
    report = json.loads(report_path.read_text())
    assert report["model"]["name"] == "tiny"
    assert report["model"]["model_id"] == ModelPackage.load(tiny_package_file).model_id.hex()
    assert report["pictures"] == 2
    assert [point["quality"] for point in report["points"]] == [10, 60]
    assert sorted(report["points"][0]["pictures"]) == ["large.png", "small.png"]
    assert report["bd_rate"] is None  # these are not the Kodak pictures
    assert report["resolutions"] == []
    for path in (plot_path, tmp_path / "plot-blocks.png"):
        assert Image.open(path).size[0] > 500
    assert not (tmp_path / "plot-resolutions.png").exists()


def test_other_resolutions_beside_jpeg(
    tiny_package_file: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report_path, plot_path = tmp_path / "report.json", tmp_path / "plot.png"
    options = ["--qualities", "10", "60", "--device", "cpu", "--plot", str(plot_path), "--resolutions", "1/2", "2"]
    assert main(["--model", str(tiny_package_file), "--data", str(pictures), "-o", str(report_path), *options]) == 0
    report = json.loads(report_path.read_text())
    small, same, large = report["resolutions"]
    assert [entry["factor"] for entry in (small, same, large)] == ["1/2", "1", "2"]
    assert same["points"] == [{"quality": p["quality"], **p["mean"]} for p in report["points"]]
    assert len({entry["points"][0]["bpp"] for entry in (small, same, large)}) == 3
    assert set(large["bd_rate_jpeg"]) == {"overlap", "27..36 dB", "30.4..38.9 dB"}
    assert Image.open(tmp_path / "plot-resolutions.png").size[0] > 500
    printed = capsys.readouterr().out
    assert "1/2 times as high and wide (Lanczos):" in printed
    assert "2 times as high and wide (mirrored tiles):" in printed


def test_resolutions_keep_the_picture(pictures: Path) -> None:
    picture = load_picture(pictures / "small.png")
    small, same, large = (at_resolution(picture, Fraction(text)) for text in ("1/2", "1", "3"))
    assert small.pixels.shape == (20, 25, 3)
    assert abs(float(small.pixels.mean()) - float(picture.pixels.mean())) < 1
    assert np.array_equal(same.pixels, picture.pixels)
    # The tile in the middle is mirrored in both directions, the corners are as they were.
    assert np.array_equal(large.pixels[40:80, 50:100], picture.pixels[::-1, ::-1])
    assert np.array_equal(large.pixels[80:, 100:], picture.pixels)


def test_jpeg_at_the_same_resolution_gives_the_curve_of_jpeg(pictures: Path) -> None:
    curve = jpeg_curve([pictures / "large.png"])
    assert [bpp for bpp, _ in curve] == sorted(bpp for bpp, _ in curve)
    assert [decibels for _, decibels in curve] == sorted(decibels for _, decibels in curve)
    # Of a picture that is only larger, and has no new seams, JPEG needs about as many bits per pixel.
    tiled = jpeg_curve([pictures / "large.png"], Fraction(2))
    for (bpp, decibels), (tiled_bpp, tiled_decibels) in zip(curve[2:], tiled[2:], strict=True):
        assert tiled_bpp == pytest.approx(bpp, rel=0.2)
        assert tiled_decibels == pytest.approx(decibels, abs=1)


def test_a_resolution_as_good_as_jpeg_has_a_bd_rate_of_nothing() -> None:
    points = points_of(KODAK["curves"]["webp"])
    jpeg = [(point.mean.bpp, point.mean.psnr) for point in points if point.mean.psnr is not None]
    (entry,) = compare_resolutions({Fraction(1): points}, {Fraction(1): jpeg})
    assert entry["bd_rate_jpeg"]["overlap"]["percent"] == pytest.approx(0, abs=1e-9)
    half = [(bpp / 2, decibels) for bpp, decibels in jpeg]
    (entry,) = compare_resolutions({Fraction(1): points}, {Fraction(1): half})
    assert entry["bd_rate_jpeg"]["27..36 dB"]["percent"] == pytest.approx(100)


def test_block_plot_shows_the_shares() -> None:
    points = points_of(KODAK["curves"]["webp"])[:4]
    (axes,) = plot_blocks(points, [64, 8]).axes
    heights = np.array([[bar.get_height() for bar in bars] for bars in axes.containers])
    assert heights == pytest.approx(np.array([[25.0] * 4, [50.0] * 4, [25.0] * 4]))


@pytest.mark.parametrize(
    ("changes", "status", "message"),
    [
        ({"--qualities": "101"}, 2, "between 0 and 100"),
        ({"--plot": "curve.bmp"}, 2, "use .png, .svg, .pdf"),
        ({"--data": "absent"}, 3, "There is no folder absent"),
        ({"--model": "absent.qresmodel"}, 6, "absent.qresmodel"),
        ({"-o": "absent/report.json"}, 8, "absent/report.json"),
    ],
)
def test_wrong_options_end_in_a_sentence(
    tiny_package_file: Path,
    pictures: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, str],
    status: int,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    options = {
        "--model": str(tiny_package_file),
        "--data": str(pictures),
        "-o": "report.json",
        "--qualities": "50",
    } | changes
    assert main([word for option in options.items() for word in option]) == status
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_folder_without_pictures_ends_in_a_sentence(
    tiny_package_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--model", str(tiny_package_file), "--data", str(tmp_path), "-o", str(tmp_path / "report.json")]) == 3
    assert "holds no picture" in capsys.readouterr().err


def test_references_are_for_exactly_the_kodak_pictures() -> None:
    kodak = [Path(f"kodim{number:02}.png") for number in range(1, 25)]
    assert load_references(kodak) is not None
    assert load_references(kodak[:23]) is None
    assert load_references([*kodak, Path("kodim25.png")]) is None


def test_stored_curves_are_complete() -> None:
    assert {"jpeg-420-optimised", "webp", "avif-s6-444-psnr", "vtm18.0", "qres34m"} <= KODAK["curves"].keys()
    for curve in KODAK["curves"].values():
        assert curve["label"]
        assert curve["source"].startswith(("measured", "published"))
        arrays = [curve[key] for key in ("quality", "bpp", "psnr", "ms_ssim") if key in curve]
        assert len({len(array) for array in arrays}) == 1


def test_published_bd_rates_follow_from_the_stored_curves() -> None:
    for name, percent in (("qres34m", -4.0), ("qarv_base", -5.9)):
        comparison = compare(points_of(KODAK["curves"][name]), KODAK)
        assert comparison["vtm18.0"]["psnr"]["overlap"]["percent"] == pytest.approx(percent, abs=0.05)


def test_comparison_covers_the_windows_and_says_where_it_cannot() -> None:
    comparison = compare(points_of(KODAK["curves"]["webp"]), KODAK)
    same, jpeg = comparison["webp"], comparison["jpeg-420-optimised"]
    assert same["psnr"]["overlap"]["percent"] == pytest.approx(0, abs=1e-9)
    assert same["ms_ssim"]["overlap"]["percent"] == pytest.approx(0, abs=1e-9)
    # WebP begins at 27.18 dB, where the window begins at 27.
    assert jpeg["psnr"]["27..36 dB"] == {
        "percent": pytest.approx(-33.5617, abs=1e-3),
        "from": pytest.approx(27.18, abs=0.01),
        "to": 36,
    }
    assert "ms_ssim" not in comparison["vtm18.0"]

    low = [
        dataclasses.replace(point, mean=dataclasses.replace(point.mean, psnr=10.0 + point.quality))
        for point in points_of(KODAK["curves"]["webp"])
    ]
    overlap = compare(low, KODAK)["webp"]["psnr"]["overlap"]
    assert overlap["percent"] is None
    assert "share no quality" in overlap["reason"]
    result = compare([point for point in points_of(KODAK["curves"]["webp"]) if point.mean.bpp > 1.5], KODAK)
    assert result["vtm18.0"]["psnr"]["overlap"]["percent"] is not None
    assert "in this window" in result["vtm18.0"]["psnr"]["27..36 dB"]["reason"]


def test_a_picture_without_error_leaves_the_comparison_undefined() -> None:
    points = points_of(KODAK["curves"]["webp"])
    points[-1] = dataclasses.replace(points[-1], mean=dataclasses.replace(points[-1].mean, psnr=None))
    assert "not a finite number" in compare(points, KODAK)["webp"]["psnr"]["overlap"]["reason"]


def test_plot_shows_the_model_among_the_references() -> None:
    figure = plot(points_of(KODAK["curves"]["jp2"]), "our model", KODAK)
    (axes,) = figure.axes
    labels = axes.get_legend_handles_labels()[1]
    assert labels[-1] == "our model"
    assert "JPEG 4:2:0 (optimised)" in labels
    assert np.array_equal(axes.lines[-1].get_xdata(), KODAK["curves"]["jp2"]["bpp"])


def test_run_as_a_module(tiny_package_file: Path, pictures: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "training.evaluate", "--model", str(tiny_package_file), "--device", "cpu"]
    command += ["--data", str(pictures), "--qualities", "30", "-o"]
    result = subprocess.run([*command, "report.json"], cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    (point,) = json.loads((tmp_path / "report.json").read_text())["points"]
    header, figures, blocks_header, *blocks = result.stdout.splitlines()
    assert header.split()[:3] == ["quality", "bpp", "PSNR"]
    assert blocks_header.split()[:2] == ["block", "stride"]
    assert [line.split()[0] for line in blocks] == ["0", "1", "2"]
    shares = [100 * bits / point["mean"]["bpp"] for bits in point["mean"]["block_bpp"]]
    assert [float(line.split()[2]) for line in blocks] == pytest.approx(shares, abs=0.01)
    assert float(figures.split()[1]) == pytest.approx(point["mean"]["bpp"], abs=1e-4)
    result = subprocess.run([*command, "absent/report.json"], cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 8
    assert result.stderr.startswith("error: Cannot write absent/report.json")
