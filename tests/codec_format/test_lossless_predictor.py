"""The predictors of lossless coding: how they are written, what is refused, and what an encoder gains by them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from codec_format import default_package, lossless
from codec_format.bit_codes import BitReader, BitWriter
from codec_format.errors import FormatError
from codec_format.lossless import SAMPLE_UNIT, decode_tile, encode_tile
from codec_format.lossless_head import MEAN_MAXIMUM, LosslessHead
from codec_format.lossless_predictor import (
    LARGEST_WEIGHT,
    REACHES,
    ClassWeights,
    HeadOutput,
    KnownPixels,
    Predictor,
    neighbours,
    no_predictor,
)
from codec_format.lossless_predictor_code import read_predictor, write_predictor
from codec_format.model_package import ModelPackage
from tests.codec_format.golden import LOSSLESS_PACKAGE, any_predictor

SCALES = 12
INVALID = FormatError("not valid")


def output_of(
    seed: int, place: int, number: int, *, height: int = 6, width: int = 10, grey: bool = False
) -> HeadOutput:
    generator = np.random.default_rng(seed)
    base = generator.integers(0, 256, (3, 2 * height, 2 * width), dtype=np.int32)
    residual = generator.integers(0, 256, base.shape, dtype=np.int32) - base
    inside = slice(0, height), slice(0, width)
    return HeadOutput(
        generator.integers(-MEAN_MAXIMUM, MEAN_MAXIMUM + 1, (height, width), dtype=np.int32),
        generator.integers(0, SCALES, (height, width), dtype=np.int32),
        residual[:number, ::2, ::2],
        KnownPixels(base, residual, place, inside, grey=grey),
    )


def written(predictor: Predictor) -> bytes:
    bits = BitWriter()
    write_predictor(predictor, bits)
    return bits.payload()


def read(payload: bytes, output: HeadOutput) -> Predictor:
    bits = BitReader(payload, INVALID)
    predictor = read_predictor(bits, [output.feature_count(r) for r in range(len(REACHES))], SCALES)
    bits.finish()
    return predictor


def test_neighbours_are_the_known_pixels_by_distance() -> None:
    assert neighbours(0, 3) == []
    assert neighbours(1, 0) == []
    assert neighbours(1, 1) == [(0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1)]
    assert neighbours(2, 1)[:2] == [(0, 0, 0), (0, 0, 1)]
    assert [len(neighbours(3, reach)) for reach in range(4)] == [0, 8, 16, 28]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 3), st.integers(0, 2))
def test_predictors_are_read_as_written_and_give_what_integers_give(seed: int, place: int, number: int) -> None:
    output = output_of(seed, place, number)
    predictor = any_predictor(np.random.default_rng(seed), output, SCALES)
    again = read(written(predictor), output)
    assert again.reach == predictor.reach
    assert np.array_equal(again.offsets, predictor.offsets)
    mean, scale = predictor.correct(output, SCALES)
    assert all(np.array_equal(a, b) for a, b in zip(again.correct(output, SCALES), (mean, scale), strict=True))
    assert np.array_equal(scale, np.clip(output.scale + predictor.offsets[output.scale // 8], 0, SCALES - 1))
    if predictor.reach is None:
        assert np.array_equal(mean, output.mean)
        return
    features = np.concatenate([part for _, part in output.features(predictor.reach)], axis=1).astype(np.int64)
    for number, each in enumerate(predictor.classes):
        own = (output.scale >= predictor.threshold).ravel() == bool(number)
        moved = output.mean.ravel().astype(np.int64)
        if each is not None:
            moved = moved + (each.weights @ features + 2 ** (each.precision - 1) >> each.precision)
        assert np.array_equal(mean.ravel()[own], np.clip(moved, -MEAN_MAXIMUM, MEAN_MAXIMUM)[own])


@pytest.mark.parametrize("sign", [1, -1])
def test_sums_at_the_limit_of_the_weights_are_exact(sign: int) -> None:
    """Black beside white makes the largest differences, and these weights the largest sums."""
    base = np.zeros((3, 12, 20), np.int32)
    base[:, 1::2, ::2] = 255 * (sign < 0)  # the own place, 3
    residual = np.full_like(base, 255 * (sign > 0))
    residual[:, 1::2, ::2] = 0
    still = np.zeros((6, 10), np.int32)
    output = HeadOutput(
        still, still, residual[:0, ::2, ::2], KnownPixels(base, residual, 3, np.s_[:6, :10], grey=False)
    )
    count = output.feature_count(3)
    weights = np.full(count, (2**24 - 2**14) // (255 * (count - 2)), np.int32)
    weights[:2] = 0
    for precision in (1, 15):
        class_ = ClassWeights(precision, weights)
        assert class_.is_exact
        assert not ClassWeights(precision, weights + np.int32(2)).is_exact
        predictor = replace(no_predictor(SCALES), reach=3, classes=(class_, class_))
        expected = int(weights.sum()) * 255 * sign + 2 ** (precision - 1) >> precision
        assert (predictor.predicted(output) == np.clip(expected, -MEAN_MAXIMUM, MEAN_MAXIMUM)).all()


def test_predictors_that_no_encoder_writes_are_refused() -> None:
    output = output_of(0, 3, 0)
    count = output.feature_count(0)
    whole = ClassWeights(8, np.full(count, 3, np.int32))
    good = Predictor(0, 5, (whole, None), np.array([1, -8], np.int32))
    assert read(written(good), output).offsets.tolist() == [1, -8]
    wrong = [
        replace(good, reach=4),
        replace(good, classes=(whole, ClassWeights(8, np.full(count, LARGEST_WEIGHT + 1, np.int32)))),
        replace(good, classes=(whole, ClassWeights(8, np.full(count, LARGEST_WEIGHT, np.int32)))),  # not exact
        replace(good, offsets=np.array([1, 9], np.int32)),
    ]
    for predictor in wrong:
        with pytest.raises(FormatError, match="not valid"):
            read(written(predictor), output)
    for payload in (b"", written(good)[:-1], written(good) + b"\0", written(good)[:-1] + b"\xff"):
        with pytest.raises(FormatError, match="not valid"):
            read(payload, output)


@pytest.fixture(scope="module")
def head() -> LosslessHead:
    return ModelPackage.load(LOSSLESS_PACKAGE).lossless_head


def without_predictors(
    head: LosslessHead, pixels: NDArray[np.uint8], samples: NDArray[np.int32], grey: bool, patch: pytest.MonkeyPatch
) -> bytes:
    with patch.context() as inner:
        inner.setattr(lossless, "fit_predictor", lambda *_: no_predictor(head.scale_count))
        return encode_tile(head, pixels, samples, grey)


@pytest.mark.parametrize("grey", [False, True])
def test_what_neighbours_tell_is_used(head: LosslessHead, grey: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The decoded picture is one grey: all that there is to know is in the pixels around."""
    y, x = np.mgrid[0:90, 0:131]
    waves = 120 + 60 * np.sin(x / 5 + y / 9) + 30 * np.cos(y / 6)
    pixels = np.stack([waves, waves if grey else 0.8 * waves + 10, waves if grey else 200 - waves / 2], axis=2)
    pixels = pixels.astype(np.uint8)
    samples = np.full(pixels.shape, 128 * SAMPLE_UNIT, np.int32)
    data = encode_tile(head, pixels, samples, grey)
    assert np.array_equal(decode_tile(head, data, samples, grey), pixels)
    assert len(data) < 0.6 * len(without_predictors(head, pixels, samples, grey, monkeypatch))


def test_where_nothing_is_to_be_gained_predictors_cost_next_to_nothing(
    head: LosslessHead, monkeypatch: pytest.MonkeyPatch
) -> None:
    for height, width in ((1, 1), (3, 5), (40, 40)):
        generator = np.random.default_rng(height)
        pixels = generator.integers(0, 256, (height, width, 3), dtype=np.uint8)
        samples = generator.integers(0, 256, pixels.shape, dtype=np.int32) * SAMPLE_UNIT
        data = encode_tile(head, pixels, samples, grey=False)
        assert np.array_equal(decode_tile(head, data, samples, grey=False), pixels)
        assert len(data) <= len(without_predictors(head, pixels, samples, False, monkeypatch)) + 21


def test_flat_pictures_are_coded_in_few_bytes(head: LosslessHead, monkeypatch: pytest.MonkeyPatch) -> None:
    """Features that are all the same, and errors that are all 0, must not upset the fit."""
    pixels = np.full((50, 70, 3), 77, np.uint8)
    for level in (77, 80):
        samples = np.full(pixels.shape, level * SAMPLE_UNIT, np.int32)
        data = encode_tile(head, pixels, samples, grey=False)
        assert np.array_equal(decode_tile(head, data, samples, grey=False), pixels)
        assert len(data) <= len(without_predictors(head, pixels, samples, False, monkeypatch)) + 21


@pytest.mark.parametrize("level", [0, 128, 255])
def test_features_that_hardly_differ_are_fitted_too(level: int) -> None:
    """A gradient far from what was decoded: to every feature the same, but for its last bits."""
    head = default_package().lossless_head  # the other, untrained, tells them apart
    pixels = np.repeat(np.mgrid[0:256, 0:256][1][:, :, None], 3, axis=2).astype(np.uint8)
    samples = np.full(pixels.shape, level * SAMPLE_UNIT, np.int32)
    data = encode_tile(head, pixels, samples, grey=False)
    assert np.array_equal(decode_tile(head, data, samples, grey=False), pixels)
