"""The proof that the scale network is exact, and that its arithmetic is the one of the format."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from export.errors import ExportError
from export.graphs import build_graphs
from export.integers import EXACT_LIMIT, IntegerScaleStep, IntegerTensors, integer_scale_network, prove_exact
from export.package import PackageBuilder
from export.to_onnx import _to_onnx
from tests.export.small_models import (
    CHANNELS,
    QUALITIES,
    STRIDES,
    TABLES,
    WIDTH,
    extreme_integers,
    lively_weights,
    random_symbols,
    sessions,
    two_blocks,
)
from tests.reference.scale_network import ScaleNetwork as ReferenceNetwork
from training.model import QRes
from training.scale_network import ScaleNetwork


def lively_network() -> ScaleNetwork:
    model = QRes(two_blocks().model)
    model.load_state_dict(lively_weights(two_blocks()))
    return model.scale_network


def one_layer(weight: list[list[int]], bias: list[list[int]], shift: list[int]) -> IntegerTensors:
    return {
        "scale.0.head.weight": np.array(weight, np.int8),
        "scale.0.head.bias": np.array(bias, np.int32),
        "scale.0.head.shift": np.array(shift, np.uint8),
    }


def test_the_bound_is_reached_and_not_exceeded() -> None:
    # 255 * (63 + 5) = 17340, half of a shift of 4 is 8: this bias brings the sum to one below 2**24.
    bias = EXACT_LIMIT - 1 - 17340 - 8
    (bound,) = prove_exact(one_layer([[63, -5]], [[0], [-bias]], [4]))
    assert (bound.layer, bound.bound) == ("scale.0.head", EXACT_LIMIT - 1)
    for weight, largest, shift in (([[63, -5]], bias + 1, 4), ([[63, -6]], bias, 4), ([[63, -5]], bias, 5)):
        for sign in (-1, 1):
            with pytest.raises(ExportError, match=r"scale\.0\.head .* not below 2\*\*24"):
                prove_exact(one_layer(weight, [[0], [sign * largest]], [shift]))


def test_every_output_channel_counts_and_biases_of_every_quality() -> None:
    fine = ([[1, 1], [1, 1], [1, 1]], [[0, 0, 0], [0, 0, 0]], [0, 0, 0])
    assert prove_exact(one_layer(*fine))[0].bound == 510
    for quality in range(2):
        for channel in range(3):
            biases = [[0, 0, 0], [0, 0, 0]]
            biases[quality][channel] = EXACT_LIMIT - 510
            with pytest.raises(ExportError, match="can reach 16777216"):
                prove_exact(one_layer(fine[0], biases, fine[2]))


def test_wide_layers_leave_the_range_by_their_weights_alone() -> None:
    # 1044 weights of 63 stay below 2**24 / 255 = 65793, 1045 do not.
    assert prove_exact(one_layer([[63] * 1044], [[0]], [0]))[0].bound == 1044 * 63 * 255
    with pytest.raises(ExportError, match=r"not below 2\*\*24"):
        prove_exact(one_layer([[-63] * 1045], [[0]], [0]))


def test_shifts_up_to_23_are_accepted() -> None:
    assert prove_exact(one_layer([[1]], [[0]], [23]))[0].bound == 255 + 2**22
    with pytest.raises(ExportError, match="shift above 23"):
        prove_exact(one_layer([[1], [1]], [[0, 0]], [3, 24]))


def test_extreme_integers_are_extreme() -> None:
    bounds = {bound.layer: bound.bound for bound in prove_exact(extreme_integers())}
    assert bounds == dict.fromkeys(("scale.0.head", "scale.1.head", "scale.1.update"), EXACT_LIMIT - 1)


def test_integers_have_the_types_and_shapes_of_the_format() -> None:
    tensors = integer_scale_network(lively_network())
    expected = {
        "scale.initial_state": ((QUALITIES, WIDTH), "uint8"),
        "scale.magnitude": ((256,), "uint8"),
        "scale.1.update.weight": ((WIDTH, WIDTH + CHANNELS[0], 3, 3), "int8"),
        "scale.1.update.bias": ((QUALITIES, WIDTH), "int32"),
        "scale.1.update.shift": ((WIDTH,), "uint8"),
    }
    for block, channels in enumerate(CHANNELS):
        expected |= {
            f"scale.{block}.head.weight": ((channels, WIDTH), "int8"),
            f"scale.{block}.head.bias": ((QUALITIES, channels), "int32"),
            f"scale.{block}.head.shift": ((channels,), "uint8"),
        }
    assert {name: (value.shape, value.dtype.name) for name, value in tensors.items()} == expected


@torch.no_grad()
def test_integers_compute_what_the_quantised_network_was_trained_for() -> None:
    network = lively_network()
    network.quantised = True
    tensors = integer_scale_network(network)
    grid, seen = (5, 7), set()
    for quality_index in range(QUALITIES):
        symbols = random_symbols(quality_index, grid, 60)
        trained = network(torch.tensor([quality_index]), [torch.from_numpy(r).float()[None] for r in symbols])
        for ours, theirs in zip(trained, reference_indices(tensors, quality_index, symbols), strict=True):
            difference = np.abs(ours[0].numpy() - theirs)
            # The trained network does not round its biases: now and then a value falls to the other side.
            assert difference.max() <= 1
            assert (difference > 0).mean() < 0.03
            seen |= set(theirs.ravel().tolist())
    assert len(seen) > 8


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("heads.0.weight", 64.0),
        ("updates.0.weight", -64.0),
        ("updates.0.weight", torch.nan),
        ("heads.1.weight", torch.inf),
        ("update_biases.0.linear.bias", 1e6),
        ("head_biases.1.linear.bias", -(2.0**33)),
        ("head_biases.0.linear.bias", torch.nan),
    ],
)
def test_weights_that_do_not_fit_are_refused(name: str, value: float) -> None:
    network = lively_network()
    with torch.no_grad():
        network.get_parameter(name).view(-1)[0] = value
    with pytest.raises(ExportError, match=r"(weight|bias|Layer) .*(retrain|train it)"):
        prove_exact(integer_scale_network(network))


def reference_indices(
    tensors: IntegerTensors, quality_index: int, symbols: list[np.ndarray[tuple[int, ...], np.dtype[np.int32]]]
) -> list[np.ndarray[tuple[int, ...], np.dtype[np.int64]]]:
    parameters = {name: value.astype(np.int64) for name, value in tensors.items()}
    parameters["entropy.limits"] = np.ones(TABLES, np.int64)
    reference = ReferenceNetwork(parameters, STRIDES, quality_index, symbols[0].shape[1:])
    indices = [reference.table_index()]
    reference.next_block(symbols[0])
    return [*indices, reference.table_index()]


@pytest.mark.parametrize("kind", ["lively", "extreme"])
@torch.no_grad()
def test_pytorch_onnx_runtime_and_the_reference_agree_exactly(kind: str) -> None:
    """At all optimisation levels of ONNX Runtime, with 1 and 2 threads, on an odd grid."""
    tensors = integer_scale_network(lively_network()) if kind == "lively" else extreme_integers()
    prove_exact(tensors)
    steps = [IntegerScaleStep(tensors, block, ratio, TABLES) for block, ratio in ((0, 1), (1, 2))]
    model = QRes(two_blocks().model)
    model.tabulate()
    graphs = {graph.name: graph for graph in build_graphs(model.eval(), steps, None)}
    builder = PackageBuilder(tensors)
    for name in ("scale_00", "scale_01"):
        builder.add_graph(name, _to_onnx(graphs[name]))
    assert not builder.weights  # everything comes from the integer tables, or is small
    grid = (9, 13)
    runners = {name: dict(sessions(builder.graphs[name], tensors)) for name in ("scale_00", "scale_01")}
    different = set()
    for quality_index in range(QUALITIES):
        quality = torch.tensor([quality_index])
        symbols = random_symbols(quality_index, grid, 1000)
        first, second = reference_indices(tensors, quality_index, symbols)
        state, index = steps[0].start(torch.zeros(1, 1, *grid), quality)
        assert np.array_equal(index[0].numpy(), first)
        _, later = steps[1].advance(state, torch.from_numpy(symbols[0])[None], quality)
        assert np.array_equal(later[0].numpy(), second)
        different |= set(first.ravel().tolist()) | set(second.ravel().tolist())
        feed = {"quality_index": quality.numpy()}
        for setting in runners["scale_00"]:
            inputs = feed | {"grid_shape": np.array(grid, np.int64)}
            state_out, table_index = runners["scale_00"][setting].run(["state_out", "table_index"], inputs)
            assert table_index.dtype == np.uint8
            assert np.array_equal(table_index[0], first), setting
            inputs = feed | {"state": state_out, "symbols": symbols[0][None]}
            (table_index,) = runners["scale_01"][setting].run(["table_index"], inputs)
            assert np.array_equal(table_index[0], second), setting
    assert len(runners["scale_00"]) == 10
    assert len(different) > 10


def test_lively_scales_depend_on_the_quality_index() -> None:
    tensors = integer_scale_network(lively_network())
    symbols = random_symbols(0, (4, 4), 100)
    means = [np.mean([index.mean() for index in reference_indices(tensors, q, symbols)]) for q in range(QUALITIES)]
    assert len({round(float(mean), 3) for mean in means}) == QUALITIES


def test_bound_names_its_layer() -> None:
    (bound,) = prove_exact(one_layer([[1]], [[2]], [0]))
    assert dataclasses.asdict(bound) == {"layer": "scale.0.head", "bound": 257}
