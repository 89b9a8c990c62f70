"""The window over a feature: what is put in comes out, and what is forgotten takes no memory."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codec_format.areas import Area
from codec_format.errors import ModelError
from codec_format.feature_window import FeatureWindow


@given(
    stride=st.sampled_from([8, 64, 1024]),
    rows=st.integers(1, 40),
    columns=st.integers(1, 40),
    origin=st.integers(0, 3),
    axis=st.integers(0, 1),
    data=st.data(),
)
def test_what_is_put_in_comes_out(
    stride: int, rows: int, columns: int, origin: int, axis: int, data: st.DataObject
) -> None:
    area = Area(0, origin, rows, origin + columns)
    whole = np.random.default_rng(0).standard_normal((1, 2, rows, columns), dtype=np.float32)
    window = FeatureWindow(_scaled(area, stride), stride, axis)
    for tile in area.tiles(data.draw(st.integers(1, rows)), data.draw(st.integers(1, columns)), 1):
        window.put(_scaled(tile, stride), whole[:, :, *area.places(tile)])
    start, stop = area.span(axis)
    before = data.draw(st.integers(start, stop))
    window.forget(before * stride)
    if before < stop:
        rest = area.slab(axis, before, stop)
        np.testing.assert_array_equal(window.part(_scaled(rest, stride)), whole[:, :, *area.places(rest)])


def test_what_is_forgotten_takes_no_memory() -> None:
    window = FeatureWindow(Area(0, 0, 2**14, 64), 8, 0)
    tile_values = np.ones((1, 4, 32, 8), np.float32)
    for top in range(0, 2**14, 256):
        window.put(Area(top, 0, top + 256, 64), tile_values)
        window.forget(top)
    assert len(window._chunks) + len(window._unused) <= 2


def test_a_varying_number_of_channels_is_a_fault_of_the_package() -> None:
    window = FeatureWindow(Area(0, 0, 64, 64), 8, 0)
    window.put(Area(0, 0, 8, 64), np.zeros((1, 3, 1, 8), np.float32))
    with pytest.raises(ModelError, match="channels"):
        window.put(Area(8, 0, 16, 64), np.zeros((1, 1, 1, 8), np.float32))


def _scaled(area: Area, stride: int) -> Area:
    return Area(area.top * stride, area.left * stride, area.bottom * stride, area.right * stride)
