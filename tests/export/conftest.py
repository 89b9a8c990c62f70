"""A package from the command line of the exporter, made once."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from tests.export.small_models import TABLES, lively_weights, two_blocks
from training.checkpoint import Checkpoint, save_checkpoint


@dataclass(frozen=True)
class Exported:
    """A checkpoint, the package that was made of it, and what the command printed."""

    checkpoint: Path
    package: Path
    printed: str
    weights: dict[str, torch.Tensor]
    symbol_counts: torch.Tensor


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """The model of `two_blocks`, exported by `python -m export.to_onnx`."""
    folder = tmp_path_factory.mktemp("exported")
    weights = lively_weights(two_blocks())
    counts = torch.zeros(TABLES, 50, dtype=torch.int32)
    counts[3, :4] = torch.tensor([10**6, 10**5, 0, 1])  # of one table: far from Gaussian
    checkpoint = Checkpoint(two_blocks(), 123, {}, weights, symbol_counts=counts)
    save_checkpoint(checkpoint, folder / "last.safetensors")
    result = subprocess.run(
        [sys.executable, "-m", "export.to_onnx", "last.safetensors", "-o", "model.qresmodel", "--name", "lively"],
        cwd=folder,
        env=os.environ | {"PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    assert "warning" not in result.stderr.lower()
    return Exported(folder / "last.safetensors", folder / "model.qresmodel", result.stdout, weights, counts)
