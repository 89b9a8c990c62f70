"""Whole files and a real package: the product, the integers of FORMAT.md and ONNX Runtime in every mode agree."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest

from codec_format.areas import Area
from codec_format.codec import Codec
from codec_format.model_package import ModelPackage
from codec_format.picture import Picture
from codec_format.post_filter_code import read_post_filter
from codec_format.settings import EncodeSettings
from tests.codec_format.files import without_post_filter
from tests.codec_format.golden import (
    BANDED_FILE,
    FILTERED_FILE,
    GOLDEN_FILE,
    GROUPED_FILE,
    GROUPED_PACKAGE,
    HC_FILE,
    HC_PACKAGE,
    JOINED_FILE,
    LOSSLESS_PACKAGE,
    SECTIONS_PACKAGE,
    SHIFTED_FILE,
    golden_pixels,
)
from tests.reference import post_filter
from tests.reference.container import InvalidError, read_file
from tests.reference.package import read_package
from tests.reference.symbols import decode_symbols

# Of the symbols of all latent blocks, as int32 in little-endian order. It must never change.
GOLDEN_SYMBOLS = "a115b427b7330aef22b5c70149fdb80252022318710427c5aab9a7366575f718"
GOLDEN_RANGE = (-47, 31)


BANDED_SYMBOLS = "734e542a17744beb9bc9e1017148e0cc90b33491e3291eeb5ad37551094bbffe"
FILTER_WEIGHTS = "f9c448516be1058b4a410359047fe8e71d5072bf4059b6d08fd0b6d00d3bee66"
FILTERED_PIXELS = "5541ef4da2da052cbec927297a9b871567c9148c35628cb7e55a251a0f19e07b"
HC_SYMBOLS = "45a07524787625d720f40abc24d6c7a1d3ca4882c998d84579bf184541e34701"


def digest(blocks: Iterable[npt.NDArray[np.integer]]) -> str:
    return hashlib.sha256(b"".join(block.astype("<i4").tobytes() for block in blocks)).hexdigest()


def test_golden_file_decodes_to_the_same_symbols_for_ever(codec: Codec, tiny_package_file: Path) -> None:
    data = GOLDEN_FILE.read_bytes()
    ours = codec.read_symbols(data)
    theirs = [symbols for _, symbols in decode_symbols(read_file(data), read_package(tiny_package_file))]
    assert digest(ours.blocks) == GOLDEN_SYMBOLS
    assert digest(theirs) == GOLDEN_SYMBOLS
    assert (min(block.min() for block in theirs), max(block.max() for block in theirs)) == GOLDEN_RANGE


def test_golden_file_with_symbols_in_groups_decodes_to_the_same_symbols_for_ever() -> None:
    data, package = GROUPED_FILE.read_bytes(), read_package(GROUPED_PACKAGE)
    assert package.groups
    ours = Codec(ModelPackage.load(GROUPED_PACKAGE), "cpu").read_symbols(data)
    theirs = [symbols for _, symbols in decode_symbols(read_file(data), package)]
    assert digest(ours.blocks) == digest(theirs) == BANDED_SYMBOLS  # the same picture and networks


def test_golden_file_with_a_post_filter_is_filtered_the_same_for_ever() -> None:
    """Its symbols; its weights; and what these do to a picture that needs no network, all in integers."""
    data = FILTERED_FILE.read_bytes()
    ours = Codec(ModelPackage.load(LOSSLESS_PACKAGE), "cpu").read_symbols(data)
    assert digest(ours.blocks) == BANDED_SYMBOLS  # the same picture and networks
    payload = read_file(data).metadata["f"]
    precision, weights = post_filter.read_weights(payload)
    assert precision == 6
    assert digest([np.array(weights)]) == FILTER_WEIGHTS
    area = Area(0, 0, *golden_pixels().shape[:2])
    filtered = read_post_filter(payload).apply(golden_pixels(), area, area)
    levels = 16 * golden_pixels().astype(np.int64)
    assert np.array_equal(filtered, post_filter.apply(precision, weights, levels))
    assert hashlib.sha256(filtered.tobytes()).hexdigest() == FILTERED_PIXELS


def test_groups_change_neither_the_symbols_nor_much_of_the_size() -> None:
    grouped, single = (Codec(ModelPackage.load(path), "cpu") for path in (GROUPED_PACKAGE, SECTIONS_PACKAGE))
    data, of_single = (each.encode(Picture(golden_pixels()), EncodeSettings(80)) for each in (grouped, single))
    assert abs(len(data) - len(of_single)) <= 8
    assert digest(grouped.read_symbols(data).blocks) == digest(single.read_symbols(of_single).blocks)


@pytest.mark.parametrize(("path", "version"), [(BANDED_FILE, 2), (JOINED_FILE, 3), (SHIFTED_FILE, 4)])
def test_golden_file_of_two_bands_decodes_to_the_same_symbols_for_ever(path: Path, version: int) -> None:
    data = path.read_bytes()
    file, package = read_file(data), read_package(SECTIONS_PACKAGE)
    assert (file.version, file.band_count, file.orientation, set(file.metadata)) == (version, 2, 6, {"A", "e"})
    ours = Codec(ModelPackage.load(SECTIONS_PACKAGE), "cpu").read_symbols(data)
    bands = [[symbols for _, symbols in decode_symbols(file, package, band)] for band in range(2)]
    theirs = [np.concatenate(parts, axis=1) for parts in zip(*bands, strict=True)]
    assert len(theirs) == 3
    assert digest(ours.blocks) == digest(theirs) == BANDED_SYMBOLS
    assert any(block[:, block.shape[1] // 2 :].any() for block in theirs)


def test_golden_file_with_a_hyper_latent_decodes_to_the_same_symbols_for_ever() -> None:
    """Tables of single channels, signs apart, sub-pixel updates: what the other golden packages do not have."""
    data = HC_FILE.read_bytes()
    package = read_package(HC_PACKAGE)
    ours = Codec(ModelPackage.load(HC_PACKAGE), "cpu").read_symbols(data)
    theirs = list(decode_symbols(read_file(data), package))
    assert digest(ours.blocks) == digest(symbols for _, symbols in theirs) == HC_SYMBOLS
    hyper_latent, *others = [table_index for table_index, _ in theirs]
    assert [set(channel.ravel().tolist()) for channel in hyper_latent] == [{64 + c} for c in range(len(hyper_latent))]
    assert all(len(np.unique(table_index)) > 3 for table_index in others)


def test_golden_file_decodes_to_its_picture(codec: Codec) -> None:
    """The networks of the package are untrained, so the picture is compared by its general appearance only."""
    result = codec.decode(GOLDEN_FILE.read_bytes())
    assert result.warnings == ()
    assert result.picture.xmp == b"<xmp/>"
    assert result.picture.pixels.shape == golden_pixels().shape
    again = codec.decode(without_post_filter(codec.encode(Picture(golden_pixels()), EncodeSettings(80)))).picture.pixels
    difference = np.abs(result.picture.pixels.astype(int) - again)
    assert np.mean(difference > 1) < 0.05  # another processor may round a few symbols the other way


@pytest.mark.parametrize(("height", "width"), [(1, 1), (65, 63), (7, 1000)])
@pytest.mark.parametrize("quality", [0, 55, 100])
def test_reference_decodes_what_the_product_encodes(
    codec: Codec, tiny_package_file: Path, height: int, width: int, quality: int
) -> None:
    pixels = np.random.default_rng(quality).integers(0, 256, (height, width, 3), dtype=np.uint8)
    data = codec.encode(Picture(pixels), EncodeSettings(quality))
    blocks = codec.read_symbols(data).blocks
    decoded = list(decode_symbols(read_file(data), read_package(tiny_package_file)))
    assert len(decoded) == len(blocks) == 3
    for (_, symbols), block in zip(decoded, blocks, strict=True):
        assert np.array_equal(symbols, block)


def test_reference_finds_wrong_symbols(codec: Codec, tiny_package_file: Path) -> None:
    """The comparisons above would be worth nothing if the reference accepted whatever it decodes."""
    file = read_file(GOLDEN_FILE.read_bytes())
    package = read_package(tiny_package_file)
    assert file.blocks[1][0] is not None
    checksum, payload = file.blocks[1][0]
    for changed in ((checksum ^ 1, payload), (checksum, payload[:-1] + bytes([payload[-1] ^ 2]))):
        file.blocks[1] = [changed]
        with pytest.raises(InvalidError):
            list(decode_symbols(file, package))


def test_packages_are_named_alike(codec: Codec, tiny_package_file: Path) -> None:
    assert read_package(tiny_package_file).identity == codec.package.identity


LEVELS = ("ORT_DISABLE_ALL", "ORT_ENABLE_BASIC", "ORT_ENABLE_EXTENDED", "ORT_ENABLE_ALL")


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("level", LEVELS)
def test_scale_network_gives_the_same_integers_in_every_mode(tiny_package_file: Path, level: str, threads: int) -> None:
    """State and table index of every latent block of a file, by ONNX Runtime and in NumPy integers."""
    package = ModelPackage.load(tiny_package_file)
    file = read_file(GOLDEN_FILE.read_bytes())
    reference = list(decode_symbols(file, read_package(tiny_package_file)))
    quality_index = np.array([file.quality_index])
    before: dict[str, npt.NDArray[Any]] = {"grid_shape": np.array(reference[0][1].shape[1:])}
    for number, (table_index, symbols) in enumerate(reference):
        graph = package.graph(f"scale_{number:02}")
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, level)
        options.intra_op_num_threads = threads
        values = [onnxruntime.OrtValue.ortvalue_from_numpy(value) for value in graph.weights.values()]
        options.add_external_initializers(list(graph.weights), values)
        session = onnxruntime.InferenceSession(graph.model, options, providers=["CPUExecutionProvider"])
        state, indices = session.run(["state_out", "table_index"], {**before, "quality_index": quality_index})
        assert np.array_equal(indices[0], table_index)
        assert len(np.unique(table_index)) > 3
        before = {"state": state, "symbols": symbols[None].astype(np.int32)}
