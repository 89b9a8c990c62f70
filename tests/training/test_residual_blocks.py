"""The residual blocks against their definitions, written without windows."""

import pytest
import torch
from torch import Tensor

from training.errors import TrainingError
from training.residual_blocks import SwinBlock, residual_block


def lively_swin(window: int, *, shifted: bool) -> SwinBlock:
    torch.manual_seed(0)
    block = SwinBlock(64, window, shifted=shifted).eval()
    with torch.no_grad():
        for parameter in block.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return block


def swin_without_windows(block: SwinBlock, feature: Tensor) -> Tensor:
    """Every position attends to every other one; those in other windows are hidden by a mask over the whole feature."""
    height, width = feature.shape[2:]
    place = torch.stack(torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")).flatten(1)
    window = torch.div(place - block.shift, block.window, rounding_mode="floor")
    same = (window[:, :, None] == window[:, None, :]).all(dim=0)
    offset = (place[:, :, None] - place[:, None, :]).clamp(1 - block.window, block.window - 1) + block.window - 1
    tokens = feature.flatten(2).mT
    query, key, value = block.query_key_value(block.norm_attention(tokens)).chunk(3, dim=2)
    heads = []
    for head in range(block.heads):
        part = slice(32 * head, 32 * head + 32)
        scores = query[..., part] @ key[..., part].mT / 32**0.5
        scores = scores + block.position_bias[offset[0] * (2 * block.window - 1) + offset[1], head]
        heads.append(scores.masked_fill(~same, -torch.inf).softmax(dim=2) @ value[..., part])
    tokens = tokens + block.projection(torch.cat(heads, dim=2))
    tokens = tokens + block.mlp(block.norm_mlp(tokens))
    return tokens.mT.unflatten(2, (height, width))


@pytest.mark.parametrize("shifted", [False, True])
@pytest.mark.parametrize("size", [(8, 12), (7, 10), (4, 4), (1, 1), (3, 9)])
@torch.no_grad()
def test_swin_attends_within_its_windows_at_every_size(size: tuple[int, int], shifted: bool) -> None:
    block = lively_swin(4, shifted=shifted)
    feature = torch.randn(2, 64, *size)
    torch.testing.assert_close(block(feature), swin_without_windows(block, feature), atol=1e-5, rtol=1e-4)


def test_shifted_windows_are_others() -> None:
    feature = torch.randn(1, 64, 8, 8)
    with torch.no_grad():
        plain, shifted = (lively_swin(4, shifted=shifted)(feature) for shifted in (False, True))
    assert (plain - shifted).abs().max() > 0.01


def test_wrong_kinds_and_widths_end_in_a_sentence() -> None:
    with pytest.raises(TrainingError, match="'dense'; known are convnext, convolution and swin"):
        residual_block("dense", 64, 3)
    with pytest.raises(TrainingError, match="multiple of 32, not 48"):
        residual_block("swin", 48, 8)
