"""What the post-filter gains: `python -m benchmarks.post_filter --data PICTURES`.

Every picture is encoded, and decoded from its file as it is and without the post-filter (FORMAT.md, section 7.5). The
pictures are those of a folder, or drawings made from seeds.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

import numpy as np
from tqdm import tqdm

from benchmarks.picture_source import add_source, pictures_of
from codec_format import Codec, EncodeSettings, Picture, default_package
from codec_format.container import read_container, write_container
from codec_format.metrics import psnr
from training.rate_distortion import Curve, bd_rate


@dataclass(frozen=True)
class Pair:
    """Bytes and PSNR in dB of a file without its post-filter, and with it."""

    plain_bytes: int
    plain_psnr: float
    filtered_bytes: int
    filtered_psnr: float


def measure(codec: Codec, picture: Picture, quality: int) -> Pair:
    """Encode and decode a picture both ways."""
    filtered = codec.encode(picture, EncodeSettings(quality=quality, preview_share=0))
    plain = write_container(replace(read_container(filtered), post_filter=None))
    decibels = [psnr(picture.pixels, codec.decode(data).picture.pixels) for data in (plain, filtered)]
    return Pair(len(plain), decibels[0], len(filtered), decibels[1])


def saving(pairs: Sequence[Pair]) -> float:
    """By how many per cent a picture takes fewer bits with its post-filters, at equal PSNR (BD-rate)."""
    plain = Curve(tuple(pair.plain_bytes for pair in pairs), tuple(pair.plain_psnr for pair in pairs))
    filtered = Curve(tuple(pair.filtered_bytes for pair in pairs), tuple(pair.filtered_psnr for pair in pairs))
    return -bd_rate(plain, filtered)


def table(qualities: Sequence[int], pictures: Sequence[Sequence[Pair]]) -> str:
    """Means over the pictures as Markdown.

    Args:
        qualities: 0..100 each.
        pictures: for each picture what was measured at each quality.
    """
    lines = ["| quality | bytes without | of the post-filter | dB more, mean | least | most |", "|---" * 6 + "|"]
    for quality, pairs in zip(qualities, zip(*pictures, strict=True), strict=True):
        size = fmean(pair.plain_bytes for pair in pairs)
        more = fmean(pair.filtered_bytes - pair.plain_bytes for pair in pairs)
        gains = [pair.filtered_psnr - pair.plain_psnr for pair in pairs]
        lines.append(
            f"| {quality} | {size:.0f} | {more:.0f} | {fmean(gains):.2f} | {min(gains):.2f} | {max(gains):.2f} |"
        )
    savings = [saving(pairs) for pairs in pictures]
    least, middle, most = np.quantile(savings, [0, 0.5, 1])
    return "\n".join(
        [
            *lines,
            "",
            f"Bits saved at equal PSNR: {fmean(savings):.2f} % on average over the pictures, from {least:.2f} to "
            f"{most:.2f} %, median {middle:.2f} %.",
        ]
    )


def main(argv: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.post_filter", description=__doc__)
    add_source(parser)
    parser.add_argument("--qualities", type=int, nargs="+", default=[0, 20, 40, 60, 80, 100], help="two or more")
    arguments = parser.parse_args(argv)
    codec = Codec(default_package(), "cpu")
    pictures = [
        [measure(codec, picture, quality) for quality in arguments.qualities]
        for picture in tqdm(pictures_of(arguments), unit="picture", dynamic_ncols=True)
    ]
    print(table(arguments.qualities, pictures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
