"""The whole way from pixels to bytes and back, with packages from the real exporter."""

import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import codec_format
from codec_format.backend import Backend
from codec_format.bands import ScaleNetwork, padded_area
from codec_format.codec import Codec, DecodeResult, decode, decode_progressive, encode
from codec_format.container import (
    BandStream,
    BlockStream,
    Container,
    Limits,
    list_chunks,
    read_container,
    write_container,
)
from codec_format.entropy import encode_symbols, symbol_checksum
from codec_format.errors import (
    CancelledError,
    FormatError,
    IntegrityError,
    ModelMissingError,
    QresError,
    SettingsError,
    UnsupportedError,
)
from codec_format.model_package import ModelPackage
from codec_format.picture import Picture
from codec_format.settings import EncodeSettings, quality_to_index
from tests.codec_format.files import without_post_filter
from tests.codec_format.packages import with_manifest, without_members

ODD_SIZES = [(1, 1), (300, 1), (63, 65), (7, 1000), (64, 64)]  # height, width


@pytest.fixture(scope="module")
def fused(tiny_package: ModelPackage) -> Codec:
    return Codec(tiny_package, "cpu")


@pytest.fixture(scope="module")
def unfused(tiny_package_file: Path) -> Codec:
    """The same networks without the fused graphs."""
    content = without_members(tiny_package_file.read_bytes(), "graphs/encoder.onnx", "graphs/decoder.onnx")
    return Codec(ModelPackage(content), "cpu")


@pytest.fixture(scope="module")
def float_scale(float_scale_package_file: Path) -> Codec:
    return Codec(ModelPackage.load(float_scale_package_file), "cpu")


@pytest.fixture(scope="module", params=["fused", "unfused", "float_scale"])
def codec(request: pytest.FixtureRequest) -> Codec:
    result = request.getfixturevalue(request.param)
    assert isinstance(result, Codec)
    return result


def noise(height: int, width: int) -> Picture:
    pixels = np.random.default_rng(height * 10007 + width).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Picture(pixels, icc=b"colour profile", exif=b"exif block", xmp=b"xmp packet")


@pytest.fixture(scope="module")
def encoded(fused: Codec) -> bytes:
    return fused.encode(noise(150, 200), EncodeSettings(90))


def edit(data: bytes, change: Callable[[Container], Container]) -> bytes:
    return write_container(change(read_container(data)))


@pytest.mark.parametrize(("height", "width"), ODD_SIZES)
def test_round_trip_of_odd_sizes(codec: Codec, height: int, width: int) -> None:
    picture = noise(height, width)
    data = codec.encode(picture, EncodeSettings(90))
    result = codec.decode(data)
    assert result.picture.pixels.shape == (height, width, 3)
    assert result.warnings == ()
    assert result.blocks_decoded == len(codec.package.manifest.blocks)
    assert (result.picture.icc, result.picture.exif, result.picture.xmp) == (picture.icc, picture.exif, picture.xmp)


@pytest.mark.parametrize(("height", "width"), ODD_SIZES)
def test_same_input_gives_same_bytes_in_a_fresh_codec(codec: Codec, height: int, width: int) -> None:
    picture = noise(height, width)
    assert codec.encode(picture) == Codec(codec.package, "cpu").encode(picture)


def test_fused_and_separate_graphs_give_the_same_symbols_and_picture(fused: Codec, unfused: Codec) -> None:
    picture = noise(130, 70)
    ours, theirs = fused.encode(picture, EncodeSettings(100)), unfused.encode(picture, EncodeSettings(100))
    symbols, other_symbols = fused.read_symbols(ours).blocks, unfused.read_symbols(theirs).blocks
    assert any(block.any() for block in symbols)
    for block, other in zip(symbols, other_symbols, strict=True):
        assert np.mean(block != other) < 0.01  # near ties may round the other way
    pixels, other_pixels = fused.decode(ours).picture.pixels, unfused.decode(theirs).picture.pixels
    assert np.mean(pixels != other_pixels) < 0.1


def test_symbols_survive_the_file(codec: Codec) -> None:
    """The decoder reads back what the encoder's networks produced."""
    picture = noise(150, 200)
    data = codec.encode(picture, EncodeSettings(100))
    symbols = codec.read_symbols(data)
    shapes = [(block.channels, 192 // block.stride, 256 // block.stride) for block in codec.package.manifest.blocks]
    assert [block.shape for block in symbols.blocks] == shapes
    assert any(block.any() for block in symbols.blocks)
    restored = codec.reconstruct(symbols, len(symbols.blocks))
    np.testing.assert_array_equal(restored.picture.pixels, codec.decode(data).picture.pixels)


def test_the_decoded_picture_is_the_encoders_own_reconstruction(
    fused: Codec, unfused: Codec, tiny_package: ModelPackage
) -> None:
    """The graphs run by hand, from the padded pixels over the symbols to pixels, without a file in between."""
    picture = noise(75, 100)
    padded = np.pad(picture.pixels, ((0, 128 - 75), (0, 128 - 100), (0, 0)), mode="edge")[None]
    quality_index = {"quality_index": np.array([quality_to_index(85, 64)])}
    backend = Backend(tiny_package.graph, "cpu")
    symbols = backend.run("encoder", {"picture": padded} | quality_index)
    pixels = backend.run("decoder", symbols | quality_index)["picture"][0, :75, :100]
    data = fused.encode(picture, EncodeSettings(85))
    np.testing.assert_array_equal(fused.decode(without_post_filter(data)).picture.pixels, pixels)
    for number, block in enumerate(fused.read_symbols(data).blocks):
        np.testing.assert_array_equal(block, symbols[f"symbols_{number:02}"][0])

    features = backend.run("bottom_up", {"picture": padded} | quality_index)
    feature: dict[str, np.ndarray] = {"grid_shape": np.array([2, 2])}
    for number, block in enumerate(tiny_package.manifest.blocks):
        prior = backend.run(f"prior_{number:02}", feature | quality_index)
        inputs = {"feature": prior["feature_out"], "bottom_up": features[f"bottom_up_{block.stride}"]}
        mean = backend.run(f"posterior_{number:02}", inputs | quality_index)["posterior_mean"]
        latent = prior["prior_mean"] + np.rint(mean - prior["prior_mean"])
        merged = backend.run(f"merge_{number:02}", inputs | {"latent": latent} | quality_index)
        feature = {"feature": merged["feature_out"]}
    pixels = backend.run("synthesis", feature | quality_index)["picture"][0, :75, :100]
    decoded = unfused.decode(without_post_filter(unfused.encode(picture, EncodeSettings(85))))
    np.testing.assert_array_equal(decoded.picture.pixels, pixels)


def test_higher_quality_takes_more_bytes(fused: Codec) -> None:
    picture = noise(128, 128)
    sizes = [len(fused.encode(picture, EncodeSettings(quality))) for quality in (0, 50, 100)]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]


def test_the_padding_repeats_the_border(fused: Codec) -> None:
    """A picture and the same picture with its last row and column repeated have the same symbols."""
    small = noise(60, 50).pixels
    large = np.pad(small, ((0, 4), (0, 14), (0, 0)), mode="edge")
    symbols, other_symbols = (fused.read_symbols(fused.encode(Picture(pixels))).blocks for pixels in (small, large))
    for block, other in zip(symbols, other_symbols, strict=True):
        np.testing.assert_array_equal(block, other)


def test_metadata_can_be_left_out_but_the_colours_stay(fused: Codec) -> None:
    picture = fused.decode(fused.encode(noise(8, 8), EncodeSettings(keep_metadata=False))).picture
    assert picture.exif is None
    assert picture.xmp is None
    assert picture.icc == b"colour profile"


def test_progressive_decoding_ends_with_the_full_picture(codec: Codec) -> None:
    data = codec.encode(noise(100, 90), EncodeSettings(100))
    results = list(codec.progressive(data))
    assert [result.blocks_decoded for result in results] == list(range(1, len(codec.package.manifest.blocks) + 1))
    np.testing.assert_array_equal(results[-1].picture.pixels, codec.decode(data).picture.pixels)
    for result in results:
        same = codec.decode(data, blocks=result.blocks_decoded)
        np.testing.assert_array_equal(result.picture.pixels, same.picture.pixels)
        assert same.warnings == ()
    assert any((results[0].picture.pixels != results[-1].picture.pixels).ravel())


def test_cutting_after_each_latent_block_gives_the_coarser_picture(codec: Codec) -> None:
    data = codec.encode(noise(100, 90), EncodeSettings(100))
    blocks = [chunk for chunk in list_chunks(data) if chunk.type == "B"]
    for count, chunk in enumerate(blocks, start=1):
        for extra in (0, 1):  # at the boundary, and one byte into what follows
            result = codec.decode(data[: chunk.end + extra])
            assert result.blocks_decoded == count
            assert (result.warnings != ()) == (count < len(blocks) or extra == 1)
            np.testing.assert_array_equal(result.picture.pixels, codec.decode(data, count).picture.pixels)


@pytest.fixture(scope="module")
def small_file(fused: Codec) -> bytes:
    """A file of some hundred bytes with every kind of chunk that the encoder writes."""
    return fused.encode(noise(20, 30), EncodeSettings(100))


def pictures_of(codec: Codec, data: bytes) -> list[list[DecodeResult]]:
    """What a file decodes to after each latent block, and without its post-filter."""
    return [list(codec.progressive(data)), list(codec.progressive(without_post_filter(data)))]


def assert_error_or_coarser_picture(codec: Codec, data: bytes, intact: list[list[DecodeResult]]) -> None:
    """Decoding changed bytes fails with an error of the family, or says so and gives one of the intact file's pictures.

    Args:
        codec: the decoder.
        data: the changed file.
        intact: `pictures_of` the file before.
    """
    try:
        result = codec.decode(data)
    except QresError:
        return
    assert result.warnings != ()
    expected, plain = (results[result.blocks_decoded - 1].picture for results in intact)
    assert any(np.array_equal(result.picture.pixels, picture.pixels) for picture in (expected, plain))
    for kept, original in (
        (result.picture.icc, expected.icc),
        (result.picture.exif, expected.exif),
        (result.picture.xmp, expected.xmp),
    ):
        assert kept in (None, original)


def test_every_cut_gives_an_error_or_a_coarser_picture(codec: Codec) -> None:
    data = codec.encode(noise(20, 30), EncodeSettings(100))
    intact = pictures_of(codec, data)
    chunks = list_chunks(data)
    first_block = next(chunk for chunk in chunks if chunk.type == "B")
    last_block = [chunk for chunk in chunks if chunk.type == "B"][-1]
    whole = {chunk.end for chunk in chunks if chunk.end >= last_block.end}
    for length in range(len(data)):
        if length < first_block.end:
            with pytest.raises(FormatError):
                codec.decode(data[:length])
        elif length in whole:  # nothing tells that metadata followed
            assert codec.decode(data[:length]).warnings == ()
        else:
            assert_error_or_coarser_picture(codec, data[:length], intact)


def test_every_changed_byte_gives_an_error_or_a_coarser_picture(fused: Codec, small_file: bytes) -> None:
    intact = pictures_of(fused, small_file)
    for position, byte in enumerate(small_file):
        for mask in (0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xFF):
            changed = small_file[:position] + bytes([byte ^ mask]) + small_file[position + 1 :]
            assert_error_or_coarser_picture(fused, changed, intact)


@pytest.mark.parametrize("name", ["unfused", "float_scale"])
def test_changed_bytes_with_separate_graphs(request: pytest.FixtureRequest, name: str) -> None:
    codec: Codec = request.getfixturevalue(name)
    data = codec.encode(noise(20, 30), EncodeSettings(100))
    intact = pictures_of(codec, data)
    for position, byte in enumerate(data):
        changed = data[:position] + bytes([byte ^ (1 << position % 8)]) + data[position + 1 :]
        assert_error_or_coarser_picture(codec, changed, intact)


def test_changed_bytes_with_right_chunk_checksums_are_found(fused: Codec, small_file: bytes) -> None:
    """The checksum of the symbols is the second line of defence, behind that of the chunk."""
    container = read_container(small_file)
    rng = np.random.default_rng(0)
    for number, block in enumerate(container.blocks):
        for _ in range(100):
            (band,) = block.bands
            assert band is not None
            payload = bytearray(band.payload)
            payload[rng.integers(len(payload))] ^= int(rng.integers(1, 256))
            changed = BlockStream((BandStream(None, bytes(payload)),))
            streams = (*container.blocks[:number], changed, *container.blocks[number + 1 :])
            with pytest.raises(IntegrityError, match="latent block"):
                fused.read_symbols(_with_blocks(container, streams))


def test_damaged_block_gives_the_blocks_before_it(fused: Codec, encoded: bytes) -> None:
    last = [chunk for chunk in list_chunks(encoded) if chunk.type == "B"][-1]
    damaged = encoded[: last.end - 5] + bytes([encoded[last.end - 5] ^ 1]) + encoded[last.end - 4 :]
    result = fused.decode(damaged)
    assert result.blocks_decoded == 2
    assert len(result.warnings) >= 2
    np.testing.assert_array_equal(result.picture.pixels, fused.decode(encoded, 2).picture.pixels)


def test_wrong_symbols_in_whole_chunks_are_an_integrity_error(codec: Codec) -> None:
    data = codec.encode(noise(100, 90), EncodeSettings(100))
    blocks = read_container(data).blocks
    for number, block in enumerate(blocks):
        (band,) = block.bands
        assert band is not None
        for changed in (
            BlockStream((BandStream(None, band.payload[:-1] + bytes([band.payload[-1] ^ 1])),)),
            BlockStream((BandStream(None, band.payload + b"\x01" * 8),)),
            BlockStream((BandStream(None, band.payload + b"\x01"),)),
            BlockStream((BandStream(None, band.payload[:-4]),)),
        ):
            streams = (*blocks[:number], changed, *blocks[number + 1 :])
            forged = edit(data, lambda container, streams=streams: _with_blocks(container, streams))  # type: ignore[misc]
            with pytest.raises(IntegrityError, match="latent block"):
                codec.decode(forged)


def as_version_2(codec: Codec, data: bytes) -> Container:
    """The content of a file of one band as version 2 had it, where every bitstream is coded by itself."""
    container = read_container(data)
    header = replace(container.header, version=2, model_id=codec.package.model_id)
    symbols = codec.read_symbols(data).blocks
    manifest = codec.package.manifest
    network = ScaleNetwork(codec.runner(header, None), manifest.blocks, padded_area(header, manifest.alignment))
    tables = codec.package.frequency_tables
    blocks = [
        BlockStream((BandStream(symbol_checksum(block), encode_symbols(block, table_index, tables)),))
        for block, table_index in zip(symbols, network.table_indices(symbols), strict=True)
    ]
    return replace(container, header=header, blocks=tuple(blocks))


def test_files_of_version_2_give_the_same_picture_and_are_checked_block_by_block(fused: Codec) -> None:
    data = fused.encode(noise(100, 90), EncodeSettings(60))
    container = as_version_2(fused, data)
    for blocks in (1, 2, 3):
        old, new = fused.decode(write_container(container), blocks), fused.decode(data, blocks)
        np.testing.assert_array_equal(old.picture.pixels, new.picture.pixels)
    for number, block in enumerate(container.blocks):
        (band,) = block.bands
        assert band is not None
        assert band.symbol_checksum is not None
        for changed in (
            BandStream(band.symbol_checksum ^ 1, band.payload),
            BandStream(band.symbol_checksum, band.payload + b"\x01" * 8),
        ):
            streams = (*container.blocks[:number], BlockStream((changed,)), *container.blocks[number + 1 :])
            with pytest.raises(IntegrityError, match=f"block {number}"):
                fused.decode(write_container(replace(container, blocks=streams)))


def _with_blocks(container: Container, blocks: tuple[BlockStream, ...]) -> Container:
    return Container(container.header, blocks, container.icc, container.exif, container.xmp)


def test_file_of_another_package_is_refused(fused: Codec, tiny_package_file: Path) -> None:
    other = Codec(ModelPackage(with_manifest(tiny_package_file.read_bytes(), name="other")), "cpu")
    data = other.encode(noise(8, 8))
    with pytest.raises(ModelMissingError) as caught:
        fused.decode(data)
    assert caught.value.model_id == other.package.model_id[:8]


def test_header_that_contradicts_the_package_is_refused(fused: Codec, encoded: bytes) -> None:
    container = read_container(encoded)
    header = container.header
    for changes in ({"quality_index": 64}, {"block_count": 4}):
        forged = type(header)(**{**vars(header), **changes})
        with pytest.raises(FormatError, match="contradicts"):
            fused.decode(write_container(Container(forged, container.blocks)))


@pytest.mark.parametrize("blocks", [-1, 0, 4])
def test_number_of_latent_blocks_out_of_range_is_refused(fused: Codec, encoded: bytes, blocks: int) -> None:
    with pytest.raises(SettingsError, match="between 1 and 3"):
        fused.decode(encoded, blocks)
    with pytest.raises(SettingsError):
        fused.reconstruct(fused.read_symbols(encoded), blocks)


def test_too_large_a_picture_is_refused_before_the_work(fused: Codec) -> None:
    side = Limits().side + 1
    pixels = np.broadcast_to(np.zeros(3, np.uint8), (1, side, 3))
    progress: list[float] = []
    with pytest.raises(UnsupportedError):
        fused.encode(Picture(pixels), progress=progress.append)
    with pytest.raises(UnsupportedError):
        fused.encode(Picture(noise(2, 2).pixels, exif=bytes(2**25)), progress=progress.append)
    assert progress == []


LITTLE_MEMORY = """
import resource, sys
from pathlib import Path
import numpy as np
from codec_format import Codec, EncodeSettings, ModelPackage, Picture, UnsupportedError
from codec_format.container import BandStream, BlockStream, Container, Header, write_container

package = ModelPackage.load(Path(sys.argv[1]))
codec = Codec(package, "cpu")
codec.decode(codec.encode(Picture(np.zeros((64, 64, 3), np.uint8))))
picture = Picture(np.zeros((4000, 4000, 3), np.uint8))
header = Header(2**14, 2**14, 0, len(package.manifest.blocks), package.model_id[:8])
huge = write_container(Container(header, (BlockStream((BandStream(None, b""),)),)))  # the first latent block is 0
in_use = int(Path("/proc/self/status").read_text().split("VmData:")[1].split()[0]) * 1024
for megabytes in (2, 8, 64):  # with nothing left, the C library aborts where a thread first uses its own data
    resource.setrlimit(resource.RLIMIT_DATA, (in_use + megabytes * 2**20, resource.RLIM_INFINITY))
    for work in (lambda: codec.encode(picture), lambda: codec.decode(huge)):
        try:
            work()
        except UnsupportedError as error:
            assert "memory" in str(error), error
        else:
            raise AssertionError("the work should have failed")
resource.setrlimit(resource.RLIMIT_DATA, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
codec.decode(codec.encode(Picture(np.zeros((64, 64, 3), np.uint8))))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux to limit the memory")
@pytest.mark.parametrize("name", ["tiny_package_file", "float_scale_package_file"])
def test_too_little_memory_is_an_error_of_the_family(request: pytest.FixtureRequest, name: str) -> None:
    package: Path = request.getfixturevalue(name)
    program = [sys.executable, "-c", LITTLE_MEMORY, str(package)]
    result = subprocess.run(program, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_progress_rises_from_0_to_1(codec: Codec) -> None:
    encoding: list[float] = []
    decoding: list[float] = []
    stepwise: list[float] = []
    data = codec.encode(noise(65, 63), progress=encoding.append)
    codec.decode(data, progress=decoding.append)
    list(codec.progressive(data, progress=stepwise.append))
    for values in (encoding, decoding, stepwise):
        assert values == sorted(values)
        assert values[0] == 0.0
        assert values[-1] == pytest.approx(1.0)
        assert len(values) > 2


def test_cancel_stops_encoding_and_decoding(codec: Codec) -> None:
    data = codec.encode(noise(65, 63))
    for work in (
        lambda cancel: codec.encode(noise(65, 63), cancel=cancel),
        lambda cancel: codec.decode(data, cancel=cancel),
        lambda cancel: list(codec.progressive(data, cancel=cancel)),
    ):
        for polls in (0, 1, 2):
            left = [polls]

            def cancel(left: list[int] = left) -> bool:
                left[0] -= 1
                return left[0] < 0

            with pytest.raises(CancelledError):
                work(cancel)
    assert codec.decode(data).warnings == ()


def test_one_codec_serves_several_threads(fused: Codec) -> None:
    pictures = [noise(64, 64 + number) for number in range(4)]
    expected = [fused.encode(picture) for picture in pictures]
    results: dict[int, bytes] = {}

    def work(number: int) -> None:
        results[number] = fused.encode(pictures[number])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [results[number] for number in range(4)] == expected


def test_device_names_the_provider_in_use(codec: Codec) -> None:
    assert codec.device.startswith("cpu (CPUExecutionProvider")
    assert codec.device_warning is None


def test_functions_of_the_package(
    tiny_package: ModelPackage, tiny_package_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = noise(40, 50)
    data = encode(picture, EncodeSettings(80), package=tiny_package, device="cpu")
    monkeypatch.delenv("QRES_MODELS", raising=False)
    with pytest.raises(ModelMissingError):
        decode(data)
    monkeypatch.setenv("QRES_MODELS", str(tiny_package_file))
    decoded = decode(data, device="cpu")
    assert decoded.source_notes == ()
    steps = list(decode_progressive(data, device="cpu"))
    assert [count for count, _ in steps] == [1, 2, 3]
    np.testing.assert_array_equal(steps[-1][1].pixels, decoded.pixels)
    cut = decode(write_container(read_container(data).first_blocks(2)), device="cpu")
    assert len(cut.source_notes) == 1


def test_everything_public_is_there() -> None:
    for name in codec_format.__all__:
        assert getattr(codec_format, name) is not None


@pytest.mark.parametrize("quality_count", [1, 2, 8, 64, 101, 200])
def test_quality_maps_monotonically_onto_the_whole_range(quality_count: int) -> None:
    indices = [quality_to_index(quality, quality_count) for quality in range(101)]
    assert indices == sorted(indices)
    assert indices[0] == 0
    assert indices[-1] == quality_count - 1
    if quality_count <= 101:
        assert set(indices) == set(range(quality_count))


@pytest.mark.parametrize("quality", [-1, 101])
def test_quality_out_of_range_is_refused(quality: int) -> None:
    with pytest.raises(SettingsError):
        EncodeSettings(quality)
