"""The comparison at equal training, with small models of two architectures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.training.small_model import picture_folder, preset_file, small_model
from training.checkpoint import load_checkpoint
from training.compare import Measured, estimate, main, table

HYPERPRIOR = """
name = "small-hyperprior"
architecture = "hyperprior"
[model]
lambda = 64.0
width = 4
channels = 4
[training]
distortion = "mse"
batch = 1
crop = 64
optimiser = "muon"
learning_rate = 2e-3
adam_learning_rate = 1e-3
weight_decay = 0.0
warm_up = 0
hierarchy_warm_up = 0
decay = 0.2
gradient_clip = 1.0
ema = 0.0
lambda_weight = 0.0
downscale = 1.0
drawn = 0.0
recoloured = 0.0
"""


def test_every_preset_is_trained_at_every_lambda_and_measured_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "hyperprior.toml").write_text(HYPERPRIOR)
    pictures, data = picture_folder(tmp_path / "measure", count=2), picture_folder(tmp_path / "train")
    output = tmp_path / "comparison"
    options = ["--presets", str(tmp_path / "hyperprior.toml"), str(preset_file(tmp_path)), "--lambdas", "256", "16"]
    options += ["--data", str(data), "--pictures", str(pictures), "-o", str(output), "--batch", "1", "--steps", "2"]
    assert main(options) == 0
    results = [Measured(**entry) for entry in json.loads((output / "comparison.json").read_text())]
    assert [(r.preset, r.loss_lambda, r.steps) for r in results] == [
        ("small-hyperprior", 16.0, 2),
        ("small-hyperprior", 256.0, 2),
        ("small", 16.0, 2),
        ("small", 256.0, 2),
    ]
    printed = capsys.readouterr().out
    assert (output / "comparison.md").read_text() in printed
    assert (output / "comparison.png").read_bytes().startswith(b"\x89PNG")
    checkpoint = load_checkpoint(output / "small-16" / "last.safetensors")
    assert checkpoint.preset.model["quality_count"] == 1
    assert checkpoint.preset.model["lambda_min"] == checkpoint.preset.model["lambda_max"] == 16.0

    before = {path: path.stat().st_mtime_ns for path in output.glob("*/*.safetensors")}
    assert len(before) == 4
    assert main(options) == 0
    assert {path: path.stat().st_mtime_ns for path in before} == before


@torch.no_grad()
def test_estimates_are_of_the_picture_without_its_padding() -> None:
    model = small_model()
    pixels = np.random.default_rng(0).integers(0, 256, (64, 128, 3), dtype=np.uint8)
    result = model(torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255, torch.zeros(1), rounded=True)
    bpp, decibels = estimate(model, pixels)
    assert bpp == pytest.approx(float(result.bits_per_pixel()), rel=1e-5)
    assert 0 < decibels < 30
    cut = pixels[:40, :70]
    padded = np.pad(cut, [(0, 24), (0, 58), (0, 0)], mode="edge")
    assert estimate(model, cut)[0] == pytest.approx(estimate(model, padded)[0] * 64 * 128 / (40 * 70), rel=1e-5)


def test_the_table_compares_curves_that_overlap() -> None:
    def curve(preset: str, factor: float) -> list[Measured]:
        return [Measured(preset, 2.0**n, 7, 10**6, 2e3, 1e3, factor * 2.0**n, 30.0 + 3 * n) for n in range(3)]

    text = table([*curve("anchor", 1.0), *curve("better", 0.8)])
    assert text.count("\n") == 2 + 6
    assert "| anchor | 1.00 M | 2.0 / 1.0 | 1 | 1.000 | 30.00 |  |" in text
    assert "| better | 1.00 M | 2.0 / 1.0 | 1 | 0.800 | 30.00 | -20.0 % (30.0..36.0 dB) |" in text
    assert "| other | 1.00 M | 2.0 / 1.0 | 1 | 1.000 | 30.00 | - |" in table(
        [*curve("anchor", 1.0), *curve("other", 1.0)[:1]]
    )


def test_missing_pictures_end_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--data", str(tmp_path), "--pictures", str(tmp_path / "absent"), "-o", str(tmp_path), "--steps", "1"]
    assert main(options) == 1
    assert "There is no folder" in capsys.readouterr().err
