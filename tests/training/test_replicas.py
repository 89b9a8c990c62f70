"""Two processes on the CPU train one model."""

import subprocess
import sys
from pathlib import Path

import torch

from tests.training.small_model import picture_folder, preset_file
from training.checkpoint import load_checkpoint
from training.train import main


def test_replicas_stay_identical_and_see_different_pictures(tmp_path: Path) -> None:
    pictures = picture_folder(tmp_path / "pictures")
    arguments = ["--preset", str(preset_file(tmp_path)), "--data", str(pictures), "--steps", "3", "--device", "cpu"]
    arguments += ["--threads", "1", "--decay-steps", "0", "--output"]
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    worker = str(Path(__file__).with_name("replica.py"))
    result = subprocess.run(
        [*launcher, worker, *arguments, str(tmp_path / "pair")],
        capture_output=True,
        text=True,
        timeout=240,
        cwd=Path(__file__).parents[2],
    )
    assert result.returncode == 0, result.stderr
    first, second = (load_checkpoint(tmp_path / "pair" / f"replica-{rank}.safetensors") for rank in (0, 1))
    assert first.step == second.step == 3
    assert first.statistics == second.statistics
    for group in ("model", "ema", "optimisers"):
        one, other = getattr(first, group), getattr(second, group)
        assert one.keys() == other.keys()
        for name, value in one.items():
            assert torch.equal(value, other[name]), name

    # Alone, the first process sees its own pictures only, and ends elsewhere.
    assert main([*arguments, str(tmp_path / "alone")]) == 0
    alone = load_checkpoint(tmp_path / "alone" / "last.safetensors")
    assert alone.statistics["mean"] != first.statistics["mean"]
    assert not torch.equal(alone.model["initial.linear.bias"], first.model["initial.linear.bias"])

    assert load_checkpoint(tmp_path / "pair" / "last.safetensors").step == 3
