"""What photographs lack and people compress all the same: drawings, text, flat areas, pure colours, darkness, noise.

Everything depends on the random generator's state alone.
"""

from __future__ import annotations

import string
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

Pixels = NDArray[np.uint8]
Colour = tuple[int, int, int]

_CHARACTERS = string.ascii_letters + string.digits + string.punctuation + 2 * string.ascii_lowercase + " " * 20
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def drawn_crop(generator: np.random.Generator, side: int) -> Pixels:
    """A drawing, uint8 [side, side, 3]: one colour, a page of text, or shapes, stripes and text on a ground.

    All that is on the ground has its colours from a palette of two to eight. Some drawings are lit unevenly, pale or
    noisy, as photographs of them are.
    """
    if generator.random() < 0.08:
        return np.full((side, side, 3), _colour(generator), np.uint8)
    enlarged = 2 if generator.random() < 0.5 else 1  # smooth edges, or those of a screenshot
    palette = [_colour(generator) for _ in range(generator.integers(2, 9))]
    picture = Image.fromarray(_ground(generator, side * enlarged))
    draw = ImageDraw.Draw(picture)
    if generator.random() < 0.3:
        _draw_text(generator, draw, picture.width, enlarged, palette, lines=picture.width)
    else:
        if generator.random() < 0.7:
            for _ in range(generator.integers(1, 25)):
                _draw_shape(generator, draw, picture.width, palette)
        if generator.random() < 0.5:
            for _ in range(generator.integers(1, 9)):
                _draw_stripes(generator, draw, picture.width, palette)
        if generator.random() < 0.4:
            _draw_text(generator, draw, picture.width, enlarged, palette, lines=int(generator.integers(1, 6)))
    if enlarged > 1:
        picture = picture.resize((side, side), generator.choice([Image.Resampling.BOX, Image.Resampling.LANCZOS]))
    if generator.random() < 0.15:
        picture = picture.filter(ImageFilter.GaussianBlur(generator.uniform(0.5, 3)))
    pixels = np.asarray(picture)
    if generator.random() < 0.35:
        pixels = _patterned(generator, pixels)
    if generator.random() < 0.3:
        pixels = np.rint(pixels * _slope(generator, side, 0.6, 1.0)[:, :, None]).astype(np.uint8)
    if generator.random() < 0.3:
        contrast, level = generator.uniform(0.1, 1.0), generator.integers(0, 256)
        pixels = np.rint(level + (pixels - np.float32(level)) * np.float32(contrast)).astype(np.uint8)
    return with_noise(generator, pixels, 4.0) if generator.random() < 0.3 else pixels


def dithered(generator: np.random.Generator, pixels: Pixels) -> Pixels:
    """The same picture in 2 to 16 colours or shades of grey, as old screens and printers showed it: uint8 [h, w, 3]."""
    picture = Image.fromarray(pixels)
    if generator.random() < 0.5:
        picture = picture.convert("L").convert("RGB")
    colours = int(generator.choice([2, 3, 4, 8, 16]))
    if colours == 2 and generator.random() < 0.5:
        picture = picture.convert("1")
    else:
        picture = picture.quantize(palette=picture.quantize(colours), dither=Image.Dither.FLOYDSTEINBERG)
    few = np.asarray(picture.convert("RGB"))
    # Paler, most of them: what is lost of them counts as the square of their contrast.
    contrast = np.exp(generator.uniform(-2.5, 0.0))
    level = generator.integers(0, 256)
    return np.rint(level + (few - np.float32(level)) * np.float32(contrast)).astype(np.uint8)


def recoloured(generator: np.random.Generator, pixels: Pixels) -> Pixels:
    """The same picture as a camera or its owner may have treated it: uint8 [h, w, 3].

    Sharper, with another contrast, saturation, hue or exposure, in shades of grey, noisy: each at times.
    """
    if generator.random() < 0.35:
        # As cameras and telephones do it, halos and all.
        radius, percent = generator.uniform(0.5, 1.5), round(float(generator.uniform(40, 200)))
        pixels = np.asarray(Image.fromarray(pixels).filter(ImageFilter.UnsharpMask(radius, percent, threshold=0)))
    values: NDArray[np.floating] = pixels.astype(np.float32)
    luma = (values @ _LUMA)[:, :, None]
    if generator.random() < 0.3:
        values = np.repeat(luma, 3, axis=2)
    elif generator.random() < 0.6:
        saturation = np.float32(np.exp(generator.uniform(-0.7, 1.3)))
        values = (luma + (values - luma) * saturation)[:, :, generator.permutation(3)]
    if generator.random() < 0.3:
        values = values * np.exp(generator.uniform(-1.8, 0.4))
    if generator.random() < 0.5:
        level = values.mean()
        values = level + (values - level) * np.exp(generator.uniform(-0.4, 0.8))
    changed = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return with_noise(generator, changed, 12.0) if generator.random() < 0.2 else changed


def with_noise(generator: np.random.Generator, pixels: Pixels, strongest: float) -> Pixels:
    """With Gaussian noise of a random standard deviation, at most `strongest` levels."""
    noise = generator.standard_normal(pixels.shape, dtype=np.float32) * np.float32(generator.uniform(0, strongest))
    return np.clip(np.rint(pixels + noise), 0, 255).astype(np.uint8)


def _colour(generator: np.random.Generator) -> Colour:
    """Any colour, a pure one or a shade of grey."""
    kind = generator.random()
    values = generator.integers(0, 256, 3)
    if kind < 0.3:
        values = np.where(values > 127, 255, 0)
    elif kind < 0.6:
        values = np.clip(generator.choice([16, 128, 240]) + generator.integers(-16, 17, 3), 0, 255)
    red, green, blue = values.tolist()
    return red, green, blue


def _slope(generator: np.random.Generator, side: int, lowest: float, highest: float) -> NDArray[np.float32]:
    """Values that rise in a random direction, float32 [side, side]."""
    angle = generator.uniform(0, 2 * np.pi)
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / side - 0.5
    place = np.clip(0.5 + (x * np.cos(angle) + y * np.sin(angle)) * generator.uniform(0.1, 1.0), 0, 1)
    place = place ** np.float32(np.exp(generator.uniform(-1, 1)))
    return np.asarray(lowest + (highest - lowest) * place, np.float32)


def _ground(generator: np.random.Generator, side: int) -> Pixels:
    """A flat colour, or a gradient in a random direction."""
    first, second = np.array(_colour(generator), np.float32), np.array(_colour(generator), np.float32)
    if generator.random() < 0.4:
        second = first
    values = first + (second - first) * _slope(generator, side, 0.0, 1.0)[:, :, None]
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _one_of(generator: np.random.Generator, palette: Sequence[Colour]) -> Colour:
    return palette[int(generator.integers(len(palette)))]


def _draw_shape(
    generator: np.random.Generator, draw: ImageDraw.ImageDraw, side: int, palette: Sequence[Colour]
) -> None:
    centre = generator.uniform(0, side, 2)
    extent = side * np.exp(generator.uniform(-3.5, -0.7, 2))
    fill = _one_of(generator, palette)
    (left, top), (right, bottom) = (centre - extent).tolist(), (centre + extent).tolist()
    kind = generator.integers(4)
    if kind == 0:
        draw.rectangle((left, top, right, bottom), fill=fill)
    elif kind == 1:
        draw.ellipse((left, top, right, bottom), fill=fill)
    elif kind == 2:
        draw.line((left, top, right, bottom), fill=fill, width=int(generator.integers(1, 8)))
    else:
        corners = centre + generator.normal(0, 1, (int(generator.integers(3, 7)), 2)) * extent
        draw.polygon([(x, y) for x, y in corners.tolist()], fill=fill)


def _draw_stripes(
    generator: np.random.Generator, draw: ImageDraw.ImageDraw, side: int, palette: Sequence[Colour]
) -> None:
    left, top = generator.integers(-side // 8, side, 2).tolist()
    width, height = generator.integers(side // 8, side, 2).tolist()
    step = round(float(np.exp(generator.uniform(0.7, 3.0))))
    thickness = int(generator.integers(1, step))
    colour, upright = _one_of(generator, palette), generator.random() < 0.5
    for offset in range(0, width if upright else height, step):
        if upright:
            draw.line((left + offset, top, left + offset, top + height), fill=colour, width=thickness)
        else:
            draw.line((left, top + offset, left + width, top + offset), fill=colour, width=thickness)


def _patterned(generator: np.random.Generator, pixels: Pixels) -> Pixels:
    """With tiles of 1 to 4 pixels a side, repeated, in up to four places: chequers, meshes, weaves. uint8 [h, w, 3]."""
    values = pixels.astype(np.float32)
    side = len(pixels)
    for _ in range(generator.integers(1, 5)):
        tile = generator.integers(0, 2, (*generator.integers(1, 5, 2), 1)) - np.float32(0.5)
        if generator.random() < 0.3:
            tile = np.array([[1, -1], [-1, 1]], np.float32)[:, :, None] / 2
        tile = tile * np.exp(generator.uniform(1.5, 5.0))  # levels
        if generator.random() < 0.3:
            tile = tile * generator.uniform(-1, 1, 3)
        repeated = np.tile(tile, (side // len(tile) + 1, side // tile.shape[1] + 1, 1))[:side, :side]
        top, left = generator.integers(-side // 4, side, 2).clip(0).tolist()
        height, width = generator.integers(side // 16, side, 2).tolist()
        place = slice(top, top + height), slice(left, left + width)
        values[place] += repeated[place]
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _draw_text(
    generator: np.random.Generator,
    draw: ImageDraw.ImageDraw,
    side: int,
    enlarged: int,
    palette: Sequence[Colour],
    lines: int,
) -> None:
    """At most so many lines of letters, down to the lower edge; size and colour change now and then."""
    left, y = generator.uniform(-side / 4, side / 2), generator.uniform(-side / 8, side / 2)
    changes = generator.choice([0.0, 0.2, 1.0])
    for line in range(lines):
        if line == 0 or generator.random() < changes:
            size = round(float(np.exp(generator.uniform(2.0, 3.8)))) * enlarged
            font, colour = ImageFont.load_default(size), _one_of(generator, palette)
        letters = "".join(_CHARACTERS[place] for place in generator.integers(0, len(_CHARACTERS), 2 * side // size))
        draw.text((left, y), letters, fill=colour, font=font)
        y += 1.3 * size
        if y > side:
            break
