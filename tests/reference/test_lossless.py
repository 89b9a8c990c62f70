"""The lossless part of a file, decoded by the integers of FORMAT.md alone, from the product's samples on."""

import hashlib

import numpy as np
import pytest

from codec_format.lossless import SAMPLE_UNIT, encode_tile
from codec_format.model_package import ModelPackage
from tests.codec_format.golden import LOSSLESS_FILE, LOSSLESS_PACKAGE
from tests.reference.container import InvalidError, read_file
from tests.reference.lossless import decode_tile, read_parts
from tests.reference.package import read_package

# Of a tile of fixed pixels and samples. It must never change.
GOLDEN_TILE = "2987f3ccc12a1c09f6e4c44de6353bb0ee5b86ab8646fb98fcc72fbaae45a1ce"


@pytest.mark.parametrize(("height", "width", "grey"), [(13, 18, False), (9, 8, True), (1, 1, False), (1, 6, True)])
def test_reference_decodes_what_the_product_encodes(height: int, width: int, grey: bool) -> None:
    generator = np.random.default_rng(height)
    pixels = generator.integers(60, 110, (height, width, 3), dtype=np.uint8)
    if grey:
        pixels[:] = pixels[:, :, :1]
    near = pixels * float(SAMPLE_UNIT) + generator.normal(0, 4 * SAMPLE_UNIT, pixels.shape)
    samples = np.clip(np.rint(near), 0, 255 * SAMPLE_UNIT).astype(np.int32)
    samples[::3] = samples[::3] // SAMPLE_UNIT * SAMPLE_UNIT + SAMPLE_UNIT // 2  # on the boundary
    data = encode_tile(ModelPackage.load(LOSSLESS_PACKAGE).lossless_head, pixels, samples, grey)
    package = read_package(LOSSLESS_PACKAGE)
    for shift in (-8, 0, 8):
        assert np.array_equal(decode_tile(package, data, samples.astype(np.int64) + shift, grey), pixels)
    with pytest.raises(InvalidError):
        decode_tile(package, bytes([data[0] ^ 1]) + data[1:], samples.astype(np.int64), grey)


def test_tile_keeps_its_bytes_for_ever() -> None:
    """Made of integers alone, so that they are the same on every machine."""
    y, x, channel = np.mgrid[0:22, 0:30, 0:3]
    pixels = (x * x // 3 + 5 * y + 40 * channel).astype(np.uint8)
    samples = (pixels.astype(np.int32) * SAMPLE_UNIT // 2 + 64 * SAMPLE_UNIT + 977 * x * (channel + 1)).astype(np.int32)
    data = encode_tile(ModelPackage.load(LOSSLESS_PACKAGE).lossless_head, pixels, samples, grey=False)
    assert hashlib.sha256(data).hexdigest() == GOLDEN_TILE


def test_golden_file_has_a_lossless_part() -> None:
    file = read_file(LOSSLESS_FILE.read_bytes())
    assert list(file.metadata) == ["l"]
    (tile,) = read_parts(file.metadata["l"])
    assert len(read_parts(tile[4:])) == 1 + 7 * 3
