"""The lossless head as integers: equal to the quantised head in PyTorch, proved or refused."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from codec_format.frequency_tables import TOTAL
from codec_format.lossless import GUARD_MARGIN, SAMPLE_UNIT
from codec_format.lossless_head import PHASES, PLACES
from codec_format.lossless_head import LosslessHead as IntegerHead
from export.errors import ExportError
from export.integers import EXACT_LIMIT
from export.lossless import integer_lossless_head, lossless_tables
from training.lossless_head import LosslessHead
from training.scale_network import magnitude_table


@pytest.fixture
def head() -> LosslessHead:
    torch.manual_seed(3)
    head = LosslessHead(width=12, hidden=12, scale_count=10, scale_min=0.1, scale_max=16.0)
    with torch.no_grad():
        for parameter in head.parameters():
            parameter += 0.1 * torch.randn_like(parameter)
    head.quantised = True
    return head


def no_counts(head: LosslessHead) -> torch.Tensor:
    return torch.zeros(4 * head.scale_count, 21, dtype=torch.int32)


def test_integers_of_the_codec_are_those_that_were_trained(head: LosslessHead) -> None:
    integers, bounds = integer_lossless_head(head)
    assert len(bounds) == 7 * (2 + 2 * 3)
    assert max(bound.bound for bound in bounds) < EXACT_LIMIT
    tensors = integers | {"scale.magnitude": magnitude_table().numpy()}
    codec_head = IntegerHead(tensors, lossless_tables(head, no_counts(head)))
    generator = np.random.default_rng(0)
    base = generator.integers(0, 256, (24, 36, 3), dtype=np.uint8)
    original = np.clip(base + np.rint(generator.normal(0, 9, base.shape)), 0, 255)
    tensor = [torch.from_numpy(values).permute(2, 0, 1)[None].float() for values in (original, base)]
    with torch.no_grad():
        expected = head(*tensor)
    residual = (original - base).astype(np.int32)[..., [1, 0, 2]].transpose(2, 0, 1)
    for phase, (step, place) in enumerate(PHASES):
        row, column = (step * offset for offset in PLACES[place])
        here = residual[:, row :: 2 * step, column :: 2 * step]
        view = codec_head.view(base, residual, phase)
        for channel in range(3):
            quarters, index = view.distribution(here[:channel])
            values, mean, scale = (value[0].numpy() for value in expected[3 * phase + channel])
            assert np.array_equal(values, here[channel])
            assert np.array_equal(4 * mean, quarters)
            assert np.array_equal(scale, index)
            assert len(np.unique(4 * index + quarters % 4)) > 3


def test_tables_follow_what_was_counted(head: LosslessHead) -> None:
    counts = no_counts(head)
    counts[4 * 5 + 2, 10] = 10**6  # always 0, under scale 5 and two quarters
    plain, fitted = lossless_tables(head, no_counts(head)), lossless_tables(head, counts)
    assert len(plain.limits) == 4 * head.scale_count + 1
    table, limit = 4 * 5 + 2, int(fitted.limits[4 * 5 + 2])
    assert fitted.frequencies[table][limit] > 0.999 * TOTAL > plain.frequencies[table][limit]
    # A mean of half a level lies between 0 and 1.
    assert abs(int(plain.frequencies[table][limit]) - int(plain.frequencies[table][limit + 1])) <= 16
    guards = plain.frequencies[-1] / TOTAL
    guarded = GUARD_MARGIN / SAMPLE_UNIT
    assert guards[1:4] == pytest.approx([guarded, 1 - 2 * guarded, guarded], rel=1e-3)


def test_head_that_is_not_exact_is_refused(head: LosslessHead) -> None:
    with torch.no_grad():
        head.mixers[2].bias[1] = 2.0**20
    with pytest.raises(ExportError, match=r"lossless\.2\.mixer can reach"):
        integer_lossless_head(head)
    with torch.no_grad():
        head.mixers[2].bias[1] = float("nan")
    with pytest.raises(ExportError, match=r"lossless\.2\.mixer"):
        integer_lossless_head(head)


def test_weights_that_leave_no_room_for_the_shift_are_refused(head: LosslessHead) -> None:
    with torch.no_grad():
        head.trunks[1].weight[0, 0, 0, 0] = 40.0
    with pytest.raises(ExportError, match=r"lossless\.1\.trunk has too large weights"):
        integer_lossless_head(head)
    with torch.no_grad():
        head.trunks[1].weight[0, 0, 0, 0] = 100.0
    with pytest.raises(ExportError, match=r"lossless\.1\.trunk has a weight"):
        integer_lossless_head(head)
