"""Drawings and recoloured photographs: what they are for, and that they depend on the generator alone."""

import numpy as np
import pytest

from training.augmentation import dithered, drawn_crop, recoloured, with_noise


def generator(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_drawings_depend_on_the_generator_alone() -> None:
    for seed in range(20):
        drawing = drawn_crop(generator(seed), 64)
        assert np.array_equal(drawing, drawn_crop(generator(seed), 64))
        assert drawing.shape == (64, 64, 3)
        assert drawing.dtype == np.uint8
    assert not np.array_equal(drawn_crop(generator(0), 64), drawn_crop(generator(1), 64))


def test_drawings_have_flat_areas_sharp_edges_and_pure_colours() -> None:
    drawings = [drawn_crop(generator(seed), 96).astype(int) for seed in range(60)]
    steps = [np.abs(np.diff(drawing, axis=1)) for drawing in drawings]
    assert sum(float((step <= 1).mean()) > 0.9 for step in steps) > 10, "flat"
    assert sum(int(step.max()) > 100 for step in steps) > 20, "sharp"
    spans = [drawing.max(axis=2) - drawing.min(axis=2) for drawing in drawings]
    assert sum(int(span.max()) == 255 for span in spans) > 5, "pure"
    assert sum(int(span.max()) < 40 for span in spans) > 0, "nearly grey"


def test_drawings_have_patterns_as_fine_as_pixels() -> None:
    drawings = [drawn_crop(generator(seed), 96).astype(int) for seed in range(60)]
    chequered = [
        np.abs(drawing[1:, 1:] + drawing[:-1, :-1] - drawing[1:, :-1] - drawing[:-1, 1:]) for drawing in drawings
    ]
    assert sum(float((each.max(axis=2) > 8).mean()) > 0.3 for each in chequered) > 3


def test_dithering_leaves_few_colours_and_keeps_the_tone() -> None:
    y, x = np.mgrid[0:64, 0:64]
    photograph = np.stack([3 * x, 20 + 3 * y, 100 + x + y], axis=2).astype(np.uint8)
    for seed in range(20):
        result = dithered(generator(seed), photograph)
        assert np.array_equal(result, dithered(generator(seed), photograph))
        assert 2 <= len(np.unique(result.reshape(-1, 3), axis=0)) <= 16
    few = [dithered(generator(seed), photograph).mean(axis=2) for seed in range(20)]
    # A dot beside a gap: neighbours differ far more than means over squares of 16 pixels do.
    smooth = [each.reshape(4, 16, 4, 16).mean(axis=(1, 3)) for each in few]
    ratios = [
        np.abs(np.diff(each, axis=1)).mean() / np.abs(np.diff(mean)).mean()
        for each, mean in zip(few, smooth, strict=True)
    ]
    assert np.median(ratios) > 0.5


def test_recolouring_keeps_the_structure_and_changes_the_colours() -> None:
    y, x = np.mgrid[0:32, 0:32]
    photograph = np.stack([40 + 5 * x, 90 + 2 * y, 100 + x + y], axis=2).astype(np.uint8)
    results = [recoloured(generator(seed), photograph) for seed in range(40)]
    assert all(np.array_equal(result, recoloured(generator(seed), photograph)) for seed, result in enumerate(results))
    means = np.array([result.mean(axis=(0, 1)) for result in results])
    assert means.mean(axis=1).min() < 40
    assert means.mean(axis=1).max() > 110
    spreads = np.array([np.ptp(result.astype(int), axis=2).max() for result in results])
    assert np.median(spreads) > 20
    assert spreads.min() == 0, "at times in shades of grey"
    assert spreads.max() > 2 * np.ptp(photograph.astype(int), axis=2).max(), "at times saturated"
    assert max(float(result.std()) for result in results) > 1.7 * float(photograph.std()), "at times of more contrast"


def test_recolouring_sharpens_at_times() -> None:
    edge = np.full((32, 32, 3), 100, np.uint8)
    edge[:, 16:] = 130
    results = [recoloured(generator(seed), edge).astype(int) for seed in range(40)]
    without_noise = [result for result in results if len(np.unique(result)) < 12]
    halos = [result[:, 16].mean() - result[:, -1].mean() for result in without_noise]
    assert min(halos) == 0
    assert max(halos) > 5


@pytest.mark.parametrize("strongest", [0.0, 8.0])
def test_noise_has_at_most_the_given_deviation(strongest: float) -> None:
    flat = np.full((64, 64, 3), 128, np.uint8)
    deviations = [with_noise(generator(seed), flat, strongest).std() for seed in range(20)]
    assert max(deviations) <= strongest + 0.5
    assert max(deviations) > 0.5 * strongest or strongest == 0
