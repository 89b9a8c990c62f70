"""What table shifts save: `python -m benchmarks.table_shifts --data PICTURES`.

Every picture is encoded as files are, and once more without the shifts of tables in its latent blocks (FORMAT.md,
section 5.7). The pictures are those of a folder, or drawings made from seeds.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from tqdm import tqdm

from benchmarks.picture_source import add_source, pictures_of
from codec_format import Codec, EncodeSettings, Picture, default_package
from codec_format.entropy import CodedBlock
from codec_format.frequency_tables import FrequencyTables, Int32Array, UInt8Array


@contextmanager
def without_shifts() -> Iterator[None]:
    """Encoders choose no shifts."""

    def plain(symbols: Int32Array, table_index: UInt8Array, _: FrequencyTables) -> CodedBlock:
        return CodedBlock(symbols, table_index)

    chosen = CodedBlock.__dict__["of"]
    CodedBlock.of = plain  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        CodedBlock.of = chosen  # type: ignore[method-assign]


def sizes(codec: Codec, picture: Picture, quality: int) -> tuple[int, int]:
    """Bytes of a file without shifts and with them."""
    settings = EncodeSettings(quality=quality, preview_share=0)
    with without_shifts():
        without = len(codec.encode(picture, settings))
    return without, len(codec.encode(picture, settings))


def table(qualities: Sequence[int], pairs: Sequence[Sequence[tuple[int, int]]]) -> str:
    """Mean bytes at each quality and the mean of the savings in per cent, as Markdown.

    Args:
        qualities: 0..100 each.
        pairs: for each quality the `sizes` of all pictures.
    """
    lines = ["| quality | bytes without | with | saved, mean over the pictures | most |", "|---" * 5 + "|"]
    for quality, of_pictures in zip(qualities, pairs, strict=True):
        without, with_ = np.array(of_pictures).T
        saved = 100 * (1 - with_ / without)
        lines.append(
            f"| {quality} | {without.mean():.0f} | {with_.mean():.0f} | {saved.mean():.2f} % | {saved.max():.2f} % |"
        )
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.table_shifts", description=__doc__)
    add_source(parser)
    parser.add_argument("--qualities", type=int, nargs="+", default=[0, 20, 40, 60, 80, 100])
    arguments = parser.parse_args(argv)
    codec = Codec(default_package(), "cpu")
    pictures = pictures_of(arguments)
    pairs = [
        [sizes(codec, picture, quality) for picture in pictures]
        for quality in tqdm(arguments.qualities, unit="quality", dynamic_ncols=True)
    ]
    print(table(arguments.qualities, pairs))
    return 0


if __name__ == "__main__":
    sys.exit(main())
