"""ICC profiles for colour spaces that are given by CICP numbers."""

import io

import numpy as np
import pytest
from PIL import Image, ImageCms
from PySide6.QtGui import QColorSpace

from codec_format.colour import is_srgb, profile_from_cicp

KNOWN = [
    (1, 8),
    (4, 4),
    (5, 5),
    (6, 6),
    (7, 13),
    (9, 1),
    (9, 14),
    (9, 16),
    (9, 18),
    (11, 13),
    (12, 13),
    (22, 13),
    (2, 8),
]


def to_srgb(profile: bytes, *colours: tuple[int, int, int]) -> list[list[int]]:
    image = Image.fromarray(np.array([colours], np.uint8))
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), renderingIntent=intent)
    assert converted is not None
    return np.asarray(converted)[0].tolist()


@pytest.mark.parametrize(("primaries", "transfer"), KNOWN)
def test_profiles_are_read_by_two_colour_engines(primaries: int, transfer: int) -> None:
    profile = profile_from_cicp(primaries, transfer)
    assert profile is not None
    assert len(profile) < 1200
    assert int.from_bytes(profile[:4], "big") == len(profile)
    assert QColorSpace.fromIccProfile(profile).isValid()
    white, grey, black = to_srgb(profile, (255, 255, 255), (128, 128, 128), (0, 0, 0))
    assert (white, black) == ([255] * 3, [0] * 3)
    assert max(grey) - min(grey) <= 1  # neutral stays neutral


def test_srgb_by_numbers_changes_no_colour() -> None:
    profile = profile_from_cicp(1, 13)
    assert profile is not None
    colours = [(200, 100, 50), (3, 5, 250), (17, 99, 180)]
    assert np.abs(np.array(to_srgb(profile, *colours)) - colours).max() <= 1


def test_the_colours_of_display_p3_are_those_of_its_definition() -> None:
    """Values of CSS Color 4: color(display-p3 1 1 0.5) and others, inside the sRGB gamut or clipped to it."""
    profile = profile_from_cicp(12, 13)
    assert profile is not None
    assert QColorSpace.fromIccProfile(profile) == QColorSpace(QColorSpace.NamedColorSpace.DisplayP3)
    ((red, green, blue),) = to_srgb(profile, (200, 100, 50))
    assert (red, green, blue) == pytest.approx((215, 93, 31), abs=1)


def test_the_numbers_stay_readable_in_the_profile() -> None:
    profile = profile_from_cicp(9, 16)
    assert profile is not None
    assert b"cicp" + bytes(4) + bytes((9, 16, 0, 1)) in profile
    assert QColorSpace.fromIccProfile(profile) == QColorSpace(QColorSpace.NamedColorSpace.Bt2100Pq)


@pytest.mark.parametrize("transfer", [16, 18])
def test_hdr_curves_rise_and_leave_room_for_highlights(transfer: int) -> None:
    profile = profile_from_cicp(9, transfer)
    assert profile is not None
    greys = [value[1] for value in to_srgb(profile, *[(level, level, level) for level in range(256)])]
    assert greys == sorted(greys)
    # Reference white (BT.2408: 58 % of PQ, 75 % of HLG) comes out bright, but not at the end of the scale.
    assert 175 < greys[{16: 148, 18: 191}[transfer]] < 215


@pytest.mark.parametrize(("primaries", "transfer"), [(10, 13), (0, 0), (9, 17), (255, 255)])
def test_unknown_numbers_give_no_profile(primaries: int, transfer: int) -> None:
    assert profile_from_cicp(primaries, transfer) is None


def test_what_needs_no_profile() -> None:
    assert is_srgb(1, 13)
    assert is_srgb(2, 2)
    assert not is_srgb(12, 13)
    assert not is_srgb(1, 16)
