"""What the post-filter gains: `python -m benchmarks.post_filter --data PICTURES`.

Every picture is encoded with a post-filter and without (FORMAT.md, section 7.5), and both files are decoded. The
pictures are those of a folder, or drawings made from seeds.
"""

import argparse
import math
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from tqdm import tqdm

from benchmarks.picture_source import add_source, pictures_of
from codec_format import Codec, EncodeSettings, Picture, default_package
from codec_format.metrics import psnr
from training.rate_distortion import Curve, bd_rate


@dataclass(frozen=True)
class Measured:
    """A file, how near its picture is to the original, and what it took to make and to decode it."""

    byte_count: int
    decibels: float
    encode_seconds: float
    decode_seconds: float


Pair = tuple[Measured, Measured]
"""Without a post-filter, and with it."""


@contextmanager
def without_post_filter() -> Iterator[None]:
    """Encoders fit no post-filter."""
    areas = Codec._areas_to_fit
    Codec._areas_to_fit = lambda self, header: []  # type: ignore[method-assign]
    try:
        yield
    finally:
        Codec._areas_to_fit = areas  # type: ignore[method-assign]


def code(codec: Codec, picture: Picture, quality: int) -> Measured:
    """Encode and decode a picture."""
    begin = time.perf_counter()
    data = codec.encode(picture, EncodeSettings(quality=quality, preview_share=0))
    encoded = time.perf_counter()
    decoded = codec.decode(data).picture
    end = time.perf_counter()
    return Measured(len(data), psnr(picture.pixels, decoded.pixels), encoded - begin, end - encoded)


def measure(codec: Codec, picture: Picture, quality: int) -> Pair:
    """Encode and decode a picture both ways."""
    with without_post_filter():
        plain = code(codec, picture, quality)
    return plain, code(codec, picture, quality)


def saving(pairs: Sequence[Pair]) -> float:
    """By how many per cent a picture takes fewer bits with its post-filters, at equal PSNR (BD-rate).

    Not a number where it has no PSNR with them that it has without, as chequers can.
    """
    plain, filtered = (
        Curve(tuple(file.byte_count for file in files), tuple(file.decibels for file in files))
        for files in zip(*pairs, strict=True)
    )
    try:
        return -bd_rate(plain, filtered)
    except ValueError:
        return math.nan


def table(qualities: Sequence[int], pictures: Sequence[Sequence[Pair]]) -> str:
    """Means over the pictures as Markdown.

    Args:
        qualities: 0..100 each.
        pictures: for each picture what was measured at each quality.
    """
    lines = ["| quality | bytes without | of the post-filter | dB more, mean | least | most |", "|---" * 6 + "|"]
    for quality, pairs in zip(qualities, zip(*pictures, strict=True), strict=True):
        size = fmean(plain.byte_count for plain, _ in pairs)
        more = fmean(filtered.byte_count - plain.byte_count for plain, filtered in pairs)
        gains = [filtered.decibels - plain.decibels for plain, filtered in pairs]
        lines.append(
            f"| {quality} | {size:.0f} | {more:.0f} | {fmean(gains):.2f} | {min(gains):.2f} | {max(gains):.2f} |"
        )
    savings = [value for value in map(saving, pictures) if not math.isnan(value)]
    least, middle, most = np.quantile(savings, [0, 0.5, 1]) if savings else [math.nan] * 3
    mean = fmean(savings) if savings else math.nan
    return "\n".join(
        [
            *lines,
            "",
            f"Bits saved at equal PSNR: {mean:.2f} % on average over {len(savings)} of {len(pictures)} pictures, from "
            f"{least:.2f} to {most:.2f} %, median {middle:.2f} %.",
            f"Time with it against without: {_longer('encode_seconds', pictures):.2f} to encode, "
            f"{_longer('decode_seconds', pictures):.2f} to decode.",
        ]
    )


def _longer(what: str, pictures: Sequence[Sequence[Pair]]) -> float:
    """Median over all files of how many times as long it takes."""
    ratios = [getattr(filtered, what) / getattr(plain, what) for pairs in pictures for plain, filtered in pairs]
    return float(np.median(ratios))


def main(argv: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.post_filter", description=__doc__)
    add_source(parser)
    parser.add_argument("--qualities", type=int, nargs="+", default=[0, 20, 40, 60, 80, 100], help="two or more")
    arguments = parser.parse_args(argv)
    codec = Codec(default_package(), "cpu")
    code(codec, Picture(np.zeros((64, 64, 3), np.uint8)), 0)  # loads the networks
    pictures = [
        [measure(codec, picture, quality) for quality in arguments.qualities]
        for picture in tqdm(pictures_of(arguments), unit="picture", dynamic_ncols=True)
    ]
    print(table(arguments.qualities, pictures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
