"""Section 8: the parts of a model package that turn bytes into symbols."""

import hashlib
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Tensors = dict[str, npt.NDArray[Any]]

TYPES = {"U8": np.uint8, "I8": np.int8, "I32": np.int32, "F16": np.float16, "F32": np.float32}


@dataclass
class Package:
    identity: bytes
    manifest: dict[str, Any]
    parameters: Tensors  # tables.safetensors

    @property
    def tables(self) -> list[list[int]]:
        """The frequencies of every table."""
        rest = self.parameters["entropy.frequencies"].tolist()
        tables = []
        for limit in self.parameters["entropy.limits"].tolist():
            tables.append(rest[: 2 * limit + 1])
            rest = rest[2 * limit + 1 :]
        assert not rest
        return tables

    @property
    def groups(self) -> dict[int, tuple[int, list[int]]]:
        """Size of the groups and group table, for the tables that are coded in groups."""
        groups = {}
        rest = self.parameters.get("entropy.group_frequencies", np.zeros(0)).tolist()
        for table, size in enumerate(self.parameters.get("entropy.group_sizes", np.zeros(0)).tolist()):
            if size:
                count = 2 * int(self.parameters["entropy.limits"][table]) * size + 1
                groups[table] = size, rest[:count]
                rest = rest[count:]
        assert not rest
        return groups


def read_tensors(content: bytes) -> Tensors:
    """A safetensors file: the length of a JSON header, the header, the values."""
    start = 8 + int.from_bytes(content[:8], "little")
    tensors = {}
    for name, entry in json.loads(content[8:start]).items():
        if name != "__metadata__":
            begin, end = (start + offset for offset in entry["data_offsets"])
            tensors[name] = np.frombuffer(content[begin:end], TYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors


def read_package(path: Path) -> Package:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    described = b""
    for name in sorted(members, key=str.encode):
        described += len(name.encode()).to_bytes(4, "little") + name.encode()
        described += len(members[name]).to_bytes(8, "little") + members[name]
    identity = hashlib.sha256(described).digest()
    return Package(identity, json.loads(members["manifest.json"]), read_tensors(members["tables.safetensors"]))
