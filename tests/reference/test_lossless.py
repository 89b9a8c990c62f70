"""The lossless part of a file, decoded by the integers of FORMAT.md alone, from the product's samples on."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from codec_format import lossless
from codec_format.lossless import SAMPLE_UNIT, encode_tile
from codec_format.lossless_predictor import no_predictor
from codec_format.model_package import ModelPackage
from tests.codec_format.golden import LOSSLESS_FILE, LOSSLESS_PACKAGE, PREDICTED_FILE, any_predictor
from tests.reference.container import InvalidError, read_file
from tests.reference.lossless import decode_tile, read_parts
from tests.reference.package import read_package

# Of a tile of fixed pixels and samples. It must never change.
GOLDEN_TILE = "469d35a8169d39d1e2a438776e17f3879fe705527098a321bf92302f8018590b"


@pytest.mark.parametrize(("height", "width", "grey"), [(13, 18, False), (9, 8, True), (1, 1, False), (1, 6, True)])
@pytest.mark.parametrize("seed", [None, 1, 2, 3])
def test_reference_decodes_what_the_product_encodes(
    height: int, width: int, grey: bool, seed: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the predictors that the encoder fits, and with any others."""
    head = ModelPackage.load(LOSSLESS_PACKAGE).lossless_head
    if seed is not None:
        choices = np.random.default_rng(seed)
        monkeypatch.setattr(
            lossless, "fit_predictor", lambda output, *_: any_predictor(choices, output, head.scale_count)
        )
    generator = np.random.default_rng(height)
    pixels = generator.integers(60, 110, (height, width, 3), dtype=np.uint8)
    if grey:
        pixels[:] = pixels[:, :, :1]
    near = pixels * float(SAMPLE_UNIT) + generator.normal(0, 4 * SAMPLE_UNIT, pixels.shape)
    samples = np.clip(np.rint(near), 0, 255 * SAMPLE_UNIT).astype(np.int32)
    samples[::3] = samples[::3] // SAMPLE_UNIT * SAMPLE_UNIT + SAMPLE_UNIT // 2  # on the boundary
    data = encode_tile(head, pixels, samples, grey)
    package = read_package(LOSSLESS_PACKAGE)
    for shift in (-8, 0, 8):
        assert np.array_equal(decode_tile(package, data, samples.astype(np.int64) + shift, grey), pixels)
        assert np.array_equal(lossless.decode_tile(head, data, samples + shift, grey), pixels)
    with pytest.raises(InvalidError):
        decode_tile(package, bytes([data[0] ^ 1]) + data[1:], samples.astype(np.int64), grey)


def test_reference_decodes_fitted_predictors_of_a_picture_that_has_much_to_gain() -> None:
    y, x = np.mgrid[0:64, 0:96]
    waves = 120 + 60 * np.sin(x / 3 + y / 7) + 30 * np.cos(y / 2)
    pixels = np.stack([waves, waves * 0.8 + 10, 200 - waves / 2], axis=2).astype(np.uint8)
    samples = np.full(pixels.shape, 128 * SAMPLE_UNIT, np.int32)
    data = encode_tile(ModelPackage.load(LOSSLESS_PACKAGE).lossless_head, pixels, samples, grey=False)
    assert len(read_parts(data[4:])[1]) > 100
    assert np.array_equal(decode_tile(read_package(LOSSLESS_PACKAGE), data, samples.astype(np.int64), False), pixels)


def test_tile_keeps_its_bytes_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Made of integers alone but for what the encoder fits, so that they are the same on every machine."""
    head = ModelPackage.load(LOSSLESS_PACKAGE).lossless_head
    monkeypatch.setattr(lossless, "fit_predictor", lambda *_: no_predictor(head.scale_count))
    y, x, channel = np.mgrid[0:22, 0:30, 0:3]
    pixels = (x * x // 3 + 5 * y + 40 * channel).astype(np.uint8)
    samples = (pixels.astype(np.int32) * SAMPLE_UNIT // 2 + 64 * SAMPLE_UNIT + 977 * x * (channel + 1)).astype(np.int32)
    data = encode_tile(head, pixels, samples, grey=False)
    assert hashlib.sha256(data).hexdigest() == GOLDEN_TILE


def test_tiles_of_older_versions_are_those_without_predictors(monkeypatch: pytest.MonkeyPatch) -> None:
    head = ModelPackage.load(LOSSLESS_PACKAGE).lossless_head
    monkeypatch.setattr(lossless, "fit_predictor", lambda *_: no_predictor(head.scale_count))
    pixels = np.random.default_rng(0).integers(60, 110, (13, 18, 3), dtype=np.uint8)
    samples = pixels.astype(np.int32) * SAMPLE_UNIT
    data = encode_tile(head, pixels, samples, grey=False)
    guards, _, *residuals = read_parts(data[4:])
    older = data[:4] + b"".join(len(part).to_bytes(4, "little") + part for part in (guards, *residuals))
    assert np.array_equal(lossless.decode_tile(head, older, samples, False, has_predictors=False), pixels)
    package = read_package(LOSSLESS_PACKAGE)
    assert np.array_equal(decode_tile(package, older, samples.astype(np.int64), False, version=4), pixels)


@pytest.mark.parametrize(("path", "streams"), [(LOSSLESS_FILE, 1 + 7 * 3), (PREDICTED_FILE, 2 + 7 * 3)])
def test_golden_files_have_a_lossless_part(path: Path, streams: int) -> None:
    file = read_file(path.read_bytes())
    (tile,) = read_parts(file.metadata["l"])
    assert len(read_parts(tile[4:])) == streams
