"""A hint for ONNX Runtime, so that it keeps the features of a graph in the memory layout of its convolutions.

On CPUs its convolutions compute on blocks of channels, and what only follows them, such as the additions of residual
blocks, stays in that layout if all its inputs are in it. A sub-pixel convolution leaves it. Everything added to its
output is then converted, addition by addition: 192 channels forth and back for every residual block.
"""

import numpy as np
import onnx
from onnx import helper, numpy_helper

_CHANNEL_BLOCK = 16  # the largest one, of processors with AVX-512
_SUFFIX = "_blocked"


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
