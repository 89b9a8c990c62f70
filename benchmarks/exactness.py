"""Are files decoded alike everywhere? `python -m benchmarks.exactness --emulate SandyBridge Haswell -o exactness.json`.

Pictures are encoded once. Then every runtime below decodes the same files with its own scale network, and is compared
with the NumPy int64 reference, table index by table index and symbol by symbol; a single difference fails the run.

    onnxruntime     every graph optimisation level, with 1 and 2 threads
    torch           the integer scale network of the exporter
    emulated CPUs   onnxruntime in a Python that runs under qemu-user (`apt-get install qemu-user`): instruction sets
                    that this computer's processor does not stop at, for instance SandyBridge (AVX, no AVX2, no FMA)
                    and Haswell (AVX2 and FMA, no AVX-512, no VNNI)

The pixels are floating point and may differ in their last bits: the report gives the largest difference. For a package
with a lossless head also that of the samples before they are rounded to pixels, which its guards must exceed.
"""

import argparse
import io
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import safetensors.numpy
from numpy.typing import NDArray

from benchmarks.pictures import generated_picture
from codec_format import Codec, EncodeSettings, FormatError, ModelPackage, Picture, default_package
from codec_format.areas import Area
from codec_format.container import Container, read_container
from codec_format.entropy import StreamDecoder
from codec_format.lossless import SAMPLE_UNIT
from codec_format.post_filter_code import read_post_filter
from tests.reference.scale_network import ScaleNetwork

ROOT = Path(__file__).resolve().parents[1]
_PARTS = ("table_index", "symbols", "pixels", "samples")
LEVELS = ("ORT_DISABLE_ALL", "ORT_ENABLE_BASIC", "ORT_ENABLE_EXTENDED", "ORT_ENABLE_LAYOUT", "ORT_ENABLE_ALL")
THREADS = (1, 2)
SIZES = ((256, 192), (65, 63))
QUALITIES = (0, 25, 50, 75, 100)

Array = NDArray[Any]
# For one file: gives the table indices of each latent block, reading the symbols of the blocks before as they come.
ScaleRun = Callable[[Sequence[Array]], Iterator[Array]]
ScaleRuntime = Callable[[Container], ScaleRun]


@dataclass(frozen=True)
class Decoded:
    """Table indices and symbols of a file, all latent blocks in one row, and the pixels where they were asked for.

    Of a package with a lossless head also the samples; else, and where nothing was asked for, they are empty.
    """

    table_index: Array
    symbols: Array
    pixels: Array
    samples: Array


def decode_with(package: ModelPackage, container: Container, run: ScaleRun) -> tuple[Array, Array]:
    """Decode all symbols of a picture of one band with one scale network: flat table indices uint8, symbols int32.

    What cannot be decoded, as happens after a wrong table index, counts as zeros from there on.
    """
    symbols: list[Array] = []
    indices: list[Array] = []
    pieces = [stream.payload for stream in container.band(0, container.header.block_count)]
    decoder = StreamDecoder(pieces, package.frequency_tables, complete=True)
    failed = False
    for table_index in run(symbols):
        indices.append(table_index.astype(np.uint8))
        symbols.append(np.zeros(table_index.shape, np.int32))
        try:
            if not failed:
                symbols[-1] = decoder.decode(indices[-1])
        except FormatError:
            failed = True
    return np.concatenate([a.ravel() for a in indices]), np.concatenate([a.ravel() for a in symbols])


def grid_of(package: ModelPackage, container: Container) -> tuple[int, int]:
    """Rows and columns of the first latent block."""
    alignment, stride = package.manifest.alignment, package.manifest.blocks[0].stride
    header = container.header
    return (
        -(-header.height // alignment) * alignment // stride,
        -(-header.width // alignment) * alignment // stride,
    )


def tables_of(package_file: Path) -> dict[str, Array]:
    """The integers of a package, read without codec_format."""
    with zipfile.ZipFile(package_file) as archive:
        return safetensors.numpy.load(archive.read("tables.safetensors"))


def reference_runtime(package: ModelPackage, tables: Mapping[str, Array]) -> ScaleRuntime:
    """The independent decoder of the tests, NumPy int64."""
    strides = [block.stride for block in package.manifest.blocks]

    def for_file(container: Container) -> ScaleRun:
        network = ScaleNetwork(tables, strides, container.header.quality_index, grid_of(package, container))

        def run(symbols: Sequence[Array]) -> Iterator[Array]:
            for block in range(len(strides)):
                if block > 0:
                    network.next_block(symbols[block - 1])
                yield network.table_index()

        return run

    return for_file


def torch_runtime(package: ModelPackage, tables: Mapping[str, Array]) -> ScaleRuntime:
    """The integer scale network that the exporter turns into ONNX, run by PyTorch."""
    import torch

    from export.integers import IntegerScaleStep

    strides = [block.stride for block in package.manifest.blocks]
    ratios = [1, *(before // after for before, after in itertools.pairwise(strides))]
    steps = [
        IntegerScaleStep(dict(tables), block, ratio, package.manifest.table_count) for block, ratio in enumerate(ratios)
    ]

    def for_file(container: Container) -> ScaleRun:
        quality_index = torch.tensor([container.header.quality_index])

        def run(symbols: Sequence[Array]) -> Iterator[Array]:
            with torch.inference_mode():
                grid = torch.zeros(1, 1, *grid_of(package, container))
                state, table_index = steps[0].start(grid, quality_index)
                yield table_index[0].numpy()
                for step in steps[1:]:
                    previous = torch.from_numpy(symbols[step.block - 1])[None]
                    state, table_index = step.advance(state, previous, quality_index)
                    yield table_index[0].numpy()

        return run

    return for_file


class Graphs:
    """The graphs of a package in ONNX Runtime on the CPU, with a chosen optimisation level and number of threads."""

    def __init__(self, package: ModelPackage, level: str, threads: int) -> None:
        self._package = package
        self._level = level
        self._threads = threads
        self._sessions: dict[str, Any] = {}

    def run(self, name: str, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Outputs by name; inputs that the graph does not declare are left out."""
        if name not in self._sessions:
            graph = self._package.graph(name)
            options = onnxruntime.SessionOptions()
            options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, self._level)
            options.intra_op_num_threads = self._threads
            options.log_severity_level = 3
            values = [onnxruntime.OrtValue.ortvalue_from_numpy(value) for value in graph.weights.values()]
            options.add_external_initializers(list(graph.weights), values)
            self._sessions[name] = onnxruntime.InferenceSession(
                graph.model, options, providers=["CPUExecutionProvider"]
            )
        session = self._sessions[name]
        declared = {node.name for node in session.get_inputs()}
        names = [node.name for node in session.get_outputs()]
        outputs = session.run(names, {key: value for key, value in inputs.items() if key in declared})
        return dict(zip(names, outputs, strict=True))

    def scale_runtime(self, container: Container) -> ScaleRun:
        """The scale network of the package."""
        quality_index = np.array([container.header.quality_index], np.int64)

        def run(symbols: Sequence[Array]) -> Iterator[Array]:
            shape = np.array(grid_of(self._package, container), np.int64)
            outputs = self.run("scale_00", {"grid_shape": shape, "quality_index": quality_index})
            yield outputs["table_index"][0]
            for block in range(1, container.header.block_count):
                inputs = {"state": outputs["state_out"], "symbols": symbols[block - 1][None]}
                outputs = self.run(f"scale_{block:02}", {**inputs, "quality_index": quality_index})
                yield outputs["table_index"][0]

        return run

    def pixels(self, container: Container, symbols: Array) -> tuple[Array, Array]:
        """The decoded picture, uint8 [H, W, 3], and its samples, from the symbols of all latent blocks in one row."""
        rows, columns = grid_of(self._package, container)
        blocks = self._package.manifest.blocks
        inputs: dict[str, Array] = {"quality_index": np.array([container.header.quality_index], np.int64)}
        start = 0
        for number, block in enumerate(blocks):
            factor = blocks[0].stride // block.stride
            shape = (1, block.channels, rows * factor, columns * factor)
            count = int(np.prod(shape))
            inputs[f"symbols_{number:02}"] = symbols[start : start + count].reshape(shape)
            start += count
        for stride in self._package.manifest.section_strides:
            outputs = self.run(f"decoder_{stride}", inputs)
            inputs |= {"feature": outputs["feature_out"]} if "feature_out" in outputs else {}
        height, width = container.header.height, container.header.width
        picture, samples = outputs["picture"][0], np.empty(0, np.int32)
        if self._package.manifest.has_samples:
            finest = self.run(f"lossless_decoder_{self._package.manifest.section_strides[-1]}", inputs)
            samples = finest["samples"][0]
        if container.post_filter is not None:
            area = Area(0, 0, *picture.shape[:2])
            picture = read_post_filter(container.post_filter).apply(samples if samples.size else picture, area, area)
        return picture[:height, :width], samples[:height, :width] if samples.size else samples


def decode_with_graphs(package: ModelPackage, files: Sequence[bytes], level: str, threads: int) -> list[Decoded]:
    """Decode files with ONNX Runtime."""
    graphs = Graphs(package, level, threads)
    decoded = []
    for data in files:
        container = read_container(data)
        table_index, symbols = decode_with(package, container, graphs.scale_runtime(container))
        decoded.append(Decoded(table_index, symbols, *graphs.pixels(container, symbols)))
    return decoded


def compare(name: str, reference: Sequence[Decoded], decoded: Sequence[Decoded]) -> dict[str, Any]:
    """Count what differs from the reference."""
    pairs = list(zip(reference, decoded, strict=True))
    pixels = [np.abs(a.pixels.astype(int) - b.pixels) for a, b in pairs if b.pixels.size]
    samples = [np.abs(a.samples - b.samples) for a, b in pairs if b.samples.size]
    return {
        "runtime": name,
        "table_indices": sum(a.table_index.size for a, _ in pairs),
        "different_table_indices": sum(int((a.table_index != b.table_index).sum()) for a, b in pairs),
        "different_symbols": sum(int((a.symbols != b.symbols).sum()) for a, b in pairs),
        "largest_pixel_difference": max((int(p.max()) for p in pixels), default=None),
        "largest_sample_difference": max((int(s.max()) for s in samples), default=None),
        "different_pixel_values": sum(int((p > 0).sum()) for p in pixels) if pixels else None,
    }


def emulate(cpu: str, package_file: Path, files: Sequence[bytes], levels: Sequence[str]) -> dict[str, list[Decoded]]:
    """Decode files under an emulated x86-64 processor; by optimisation level."""
    emulator = shutil.which("qemu-x86_64")
    if emulator is None:
        raise SystemExit("qemu-x86_64 is not there; install qemu-user (apt-get install qemu-user).")
    with tempfile.TemporaryDirectory() as folder:
        coded, result = Path(folder, "files.npz"), Path(folder, "decoded.npz")
        np.savez(coded, *(np.frombuffer(data, np.uint8) for data in files))
        command = [emulator, "-cpu", cpu, sys.executable, "-m", "benchmarks.exactness", "--model", str(package_file)]
        command += ["--levels", *levels, "--worker", str(coded), str(result)]
        # One thread: the emulator's threads are slow, and the number of threads is compared outside of it.
        environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        subprocess.run(command, cwd=ROOT, env=environment, check=True, stderr=subprocess.DEVNULL)
        with np.load(result) as arrays:
            return {
                level: [
                    Decoded(*(arrays[f"{level}/{number}/{part}"] for part in _PARTS)) for number in range(len(files))
                ]
                for level in levels
            }


def work(package: ModelPackage, coded: Path, result: Path, levels: Sequence[str]) -> None:
    """The emulated side of ``emulate``."""
    with np.load(coded) as arrays:
        files = [arrays[name].tobytes() for name in arrays.files]
    output: dict[str, Array] = {}
    for level in levels:
        for number, decoded in enumerate(decode_with_graphs(package, files, level, threads=1)):
            output |= {f"{level}/{number}/{part}": array for part, array in vars(decoded).items()}
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **output)
    result.write_bytes(buffer.getvalue())


def main() -> int:
    """Command line; 1 when anything differs."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.exactness", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, help="model package (default: the shipped one)")
    parser.add_argument("--levels", nargs="+", choices=LEVELS, default=LEVELS, help="optimisation levels")
    parser.add_argument("--emulate", nargs="*", default=[], metavar="CPU", help="processors, as qemu-x86_64 -cpu help")
    parser.add_argument("-o", "--output", type=Path, help="report (JSON)")
    parser.add_argument("--worker", type=Path, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    package = ModelPackage.load(options.model) if options.model else default_package()
    if options.worker:
        coded, result = options.worker
        work(package, coded, result, options.levels)
        return 0
    if not package.manifest.portable or package.path is None:
        raise SystemExit("The package is not portable, so its files need not decode alike.")

    tables = tables_of(package.path)
    codec = Codec(package, "cpu")
    files = [
        codec.encode(Picture(generated_picture(*size)), EncodeSettings(quality))
        for size in SIZES
        for quality in QUALITIES
    ]
    reference = []
    for data in files:
        container = read_container(data)
        table_index, symbols = decode_with(package, container, reference_runtime(package, tables)(container))
        # The codec compares with the checksums that the encoder wrote, so this ties the reference to what was encoded.
        if not np.array_equal(symbols, np.concatenate([block.ravel() for block in codec.read_symbols(data).blocks])):
            raise SystemExit("The reference decodes other symbols than were encoded.")
        samples = Graphs(package, LEVELS[0], 1).pixels(container, symbols)[1]
        reference.append(Decoded(table_index, symbols, codec.decode(data).picture.pixels, samples))

    torch_decoded = []
    for data in files:
        container = read_container(data)
        found = decode_with(package, container, torch_runtime(package, tables)(container))
        torch_decoded.append(Decoded(*found, pixels=np.empty(0, np.uint8), samples=np.empty(0, np.int32)))
    rows = [compare("torch", reference, torch_decoded)]
    for level in options.levels:
        for threads in THREADS:
            decoded = decode_with_graphs(package, files, level, threads)
            rows.append(compare(f"onnxruntime {level}, {threads} threads", reference, decoded))
    for cpu in options.emulate:
        for level, decoded in emulate(cpu, package.path, files, options.levels).items():
            rows.append(compare(f"onnxruntime {level}, emulated {cpu}", reference, decoded))

    report = {
        "model": package.manifest.name,
        "onnxruntime": onnxruntime.__version__,
        "files": len(files),
        "symbols": sum(decoded.symbols.size for decoded in reference),
        "non_zero_symbols": sum(int((decoded.symbols != 0).sum()) for decoded in reference),
        "rows": rows,
    }
    print(f"{report['files']} files, {report['symbols']} symbols, {report['non_zero_symbols']} of them not zero")
    for row in rows:
        print(
            f"{row['runtime']}: {row['different_table_indices']} table indices and {row['different_symbols']} symbols "
            f"differ; largest pixel difference {row['largest_pixel_difference']}, largest sample difference "
            f"{row['largest_sample_difference']} steps of 1/{SAMPLE_UNIT} level"
        )
    if options.output:
        options.output.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return int(any(row["different_table_indices"] or row["different_symbols"] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
