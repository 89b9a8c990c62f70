"""The hint that keeps features in ONNX Runtime's layout of channel blocks."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from export.layout import keep_channel_blocks

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
