"""Figures of what a model makes up, after Figs. 5 and 6 of the paper.

    python docs/images/take_generation.py                              # -> docs/images/generation-*.webp
    python docs/images/take_generation.py samples --model mine.qresmodel -o FOLDER
    python docs/images/take_generation.py interpolation --pictures one.jpg other.jpg

Without pictures of your own, two parts of the program's sample picture are used. All seeds are fixed.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from codec_format import (
    Codec,
    EncodeSettings,
    ModelPackage,
    Picture,
    Sampling,
    default_package,
    inpaint,
    interpolate,
    load_picture,
    sample,
)
from codec_format.container import list_chunks
from codec_format.imaging import fitted

FOLDER = Path(__file__).parent
SAMPLE = FOLDER.parents[1] / "desktop" / "resources" / "sample.webp"
SIDE = 192
CORNERS = (80, 480), (664, 100)  # of the parts of the sample picture, x and y
LOW, HIGH = 20, 80  # qualities
_MARGIN, _LINE, _COLUMNS = 6, 22, 7

Row = list[tuple[str, Picture]]


def progressive(codec: Codec, pictures: Sequence[Picture]) -> list[Row]:
    """Fig. 5: the first k latent blocks from the file, the others the prior mean, or drawn."""
    count = len(codec.package.manifest.blocks)
    chosen = [round(position) for position in np.linspace(0, count, _COLUMNS)]
    rows = []
    for picture in pictures:
        data = codec.encode(picture, EncodeSettings(60, preview_share=0))
        bits = [8 * end / (picture.width * picture.height) for end in _ends_of_blocks(data)]
        for temperature in (0.0, 0.7):
            sampling = Sampling(temperature, 1)
            rows.append(
                [
                    (
                        f"{k} blocks, {bits[k]:.2f} bpp, t = {temperature:g}",
                        codec.decode(data, k, sampling=sampling).picture,
                    )
                    for k in chosen
                ]
            )
    return rows


def samples(codec: Codec, _: Sequence[Picture]) -> list[Row]:
    """Fig. 6b: every latent from the prior."""
    temperatures = (0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
    return [
        [(f"quality {quality}, t = {t:g}", sample(codec, SIDE, SIDE, Sampling(t, seed), quality)) for t in temperatures]
        for quality, seed in ((LOW, 1), (LOW, 2), (HIGH, 1), (HIGH, 2))
    ]


def interpolation(codec: Codec, pictures: Sequence[Picture]) -> list[Row]:
    """Fig. 6a: between two pictures, in latent space, and for comparison in the space of pixels."""
    positions = np.linspace(0, 1, _COLUMNS).tolist()
    first, second = pictures
    rows = [
        [
            (f"quality {quality}, {position:.2f}", picture)
            for position, picture in zip(positions, interpolate(codec, first, second, positions, quality), strict=True)
        ]
        for quality in (LOW, HIGH)
    ]
    ends = [picture.pixels.astype(np.float32) for picture in (first, second)]
    means = [np.rint((1 - p) * ends[0] + p * ends[1]).astype(np.uint8) for p in positions]
    rows.append([(f"pixels, {p:.2f}", Picture(mean)) for p, mean in zip(positions, means, strict=True)])
    return rows


def inpainting(codec: Codec, pictures: Sequence[Picture]) -> list[Row]:
    """Fig. 6c: a rectangle that the model fills."""
    count = len(codec.package.manifest.blocks)
    rows = []
    for picture, (x, y, width, height) in zip(pictures, ((64, 56, 56, 56), (40, 72, 96, 40)), strict=True):
        hidden = picture.pixels.copy()
        hidden[y : y + height, x : x + width] = 255
        row = [("picture", picture), ("hidden", Picture(hidden))]
        for temperature in (0.0, 0.7):
            filled = inpaint(codec, picture, (x, y, width, height), Sampling(temperature, 1))
            row.append((f"filled, t = {temperature:g}", filled))
        for blocks in (count // 3, count // 6, 0):
            filled = inpaint(codec, picture, (x, y, width, height), Sampling(0.7, 1), blocks=blocks)
            row.append((f"from block {blocks} on, t = 0.7", filled))
        rows.append(row)
    return rows


FIGURES: dict[str, Callable[[Codec, Sequence[Picture]], list[Row]]] = {
    "progressive": progressive,
    "samples": samples,
    "interpolation": interpolation,
    "inpainting": inpainting,
}


def parts_of_the_sample() -> list[Picture]:
    """Two squares of the program's sample picture."""
    with Image.open(SAMPLE) as image:
        whole = np.asarray(image.convert("RGB"))
    return [Picture(np.ascontiguousarray(whole[y : y + SIDE, x : x + SIDE])) for x, y in CORNERS]


def draw_sheet(rows: Sequence[Row]) -> Image.Image:
    """Rows of pictures, with their labels above them."""
    width = max(len(row) for row in rows) * (SIDE + _MARGIN) + _MARGIN
    sheet = Image.new("RGB", (width, len(rows) * (SIDE + _LINE) + _MARGIN), (255, 255, 255))
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(12)
    for row, entries in enumerate(rows):
        for column, (label, picture) in enumerate(entries):
            x, y = _MARGIN + column * (SIDE + _MARGIN), row * (SIDE + _LINE)
            draw.text((x, y + 5), label, fill=(0, 0, 0), font=font)
            sheet.paste(Image.fromarray(picture.pixels), (x, y + _LINE))
    return sheet


def _ends_of_blocks(data: bytes) -> list[int]:
    """Bytes of the file with its first 0, 1, 2, .. latent blocks."""
    return [chunk.end for chunk in list_chunks(data) if chunk.type in "HB"]


def main() -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help=f"of {', '.join(FIGURES)} (default: all)")
    parser.add_argument("--model", type=Path, help="a model package instead of the shipped one")
    parser.add_argument("--pictures", type=Path, nargs=2, help="two pictures; the middle of each is used")
    parser.add_argument("-o", "--output", type=Path, default=FOLDER, help="a folder; default: that of this program")
    arguments = parser.parse_args()
    package = ModelPackage.load(arguments.model) if arguments.model else default_package()
    codec = Codec(package)
    if arguments.pictures:
        pictures = [fitted(load_picture(path), SIDE, SIDE) for path in arguments.pictures]
    else:
        pictures = parts_of_the_sample()
    for name in arguments.figures or FIGURES:
        if name not in FIGURES:
            parser.error(f"there is no figure {name}")
        path = arguments.output / f"generation-{name}.webp"
        draw_sheet(FIGURES[name](codec, pictures)).save(path, quality=92, method=6)
        sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
