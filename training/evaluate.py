"""Evaluate a model package: `python -m training.evaluate --model PACKAGE.qresmodel --data FOLDER -o OUT.json`.

Every picture of the folder is encoded to a complete .qres file and decoded again, at several qualities. The report
holds the bits per pixel of those files, PSNR, MS-SSIM and seconds, per picture and as means over the pictures; for
the Kodak pictures also the BD-rate against other codecs, whose curves are stored in `reference_curves/kodak.json`.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from matplotlib.figure import Figure
from tqdm import tqdm

from codec_format.codec import Codec
from codec_format.errors import InputError, OutputError, QresError, SettingsError
from codec_format.imaging import load_picture
from codec_format.model_package import ModelPackage
from codec_format.picture import Picture
from codec_format.safe_write import safe_write
from codec_format.settings import EncodeSettings, quality_to_index
from training.metrics import ms_ssim, ms_ssim_decibels, psnr
from training.rate_distortion import STANDARD_WINDOW, Curve, bd_rate, overlap

_SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".ppm", ".avif"}
_DEFAULT_QUALITIES = (0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100)
_KODAK = Path(__file__).with_name("reference_curves") / "kodak.json"
_PLOT_SUFFIXES = (".png", ".svg", ".pdf")
_PSNR_WINDOWS = ((27.0, 36.0), STANDARD_WINDOW)
_PLOTTED = ("jpeg-420-optimised", "webp", "jxl-e7", "avif-s6-444-psnr", "qres34m", "vtm18.0")


@dataclass(frozen=True)
class Measurement:
    """One picture (or the mean over pictures) at one quality.

    `psnr` in dB and `ms_ssim` are None where they are not finite or not defined: for a picture without any error, and
    for one too small for MS-SSIM. Seconds are wall-clock, with the networks already loaded.
    """

    bpp: float
    psnr: float | None
    ms_ssim: float | None
    encode_seconds: float
    decode_seconds: float


@dataclass(frozen=True)
class Point:
    """All pictures at one quality: the mean of their measurements, and each by its name."""

    quality: int
    quality_index: int
    mean: Measurement
    pictures: Mapping[str, Measurement]


def find_pictures(folder: Path) -> list[Path]:
    """The picture files of a folder, by name. Raises InputError if there is no such folder, or no picture in it."""
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}; give the folder that holds the pictures.")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES)
    if not paths:
        raise InputError(f"The folder {folder} holds no picture ({', '.join(sorted(_SUFFIXES))}).")
    return paths


def measure(codec: Codec, picture: Picture, quality: int) -> Measurement:
    """Encode, decode and compare one picture. Its metadata is left out: the rate is that of the picture."""
    picture = Picture(picture.pixels)
    start = time.perf_counter()
    data = codec.encode(picture, EncodeSettings(quality))
    encoded = time.perf_counter()
    result = codec.decode(data)
    decoded = time.perf_counter()
    quality_db = psnr(picture.pixels, result.picture.pixels)
    return Measurement(
        bpp=8 * len(data) / (picture.width * picture.height),
        psnr=quality_db if math.isfinite(quality_db) else None,
        ms_ssim=ms_ssim(picture.pixels, result.picture.pixels),
        encode_seconds=encoded - start,
        decode_seconds=decoded - encoded,
    )


def evaluate(codec: Codec, paths: Sequence[Path], qualities: Sequence[int]) -> list[Point]:
    """Measure every picture at every quality; of qualities that give the same file, only the lowest.

    Raises QresError as the codec does.
    """
    quality_count = codec.package.manifest.quality_count
    chosen: dict[int, int] = {}
    for quality in sorted(qualities):
        chosen.setdefault(quality_to_index(quality, quality_count), quality)
    measure(codec, load_picture(paths[0]), qualities[0])  # loads the networks, which is not to be timed
    measurements: dict[int, dict[str, Measurement]] = {index: {} for index in chosen}
    with tqdm(total=len(paths) * len(chosen), unit="file", dynamic_ncols=True, disable=None) as bar:
        for path in paths:
            picture = load_picture(path)
            for index, quality in chosen.items():
                measurements[index][path.name] = measure(codec, picture, quality)
                bar.update()
    return [
        Point(quality, index, _mean(list(measurements[index].values())), measurements[index])
        for index, quality in chosen.items()
    ]


def _mean(measurements: Sequence[Measurement]) -> Measurement:
    def mean(values: list[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return fmean(known) if len(known) == len(values) else None

    return Measurement(
        fmean(m.bpp for m in measurements),
        mean([m.psnr for m in measurements]),
        mean([m.ms_ssim for m in measurements]),
        fmean(m.encode_seconds for m in measurements),
        fmean(m.decode_seconds for m in measurements),
    )


def load_references(paths: Sequence[Path]) -> Mapping[str, Any] | None:
    """The stored curves of other codecs on exactly these pictures, or None if there are none."""
    references: dict[str, Any] = json.loads(_KODAK.read_text(encoding="utf-8"))
    return references if sorted(path.stem for path in paths) == references["pictures"] else None


def compare(points: Sequence[Point], references: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """BD-rate in per cent against every reference curve, over the overlap and over windows of PSNR.

    A window is cut to what both curves reach; "from" and "to" say where the comparison was made. MS-SSIM is compared
    in dB, over the overlap. Where there is no number, "reason" says why.
    """
    by_psnr = [(p.mean.bpp, p.mean.psnr) for p in points]
    by_ms_ssim = [(p.mean.bpp, None if p.mean.ms_ssim is None else ms_ssim_decibels(p.mean.ms_ssim)) for p in points]
    comparison: dict[str, dict[str, Any]] = {}
    for name, reference in references["curves"].items():
        anchor = list(zip(reference["bpp"], reference["psnr"], strict=True))
        by_window = {"overlap": _bd_rate(anchor, by_psnr)}
        by_window |= {f"{low:g}..{high:g} dB": _bd_rate(anchor, by_psnr, (low, high)) for low, high in _PSNR_WINDOWS}
        comparison[name] = {"label": reference["label"], "source": reference["source"], "psnr": by_window}
        if "ms_ssim" in reference:
            decibels = [ms_ssim_decibels(value) for value in reference["ms_ssim"]]
            anchor = list(zip(reference["bpp"], decibels, strict=True))
            comparison[name]["ms_ssim"] = {"overlap": _bd_rate(anchor, by_ms_ssim)}
    return comparison


def _bd_rate(
    anchor: Sequence[tuple[float, float]],
    test: Sequence[tuple[float, float | None]],
    window: tuple[float, float] | None = None,
) -> dict[str, Any]:
    try:
        first = Curve(*_columns(anchor))
        second = Curve(*_columns([(rate, math.nan if quality is None else quality) for rate, quality in test]))
        low, high = overlap(first, second)
        if window is not None:
            low, high = max(low, window[0]), min(high, window[1])
            if low >= high:
                raise ValueError("The curves share no quality in this window.")
        return {"percent": bd_rate(first, second, (low, high)), "from": low, "to": high}
    except ValueError as error:
        return {"percent": None, "reason": str(error)}


def _columns(points: Sequence[tuple[float, float]]) -> Iterator[tuple[float, ...]]:
    return zip(*points, strict=True)


def plot(points: Sequence[Point], name: str, references: Mapping[str, Any] | None) -> Figure:
    """PSNR over bits per pixel, with the best known of the stored curves."""
    figure = Figure(figsize=(8, 6), layout="constrained")
    axes = figure.add_subplot()
    curves = references["curves"] if references else {}
    for key in _PLOTTED:
        if key in curves:
            curve = curves[key]
            axes.plot(curve["bpp"], curve["psnr"], marker=".", linewidth=1, alpha=0.8, label=curve["label"])
    measured = [(p.mean.bpp, p.mean.psnr) for p in points if p.mean.psnr is not None]
    axes.plot([bpp for bpp, _ in measured], [db for _, db in measured], "k-o", label=name)
    # The references reach far beyond: show where the model is, and a margin.
    if len(measured) > 1:
        rates, decibels = [bpp for bpp, _ in measured], [db for _, db in measured]
        margin = 0.1 * (max(decibels) - min(decibels))
        axes.set_xlim(0, 1.1 * max(rates))
        axes.set_ylim(min(decibels) - margin, max(decibels) + margin)
    axes.set_xlabel("bits per pixel")
    axes.set_ylabel("PSNR of RGB [dB]")
    axes.set_title(f"{references['name'] if references else 'Rate and distortion'}, mean over the pictures")
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    return figure


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="model package (.qresmodel)")
    parser.add_argument("--data", type=Path, required=True, help="folder of pictures")
    parser.add_argument("-o", "--output", type=Path, required=True, help="report to write (JSON)")
    parser.add_argument("--plot", type=Path, help=f"plot to write ({', '.join(_PLOT_SUFFIXES)})")
    parser.add_argument("--qualities", type=int, nargs="+", default=_DEFAULT_QUALITIES, help="qualities in 0..100")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    return parser.parse_args(argv)


def _check_before_the_long_work(arguments: argparse.Namespace) -> None:
    for quality in arguments.qualities:
        EncodeSettings(quality)
    if arguments.plot and arguments.plot.suffix.lower() not in _PLOT_SUFFIXES:
        raise SettingsError(f"A plot cannot be written as {arguments.plot}; use {', '.join(_PLOT_SUFFIXES)}.")
    for target in filter(None, (arguments.output, arguments.plot)):
        if not target.parent.is_dir():
            raise OutputError(f"Cannot write {target}: its folder does not exist; create it or choose another one.")


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status, as that of the `qres` command."""
    arguments = _arguments(argv)
    try:
        _check_before_the_long_work(arguments)
        paths = find_pictures(arguments.data)
        codec = Codec(ModelPackage.load(arguments.model), arguments.device)
        points = evaluate(codec, paths, arguments.qualities)
        references = load_references(paths)
        manifest = codec.package.manifest
        report = {
            "model": {
                "name": manifest.name,
                "model_id": codec.package.model_id.hex(),
                "parameters": manifest.parameters,
                "macs_per_pixel": dict(manifest.macs_per_pixel),
            },
            "device": codec.device,
            "pictures": len(paths),
            "points": [asdict(point) for point in points],
            "bd_rate": compare(points, references) if references else None,
        }
        safe_write(arguments.output, (json.dumps(report, indent=1, allow_nan=False) + "\n").encode())
        if arguments.plot:
            buffer = io.BytesIO()
            plot(points, manifest.name, references).savefig(buffer, format=arguments.plot.suffix[1:].lower(), dpi=120)
            safe_write(arguments.plot, buffer.getvalue())
    except QresError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    _print_summary(points, report["bd_rate"])
    return 0


def _print_summary(points: Sequence[Point], comparison: Any) -> None:
    def number(value: float | None, width: int, digits: int) -> str:
        return f"{'-':>{width}}" if value is None else f"{value:>{width}.{digits}f}"

    print(f"{'quality':>7}{'bpp':>9}{'PSNR':>8}{'MS-SSIM':>9}{'encode s':>10}{'decode s':>10}")
    for point in points:
        m = point.mean
        print(
            f"{point.quality:>7}{m.bpp:>9.4f}{number(m.psnr, 8, 3)}{number(m.ms_ssim, 9, 5)}"
            f"{m.encode_seconds:>10.3f}{m.decode_seconds:>10.3f}"
        )
    for entry in (comparison or {}).values():
        result = entry["psnr"]["overlap"]
        if result["percent"] is not None:
            window = f"PSNR {result['from']:.1f}..{result['to']:.1f} dB"
            print(f"BD-rate {result['percent']:+7.2f} % against {entry['label']} ({window})")


if __name__ == "__main__":
    sys.exit(main())
