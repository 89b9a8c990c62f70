"""Latent blocks cut into channel slices: what they are made of, and how a trained model is cut."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.training.small_model import preset_file, small_model, small_preset
from training.blocks import LinearConv2d, slice_groups
from training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from training.errors import TrainingError
from training.linear_start import start_linear
from training.model import QRes
from training.slice_latent import main, slice_latent


def sliced(slices: list[int], hidden: int = 8) -> dict[str, Any]:
    """The settings of the small model with the first of its two latents at stride 16 cut."""
    model = copy.deepcopy(dict(small_preset().model))
    model["top_down"][-1] |= {"slices": slices, "slice_hidden": hidden}
    return model


def test_only_the_first_latent_of_the_stride_is_cut_and_its_residual_blocks_stay_around_it() -> None:
    blocks = QRes(sliced([1, 2])).blocks
    assert [(block.stride, block.channels) for block in blocks] == [(64, 3), (32, 3), (16, 1), (16, 2), (16, 3)]
    assert [(block.front is not None, block.end is not None) for block in blocks[2:]] == [
        (True, False),
        (False, True),
        (True, True),
    ]
    assert [len(group) for group in slice_groups(blocks)] == [1, 1, 2, 1]


def test_slices_have_all_channels_of_the_latent() -> None:
    with pytest.raises(TrainingError, match="slices at stride 16 have 4 channels together, the latent has 3"):
        QRes(sliced([2, 2]))


@pytest.mark.parametrize("quality", [0.0, 40.0, 63.0])
def test_a_single_slice_is_the_donor(quality: float) -> None:
    donor, model = small_model(), QRes(sliced([3])).eval()
    slice_latent(model, donor)
    picture = torch.rand(2, 3, 64, 128, generator=torch.Generator().manual_seed(1))
    index = torch.full((2,), quality)
    with torch.no_grad():
        expected, actual = donor(picture, index), model(picture, index)
    assert torch.equal(expected.nats, actual.nats)
    assert torch.equal(expected.reconstruction, actual.reconstruction)


def test_a_cut_model_makes_the_same_picture_where_slices_do_not_see_each_other() -> None:
    """The prior and the posterior of the donor are blind to where its latent goes, so slices change nothing."""
    donor, model = small_model(), QRes(sliced([1, 2])).eval()
    block = donor.blocks[2]
    with torch.no_grad():
        block.latent_projection.weight[6:] = 0
        for head in (block.prior_mean, block.posterior_linear, block.posterior_reduce):
            head.weight[:, :6] = 0
    slice_latent(model, donor)
    picture = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    index = torch.full((2,), 63.0)
    with torch.no_grad():
        expected, actual = donor(picture, index), model(picture, index)
    assert expected.reconstruction.std() > 0.01
    assert torch.allclose(expected.reconstruction, actual.reconstruction, atol=1e-4)


def test_models_that_differ_in_more_than_the_slices_are_refused() -> None:
    other = sliced([1, 2])
    other["top_down"][0]["channels"] = 4
    with pytest.raises(TrainingError, match=r"\[4, 3, 3, 3\] with their slices"):
        slice_latent(QRes(other), small_model())
    other = sliced([1, 2])
    other["synthesis"]["width"] = 12
    with pytest.raises(TrainingError, match="synthesis_path"):
        slice_latent(QRes(other), small_model())


def test_a_linear_start_gives_slices_the_components_of_one_latent_in_their_order() -> None:
    from tests.training.small_model import wide_model
    from tests.training.test_linear_start import psnr_at_highest_quality, waves

    settings = wide_model(finest=16, channels=40, widths={4: 48, 8: 192, 16: 100}, refinement=(8,))
    crops = waves(48)
    picture = crops.float() / 255
    quality = []
    for slices in ({}, {"slices": [8, 12, 20], "slice_hidden": 8}):
        settings["top_down"][-1] |= slices
        torch.manual_seed(0)
        model = QRes(settings).eval()
        start_linear(model, crops)
        for block in model.blocks:  # what stands beside the linear path
            torch.nn.init.zeros_(block.posterior_mean.weight)
            torch.nn.init.zeros_(block.prior_mean.weight)
        quality.append(psnr_at_highest_quality(model, picture))
    assert quality[0] == pytest.approx(quality[1], abs=0.05)
    gains = [block.log_gain.linear.bias for block in model.blocks[1:4]]
    assert torch.equal(torch.cat(gains), torch.cat(gains).sort(descending=True).values)


def test_the_command_writes_a_checkpoint_to_start_from(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weights = dict(small_model().state_dict())
    save_checkpoint(Checkpoint(small_preset(), 7, weights, weights), tmp_path / "donor.safetensors")
    command = ["--preset", str(preset_file(tmp_path, model=sliced([1, 2]))), "-o", str(tmp_path / "start.safetensors")]
    assert main([str(tmp_path / "donor.safetensors"), *command]) == 0
    start = load_checkpoint(tmp_path / "start.safetensors")
    assert start.step == 0
    assert start.preset.model["top_down"][-1]["slices"] == [1, 2]
    assert main([str(tmp_path / "nothing.safetensors"), *command]) == 1
    assert "nothing.safetensors" in capsys.readouterr().err


def test_under_autocast_the_linear_path_stays_in_float32() -> None:
    layer = LinearConv2d(1, 1, 1, bias=False)
    torch.nn.init.ones_(layer.weight)
    value = torch.full((1, 1, 2, 2), 1 + 2**-12)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(layer(value), value)
        assert not torch.equal(torch.nn.functional.conv2d(value, layer.weight).float(), value)
