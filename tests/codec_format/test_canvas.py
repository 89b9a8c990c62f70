import numpy as np
import pytest

from codec_format.areas import Area
from codec_format.canvas import Canvas


def means(pixels: np.ndarray, scale: int) -> np.ndarray:
    """The specification, one square after the other."""
    rows, columns = -(-pixels.shape[0] // scale), -(-pixels.shape[1] // scale)
    squares = [
        [pixels[y * scale : (y + 1) * scale, x * scale : (x + 1) * scale].mean(axis=(0, 1)) for x in range(columns)]
        for y in range(rows)
    ]
    return np.floor(np.array(squares) + 0.5)


@pytest.mark.parametrize("scale", [1, 2, 4, 8])
def test_every_pixel_is_the_mean_of_its_square(scale: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (37, 50, 3), dtype=np.uint8)
    canvas = Canvas(Area(0, 0, 37, 50), 50, 37, scale)
    for tile in (Area(0, 0, 16, 50), Area(16, 0, 37, 24), Area(16, 24, 37, 50)):
        canvas.put(tile, pixels[tile.top : tile.bottom, tile.left : tile.right])
    np.testing.assert_array_equal(canvas.pixels, means(pixels, scale))
    np.testing.assert_array_equal(canvas.whole(pixels), canvas.pixels)
    np.testing.assert_array_equal(canvas.whole(pixels[..., 0]), canvas.pixels[..., 0])


def test_an_area_grows_to_whole_squares_of_the_picture() -> None:
    canvas = Canvas(Area(5, 9, 6, 49), 50, 37, 4)
    assert canvas.area == Area(4, 8, 8, 50)
    assert canvas.pixels.shape == (1, 11, 3)
    pixels = np.random.default_rng(1).integers(0, 256, (37, 50, 3), dtype=np.uint8)
    np.testing.assert_array_equal(canvas.whole(pixels), means(pixels, 4)[1:2, 2:])


def test_white_stays_white() -> None:
    white = np.full((9, 9, 3), 255, np.uint8)
    assert Canvas(Area(0, 0, 9, 9), 9, 9, 8).whole(white).min() == 255
