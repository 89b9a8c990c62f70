"""What is fuzzed: functions that take any bytes and must return quietly.

A target raises only where the product breaks a promise: an error outside the family, a result that contradicts another
one, or more memory than the input and the format's limits justify.
"""

import io
import itertools
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from codec_format import alpha, container, entropy, lossless, model_package
from codec_format.bit_codes import BitReader, BitWriter
from codec_format.codec import Codec
from codec_format.errors import FormatError, IntegrityError, ModelError, UnsupportedError
from codec_format.frequency_tables import FrequencyTables, with_groups
from codec_format.lossless_head import LosslessHead
from codec_format.lossless_predictor_code import read_predictor, write_predictor
from codec_format.onnx_graph import external_tensors
from codec_format.post_filter_code import read_post_filter, write_post_filter

GOLDEN_FOLDER = Path(__file__).parents[1] / "tests" / "data" / "golden"
LOSSLESS_SAMPLES = np.arange(13 * 10 * 3, dtype=np.int32).reshape(10, 13, 3) * 9973
"""The decoded picture that the target "lossless" starts from."""

PREDICTOR_FEATURES = [4, 28, 52, 88]
"""How many features the target "predictor" has within each reach."""

PREDICTOR_SCALES = 48
_LARGEST_GRID = 2**16  # symbols of one block, so that an input takes milliseconds


def read_container(data: bytes) -> None:
    """Container, header, lists of chunks and bands, and the reader of metadata agree with each other."""
    chunks: list[container.ChunkInfo] = []
    with suppress(FormatError, UnsupportedError):
        chunks = container.list_chunks(data)
    assert all(chunk.end <= len(data) for chunk in chunks)
    try:
        whole = container.read_container(data)
    except (FormatError, UnsupportedError):
        return
    assert container.read_header(data) == whole.header
    assert len(whole.blocks) <= whole.header.block_count
    assert all(len(block.bands) == whole.header.band_count for block in whole.blocks)
    known = (whole.icc, whole.exif, whole.xmp, whole.preview, whole.alpha, whole.post_filter, whole.lossless)
    extras = [extra for extra in known if extra]
    streams = [band.payload for block in whole.blocks for band in block.bands if band is not None]
    assert sum(map(len, extras + streams)) <= len(data)
    for chunk in chunks:
        for band in container.list_bands(data, chunk, whole.header):
            assert not band.crc_ok or band.offset + band.length <= len(data)
    if not whole.damage and not whole.truncated:
        # What a whole file says is what a writer writes, whatever unknown chunks stood in it.
        written = container.read_container(container.write_container(whole))
        assert written == whole
    with suppress(FormatError, UnsupportedError):
        container.read_metadata(io.BytesIO(data))


def read_header(data: bytes) -> None:
    """A header chunk with a right checksum around the input, which a fuzzer would hardly find by itself."""
    source = container.MAGIC + container._write_chunk("H", data, container.VERSION)
    try:
        header = container.read_header(source)
    except (FormatError, UnsupportedError):
        return
    limits = container.DEFAULT_LIMITS
    assert header.width * header.height <= limits.pixels
    assert header.band_count <= limits.band_count
    assert container.read_header(container.write_container(container.Container(header, ()))) == header
    assert container.read_container(source).truncated


def read_chunks(data: bytes) -> None:
    """The input as chunks with right checksums: a letter, a length, a payload, and so on."""
    header = container.Header(200, 100, 3, 4, bytes(8), band_height=64 if data[:1] > b"\x7f" else 0)
    source = container.write_container(container.Container(header, ()))
    position = 1
    while position + 1 < len(data):
        type_ = "BHipAexzZlf"[data[position] % 11]
        end = position + 2 + data[position + 1]
        source += container._write_chunk(type_, data[position + 2 : end], header.version)
        position = end
    read_container(source)


def decode_symbols(data: bytes) -> None:
    """Three bytes for the size of the grid, the first bit for groups, one for each row's table, and a payload."""
    if len(data) < 3:
        return
    tables = golden_tables(grouped=data[0] >= 128)
    table_index, payload = _grid(data, tables)
    try:
        symbols = entropy.decode_symbols(payload, table_index, tables)
    except FormatError:
        return
    assert symbols.shape == table_index.shape
    assert symbols.dtype == np.int32
    assert entropy.encode_symbols(symbols, table_index, tables) == (payload if symbols.any() else b"")


def decode_stream(data: bytes) -> None:
    """A grid as above, bytes for number of pieces, whether they are all and of version 3, and each length; pieces."""
    if len(data) < 3:
        return
    tables = golden_tables(grouped=data[0] >= 128)
    table_index, rest = _grid(data, tables)
    if len(rest) < 2:
        return
    count = 1 + rest[0] % 4
    complete = bool(rest[1] % 2)
    with_shifts = rest[1] < 128
    ends = np.cumsum([length if number == 0 else 4 * length for number, length in enumerate(rest[2 : 2 + count])])
    pieces = [rest[2 + count :][start:end] for start, end in itertools.pairwise([0, *ends.tolist()])]
    try:
        decoder = entropy.StreamDecoder(pieces, tables, complete=complete, with_shifts=with_shifts)
        blocks = [entropy.CodedBlock(decoder.decode(table_index), table_index, decoder.shifts) for _ in pieces]
    except FormatError:
        return
    assert all(block.symbols.shape == table_index.shape and block.symbols.dtype == np.int32 for block in blocks)
    if complete and with_shifts and all(block.symbols.any() for block in blocks):
        # An encoder has a shorter form for zeros.
        assert entropy.encode_stream(blocks, tables) == pieces


def _grid(data: bytes, tables: FrequencyTables) -> tuple[npt.NDArray[np.uint8], bytes]:
    """The table indices that the input begins with, uint8 [1, rows, columns], and the rest of it."""
    rows = 1 + data[0] % 32
    columns = 1 + int.from_bytes(data[1:3], "little") % (_LARGEST_GRID // 32)
    row_tables = np.frombuffer(data[3 : 3 + rows].ljust(rows, b"\0"), np.uint8) % len(tables.limits)
    return np.repeat(row_tables[None, :, None], columns, axis=2).astype(np.uint8), data[3 + rows :]


def read_graph(data: bytes) -> None:
    """The reader that decides whether ONNX Runtime may see a graph."""
    with suppress(ModelError):
        for tensor in external_tensors(data, "The graph"):
            assert len(tensor.shape) <= 8
            assert all(side >= 0 for side in tensor.shape)


def read_package(data: bytes) -> None:
    """A whole model package, from the ZIP file to the graphs; none of them is run."""
    with suppress(ModelError, UnsupportedError):
        package = model_package.ModelPackage(data)
        with suppress(ModelError):
            _ = package.frequency_tables
        for name in package.graph_names():
            with suppress(ModelError):
                package.graph(name)


def read_manifest(data: bytes) -> None:
    """The input as the manifest of a package."""
    with suppress(ModelError, UnsupportedError):
        manifest = model_package._read_manifest(data, "The package")
        assert all(manifest.alignment % block.stride == 0 for block in manifest.blocks)
        assert manifest.name.isprintable()


def decode_alpha(data: bytes) -> None:
    """The alpha channel of a picture of 9 x 7 pixels."""
    with suppress(FormatError):
        assert alpha.decode_alpha(data, 9, 7).shape == (7, 9)


def decode_lossless(data: bytes) -> None:
    """A tile of 13 x 10 pixels of a lossless part."""
    head, samples = lossless_head(), LOSSLESS_SAMPLES
    try:
        pixels = lossless.decode_tile(head, data, samples, grey=False)
    except (FormatError, IntegrityError):
        return
    again = lossless.encode_tile(head, pixels, samples, grey=False)
    assert np.array_equal(lossless.decode_tile(head, again, samples, grey=False), pixels)


def read_weights(data: bytes) -> None:
    """The payload of a post-filter."""
    try:
        post_filter = read_post_filter(data)
    except FormatError:
        return
    assert post_filter.is_exact
    again = read_post_filter(write_post_filter(post_filter))
    assert again.precision == post_filter.precision
    assert np.array_equal(again.weights, post_filter.weights)


def read_corrections(data: bytes) -> None:
    """A predictor of the lossless part, of the last phase and channel."""
    invalid = FormatError("not valid")
    bits = BitReader(data, invalid)
    try:
        predictor = read_predictor(bits, PREDICTOR_FEATURES, PREDICTOR_SCALES)
    except FormatError:
        return
    written = BitWriter()
    write_predictor(predictor, written)
    again = read_predictor(BitReader(written.payload(), invalid), PREDICTOR_FEATURES, PREDICTOR_SCALES)
    assert (again.reach, again.threshold) == (predictor.reach, predictor.threshold)
    assert np.array_equal(again.offsets, predictor.offsets)
    for one, other in zip(again.classes, predictor.classes, strict=True):
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            assert one.is_exact
            assert one.precision == other.precision
            assert np.array_equal(one.weights, other.weights)


def decode_file(data: bytes) -> None:
    """A whole file through the networks of a tiny package, if its picture is small."""
    try:
        picture = _codec().decode(data).picture
    except (FormatError, UnsupportedError, IntegrityError, ModelError):
        return
    header = container.read_header(data)
    assert sorted(picture.pixels.shape[:2]) == sorted((header.height, header.width))


@cache
def _package() -> model_package.ModelPackage:
    return model_package.ModelPackage.load(GOLDEN_FOLDER / "sections.qresmodel")


@cache
def lossless_head() -> LosslessHead:
    """The head that the target "lossless" decodes with."""
    return model_package.ModelPackage.load(GOLDEN_FOLDER / "lossless.qresmodel").lossless_head


@cache
def golden_tables(*, grouped: bool) -> FrequencyTables:
    """The frequency tables that the targets "entropy" and "stream" decode with, in groups as an exporter makes them."""
    tables = _package().frequency_tables
    return with_groups(tables) if grouped else tables


@cache
def _codec() -> Codec:
    return Codec(_package(), "cpu", container.Limits(pixels=2**16, symbols=2**18))


TARGETS: Mapping[str, Callable[[bytes], None]] = MappingProxyType(
    {
        "container": read_container,
        "header": read_header,
        "chunks": read_chunks,
        "entropy": decode_symbols,
        "stream": decode_stream,
        "graph": read_graph,
        "manifest": read_manifest,
        "package": read_package,
        "alpha": decode_alpha,
        "lossless": decode_lossless,
        "post_filter": read_weights,
        "predictor": read_corrections,
        "file": decode_file,
    }
)
