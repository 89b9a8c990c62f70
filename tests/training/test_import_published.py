import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from tests.training.published_values import published_checkpoint
from training.checkpoint import load_checkpoint
from training.errors import TrainingError
from training.import_published import import_published, main, read_checkpoint


@pytest.fixture(scope="module")
def checkpoint() -> dict[str, Tensor]:
    return published_checkpoint("qres17m")


@pytest.mark.parametrize("name", ["weights.pt", "weights.safetensors"])
def test_imports_a_checkpoint_file(checkpoint: dict[str, Tensor], tmp_path: Path, name: str) -> None:
    if name.endswith(".pt"):
        torch.save({"model": checkpoint}, tmp_path / name)
    else:
        save_file(checkpoint, tmp_path / name)
    output = tmp_path / "out.safetensors"
    assert main([str(tmp_path / name), "-o", str(output), "--lambda", "32"]) == 0
    imported = load_checkpoint(output)
    assert imported.preset.name == "qres17m"
    assert imported.preset.model["lambda"] == 32
    weights = imported.ema
    for ours, theirs in (
        ("bottom_up_path.8.downsample.weight", "encoder.enc_blocks.7.downsapmle.weight"),
        ("latent_blocks.3.upsample.weight", "decoder.dec_blocks.4.weight"),
        ("latent_blocks.11.posterior_convs.c3.bias", "decoder.dec_blocks.14.posterior.c3.bias"),
    ):
        assert torch.equal(weights[ours], checkpoint[theirs])


def test_half_precision_becomes_float32_and_other_tensors_are_named(checkpoint: dict[str, Tensor]) -> None:
    published = {name: value.half() for name, value in checkpoint.items()} | {"tables.cdf": torch.zeros(3)}
    _, weights, left_out = import_published(published)
    assert {weight.dtype for weight in weights.values()} == {torch.float32}
    assert left_out == ["tables.cdf"]


def test_missing_and_misshapen_parameters_are_named(checkpoint: dict[str, Tensor]) -> None:
    incomplete = dict(checkpoint)
    del incomplete["decoder.dec_blocks.15.0.bias"]
    with pytest.raises(TrainingError, match=r"qres17m: decoder\.dec_blocks\.15\.0\.bias is missing"):
        import_published(incomplete)
    misshapen = checkpoint | {"decoder.bias": torch.zeros(1, 3, 1, 1)}
    with pytest.raises(TrainingError, match=r"decoder\.bias has shape \[1, 3, 1, 1\], not \[1, 288, 1, 1\]"):
        import_published(misshapen)


def test_weights_that_are_not_finite_are_refused(checkpoint: dict[str, Tensor]) -> None:
    with pytest.raises(TrainingError, match=r"decoder\.bias holds values that are not finite"):
        import_published(checkpoint | {"decoder.bias": torch.full((1, 288, 1, 1), torch.nan)})


class Trap:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("trap",)


def test_pickled_code_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"model": Trap()}, tmp_path / "trap.pt")
    with pytest.raises(TrainingError, match="more than tensors"):
        read_checkpoint(tmp_path / "trap.pt")
    assert not (tmp_path / "trap").exists()


@pytest.mark.parametrize(
    "name", ["empty.pt", "noise.pt", "noise.safetensors", "number.pt", "absent.pt", "absent.safetensors"]
)
def test_what_is_no_checkpoint_ends_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    path = tmp_path / name
    if name.startswith("empty"):
        path.touch()
    elif name.startswith("noise"):
        path.write_bytes(bytes(range(256)) * 40)
    elif name.startswith("number"):
        torch.save({"model": {"step": 3}}, path)
    assert main([str(path), "-o", str(tmp_path / "out.safetensors")]) == 1
    message = capsys.readouterr().err
    assert message.startswith("error: ")
    assert str(path) in message
    assert not (tmp_path / "out.safetensors").exists()


def test_unwritable_output_ends_in_a_sentence(
    checkpoint: dict[str, Tensor], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_file(checkpoint, tmp_path / "in.safetensors")
    assert main([str(tmp_path / "in.safetensors"), "-o", str(tmp_path)]) == 1
    assert "Cannot write" in capsys.readouterr().err


def test_run_as_a_module(checkpoint: dict[str, Tensor], tmp_path: Path) -> None:
    save_file(checkpoint | {"tables.cdf": torch.zeros(3)}, tmp_path / "in.safetensors")
    module = [sys.executable, "-m", "training.import_published"]
    command = [*module, "in.safetensors", "-o", "out.safetensors"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("out.safetensors: qres17m, 166")
    assert "Left out 1 tensors that are no parameters: tables.cdf." in result.stderr
    assert load_checkpoint(tmp_path / "out.safetensors").preset.name == "qres17m"
