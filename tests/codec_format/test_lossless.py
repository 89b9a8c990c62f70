"""Lossless files: bit-exact whatever the picture is, and whatever the last bits of the decoder are."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from codec_format import bands, lossless, pillow_plugin
from codec_format.backend import Backend
from codec_format.cli import main
from codec_format.codec import Codec, DecodeResult
from codec_format.container import list_chunks, read_container, write_container
from codec_format.errors import FormatError, IntegrityError, ModelError, SettingsError
from codec_format.imaging import load_picture
from codec_format.lossless import GUARD_MARGIN, decode_tile, encode_tile, join_tiles, split_tiles
from codec_format.lossless_head import LosslessHead
from codec_format.model_package import Graph, ModelPackage
from codec_format.picture import Picture
from codec_format.rate_control import TargetSize, encode_to_target
from codec_format.settings import EncodeSettings
from tests.codec_format.golden import LOSSLESS_FILE, LOSSLESS_PACKAGE, PREDICTED_FILE, SECTIONS_PACKAGE, golden_pixels
from tests.codec_format.packages import members_of, package_of, with_manifest, without_members

LOSSLESS = EncodeSettings(lossless=True)
Pixels = NDArray[np.uint8]


@pytest.fixture(scope="module")
def package() -> ModelPackage:
    return ModelPackage.load(LOSSLESS_PACKAGE)


@pytest.fixture(scope="module")
def codec(package: ModelPackage) -> Codec:
    return Codec(package, "cpu")


@pytest.fixture(scope="module")
def file(codec: Codec) -> bytes:
    return codec.encode(Picture(golden_pixels(), exif=b"II*\0"), LOSSLESS)


def pictures() -> Iterator[tuple[str, Pixels]]:
    generator = np.random.default_rng(2)
    y, x = np.mgrid[0:37, 0:53]
    yield "noise", generator.integers(0, 256, (37, 53, 3), dtype=np.uint8)
    yield "flat", np.full((30, 41, 3), 255, np.uint8)
    yield "smooth", np.stack([x * 4, 255 - y * 5, x + y], axis=-1).astype(np.uint8)
    yield "black and white", np.where((x // 3 + y // 5) % 2 == 0, 255, 0).astype(np.uint8)[..., None].repeat(3, axis=2)
    page = Image.new("RGB", (119, 43), "white")
    ImageDraw.Draw(page).multiline_text((3, 2), "Bit for bit,\nwhatever it says.\n0123456789", fill=(20, 30, 90))
    yield "text", np.array(page)
    yield "grey", generator.integers(100, 120, (19, 23, 1), dtype=np.uint8).repeat(3, axis=2)
    for height, width in ((1, 1), (1, 70), (70, 1), (2, 3), (65, 5)):
        yield f"{width} x {height}", generator.integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize(("name", "pixels"), list(pictures()))
def test_every_picture_comes_back_bit_for_bit(codec: Codec, name: str, pixels: Pixels) -> None:
    result = codec.decode(codec.encode(Picture(pixels), LOSSLESS))
    assert result.lossless
    assert result.warnings == ()
    assert np.array_equal(result.picture.pixels, pixels), name


def test_colours_come_back_even_where_they_are_transparent(codec: Codec) -> None:
    pixels = golden_pixels()
    alpha = np.where(np.arange(100) > 40, 255, 0).astype(np.uint8)[None].repeat(75, axis=0)
    result = codec.decode(codec.encode(Picture(pixels, alpha=alpha), LOSSLESS))
    assert np.array_equal(result.picture.pixels, pixels)
    assert np.array_equal(result.picture.alpha, alpha)


def test_tiles_and_bands_and_regions(codec: Codec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lossless, "TILE_SIDE", 64)
    monkeypatch.setattr(bands, "_UNDIVIDED_PIXELS", 0)
    monkeypatch.setattr(bands, "_BAND_PIXELS", 1)
    pixels = np.random.default_rng(0).integers(0, 256, (150, 140, 3), dtype=np.uint8)
    data = codec.encode(Picture(pixels), LOSSLESS)
    container = read_container(data)
    assert container.header.band_count == 3
    assert len(split_tiles(container.lossless or b"", 9)) == 9
    assert np.array_equal(codec.decode(data).picture.pixels, pixels)
    part = codec.decode(data, region=(50, 60, 70, 80))
    assert part.lossless
    assert np.array_equal(part.picture.pixels, pixels[60:140, 50:120])
    small = codec.decode(data, scale=2).picture.pixels
    means = (pixels.reshape(75, 2, 70, 2, 3).sum(axis=(1, 3)) + 2) // 4
    assert np.array_equal(small, means)


def test_prefix_is_the_lossy_picture(codec: Codec, file: bytes, package: ModelPackage) -> None:
    chunk = list_chunks(file)[-1]
    assert chunk.type == "l"
    lossy = codec.decode(file[: chunk.offset])
    assert not lossy.lossless
    assert lossy.warnings == ()
    assert lossy.picture.exif == b"II*\0"
    for cut in (chunk.offset + 1, chunk.payload_offset + 9, len(file) - 1):
        result = codec.decode(file[:cut])
        assert not result.lossless
        assert np.array_equal(result.picture.pixels, lossy.picture.pixels)
        assert "ends inside the chunk" in result.warnings[0]
    damaged = bytearray(file)
    damaged[chunk.payload_offset + 20] ^= 1
    result = codec.decode(bytes(damaged))
    assert not result.lossless
    assert "lossless part" in result.warnings[0]
    count = len(package.manifest.blocks)
    assert np.array_equal(codec.decode(file, count).picture.pixels, lossy.picture.pixels)
    by_index = Codec(package, "cpu").encode(Picture(golden_pixels()), EncodeSettings(32))  # quality index 20 of 64
    assert read_container(by_index).header.quality_index == 20
    assert read_container(by_index).blocks == read_container(file).blocks


def test_progressive_ends_with_the_exact_picture(codec: Codec, file: bytes, package: ModelPackage) -> None:
    results = list(codec.progressive(file))
    count = len(package.manifest.blocks)
    assert [result.blocks_decoded for result in results] == [*range(1, count + 1), count]
    assert [result.lossless for result in results] == [False] * count + [True]
    assert np.array_equal(results[-1].picture.pixels, golden_pixels())
    symbols = codec.read_symbols(file)
    assert codec.reconstruct(symbols, None).lossless
    assert not codec.reconstruct(symbols, count).lossless


def with_shifted_samples(codec: Codec, data: bytes, shift: Any, monkeypatch: pytest.MonkeyPatch) -> DecodeResult:
    """Decode where the decoder's samples are off by `shift` steps, as on a machine with other floating point."""
    run = Backend.run

    def shifted(self: Backend, name: str, *arguments: Any, **options: Any) -> dict[str, NDArray[Any]]:
        outputs = run(self, name, *arguments, **options)
        if name.startswith("lossless_decoder"):
            outputs["samples"] = (outputs["samples"] + shift(outputs["samples"].shape)).astype(np.int32)
        return outputs

    monkeypatch.setattr(Backend, "run", shifted)
    return codec.decode(data)


@pytest.mark.parametrize("sign", [-1, 0, 1])
def test_other_last_bits_change_nothing(codec: Codec, file: bytes, sign: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below the margin the picture is exact: all samples off to one side, or to a random one."""
    generator = np.random.default_rng(9)

    def shift(shape: tuple[int, ...]) -> NDArray[np.int64]:
        if sign:
            return np.full(shape, sign * GUARD_MARGIN)
        return generator.integers(-GUARD_MARGIN, GUARD_MARGIN + 1, shape)

    result = with_shifted_samples(codec, file, shift, monkeypatch)
    assert result.lossless
    assert np.array_equal(result.picture.pixels, golden_pixels())


def test_larger_differences_are_an_error(codec: Codec, file: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(IntegrityError, match="number of latent blocks"):
        with_shifted_samples(codec, file, lambda shape: np.full(shape, 2000), monkeypatch)
    assert not codec.decode(file, 3).lossless  # what remains


def test_threads_do_not_matter(package: ModelPackage, file: bytes) -> None:
    for threads in (1, 2):
        codec = Codec(package, "cpu")
        codec._backend = Backend(package.graph, "cpu", threads)
        assert codec.encode(Picture(golden_pixels(), exif=b"II*\0"), LOSSLESS) == file


def test_device_is_that_of_the_lossless_part(package: ModelPackage, file: bytes) -> None:
    """Nothing runs on a GPU while such a file is decoded, so none is claimed, and no network loaded to find out."""
    loaded = []

    def load(name: str) -> Graph:
        loaded.append(name)
        return package.graph(name)

    codec = Codec(package)
    codec._backend = Backend(load)
    codec.decode(file)
    needed = list(loaded)
    assert codec.device.startswith("cpu (CPUExecutionProvider")
    assert loaded == needed
    codec.decode(file, 1)
    lossy = codec.device
    codec.decode(file)
    assert codec.device.startswith("cpu")
    codec.decode(file, 2)
    assert codec.device == lossy


@pytest.mark.parametrize("path", [LOSSLESS_FILE, PREDICTED_FILE])
def test_golden_files_come_back_for_ever(codec: Codec, path: Path) -> None:
    result = codec.decode(path.read_bytes())
    assert result.lossless
    assert np.array_equal(result.picture.pixels, golden_pixels())


def test_package_without_head_shows_the_lossy_picture(file: bytes) -> None:
    package = ModelPackage.load(SECTIONS_PACKAGE)
    codec = Codec(package, "cpu")
    with pytest.raises(ModelError, match="no lossless head"):
        codec.encode(Picture(golden_pixels()), LOSSLESS)
    lossy = codec.encode(Picture(golden_pixels()))
    container = read_container(lossy)
    data = write_container(type(container)(container.header, container.blocks, lossless=b"anything"))
    result = codec.decode(data)
    assert not result.lossless
    assert result.warnings == ("The model package cannot decode the lossless part, so the picture is the lossy one.",)


def test_heads_that_are_not_exact_or_not_whole_are_refused() -> None:
    content = LOSSLESS_PACKAGE.read_bytes()
    with pytest.raises(ModelError, match="lossless_decoder_16"):
        ModelPackage(without_members(content, "graphs/lossless_decoder_16.onnx"))
    with pytest.raises(ModelError, match="quality_index"):
        ModelPackage(with_manifest(content, lossless={"quality_index": 64}))
    import safetensors.numpy

    members = members_of(content)
    tensors = safetensors.numpy.load(members["tables.safetensors"])
    for key, value, reason in (
        ("lossless.3.mixer.bias", tensors["lossless.3.mixer.bias"] + 2**24, "layer 3.mixer"),
        ("lossless.0.trunk.weight", tensors["lossless.0.trunk.weight"][:, 1:].copy(), "layer 0.trunk"),
        ("lossless.6.2.output.shift", tensors["lossless.6.2.output.shift"] + np.uint8(40), "layer 6.2.output"),
    ):
        changed = safetensors.numpy.save(tensors | {key: value})
        with pytest.raises(ModelError, match=reason):
            _ = ModelPackage(package_of(members | {"tables.safetensors": changed})).lossless_head
    del tensors["lossless.limits"]
    changed = safetensors.numpy.save(tensors)
    with pytest.raises(ModelError, match=r"lossless\.limits"):
        _ = ModelPackage(package_of(members | {"tables.safetensors": changed})).lossless_head


def samples_of(pixels: Pixels) -> NDArray[np.int32]:
    """A decoded picture near the pixels, with many samples on the boundary between two levels."""
    noise = np.random.default_rng(4).integers(-4, 5, pixels.shape) * (lossless.SAMPLE_UNIT // 2)
    return np.clip(pixels.astype(np.int32) * lossless.SAMPLE_UNIT + noise, 0, 255 * lossless.SAMPLE_UNIT).astype(
        np.int32
    )


@pytest.fixture(scope="module")
def head(package: ModelPackage) -> LosslessHead:
    return package.lossless_head


def test_boundaries_are_guarded_on_both_sides(head: LosslessHead) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (21, 30, 3), dtype=np.uint8)
    samples = samples_of(pixels)
    data = encode_tile(head, pixels, samples, grey=False)
    for shift in (-GUARD_MARGIN, GUARD_MARGIN):
        assert np.array_equal(decode_tile(head, data, samples + shift, grey=False), pixels)


def test_tiles_that_no_encoder_writes_are_refused(head: LosslessHead) -> None:
    pixels = golden_pixels()[:20, :20]
    samples = samples_of(pixels)
    data = encode_tile(head, pixels, samples, grey=False)
    wrong_crc = bytes([data[0] ^ 1]) + data[1:]
    changed = bytearray(data)
    changed[-3] ^= 255
    for wrong in (wrong_crc, bytes(changed)):
        with pytest.raises(IntegrityError):
            decode_tile(head, wrong, samples, grey=False)
    for wrong in (b"", data[:4], data[:9], data[:-1], data + bytes(4), data + b"\1\0"):
        with pytest.raises((FormatError, IntegrityError)):
            decode_tile(head, wrong, samples, grey=False)
    assert split_tiles(join_tiles([b"a", b"", b"bc"]), 3) == [b"a", b"", b"bc"]
    for payload, count in ((b"", 1), (join_tiles([b"a"]), 2), (b"\5\0\0\0a", 1), (b"\1\0", 1)):
        with pytest.raises(FormatError):
            split_tiles(payload, count)


def test_target_and_lossless_exclude_each_other(codec: Codec) -> None:
    with pytest.raises(SettingsError, match="lossless"):
        encode_to_target(codec, Picture(golden_pixels()), TargetSize(1000), LOSSLESS)


def test_command_line(tmp_path: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QRES_MODELS", str(LOSSLESS_PACKAGE))
    source, coded, back = (str(tmp_path / name) for name in ("a.png", "a.qres", "b.png"))
    Image.fromarray(golden_pixels()).save(source)
    assert main(["encode", source, "--lossless", "--model", str(LOSSLESS_PACKAGE)]) == 0
    assert "lossless" in capsys.readouterr().out
    assert main(["decode", coded, "-o", back]) == 0
    assert capsys.readouterr().out.endswith("3 of 3 latent blocks, lossless\n")
    assert np.array_equal(load_picture(tmp_path / "b.png").pixels, golden_pixels())
    assert main(["info", coded]) == 0
    assert "and a lossless part" in capsys.readouterr().out
    assert main(["verify", coded]) == 0
    assert "so does the lossless picture" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["encode", source, "--lossless", "--quality", "30"])


def test_pillow(codec: Codec, package: ModelPackage, monkeypatch: pytest.MonkeyPatch) -> None:
    pillow_plugin.register()
    monkeypatch.setattr(pillow_plugin, "default_package", lambda: package)
    monkeypatch.setattr(pillow_plugin, "find_package", lambda model_id: package)
    buffer = io.BytesIO()
    Image.fromarray(golden_pixels()).save(buffer, "QRES", lossless=True)
    assert np.array_equal(np.asarray(Image.open(buffer)), golden_pixels())
    with pytest.raises(ValueError, match="only one"):
        Image.fromarray(golden_pixels()).save(io.BytesIO(), "QRES", lossless=True, quality=40)
