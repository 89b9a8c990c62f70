import math

import pytest

from training.rate_distortion import STANDARD_WINDOW, Curve, bd_rate, ms_ssim_decibels, overlap

VTM = Curve(
    (0.11299, 0.21332, 0.37871, 0.62963, 0.9774, 1.44319),
    (28.53773, 30.69038, 33.06791, 35.58551, 38.09191, 40.45031),
)
QARV = Curve((0.20815, 0.37809, 0.63681, 1.00117, 1.49552), (30.32494, 32.98957, 35.81586, 38.70229, 41.50303))


def test_equal_curves_differ_by_nothing() -> None:
    assert bd_rate(VTM, VTM) == pytest.approx(0, abs=1e-9)


def test_a_constant_factor_in_rate_is_found_exactly() -> None:
    saving = Curve(tuple(0.8 * rate for rate in VTM.rates), VTM.qualities)
    assert bd_rate(VTM, saving) == pytest.approx(-20)
    assert bd_rate(saving, VTM) == pytest.approx(25)


def test_straight_lines_in_log_rate_give_the_factor_at_the_middle() -> None:
    # Rates 1..16 and 1..4 over 30..40 dB: at the middle, 4 and 2.
    steep, flat = Curve((1, 4, 16), (30, 35, 40)), Curve((1, 2, 4), (30, 35, 40))
    assert bd_rate(steep, flat) == pytest.approx(-50)
    # Over 30..35 dB only: at the middle of it, 2 and the square root of 2.
    assert bd_rate(steep, flat, (30, 35)) == pytest.approx(100 * (0.5**0.5 - 1))


def test_order_of_the_points_does_not_matter() -> None:
    backwards = Curve(QARV.rates[::-1], QARV.qualities[::-1])
    assert bd_rate(VTM, backwards) == bd_rate(VTM, QARV)


def test_agrees_with_an_independent_implementation() -> None:
    # bjontegaard 1.3.0: bd_rate(..., method="pchip", require_matching_points=False)
    assert bd_rate(VTM, QARV) == pytest.approx(-2.2827999452785797, abs=1e-9)


def test_overlap_is_what_both_curves_reach() -> None:
    assert overlap(VTM, QARV) == (30.32494, 40.45031)


def test_curves_that_share_no_quality_are_refused() -> None:
    with pytest.raises(ValueError, match=r"ends at 35\.00 dB, the other begins at 36\.00 dB"):
        bd_rate(Curve((1, 2), (30, 35)), Curve((1, 2), (36, 40)))


def test_window_beyond_a_curve_is_refused() -> None:
    assert bd_rate(VTM, QARV, STANDARD_WINDOW) < 0
    with pytest.raises(ValueError, match=r"reaches from 30\.32 to 41\.50 dB and does not cover 29\.00 to 35\.00 dB"):
        bd_rate(VTM, QARV, (29, 35))


@pytest.mark.parametrize(
    ("rates", "qualities", "problem"),
    [
        ((1.0,), (30.0,), "at least two points"),
        ((1.0, 2.0), (30.0, 31.0, 32.0), "at least two points"),
        ((0.0, 1.0), (30.0, 31.0), "not positive"),
        ((1.0, 2.0), (30.0, 30.0), "same quality"),
        ((1.0, float("inf")), (30.0, 31.0), "not a finite number"),
        ((1.0, 2.0), (30.0, float("nan")), "not a finite number"),
    ],
)
def test_what_is_no_curve_is_refused(rates: tuple[float, ...], qualities: tuple[float, ...], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Curve(rates, qualities)


def test_ms_ssim_in_decibels() -> None:
    assert ms_ssim_decibels(0.99) == pytest.approx(20)
    assert ms_ssim_decibels(1) == math.inf
