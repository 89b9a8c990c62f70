"""The comparison with ONNX Runtime finds what is wrong in a package."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import safetensors.numpy
import torch
from numpy.typing import NDArray

from codec_format.model_package import ModelPackage
from export.errors import ExportError
from export.graphs import Graph, build_graphs
from export.to_onnx import _round_to_half, _scales
from export.verify import _difference, verify_package
from tests.codec_format.packages import members_of, package_of
from tests.export.conftest import Exported
from tests.export.small_models import two_blocks
from training.model import QRes


@pytest.fixture(scope="module")
def graphs(exported: Exported) -> list[Graph]:
    model = QRes(two_blocks().model)
    model.load_state_dict(exported.weights)
    steps = _scales(model)[3]
    model.tabulate()
    _round_to_half(model)
    return build_graphs(model.eval(), steps, None)


def changed(content: bytes, member: str, change: Callable[[dict[str, NDArray[np.generic]]], None]) -> bytes:
    members = members_of(content)
    tensors = safetensors.numpy.load(members[member])
    change(tensors)
    return package_of(members | {member: safetensors.numpy.save(tensors)})


def test_every_output_of_every_graph_is_compared(exported: Exported, graphs: list[Graph]) -> None:
    figures = verify_package(exported.package.read_bytes(), graphs)
    assert {name: set(outputs) for name, outputs in figures.items()} == {g.name: set(g.outputs) for g in graphs}
    assert set(figures) == set(ModelPackage.load(exported.package).graph_names())
    for name, outputs in figures.items():
        for output, difference in outputs.items():
            limit = 0 if name.startswith("scale_") else 1 if output == "picture" else 1e-3
            assert 0 <= difference <= limit, (name, output)


def test_a_wrong_weight_is_found(exported: Exported, graphs: list[Graph]) -> None:
    def change(tensors: dict[str, NDArray[np.generic]]) -> None:
        name = next(name for name in tensors if "posterior_spatial.weight" in name)
        tensors[name] = tensors[name] * np.float16(1.5)

    content = changed(exported.package.read_bytes(), "weights.safetensors", change)
    with pytest.raises(ExportError, match=r"of graph encoder_.* not trustworthy"):
        verify_package(content, graphs)


@pytest.mark.parametrize("name", ["scale.1.update.weight", "scale.magnitude"])
def test_a_wrong_integer_is_found(exported: Exported, graphs: list[Graph], name: str) -> None:
    def change(tensors: dict[str, NDArray[np.generic]]) -> None:
        flat = tensors[name].reshape(-1).copy()
        flat[: len(flat) // 2] += flat.dtype.type(4)
        tensors[name] = flat.reshape(tensors[name].shape)

    content = changed(exported.package.read_bytes(), "tables.safetensors", change)
    with pytest.raises(ExportError, match=r"of graph scale_0[01] differs by .* \(at most 0\)"):
        verify_package(content, [graph for graph in graphs if graph.name.startswith("scale")])


def test_differences_are_measured_in_the_units_of_their_limits() -> None:
    numbers = np.array([1.0, -200.0, 3.0], np.float32)
    assert _difference("prior_00", "prior_mean", numbers, numbers + np.float32(0.5)) == (pytest.approx(0.0025), 2e-3)
    pixels = np.array([0, 255], np.uint8)
    assert _difference("decoder_8", "picture", pixels, np.array([1, 253], np.uint8)) == (2, 1)
    symbols = np.arange(1000, dtype=np.int32)
    assert (
        _difference("encoder_8", "symbols_00", symbols, np.where(symbols < 3, 7, symbols).astype(np.int32))[0] == 0.003
    )
    indices = np.array([4, 4], np.uint8)
    assert _difference("scale_00", "table_index", indices, np.array([4, 5], np.uint8)) == (1, 0)


@pytest.mark.parametrize(
    "actual", [np.zeros(3, np.float32), np.zeros(2, np.float64), np.array([np.nan, 0], np.float32)]
)
def test_another_shape_type_or_no_number_never_passes(actual: NDArray[np.generic]) -> None:
    difference, limit = _difference("prior_00", "prior_mean", np.zeros(2, np.float32), actual)
    assert not difference <= limit


def test_a_graph_that_is_not_there_is_an_error(exported: Exported, graphs: list[Graph]) -> None:
    members = members_of(exported.package.read_bytes())
    members["graphs/decoder_16.onnx"] = members["graphs/decoder_8.onnx"]
    with torch.no_grad(), pytest.raises(Exception, match="decoder_16"):
        verify_package(package_of(members), graphs)
