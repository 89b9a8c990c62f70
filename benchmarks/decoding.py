"""Where the time of a decoding goes: `python -m benchmarks.decoding --models before.qresmodel after.qresmodel`.

Every model codes the same pictures; the models then decode in turn, in one process. Table of the median seconds of each
part within the decodings, as means over the pictures: the graphs, entropy decoding (sorting by table and the checksum
included), the post-filter, and what is left. The picture is a generated one unless --pictures names files.
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

from tqdm import tqdm

from benchmarks.pictures import generated_picture
from codec_format import Codec, EncodeSettings, ModelPackage, Picture, default_package, load_picture
from codec_format.backend import Backend
from codec_format.entropy import StreamDecoder
from codec_format.post_filter import PostFilter

_WARM_UP = 2  # decodings that load the networks
ENTROPY, SCALES, FILTER, REST, ALL = "entropy decoding", "scale network", "post-filter", "rest", "all"

Seconds = dict[str, float]


def part_of(graph: str) -> str:
    """The part that a graph belongs to: its own, but for those of the scale network."""
    return SCALES if graph.startswith("scale_") else graph


@contextmanager
def clocked(seconds: Seconds) -> Iterator[None]:
    """Add the seconds of graphs, entropy decoding and post-filter to `seconds`. For decodings in one thread."""

    def timed(function: Callable[..., Any], name_of: Callable[..., str]) -> Callable[..., Any]:
        def call(self: Any, *arguments: Any, **options: Any) -> Any:
            begin = time.perf_counter()
            try:
                return function(self, *arguments, **options)
            finally:
                seconds[name_of(*arguments)] += time.perf_counter() - begin

        return call

    run, decode, apply = Backend.run, StreamDecoder.decode, PostFilter.apply
    Backend.run = timed(run, lambda graph, *_: part_of(graph))  # type: ignore[method-assign]
    StreamDecoder.decode = timed(decode, lambda *_: ENTROPY)  # type: ignore[method-assign]
    PostFilter.apply = timed(apply, lambda *_: FILTER)  # type: ignore[method-assign]
    try:
        yield
    finally:
        Backend.run, StreamDecoder.decode, PostFilter.apply = run, decode, apply  # type: ignore[method-assign]


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


def medians(runs: list[Seconds]) -> Seconds:
    """Median seconds of every part of several decodings."""
    return {part: statistics.median(seconds[part] for seconds in runs) for part in runs[0]}


def table(names: list[str], pictures: list[list[Seconds]]) -> str:
    """Means in ms with their share of the whole, as Markdown.

    Args:
        names: of the models.
        pictures: for every picture the `medians` of each model.
    """
    parts = {part for models in pictures for seconds in models for part in seconds} - {REST, ALL}
    lines = [f"| ms of a decoding | {' | '.join(names)} |", "|---" * (1 + len(names)) + "|"]
    for part in [*sorted(parts), REST, ALL]:
        cells = []
        for of_model in zip(*pictures, strict=True):
            mean = statistics.mean(seconds.get(part, 0.0) for seconds in of_model)
            cells.append(f"{1e3 * mean:.1f} ({mean / statistics.mean(seconds[ALL] for seconds in of_model):.0%})")
        lines.append(f"| {part} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.decoding", description=__doc__)
    parser.add_argument("--models", type=Path, nargs="+", default=[], help="packages (default: the shipped one)")
    parser.add_argument("--pictures", type=Path, nargs="+", default=[], help="files (default: a generated picture)")
    parser.add_argument("--quality", type=int, default=60)
    parser.add_argument("--repeats", type=int, default=25)
    options = parser.parse_args(argv)
    packages = [ModelPackage.load(path) for path in options.models] or [default_package()]
    pictures = [load_picture(path) for path in options.pictures] or [Picture(generated_picture(768, 512, 0))]
    figures = [
        [medians(runs) for runs in measure(packages, picture, options.quality, options.repeats)]
        for picture in tqdm(pictures, unit="picture", dynamic_ncols=True)
    ]
    print(table([path.stem for path in options.models] or [packages[0].manifest.name], figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
