"""Model packages: identity, validation, discovery."""

import hashlib
import io
import itertools
import os
import struct
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import safetensors.numpy
from onnx import TensorProto, helper, numpy_helper

from codec_format import model_package
from codec_format.codec import Codec
from codec_format.container import read_container, write_container
from codec_format.errors import IntegrityError, ModelError, ModelMissingError, QresError, UnsupportedError
from codec_format.frequency_tables import with_groups
from codec_format.model_package import ModelPackage, checked_output, find_package, installed_packages
from codec_format.onnx_graph import ALLOWED_OPERATORS
from codec_format.picture import Picture
from tests.codec_format.golden import (
    FLOAT_SCALE_PACKAGE,
    GOLDEN_FOLDER,
    GROUPED_PACKAGE,
    REFINED_PACKAGE,
    SECTIONS_PACKAGE,
)
from tests.codec_format.packages import members_of, package_of, with_manifest, without_members

SHIPPED_FOLDER = Path(model_package.__file__).with_name("models")


@pytest.fixture(scope="module")
def content(tiny_package_file: Path) -> bytes:
    return tiny_package_file.read_bytes()


def with_graph(content: bytes, name: str, model: onnx.ModelProto) -> ModelPackage:
    return ModelPackage(package_of(members_of(content) | {f"graphs/{name}.onnx": model.SerializeToString()}))


def model_of(*nodes: onnx.NodeProto, initializers: tuple[TensorProto, ...] = (), **options: Any) -> onnx.ModelProto:
    graph = helper.make_graph(
        list(nodes),
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])],
        list(initializers),
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10, **options)


def external_tensor(
    name: str, location: str, shape: tuple[int, ...] = (2,), kind: int = TensorProto.FLOAT
) -> TensorProto:
    tensor = TensorProto(name=name, data_type=kind, data_location=TensorProto.EXTERNAL, dims=shape)
    tensor.external_data.add(key="location", value=location)
    return tensor


def test_manifest_describes_the_exported_model(tiny_package: ModelPackage) -> None:
    manifest = tiny_package.manifest
    assert [(block.stride, block.channels) for block in manifest.blocks] == [(64, 4), (32, 4), (16, 4)]
    assert manifest.portable
    assert manifest.quality_count == 64
    assert list(manifest.lambdas) == sorted(manifest.lambdas)
    assert tiny_package.frequency_tables.limits.shape == (manifest.table_count,)


def test_every_graph_of_an_exported_package_is_accepted(tiny_package: ModelPackage) -> None:
    assert "decoder" in tiny_package.graph_names()
    for name in tiny_package.graph_names():
        graph = tiny_package.graph(name)
        assert all(weight.dtype == np.float32 or weight.dtype.kind in "iu" for weight in graph.weights.values())


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"decoder_8": None}, "halos are not those of the sections"),
        ({"encoder_8": 16}, "halos are not those of the sections"),
        ({"decoder_08": 16}, "halos are not those of the sections"),
        ({"bottom_up_128": 64, "decoder_128": 64}, "halos are not those of the sections"),  # coarser than all latents
        ({"bottom_up_3": 16, "decoder_3": 16}, "does not divide that of the section before"),
        ({"bottom_up_0": 16, "decoder_0": 16}, "does not divide that of the section before"),
    ],
)
def test_sections_that_do_not_belong_together_are_refused(changes: dict[str, int | None], expected: str) -> None:
    content = REFINED_PACKAGE.read_bytes()
    halos = dict(ModelPackage(content).manifest.halos) | changes
    with pytest.raises(ModelError, match=expected):
        ModelPackage(with_manifest(content, halos={name: halo for name, halo in halos.items() if halo is not None}))


def test_identity_is_the_hash_that_the_specification_says(content: bytes) -> None:
    digest = hashlib.sha256()
    for name, member in sorted(members_of(content).items()):
        digest.update(struct.pack("<I", len(name)) + name.encode() + struct.pack("<Q", len(member)) + member)
    package = ModelPackage(content)
    assert package.identity == digest.digest()
    assert package.model_id == digest.digest()[:16]


def test_identity_depends_on_the_content_alone(content: bytes) -> None:
    members = members_of(content)
    backwards = package_of(dict(reversed(members.items())))
    assert backwards != content
    assert ModelPackage(backwards).identity == ModelPackage(content).identity
    assert ModelPackage(with_manifest(content, name="other")).identity != ModelPackage(content).identity


def test_any_flipped_byte_is_noticed_or_harmless(content: bytes) -> None:
    """ZIP checksums guard the members; the rest of the ZIP structure does not enter the identity."""
    identity = ModelPackage(content).identity
    generator = np.random.default_rng(0)
    for position in generator.integers(0, len(content), 200):
        damaged = bytearray(content)
        damaged[position] ^= 1 << int(generator.integers(0, 8))
        try:
            assert ModelPackage(bytes(damaged)).identity == identity
        except (ModelError, UnsupportedError):
            continue


def test_cut_packages_are_refused(content: bytes) -> None:
    for length in (0, 1, 100, len(content) // 2, len(content) - 1):
        with pytest.raises(ModelError):
            ModelPackage(content[:length])


@pytest.mark.parametrize(
    "change",
    [
        lambda content: package_of(members_of(content), zipfile.ZIP_DEFLATED),
        lambda content: package_of(members_of(content) | {"evil.py": b"import os"}),
        lambda content: package_of(members_of(content) | {"../outside": b"x"}),
        lambda content: without_members(content, "manifest.json"),
        lambda content: without_members(content, "weights.safetensors"),
        lambda content: without_members(content, "graphs/scale_01.onnx"),
        lambda content: without_members(content, "graphs/decoder.onnx", "graphs/synthesis.onnx"),
        lambda content: package_of(members_of(content) | {"manifest.json": b"{}"}),
        lambda content: package_of(members_of(content) | {"manifest.json": b"[" * 100000}),
        lambda content: package_of(members_of(content) | {"manifest.json": b" " * 2**21}),
        lambda content: with_manifest(content, format="zip"),
        lambda content: with_manifest(content, blocks=[]),
        lambda content: with_manifest(content, blocks=[{"stride": 64, "channels": 10**9}]),
        lambda content: with_manifest(content, blocks=[{"stride": 48, "channels": 4}]),
        lambda content: with_manifest(content, alignment=0),
        lambda content: with_manifest(content, alignment=True),
        lambda content: with_manifest(content, quality_count=3),
        lambda content: with_manifest(content, portable="yes"),
        lambda content: with_manifest(content, lambdas=None),
        lambda content: with_manifest(content, lambdas=[float("nan")] * 64),
        lambda content: with_manifest(content, lambdas=[10**400] * 64),
        lambda content: with_manifest(content, macs_per_pixel={"encode": 10**400}),
        lambda content: with_manifest(content, name="\x1b[2J"),
        lambda content: with_manifest(content, licence="long " * 100),
        lambda content: package_of(members_of(content) | {"graphs/decoder.onnx": bytes(2**23 + 1)}),
    ],
)
def test_unacceptable_packages_are_refused(content: bytes, change: Callable[[bytes], bytes]) -> None:
    with pytest.raises(ModelError):
        ModelPackage(change(content))


def test_repeated_members_are_refused(content: bytes) -> None:
    buffer = io.BytesIO(content)
    with zipfile.ZipFile(buffer, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("manifest.json", b"{}")
    with pytest.raises(ModelError):
        ModelPackage(buffer.getvalue())


def test_overlapping_members_are_refused(content: bytes) -> None:
    """The directory can name the same bytes many times, as the members of a ZIP bomb do."""
    members = members_of(content) | {f"graphs/g{number}.onnx": b"" for number in range(20)}
    package = bytearray(package_of(members))
    weights = len(members["weights.safetensors"])
    for number in range(20):
        entry = package.rindex(f"graphs/g{number}.onnx".encode()) - 46
        package[entry + 20 : entry + 28] = struct.pack("<II", weights, weights)
    with pytest.raises(ModelError, match="more content than it has"):
        ModelPackage(bytes(package))


def test_newer_package_version_is_unsupported(content: bytes) -> None:
    with pytest.raises(UnsupportedError, match="version 6"):
        ModelPackage(with_manifest(content, version=6))


@pytest.mark.parametrize(
    "tables",
    [
        {},
        {"entropy.limits": np.ones(64, np.int32), "entropy.frequencies": np.ones(10, np.int32)},
        {"entropy.limits": np.ones(1, np.int32), "entropy.frequencies": np.array([1, 2**24 - 2, 1], np.int32)},
        {"entropy.limits": np.ones(64, np.int32), "entropy.frequencies": np.ones(192, np.int32)},
        {"entropy.limits": np.ones(64, np.float32), "entropy.frequencies": np.ones(192, np.int32)},
        {"entropy.limits": np.full(64, 2**15, np.int32), "entropy.frequencies": np.ones(64 * (2**16 + 1), np.int32)},
        {"entropy.limits": np.array(64, np.int32), "entropy.frequencies": np.ones(192, np.int32)},
    ],
)
def test_inconsistent_frequency_tables_are_refused(content: bytes, tables: dict[str, np.ndarray]) -> None:
    package = ModelPackage(package_of(members_of(content) | {"tables.safetensors": safetensors.numpy.save(tables)}))
    with pytest.raises(ModelError):
        _ = package.frequency_tables


def test_tables_may_be_coded_in_groups(content: bytes) -> None:
    assert not ModelPackage(content).frequency_tables.groups
    members = members_of(GROUPED_PACKAGE.read_bytes())
    groups = ModelPackage(package_of(members)).frequency_tables.groups
    assert groups.keys() == with_groups(ModelPackage(SECTIONS_PACKAGE.read_bytes()).frequency_tables).groups.keys()
    tensors = safetensors.numpy.load(members["tables.safetensors"])
    sizes, frequencies = "entropy.group_sizes", "entropy.group_frequencies"
    for changed in (
        {key: value for key, value in tensors.items() if key != sizes},
        {key: value for key, value in tensors.items() if key != frequencies},
        tensors | {sizes: tensors[sizes].astype(np.int64)},
        tensors | {sizes: tensors[sizes] // 2},
        tensors | {frequencies: tensors[frequencies][::-1].copy()},
    ):
        package = ModelPackage(package_of(members | {"tables.safetensors": safetensors.numpy.save(changed)}))
        with pytest.raises(ModelError):
            _ = package.frequency_tables


@pytest.mark.parametrize(
    "model",
    [
        model_of(helper.make_node("PythonOp", ["x"], ["y"], domain="ai.onnx.contrib")),
        model_of(helper.make_node("EPContext", ["x"], ["y"], domain="com.microsoft")),
        model_of(helper.make_node("RandomNormalLike", ["x"], ["y"])),
        model_of(
            helper.make_node("If", ["x"], ["y"], then_branch=model_of().graph, else_branch=model_of().graph),
        ),
        # A disallowed attribute on an allowed operator
        model_of(helper.make_node("Identity", ["x"], ["y"], body=model_of().graph)),
        model_of(
            functions=[helper.make_function("d", "f", ["a"], ["b"], [helper.make_node("Identity", ["a"], ["b"])], [])],
        ),
        model_of(helper.make_node("Constant", [], ["y"], value=external_tensor("c", "weights.safetensors"))),
    ],
)
def test_graphs_outside_the_allowed_set_are_refused(content: bytes, model: onnx.ModelProto) -> None:
    package = with_graph(content, "extra", model)
    with pytest.raises(ModelError, match="extra"):
        package.graph("extra")


def field(key: int, payload: bytes) -> bytes:
    """A field of a protocol buffer, length-delimited."""
    encoded = bytearray()
    for number in (key, len(payload)):
        while number >= 0x80:
            encoded.append(number & 0x7F | 0x80)
            number >>= 7
        encoded.append(number)
    return bytes(encoded) + payload


def test_fields_that_readers_number_differently_are_refused(content: bytes) -> None:
    """ONNX Runtime takes the lower 32 bits of a field's key: this one would turn the checked operator into another."""
    model = model_of(helper.make_node("Identity", ["x"], ["y"]))
    node = model.graph.node[0].SerializeToString() + field((4 << 3 | 2) + 2**32, b"RandomNormalLike")
    graph = onnx.GraphProto()
    graph.CopyFrom(model.graph)
    del graph.node[:]
    model.ClearField("graph")
    data = model.SerializeToString() + field(7 << 3 | 2, field(1 << 3 | 2, node) + graph.SerializeToString())
    package = ModelPackage(package_of(members_of(content) | {"graphs/extra.onnx": data}))
    with pytest.raises(ModelError, match="not a valid ONNX model"):
        package.graph("extra")


def test_oversized_graphs_are_refused(content: bytes) -> None:
    nodes = [helper.make_node("Identity", ["x"], ["y"])] * (2**14 + 1)
    with pytest.raises(ModelError, match="16384 nodes"):
        with_graph(content, "extra", model_of(*nodes)).graph("extra")


@pytest.mark.parametrize(
    "shape", [(2**40,), (2**20, 2**20), (0, 2**40), (1,) * 100, (2**62,) * 2, (2**31, 0, 2**31), (-1,)]
)
@pytest.mark.parametrize("place", ["external", "initializer", "constant"])
def test_oversized_tensors_are_refused(content: bytes, shape: tuple[int, ...], place: str) -> None:
    node = helper.make_node("Identity", ["x"], ["y"])
    inline = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=shape, raw_data=b"1234")
    if place == "external":
        model = model_of(node, initializers=(external_tensor("entropy.limits", "tables.safetensors", shape),))
    elif place == "initializer":
        model = model_of(node, initializers=(inline,))
    else:
        model = model_of(helper.make_node("Constant", [], ["y"], value=inline))
    with pytest.raises(ModelError, match="larger than"):
        with_graph(content, "extra", model).graph("extra")


def test_a_constant_that_is_larger_than_its_content_is_refused(content: bytes) -> None:
    inline = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=(1000, 1000), raw_data=b"1234")
    model = model_of(helper.make_node("Identity", ["x"], ["y"]), initializers=(inline,))
    with pytest.raises(ModelError, match="larger than its content"):
        with_graph(content, "extra", model).graph("extra")


@pytest.mark.parametrize(
    "package", [*GOLDEN_FOLDER.glob("*.qresmodel"), *SHIPPED_FOLDER.glob("*.qresmodel")], ids=lambda path: path.name
)
def test_every_graph_that_the_exporter_wrote_is_accepted(package: Path) -> None:
    loaded = ModelPackage.load(package)
    assert all(loaded.graph(name).model for name in loaded.graph_names())


def test_the_specification_lists_the_allowed_operators() -> None:
    text = Path(model_package.__file__).with_name("FORMAT.md").read_text(encoding="utf-8")
    paragraph = text.split("The operators that a graph may use:\n\n", 1)[1].split("\n\n", 1)[0]
    assert set(paragraph.split()) == ALLOWED_OPERATORS


@pytest.mark.parametrize("location", ["/etc/passwd", "../weights.safetensors", "weights.bin", ""])
def test_weights_from_outside_the_package_are_refused(content: bytes, location: str) -> None:
    model = model_of(helper.make_node("Identity", ["x"], ["y"]), initializers=(external_tensor("w", location),))
    with pytest.raises(ModelError, match="not in the package"):
        with_graph(content, "extra", model).graph("extra")


def test_weights_that_do_not_fit_are_refused(content: bytes) -> None:
    limits = "entropy.limits"
    for tensor, message in (
        (external_tensor("no such weight", "weights.safetensors"), "not in the package"),
        (external_tensor(limits, "tables.safetensors", (3,)), "shape"),
        (external_tensor(limits, "tables.safetensors", (64,), TensorProto.INT8), "int8"),
    ):
        model = model_of(helper.make_node("Identity", ["x"], ["y"]), initializers=(tensor,))
        with pytest.raises(ModelError, match=message):
            with_graph(content, "extra", model).graph("extra")


def test_integers_may_travel_in_float32(content: bytes) -> None:
    tensor = external_tensor("entropy.limits", "tables.safetensors", (8, 8))
    model = model_of(helper.make_node("Identity", ["x"], ["y"]), initializers=(tensor,))
    package = with_graph(content, "extra", model)
    weight = package.graph("extra").weights["entropy.limits"]
    assert weight.dtype == np.float32
    np.testing.assert_array_equal(weight.ravel(), package.frequency_tables.limits)


def test_inline_weights_stay_inline(content: bytes) -> None:
    inline = numpy_helper.from_array(np.ones(3, np.float32), "w")
    model = model_of(helper.make_node("Identity", ["x"], ["y"]), initializers=(inline,))
    assert with_graph(content, "extra", model).graph("extra").weights == {}


def test_arbitrary_bytes_are_no_graph(content: bytes) -> None:
    generator = np.random.default_rng(1)
    original = members_of(content)["graphs/decoder.onnx"]
    for _ in range(100):
        damaged = bytearray(original)
        for position in generator.integers(0, len(damaged), 3):
            damaged[position] = int(generator.integers(0, 256))
        package = ModelPackage(package_of(members_of(content) | {"graphs/decoder.onnx": bytes(damaged)}))
        try:
            package.graph("decoder")
        except ModelError:
            continue


def test_missing_graph_is_a_model_error(tiny_package: ModelPackage) -> None:
    assert not tiny_package.has_graph("nothing")
    with pytest.raises(ModelError):
        tiny_package.graph("nothing")


def test_loading_says_why_a_file_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such file"):
        ModelPackage.load(tmp_path / "none.qresmodel")
    with pytest.raises(ModelError):
        ModelPackage.load(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are files on POSIX systems only")
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.qresmodel")
    with pytest.raises(ModelError, match="cannot be read"):
        ModelPackage.load(tmp_path / "pipe.qresmodel")


def test_packages_are_found_in_folders_and_by_path(
    tiny_package_file: Path, tiny_package: ModelPackage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.qresmodel").write_bytes(b"nothing")
    for place in (tiny_package_file.parent, tiny_package_file):
        monkeypatch.setenv("QRES_MODELS", f"{tmp_path}{model_package.os.pathsep}{place}")
        assert tiny_package_file in installed_packages()
        found = find_package(tiny_package.model_id)
        assert found.identity == tiny_package.identity
        assert find_package(tiny_package.model_id) is found


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.timeout(20)
def test_a_pipe_among_the_packages_does_not_block_the_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe.qresmodel")
    monkeypatch.setenv("QRES_MODELS", str(tmp_path))
    assert tmp_path / "pipe.qresmodel" not in installed_packages()
    with pytest.raises(ModelMissingError):
        find_package(b"\x00\xff" * 8)


def test_the_users_folder_is_searched(
    content: bytes, tiny_package: ModelPackage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = model_package.user_folder()
    assert tmp_path in folder.parents
    folder.mkdir(parents=True)
    (folder / "mine.qresmodel").write_bytes(content)
    assert find_package(tiny_package.model_id).path == folder / "mine.qresmodel"


def test_a_package_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QRES_MODELS", raising=False)
    with pytest.raises(ModelMissingError, match="00ff") as caught:
        find_package(b"\x00\xff" * 8)
    assert caught.value.model_id == b"\x00\xff" * 8


def test_a_changed_file_is_read_anew(content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "model.qresmodel"
    monkeypatch.setenv("QRES_MODELS", str(tmp_path))
    path.write_bytes(content)
    first = ModelPackage(content).model_id
    assert find_package(first).path == path
    other = with_manifest(content, name="another name")
    path.write_bytes(other)
    assert find_package(ModelPackage(other).model_id).manifest.name == "another name"
    with pytest.raises(ModelMissingError):
        find_package(first)


@pytest.mark.parametrize(("changes", "error"), [({"version": 6}, UnsupportedError), ({"alignment": 0}, ModelError)])
def test_an_installed_package_that_cannot_be_used_says_why(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, int], error: type[QresError]
) -> None:
    """It is not the same as a package that is not installed."""
    unusable = with_manifest(content, **changes)
    (tmp_path / "unusable.qresmodel").write_bytes(unusable)
    monkeypatch.setenv("QRES_MODELS", str(tmp_path))
    model_id = model_package._identity(model_package._read_members(unusable, ""))[:16]
    with pytest.raises(error, match=r"unusable\.qresmodel"):
        find_package(model_id)


@pytest.mark.parametrize("path", [SECTIONS_PACKAGE, FLOAT_SCALE_PACKAGE], ids=lambda path: path.stem)
def test_graphs_that_do_other_work_than_their_names_say_are_a_fault_of_the_package(path: Path) -> None:
    """Every graph in the place of every other one: what it lacks, or gives in a wrong shape, is a model error."""
    members = members_of(path.read_bytes())
    picture = Picture(np.random.default_rng(0).integers(0, 256, (70, 90, 3), dtype=np.uint8))
    container = read_container(Codec(ModelPackage(path.read_bytes()), "cpu").encode(picture))
    graphs = [name for name in members if name.endswith(".onnx")]
    refused = 0
    for place, other in itertools.permutations(graphs, 2):
        package = ModelPackage(package_of(members | {place: members[other]}))
        codec = Codec(package, "cpu")
        data = write_container(replace(container, header=replace(container.header, model_id=package.model_id[:8])))
        for work in (lambda codec=codec: codec.encode(picture), lambda codec=codec, data=data: codec.decode(data)):
            try:
                work()
            except (ModelError, IntegrityError):
                refused += 1
    assert refused > len(graphs) ** 2 / 2


@pytest.mark.parametrize("values", [np.zeros((1, 3)), np.zeros((2, 3), np.float32), np.zeros(3, np.float32)])
def test_outputs_of_another_type_or_shape_are_refused(values: np.ndarray) -> None:
    assert checked_output(np.zeros((1, 3), np.float32), np.float32, (1, None)).shape == (1, 3)
    with pytest.raises(ModelError, match=r"float32 \[1, 'any'\]"):
        checked_output(values, np.float32, (1, None))
