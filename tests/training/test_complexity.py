import pytest
import torch
from torch import nn

from training.complexity import count_multiply_accumulates, measure_complexity
from training.model import QRes
from training.preset import load_preset
from training.published import PublishedQResVAE


def test_convolution_counts_one_multiply_accumulate_per_weight_and_position() -> None:
    grouped = nn.Conv2d(8, 16, 3, padding=1, groups=4)  # 16 x 2 x 3 x 3 weights
    count, result = count_multiply_accumulates(lambda: grouped(torch.zeros(1, 8, 5, 7)))
    assert count == 16 * 2 * 9 * 35
    assert result.shape == (1, 16, 5, 7)


@pytest.mark.parametrize(("per_output", "positions"), [(False, 35), (True, 140)])
def test_transposed_convolution_counts_per_input_position_or_as_asked_for(per_output: bool, positions: int) -> None:
    transposed = nn.ConvTranspose2d(4, 6, 3, 2, 1, output_padding=1)
    count, result = count_multiply_accumulates(
        lambda: transposed(torch.zeros(1, 4, 5, 7)), transposed_per_output=per_output
    )
    assert result.shape == (1, 6, 10, 14)
    assert count == 4 * 6 * 9 * positions


@pytest.mark.parametrize(("preset", "size", "total"), [("qres34m", 256, 23.25e9), ("qres17m", 64, 1.26e9)])
def test_published_models_cost_what_was_published(preset: str, size: int, total: float) -> None:
    complexity = measure_complexity(PublishedQResVAE(load_preset(preset).model), size, size, transposed_per_output=True)
    assert complexity.total * size * size == pytest.approx(total, rel=0.002)


def test_parts_of_the_34m_model_cost_what_was_published() -> None:
    complexity = measure_complexity(PublishedQResVAE(load_preset("qres34m").model), 64, 64)
    assert complexity.parameters == 34_036_602
    assert complexity.bottom_up == pytest.approx(163e3, rel=0.005)
    assert complexity.posterior == pytest.approx(26e3, rel=0.02)
    assert complexity.decode == pytest.approx(165e3, rel=0.005)
    assert complexity.encode == pytest.approx(complexity.total - complexity.reconstruction)


def test_condition_reaches_every_part_of_a_variable_rate_model() -> None:
    model = QRes(load_preset("qres7m").model)
    condition = model.embedding(torch.zeros(1))
    complexity = measure_complexity(model, 128, 128, condition)
    assert complexity.decode < complexity.encode < complexity.total
