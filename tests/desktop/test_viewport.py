"""Zoom and pan of the comparison."""

import pytest

from desktop.state.viewport import LARGEST_SCALE, Viewport

VIEW = Viewport(picture_width=1200, picture_height=800).with_pane(600, 600, 0)


def on_screen(view: Viewport, x: float, y: float) -> tuple[float, float]:
    """Where a pixel of the picture appears."""
    left, top, _, _ = view.picture_rectangle
    return left + x * view.true_scale, top + y * view.true_scale


def test_a_large_picture_is_fitted_and_centred() -> None:
    assert VIEW.is_fitted
    assert VIEW.picture_rectangle == (0, 100, 600, 400)


def test_a_small_picture_is_not_enlarged() -> None:
    assert Viewport(100, 50).with_pane(600, 600, 0).picture_rectangle == (250, 275, 100, 50)


def test_a_margin_is_left_around_the_fitted_picture() -> None:
    assert VIEW.with_pane(640, 600, 20).picture_rectangle == (20, 100, 600, 400)


@pytest.mark.parametrize("scale", [0.9, 1.0, 3.0])
def test_the_point_under_the_pointer_stays_when_zooming(scale: float) -> None:
    before = VIEW.scaled_to(1.0)
    pointer = (370.0, 215.0)
    left, top, _, _ = before.picture_rectangle
    point = ((pointer[0] - left) / before.true_scale, (pointer[1] - top) / before.true_scale)
    after = before.scaled_to(scale, *pointer)
    assert after.true_scale == scale
    # The corner of the picture lies on a whole device pixel, so half a pixel of difference is right.
    assert on_screen(after, *point) == pytest.approx(pointer, abs=0.51)


def test_panning_moves_the_picture_but_not_out_of_the_pane() -> None:
    view = VIEW.scaled_to(1.0)
    assert view.panned(10, -20).picture_rectangle[:2] == (-290, -120)
    assert view.panned(10_000, 10_000).picture_rectangle[:2] == (0, 0)
    assert view.panned(-10_000, -10_000).picture_rectangle[:2] == (-600, -200)
    assert VIEW.panned(50, 50) == VIEW


def test_steps_go_through_the_fitting_scale_and_end() -> None:
    view, scales = VIEW.scaled_to(4.0), []
    for _ in range(20):
        view = view.stepped(-1)
        scales.append(view.true_scale)
    assert scales[:6] == [3.0, 2.0, 1.5, 1.0, 0.667, 0.5]
    assert scales[-1] == 0.05
    assert VIEW.scaled_to(1000).true_scale == LARGEST_SCALE
    assert VIEW.scaled_to(LARGEST_SCALE).stepped(1).true_scale == LARGEST_SCALE


def test_resizing_keeps_the_fit_or_the_scale() -> None:
    assert VIEW.with_pane(300, 600, 0).true_scale == 0.25
    assert VIEW.scaled_to(2.0).with_pane(300, 600, 0).true_scale == 2.0


def test_another_picture_of_the_same_size_keeps_the_view_and_one_of_another_size_is_fitted() -> None:
    view = VIEW.scaled_to(2.0).panned(30, 40)
    assert view.with_picture(1200, 800) == view
    assert view.with_picture(800, 1200).is_fitted
