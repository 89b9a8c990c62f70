"""Fitting a lossless head to a frozen model."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.training.small_model import SMALL_PUBLISHED, picture_folder, small_model, small_preset
from training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from training.checkpoint import main as make_compact
from training.fit_lossless_head import main
from training.lossless_head import LosslessHead, logistic_nats
from training.preset import preset_from_dict


def test_command_fits_a_head_and_leaves_the_model_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, target, compact = (tmp_path / f"{name}.safetensors" for name in ("source", "fitted", "compact"))
    model = small_model()
    save_checkpoint(Checkpoint(small_preset(), 9, {}, dict(model.state_dict())), source)
    arguments = [str(source), "--data", str(picture_folder(tmp_path / "pictures")), "-o", str(target)]
    arguments += ["--steps", "20", "--batch", "2", "--crops", "6", "--crop", "64", "--device", "cpu"]
    assert main([*arguments, "--quality-index", "10", "50"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["quality index 10", "quality index 50"]
    fitted = load_checkpoint(target)
    state = fitted.lossless
    assert state is not None
    assert f"quality index {state.quality_index}:" in next(line for line in lines if "chosen" in line)
    assert int(state.counts.sum()) == 6 * 3 * 64 * 64
    for name, value in model.state_dict().items():
        assert torch.equal(value, fitted.ema[name])
    assert make_compact([str(target), "-o", str(compact)]) == 0
    kept = load_checkpoint(compact).lossless
    assert kept is not None
    assert kept.quality_index == state.quality_index
    assert torch.equal(kept.counts, state.counts)
    for name, value in kept.head().state_dict().items():
        assert torch.equal(value, state.weights[name])


def test_what_cannot_be_fitted_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "source.safetensors"
    preset = preset_from_dict(SMALL_PUBLISHED)
    save_checkpoint(Checkpoint(preset, 1, {}, dict(preset.build_model().state_dict())), source)
    arguments = [str(source), "--data", str(tmp_path), "-o", str(tmp_path / "out.safetensors")]
    assert main(arguments) == 1
    assert "Only the shipped architecture" in capsys.readouterr().err
    assert main([*arguments, "--crop", "63"]) == 1
    assert "multiple of 64" in capsys.readouterr().err
    save_checkpoint(Checkpoint(small_preset(), 1, {}, dict(small_model().state_dict())), source)
    assert main([*arguments, "--from", str(source)]) == 1
    assert "has no lossless head to start from" in capsys.readouterr().err


def test_training_lowers_the_rate_and_the_scale_follows_the_residuals() -> None:
    """On residuals whose strength changes over the picture, and which neighbours share."""
    torch.manual_seed(0)
    head = LosslessHead(width=12, hidden=12, scale_count=24, scale_min=0.1, scale_max=32.0)
    base = torch.randint(60, 180, (2, 3, 32, 64)).float()
    strength = torch.cat([torch.full((32,), 0.4), torch.full((32,), 9.0)])
    shared = torch.randn(2, 1, 32, 64) * strength
    original = torch.round(base + shared + 0.3 * torch.randn(2, 3, 32, 64)).clamp(0, 255)
    optimiser = torch.optim.AdamW(head.parameters(), lr=1e-2)
    rates = []
    for step in range(40):
        head.quantised = step >= 30
        nats = head.nats(original, base).sum()
        rates.append(float(nats.detach()))
        optimiser.zero_grad()
        nats.backward()
        torch.nn.utils.clip_grad_norm_(head.parameters(), 1.0)
        optimiser.step()
    assert rates[-1] < 0.8 * rates[0]
    with torch.no_grad():
        _, mean, index = head(original, base)[-3]  # green of the last phase
    assert torch.equal(index, torch.round(index))
    assert torch.equal(4 * mean, torch.round(4 * mean))
    assert index[:, :, 20:].mean() > index[:, :, :12].mean() + 2


def test_logistic_probabilities_sum_to_one() -> None:
    numbers = torch.arange(-2000.0, 2001.0, dtype=torch.float64)
    for scale, mean in ((0.05, 0.25), (1.0, -0.5), (30.0, 0.75)):
        nats = logistic_nats(numbers - mean, torch.tensor(scale, dtype=torch.float64))
        assert float(torch.exp(-nats).sum()) == pytest.approx(1.0, abs=1e-9)
