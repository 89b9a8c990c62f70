"""A model with coarser latents that starts from a trained one."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.training.small_model import picture_folder, preset_file, wide_model
from tests.training.test_linear_start import psnr_at_highest_quality, waves
from training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from training.errors import TrainingError
from training.graft import graft, main
from training.linear_start import start_linear
from training.model import QRes
from training.preset import load_preset

WIDTHS = {4: 48, 8: 192, 16: 100}
DONOR = wide_model(finest=8, channels=96, widths=WIDTHS, refinement=())
HEIR = wide_model(finest=16, channels=40, widths=WIDTHS, refinement=(8,))


def donor() -> QRes:
    """A model that codes waves well, though not by a path that a start from pixels would find."""
    torch.manual_seed(0)
    model = QRes(DONOR).eval()
    start_linear(model, waves(48))
    with torch.no_grad():
        # The features in another order, and back again before the synthesis.
        order = torch.randperm(192, generator=torch.Generator().manual_seed(3))
        down = model.bottom_up_path.downs[0]
        down.weight.copy_(down.weight[order])
        down.bias.copy_(down.bias[order])
        for block in model.blocks:
            if block.stride == 8:
                linear = block.posterior_linear.weight
                top_down = block.prior_mean.in_channels
                linear[:, top_down:] = linear[:, top_down:][:, order]
    return model


def test_the_heir_codes_at_once_what_its_latents_can_hold() -> None:
    crops = waves(48)
    picture = crops.float() / 255
    teacher = donor()
    torch.manual_seed(1)
    model, transform_coder = QRes(HEIR).eval(), QRes(HEIR).eval()
    start_linear(transform_coder, crops)
    graft(model, teacher, crops, seed=0)
    for block in (*model.blocks, *transform_coder.blocks):  # what stands beside the linear path
        torch.nn.init.zeros_(block.posterior_mean.weight)
        torch.nn.init.zeros_(block.prior_mean.weight)
    assert psnr_at_highest_quality(model, picture) > psnr_at_highest_quality(transform_coder, picture) - 3
    taken = model.state_dict()
    for name, value in teacher.state_dict().items():
        if name.startswith(("bottom_up_path.stem", "bottom_up_path.stages.1", "synthesis_path", "embedding")):
            assert torch.equal(taken[name], value)


@pytest.mark.parametrize(
    ("heir", "message"),
    [
        (DONOR, "finest ones at 16"),
        (wide_model(finest=16, channels=40, widths=WIDTHS, refinement=()), "refinement at 8"),
        (wide_model(finest=16, channels=40, widths=WIDTHS | {4: 56}, refinement=(8,)), "bottom_up_path.stem.weight"),
    ],
)
def test_models_that_do_not_fit_are_refused(heir: dict[str, object], message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        graft(QRes(heir), donor(), waves(16), seed=0)


def test_command_writes_a_checkpoint_to_start_from(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "donor").mkdir()
    preset = load_preset(str(preset_file(tmp_path / "donor", model=DONOR)))
    weights = dict(donor().state_dict())
    save_checkpoint(Checkpoint(preset, 7, weights, weights), tmp_path / "donor.safetensors")
    heir = preset_file(tmp_path, model=HEIR)
    folder = picture_folder(tmp_path / "pictures")
    command = ["--preset", str(heir), "--data", str(folder), "-o", str(tmp_path / "start.safetensors")]
    assert main([str(tmp_path / "donor.safetensors"), *command]) == 0
    start = load_checkpoint(tmp_path / "start.safetensors")
    assert start.step == 0
    assert start.preset.model["top_down"][-1]["stride"] == 16
    torch.testing.assert_close(
        start.ema["synthesis_path.output.weight"], weights["synthesis_path.output.weight"].half().float()
    )
    assert main([str(tmp_path / "nothing.safetensors"), *command]) == 1
    assert "nothing.safetensors" in capsys.readouterr().err
