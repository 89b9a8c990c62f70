"""The figures beside the pictures, as they are written."""

import math
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QLocale

from desktop.views import texts


@pytest.fixture(autouse=True)
def _country() -> Iterator[None]:
    before = QLocale()
    QLocale.setDefault(QLocale("en_US"))
    yield
    QLocale.setDefault(before)


@pytest.mark.parametrize(
    ("byte_count", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.00 KB"),
        (9994, "9.99 KB"),
        (9995, "10.0 KB"),
        (48_230, "48.2 KB"),
        (999_499, "999 KB"),
        (999_500, "1.00 MB"),
        (12_340_000, "12.3 MB"),
    ],
)
def test_sizes_have_three_figures(byte_count: int, text: str) -> None:
    assert texts.size(byte_count) == text


def test_shares_seconds_and_decibels() -> None:
    assert texts.share(42, 10_000) == "0.42 %"
    assert texts.share(128, 1000) == "12.8 %"
    assert texts.share(1500, 1000) == "150 %"
    assert texts.seconds(0.0836) == "84 ms"
    assert texts.seconds(0.9996) == "1.00 s"
    assert texts.seconds(18.2) == "18 s"
    assert texts.decibels(33.987) == "33.99 dB"
    assert texts.decibels(math.inf) == "identical"


def test_numbers_are_written_as_in_the_user_s_country() -> None:
    QLocale.setDefault(QLocale("de_DE"))
    assert texts.size(1_171_300) == "1,17 MB"
    assert texts.exact_size(1_171_300) == "1.171.300 bytes"
