"""Compare architectures at equal training: `python -m training.compare --steps N --data ... --pictures ... -o FOLDER`.

Every preset is trained from scratch at every lambda, on the same crops for the same number of steps, as a model of that
single rate. Its EMA weights are then measured on the pictures. Rates are estimates: what the model's own probabilities
give for the rounded symbols, without the container and the rounding of frequency tables. PSNR is that of the 8-bit
pictures.

The folder gets `comparison.json`, `comparison.md` (the table), `comparison.png` (the plot) and each run. A comparison
that was stopped goes on with the same command.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray
from tqdm import tqdm

from codec_format.errors import QresError
from codec_format.imaging import load_picture
from codec_format.metrics import psnr
from codec_format.safe_write import safe_write
from training import train
from training.checkpoint import load_checkpoint, load_weights
from training.complexity import measure_complexity
from training.errors import TrainingError
from training.evaluate import find_pictures
from training.model import QRes
from training.preset import CompressionModel, load_preset
from training.rate_distortion import Curve, bd_rate, overlap

_PRESETS = ("comparison-hyperprior", "comparison-hc", "comparison-qres")


@dataclass(frozen=True)
class Measured:
    """One trained model: its size, its cost in multiply-accumulates per pixel, and means over the pictures.

    `loss_lambda` is its lambda, `bpp` the estimated bits per pixel, `psnr` in dB.
    """

    preset: str
    loss_lambda: float
    steps: int
    parameters: int
    encode: float
    decode: float
    bpp: float
    psnr: float


@torch.no_grad()
def estimate(model: CompressionModel, pixels: NDArray[np.uint8]) -> tuple[float, float]:
    """Estimated bits per pixel and PSNR in dB of a picture uint8 [H, W, 3] at quality index 0."""
    height, width = pixels.shape[:2]
    missing = [(0, -height % model.alignment), (0, -width % model.alignment), (0, 0)]
    padded = np.pad(pixels, missing, mode="edge")
    result = model(torch.from_numpy(padded).permute(2, 0, 1)[None].float() / 255, torch.zeros(1), rounded=True)
    decoded = torch.round((result.reconstruction[0].clamp(-1, 1) + 1) * 127.5).to(torch.uint8)
    area = padded.shape[0] * padded.shape[1] / (height * width)
    return float(result.bits_per_pixel()) * area, psnr(pixels, decoded.permute(1, 2, 0).numpy()[:height, :width])


def measure(checkpoint_path: Path, paths: Sequence[Path], loss_lambda: float) -> Measured:
    """The EMA weights of a checkpoint on the pictures."""
    checkpoint = load_checkpoint(checkpoint_path)
    model = checkpoint.preset.build_model().eval()
    load_weights(model, checkpoint.ema, checkpoint_path)
    estimates = [estimate(model, load_picture(path).pixels) for path in tqdm(paths, unit="picture", disable=None)]
    condition = model.embedding(torch.zeros(1)) if isinstance(model, QRes) else None
    cost = measure_complexity(model, 256, 256, condition)
    return Measured(
        checkpoint.preset.name,
        loss_lambda,
        checkpoint.step,
        cost.parameters,
        cost.encode,
        cost.decode,
        fmean(bpp for bpp, _ in estimates),
        fmean(decibels for _, decibels in estimates),
    )


def run_one(arguments: argparse.Namespace, preset: str, loss_lambda: float, paths: Sequence[Path]) -> Measured:
    """Train a preset at a lambda unless that is done, measure it unless that is done.

    Raises TrainingError if the training fails or was stopped.
    """
    folder = arguments.output / f"{load_preset(preset).name}-{loss_lambda:g}"
    result = folder / "measured.json"
    asked = {"steps": arguments.steps, "pictures": [path.name for path in paths]}
    if result.exists():
        known = json.loads(result.read_text(encoding="utf-8"))
        if known["asked"] == asked:
            return Measured(**known["measured"])
    options = ["--preset", preset, "--lambda", str(loss_lambda), "--data", *map(str, arguments.data)]
    options += ["--output", str(folder), "--steps", str(arguments.steps), "--device", "cpu"]
    for name in ("batch", "crop", "threads"):
        if getattr(arguments, name) is not None:
            options += [f"--{name}", str(getattr(arguments, name))]
    print(f"{folder.name}:", flush=True)
    checkpoint = folder / "last.safetensors"
    if train.main(options) != 0 or load_checkpoint(checkpoint).step < arguments.steps:
        raise TrainingError(f"The training of {folder.name} was not finished; the same command goes on.")
    measured = measure(checkpoint, paths, loss_lambda)
    safe_write(result, json.dumps({"asked": asked, "measured": asdict(measured)}, indent=1).encode())
    return measured


def table(results: Sequence[Measured]) -> str:
    """The results in Markdown, with the BD-rate of every preset against the first one where the curves overlap."""
    lines = [
        "| model | parameters | kMAC per pixel, encode / decode | lambda | bits per pixel | PSNR, dB | BD-rate |",
        "|---|---|---|---|---|---|---|",
    ]
    for preset in dict.fromkeys(result.preset for result in results):
        percent = _bd_rate(results, results[0].preset, preset)
        for number, r in enumerate(result for result in results if result.preset == preset):
            size, cost = f"{r.parameters / 1e6:.2f} M", f"{r.encode / 1e3:.1f} / {r.decode / 1e3:.1f}"
            once = (preset, size, cost, percent) if number == 0 else ("", "", "", "")
            cells = (*once[:3], f"{r.loss_lambda:g}", f"{r.bpp:.3f}", f"{r.psnr:.2f}", once[3])
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _bd_rate(results: Sequence[Measured], anchor: str, preset: str) -> str:
    if preset == anchor:
        return ""
    curves = []
    for name in (anchor, preset):
        chosen = [result for result in results if result.preset == name]
        curves.append((tuple(r.bpp for r in chosen), tuple(r.psnr for r in chosen)))
    try:
        first, second = (Curve(*curve) for curve in curves)
        low, high = overlap(first, second)
        return f"{bd_rate(first, second, (low, high)):+.1f} % ({low:.1f}..{high:.1f} dB)"
    except ValueError:  # the curves share no quality
        return "-"


def plot(results: Sequence[Measured], title: str) -> Figure:
    """PSNR over bits per pixel, one curve for each preset."""
    figure = Figure(figsize=(8, 6), layout="constrained")
    axes = figure.add_subplot()
    for preset in dict.fromkeys(result.preset for result in results):
        chosen = [(r.bpp, r.psnr) for r in results if r.preset == preset]
        axes.plot([bpp for bpp, _ in chosen], [db for _, db in chosen], "o-", label=preset)
    axes.set_xlabel("estimated bits per pixel")
    axes.set_ylabel("PSNR of RGB [dB]")
    axes.set_title(title)
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    return figure


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.compare", description=__doc__)
    parser.add_argument("--presets", nargs="+", default=_PRESETS, help="names or TOML files; the first is the anchor")
    parser.add_argument("--lambdas", type=float, nargs="+", default=(16.0, 64.0, 256.0))
    parser.add_argument("--steps", type=int, required=True, help="steps of every run")
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="folders or tar shards to train on")
    parser.add_argument("--pictures", type=Path, required=True, help="folder of pictures to measure on")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder of the comparison")
    parser.add_argument("--batch", type=int, help="crops per step (default: the preset's)")
    parser.add_argument("--crop", type=int, help="side of a crop in pixels (default: the preset's)")
    parser.add_argument("--threads", type=int, default=1, help="threads of PyTorch")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status."""
    arguments = _arguments(argv)
    try:
        paths = find_pictures(arguments.pictures)
        presets = [load_preset(preset).name for preset in arguments.presets]
        results: list[Measured] = []
        for loss_lambda in arguments.lambdas:
            for preset in arguments.presets:
                results.append(run_one(arguments, preset, loss_lambda, paths))
        _report(arguments, sorted(results, key=lambda r: (presets.index(r.preset), r.loss_lambda)), len(paths))
    except (TrainingError, QresError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _report(arguments: argparse.Namespace, results: Sequence[Measured], pictures: int) -> None:
    entries: list[dict[str, Any]] = [asdict(result) for result in results]
    text = table(results)
    image = io.BytesIO()
    plot(results, f"After {arguments.steps} steps, mean over {pictures} pictures").savefig(image, format="png", dpi=120)
    for name, content in (
        ("comparison.json", (json.dumps(entries, indent=1) + "\n").encode()),
        ("comparison.md", text.encode()),
        ("comparison.png", image.getvalue()),
    ):
        safe_write(arguments.output / name, content)
    print(text, end="")


if __name__ == "__main__":
    sys.exit(main())
