import pytest
import torch
from torch import nn

from training.complexity import count_multiply_accumulates, measure_complexity
from training.published import PublishedQResVAE, load_preset


def test_convolution_counts_one_multiply_accumulate_per_weight_and_position() -> None:
    grouped = nn.Conv2d(8, 16, 3, padding=1, groups=4)  # 16 x 2 x 3 x 3 weights
    count, result = count_multiply_accumulates(lambda: grouped(torch.zeros(1, 8, 5, 7)))
    assert count == 16 * 2 * 9 * 35
    assert result.shape == (1, 16, 5, 7)


@pytest.mark.parametrize(("preset", "size", "total"), [("qres34m", 256, 23.25e9), ("qres17m", 64, 1.26e9)])
def test_published_models_cost_what_was_published(preset: str, size: int, total: float) -> None:
    complexity = measure_complexity(PublishedQResVAE(load_preset(preset)), size, size)
    assert complexity.total * size * size == pytest.approx(total, rel=0.002)


def test_parts_of_the_34m_model_cost_what_was_published() -> None:
    complexity = measure_complexity(PublishedQResVAE(load_preset("qres34m")), 64, 64)
    assert complexity.parameters == 34_036_602
    assert complexity.bottom_up == pytest.approx(163e3, rel=0.005)
    assert complexity.posterior == pytest.approx(26e3, rel=0.02)
    assert complexity.decode == pytest.approx(165e3, rel=0.005)
    assert complexity.encode == pytest.approx(complexity.total - complexity.reconstruction)
