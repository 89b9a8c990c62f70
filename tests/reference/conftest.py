"""Fixtures of the whole-file tests."""

from pathlib import Path

import pytest

from codec_format.codec import Codec
from codec_format.model_package import ModelPackage
from tests.codec_format.golden import TINY_PACKAGE


@pytest.fixture(scope="session")
def package_file() -> Path:
    """A portable package of three latent blocks."""
    return TINY_PACKAGE


@pytest.fixture(scope="session")
def codec(package_file: Path) -> Codec:
    """The product's codec for that package."""
    return Codec(ModelPackage.load(package_file), "cpu")
