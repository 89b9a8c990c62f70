"""Settings and model packages for the whole test run."""

import os
from pathlib import Path

import pytest

from codec_format.model_package import ModelPackage
from tests.codec_format.golden import FLOAT_SCALE_PACKAGE, TINY_PACKAGE

# Windows are drawn into memory: no screen is needed. Set QT_QPA_PLATFORM yourself to watch them.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# PyTorch's threads wait for each other at every layer: on a busy computer two take minutes where one takes seconds.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def tiny_package_file() -> Path:
    """A portable package of three latent blocks, made by the real exporter and frozen."""
    return TINY_PACKAGE


@pytest.fixture(scope="session")
def tiny_package(tiny_package_file: Path) -> ModelPackage:
    """The package of `tiny_package_file`, loaded."""
    return ModelPackage.load(tiny_package_file)


@pytest.fixture(scope="session")
def float_scale_package_file() -> Path:
    """A frozen package of two latent blocks that is not portable."""
    return FLOAT_SCALE_PACKAGE
