from hypothesis import given
from hypothesis import strategies as st

from codec_format.areas import Area


@given(st.integers(0, 20), st.integers(0, 20), st.integers(1, 12), st.integers(1, 12), st.integers(1, 40))
def test_tiles_cover_an_area_once(top: int, left: int, height: int, width: int, pixels: int) -> None:
    area = Area(8 * top, 8 * left, 8 * (top + height), 8 * (left + width))
    seen: set[tuple[int, int]] = set()
    for tile in area.tiles(64 * pixels, 8):
        assert tile.aligned(8) == tile
        assert tile.within(area) == tile
        assert tile.height * tile.width <= 64 * pixels
        places = {(y, x) for y in range(tile.top, tile.bottom, 8) for x in range(tile.left, tile.right, 8)}
        assert not places & seen
        seen |= places
    assert len(seen) == height * width


def test_tiles_are_as_few_and_as_square_as_their_size_allows() -> None:
    assert list(Area(0, 0, 1024, 1536).tiles(2**21, 64)) == [Area(0, 0, 1024, 1536)]
    tiles = list(Area(0, 0, 10048, 10048).tiles(2**21, 16))
    assert len(tiles) <= 50
    assert all(1.5 > tile.width / tile.height > 0.7 for tile in tiles)
    assert len(list(Area(0, 0, 64, 2**20).tiles(2**21, 64))) == 32


def test_an_area_that_no_unit_divides_keeps_its_edge() -> None:
    tiles = list(Area(0, 0, 20, 4).tiles(32, 8))
    assert tiles == [Area(0, 0, 8, 4), Area(8, 0, 16, 4), Area(16, 0, 20, 4)]


def test_places_count_positions_of_a_grid() -> None:
    assert Area(64, 128, 192, 256).places(Area(96, 128, 128, 160), 16) == (slice(2, 4), slice(0, 2))
