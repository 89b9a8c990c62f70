"""Alpha, grey and orientation on the whole way through a .qres file."""

from dataclasses import replace

import numpy as np
import pytest

from codec_format.codec import Codec
from codec_format.container import read_container, write_container
from codec_format.errors import FormatError
from codec_format.model_package import ModelPackage
from codec_format.picture import Picture, is_grey, to_grey, turned
from codec_format.settings import EncodeSettings


@pytest.fixture(scope="module")
def codec(tiny_package: ModelPackage) -> Codec:
    return Codec(tiny_package, "cpu")


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(height * 10007 + width).integers(0, 256, (height, width, 3), dtype=np.uint8)


def disc(height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width]
    return np.clip((min(height, width) / 3 - np.hypot(y - height / 2, x - width / 2)) * 40, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (70, 130), (65, 64)])
def test_alpha_comes_back_exactly(codec: Codec, height: int, width: int) -> None:
    alpha = disc(height, width)
    data = codec.encode(Picture(noise(height, width), alpha=alpha), EncodeSettings(90))
    for blocks in (1, None):
        decoded = codec.decode(data, blocks).picture
        assert decoded.alpha is not None
        np.testing.assert_array_equal(decoded.alpha, alpha)
    for result in codec.progressive(data):
        np.testing.assert_array_equal(result.picture.alpha, alpha)


def test_colours_under_transparent_pixels_change_nothing_in_the_file(codec: Codec) -> None:
    alpha = disc(96, 96)
    pixels = noise(96, 96)
    other = np.where(alpha[..., None] > 0, pixels, 255 - pixels)
    assert codec.encode(Picture(pixels, alpha=alpha)) == codec.encode(Picture(other, alpha=alpha))


def test_hidden_noise_is_not_coded(codec: Codec) -> None:
    """A flat disc on hidden noise has the symbols of a picture that is flat everywhere."""
    visible = np.full((128, 128, 3), 90, np.uint8)
    alpha = disc(128, 128)
    hidden_noise = np.where(alpha[..., None] > 0, visible, noise(128, 128))
    streams = [
        read_container(codec.encode(picture, EncodeSettings(90))).blocks
        for picture in (Picture(hidden_noise, alpha=alpha), Picture(visible), Picture(hidden_noise))
    ]
    assert streams[0] == streams[1] != streams[2]


def test_opaque_pictures_have_no_alpha_chunk(codec: Codec) -> None:
    data = codec.encode(Picture(noise(20, 20)))
    assert read_container(data).alpha is None
    assert codec.decode(data).picture.alpha is None


def test_an_alpha_channel_of_another_size_is_refused(codec: Codec) -> None:
    container = read_container(codec.encode(Picture(noise(20, 20), alpha=disc(20, 20))))
    header = replace(container.header, width=21)
    with pytest.raises(FormatError, match="alpha"):
        codec.decode(write_container(replace(container, header=header)))


def test_a_damaged_alpha_chunk_is_reported_and_the_picture_shown(codec: Codec) -> None:
    data = bytearray(codec.encode(Picture(noise(20, 20), alpha=disc(20, 20))))
    data[data.index(b"VP8L") + 12] ^= 1
    result = codec.decode(bytes(data))
    assert result.picture.alpha is None
    assert any("alpha channel" in warning for warning in result.warnings)


@pytest.mark.parametrize("alpha", [False, True])
def test_grey_pictures_stay_grey(codec: Codec, alpha: bool) -> None:
    channel = disc(70, 50) if alpha else None
    picture = Picture(to_grey(noise(70, 50)), alpha=channel)
    data = codec.encode(picture, EncodeSettings(40))
    assert read_container(data).header.grey
    for blocks in (1, 2, None):
        assert codec.decode(data, blocks).picture.is_grey
    # The tiny model would tint it otherwise: the flag is what keeps it grey.
    container = read_container(data)
    tinted = codec.decode(write_container(replace(container, header=replace(container.header, grey=False)))).picture
    assert not tinted.is_grey
    np.testing.assert_array_equal(to_grey(tinted.pixels), codec.decode(data).picture.pixels)


def test_colours_under_transparent_pixels_do_not_make_a_picture_coloured(codec: Codec) -> None:
    alpha = disc(64, 64)
    pixels = np.where(alpha[..., None] > 0, to_grey(noise(64, 64)), noise(64, 64))
    assert not is_grey(pixels)
    assert codec.decode(codec.encode(Picture(pixels, alpha=alpha))).picture.is_grey


def test_colour_pictures_are_not_marked_grey(codec: Codec) -> None:
    pixels = to_grey(noise(300, 8))
    pixels[-1, -1, 0] ^= 1
    assert not read_container(codec.encode(Picture(pixels))).header.grey


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_of_the_header_is_honoured(codec: Codec, orientation: int) -> None:
    alpha = np.ascontiguousarray(np.tile(np.arange(50, dtype=np.uint8), (30, 1)))
    data = codec.encode(Picture(noise(30, 50), alpha=alpha), EncodeSettings(90))
    upright = codec.decode(data).picture
    container = read_container(data)
    assert container.header.orientation == 1
    stored = write_container(replace(container, header=replace(container.header, orientation=orientation)))
    decoded = codec.decode(stored).picture
    np.testing.assert_array_equal(decoded.pixels, turned(upright.pixels, orientation))
    np.testing.assert_array_equal(decoded.alpha, turned(alpha, orientation))
    assert (decoded.height, decoded.width) == ((30, 50) if orientation < 5 else (50, 30))
