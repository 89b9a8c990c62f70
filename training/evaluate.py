"""Evaluate a model package: `python -m training.evaluate --model PACKAGE.qresmodel --data FOLDER -o OUT.json`.

Every picture of the folder is encoded to a complete .qres file and decoded again, at several qualities. The report
holds the bits per pixel of those files and of each latent block, PSNR, MS-SSIM and seconds, per picture and as means
over the pictures; for the Kodak pictures also the BD-rate against other codecs, whose curves are stored in
`reference_curves/kodak.json`. With `--resolutions` the same is done with the pictures made smaller or larger, where
the BD-rate against JPEG on the same pictures says whether the model is as good there as at the original size.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from codec_format.codec import Codec
from codec_format.errors import InputError, OutputError, QresError, SettingsError
from codec_format.model_package import ModelPackage
from codec_format.safe_write import safe_write
from codec_format.settings import EncodeSettings
from training.evaluation_plots import plot, plot_blocks, plot_resolutions
from training.measurement import ORIGINAL, Point, evaluate, jpeg_curve
from training.rate_distortion import STANDARD_WINDOW, Curve, bd_rate, ms_ssim_decibels, overlap

_SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".ppm", ".avif"}
_DEFAULT_QUALITIES = (0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100)
_KODAK = Path(__file__).with_name("reference_curves") / "kodak.json"
_PLOT_SUFFIXES = (".png", ".svg", ".pdf")
_PSNR_WINDOWS = ((27.0, 36.0), STANDARD_WINDOW)


def find_pictures(folder: Path) -> list[Path]:
    """The picture files of a folder, by name. Raises InputError if there is no such folder, or no picture in it."""
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}; give the folder that holds the pictures.")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES)
    if not paths:
        raise InputError(f"The folder {folder} holds no picture ({', '.join(sorted(_SUFFIXES))}).")
    return paths


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
        by_window = _by_window(list(zip(reference["bpp"], reference["psnr"], strict=True)), by_psnr)
        comparison[name] = {"label": reference["label"], "source": reference["source"], "psnr": by_window}
        if "ms_ssim" in reference:
            decibels = [ms_ssim_decibels(value) for value in reference["ms_ssim"]]
            anchor = list(zip(reference["bpp"], decibels, strict=True))
            comparison[name]["ms_ssim"] = {"overlap": _bd_rate(anchor, by_ms_ssim)}
    return comparison


def compare_resolutions(
    points: Mapping[Fraction, Sequence[Point]], jpeg: Mapping[Fraction, Sequence[tuple[float, float]]]
) -> list[dict[str, Any]]:
    """Per resolution the means over the pictures, and the BD-rate against JPEG on the same pictures in per cent."""
    entries = []
    for factor in sorted(points):
        measured = [(point.mean.bpp, point.mean.psnr) for point in points[factor]]
        entries.append(
            {
                "factor": str(factor),
                "made_by": "as it is" if factor == 1 else "Lanczos" if factor < 1 else "mirrored tiles",
                "points": [{"quality": point.quality, **asdict(point.mean)} for point in points[factor]],
                "jpeg": [{"bpp": bpp, "psnr": decibels} for bpp, decibels in jpeg[factor]],
                "bd_rate_jpeg": _by_window(jpeg[factor], measured),
            }
        )
    return entries


def _by_window(
    anchor: Sequence[tuple[float, float]], test: Sequence[tuple[float, float | None]]
) -> dict[str, dict[str, Any]]:
    windows = {f"{low:g}..{high:g} dB": (low, high) for low, high in _PSNR_WINDOWS}
    return {"overlap": _bd_rate(anchor, test)} | {
        name: _bd_rate(anchor, test, window) for name, window in windows.items()
    }


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


def _resolution(text: str) -> Fraction:
    factor = Fraction(text)
    if factor <= 0 or (factor > 1 and factor.denominator > 1):
        raise ValueError
    return factor


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="model package (.qresmodel)")
    parser.add_argument("--data", type=Path, required=True, help="folder of pictures")
    parser.add_argument("-o", "--output", type=Path, required=True, help="report to write (JSON)")
    parser.add_argument(
        "--plot",
        type=Path,
        help=f"plot to write ({', '.join(_PLOT_SUFFIXES)}); those of latent blocks and resolutions are put beside it",
    )
    parser.add_argument("--qualities", type=int, nargs="+", default=_DEFAULT_QUALITIES, help="qualities in 0..100")
    parser.add_argument(
        "--resolutions",
        type=_resolution,
        nargs="+",
        default=(),
        metavar="FACTOR",
        help="also for pictures FACTOR times as high and wide: 1/2 scaled down, 2 in mirrored tiles",
    )
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


def _write_plot(figure: Figure, path: Path) -> None:
    buffer = io.BytesIO()
    figure.savefig(buffer, format=path.suffix[1:].lower(), dpi=120)
    safe_write(path, buffer.getvalue())


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status, as that of the `qres` command."""
    arguments = _arguments(argv)
    try:
        _check_before_the_long_work(arguments)
        paths = find_pictures(arguments.data)
        codec = Codec(ModelPackage.load(arguments.model), arguments.device)
        points = evaluate(codec, paths, arguments.qualities)
        references = load_references(paths)
        resolutions: dict[Fraction, Sequence[Point]] = {}
        if arguments.resolutions:
            resolutions = {ORIGINAL: points} | {
                factor: evaluate(codec, paths, arguments.qualities, factor)
                for factor in arguments.resolutions
                if factor != ORIGINAL
            }
        jpeg = {factor: jpeg_curve(paths, factor) for factor in resolutions}
        by_resolution = compare_resolutions(resolutions, jpeg)
        manifest = codec.package.manifest
        report = {
            "model": {
                "name": manifest.name,
                "model_id": codec.package.model_id.hex(),
                "parameters": manifest.parameters,
                "macs_per_pixel": dict(manifest.macs_per_pixel),
                "blocks": [{"stride": block.stride, "channels": block.channels} for block in manifest.blocks],
            },
            "device": codec.device,
            "pictures": len(paths),
            "points": [asdict(point) for point in points],
            "bd_rate": compare(points, references) if references else None,
            "resolutions": by_resolution,
        }
        safe_write(arguments.output, (json.dumps(report, indent=1, allow_nan=False) + "\n").encode())
        strides = [block.stride for block in manifest.blocks]
        if arguments.plot:
            path: Path = arguments.plot
            _write_plot(plot(points, manifest.name, references), path)
            _write_plot(plot_blocks(points, strides), path.with_stem(f"{path.stem}-blocks"))
            if resolutions:
                _write_plot(plot_resolutions(resolutions, jpeg), path.with_stem(f"{path.stem}-resolutions"))
    except QresError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    _print_summary(points, report["bd_rate"])
    _print_blocks(points, strides)
    for entry in by_resolution:
        _print_resolution(entry)
    return 0


def _number(value: float | None, width: int, digits: int) -> str:
    return f"{'-':>{width}}" if value is None else f"{value:>{width}.{digits}f}"


def _print_summary(points: Sequence[Point], comparison: Any) -> None:
    print(f"{'quality':>7}{'bpp':>9}{'PSNR':>8}{'MS-SSIM':>9}{'encode s':>10}{'decode s':>10}")
    for point in points:
        m = point.mean
        print(
            f"{point.quality:>7}{m.bpp:>9.4f}{_number(m.psnr, 8, 3)}{_number(m.ms_ssim, 9, 5)}"
            f"{m.encode_seconds:>10.3f}{m.decode_seconds:>10.3f}"
        )
    for entry in (comparison or {}).values():
        result = entry["psnr"]["overlap"]
        if result["percent"] is not None:
            window = f"PSNR {result['from']:.1f}..{result['to']:.1f} dB"
            print(f"BD-rate {result['percent']:+7.2f} % against {entry['label']} ({window})")


def _print_blocks(points: Sequence[Point], strides: Sequence[int]) -> None:
    """Per cent of the file that the bitstream of each latent block takes, one column per quality."""
    print(f"{'block':>5}{'stride':>7}  per cent of the file at quality" + "".join(f"{p.quality:>7}" for p in points))
    for block, stride in enumerate(strides):
        shares = (100 * point.mean.block_bpp[block] / point.mean.bpp for point in points)
        print(f"{block:>5}{stride:>7}{'':>33}" + "".join(f"{share:>7.2f}" for share in shares))


def _print_resolution(entry: Mapping[str, Any]) -> None:
    print(f"{entry['factor']} times as high and wide ({entry['made_by']}):")
    for point in entry["points"]:
        print(f"{point['quality']:>7}{point['bpp']:>9.4f}{_number(point['psnr'], 8, 3)}")
    result = entry["bd_rate_jpeg"]["overlap"]
    if result["percent"] is not None:
        window = f"PSNR {result['from']:.1f}..{result['to']:.1f} dB"
        print(f"BD-rate {result['percent']:+7.2f} % against JPEG 4:2:0 on the same pictures ({window})")


if __name__ == "__main__":
    sys.exit(main())
