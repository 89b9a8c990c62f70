"""What an ONNX graph asks for, read before ONNX Runtime sees it.

A model package comes from somebody else. Its graphs may use the tensor operators listed here and nothing more: no
control flow (so every run ends), no functions, no custom operators, and no weights outside the package.
The reader walks the protocol-buffer fields that matter and skips the rest; field numbers are those of onnx.proto.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from codec_format.errors import ModelError

ALLOWED_OPERATORS = frozenset(
    """
    Abs Add AveragePool BitShift Cast CastLike Ceil Clip Concat Constant ConstantOfShape Conv ConvTranspose DepthToSpace
    DequantizeLinear Div Equal Erf Exp Expand Flatten Floor Gather GatherElements GatherND Gelu Gemm GlobalAveragePool
    Greater GreaterOrEqual GroupNormalization HardSigmoid HardSwish Identity InstanceNormalization LayerNormalization
    LeakyRelu Less LessOrEqual Log MatMul Max Mean Min Mod Mul Neg PRelu Pad Pow QuantizeLinear RMSNormalization Range
    Reciprocal ReduceMax ReduceMean ReduceSum Relu Reshape Resize Round Shape Sigmoid Sign Size Slice Softmax Softplus
    SpaceToDepth Split Sqrt Squeeze Sub Sum Swish Tanh Tile Transpose Unsqueeze Where
    """.split()  # noqa: SIM905 - eighty quoted words would be harder to read
)
_DEFAULT_DOMAINS = ("", "ai.onnx")

# The largest graph of the shipped package has about a thousand nodes, and no weight has more than four dimensions.
_NODE_LIMIT = 2**14
_RANK_LIMIT = 8
_ELEMENT_LIMIT = 2**31

# TensorProto.DataType -> NumPy type name, for the types that a package stores.
_TENSOR_TYPES = {1: "float32", 2: "uint8", 3: "int8", 5: "int16", 6: "int32", 7: "int64", 10: "float16"}

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


@dataclass(frozen=True)
class ExternalTensor:
    """A weight that a graph names but does not contain.

    Attributes:
        name: the graph's name for it, which is also its key in the tensor file.
        location: the tensor file, a member of the model package.
        dtype: NumPy name of the type that the graph expects.
        shape: the shape that the graph expects.
    """

    name: str
    location: str
    dtype: str
    shape: tuple[int, ...]


def external_tensors(model: bytes, name: str) -> tuple[ExternalTensor, ...]:
    """Check an ONNX model and list the weights it needs; ``name`` stands for the model in messages.

    Raises:
        ModelError: the bytes are not an ONNX model, or it uses something outside the allowed set.
    """
    try:
        return tuple(_read_model(model, name))
    except (IndexError, UnicodeDecodeError, KeyError) as error:
        raise ModelError("{name} is not a valid ONNX model; get the model package anew.", name=name) from error


def _read_model(model: bytes, name: str) -> Iterator[ExternalTensor]:
    graphs = 0
    for field, value in _fields(model):
        if field == 7:
            graphs += 1
            yield from _read_graph(_message(value), name)
        elif field in (20, 25):  # training_info, functions
            raise ModelError(
                "{name} contains functions or training information, which a model package may not use.", name=name
            )
    if graphs != 1:
        raise ModelError("{name} is not a valid ONNX model; get the model package anew.", name=name)


def _read_graph(graph: bytes, name: str) -> Iterator[ExternalTensor]:
    nodes = 0
    for field, value in _fields(graph):
        if field == 1:
            nodes += 1
            if nodes > _NODE_LIMIT:
                raise ModelError(
                    "{name} has more than the {limit} nodes that a model package may use.", name=name, limit=_NODE_LIMIT
                )
            _check_node(_message(value), name)
        elif field == 5:
            tensor = _read_tensor(_message(value), name)
            if tensor is not None:
                yield tensor
        elif field == 15:
            raise ModelError("{name} contains sparse weights, which a model package may not use.", name=name)


def _check_node(node: bytes, name: str) -> None:
    operator = domain = ""
    for field, value in _fields(node):
        if field == 4:
            operator = _message(value).decode()
        elif field == 7:
            domain = _message(value).decode()
        elif field == 5:
            _check_attribute(_message(value), name)
    if domain not in _DEFAULT_DOMAINS or operator not in ALLOWED_OPERATORS:
        raise ModelError(
            "{name} uses the operator {domain}{operator}, which is not allowed.",
            name=name,
            domain=domain + "." if domain else "",
            operator=operator,
        )


def _check_attribute(attribute: bytes, name: str) -> None:
    for field, value in _fields(attribute):
        if field in (6, 11):
            raise ModelError("{name} uses a nested graph, which a model package may not use.", name=name)
        if field in (22, 23):
            raise ModelError("{name} contains sparse weights, which a model package may not use.", name=name)
        if field in (5, 10) and _read_tensor(_message(value), name) is not None:
            raise ModelError("{name} keeps a constant outside the graph, which a model package may not do.", name=name)


def _read_tensor(tensor: bytes, name: str) -> ExternalTensor | None:
    """The external weight that a TensorProto declares, None for one that holds its own values."""
    shape: list[int] = []
    data_type = 0
    names: list[str] = []
    locations: list[str] = []
    external = False
    for field, value in _fields(tensor):
        if field == 1:
            shape.extend([value] if isinstance(value, int) else _packed(value))
        elif field == 2 and isinstance(value, int):
            data_type = value
        elif field == 8:
            names.append(_message(value).decode())
        elif field == 13:
            external = True
            entry = {key: _message(text).decode() for key, text in _fields(_message(value))}
            if entry[1] == "location":
                locations.append(entry[2])
        elif field == 14:
            external = external or value != 0
    elements = _count_elements(shape, name)
    if not external:
        # Every element takes a byte at least. Room for what is declared but absent is never asked of ONNX Runtime.
        if elements > len(tensor):
            raise ModelError(
                "{name} declares a constant that is larger than its content; get the model package anew.", name=name
            )
        return None
    if len(names) != 1 or len(locations) != 1:
        raise ModelError(
            "{name} declares a weight without one name and one location; get the model package anew.", name=name
        )
    return ExternalTensor(names[0], locations[0], _TENSOR_TYPES[data_type], tuple(shape))


def _count_elements(shape: Sequence[int], name: str) -> int:
    """Number of elements of a tensor; a ModelError if no weight can have such a shape."""
    # Sides of 0 count as 1, so that they hide no others.
    if len(shape) > _RANK_LIMIT or math.prod(max(side, 1) for side in shape) > _ELEMENT_LIMIT:
        raise ModelError("{name} declares a weight that is larger than a model package may use.", name=name)
    return math.prod(shape)


def _message(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise IndexError("a number where a message belongs")
    return value


def _packed(data: bytes) -> Iterator[int]:
    at = 0
    while at < len(data):
        value, at = _varint(data, at)
        yield value


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The (field number, value) pairs of one message; fixed-width numbers are given as their bytes."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        if key >= 2**32:
            # Readers in C++ drop the upper bits, and would take the field for another one than is checked here.
            raise IndexError("field number too large")
        kind = key & 7
        value: int | bytes
        if kind == _VARINT:
            value, at = _varint(data, at)
        else:
            if kind == _BYTES:
                length, at = _varint(data, at)
            elif kind in (_FIXED64, _FIXED32):
                length = 8 if kind == _FIXED64 else 4
            else:
                raise IndexError("unknown wire type")
            if length > len(data) - at:
                raise IndexError("field runs past the end")
            value = data[at : at + length]
            at += length
        yield key >> 3, value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A base-128 number at an offset, and the offset after it; IndexError when it is cut or too long."""
    value = shift = 0
    while shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            if value >= 2**64:
                break
            return value, at
        shift += 7
    raise IndexError("number too long")
