"""Where the time of a decoding goes: `python -m benchmarks.decoding --models before.qresmodel after.qresmodel`.

Every model codes the same picture; the models then decode in turn, in one process. Table of the median seconds of each
part within the decodings: the graphs, entropy decoding (sorting by table and the checksum included), and what is left.
The picture is a generated one unless --picture names a file.
"""

import argparse
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.pictures import generated_picture
from codec_format import Codec, EncodeSettings, ModelPackage, Picture, default_package, load_picture
from codec_format.backend import Backend
from codec_format.entropy import StreamDecoder

_WARM_UP = 2  # decodings that load the networks
ENTROPY, SCALES, REST, ALL = "entropy decoding", "scale network", "rest", "all"

Seconds = dict[str, float]


def part_of(graph: str) -> str:
    """The part that a graph belongs to: its own, but for those of the scale network."""
    return SCALES if graph.startswith("scale_") else graph


@contextmanager
def clocked(seconds: Seconds) -> Iterator[None]:
    """Add the seconds of every graph that runs and of entropy decoding to `seconds`. For decodings in one thread."""

    def timed(function: Callable[..., Any], name_of: Callable[..., str]) -> Callable[..., Any]:
        def call(self: Any, *arguments: Any, **options: Any) -> Any:
            begin = time.perf_counter()
            try:
                return function(self, *arguments, **options)
            finally:
                seconds[name_of(*arguments)] += time.perf_counter() - begin

        return call

    run, decode = Backend.run, StreamDecoder.decode
    Backend.run = timed(run, lambda graph, *_: part_of(graph))  # type: ignore[method-assign]
    StreamDecoder.decode = timed(decode, lambda *_: ENTROPY)  # type: ignore[method-assign]
    try:
        yield
    finally:
        Backend.run, StreamDecoder.decode = run, decode  # type: ignore[method-assign]


def decoding(codec: Codec, data: bytes) -> Seconds:
    """Seconds of the parts of one decoding, and of all."""
    seconds: Seconds = defaultdict(float)
    with clocked(seconds):
        begin = time.perf_counter()
        codec.decode(data)
        whole = time.perf_counter() - begin
    return dict(seconds) | {REST: whole - sum(seconds.values()), ALL: whole}


def measure(packages: list[ModelPackage], picture: Picture, quality: int, repeats: int) -> list[list[Seconds]]:
    """For every package the seconds of its decodings, which go in turn."""
    codecs = [Codec(package, "cpu") for package in packages]
    files = [codec.encode(picture, EncodeSettings(quality=quality, preview_share=0)) for codec in codecs]
    runs: list[list[Seconds]] = [[] for _ in codecs]
    for repeat in range(_WARM_UP + repeats):
        for codec, data, seconds in zip(codecs, files, runs, strict=True):
            once = decoding(codec, data)
            if repeat >= _WARM_UP:
                seconds.append(once)
    return runs


def table(names: list[str], runs: list[list[Seconds]]) -> str:
    """Medians in ms with their share of the whole, as Markdown."""
    parts = {part for seconds in runs for part in seconds[0]} - {REST, ALL}
    lines = [f"| ms of a decoding | {' | '.join(names)} |", "|---" * (1 + len(names)) + "|"]
    for part in [*sorted(parts), REST, ALL]:
        cells = []
        for seconds in runs:
            whole = statistics.median(one[ALL] for one in seconds)
            median = statistics.median(one.get(part, 0.0) for one in seconds)
            cells.append(f"{1e3 * median:.1f} ({median / whole:.0%})")
        lines.append(f"| {part} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.decoding", description=__doc__)
    parser.add_argument("--models", type=Path, nargs="+", default=[], help="packages (default: the shipped one)")
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--quality", type=int, default=60)
    parser.add_argument("--repeats", type=int, default=25)
    options = parser.parse_args(argv)
    packages = [ModelPackage.load(path) for path in options.models] or [default_package()]
    picture = load_picture(options.picture) if options.picture else Picture(generated_picture(768, 512, 0))
    runs = measure(packages, picture, options.quality, options.repeats)
    print(table([path.stem for path in options.models] or [packages[0].manifest.name], runs))
    return 0


if __name__ == "__main__":
    sys.exit(main())
