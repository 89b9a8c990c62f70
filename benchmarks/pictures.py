"""A picture that behaves like a photograph for a codec, made from a seed: no file and no licence is needed."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

_LARGEST_SIDE = 5000


def generated_picture(width: int, height: int, seed: int = 0) -> NDArray[np.uint8]:
    """Uint8 [height, width, 3]: clouds with a 1/f spectrum, sharp and soft edges between them, fine grain.

    The same seed and size give the same picture. Structures keep their size in pixels when the picture grows. Beyond
    5000 pixels a side, for which the memory would not do everywhere, it is mirrored.
    """
    if max(width, height) > _LARGEST_SIDE:
        part = generated_picture(min(width, _LARGEST_SIDE), min(height, _LARGEST_SIDE), seed)
        return np.pad(part, ((0, height - part.shape[0]), (0, width - part.shape[1]), (0, 0)), mode="symmetric")
    generator = np.random.default_rng(seed)
    ground, covering = _clouds(generator, width, height), _clouds(generator, width, height)
    mask = Image.new("L", (width, height))
    draw = ImageDraw.Draw(mask)
    for _ in range(max(4, width * height // 20_000)):
        corner = generator.uniform((0, 0), (width, height))
        corners = corner + generator.normal(0, 60, (int(generator.integers(3, 8)), 2))
        draw.polygon([(float(x), float(y)) for x, y in corners], fill=int(generator.integers(0, 256)))
    soft = mask.filter(ImageFilter.GaussianBlur(4))
    half = (np.arange(width) < width // 2)[None, :]  # sharp edges on the left, out of focus on the right
    share = (np.where(half, np.asarray(mask), np.asarray(soft)) / np.float32(255))[:, :, None]
    grain = generator.standard_normal((height, width, 1), dtype=np.float32) * np.float32(2)
    values = ground + (covering - ground) * share + grain
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _clouds(generator: np.random.Generator, width: int, height: int) -> NDArray[np.float32]:
    """Float32 [height, width, 3], about 0..255: octaves of noise, the longer the stronger."""
    values = np.full((height, width, 3), 128, np.float32)
    for wavelength in (256, 128, 64, 32, 16, 8, 4, 2):
        coarse = (-(-width // wavelength) + 1, -(-height // wavelength) + 1)
        brightness = _noise(generator, coarse, width, height, wavelength)
        values += brightness[:, :, None] * np.float32(48 * (wavelength / 256) ** 0.7)
        if wavelength >= 32:  # colour changes slowly in photographs
            for channel in range(3):
                values[:, :, channel] += _noise(generator, coarse, width, height, wavelength) * 20 * wavelength / 256
    return values


def _noise(
    generator: np.random.Generator, coarse: tuple[int, int], width: int, height: int, wavelength: int
) -> NDArray[np.float32]:
    """Smooth noise of standard deviation about 1 and the given wavelength: float32 [height, width]."""
    small = generator.standard_normal(coarse[::-1], dtype=np.float32)
    large = Image.fromarray(small).resize((coarse[0] * wavelength, coarse[1] * wavelength), Image.Resampling.BICUBIC)
    return np.asarray(large, np.float32)[:height, :width]
