"""Assemble a model package: shared weights, integer tables, stripped graphs, manifest, all in a reproducible ZIP."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
import safetensors.numpy
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from export.integers import IntegerTensors

WEIGHTS = "weights.safetensors"
TABLES = "tables.safetensors"
_INLINE_ELEMENTS = 64  # smaller initialisers stay inside their graph
_TIME_STAMP = (1980, 1, 1, 0, 0, 0)


class PackageBuilder:
    """Collects graphs and keeps one copy of every weight that they share."""

    def __init__(self, tables: IntegerTensors) -> None:
        self.tables = tables
        self.weights: dict[str, NDArray[np.generic]] = {}
        self._key_of_content: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self.graphs: dict[str, bytes] = {}

    def add_graph(self, name: str, model: onnx.ModelProto) -> None:
        """Take `model` over: weights move out, what only describes the exporter goes."""
        onnx.checker.check_model(model)
        keys: set[str] = set()
        taken = {value.name for value in (*model.graph.input, *model.graph.initializer)}
        taken |= {output for node in model.graph.node for output in node.output}
        for position in reversed(range(len(model.graph.initializer))):
            tensor = model.graph.initializer[position]
            values = numpy_helper.to_array(tensor)
            if values.size > _INLINE_ELEMENTS:
                # Keys of other graphs' weights may be names of other values here.
                location, key = self._share(name, tensor.name, values, taken - {tensor.name} - keys)
                _rename(model.graph, tensor.name, key)
                if key in keys:  # two equal weights in one graph
                    del model.graph.initializer[position]
                    continue
                keys.add(key)
                external = TensorProto(name=key, data_type=tensor.data_type, data_location=TensorProto.EXTERNAL)
                external.dims.extend(values.shape)
                external.external_data.add(key="location", value=location)
                tensor.CopyFrom(external)
        if any(value.name == "grid" for value in model.graph.input):
            _take_grid_shape(model.graph)
        for node in model.graph.node:
            node.doc_string = ""
            del node.metadata_props[:]
        del model.graph.value_info[:]
        del model.graph.metadata_props[:]
        del model.metadata_props[:]
        for entry in (*model.graph.input, *model.graph.output, *model.graph.initializer):
            del entry.metadata_props[:]
        model.graph.doc_string = model.doc_string = ""
        self.graphs[name] = model.SerializeToString(deterministic=True)

    def _share(self, graph: str, name: str, values: NDArray[Any], taken: set[str]) -> tuple[str, str]:
        """Tensor file and key that hold `values`; the key is none of those `taken`."""
        if graph.startswith("scale_"):
            block = int(graph.removeprefix("scale_"))
            part = name.removeprefix("step.")
            key = f"scale.{part}" if part in ("initial_state", "magnitude") else f"scale.{block}.{part}"
            table = self.tables.get(key)
            if (
                key not in taken
                and table is not None
                and np.array_equal(table.astype(values.dtype).ravel(), values.ravel())
            ):
                return TABLES, key
        content = (values.dtype.str, values.shape, hashlib.sha256(values.tobytes()).digest())
        shared = self._key_of_content.get(content)
        if shared is not None and shared not in taken:
            return WEIGHTS, shared
        # Names without a dot are the exporter's own, "val_19", and recur from graph to graph.
        key = name if "." in name and name not in self.weights else f"{graph}.{name}"
        self._key_of_content.setdefault(content, key)
        self.weights[key] = _in_half_precision(values)
        return WEIGHTS, key

    def content(self, manifest: Mapping[str, Any]) -> bytes:
        """Bytes of the finished package; the same input gives the same bytes."""
        members = {
            "manifest.json": json.dumps(manifest, indent=1, sort_keys=True).encode(),
            WEIGHTS: safetensors.numpy.save(self.weights),
            TABLES: safetensors.numpy.save({key: np.ascontiguousarray(v) for key, v in self.tables.items()}),
        } | {f"graphs/{name}.onnx": graph for name, graph in self.graphs.items()}
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
            for name in sorted(members):
                archive.writestr(zipfile.ZipInfo(name, _TIME_STAMP), members[name])
        return buffer.getvalue()


def _in_half_precision(values: NDArray[Any]) -> NDArray[Any]:
    """float32 values as float16 where that loses nothing, all else as it is."""
    if values.dtype != np.float32 or np.abs(values).max() > np.finfo(np.float16).max:
        return values
    half = values.astype(np.float16)
    return half if np.array_equal(half.astype(np.float32), values) else values


def _rename(graph: onnx.GraphProto, old: str, new: str) -> None:
    for node in graph.node:
        for position, name in enumerate(node.input):
            if name == old:
                node.input[position] = new


def _take_grid_shape(graph: onnx.GraphProto) -> None:
    """Replace the input `grid` of zeros [1, 1, h, w] by the input `grid_shape` int64 [2] = (h, w)."""
    position = next(i for i, value in enumerate(graph.input) if value.name == "grid")
    del graph.input[position]
    graph.input.insert(position, helper.make_tensor_value_info("grid_shape", TensorProto.INT64, [2]))
    graph.initializer.append(numpy_helper.from_array(np.array([1, 1], np.int64), "grid_batch"))
    nodes = [
        helper.make_node("Concat", ["grid_batch", "grid_shape"], ["grid_size"], axis=0),
        helper.make_node("ConstantOfShape", ["grid_size"], ["grid"]),
    ]
    for node in reversed(nodes):
        graph.node.insert(0, node)
