"""Assembly of a package: shared weights, stripped graphs, the same bytes for the same content."""

from __future__ import annotations

import io
import itertools
import json
import zipfile
from typing import Any

import numpy as np
import onnx
import safetensors.numpy
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from codec_format.model_package import ModelPackage
from export.package import PackageBuilder
from tests.export.conftest import Exported


def adding(*weights: NDArray[Any], names: tuple[str, ...] = (), graph_input: str = "x") -> onnx.ModelProto:
    """A graph that adds its weights to its input, with all the notes that an exporter leaves."""
    names = names or tuple(f"weight_{number}" for number in range(len(weights)))
    nodes, value = [], graph_input
    for number, name in enumerate(names):
        nodes.append(helper.make_node("Add", [value, name], [f"sum_{number}"], doc_string="/home/somebody/model.py"))
        entry = nodes[-1].metadata_props.add()
        entry.key, entry.value = "stack_trace", "/home/somebody/model.py"
        value = f"sum_{number}"
    graph = helper.make_graph(
        nodes,
        "main_graph",
        [helper.make_tensor_value_info(graph_input, TensorProto.FLOAT, [1, 1, "h", "w"])],
        [helper.make_tensor_value_info(value, TensorProto.FLOAT, ["a", "b", "c", "d"])],
        [numpy_helper.from_array(weight, name) for name, weight in zip(names, weights, strict=True)],
        doc_string="/home/somebody/model.py",
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


def large(seed: int, dtype: str = "float32") -> NDArray[Any]:
    return np.random.default_rng(seed).normal(size=(10, 10)).astype(np.float16).astype(dtype)


def members(builder: PackageBuilder) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(builder.content({"name": "x"}))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def weights_of(builder: PackageBuilder) -> dict[str, NDArray[Any]]:
    return safetensors.numpy.load(members(builder)["weights.safetensors"])


def external_keys(graph: bytes) -> list[str]:
    model = onnx.load_from_string(graph)
    return [t.name for t in model.graph.initializer if t.data_location == TensorProto.EXTERNAL]


def test_equal_weights_are_stored_once_over_and_within_graphs() -> None:
    builder = PackageBuilder({})
    builder.add_graph("first", adding(large(0), large(1), names=("m.a", "m.b")))
    builder.add_graph("second", adding(large(1), large(1), large(2), names=("m.c", "m.d", "m.e")))
    stored = weights_of(builder)
    assert sorted(stored) == ["m.a", "m.b", "m.e"]
    assert np.array_equal(stored["m.b"].astype(np.float32), large(1))
    assert external_keys(builder.graphs["second"]) == ["m.b", "m.e"]
    nodes = onnx.load_from_string(builder.graphs["second"]).graph.node
    assert [node.input[1] for node in nodes] == ["m.b", "m.b", "m.e"]


def run(builder: PackageBuilder, graph: str, value: float) -> NDArray[Any]:
    """What a graph computes for a constant [1, 1, 10, 10], with the weights that the package stores."""
    model = onnx.load_from_string(builder.graphs[graph])
    stored = weights_of(builder)
    for tensor in model.graph.initializer:
        if tensor.data_location == TensorProto.EXTERNAL:
            tensor.CopyFrom(numpy_helper.from_array(stored[tensor.name].astype(np.float32), tensor.name))
    onnx.checker.check_model(model)
    (given,) = model.graph.input
    (result,) = ReferenceEvaluator(model).run(None, {given.name: np.full((1, 1, 10, 10), value, np.float32)})
    return np.asarray(result)


def test_a_shared_weight_does_not_take_the_name_of_another_value() -> None:
    """Names are those of the graph in which a weight came first; elsewhere they may mean something else."""
    builder = PackageBuilder({})
    builder.add_graph("first", adding(large(0), large(1), large(2), names=("block.a", "sum_x", "x.y")))
    # "block.a" is another weight here, "sum_x" an intermediate value, and "x.y" the input.
    second = adding(large(3), large(0), large(1), large(2), names=("block.a", "b", "c", "d"), graph_input="x.y")
    second.graph.node[1].output[0] = second.graph.node[2].input[0] = "sum_x"
    builder.add_graph("second", second)
    expected = [sum(large(seed) for seed in seeds) + 1 for seeds in ((0, 1, 2), (3, 0, 1, 2))]
    for graph, result in zip(("first", "second"), expected, strict=True):
        np.testing.assert_allclose(run(builder, graph, 1.0)[0, 0], result, rtol=1e-5, atol=1e-5)


def test_one_name_for_different_weights_stays_apart() -> None:
    builder = PackageBuilder({})
    builder.add_graph("first", adding(large(0)))
    builder.add_graph("second", adding(large(1)))
    stored = weights_of(builder)
    assert len(stored) == 2
    for seed, graph in enumerate(("first", "second")):
        (key,) = external_keys(builder.graphs[graph])
        assert np.array_equal(stored[key].astype(np.float32), large(seed))


def test_half_precision_only_where_it_loses_nothing() -> None:
    exact, fine, huge = large(0), large(1) + np.float32(1e-6), large(2) * np.float32(1e6)
    builder = PackageBuilder({})
    builder.add_graph("graph", adding(exact, fine, huge, names=("m.exact", "m.fine", "m.huge")))
    stored = weights_of(builder)
    assert {name: value.dtype.name for name, value in stored.items()} == {
        "m.exact": "float16",
        "m.fine": "float32",
        "m.huge": "float32",
    }
    for name, value in (("m.exact", exact), ("m.fine", fine), ("m.huge", huge)):
        assert np.array_equal(stored[name].astype(np.float32), value)


def test_small_weights_stay_in_their_graph_and_notes_go() -> None:
    builder = PackageBuilder({})
    builder.add_graph("graph", adding(np.ones((8, 8), np.float32), large(0)))
    assert external_keys(builder.graphs["graph"]) == ["graph.weight_1"]
    assert b"somebody" not in builder.graphs["graph"]
    assert b"stack_trace" not in builder.graphs["graph"]


def test_integers_of_the_scale_network_come_from_the_tables() -> None:
    table = np.arange(-50, 50, dtype=np.int8).reshape(10, 10)
    builder = PackageBuilder({"scale.1.head.weight": table, "scale.magnitude": np.arange(100, dtype=np.uint8)})
    names = ("step.head.weight", "step.magnitude", "step.other")
    magnitude = np.arange(100, dtype=np.float32).reshape(10, 10)
    builder.add_graph("scale_01", adding(table.astype(np.float32), magnitude, large(0), names=names))
    assert external_keys(builder.graphs["scale_01"]) == ["scale.1.head.weight", "scale.magnitude", "step.other"]
    assert sorted(weights_of(builder)) == ["step.other"]
    # Other values under that name are no table.
    builder.add_graph("scale_02", adding(table.astype(np.float32) + 1, names=("step.head.weight",)))
    assert sorted(weights_of(builder)) == ["step.head.weight", "step.other"]


def test_the_grid_of_zeros_becomes_its_shape() -> None:
    builder = PackageBuilder({})
    builder.add_graph("prior_00", adding(np.ones((1, 1, 1, 1), np.float32), graph_input="grid"))
    model = onnx.load_from_string(builder.graphs["prior_00"])
    (given,) = model.graph.input
    assert (given.name, given.type.tensor_type.elem_type) == ("grid_shape", TensorProto.INT64)
    (result,) = ReferenceEvaluator(model).run(None, {"grid_shape": np.array([3, 5], np.int64)})
    assert np.array_equal(result, np.ones((1, 1, 3, 5), np.float32))


def test_content_is_sorted_stored_and_free_of_time_and_order() -> None:
    graphs = {"b": adding(large(0)), "a": adding(large(0), large(1))}
    contents = []
    for manifest in ({"x": 1, "y": 2}, {"y": 2, "x": 1}):
        builder = PackageBuilder({"entropy.limits": np.arange(3, dtype=np.int32)})
        for name, graph in graphs.items():
            copy = onnx.ModelProto()
            copy.CopyFrom(graph)
            builder.add_graph(name, copy)
        contents.append(builder.content(manifest))
    assert contents[0] == contents[1]
    with zipfile.ZipFile(io.BytesIO(contents[0])) as archive:
        entries = archive.infolist()
    assert [entry.filename for entry in entries] == [
        "graphs/a.onnx",
        "graphs/b.onnx",
        "manifest.json",
        "tables.safetensors",
        "weights.safetensors",
    ]
    assert {entry.compress_type for entry in entries} == {zipfile.ZIP_STORED}
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}


def test_an_exported_package_holds_every_weight_once(exported: Exported) -> None:
    with zipfile.ZipFile(exported.package) as archive:
        stored = safetensors.numpy.load(archive.read("weights.safetensors"))
        manifest = json.loads(archive.read("manifest.json"))
    for (first, one), (second, other) in itertools.combinations(stored.items(), 2):
        assert one.shape != other.shape or not np.array_equal(one, other), (first, second)
    # All weights of the model but the scale network's, which are integers in the tables; tables of the quality index
    # take the place of the embedding's layers, so the sum is not the number of parameters, but it is near.
    elements = sum(value.size for value in stored.values())
    assert 0.3 * manifest["parameters"] < elements < 1.2 * manifest["parameters"]
    assert {value.dtype.name for value in stored.values()} == {"float16"}
    package = ModelPackage.load(exported.package)
    used = {name for graph in package.graph_names() for name in package.graph(graph).weights}
    assert {name for name in stored if name not in used} == set()
