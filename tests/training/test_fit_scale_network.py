"""Fitting a scale network to a frozen model, and its export."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from codec_format import Codec, Picture
from codec_format.model_package import ModelPackage
from export.to_onnx import main as export
from tests.training.small_model import picture_folder, small_model, small_preset
from training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from training.fit_scale_network import main
from training.preset import Preset, preset_from_dict

SMALL_PUBLISHED = {
    "name": "small-published",
    "architecture": "published-qres-vae",
    "seed": 3,
    "model": {
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
    },
    "training": {},
}


def fit(tmp_path: Path, preset: Preset, model: torch.nn.Module, steps: int) -> Checkpoint:
    source, target = tmp_path / "source.safetensors", tmp_path / "fitted.safetensors"
    save_checkpoint(Checkpoint(preset, 9, {}, dict(model.state_dict())), source)
    pictures = picture_folder(tmp_path / "pictures")
    arguments = [str(source), "--data", str(pictures), "-o", str(target), "--steps", str(steps), "--device", "cpu"]
    assert main([*arguments, "--batch", "2", "--crop", "64", "--learning-rate", "0.01"]) == 0
    return load_checkpoint(target)


def test_fitting_saves_bits_and_leaves_the_rest_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = small_model()
    fitted = fit(tmp_path, small_preset(), model, 60)
    words = capsys.readouterr().out.split()
    before, after = (float(words[words.index("bpp") - 1]), float(words[words.index("after") - 2]))
    assert after < 0.9 * before
    for name, value in model.state_dict().items():
        assert name.startswith("scale_network.") or torch.equal(value, fitted.ema[name])
    assert fitted.symbol_counts is not None
    assert int(fitted.symbol_counts.sum()) > 0


def test_published_model_becomes_portable(tmp_path: Path) -> None:
    preset = preset_from_dict(SMALL_PUBLISHED)
    torch.manual_seed(0)
    model = preset.build_model()
    fitted = fit(tmp_path, preset, model, 5)
    assert "scale_network" in fitted.preset.model
    package_path = tmp_path / "published.qresmodel"
    assert export([str(tmp_path / "fitted.safetensors"), "-o", str(package_path)]) == 0
    package = ModelPackage.load(package_path)
    assert package.manifest.portable
    pixels = np.random.default_rng(0).integers(0, 256, (70, 90, 3), dtype=np.uint8)
    codec = Codec(package, "cpu")
    data = codec.encode(Picture(pixels))
    result = codec.decode(data)
    assert result.picture.pixels.shape == pixels.shape
    assert not result.warnings
