"""A frozen package in place of one that the exporter makes anew, which takes long and is tested in `tests/export`."""

from pathlib import Path

import pytest

from tests.codec_format.golden import TINY_PACKAGE


@pytest.fixture(scope="session")
def tiny_package_file() -> Path:
    """A portable package of three latent blocks."""
    return TINY_PACKAGE
