"""python -m fuzzing.seeds: make the seeds in tests/data/corpus, small inputs that reach far into the readers."""

import io
import json
import zipfile
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import onnx
import safetensors.numpy
from onnx import TensorProto, helper

from codec_format import container, entropy
from codec_format.alpha import encode_alpha
from codec_format.bit_codes import BitWriter
from codec_format.lossless import encode_tile
from codec_format.lossless_predictor import ClassWeights, Predictor
from codec_format.lossless_predictor_code import write_predictor
from codec_format.post_filter import FEATURE_COUNT, PostFilter
from codec_format.post_filter_code import write_post_filter
from fuzzing.__main__ import CORPUS
from fuzzing.targets import GOLDEN_FOLDER, LOSSLESS_SAMPLES, PREDICTOR_FEATURES, golden_tables, lossless_head


def _graph() -> bytes:
    weight = TensorProto(name="w", data_type=TensorProto.FLOAT, data_location=TensorProto.EXTERNAL, dims=[2, 3])
    weight.external_data.add(key="location", value="weights.safetensors")
    inline = helper.make_tensor("c", TensorProto.INT64, [2], [2, 3])
    graph = helper.make_graph(
        [helper.make_node("Reshape", ["x", "c"], ["y"]), helper.make_node("Add", ["y", "w"], ["z"])],
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [6])],
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, [2, 3])],
        [weight, inline],
    )
    model: onnx.ModelProto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    return bytes(model.SerializeToString(deterministic=True))


def _manifest() -> bytes:
    return json.dumps(
        {
            "format": "qresmodel",
            "version": 2,
            "name": "seed",
            "architecture": "seed",
            "parameters": 6,
            "licence": "Apache-2.0",
            "macs_per_pixel": {"encode": 1.5},
            "portable": True,
            "alignment": 2,
            "quality_count": 1,
            "lambdas": [1.0],
            "metric": "mse",
            "table_count": 1,
            "blocks": [{"stride": 2, "channels": 1}],
            "halos": {"bottom_up_2": 2, "encoder_2": 0, "decoder_2": 0},
            "training": {},
        }
    ).encode()


def _package() -> bytes:
    tables = {
        "entropy.limits": np.array([1], np.int32),
        "entropy.frequencies": np.array([2**22, 2**23, 2**22], np.int32),
    }
    members = {f"graphs/{name}.onnx": _graph() for name in ("bottom_up_2", "decoder_2", "encoder_2", "scale_00")}
    members |= {
        "manifest.json": _manifest(),
        "tables.safetensors": safetensors.numpy.save(tables),
        "weights.safetensors": safetensors.numpy.save({"w": np.ones((2, 3), np.float16)}),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(members):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), members[name])
    return buffer.getvalue()


def _block(*, grouped: bool) -> bytes:
    """Symbols with an escape, in the form of the target "entropy"."""
    head, table_index = _table_index(grouped=grouped)
    symbols = np.random.default_rng(0).integers(-2, 3, table_index.shape, dtype=np.int32)
    symbols[0, 0, 0] = 1000
    return head + entropy.encode_symbols(symbols, table_index, golden_tables(grouped=grouped))


def _stream(factor: int, *, grouped: bool = False) -> bytes:
    """Three latent blocks, with the symbols of the second times a factor, in the form of the target "stream"."""
    head, table_index = _table_index(grouped=grouped)
    symbols = np.random.default_rng(0).integers(-2, 3, table_index.shape, dtype=np.int32)
    blocks = [
        entropy.CodedBlock(symbols, table_index),
        entropy.CodedBlock(factor * symbols, table_index),
        entropy.CodedBlock(symbols[:, ::-1], table_index, np.array([10], np.int32)),
    ]
    pieces = entropy.encode_stream(blocks, golden_tables(grouped=grouped))
    lengths = bytes(len(piece) if number == 0 else len(piece) // 4 for number, piece in enumerate(pieces))
    return head + bytes([2, 1]) + lengths + b"".join(pieces)


def _table_index(*, grouped: bool) -> tuple[bytes, npt.NDArray[np.uint8]]:
    """A small grid in the form of both targets, and its table indices [1, 3, 5]."""
    rows = np.array([0, 0, 12] if grouped else [0, 20, 63], np.uint8)
    head = bytes([128 * grouped + len(rows) - 1]) + (4).to_bytes(2, "little") + rows.tobytes()
    return head, np.repeat(rows[None, :, None], 5, axis=2)


def _tile() -> bytes:
    """Noise, in the form of the target "lossless"."""
    pixels = np.random.default_rng(0).integers(90, 120, LOSSLESS_SAMPLES.shape, dtype=np.uint8)
    return encode_tile(lossless_head(), pixels, LOSSLESS_SAMPLES, grey=False)


def _post_filter() -> bytes:
    """Small weights in most groups."""
    weights = np.random.default_rng(0).integers(-9, 10, (FEATURE_COUNT, 3), dtype=np.int32)
    weights[6:12] = 0
    return write_post_filter(PostFilter(6, weights))


def _predictor() -> bytes:
    """Weights for both classes, and offsets."""
    generator = np.random.default_rng(0)
    classes = [ClassWeights(9, generator.integers(-60, 61, PREDICTOR_FEATURES[2], dtype=np.int32)) for _ in range(2)]
    bits = BitWriter()
    write_predictor(Predictor(2, 20, tuple(classes), generator.integers(-2, 3, 6, dtype=np.int32)), bits)
    return bits.payload()


def seeds() -> dict[tuple[str, str], bytes]:
    """Seeds by target and name."""
    file_1 = (GOLDEN_FOLDER / "version1.qres").read_bytes()
    file_2 = (GOLDEN_FOLDER / "version2.qres").read_bytes()
    file_3 = (GOLDEN_FOLDER / "version3.qres").read_bytes()
    file_4 = (GOLDEN_FOLDER / "version4.qres").read_bytes()
    whole_4 = container.read_container(file_4)
    header_2, header_3, header_4 = (container.list_chunks(file)[0] for file in (file_2, file_3, file_4))
    chunks = b"".join(bytes([number, 3]) + b"abc" for number in range(11))
    index = b"\2\0\0\0\0\3\0\0\0\0" + b"\0" * 9
    return {
        ("container", "version1"): file_1,
        ("container", "version2"): file_2,
        ("container", "version3"): file_3,
        ("container", "version4"): file_4,
        ("container", "version5"): (GOLDEN_FOLDER / "predicted.qres").read_bytes(),
        ("container", "cut"): file_3[: len(file_3) * 2 // 3],
        ("header", "version4"): file_4[header_4.payload_offset : header_4.end - 4],
        ("header", "version3"): file_3[header_3.payload_offset : header_3.end - 4],
        ("header", "version2"): file_2[header_2.payload_offset : header_2.end - 4],
        ("header", "version1"): b"\1\0\x80\x05\xab\x03\x26\3" + bytes(16),
        ("chunks", "one_of_each"): b"\0" + chunks,
        ("chunks", "bands"): b"\xff\0" + bytes([len(index)]) + index,
        ("entropy", "escape"): _block(grouped=False),
        ("entropy", "groups"): _block(grouped=True),
        ("stream", "three_blocks"): _stream(factor=2),
        ("stream", "one_is_zero"): _stream(factor=0),
        ("stream", "groups"): _stream(factor=2, grouped=True),
        ("graph", "external"): _graph(),
        ("manifest", "sections"): _manifest(),
        ("package", "sections"): _package(),
        ("alpha", "gradient"): encode_alpha(np.arange(63, dtype=np.uint8).reshape(7, 9)),
        ("lossless", "tile"): _tile(),
        ("post_filter", "small_weights"): _post_filter(),
        ("predictor", "both_classes"): _predictor(),
        ("file", "version2"): file_2,
        ("file", "version3"): file_3,
        ("file", "version4"): file_4,
        ("file", "post_filter"): container.write_container(replace(whole_4, post_filter=_post_filter())),
    }


def main() -> None:
    """Write them."""
    for (target, name), content in seeds().items():
        (CORPUS / target).mkdir(parents=True, exist_ok=True)
        (CORPUS / target / name).write_bytes(content)


if __name__ == "__main__":
    main()
