"""Graphs written for ONNX Runtime's layout of channel blocks: the same numbers, fewer conversions."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from export.layout import channel_means_as_products, keep_channel_blocks, shuffle_with_channels_last

_BLOCKS = 3


def residual_network(channels: int) -> onnx.ModelProto:
    """A sub-pixel convolution, then residual blocks whose squares leave the layout, as a normalisation does."""
    generator = np.random.default_rng(0)

    def weight(name: str, rows: int, columns: int) -> onnx.TensorProto:
        return numpy_helper.from_array(generator.normal(0, 0.2, (rows, columns, 1, 1)).astype(np.float32), name)

    weights = [weight("expand", 4 * channels, channels)]
    nodes = [
        helper.make_node("Conv", ["x", "expand"], ["wide"], kernel_shape=[1, 1]),
        helper.make_node("DepthToSpace", ["wide"], ["stream0"], blocksize=2, mode="CRD"),
    ]
    for block in range(_BLOCKS):
        weights += [weight(f"reduce{block}", 16, channels), weight(f"widen{block}", channels, 16)]
        nodes += [
            helper.make_node("Conv", [f"stream{block}", f"reduce{block}"], [f"narrow{block}"], kernel_shape=[1, 1]),
            helper.make_node("Mul", [f"narrow{block}", f"narrow{block}"], [f"square{block}"]),
            helper.make_node("Sqrt", [f"square{block}"], [f"root{block}"]),
            helper.make_node("Conv", [f"root{block}", f"widen{block}"], [f"branch{block}"], kernel_shape=[1, 1]),
            helper.make_node("Add", [f"stream{block}", f"branch{block}"], [f"stream{block + 1}"]),
        ]
    source = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, channels, "h", "w"])
    result = helper.make_tensor_value_info(f"stream{_BLOCKS}", TensorProto.FLOAT, [1, channels, "H", "W"])
    graph = helper.make_graph(nodes, "residual", [source], [result], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def run(model: onnx.ModelProto, level: str, picture: NDArray[np.float32]) -> NDArray[np.float32]:
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, level)
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    outputs: list[NDArray[np.float32]] = session.run(None, {"x": picture})
    return outputs[0]


def conversions(model: onnx.ModelProto, folder: Path) -> int:
    """How often ONNX Runtime converts between the layouts."""
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(folder / "optimised.onnx")
    options.log_severity_level = 3
    onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return sum(node.op_type.startswith("Reorder") for node in onnx.load(options.optimized_model_filepath).graph.node)


def test_the_numbers_stay_and_the_conversions_of_the_residual_stream_go(tmp_path: Path) -> None:
    model, hinted = residual_network(32), residual_network(32)
    keep_channel_blocks(hinted)
    onnx.checker.check_model(hinted, full_check=True)
    picture = np.random.default_rng(1).normal(size=(1, 32, 5, 7)).astype(np.float32)
    assert np.array_equal(*(run(each, "ORT_DISABLE_ALL", picture) for each in (model, hinted)))
    assert np.allclose(*(run(each, "ORT_ENABLE_ALL", picture) for each in (model, hinted)), atol=1e-4)
    before, after = conversions(model, tmp_path), conversions(hinted, tmp_path)
    if before == 0:
        pytest.skip("ONNX Runtime has no such layout on this processor.")
    assert after <= before - 2 * (_BLOCKS - 1)


@pytest.mark.parametrize("channels", [3, 24])
def test_other_numbers_of_channels_are_left_alone(channels: int) -> None:
    model = residual_network(channels)
    before = model.SerializeToString()
    keep_channel_blocks(model)
    assert model.SerializeToString() == before


def test_what_no_convolution_gives_is_left_alone() -> None:
    model = residual_network(32)
    model.graph.node[0].op_type = "Identity"
    before = model.SerializeToString()
    keep_channel_blocks(model)
    assert model.SerializeToString() == before


def upsampling(channels: int, factor: int, *, bias: bool, mode: str = "CRD", beside: bool = False) -> onnx.ModelProto:
    """A sub-pixel convolution, before it another one; with `beside`, what it gives is an output too."""
    generator = np.random.default_rng(0)
    rows = channels * factor**2
    weights = {
        "first": generator.normal(0, 0.2, (32, 32, 1, 1)).astype(np.float32),
        "expand": generator.normal(0, 0.2, (rows, 32, 3, 3)).astype(np.float32),
        "bias": generator.normal(0, 0.2, rows).astype(np.float32),
    }
    inputs = ["middle", "expand", *(["bias"] if bias else [])]
    nodes = [
        helper.make_node("Conv", ["x", "first"], ["middle"], kernel_shape=[1, 1]),
        helper.make_node("Conv", inputs, ["wide"], kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        helper.make_node("DepthToSpace", ["wide"], ["fine"], blocksize=factor, mode=mode),
    ]
    source = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 32, "h", "w"])
    results = [helper.make_tensor_value_info("fine", TensorProto.FLOAT, [1, channels, "H", "W"])]
    if beside:
        results.append(helper.make_tensor_value_info("wide", TensorProto.FLOAT, [1, rows, "h", "w"]))
    initialisers = [
        numpy_helper.from_array(value, name) for name, value in weights.items() if name in {"first", *inputs}
    ]
    graph = helper.make_graph(nodes, "upsampling", [source], results, initialisers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


@pytest.mark.parametrize(("channels", "factor", "bias"), [(32, 2, True), (3, 4, True), (5, 3, False)])
@pytest.mark.parametrize("level", ["ORT_DISABLE_ALL", "ORT_ENABLE_ALL"])
def test_a_shuffle_with_channels_last_gives_the_same_numbers(
    channels: int, factor: int, bias: bool, level: str
) -> None:
    model, rewritten = (upsampling(channels, factor, bias=bias) for _ in range(2))
    shuffle_with_channels_last(rewritten)
    onnx.checker.check_model(rewritten, full_check=True)
    assert "DepthToSpace" not in {node.op_type for node in rewritten.graph.node}
    for height, width in ((5, 7), (1, 1), (4, 4)):
        picture = np.random.default_rng(1).normal(size=(1, 32, height, width)).astype(np.float32)
        expected = run(model, level, picture)
        assert expected.shape == (1, channels, factor * height, factor * width)
        assert np.allclose(run(rewritten, level, picture), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("other", [{"mode": "DCR"}, {"beside": True}], ids=["order of channels", "used elsewhere"])
def test_other_shuffles_are_left_alone(other: dict[str, Any]) -> None:
    model = upsampling(4, 2, bias=True, **other)
    before = model.SerializeToString()
    shuffle_with_channels_last(model)
    assert model.SerializeToString() == before


def normalisation(channels: int, *, bias: bool, equal: bool) -> onnx.ModelProto:
    """A convolution, the mean square of its channels as a convolution, and their quotient."""
    generator = np.random.default_rng(0)
    mean = np.full((1, channels, 1, 1), 1 / channels, np.float32)
    if not equal:
        mean[0, 0] = 2
    weights = {
        "mix": generator.normal(0, 0.2, (channels, channels, 1, 1)).astype(np.float32),
        "mean": mean,
        "epsilon": np.array([0.25], np.float32),
        "two": np.array(2, np.float32),
    }
    inputs = ["square", "mean", "epsilon"] if bias else ["square", "mean"]
    nodes = [
        helper.make_node("Conv", ["x", "mix"], ["mixed"], kernel_shape=[1, 1]),
        helper.make_node("Pow", ["mixed", "two"], ["square"]),
        helper.make_node("Conv", inputs, ["mean_square"], kernel_shape=[1, 1]),
        helper.make_node("Div", ["mixed", "mean_square"], ["y"]),
    ]
    source = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", channels, "h", "w"])
    result = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", channels, "h", "w"])
    initialisers = [
        numpy_helper.from_array(value, name) for name, value in weights.items() if name in {"mix", "two", *inputs}
    ]
    graph = helper.make_graph(nodes, "normalisation", [source], [result], initialisers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


@pytest.mark.parametrize("bias", [True, False])
def test_the_mean_over_channels_becomes_a_product(tmp_path: Path, bias: bool) -> None:
    model, rewritten = normalisation(32, bias=bias, equal=True), normalisation(32, bias=bias, equal=True)
    channel_means_as_products(rewritten)
    onnx.checker.check_model(rewritten, full_check=True)
    assert [node.op_type for node in rewritten.graph.node].count("Conv") == 1
    assert {tensor.name for tensor in rewritten.graph.initializer} >= {"mix"}
    assert "mean" not in {tensor.name for tensor in rewritten.graph.initializer}
    for shape in ((1, 32, 5, 7), (2, 32, 1, 3)):
        picture = np.random.default_rng(1).normal(size=shape).astype(np.float32)
        assert np.allclose(*(run(each, "ORT_ENABLE_ALL", picture) for each in (model, rewritten)), rtol=1e-5)
    before, after = conversions(model, tmp_path), conversions(rewritten, tmp_path)
    assert after < before or before == 0  # no such layout on this processor


def test_a_convolution_that_is_no_mean_is_left_alone() -> None:
    model = normalisation(32, bias=True, equal=False)
    before = model.SerializeToString()
    channel_means_as_products(model)
    assert model.SerializeToString() == before
