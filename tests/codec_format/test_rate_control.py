"""Target size and target PSNR: the file found meets the target, and its neighbour does not."""

import numpy as np
import pytest

from codec_format.codec import Codec
from codec_format.errors import CancelledError, SettingsError
from codec_format.metrics import psnr
from codec_format.model_package import ModelPackage
from codec_format.picture import Picture
from codec_format.rate_control import encode_to_target, is_at_target
from codec_format.settings import (
    EncodeSettings,
    TargetPsnr,
    TargetShare,
    TargetSize,
    parse_target_size,
    target_for,
)

QUALITIES = range(101)


@pytest.fixture(scope="module")
def codec(tiny_package: ModelPackage) -> Codec:
    return Codec(tiny_package)


@pytest.fixture(scope="module")
def picture() -> Picture:
    y, x = np.mgrid[0:95, 0:130]
    rough = np.random.default_rng(3).integers(0, 50, (95, 130))
    return Picture(np.stack([x, 200 - y, 90 + rough], -1).astype(np.uint8), exif=b"II*\0\x08\0\0\0\0\0\0\0\0\0")


@pytest.fixture(scope="module")
def files(codec: Codec, picture: Picture) -> dict[int, bytes]:
    """What every quality gives."""
    return {quality: codec.encode(picture, EncodeSettings(quality)) for quality in QUALITIES}


@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.77, 0.98])
def test_the_file_just_fits_the_target_size(
    codec: Codec, picture: Picture, files: dict[int, bytes], share: float
) -> None:
    sizes = sorted({len(data) for data in files.values()})
    target = round(sizes[0] + share * (sizes[-1] - sizes[0]))
    result = encode_to_target(codec, picture, TargetSize(target))
    assert result.reached
    assert result.data == files[result.quality]
    assert len(result.data) <= target
    # The next better quality does not fit any more.
    assert (
        len(next(files[quality] for quality in QUALITIES[result.quality :] if files[quality] != result.data)) > target
    )
    assert result.attempts <= 8


def test_a_target_of_exactly_a_file_s_size_gives_that_file(
    codec: Codec, picture: Picture, files: dict[int, bytes]
) -> None:
    result = encode_to_target(codec, picture, TargetSize(len(files[50])))
    assert len(result.data) == len(files[50])


@pytest.mark.parametrize("quality", [0, 13, 50, 88])
def test_the_picture_just_has_the_target_psnr(
    codec: Codec, picture: Picture, files: dict[int, bytes], quality: int
) -> None:
    def measured(data: bytes) -> float:
        return psnr(picture.pixels, codec.decode(data).picture.pixels)

    target = measured(files[quality])
    result = encode_to_target(codec, picture, TargetPsnr(target))
    assert result.reached
    assert result.data == files[result.quality]
    assert measured(result.data) >= target
    # The next lower quality is not enough.
    if result.quality > 0:
        assert measured(files[result.quality - 1]) < target


def test_targets_out_of_reach_give_the_nearest_file_and_say_so(
    codec: Codec, picture: Picture, files: dict[int, bytes]
) -> None:
    smallest = encode_to_target(codec, picture, TargetSize(1))
    assert (smallest.reached, smallest.data) == (False, files[0])
    best = encode_to_target(codec, picture, TargetPsnr(99))
    assert (best.reached, best.data) == (False, files[100])
    largest = encode_to_target(codec, picture, TargetSize(10**9))
    assert (largest.reached, largest.data) == (True, files[100])


@pytest.mark.parametrize("quality", [0, 49, 50, 100])
def test_a_file_is_at_a_target_size_if_the_search_would_end_with_it(
    codec: Codec, picture: Picture, files: dict[int, bytes], quality: int
) -> None:
    target = TargetSize(len(files[50]))
    found = encode_to_target(codec, picture, target).data
    assert is_at_target(codec, picture, target, files[quality]) == (files[quality] == found)


def test_a_file_is_at_a_target_psnr_if_it_is_enough_and_the_quality_below_is_not(
    codec: Codec, picture: Picture, files: dict[int, bytes]
) -> None:
    values = [psnr(picture.pixels, codec.decode(files[quality]).picture.pixels) for quality in QUALITIES]
    rising = next(at for at in QUALITIES if at and values[at - 1] < values[at])
    target = TargetPsnr(values[rising])
    assert is_at_target(codec, picture, target, files[rising])
    assert not is_at_target(codec, picture, target, files[rising - 1])
    assert is_at_target(codec, picture, target, encode_to_target(codec, picture, target).data)


@pytest.mark.parametrize(("target", "end"), [(TargetSize(1), 0), (TargetPsnr(99), 100), (TargetSize(10**9), 100)])
def test_a_file_at_the_end_of_the_qualities_is_at_a_target_beyond_it(
    codec: Codec, picture: Picture, files: dict[int, bytes], target: TargetSize | TargetPsnr, end: int
) -> None:
    assert is_at_target(codec, picture, target, files[end])
    assert not is_at_target(codec, picture, target, files[50])


def test_the_other_settings_are_kept(codec: Codec, picture: Picture) -> None:
    with_metadata = encode_to_target(codec, picture, TargetPsnr(20))
    without = encode_to_target(codec, picture, TargetPsnr(20), EncodeSettings(keep_metadata=False))
    assert with_metadata.quality == without.quality
    assert len(without.data) < len(with_metadata.data)


def test_progress_rises_to_one(codec: Codec, picture: Picture) -> None:
    fractions: list[float] = []
    encode_to_target(codec, picture, TargetSize(2000), progress=fractions.append)
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1


def test_a_cancel_between_two_attempts_ends_the_search(codec: Codec, picture: Picture) -> None:
    fractions: list[float] = []
    with pytest.raises(CancelledError):
        encode_to_target(
            codec, picture, TargetSize(2000), progress=fractions.append, cancel=lambda: fractions[-1:] > [0.1]
        )


def test_target_sizes_are_read_as_people_write_them() -> None:
    written = ("90000", "90KB", "0.09 mb", "45%", "90000b")
    assert {target_for(parse_target_size(text), 200_000) for text in written} == {TargetSize(90_000)}
    assert target_for(TargetShare(0.1), 10) == TargetSize(1)
    for text in ("", "KB", "-3", "90GB", "1e3", "12 percent", "0", "0%"):
        with pytest.raises(SettingsError):
            parse_target_size(text)


@pytest.mark.parametrize(
    "make",
    [lambda: TargetSize(0), lambda: TargetShare(0), lambda: TargetPsnr(0), lambda: TargetPsnr(float("nan"))],
)
def test_senseless_targets_are_refused(make: type) -> None:
    with pytest.raises(SettingsError):
        make()
