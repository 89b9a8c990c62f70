"""Graphs written so that ONNX Runtime converts less between memory layouts.

On CPUs its convolutions compute on blocks of channels, and what only follows them, such as the additions of residual
blocks, stays in that layout if all its inputs are in it. A sub-pixel convolution leaves it. Everything added to its
output is then converted, addition by addition: 192 channels forth and back for every residual block.

The shuffle itself runs on one core and moves single values. With the channels last it is a transposition of whole
rows of them, and ONNX Runtime has conversions from its blocks of channels to that order and back.

The means over channels that a normalisation takes are convolutions too, and their inputs would be brought into that
layout to compute a block of 16 channels, of which 15 are nothing.
"""

from collections import Counter

import numpy as np
import onnx
from onnx import helper, numpy_helper

_CHANNEL_BLOCK = 16  # the largest one, of processors with AVX-512
_SUFFIX = "_blocked"
_FLAT, _SINGLE = "channel_mean_flat", "channel_mean_single"


def keep_channel_blocks(model: onnx.ModelProto) -> None:
    """Put a convolution that changes nothing, each channel times one, behind every sub-pixel convolution of features.

    Those are the `DepthToSpace` of `model` whose input comes straight from a convolution and has a multiple of 16
    channels for each finer position; the rest stays as it is. `model` is changed.
    """
    graph = model.graph
    weights = {tensor.name: tensor.dims for tensor in graph.initializer}
    convolutions = {node.output[0]: node for node in graph.node if node.op_type == "Conv"}
    nodes = []
    for node in graph.node:
        nodes.append(node)
        source = convolutions.get(node.input[0]) if node.op_type == "DepthToSpace" else None
        if source is None or source.input[1] not in weights:
            continue
        places = helper.get_node_attr_value(node, "blocksize") ** 2
        channels = weights[source.input[1]][0] // places
        if channels % _CHANNEL_BLOCK:
            continue
        output = node.output[0]
        node.output[0] = output + _SUFFIX
        ones = numpy_helper.from_array(np.ones((channels, 1, 1, 1), np.float32), output + _SUFFIX + "_weight")
        graph.initializer.append(ones)
        names = [node.output[0], ones.name]
        nodes.append(helper.make_node("Conv", names, [output], group=channels, kernel_shape=[1, 1]))
    del graph.node[:]
    graph.node.extend(nodes)


def shuffle_with_channels_last(model: onnx.ModelProto) -> None:
    """Take every sub-pixel convolution apart: channels last, rows of channels put between those of the finer grid.

    Those are the `DepthToSpace` of `model` (mode CRD) that alone use what a convolution gives. The numbers stay the
    same. `model` is changed.
    """
    graph = model.graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    uses = Counter(name for node in graph.node for name in node.input)
    uses.update(output.name for output in graph.output)
    convolutions = {node.output[0]: node for node in graph.node if node.op_type == "Conv"}
    nodes = []
    for node in graph.node:
        source = convolutions.get(node.input[0]) if node.op_type == "DepthToSpace" else None
        attributes = {each.name: helper.get_attribute_value(each) for each in node.attribute}
        if (
            source is None
            or attributes.get("mode") != b"CRD"
            or any(uses[name] > 1 for name in (*source.output, *source.input[1:]))
            or any(name not in weights for name in source.input[1:])
        ):
            nodes.append(node)
            continue
        factor = attributes["blocksize"]
        channels = weights[source.input[1]].dims[0] // factor**2
        for name in source.input[1:]:
            values = numpy_helper.to_array(weights[name])
            # The convolution's channels in the order row, column, channel of the finer grid.
            by_position = np.moveaxis(values.reshape(channels, factor**2, -1), 0, 1).reshape(values.shape)
            weights[name].CopyFrom(numpy_helper.from_array(by_position, name))
        nodes += _interleaved(graph, node.input[0], node.output[0], factor, channels)
    del graph.node[:]
    graph.node.extend(nodes)


def _interleaved(graph: onnx.GraphProto, x: str, y: str, factor: int, channels: int) -> list[onnx.NodeProto]:
    """Nodes that make [1, channels, factor * h, factor * w] of [1, (row, column, channel), h, w]."""
    # 0 keeps the size of the axis at its place and -1 takes what is left, so that h and w need not be known.
    shapes = {
        "split": [0, 0, 0, factor, factor * channels],  # 1, h, w, row, (column, channel)
        "columns": [0, 0, 0, -1, channels],  # 1, h, row, (w, column), channel
        "rows": [1, 1, -1, 0, channels],  # 1, 1, (h, row), (w, column), channel
        "axis": [1],
    }
    name = {key: f"{y}_{key}" for key in ("last", "interleaved", "fine", *shapes)}
    shape = {key: f"{y}_{key}_shape" for key in shapes}
    graph.initializer.extend(numpy_helper.from_array(np.array(shapes[key]), shape[key]) for key in shapes)
    return [
        helper.make_node("Transpose", [x], [name["last"]], perm=[0, 2, 3, 1]),
        helper.make_node("Reshape", [name["last"], shape["split"]], [name["split"]]),
        helper.make_node("Transpose", [name["split"]], [name["interleaved"]], perm=[0, 1, 3, 2, 4]),
        helper.make_node("Reshape", [name["interleaved"], shape["columns"]], [name["columns"]]),
        helper.make_node("Reshape", [name["columns"], shape["rows"]], [name["rows"]]),
        helper.make_node("Squeeze", [name["rows"], shape["axis"]], [name["fine"]]),
        helper.make_node("Transpose", [name["fine"]], [y], perm=[0, 3, 1, 2]),
    ]


def channel_means_as_products(model: onnx.ModelProto) -> None:
    """Make every 1x1 convolution that takes the mean over all channels a product with a matrix of one row.

    Those are the `Conv` of `model` with one output channel whose weights are all the same. `model` is changed.
    """
    graph = model.graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    nodes = []
    for node in graph.node:
        weight = weights.get(node.input[1]) if node.op_type == "Conv" else None
        if weight is None or not _is_mean(weight):
            nodes.append(node)
            continue
        (x, _, *bias), name = node.input, node.output[0] + "_"
        row = numpy_helper.from_array(numpy_helper.to_array(weight).reshape(1, -1), name + "row")
        graph.initializer.append(row)
        nodes += [
            helper.make_node("Reshape", [x, _FLAT], [name + "flat"]),
            helper.make_node("MatMul", [row.name, name + "flat"], [name + "sum"]),
            *(helper.make_node("Add", [name + "sum", each], [name + "shifted"]) for each in bias),
            helper.make_node("Shape", [x], [name + "grid"], start=2),
            helper.make_node("Concat", [_SINGLE, name + "grid"], [name + "shape"], axis=0),
            helper.make_node("Reshape", [name + ("shifted" if bias else "sum"), name + "shape"], list(node.output)),
        ]
    if len(nodes) == len(graph.node):
        return
    graph.initializer.append(numpy_helper.from_array(np.array([0, 0, -1]), _FLAT))
    graph.initializer.append(numpy_helper.from_array(np.array([0, 1]), _SINGLE))
    used = {name for node in nodes for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    for field, values in ((graph.node, nodes), (graph.initializer, kept)):
        del field[:]
        field.extend(values)


def _is_mean(weight: onnx.TensorProto) -> bool:
    values = numpy_helper.to_array(weight)
    return values.shape[0] == 1 and values.shape[2:] == (1, 1) and bool((values == values.flat[0]).all())
