"""Where the time of a network goes: the operators of the graphs of a package, as ONNX Runtime profiles them on the CPU.

    python -m benchmarks.operators decoder_8 --side 1408
    python -m benchmarks.operators decoder_8 encoder_8 --models old.qresmodel new.qresmodel

Packages are run in turn on the same random inputs, so that their ratio can be trusted more than their times. The
profile adds to the time of every operator, so "all" is a little more than a run takes in the codec.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from codec_format.model_package import ModelPackage, default_package

_SHOWN = 12  # operators of a table; the rest is one line


@dataclass(frozen=True)
class Profile:
    """Seconds of a run, the median of several, and the mean seconds that each kind of operator takes in one."""

    seconds: float
    operators: dict[str, float]


class ProfiledGraph:
    """A graph in a session as the codec makes it, but with the profile on."""

    def __init__(self, package: ModelPackage, name: str, folder: Path) -> None:
        self._package, self._name = package, name
        graph = package.graph(name)
        options = onnxruntime.SessionOptions()
        options.add_session_config_entry("session.force_spinning_stop", "1")
        options.enable_mem_reuse = options.enable_mem_pattern = False
        options.log_severity_level = 3
        options.enable_profiling = True
        options.profile_file_prefix = str(folder / "profile")
        values = [onnxruntime.OrtValue.ortvalue_from_numpy(value) for value in graph.weights.values()]
        options.add_external_initializers(list(graph.weights), values)
        self._values = values  # the session refers to them
        self._session = onnxruntime.InferenceSession(graph.model, options, providers=["CPUExecutionProvider"])
        self._seconds: list[float] = []

    def inputs(self, side: int) -> dict[str, NDArray[Any]]:
        """Random inputs for a square of `side` pixels: symbols of scale 1, features of scale 1, noise as a picture."""
        manifest = self._package.manifest
        # The way up goes from fine to coarse, encoder and decoder from coarse to fine.
        strides = manifest.section_strides[::-1] if self._name.startswith("bottom_up") else manifest.section_strides
        stride = int(self._name.rpartition("_")[2])
        before = strides[max(0, strides.index(stride) - 1)]
        random = np.random.default_rng(0)
        feed: dict[str, NDArray[Any]] = {}
        for node in self._session.get_inputs():
            if node.name == "quality_index":
                feed[node.name] = np.array([manifest.quality_count // 2], np.int64)
            elif node.name == "picture":
                feed[node.name] = random.integers(0, 256, (1, side, side, 3), np.uint8)
            else:
                grid = side // (before if node.name == "feature" else stride)
                values = random.normal(size=(1, node.shape[1], grid, grid))
                feed[node.name] = np.rint(values).astype(np.int32) if "int" in node.type else values.astype(np.float32)
        return feed

    def run(self, feed: dict[str, NDArray[Any]]) -> None:
        """One run, whose time counts."""
        start = time.perf_counter()
        self._session.run(None, feed)
        self._seconds.append(time.perf_counter() - start)

    def profile(self) -> Profile:
        """What all runs but the first, which prepares, took; the session is used up."""
        file = Path(self._session.end_profiling())
        events = [event for event in json.loads(file.read_text()) if event.get("cat") == "Node"]
        file.unlink()
        kernels = [event for event in events if event["name"].endswith("_kernel_time")]
        later = kernels[len(kernels) // len(self._seconds) :]
        total: Counter[str] = Counter()
        for event in later:
            total[_kind(event)] += event["dur"]
        runs = len(self._seconds) - 1
        return Profile(statistics.median(self._seconds[1:]), {k: v / 1e6 / runs for k, v in total.items()})


def _kind(event: dict[str, Any]) -> str:
    """The operator's name; of a convolution also the sides of its kernel."""
    name: str = event["args"]["op_name"]
    if name in ("Conv", "FusedConv"):
        (weight,) = event["args"]["input_type_shape"][1].values()
        return f"{name} {weight[2]} x {weight[3]}"
    return name


def table(graph: str, models: Sequence[str], profiles: Sequence[Profile]) -> str:
    """Milliseconds of one run by operator, one column for each package, as Markdown."""
    first = Counter(profiles[0].operators)
    shown = [name for name, _ in first.most_common(_SHOWN)]
    rows = [(name, [profile.operators.get(name, 0.0) for profile in profiles]) for name in shown]
    rest = [sum(v for k, v in profile.operators.items() if k not in shown) for profile in profiles]
    rows += [("others", rest), ("all", [profile.seconds for profile in profiles])]
    lines = [f"| {graph}, ms | " + " | ".join(models) + " |", "|---" * (len(models) + 1) + "|"]
    lines += [f"| {name} | " + " | ".join(f"{value * 1000:.1f}" for value in values) + " |" for name, values in rows]
    if len(profiles) > 1:
        lines.append("")
        ratios = [f"{profile.seconds / profiles[0].seconds:.2f}" for profile in profiles[1:]]
        lines.append(f"Time of {graph} against the first package: {', '.join(ratios)}.")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Profile and print one table for each graph."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("graphs", nargs="+", help="sections of a portable package, such as decoder_8")
    parser.add_argument("--models", nargs="+", type=Path, default=[], help="packages instead of the shipped one")
    parser.add_argument("--side", type=int, default=1408, help="pixels, a multiple of 64; default: %(default)s")
    parser.add_argument("--repeats", type=int, default=5, help="default: %(default)s")
    arguments = parser.parse_args(argv)
    if arguments.side < 64 or arguments.side % 64 or arguments.repeats < 1:
        parser.error("--side must be a positive multiple of 64, and --repeats at least 1.")
    packages = [ModelPackage.load(path) for path in arguments.models] or [default_package()]
    names = [path.stem for path in arguments.models] or ["shipped"]
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.graphs:
            graphs = [ProfiledGraph(package, name, Path(folder)) for package in packages]
            feed = graphs[0].inputs(arguments.side)
            for _ in range(arguments.repeats + 1):
                for graph in graphs:
                    graph.run(feed)
            print(table(name, names, [graph.profile() for graph in graphs]), end="\n\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
