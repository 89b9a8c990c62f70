"""Compares crops of QRes, AVIF and WebP at equal size, on pictures that are hard for codecs.

    python docs/images/take_crops.py        # -> docs/images/crops-*.webp and a line of figures for each crop

The landscape is the program's sample picture; the others are drawn here. Each codec takes the best quality whose file
is no larger than 0.15, 0.3 or 0.8 bits per pixel, or the smallest file that it can make.
"""

import argparse
import io
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from codec_format import EncodeSettings, Picture, decode, encode
from codec_format.metrics import psnr

FOLDER = Path(__file__).parent
SAMPLE = FOLDER.parents[1] / "desktop" / "resources" / "sample.webp"
WIDTH, HEIGHT = 576, 384
CROP = 224
RATES = (0.15, 0.3, 0.8)  # bits per pixel
_MARGIN, _LINE = 8, 34

Pixels = NDArray[np.uint8]
Coder = Callable[[Pixels, int], tuple[int, Pixels]]


def landscape() -> Pixels:
    """A part of the sample picture."""
    return np.asarray(Image.open(SAMPLE).convert("RGB").crop((300, 260, 300 + WIDTH, 260 + HEIGHT)))


def text() -> Pixels:
    """A printed page, photographed slightly out of the light."""
    page = Image.new("RGB", (WIDTH, HEIGHT), (246, 243, 236))
    draw = ImageDraw.Draw(page)
    words = "The quick brown fox jumps over the lazy dog; 0123456789 pack my box with five dozen liquor jugs."
    y = 14
    for line, size in enumerate((34, 26, 20, 17, 15, 13, 12, 11, 10, 9) * 2):
        colour = ((20, 20, 24), (150, 20, 30), (20, 40, 140))[line % 3]
        draw.text((16, y), words[line % 5 :], fill=colour, font=ImageFont.load_default(size))
        y += round(1.35 * size)
    return _lit(np.asarray(page, np.float32), darkest=0.82, grain=1.0)


def flat_areas() -> Pixels:
    """A clear evening sky above a wall: slow gradients, one thin edge, hardly any noise."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    sky = np.stack([90 + 130 * (y / HEIGHT) ** 2, 130 + 70 * y / HEIGHT, 200 - 30 * y / HEIGHT], axis=2)
    wall = np.stack([150 - 30 * x / WIDTH, 138 - 30 * x / WIDTH, 128 - 25 * x / WIDTH], axis=2)
    edge = (y > 230 + 0.08 * x)[:, :, None]
    sun = 60 * np.exp(-((x - 400) ** 2 + (y - 190) ** 2) / 6000)[:, :, None]
    return _lit(np.where(edge, wall, np.clip(sky + sun, 0, 255)), darkest=0.95, grain=0.6)


def saturated_colours() -> Pixels:
    """Discs of pure colours over each other, with fine stripes."""
    generator = np.random.default_rng(3)
    large = Image.new("RGB", (2 * WIDTH, 2 * HEIGHT), (250, 250, 250))
    draw = ImageDraw.Draw(large)
    palette = ((230, 0, 20), (0, 160, 40), (10, 20, 220), (250, 210, 0), (230, 0, 200), (0, 200, 230), (20, 20, 20))
    for number in range(60):
        x, y, r = generator.uniform((0, 0, 40), (2 * WIDTH, 2 * HEIGHT, 150))
        colour = palette[number % len(palette)]
        draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)
        for stripe in range(0, int(r), 9):
            other = palette[(number + 3) % len(palette)]
            draw.line((x - r / 2, y - r / 2 + stripe, x + r / 2, y - r / 2 + stripe), fill=other, width=2)
    return _lit(np.asarray(large.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS), np.float32), 0.9, grain=1.0)


def night() -> Pixels:
    """A street at night: lamps with halos, lit windows, and the noise of a sensor that is starved of light."""
    generator = np.random.default_rng(5)
    scene = Image.new("RGB", (WIDTH, HEIGHT), (6, 8, 16))
    draw = ImageDraw.Draw(scene)
    for left in range(0, WIDTH, 72):
        top = int(generator.integers(60, 200))
        draw.rectangle((left, top, left + 66, HEIGHT), fill=(14, 14, 20))
        for y in range(top + 10, HEIGHT - 40, 22):
            for x in range(left + 8, left + 58, 17):
                if generator.random() < 0.4:
                    draw.rectangle(
                        (x, y, x + 9, y + 12), fill=tuple(generator.integers((120, 90, 40), (255, 210, 130)))
                    )
    lamps = Image.new("RGB", scene.size)
    for x in range(40, WIDTH, 120):
        ImageDraw.Draw(lamps).ellipse((x - 5, 250, x + 5, 260), fill=(255, 220, 150))
    glow = np.asarray(lamps.filter(ImageFilter.GaussianBlur(24)), np.float32) * 9 + np.asarray(lamps, np.float32)
    light = np.asarray(scene, np.float32) + glow
    noisy = generator.poisson(np.clip(light, 0, 255) * 0.6 + 4) / 0.6 - 4 / 0.6 + generator.normal(0, 5, light.shape)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def _lit(values: NDArray[np.floating], darkest: float, grain: float) -> Pixels:
    """Float [h, w, 3] -> uint8 with light that falls off to one corner, and Gaussian grain of that many levels."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    light = 1 - (1 - darkest) * (x / WIDTH + y / HEIGHT) / 2
    noisy = values * light[:, :, None] + np.random.default_rng(0).normal(0, grain, values.shape)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


SCENES: dict[str, tuple[Callable[[], Pixels], tuple[int, int]]] = {  # and where the crop lies, x and y
    "landscape": (landscape, (150, 80)),
    "text": (text, (20, 30)),
    "flat": (flat_areas, (260, 90)),
    "saturated": (saturated_colours, (180, 80)),
    "night": (night, (60, 150)),
}


def code_qres(pixels: Pixels, quality: int) -> tuple[int, Pixels]:
    """Bytes of the file and decoded pixels."""
    data = encode(Picture(pixels), EncodeSettings(quality=quality))
    return len(data), decode(data).pixels


def code_pillow(name: str, pixels: Pixels, quality: int, **settings: object) -> tuple[int, Pixels]:
    """The same with a format of Pillow's."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, name, quality=quality, **settings)
    return stream.tell(), np.asarray(Image.open(stream).convert("RGB"))


CODERS: dict[str, Coder] = {
    "QRes": code_qres,
    "AVIF": partial(code_pillow, "AVIF", speed=6, subsampling="4:4:4"),
    "WebP": partial(code_pillow, "WEBP", method=6),
}


def best_within(coder: Coder, pixels: Pixels, rate: float) -> tuple[float, Pixels]:
    """Bits per pixel and pixels at the best quality of at most `rate` bits per pixel, or at quality 0."""
    area = pixels.shape[0] * pixels.shape[1]
    low, high = 0, 100
    best = coder(pixels, low)
    while low < high:
        middle = (low + high + 1) // 2
        tried = coder(pixels, middle)
        if 8 * tried[0] <= rate * area:
            low, best = middle, tried
        else:
            high = middle - 1
    return 8 * best[0] / area, best[1]


def take(name: str) -> None:
    """Write the sheet of one scene."""
    make, (left, top) = SCENES[name]
    original = make()
    window = np.s_[top : top + CROP, left : left + CROP]
    columns = 1 + len(CODERS)
    sheet = Image.new(
        "RGB",
        (columns * (CROP + _MARGIN) + _MARGIN, len(RATES) * (CROP + _LINE) + _MARGIN),
        (255, 255, 255),
    )
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(13)
    for row, rate in enumerate(RATES):
        entries = [("original", original[window])]
        for coder_name, coder in CODERS.items():
            bits_per_pixel, decoded = best_within(coder, original, rate)
            label = f"{coder_name}: {bits_per_pixel:.2f} bpp, {psnr(original, decoded):.1f} dB"
            entries.append((label, decoded[window]))
            sys.stdout.write(f"{name}, at most {rate} bpp, {label}\n")
        for column, (label, pixels) in enumerate(entries):
            x, y = _MARGIN + column * (CROP + _MARGIN), row * (CROP + _LINE)
            draw.text((x, y + 10), label, fill=(0, 0, 0), font=font)
            sheet.paste(Image.fromarray(pixels), (x, y + _LINE))
    sheet.save(FOLDER / f"crops-{name}.webp", lossless=True, method=6)


def main() -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenes", nargs="*", metavar="SCENE", help=f"of {', '.join(SCENES)} (default: all)")
    chosen = parser.parse_args().scenes or list(SCENES)
    for name in chosen:
        if name not in SCENES:
            parser.error(f"there is no scene {name}")
        take(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
