"""Fitting a scale network to a frozen model."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.training.small_model import SMALL_PUBLISHED, picture_folder, small_model, small_preset
from training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from training.fit_scale_network import count_symbols, main
from training.preset import Preset, preset_from_dict


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
    assert after < 0.95 * before
    for name, value in model.state_dict().items():
        assert name.startswith("scale_network.") or torch.equal(value, fitted.ema[name])
    assert fitted.symbol_counts is not None
    assert int(fitted.symbol_counts.sum()) > 0


def test_published_model_gets_a_network_of_its_own(tmp_path: Path) -> None:
    preset = preset_from_dict(SMALL_PUBLISHED)
    torch.manual_seed(0)
    model = preset.build_model()
    fitted = fit(tmp_path, preset, model, 5)
    assert "scale_network" in fitted.preset.model
    rebuilt = fitted.preset.build_model()
    rebuilt.load_state_dict(fitted.ema)
    assert rebuilt.scale_network is not None
    for name, value in model.state_dict().items():
        assert torch.equal(value, fitted.ema[name]), name


def test_counts_add_up_to_the_symbols_of_their_tables() -> None:
    network = small_model().scale_network
    network.quantised = True
    generator = torch.Generator().manual_seed(0)
    symbols = [
        torch.round(6 * torch.randn((2, shape.channels, 128 // shape.stride, 64 // shape.stride), generator=generator))
        for shape in network.shapes
    ]
    quality_index = torch.tensor([3, 60])
    counts = torch.zeros(network.table_count, 5, dtype=torch.int32)
    count_symbols(network, quality_index, symbols, counts)
    indices = network(quality_index, symbols)
    for table in range(network.table_count):
        coded = torch.cat([r[i == table] for r, i in zip(symbols, indices, strict=True)]).abs().clamp_max(4)
        assert counts[table].tolist() == [int((coded == magnitude).sum()) for magnitude in range(5)]


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (["--crop", "100"], "multiple of 64"),
        (["--steps", "0"], "must be positive"),
        (["--data", "absent"], "absent does not exist"),
        (["--device", "abacus"], "no device abacus"),
        (["--output", "source.safetensors/out"], "Cannot write the checkpoint"),
    ],
)
def test_wrong_options_end_in_a_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    extra: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    model = small_model()
    save_checkpoint(Checkpoint(small_preset(), 9, {}, dict(model.state_dict())), Path("source.safetensors"))
    picture_folder(Path("pictures"), count=2)
    options = ["source.safetensors", "--data", "pictures", "-o", "out.safetensors", "--steps", "1", "--batch", "1"]
    assert main([*options, "--crop", "64", "--device", "cpu", *extra]) == 1
    assert message in capsys.readouterr().err
    assert not Path("out.safetensors").exists()


def test_missing_checkpoint_ends_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "absent"), "--data", str(tmp_path), "-o", str(tmp_path / "out")]) == 1
    assert "absent cannot be read" in capsys.readouterr().err


def test_run_as_a_module(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "training.fit_scale_network", "absent", "--data", ".", "-o", "out"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 1
    assert result.stderr.startswith("error: Checkpoint absent cannot be read")
