"""Table 1 of the QRes-VAE paper with rows of this project: `python -m benchmarks.table1 --report docs/results.json`.

BD-rate, parameters and operations of our package come from the report of `training.evaluate` and the package itself;
its latency is measured here, and beside it that of another package or of a preset with random weights, through the
same codec. All other rows are the paper's own, measured on its authors' machine.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.pictures import generated_picture
from benchmarks.speed import Timing, export_preset, load, machine, measure
from codec_format import Codec, EncodeSettings, ModelPackage, Picture, load_picture
from training.rate_distortion import Curve, bd_rate

KODAK = Path(__file__).resolve().parents[1] / "training" / "reference_curves" / "kodak.json"
PAPER_SIDE = 256  # of the pictures for which the paper counts operations
HEADER = (
    "",
    "parameters",
    "GMAC at 256x256",
    "CPU encode",
    "CPU decode",
    "GPU encode",
    "GPU decode",
    "BD-rate Kodak",
    "BD-rate CLIC",
)
# Paper, Table 1: anchor VTM 12.1; the first Kodak picture, Intel 10700K, Nvidia 3090.
PUBLISHED = (
    ("QRes-VAE (34M)", "34.0 M", "23.3", "1.124 s", "0.558 s", "0.109 s", "0.076 s", "-4.076 %", "-4.067 %"),
    ("Wang 2022, data-dependent +", "53.0 M", "523", "-", "-", "-", "-", "-0.821 %", "-"),
    ("Xie 2021, invertible enc.", "50.0 M", "68.0", "2.780 s", "6.343 s", "2.607 s", "5.531 s", "-0.475 %", "-2.433 %"),
    ("Qian 2021, global ref.", "35.8 M", "32.1", "341 s", "352 s", "35.3 s", "47.6 s", "6.034 %", "8.133 %"),
    ("Minnen 2020, channel-wise", "116 M", "38.1", "0.524 s", "0.665 s", "0.136 s", "0.124 s", "0.580 %", "6.852 %"),
    ("Cheng 2020, LIC", "26.6 M", "60.7", "2.231 s", "5.944 s", "2.626 s", "5.564 s", "2.919 %", "3.300 %"),
    ("Minnen 2018, joint AR & H", "25.5 M", "29.5", "5.327 s", "9.337 s", "2.640 s", "5.566 s", "10.61 %", "13.64 %"),
    ("Minnen 2018, M & S hyper.", "17.6 M", "28.8", "0.241 s", "0.442 s", "0.043 s", "0.033 s", "21.03 %", "27.06 %"),
    ("Balle 2017, factorized", "7.03 M", "26.7", "0.204 s", "0.411 s", "0.040 s", "0.032 s", "67.81 %", "89.77 %"),
)


@dataclass(frozen=True)
class Latency:
    """Encoding and decoding of one picture, the networks loaded already."""

    encode: Timing
    decode: Timing


def measure_latency(package: ModelPackage, device: str, picture: Picture, quality: int, repeats: int) -> Latency:
    """On `device` and no other. Exits with a sentence where the package does not run there."""
    codec = Codec(package, device)
    settings = EncodeSettings(quality)
    data = codec.encode(picture, settings)
    if not codec.device.startswith(device):
        sys.exit(f"error: The networks run on {codec.device}, not on {device}; leave {device} out of --devices.")
    return Latency(
        measure(partial(codec.encode, picture, settings), repeats), measure(partial(codec.decode, data), repeats)
    )


def row(package: ModelPackage, label: str, latencies: dict[str, Latency], kodak: float | None) -> tuple[str, ...]:
    """A row like those of the paper. Operations are those of an encoder and of a decoder, scale network and all."""
    manifest = package.manifest
    macs = {
        name: (manifest.macs_per_pixel[name] + manifest.macs_per_pixel["scale_network"]) * PAPER_SIDE**2 / 1e9
        for name in ("encode", "decode")
    }
    seconds = []
    for device in ("cpu", "cuda"):
        latency = latencies.get(device)
        pair = (latency.encode, latency.decode) if latency else ()
        seconds += [f"{timing.seconds:.3f} s" for timing in pair] or ["-", "-"]
    return (
        label,
        f"{manifest.parameters / 1e6:.1f} M",
        f"{macs['encode']:.2f} encode, {macs['decode']:.2f} decode",
        *seconds,
        "-" if kodak is None else f"{kodak:+.1f} %",
        "-",
    )


def published_bd_rate(curve: str) -> float | None:
    """BD-rate of a stored published curve against VTM 18.0 on Kodak, the anchor of our own figure; None without one."""
    curves = json.loads(KODAK.read_text(encoding="utf-8"))["curves"]
    if curve not in curves:
        return None
    anchor, test = (Curve(tuple(curves[name]["bpp"]), tuple(curves[name]["psnr"])) for name in ("vtm18.0", curve))
    return bd_rate(anchor, test)


def table(ours: Sequence[tuple[str, ...]]) -> str:
    """Our rows above the paper's, in Markdown."""
    lines = [f"| {' | '.join(HEADER)} |", "|" + "---|" * len(HEADER)]
    lines += [f"| {' | '.join(cells)} |" for cells in (*ours, *PUBLISHED)]
    return "\n".join(lines) + "\n"


def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.table1", description=__doc__)
    parser.add_argument("--report", type=Path, required=True, help="report of training.evaluate on the Kodak pictures")
    parser.add_argument("--model", default="", help="model package (default: the shipped one)")
    parser.add_argument("--against", default="qres34m", help='a second package, or the name of a preset; "" for none')
    parser.add_argument("--picture", type=Path, help="picture to code, such as kodim01.png (default: one is generated)")
    parser.add_argument("--quality", type=int, default=100, help="the paper takes the highest rate of every model")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--devices", nargs="+", default=["cpu"], choices=("cpu", "cuda"))
    parser.add_argument("-o", "--output", type=Path, help="table (Markdown)")
    options = parser.parse_args(argv)

    report = json.loads(options.report.read_text(encoding="utf-8"))
    package = load(options.model)
    if report["model"]["model_id"] != package.model_id.hex():
        sys.exit(f"error: {options.report} is the report of another model; make it anew with training.evaluate.")
    comparison = report["bd_rate"]
    kodak = comparison["vtm18.0"]["psnr"]["overlap"]["percent"] if comparison else None
    picture = load_picture(options.picture) if options.picture else Picture(generated_picture(768, 512, seed=0))
    picture = Picture(np.ascontiguousarray(picture.pixels))

    packages = [(package, f"{package.manifest.name} (this project)", kodak)]
    with tempfile.TemporaryDirectory() as folder:
        if options.against:
            path = Path(options.against)
            other = ModelPackage.load(path if path.is_file() else export_preset(options.against, Path(folder)))
            label = f"{other.manifest.name}, measured here"
            packages.append((other, label, published_bd_rate(other.manifest.name)))
        rows = [
            row(
                model,
                label,
                {
                    device: measure_latency(model, device, picture, options.quality, options.repeats)
                    for device in options.devices
                },
                kodak,
            )
            for model, label, kodak in packages
        ]
    text = table(rows)
    where = ", ".join(f"{name} {value}" for name, value in machine().items())
    print(f"{text}\nMeasured here: {picture.width} x {picture.height}, quality {options.quality}; {where}.")
    if options.output:
        options.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
