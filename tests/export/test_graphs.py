"""The sections of a package as PyTorch modules, as they are before they become ONNX graphs."""

from __future__ import annotations

import torch
from torch import Tensor

from export.graphs import Graph, build_graphs
from export.integers import IntegerScaleStep, integer_scale_network
from tests.export.small_models import TABLES, two_blocks
from training.model import QRes


def sections_of(*finer: dict[str, int]) -> dict[str, Graph]:
    """Of the model of `two_blocks`, with random weights, and with these stages before and behind its latent blocks."""
    torch.manual_seed(1)
    settings = two_blocks().model
    model = QRes({**settings, "bottom_up": [*finer, *settings["bottom_up"]], "refinement": finer}).eval()
    integers = integer_scale_network(model.scale_network)
    model.tabulate()
    steps = [IntegerScaleStep(integers, block, ratio, TABLES) for block, ratio in ((0, 1), (1, 2))]
    return {graph.name: graph for graph in build_graphs(model, steps, None)}


@torch.no_grad()
def run(graph: Graph, **given: Tensor) -> dict[str, Tensor]:
    """The outputs of a graph by name."""
    given["quality_index"] = torch.tensor([2])
    values = graph.module(*(given[name] for name in graph.inputs))
    return dict(zip(graph.outputs, values if isinstance(values, tuple) else (values,), strict=True))


def test_an_encoder_ends_with_the_feature_of_the_decoder_where_a_refinement_follows() -> None:
    graphs = sections_of({"stride": 4, "width": 8, "hidden": 8, "blocks": 1})
    picture = torch.randint(0, 256, (1, 48, 64, 3), generator=torch.Generator().manual_seed(2), dtype=torch.uint8)
    finest = run(graphs["bottom_up_4"], picture=picture)["feature_out"]
    finer = run(graphs["bottom_up_8"], feature=finest)["feature_out"]
    coarse = run(graphs["bottom_up_16"], feature=finer)["feature_out"]
    first = run(graphs["encoder_16"], bottom_up=coarse)
    last = run(graphs["encoder_8"], feature=first["feature_out"], bottom_up=finer)
    assert list(last) == ["symbols_01", "feature_out"]
    assert last["symbols_01"].any()
    decoded = run(graphs["decoder_16"], symbols_00=first["symbols_00"])
    decoded = run(graphs["decoder_8"], feature=decoded["feature_out"], symbols_01=last["symbols_01"])
    assert torch.allclose(last["feature_out"], decoded["feature_out"], atol=1e-5)


def test_an_encoder_without_a_refinement_behind_it_ends_with_symbols() -> None:
    graphs = sections_of()
    assert graphs["encoder_16"].outputs == ("symbols_00", "feature_out")
    assert graphs["encoder_8"].outputs == ("symbols_01",)
