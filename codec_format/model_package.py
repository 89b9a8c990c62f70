"""Model packages (*.qresmodel): what they hold, whether they are acceptable, where they are found.

A package is a ZIP file of stored members: a manifest, ONNX graphs, and two tensor files for the weights and the integer
tables. Loading one parses data only. Its identity is a SHA-256 over names and contents of the members, so that a .qres
file can name exactly the package that decodes it.
"""

import errno
import hashlib
import io
import itertools
import json
import math
import os
import re
import stat
import struct
import sys
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from codec_format.errors import Message, ModelError, ModelMissingError, UnsupportedError, system_reason
from codec_format.frequency_tables import FrequencyTables
from codec_format.lossless_head import LosslessHead
from codec_format.onnx_graph import external_tensors

EXTENSION = ".qresmodel"
MODELS_VARIABLE = "QRES_MODELS"
MODEL_ID_LENGTH = 16

_MANIFEST = "manifest.json"
_WEIGHTS = "weights.safetensors"
_TABLES = "tables.safetensors"
_GRAPH_PATTERN = re.compile(r"graphs/([a-z0-9_]{1,64})\.onnx")
_SHIPPED_FOLDER = Path(__file__).parent / "models"
_DEFAULT_PACKAGE = _SHIPPED_FOLDER / f"default{EXTENSION}"
_SUPPORTED_VERSION = 5
_FEATURE_VERSION = 5  # from here on the last encoder also gives the feature behind it
_DECODER = "decoder_"

# Far above any sensible package, far below what would exhaust a computer.
_PACKAGE_LIMIT = 4 * 2**30
_MEMBER_LIMITS = {_MANIFEST: 2**20, _WEIGHTS: _PACKAGE_LIMIT, _TABLES: 256 * 2**20}
_GRAPH_LIMIT = 8 * 2**20
_MEMBER_COUNT_LIMIT = 1024
_BLOCK_LIMIT = 64
_STRIDE_LIMIT = 1024
_HALO_LIMIT = 2**16
_CHANNEL_LIMIT = 4096
_QUALITY_LIMIT = 256
_TABLE_LIMIT = 256
_TEXT_LIMIT = 200


@dataclass(frozen=True)
class LatentBlock:
    """Shape of one latent block: ``channels`` values for every ``stride`` x ``stride`` pixels."""

    stride: int
    channels: int


@dataclass(frozen=True)
class Manifest:
    """What a package says about itself.

    Attributes:
        name: short name for people.
        architecture: name of the network architecture.
        parameters: number of weights.
        macs_per_pixel: multiply-accumulate operations per pixel, by part ("encode", "decode", "scale_network").
        portable: the probabilities come from exact integers, so files decode alike on every computer.
        alignment: pictures are padded to multiples of this many pixels.
        lambdas: rate-distortion weight of each quality index.
        metric: the distortion that training minimised, for instance "mse".
        blocks: the latent blocks in coding order.
        halos: pixels by which the input of each section must exceed its output; empty for a package without sections.
        table_count: number of frequency tables.
        training: free-form record of the training.
        licence: licence of the package.
        lossless_quality_index: quality index at which lossless files are made; None for a package that makes none.
        encoder_gives_feature: the encoder ends with the feature that the refinement starts from.
    """

    name: str
    architecture: str
    parameters: int
    macs_per_pixel: Mapping[str, float]
    portable: bool
    alignment: int
    lambdas: tuple[float, ...]
    metric: str
    blocks: tuple[LatentBlock, ...]
    halos: Mapping[str, int]
    table_count: int
    training: Mapping[str, Any]
    licence: str
    lossless_quality_index: int | None = None
    encoder_gives_feature: bool = False

    @property
    def has_samples(self) -> bool:
        """Whether the decoder can give samples, which lossless coding needs."""
        return self.lossless_quality_index is not None

    @property
    def quality_count(self) -> int:
        """Number of quality indices."""
        return len(self.lambdas)

    @property
    def strides(self) -> tuple[int, ...]:
        """Strides that have latent blocks, from coarse to fine."""
        return tuple(sorted({block.stride for block in self.blocks}, reverse=True))

    @property
    def section_strides(self) -> tuple[int, ...]:
        """Strides of the sections, from coarse to fine: those of the latent blocks, perhaps finer ones without any."""
        return _section_strides(self.halos)

    def blocks_of(self, stride: int) -> range:
        """Numbers of the latent blocks of a stride; none for that of a refinement."""
        numbers = [number for number, block in enumerate(self.blocks) if block.stride == stride]
        return range(numbers[0], numbers[-1] + 1) if numbers else range(0)


@dataclass(frozen=True)
class Graph:
    """An ONNX model and the weights it needs, by name, in the types it declares."""

    model: bytes
    weights: Mapping[str, NDArray[Any]]


class ModelPackage:
    """A validated model package in memory.

    Attributes:
        manifest: what the package says about itself.
        identity: SHA-256 over the content, 32 bytes.
        path: the file it came from, or None.
    """

    def __init__(self, content: bytes, path: Path | None = None) -> None:
        """Parse the bytes of a package.

        Raises:
            ModelError: the package is damaged, or holds something that a package may not hold.
            UnsupportedError: it was made for a newer version.
        """
        self.path = path
        self._label = str(path) if path is not None else Message("The model package")
        self._members = _read_members(content, self._label)
        self.identity = _identity(self._members)
        self.manifest = _read_manifest(self._members[_MANIFEST], self._label)
        self._check_graphs()

    @classmethod
    def load(cls, path: Path) -> "ModelPackage":
        """Read a package from a file.

        Raises:
            ModelError: the file cannot be read, is damaged, or holds something that a package may not hold.
            UnsupportedError: it was made for a newer version.
        """
        try:
            status = path.stat()
            if stat.S_ISFIFO(status.st_mode):  # would keep its reader waiting
                raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
            if status.st_size > _PACKAGE_LIMIT:
                raise ModelError("{path} is larger than a model package may be; get the model package anew.", path=path)
            content = path.read_bytes()
        except OSError as error:
            raise ModelError(
                "The model package {path} cannot be read: {reason}; check the path.",
                path=path,
                reason=system_reason(error),
            ) from error
        return cls(content, path)

    @property
    def model_id(self) -> bytes:
        """The first 16 bytes of the identity; a .qres file names this package by 8 of them, or by all."""
        return self.identity[:MODEL_ID_LENGTH]

    def is_named(self, model_id: bytes) -> bool:
        """Whether these bytes of a .qres file name this package."""
        return self.model_id.startswith(model_id)

    def has_graph(self, name: str) -> bool:
        """Whether the package holds a graph of this name."""
        return _graph_member(name) in self._members

    def graph(self, name: str) -> Graph:
        """A graph with its weights, checked.

        Raises:
            ModelError: there is no such graph, or it uses something outside the allowed set.
        """
        label = Message('The graph "{name}" of {package}', name=name, package=self._label)
        model = self._members.get(_graph_member(name))
        if model is None:
            raise ModelError("{label} is missing; get the model package anew.", label=label)
        weights = {}
        for tensor in external_tensors(model, label):
            source = self._tensors.get(tensor.location, {}).get(tensor.name)
            if source is None:
                raise ModelError(
                    '{label} needs "{tensor}" from "{location}", which is not in the package.',
                    label=label,
                    tensor=tensor.name,
                    location=tensor.location,
                )
            # Weights may be stored in half precision and integers may travel in float32; nothing else is converted.
            if source.dtype.name != tensor.dtype and tensor.dtype != "float32":
                raise ModelError(
                    '{label} expects "{tensor}" as {wanted}, not {dtype}.',
                    label=label,
                    tensor=tensor.name,
                    wanted=tensor.dtype,
                    dtype=source.dtype.name,
                )
            if source.size != math.prod(tensor.shape):
                raise ModelError(
                    '{label} expects another shape of "{tensor}" than the package holds.',
                    label=label,
                    tensor=tensor.name,
                )
            weights[tensor.name] = np.ascontiguousarray(source, dtype=tensor.dtype).reshape(tensor.shape)
        return Graph(model, MappingProxyType(weights))

    def graph_names(self) -> tuple[str, ...]:
        """Names of all graphs, sorted."""
        matches = (_GRAPH_PATTERN.fullmatch(member) for member in self._members)
        return tuple(match[1] for match in matches if match)

    @cached_property
    def frequency_tables(self) -> FrequencyTables:
        """The integer frequency tables of the entropy coder.

        Raises:
            ModelError: they are missing or inconsistent.
        """
        optional = ("entropy.group_sizes", "entropy.group_frequencies")
        present = optional if any(name in self._tensors[_TABLES] for name in optional) else ()
        tables = self._read_tables("entropy.limits", "entropy.frequencies", *present)
        if len(tables.limits) != self.manifest.table_count:
            raise ModelError(
                "{label} holds frequency tables that contradict its manifest; get it anew.", label=self._label
            )
        return tables

    @cached_property
    def lossless_head(self) -> LosslessHead:
        """The lossless head, for a package that has one.

        Raises:
            ModelError: it is missing or inconsistent.
        """
        return LosslessHead(self._tensors[_TABLES], self._read_tables("lossless.limits", "lossless.frequencies"))

    def _read_tables(self, *names: str) -> FrequencyTables:
        """Frequency tables of the tensors of these names, which `FrequencyTables.from_concatenated` takes."""
        try:
            tensors = [self._tensors[_TABLES][name] for name in names]
        except KeyError as error:
            raise ModelError(
                "{label} holds no {error}; get the model package anew.", label=self._label, error=error
            ) from error
        if any(tensor.dtype != np.int32 for tensor in tensors):
            raise ModelError(
                "{label} holds frequency tables of another type than int32; get it anew.", label=self._label
            )
        return FrequencyTables.from_concatenated(*tensors)

    @cached_property
    def _tensors(self) -> Mapping[str, Mapping[str, NDArray[Any]]]:
        """Tensors by file name and key."""
        try:
            return {member: safetensors.numpy.load(self._members[member]) for member in (_WEIGHTS, _TABLES)}
        except (safetensors.SafetensorError, ValueError, KeyError, TypeError) as error:
            raise ModelError(
                "{label} holds a damaged tensor file; get the model package anew.", label=self._label
            ) from error

    def _check_graphs(self) -> None:
        blocks = range(len(self.manifest.blocks))
        needed = [f"scale_{block:02}" for block in blocks] if self.manifest.portable else []
        if self.manifest.halos:
            needed += self.manifest.halos
        else:
            needed += ["bottom_up", "synthesis"]
            needed += [f"{part}_{block:02}" for part in ("prior", "posterior", "merge") for block in blocks]
        if self.manifest.has_samples:
            needed.append(f"lossless_decoder_{self.manifest.section_strides[-1]}")
        missing = [name for name in needed if not self.has_graph(name)]
        if missing:
            raise ModelError(
                '{label} lacks the graph "{name}"; get the model package anew.', label=self._label, name=missing[0]
            )


def checked_output(values: NDArray[Any], dtype: type[np.generic], shape: tuple[int | None, ...]) -> NDArray[Any]:
    """An output of a graph, if it is what the format says; ``None`` in ``shape`` stands for any number.

    Raises:
        ModelError: it has another type or shape.
    """
    fits = len(values.shape) == len(shape) and all(
        wanted in (None, side) for side, wanted in zip(values.shape, shape, strict=True)
    )
    if values.dtype != dtype or not fits:
        raise ModelError(
            "A graph of the model package gives {dtype} {shape} where the format asks for "
            "{wanted_dtype} {wanted_shape}; get the model package anew.",
            dtype=values.dtype,
            shape=list(values.shape),
            wanted_dtype=np.dtype(dtype),
            wanted_shape=[side or "any" for side in shape],
        )
    return values


def search_places() -> tuple[Path, ...]:
    """Folders and files in which packages are looked for, in order.

    The shipped folder, the user's folder, then the entries of the environment variable QRES_MODELS.
    """
    named = os.environ.get(MODELS_VARIABLE, "")
    return (_SHIPPED_FOLDER, user_folder(), *(Path(place) for place in named.split(os.pathsep) if place))


def user_folder() -> Path:
    """The folder in which a user installs packages, by the custom of the platform."""
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return base / "qres" / "models"


def installed_packages() -> tuple[Path, ...]:
    """Every package file in the search places, without repetition."""
    return tuple(dict.fromkeys(_package_files()))


def default_package() -> ModelPackage:
    """The package that encodes when none is named.

    Raises:
        ModelError: this installation ships none.
    """
    if not _DEFAULT_PACKAGE.is_file():
        raise ModelError("This installation has no default model package; name one explicitly.")
    return _kept_package(_DEFAULT_PACKAGE)


def find_package(model_id: bytes) -> ModelPackage:
    """The installed package that these bytes of a .qres file name.

    Raises:
        ModelMissingError: it is not installed.
        ModelError: it is installed but damaged beyond its identity.
    """
    for path in installed_packages():
        known = _model_id_of(path)
        if known is not None and known.startswith(model_id):
            return _kept_package(path)
    raise ModelMissingError(model_id)


def _package_files() -> Iterator[Path]:
    for place in search_places():
        if place.is_dir():
            # Files only: a pipe of such a name would keep its reader waiting.
            yield from (path for path in sorted(place.glob(f"*{EXTENSION}")) if path.is_file())
        elif place.is_file():
            yield place


def _kept_package(path: Path) -> ModelPackage:
    """The package of a file; the same object as before while the file does not change."""
    try:
        status = path.stat()
    except OSError:
        return ModelPackage.load(path)  # says what is wrong
    return _cached_package(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=2)
def _cached_package(path: Path, modified: int, size: int) -> ModelPackage:
    return ModelPackage.load(path)


def _model_id_of(path: Path) -> bytes | None:
    """The model id of a package file, None when it is unreadable."""
    try:
        status = path.stat()
        return _cached_model_id(path, status.st_mtime_ns, status.st_size)
    except (OSError, ModelError):
        return None


@lru_cache(maxsize=64)
def _cached_model_id(path: Path, modified: int, size: int) -> bytes:
    """Hashing every package for every file would be slow; the time stamp and size tell when it changed."""
    try:
        return _cached_package(path, modified, size).model_id  # which is likely to be wanted next
    except (ModelError, UnsupportedError):  # it may have a model id nevertheless
        return _identity(_read_members(path.read_bytes(), str(path)))[:MODEL_ID_LENGTH]


def _identity(members: Mapping[str, bytes]) -> bytes:
    digest = hashlib.sha256()
    for name, content in members.items():
        encoded = name.encode()
        digest.update(struct.pack("<I", len(encoded)) + encoded + struct.pack("<Q", len(content)))
        digest.update(content)
    return digest.digest()


def _read_members(content: bytes, label: str) -> dict[str, bytes]:
    """The members of a package by name, sorted; only names, sizes and storage that a package may have."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            names = [entry.filename for entry in entries]
            if len(entries) > _MEMBER_COUNT_LIMIT or len(set(names)) != len(names):
                raise ModelError("{label} holds too many or repeated members; get the model package anew.", label=label)
            for entry in entries:
                limit = _MEMBER_LIMITS.get(entry.filename, _GRAPH_LIMIT)
                if entry.filename not in _MEMBER_LIMITS and not _GRAPH_PATTERN.fullmatch(entry.filename):
                    raise ModelError(
                        '{label} holds the unexpected member "{member}".', label=label, member=entry.filename
                    )
                if entry.compress_type != zipfile.ZIP_STORED or entry.file_size > limit:
                    raise ModelError(
                        '{label} holds "{member}" compressed or larger than allowed.',
                        label=label,
                        member=entry.filename,
                    )
            # Members can overlap in the file; together they must not be larger, so no small file unpacks to a huge one.
            if sum(entry.file_size for entry in entries) > len(content):
                raise ModelError("{label} claims more content than it has; get the model package anew.", label=label)
            members = {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, RuntimeError, NotImplementedError) as error:
        raise ModelError("{label} is not a valid model package, or is damaged; get it anew.", label=label) from error
    for name in _MEMBER_LIMITS:
        if name not in members:
            raise ModelError("{label} lacks {name}; get the model package anew.", label=label, name=name)
    return dict(sorted(members.items()))


def _graph_member(name: str) -> str:
    return f"graphs/{name}.onnx"


def _read_manifest(content: bytes, label: str) -> Manifest:
    try:
        raw = json.loads(content)
        if raw["format"] != "qresmodel":
            raise ValueError(Message('the format is not "qresmodel"'))
        version = _integer(raw["version"], 1, 2**31, "version")
        if version > _SUPPORTED_VERSION:
            raise UnsupportedError(
                "{label} needs a newer version of this program (package version {version}).",
                label=label,
                version=version,
            )
        lambdas = tuple(float(value) for value in raw["lambdas"])
        if len(lambdas) != _integer(raw["quality_count"], 1, _QUALITY_LIMIT, "quality_count"):
            raise ValueError(Message("quality_count and lambdas disagree"))
        macs_per_pixel = {str(part): float(macs) for part, macs in raw["macs_per_pixel"].items()}
        if not all(math.isfinite(value) for value in (*lambdas, *macs_per_pixel.values())):
            raise ValueError(Message("lambdas or macs_per_pixel are not finite"))
        blocks = tuple(
            LatentBlock(
                _integer(block["stride"], 1, _STRIDE_LIMIT, "stride"),
                _integer(block["channels"], 1, _CHANNEL_LIMIT, "channels"),
            )
            for block in raw["blocks"]
        )
        if not 1 <= len(blocks) <= _BLOCK_LIMIT:
            raise ValueError(Message("the number of latent blocks is not in 1..{limit}", limit=_BLOCK_LIMIT))
        alignment = _integer(raw["alignment"], 1, _STRIDE_LIMIT, "alignment")
        if any(alignment % block.stride for block in blocks):
            raise ValueError(Message("the alignment is not a multiple of every stride"))
        if any(before.stride % after.stride for before, after in itertools.pairwise(blocks)):
            raise ValueError(Message("the stride of a latent block does not divide that of the block before"))
        halos = {str(name): _integer(halo, 0, _HALO_LIMIT, "halo") for name, halo in raw.get("halos", {}).items()}
        latent_strides = tuple(sorted({block.stride for block in blocks}, reverse=True))
        if halos:
            _check_sections(halos, latent_strides)
        if halos and raw["portable"] is not True:
            raise ValueError(Message("there are halos, but the package is not portable"))
        if not isinstance(raw["portable"], bool) or not isinstance(raw["training"], dict):
            raise ValueError(Message("portable or training has the wrong type"))
        return Manifest(
            name=_text(raw["name"], "name"),
            architecture=_text(raw["architecture"], "architecture"),
            parameters=_integer(raw["parameters"], 0, 2**40, "parameters"),
            macs_per_pixel=macs_per_pixel,
            portable=raw["portable"],
            alignment=alignment,
            lambdas=lambdas,
            metric=_text(raw["metric"], "metric"),
            blocks=blocks,
            halos=halos,
            table_count=_integer(raw["table_count"], 1, _TABLE_LIMIT, "table_count"),
            training=raw["training"],
            licence=_text(raw["licence"], "licence"),
            lossless_quality_index=_lossless_quality_index(raw, len(lambdas), bool(halos)),
            encoder_gives_feature=version >= _FEATURE_VERSION and len(_section_strides(halos)) > len(latent_strides),
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ModelError(
            "The manifest of {label} is not valid ({error}); get the model package anew.", label=label, error=error
        ) from error


def _section_strides(halos: Mapping[str, int]) -> tuple[int, ...]:
    """The strides of the decoder's sections, from coarse to fine."""
    names = [name.removeprefix(_DECODER) for name in halos if name.startswith(_DECODER)]
    return tuple(sorted((int(name) for name in names if name.isdecimal() and len(name) < 6), reverse=True))


def _check_sections(halos: Mapping[str, int], latent_strides: tuple[int, ...]) -> None:
    """Each stride with latent blocks has its sections; finer ones may have some as well, but for an encoder.

    Raises:
        ValueError: it is not so, or a stride does not divide the one before.
    """
    strides = _section_strides(halos)
    names = {f"{part}_{stride}" for part in ("bottom_up", "decoder") for stride in strides}
    names |= {f"encoder_{stride}" for stride in latent_strides}
    if halos.keys() != names or strides[: len(latent_strides)] != latent_strides:
        raise ValueError(Message("halos are not those of the sections"))
    if 0 in strides or any(before % after for before, after in itertools.pairwise(strides)):
        raise ValueError(Message("the stride of a section does not divide that of the section before"))


def _lossless_quality_index(raw: Mapping[str, Any], quality_count: int, has_sections: bool) -> int | None:
    if "lossless" not in raw:
        return None
    if not has_sections:
        raise ValueError(Message("there is a lossless head, but there are no sections"))
    return _integer(raw["lossless"]["quality_index"], 0, quality_count - 1, "lossless quality_index")


def _integer(value: object, lowest: int, highest: int, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        raise ValueError(
            Message("{name} is not an integer in {lowest}..{highest}", name=name, lowest=lowest, highest=highest)
        )
    return value


def _text(value: object, name: str) -> str:
    """A line for people; it must not steer a terminal or fill a window."""
    if not isinstance(value, str) or len(value) > _TEXT_LIMIT or not value.isprintable():
        raise ValueError(
            Message("{name} is not a line of at most {limit} printable characters", name=name, limit=_TEXT_LIMIT)
        )
    return value
