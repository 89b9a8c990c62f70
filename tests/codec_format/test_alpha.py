"""The alpha channel in the file, and the colours that nobody sees."""

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import codec_format
from codec_format.alpha import TILE_SIDE, decode_alpha, encode_alpha, fill_transparent
from codec_format.errors import FormatError


def random_alpha(height: int, width: int) -> np.ndarray:
    rng = np.random.default_rng(height * 10007 + width)
    alpha = rng.integers(0, 256, (height, width), dtype=np.uint8)
    alpha[rng.random((height, width)) < 0.4] = 0
    return alpha


def test_the_vector_of_the_specification() -> None:
    text = Path(codec_format.__file__).with_name("FORMAT.md").read_text()
    payload = bytes.fromhex(text.split("An alpha channel of 3 x 2 pixels")[1].split(":", 1)[1])
    assert decode_alpha(payload, 3, 2).tolist() == [[0, 128, 255], [255, 64, 0]]


@pytest.mark.parametrize(
    ("height", "width"), [(1, 1), (3, 500), (300, 1), (TILE_SIDE + 1, 2), (1, 2 * TILE_SIDE), (1, 65000)]
)
def test_alpha_comes_back_exactly(height: int, width: int) -> None:
    alpha = random_alpha(height, width)
    np.testing.assert_array_equal(decode_alpha(encode_alpha(alpha), width, height), alpha)


def test_a_mask_takes_fewer_bytes_than_as_png() -> None:
    y, x = np.mgrid[0:400, 0:600]
    alpha = np.clip((150 - np.hypot(y - 200, x - 300)) * 40, 0, 255).astype(np.uint8)
    png = io.BytesIO()
    Image.fromarray(alpha).save(png, "PNG", optimize=True)
    assert len(encode_alpha(alpha)) < 0.8 * len(png.getvalue())


def test_every_cut_and_every_appended_byte_is_refused() -> None:
    payload = encode_alpha(random_alpha(9, 7))
    for length in range(len(payload)):
        with pytest.raises(FormatError):
            decode_alpha(payload[:length], 7, 9)
    with pytest.raises(FormatError):
        decode_alpha(payload + b"\0", 7, 9)


@pytest.mark.parametrize(("width", "height"), [(8, 9), (7, 8), (9, 7), (TILE_SIDE + 7, 9)])
def test_a_tile_of_another_size_is_refused(width: int, height: int) -> None:
    with pytest.raises(FormatError):
        decode_alpha(encode_alpha(random_alpha(9, 7)), width, height)


def tile_payload(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return len(buffer.getvalue()).to_bytes(4, "little") + buffer.getvalue()


@pytest.mark.parametrize(
    ("kind", "options"),
    [("PNG", {}), ("JPEG", {}), ("WEBP", {"quality": 50}), ("WEBP", {"lossless": True, "exif": b"x"})],
)
def test_only_simple_lossless_webp_files_are_taken(kind: str, options: dict[str, object]) -> None:
    with pytest.raises(FormatError):
        decode_alpha(tile_payload(Image.new("RGB", (7, 9)), kind, **options), 7, 9)


def test_changed_bytes_give_an_error_or_other_values_of_the_same_shape() -> None:
    payload = encode_alpha(random_alpha(9, 7))
    refused = 0
    for position in range(len(payload)):
        for mask in (0x01, 0x10, 0x80, 0xFF):
            changed = payload[:position] + bytes([payload[position] ^ mask]) + payload[position + 1 :]
            try:
                assert decode_alpha(changed, 7, 9).shape == (9, 7)
            except FormatError:
                refused += 1
    assert refused > 100


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=200))
def test_any_bytes_give_alpha_or_a_format_error(payload: bytes) -> None:
    try:
        decode_alpha(payload, 3, 2)
    except FormatError:
        return
    raise AssertionError("random bytes must not decode")


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 7), (64, 64), (257, 130), (513, 3)])
def test_filling_keeps_what_is_visible_and_changes_nothing_in_place(height: int, width: int) -> None:
    alpha = random_alpha(height, width)
    pixels = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
    before = pixels.copy()
    filled = fill_transparent(pixels, alpha)
    np.testing.assert_array_equal(filled[alpha > 0], pixels[alpha > 0])
    np.testing.assert_array_equal(pixels, before)


def test_filling_goes_on_with_the_visible_colour() -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    alpha = np.zeros((300, 400), np.uint8)
    alpha[100:130, 200:260] = 1
    pixels[alpha > 0] = (10, 200, 90)
    np.testing.assert_array_equal(fill_transparent(pixels, alpha), np.broadcast_to((10, 200, 90), pixels.shape))


def test_filling_is_smooth() -> None:
    """The hidden noise is gone: neighbours in the filling differ by a few steps only."""
    y, x = np.mgrid[0:600, 0:256]
    pixels = np.stack([x, y * 255 / 600, 255 - x], axis=-1).astype(np.uint8)
    alpha = np.where((x // 32 + y // 32) % 2, 255, 0).astype(np.uint8)
    pixels[alpha == 0] = np.random.default_rng(3).integers(0, 256, ((alpha == 0).sum(), 3))
    filled = fill_transparent(pixels, alpha).astype(int)
    assert np.abs(np.diff(filled, axis=0)).max() < 40
    assert np.abs(np.diff(filled, axis=1)).mean() < 3


def test_a_wholly_transparent_picture_becomes_flat() -> None:
    pixels = np.random.default_rng(4).integers(0, 256, (5, 6, 3), dtype=np.uint8)
    assert np.ptp(fill_transparent(pixels, np.zeros((5, 6), np.uint8))) == 0


def test_filling_in_strips_leaves_no_seam() -> None:
    """Where nothing but the first and the last row is visible, the filling changes gently all the way."""
    pixels = np.zeros((1500, 64, 3), np.uint8)
    pixels[-1] = 255
    alpha = np.zeros((1500, 64), np.uint8)
    alpha[[0, -1]] = 255
    steps = np.diff(fill_transparent(pixels, alpha)[..., 0].astype(int), axis=0)
    assert steps.min() >= 0
    assert steps.max() <= 64
    assert np.all(steps == steps[:, :1])
