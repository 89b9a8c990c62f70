"""Settings for the whole test run."""

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codec_format.model_package import ModelPackage

# Windows are drawn into memory: no screen is needed. Set QT_QPA_PLATFORM yourself to watch them.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(scope="session")
def tiny_package_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A portable package of three latent blocks, exported from a small untrained model by the real exporter."""
    model_config = {
        "quality_count": 64,
        "lambda_min": 8.0,
        "lambda_max": 4096.0,
        "embedding_width": 8,
        "bottom_up": [{"stride": stride, "width": 8, "hidden": 8, "blocks": 1} for stride in (4, 8, 16, 32, 64)],
        "top_down": [
            {"stride": stride, "width": 8, "hidden": 8, "blocks": 1, "channels": 4} for stride in (64, 32, 16)
        ],
        "synthesis": {"width": 8, "hidden": 8, "blocks": 1},
        "scale_network": {"width": 8, "table_count": 64, "scale_min": 0.05, "scale_max": 256.0},
    }
    from training.model import QRes

    return _export(QRes, model_config, tmp_path_factory.mktemp("packages") / "tiny.qresmodel")


@pytest.fixture(scope="session")
def tiny_package(tiny_package_file: Path) -> ModelPackage:
    """The package of `tiny_package_file`, loaded."""
    return ModelPackage.load(tiny_package_file)


@pytest.fixture(scope="session")
def float_scale_package_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package of two latent blocks that is not portable: the published architecture, small and untrained."""
    model_config = {
        "lambda": 256.0,
        "input_shift": -0.45,
        "input_scale": 3.7,
        "bottom_up": [
            {"stride": 4, "width": 8, "blocks": 1, "kernel": 3},
            {"stride": 16, "width": 16, "blocks": 1, "kernel": 3, "transition_kernel": 3},
            {"stride": 64, "width": 16, "blocks": 1, "kernel": 1, "transition_kernel": 3},
        ],
        "top_down": [
            {"stride": 64, "width": 16, "blocks": 1, "kernel": 1, "channels": 4},
            {"stride": 16, "width": 16, "blocks": 1, "kernel": 3, "channels": 4, "upsample": "pixel-shuffle"},
        ],
    }
    import torch

    from training.published import PublishedQResVAE

    def build(config: dict[str, Any]) -> PublishedQResVAE:
        model = PublishedQResVAE(config)
        for block in model.latent_blocks:
            # Untrained, the network would code zeros only, all with one table.
            torch.nn.init.normal_(block.prior_convs.c4.weight)
            torch.nn.init.normal_(block.posterior_convs.c4.weight, std=4.0)
        return model

    return _export(build, model_config, tmp_path_factory.mktemp("packages") / "float.qresmodel")


def _export(architecture: Callable[[dict[str, Any]], Any], config: dict[str, Any], path: Path) -> Path:
    # PyTorch takes seconds to load, which only tests that need a package should pay.
    import torch

    from export.to_onnx import export_package

    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = architecture(config)
    export_package(model, path, name=path.stem, architecture="test")
    return path
