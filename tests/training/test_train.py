"""The training command: it learns, resumes with identical results, and says what is wrong."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from tests.training.small_model import picture_folder, preset_file, small_preset
from training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from training.errors import TrainingError
from training.train import LossStatistics, main


def run(folder: Path, steps: int, *extra: str, **training: object) -> int:
    pictures = picture_folder(folder.parent / "pictures")
    arguments = ["--preset", str(preset_file(folder.parent, **training)), "--data", str(pictures)]
    arguments += ["--output", str(folder), "--steps", str(steps), "--device", "cpu", "--threads", "1"]
    return main([*arguments, *extra])


def test_interrupted_run_ends_with_the_same_weights(tmp_path: Path) -> None:
    assert run(tmp_path / "whole", 6, "--decay-steps", "2") == 0
    assert run(tmp_path / "parts", 3, "--decay-steps", "0") == 0
    assert run(tmp_path / "parts", 6, "--decay-steps", "2") == 0
    whole, parts = (load_checkpoint(tmp_path / name / "last.safetensors") for name in ("whole", "parts"))
    assert whole.step == parts.step == 6
    for group in ("model", "ema", "optimisers"):
        expected, actual = getattr(whole, group), getattr(parts, group)
        assert expected.keys() == actual.keys()
        for name, value in expected.items():
            assert torch.equal(value, actual[name]), name


def test_training_lowers_the_loss(tmp_path: Path) -> None:
    assert run(tmp_path / "run", 40, "--float32", learning_rate=0.02, adam_learning_rate=0.01, ema=0.9) == 0
    torch.manual_seed(small_preset().seed)
    untrained = small_preset().build_model()
    trained = small_preset().build_model()
    trained.load_state_dict(load_checkpoint(tmp_path / "run" / "last.safetensors").ema)
    picture = torch.linspace(0, 1, 64 * 64).view(1, 1, 64, 64).expand(1, 3, 64, 64)
    quality_index = torch.tensor([32.0])
    losses = []
    for model in (untrained, trained):
        with torch.no_grad():
            result = model(picture, quality_index, rounded=True)
        error = (result.reconstruction - (2 * picture - 1)).square().mean()
        losses.append(float(result.nats.sum() / picture.numel() + model.lambda_of(quality_index) * error))
    assert losses[1] < 0.7 * losses[0]


def test_branch_starts_from_the_given_checkpoint(tmp_path: Path) -> None:
    assert run(tmp_path / "trunk", 3, "--decay-steps", "0") == 0
    trunk = tmp_path / "trunk" / "last.safetensors"
    assert run(tmp_path / "branch", 5, "--from", str(trunk)) == 0
    assert load_checkpoint(tmp_path / "branch" / "last.safetensors").step == 5
    assert load_checkpoint(trunk).step == 3


def test_ms_ssim_training_runs(tmp_path: Path) -> None:
    pictures = picture_folder(tmp_path / "large", count=2, side=200)
    arguments = [
        "--preset",
        str(preset_file(tmp_path, distortion="ms-ssim", batch=1, crop=192)),
        "--data",
        str(pictures),
    ]
    assert main([*arguments, "--output", str(tmp_path / "run"), "--steps", "1", "--device", "cpu"]) == 0


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        (["--preset", "no-such-preset"], "no preset"),
        (["--data", "/no/such/folder"], "does not exist"),
        (["--crop", "100"], "multiple of 64"),
        (["--crop", "4096"], "No training picture"),
        (["--from", "/no/such/checkpoint"], "cannot be read"),
    ],
)
def test_bad_arguments_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], extra: list[str], expected: str
) -> None:
    assert run(tmp_path / "run", 1, *extra) == 1
    assert expected in capsys.readouterr().err


def test_wrong_model_settings_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    preset = preset_file(tmp_path)
    preset.write_text(preset.read_text().replace("embedding_width", "embeding_width"))
    pictures = picture_folder(tmp_path / "pictures")
    assert (
        main(["--preset", str(preset), "--data", str(pictures), "--output", str(tmp_path / "r"), "--steps", "1"]) == 1
    )
    assert "embedding_width" in capsys.readouterr().err


def test_diverged_run_stops_with_an_explanation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "run", 500, learning_rate=1e6, adam_learning_rate=1e6) == 1
    assert "diverged" in capsys.readouterr().err


def test_outliers_are_skipped_and_forgotten() -> None:
    statistics = LossStatistics()
    assert all(statistics.accepts(1.0 + 0.01 * (n % 3)) for n in range(300))
    assert not statistics.accepts(5.0)
    assert not statistics.accepts(math.nan)
    assert statistics.accepts(1.02)
    assert statistics.skipped_in_a_row == 0


def test_full_disk_keeps_the_older_checkpoint(tmp_path: Path) -> None:
    weights = {"weight": torch.arange(4.0)}
    checkpoint = Checkpoint(small_preset(), 7, weights, weights)
    target = tmp_path / "last.safetensors"
    save_checkpoint(checkpoint, target)
    (tmp_path / "last.safetensors.part").mkdir()  # nothing can be written there
    checkpoint.step = 8
    with pytest.raises(TrainingError, match="Cannot write"):
        save_checkpoint(checkpoint, target)
    assert load_checkpoint(target).step == 7


def test_compact_checkpoint_holds_the_average_in_half_precision(tmp_path: Path) -> None:
    weights = {"weight": torch.tensor([1.0, 0.1])}
    path = tmp_path / "compact.safetensors"
    save_checkpoint(Checkpoint(small_preset(), 5, {"weight": torch.zeros(2)}, weights), path, compact=True)
    loaded = load_checkpoint(path)
    assert loaded.step == 5
    assert torch.allclose(loaded.model["weight"], weights["weight"], atol=1e-3)


@pytest.mark.parametrize("content", [b"", b"not safetensors", b"\xff" * 64])
def test_damaged_checkpoint_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.safetensors"
    path.write_bytes(content)
    with pytest.raises(TrainingError, match="cannot be read"):
        load_checkpoint(path)
