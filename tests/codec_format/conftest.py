"""Frozen packages in place of those that the exporter makes anew: it needs minutes, and is tested elsewhere."""

from pathlib import Path

import pytest

from tests.codec_format.golden import FLOAT_SCALE_PACKAGE, TINY_PACKAGE


@pytest.fixture(scope="session")
def tiny_package_file() -> Path:
    """A portable package of three latent blocks."""
    return TINY_PACKAGE


@pytest.fixture(scope="session")
def float_scale_package_file() -> Path:
    """A package of two latent blocks that is not portable."""
    return FLOAT_SCALE_PACKAGE
