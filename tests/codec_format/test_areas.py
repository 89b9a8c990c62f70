from hypothesis import given
from hypothesis import strategies as st

from codec_format.areas import Area


@given(st.integers(0, 20), st.integers(0, 20), st.integers(1, 12), st.integers(1, 12), st.data())
def test_tiles_cover_an_area_once(top: int, left: int, height: int, width: int, data: st.DataObject) -> None:
    area = Area(8 * top, 8 * left, 8 * (top + height), 8 * (left + width))
    rows, columns = data.draw(st.integers(1, height)), data.draw(st.integers(1, width))
    tiles = list(area.tiles(rows, columns, 8))
    assert len(tiles) == rows * columns
    seen: set[tuple[int, int]] = set()
    for tile in tiles:
        assert tile.aligned(8) == tile
        assert tile.within(area) == tile
        assert tile.height <= 8 * -(-height // rows)
        assert tile.width <= 8 * -(-width // columns)
        places = {(y, x) for y in range(tile.top, tile.bottom, 8) for x in range(tile.left, tile.right, 8)}
        assert not places & seen
        seen |= places
    assert len(seen) == height * width


def test_an_area_that_no_unit_divides_keeps_its_edge() -> None:
    tiles = list(Area(0, 0, 20, 4).tiles(3, 1, 8))
    assert tiles == [Area(0, 0, 8, 4), Area(8, 0, 16, 4), Area(16, 0, 20, 4)]
    assert list(Area(0, 0, 20, 4).tiles(9, 2, 8)) == tiles


def test_places_count_positions_of_a_grid() -> None:
    assert Area(64, 128, 192, 256).places(Area(96, 128, 128, 160), 16) == (slice(2, 4), slice(0, 2))
