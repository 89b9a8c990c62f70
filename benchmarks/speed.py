"""Seconds and memory of encoding and decoding: `python -m benchmarks.speed -o speed.json --table speed.md`.

Every case is a process of its own, so that its peak memory is its own: load the package, do the operation once (which
loads the networks), then repeat it and take the median; `--repeats 0`, for very large pictures, takes the first time.
CPU seconds stand beside wall seconds: where other programs run as well, only ratios of CPU seconds mean something.

`--against` names a second model: a package, or a preset such as qres34m, which is then exported with random weights
(the time of a network does not depend on its weights). Both models run in turn in one process, at the first size.
"""

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.pictures import generated_picture
from codec_format import Codec, EncodeSettings, ModelPackage, Picture, default_package
from codec_format.container import read_header
from codec_format.lanes import usable_cores
from codec_format.process_memory import return_large_arrays, sizes_in

ROOT = Path(__file__).resolve().parents[1]
OPERATIONS = ("encode", "decode")


@dataclass(frozen=True)
class Timing:
    """Wall and CPU seconds: the first call, which loads the networks, and the median of the later ones."""

    first_seconds: float
    seconds: float
    cpu_seconds: float


def measure(operation: Callable[[], object], repeats: int) -> Timing:
    """Call once, then ``repeats`` times; without repeats the first call is what counts."""
    walls, cpus = [], []
    for _ in range(repeats + 1):
        wall, cpu = time.perf_counter(), time.process_time()
        operation()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return Timing(walls[0], statistics.median(walls[1:] or walls), statistics.median(cpus[1:] or cpus))


def peak_memory() -> int:
    """Largest resident set of this process so far, in bytes."""
    status = Path("/proc/self/status")
    if status.is_file():  # what getrusage gives there begins with the peak of the process that started this one
        return sizes_in(status)["VmHWM"]
    import resource  # not on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def run_case(options: argparse.Namespace) -> dict[str, Any]:
    """One operation on one picture, in this process. The coded file is kept for the decoding case."""
    return_large_arrays()  # as the programs do
    coded_file = options.picture.with_suffix(".qres")
    codec = Codec(load(options.model), options.device)
    if options.case == "encode":
        picture = Picture(np.load(options.picture))
        settings = EncodeSettings(quality=options.quality)
        before = peak_memory()
        timing = measure(lambda: coded_file.write_bytes(codec.encode(picture, settings)), options.repeats)
    else:
        data = coded_file.read_bytes()
        before = peak_memory()
        timing = measure(partial(codec.decode, data), options.repeats)
    header = read_header(coded_file.read_bytes())
    return {
        "operation": options.case,
        "width": header.width,
        "height": header.height,
        "device": codec.device,
        **asdict(timing),
        "peak_memory_bytes": peak_memory(),
        "memory_before_bytes": before,
        "bits_per_pixel": coded_file.stat().st_size * 8 / (header.width * header.height),
    }


def run_comparison(options: argparse.Namespace) -> dict[str, Any]:
    """This model and the other one, in this process, on one picture; a ratio is other by this."""
    picture = Picture(np.load(options.picture))
    settings = EncodeSettings(quality=options.quality)
    timings: dict[str, list[Timing]] = {operation: [] for operation in OPERATIONS}
    packages = [load(options.model), load(options.against)]
    for package in packages:
        codec = Codec(package, options.device)
        data = codec.encode(picture, settings)
        timings["encode"].append(measure(partial(codec.encode, picture, settings), options.repeats))
        timings["decode"].append(measure(partial(codec.decode, data), options.repeats))
    return {
        "width": picture.width,
        "height": picture.height,
        "models": [package.manifest.name for package in packages],
        "macs_per_pixel": [dict(package.manifest.macs_per_pixel) for package in packages],
        "seconds": {name: [timing.seconds for timing in pair] for name, pair in timings.items()},
        "cpu_seconds": {name: [timing.cpu_seconds for timing in pair] for name, pair in timings.items()},
        "ratio": {name: pair[1].seconds / pair[0].seconds for name, pair in timings.items()},
        "cpu_ratio": {name: pair[1].cpu_seconds / pair[0].cpu_seconds for name, pair in timings.items()},
    }


def export_preset(name: str, folder: Path) -> Path:
    """A package of a preset with its random initial weights."""
    from export.to_onnx import export_package  # PyTorch: only in the process that makes the package
    from training.preset import load_preset

    preset = load_preset(name)
    path = folder / f"{name}.qresmodel"
    export_package(preset.build_model(), path, name=name, architecture=preset.architecture)
    return path


def load(model: str) -> ModelPackage:
    """A package by its path, or the shipped one for an empty string."""
    return ModelPackage.load(Path(model)) if model else default_package()


def in_own_process(options: argparse.Namespace, case: str, **changes: str) -> Any:
    """Run one case in a fresh interpreter and give what it reports."""
    arguments = {
        "--case": case,
        "--model": options.model,
        "--device": options.device,
        "--quality": options.quality,
        "--repeats": options.repeats,
        **{f"--{name}": value for name, value in changes.items()},
    }
    command = [sys.executable, "-m", "benchmarks.speed"]
    for name, value in arguments.items():
        command += [name, str(value)]
    result = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(result.stdout)


def machine() -> dict[str, Any]:
    """What the figures depend on besides the program."""
    processor = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.is_file():
        names = [line.split(":", 1)[1].strip() for line in information.read_text().splitlines() if "model name" in line]
        processor = names[0] if names else processor
    runtime = next(name for name in ("onnxruntime-gpu", "onnxruntime") if _installed(name))
    return {
        "processor": processor,
        "threads": usable_cores(),
        "system": platform.system(),
        "python": platform.python_version(),
        runtime: version(runtime),
    }


def _installed(distribution: str) -> bool:
    try:
        version(distribution)
    except ModuleNotFoundError:
        return False
    return True


def table(report: dict[str, Any]) -> str:
    """The report as Markdown."""
    cost = report["macs_per_pixel"]
    where = report["machine"]
    lines = [
        f"Model {report['model']}, quality {report['quality']}; {where['processor']}, {where['threads']} threads; "
        f"device {report['cases'][0]['device']}.",
        f"Cost per pixel: encoder {cost['encode'] / 1000:.1f} kMAC, decoder {cost['decode'] / 1000:.1f} kMAC, "
        f"scale network {cost['scale_network'] / 1000:.1f} kMAC.",
        "",
        "| operation | picture | bits per pixel | seconds | CPU seconds | first call, seconds | peak memory, MiB |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {case['operation']} | {case['width']} x {case['height']} | {case['bits_per_pixel']:.3f} | "
        f"{case['seconds']:.2f} | {case['cpu_seconds']:.2f} | {case['first_seconds']:.2f} | "
        f"{case['peak_memory_bytes'] / 2**20:.0f} |"
        for case in report["cases"]
    ]
    comparison = report.get("comparison")
    if comparison:
        ours, other = comparison["models"]
        lines += [
            "",
            f"{other} against {ours}, both in one process, {comparison['width']} x {comparison['height']}:",
            "",
            f"| operation | {ours}, seconds | {other}, seconds | ratio | ratio of CPU seconds |",
            "|---|---|---|---|---|",
        ]
        lines += [
            f"| {name} | {comparison['seconds'][name][0]:.2f} | {comparison['seconds'][name][1]:.2f} | "
            f"{comparison['ratio'][name]:.1f} | {comparison['cpu_ratio'][name]:.1f} |"
            for name in OPERATIONS
        ]
    return "\n".join(lines) + "\n"


def size(text: str) -> tuple[int, int]:
    """WIDTHxHEIGHT."""
    width, height = text.split("x")
    return int(width), int(height)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("--model", default="", help="model package (default: the shipped one)")
    parser.add_argument("--against", default="", help="a second package, or the name of a preset")
    parser.add_argument("--sizes", type=size, nargs="+", default=[(768, 512), (4000, 3000)], metavar="WIDTHxHEIGHT")
    parser.add_argument("--quality", type=int, default=60)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu", choices=("auto", "cpu", "cuda"))
    parser.add_argument("-o", "--output", type=Path, help="report (JSON)")
    parser.add_argument("--table", type=Path, help="report (Markdown)")
    parser.add_argument("--case", choices=(*OPERATIONS, "comparison", "export"), help=argparse.SUPPRESS)
    parser.add_argument("--picture", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case == "export":
        print(json.dumps(str(export_preset(options.against, options.picture.parent))))
        return
    if options.case:
        print(json.dumps(run_comparison(options) if options.case == "comparison" else run_case(options)))
        return

    manifest = load(options.model).manifest
    report: dict[str, Any] = {
        "model": manifest.name,
        "macs_per_pixel": dict(manifest.macs_per_pixel),
        "quality": options.quality,
        "repeats": options.repeats,
        "machine": machine(),
        "cases": [],
    }
    with tempfile.TemporaryDirectory() as folder:
        pictures = []
        for width, height in options.sizes:
            pictures.append(f"{folder}/{width}x{height}.npy")
            np.save(pictures[-1], generated_picture(width, height, options.seed))
            report["cases"] += [in_own_process(options, operation, picture=pictures[-1]) for operation in OPERATIONS]
        if options.against:
            other = options.against
            if not Path(other).is_file():
                other = in_own_process(options, "export", against=other, picture=pictures[0])
            report["comparison"] = in_own_process(options, "comparison", against=other, picture=pictures[0])
    print(table(report), end="")
    if options.output:
        options.output.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    if options.table:
        options.table.write_text(table(report), encoding="utf-8")


if __name__ == "__main__":
    main()
