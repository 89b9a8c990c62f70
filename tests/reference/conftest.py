"""Fixtures of the whole-file tests."""

import pytest

from codec_format.codec import Codec
from codec_format.model_package import ModelPackage


@pytest.fixture(scope="session")
def codec(tiny_package: ModelPackage) -> Codec:
    """The product's codec for that package."""
    return Codec(tiny_package, "cpu")
